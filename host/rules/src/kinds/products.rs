//! Products and percentages.
//!
//! Invariant: nothing is rounded unless the rule names the places. A quotient is compared by multiplying the other side,
//! so it need not end; a product of more than 28 digits is a finding.

use rust_decimal::Decimal;
use serde_json::{Number, Value};

use super::Kind;
use super::range::Range;
use crate::decimal::{Sum, product, quotient};
use crate::finding::{described, shortened, shown};
use crate::judge::{Applied, Broken, Check, Judge, Judged, Target, kept_if};
use crate::limits::{MAX_FACTORS, MAX_PLACES};
use crate::operands::{Factor, Operands};
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

const PRODUCTS: &str = "products";
const PERCENTAGES: &str = "percentages";

const TOLERANCE: OperandDoc = OperandDoc {
    name: "tolerance",
    required: false,
    takes: "a number from 0; how far apart both may be, 0 if absent",
};
const PLACES: OperandDoc = OperandDoc {
    name: "places",
    required: false,
    takes: "a whole number up to 10; the result is rounded to so many places, halves away from zero, before it is \
            compared; not rounded if absent",
};
const BASE: OperandDoc = OperandDoc {
    name: "of",
    required: true,
    takes: "the path of the base, of which the field is a percentage",
};

/// Places of a quotient or percentage that a finding shows, if the rule names none.
const SHOWN_PLACES: u32 = 10;

pub(super) const KINDS: &[Kind] = &[
    Kind {
        doc: KindDoc {
            name: "product_equals",
            family: PRODUCTS,
            summary: "The field is the product of the values at of, divided by that at divided_by, to within the \
                      tolerance. It is exact: more than 28 digits are a finding. If one of the values is missing or \
                      null, the rule says nothing.",
            operands: &[
                OperandDoc {
                    name: "of",
                    required: true,
                    takes: "a path or a list of paths and numbers; through the same list as the field, the same \
                            element's",
                },
                OperandDoc {
                    name: "divided_by",
                    required: false,
                    takes: "a path or a number other than 0",
                },
                PLACES,
                TOLERANCE,
            ],
            example: r#"{"field": "lines[*].amount", "rule": "product_equals", "of": ["lines[*].quantity", "lines[*].price"], "divided_by": "lines[*].per", "places": 2}"#,
            kept: r#"{"lines": [{"amount": 3.34, "quantity": 2, "price": "5.005", "per": 3}]}"#,
            broken: r#"{"lines": [{"amount": 3.33, "quantity": 2, "price": "5.005", "per": 3}]}"#,
        },
        compile: product_equals,
    },
    Kind {
        doc: KindDoc {
            name: "percent_equals",
            family: PERCENTAGES,
            summary: "The field is so many percent of the base, to within the tolerance. It is exact, as \
                      product_equals is.",
            operands: &[
                BASE,
                OperandDoc {
                    name: "rate",
                    required: true,
                    takes: "the percentage: a path, or a number; 21 is 21%",
                },
                PLACES,
                TOLERANCE,
            ],
            example: r#"{"field": "taxes[*].amount", "rule": "percent_equals", "of": "taxes[*].base", "rate": "taxes[*].rate", "tolerance": "0.01"}"#,
            kept: r#"{"taxes": [{"amount": 21.01, "base": 100, "rate": 21}]}"#,
            broken: r#"{"taxes": [{"amount": 21.02, "base": 100, "rate": 21}]}"#,
        },
        compile: percent_equals,
    },
    Kind {
        doc: KindDoc {
            name: "percent_between",
            family: PERCENTAGES,
            summary: "The field is from min to max percent of the base, both included. Of a base of 0 only 0 is a \
                      percentage.",
            operands: &[
                BASE,
                OperandDoc {
                    name: "min",
                    required: false,
                    takes: "the least percentage; min, max or both are needed",
                },
                OperandDoc {
                    name: "max",
                    required: false,
                    takes: "the greatest percentage",
                },
            ],
            example: r#"{"field": "discount", "rule": "percent_between", "of": "gross", "min": 0, "max": 30}"#,
            kept: r#"{"discount": 30, "gross": 100}"#,
            broken: r#"{"discount": 30.01, "gross": 100}"#,
        },
        compile: |operands| {
            let given = operands.need("of", "the path of the base");
            let range = Range::read(operands, Operands::decimal);
            let base = given.and_then(|given| operands.single("of", None, given))?;
            let range = range?;
            Ok(Judge::each(PercentBetween {
                base: Factor::Field(base),
                range,
            }))
        },
    },
];

#[derive(Debug)]
struct Product {
    of: Vec<Factor>,
    divisor: Option<Factor>,
    places: Option<u32>,
    tolerance: Decimal,
    /// `lines[*].quantity * lines[*].price`, cut where it gets long.
    phrase: String,
}

fn places(operands: &mut Operands<'_>) -> Result<Option<u32>, Refused> {
    let places = operands.count("places", MAX_PLACES)?;
    Ok(places.and_then(|places| u32::try_from(places).ok()))
}

fn product_equals(operands: &mut Operands<'_>) -> Result<Judge, Refused> {
    let given = operands.need("of", "the paths and numbers that are multiplied");
    let of = operands.list("of", MAX_FACTORS, "paths and numbers", Operands::factor);
    let divisor = operands.get("divided_by").map(|value| {
        let factor = operands.factor("divided_by", None, value)?;
        match factor {
            Factor::Constant(number) if number.is_zero() => Err(operands.refuse(
                "divided_by",
                None,
                "nothing can be divided by 0; name another number",
            )),
            factor => Ok(factor),
        }
    });
    let (places, tolerance) = (places(operands), operands.tolerance());
    given?;
    let (of, divisor) = (of?, divisor.transpose()?);
    if !of.iter().any(|factor| matches!(factor, Factor::Field(_))) {
        let message = "of holds numbers alone; name the path of a field, or compare with value by equal";
        return Err(operands.refuse("of", None, message));
    }
    let mut phrase = of.iter().map(Factor::to_string).collect::<Vec<_>>().join(" * ");
    if let Some(divisor) = &divisor {
        phrase = format!("{phrase} / {divisor}");
    }
    Ok(Judge::each(Product {
        of,
        divisor,
        places: places?,
        tolerance: tolerance?,
        phrase: shortened(&phrase),
    }))
}

fn percent_equals(operands: &mut Operands<'_>) -> Result<Judge, Refused> {
    let base = operands.need("of", "the path of the base");
    let rate = operands.need("rate", "the percentage, a path or a number");
    let base = base.and_then(|base| operands.single("of", None, base));
    let rate = rate.and_then(|rate| operands.factor("rate", None, rate));
    let (places, tolerance) = (places(operands), operands.tolerance());
    let (base, rate) = (Factor::Field(base?), rate?);
    let phrase = shortened(&format!("{rate} percent of {base}"));
    Ok(Judge::each(Product {
        of: vec![rate, base],
        divisor: Some(Factor::Constant(Decimal::ONE_HUNDRED)),
        places: places?,
        tolerance: tolerance?,
        phrase,
    }))
}

impl Check for Product {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let mut multiplied = Some(Decimal::ONE);
        for factor in &self.of {
            let Some(number) = factor.read(target)? else {
                return Ok(Applied::NotApplicable);
            };
            multiplied = multiplied.and_then(|multiplied| product(multiplied, number));
        }
        let divisor = match &self.divisor {
            None => Decimal::ONE,
            Some(factor) => match factor.read(target)? {
                None => return Ok(Applied::NotApplicable),
                Some(zero) if zero.is_zero() => {
                    let text = format!(
                        "{} cannot be judged: {factor} is 0, and nothing can be divided by it",
                        target.spot.name()
                    );
                    return Err(target.spot.unjudged(text, None, shown(value)).into());
                }
                Some(divisor) => divisor,
            },
        };
        let number = target.spot.number(value)?;
        let multiplied = multiplied.ok_or_else(|| too_large(target, value))?;
        let within = self
            .is_within(number, multiplied, divisor)
            .ok_or_else(|| too_large(target, value))?;
        kept_if(within, || {
            let (about, result) = self.result(multiplied, divisor);
            let within = if self.tolerance.is_zero() {
                String::new()
            } else {
                format!(" to within {}", self.tolerance)
            };
            let shown_result = result.map_or_else(String::new, |result| format!(", {about}{result}"));
            let text = format!(
                "{} is {}, but must be {}{shown_result}{within}",
                target.spot.name(),
                described(value),
                self.phrase
            );
            target.spot.broken(text, result.map(to_value), shown(value))
        })
    }
}

impl Product {
    /// Whether the number is the quotient to within the tolerance; nothing if that takes more than 28 digits.
    fn is_within(&self, number: Decimal, multiplied: Decimal, divisor: Decimal) -> Option<bool> {
        let (wanted, number, tolerance) = match self.places {
            Some(places) => (quotient(multiplied, divisor, places)?, number, self.tolerance),
            // Both sides times the divisor: the quotient might not end.
            None => (
                multiplied,
                product(number, divisor)?,
                product(self.tolerance, divisor.abs())?,
            ),
        };
        let mut sum = Sum::new();
        sum.add(wanted).ok()?;
        sum.is_within(number, tolerance).ok()
    }

    /// The result as a finding shows it, and `about ` if it is not exact.
    fn result(&self, multiplied: Decimal, divisor: Decimal) -> (&'static str, Option<Decimal>) {
        if self.places.is_none() && divisor == Decimal::ONE {
            return ("", Some(multiplied));
        }
        let result = quotient(multiplied, divisor, self.places.unwrap_or(SHOWN_PLACES));
        let is_exact =
            self.places.is_some() || result.and_then(|result| product(result, divisor)) == Some(multiplied);
        (if is_exact { "" } else { "about " }, result)
    }
}

#[derive(Debug)]
struct PercentBetween {
    base: Factor,
    range: Range<Decimal>,
}

impl Check for PercentBetween {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let Some(base) = self.base.read(target)? else {
            return Ok(Applied::NotApplicable);
        };
        let number = target.spot.number(value)?;
        let judged = || {
            let hundredfold = product(number, Decimal::ONE_HUNDRED)?;
            // Of a base below zero, more percent are less.
            let (hundredfold, base) = if base.is_sign_negative() {
                (-hundredfold, -base)
            } else {
                (hundredfold, base)
            };
            let bound = |percent: Option<Decimal>| percent.map(|percent| product(base, percent));
            let (least, most) = (bound(self.range.min()), bound(self.range.max()));
            // A bound that cannot be kept exactly is not one that is kept.
            let least_holds = least.map_or(Some(true), |least| Some(hundredfold >= least?))?;
            let most_holds = most.map_or(Some(true), |most| Some(hundredfold <= most?))?;
            let is_percentage = !base.is_zero() || hundredfold.is_zero();
            Some(least_holds && most_holds && is_percentage)
        };
        let holds = judged().ok_or_else(|| too_large(target, value))?;
        kept_if(holds, || {
            let percent = product(number, Decimal::ONE_HUNDRED)
                .and_then(|hundredfold| quotient(hundredfold, base, SHOWN_PLACES));
            let is = percent.map_or_else(String::new, |percent| format!(", {percent}%"));
            let text = format!(
                "{} is {}{is} of {} ({base}), but must be {}",
                target.spot.name(),
                described(value),
                self.base,
                self.range.described("%")
            );
            let expected = self.range.expected(to_value);
            target.spot.broken(text, Some(expected), shown(value))
        })
    }
}

fn too_large(target: &Target<'_>, value: &Value) -> Broken {
    let text = format!(
        "{} cannot be judged: a product has more than 28 digits and would have to be rounded",
        target.spot.name()
    );
    target.spot.unjudged(text, None, shown(value)).into()
}

/// The number with all its digits.
fn to_value(number: Decimal) -> Value {
    let text = number.normalize().to_string();
    text.parse::<Number>().map_or(Value::String(text), Value::Number)
}
