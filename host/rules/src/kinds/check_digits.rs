//! Numbers with check digits, by [`checksums`](crate::checksums).

use std::fmt;

use serde_json::Value;

use super::Kind;
use crate::checksums::{gtin, iban, luhn, mod97, vat};
use crate::finding::{described, shown};
use crate::judge::{Applied, Check, Judge, Judged, Target};
use crate::operands::Operands;
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

const FAMILY: &str = "check digits";

/// No number of this kind is longer.
const MAX_LENGTH: u64 = 64;

pub(super) const KINDS: &[Kind] = &[
    Kind {
        doc: KindDoc {
            name: "iban",
            family: FAMILY,
            summary: "The field is text that can be an IBAN (ISO 13616): a known country, its length, and right check \
                      digits. White space is ignored; letters are capital.",
            operands: &[],
            example: r#"{"field": "payment.iban", "rule": "iban"}"#,
            kept: r#"{"payment": {"iban": "DE89 3704 0044 0532 0130 00"}}"#,
            broken: r#"{"payment": {"iban": "DE89 3704 0044 0532 0130 01"}}"#,
        },
        compile: |_| Ok(Judge::each(CheckDigits(iban::problem))),
    },
    Kind {
        doc: KindDoc {
            name: "vat_eu",
            family: FAMILY,
            summary: "The field is text that can be a VAT number of the European Union or Northern Ireland: the form \
                      of the country that it starts with, and right check digits where these are public. White \
                      space, dots, hyphens and case are ignored; Greece is EL or GR. Whether the number is \
                      registered is not known.",
            operands: &[],
            example: r#"{"field": "seller.vat_number", "rule": "vat_eu"}"#,
            kept: r#"{"seller": {"vat_number": "NL 8200.98.395.B01"}}"#,
            broken: r#"{"seller": {"vat_number": "NL 8200.98.396.B01"}}"#,
        },
        compile: |_| {
            Ok(Judge::each(CheckDigits(|text: &str| {
                vat::problem_eu(&vat::compact(text))
            })))
        },
    },
    Kind {
        doc: KindDoc {
            name: "luhn",
            family: FAMILY,
            summary: "The field is text of 2 to 64 digits, the last of which checks the others by the formula of Luhn, \
                      as in payment cards, IMEI, SIREN and SIRET. Spaces and hyphens are ignored.",
            operands: &[],
            example: r#"{"field": "seller.siren", "rule": "luhn"}"#,
            kept: r#"{"seller": {"siren": "732 829 320"}}"#,
            broken: r#"{"seller": {"siren": "732 829 321"}}"#,
        },
        compile: |_| Ok(Judge::each(CheckDigits(luhn::problem))),
    },
    Kind {
        doc: KindDoc {
            name: "mod97",
            family: FAMILY,
            summary: "The field is text of digits and capital letters, the last two of which are check digits by \
                      ISO/IEC 7064 MOD 97-10, as in a legal entity identifier (LEI), which has 20 characters.",
            operands: &[OperandDoc {
                name: "length",
                required: false,
                takes: "how many characters the text has, from 3 to 64; any of these if absent",
            }],
            example: r#"{"field": "issuer.lei", "rule": "mod97", "length": 20}"#,
            kept: r#"{"issuer": {"lei": "5493001KJTIIGC8Y1R12"}}"#,
            broken: r#"{"issuer": {"lei": "5493001KJTIIGC8Y1R21"}}"#,
        },
        compile: mod97,
    },
    Kind {
        doc: KindDoc {
            name: "gtin",
            family: FAMILY,
            summary: "The field is text of 8, 12, 13 or 14 digits with the check digit of a GTIN (EAN, UPC).",
            operands: &[],
            example: r#"{"field": "lines[*].gtin", "rule": "gtin"}"#,
            kept: r#"{"lines": [{"gtin": "4006381333931"}]}"#,
            broken: r#"{"lines": [{"gtin": "4006381333930"}]}"#,
        },
        compile: |_| Ok(Judge::each(CheckDigits(gtin::problem))),
    },
];

fn mod97(operands: &mut Operands<'_>) -> Result<Judge, Refused> {
    let length = match operands.count("length", MAX_LENGTH)? {
        Some(0..=2) => {
            let message = "length must be from 3: two check digits and what they check";
            return Err(operands.refuse("length", None, message));
        }
        length => length.and_then(|length| usize::try_from(length).ok()),
    };
    Ok(Judge::each(CheckDigits(move |text: &str| {
        mod97::problem(text, length)
    })))
}

/// What is wrong with a text, by its standard.
struct CheckDigits<P>(P);

impl<P> fmt::Debug for CheckDigits<P> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CheckDigits")
    }
}

impl<P: Fn(&str) -> Option<String> + Send + Sync> Check for CheckDigits<P> {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let Value::String(text) = value else {
            let hint = if value.is_number() {
                " in quotes, so that zeros in front stay"
            } else {
                ""
            };
            return Err(target.spot.wrong_type(value, "text", hint).into());
        };
        match (self.0)(text) {
            None => Ok(Applied::Kept),
            Some(problem) => {
                let text = format!("{} is {}: {problem}", target.spot.name(), described(value));
                Err(target.spot.broken(text, None, shown(value)).into())
            }
        }
    }
}
