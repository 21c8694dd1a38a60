//! Typed settings, with everything that is wrong with them.
//!
//! Invariant: a problem says where it is. When a field is wrong the others are still looked at: reading goes on
//! without it, for as long as the type allows (`#[serde(default)]` on the struct lets every field be left out).
//!
//! Amounts are written as text or numbers and kept exact: `#[serde(with = "assay_plugin_sdk::settings::decimal")]`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Part, Problem};

/// Problems that are reported at once; a person mends these and tries again.
const MAX_PROBLEMS: usize = 32;

/// For a plugin without settings: any field is a problem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

/// Reads settings from JSON text; none at all is read as an empty object.
///
/// # Errors
/// Everything that is wrong, each with a pointer.
pub fn read<S: DeserializeOwned>(text: &str) -> Result<S, Vec<Problem>> {
    let mut value = match json(text, Part::Settings)? {
        Value::Null => Value::Object(Map::new()),
        value => value,
    };
    let mut problems = Vec::new();
    let mut removed = BTreeSet::new();
    loop {
        let error = match serde_path_to_error::deserialize::<_, S>(&value) {
            Ok(settings) if problems.is_empty() => return Ok(settings),
            Ok(_) => return Err(problems),
            Err(error) => error,
        };
        let (place, message) = place(&error);
        let top = place.first().cloned();
        // A field that is missing only because it was taken out was reported already.
        let repeated = missing_field(&message).is_some_and(|field| removed.contains(field));
        if !repeated {
            problems.push(Problem {
                part: Part::Settings,
                pointer: pointer(&place),
                message,
            });
        }
        let next = top.filter(|_| !repeated && problems.len() < MAX_PROBLEMS);
        let without = next.filter(|field| {
            value
                .as_object_mut()
                .is_some_and(|object| object.remove(field).is_some())
        });
        match without {
            Some(field) => removed.insert(field),
            None => return Err(problems),
        };
    }
}

/// JSON text of settings or rules; empty text is `null`.
pub(crate) fn json(text: &str, part: Part) -> Result<Value, Vec<Problem>> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|error| {
        let message = format!("this is not JSON: {error}");
        vec![Problem {
            part,
            pointer: String::new(),
            message,
        }]
    })
}

/// Where an error is, and what it says.
fn place(error: &serde_path_to_error::Error<serde_json::Error>) -> (Vec<String>, String) {
    use serde_path_to_error::Segment;
    let mut place = Vec::new();
    for segment in error.path() {
        match segment {
            Segment::Map { key } => place.push(key.clone()),
            Segment::Seq { index } => place.push(index.to_string()),
            Segment::Enum { variant } => place.push(variant.clone()),
            Segment::Unknown => {}
        }
    }
    let message = error.inner().to_string();
    // The path of an unknown field is that of the object; the name stands in the message alone.
    let unknown = quoted(&message, "unknown field `").map(str::to_owned);
    place.extend(unknown.filter(|field| place.last() != Some(field)));
    (place, message)
}

fn missing_field(message: &str) -> Option<&str> {
    quoted(message, "missing field `")
}

fn quoted<'m>(message: &'m str, start: &str) -> Option<&'m str> {
    message.strip_prefix(start)?.split('`').next()
}

fn pointer(place: &[String]) -> String {
    place.iter().fold(String::new(), |mut pointer, token| {
        pointer.push('/');
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
        pointer
    })
}

/// Exact decimals in settings: plain decimal text or a number.
pub mod decimal {
    use rust_decimal::Decimal;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer};
    use serde_json::Value;

    /// Reads one.
    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Decimal, D::Error> {
        let value = Value::deserialize(input)?;
        match assay_rules::decimal::of(&value) {
            Ok(Some(number)) => Ok(number),
            Ok(None) => Err(D::Error::custom("this is no decimal; write it like \"0.01\"")),
            Err(error) => Err(D::Error::custom(format!("the number {error}"))),
        }
    }
}

#[cfg(test)]
mod tests;
