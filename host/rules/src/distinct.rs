//! Finding what is there twice, by the comparison of `equal`.
//!
//! That comparison is no equivalence: the number 1 equals the texts "1" and "1.0", which differ from each other. So
//! values are sorted by what all equal ones share, and compared one by one within that.
//!
//! Invariant: the work is charged, so it is bounded.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::decimal;
use crate::judge::{Broken, Context, Spot};

/// Steps of work for each value that is kept, since it takes memory.
const STEPS_PER_KEY: u64 = 8;

/// What equal values share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shared<'d> {
    Element(usize),
    Bool(bool),
    Number(Decimal),
    Text(&'d str),
}

/// One part of a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'d> {
    shared: Shared<'d>,
    /// The value, if it is text.
    text: Option<&'d str>,
}

impl<'d> Part<'d> {
    /// The element of a list that the others stand in.
    pub(crate) fn element(index: usize) -> Part<'d> {
        Part {
            shared: Shared::Element(index),
            text: None,
        }
    }

    /// A value that is there and not `null`.
    pub(crate) fn of(spot: &Spot<'_>, value: &'d Value) -> Result<Part<'d>, Broken> {
        let number = match decimal::of(value) {
            Ok(number) => number.map(Shared::Number),
            // Text is compared with text too, so only a number is beyond judgement.
            Err(error) if value.is_number() => return Err(spot.inexact(value, error).into()),
            Err(_) => None,
        };
        match value {
            Value::Bool(value) => Ok(Part {
                shared: Shared::Bool(*value),
                text: None,
            }),
            Value::String(text) => Ok(Part {
                shared: number.unwrap_or(Shared::Text(text)),
                text: Some(text),
            }),
            _ => match number {
                Some(shared) => Ok(Part { shared, text: None }),
                None => Err(spot.wrong_type(value, "text, a number, true or false", "").into()),
            },
        }
    }

    /// Whether two parts that share what equal ones share are equal.
    fn equals(&self, other: &Part<'_>) -> bool {
        self.text.is_none() || other.text.is_none() || self.text == other.text
    }
}

/// The keys that were met, each with where that was.
#[derive(Debug)]
pub(crate) struct Seen<'d, T> {
    met: BTreeMap<Vec<Shared<'d>>, Vec<(Vec<Part<'d>>, T)>>,
}

impl<'d, T: Copy> Seen<'d, T> {
    pub(crate) fn new() -> Seen<'d, T> {
        Seen { met: BTreeMap::new() }
    }

    /// Where an equal key was met first; if nowhere, this one is remembered as met at `place`.
    pub(crate) fn meet(
        &mut self,
        key: Vec<Part<'d>>,
        place: T,
        context: &Context<'_>,
    ) -> ControlFlow<(), Option<T>> {
        context.charge(STEPS_PER_KEY)?;
        let shared = key.iter().map(|part| part.shared).collect();
        let alike = self.met.entry(shared).or_default();
        for (other, first) in alike.iter() {
            context.charge(1)?;
            if key.iter().zip(other).all(|(one, other)| one.equals(other)) {
                let first = *first;
                // A later key may equal this one and not that one.
                if key.iter().zip(other).any(|(one, other)| one.text != other.text) {
                    alike.push((key, place));
                }
                return ControlFlow::Continue(Some(first));
            }
        }
        alike.push((key, place));
        ControlFlow::Continue(None)
    }
}
