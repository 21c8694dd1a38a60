//! The single checks.

use std::fmt::Arguments;

use assay_domain::Limits;
use assay_domain::json::{self, JsonLimits};
use rust_decimal::Decimal;
use serde_json::Value;

use super::BadOutput;
use crate::escape::{escape, is_plain};

/// Most bytes of a name: of a rule or a signal.
const NAME: usize = 256;
/// Most bytes of a JSON Pointer.
const POINTER: usize = 1_024;

pub(super) struct Check<'a> {
    limits: &'a Limits,
    json: JsonLimits,
}

impl<'a> Check<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            json: JsonLimits::bytes(usize::try_from(limits.output_bytes).unwrap_or(usize::MAX)),
        }
    }

    pub(super) fn count(&self, what: &str, count: usize) -> Result<(), BadOutput> {
        let most = self.limits.output_items;
        if count as u64 > u64::from(most) {
            return Err(BadOutput(format!(
                "{count} {what} are more than the {most} that a call may return"
            )));
        }
        Ok(())
    }

    pub(super) fn json(&self, at: Arguments<'_>, text: &str) -> Result<Value, BadOutput> {
        json::parse(text.as_bytes(), self.json)
            .map_err(|error| BadOutput(format!("`{at}` is not the JSON that was agreed on: {error}")))
    }
}

/// An exact decimal from 0 to 1.
pub(super) fn share(at: Arguments<'_>, text: &str) -> Result<Decimal, BadOutput> {
    let shown = || escape(text, 40).0;
    let plain = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let decimal = (digits(whole) && digits(fraction))
        .then(|| json::decimal(text))
        .flatten();
    let Some(decimal) = decimal else {
        return Err(BadOutput(format!(
            "`{at}` is `{}`, not an exact decimal such as 0.75",
            shown()
        )));
    };
    if decimal < Decimal::ZERO || decimal > Decimal::ONE {
        return Err(BadOutput(format!("`{at}` is {}, not between 0 and 1", shown())));
    }
    Ok(decimal)
}

pub(super) fn pointer(at: Arguments<'_>, text: String) -> Result<String, BadOutput> {
    let tildes = text.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    let rooted = text.is_empty() || text.starts_with('/');
    if !rooted || !tildes || text.len() > POINTER || text.contains('\0') {
        return Err(BadOutput(format!(
            "`{at}` is not a JSON Pointer (RFC 6901) of at most {POINTER} bytes: `{}`",
            escape(&text, 80).0
        )));
    }
    Ok(text)
}

/// Something that identifies: kept as it is, so it has nothing in it that would have to be escaped.
pub(super) fn name(at: Arguments<'_>, text: String) -> Result<String, BadOutput> {
    if text.is_empty() || text.len() > NAME || !is_plain(&text) {
        return Err(BadOutput(format!(
            "`{at}` is not a name of 1 to {NAME} bytes without control characters: `{}`",
            escape(&text, 80).0
        )));
    }
    Ok(text)
}

pub(super) fn bounded(at: Arguments<'_>, text: String, most: usize) -> Result<String, BadOutput> {
    if text.is_empty() || text.len() > most || text.contains('\0') {
        return Err(BadOutput(format!("`{at}` has not 1 to {most} bytes without NUL")));
    }
    Ok(text)
}
