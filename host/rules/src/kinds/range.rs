//! `min` and `max` of a count or a percentage, one or both of them.

use std::fmt::Display;

use serde_json::{Map, Value};

use crate::operands::Operands;
use crate::problem::Refused;

/// Least and greatest, both included; at least one of them is there.
#[derive(Debug)]
pub(super) struct Range<T> {
    min: Option<T>,
    max: Option<T>,
}

impl<T: PartialOrd + Display + Copy> Range<T> {
    /// Reads both keys.
    pub(super) fn read<'r>(
        operands: &mut Operands<'r>,
        bound: impl Fn(&mut Operands<'r>, &str) -> Result<Option<T>, Refused>,
    ) -> Result<Range<T>, Refused> {
        let (min, max) = (bound(operands, "min"), bound(operands, "max"));
        let (min, max) = (min?, max?);
        if min.is_none() && max.is_none() {
            let message = format!("{} needs the key min, max or both", operands.rule());
            return Err(operands.refuse("min", None, message));
        }
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            return Err(operands.refuse("min", None, "min is greater than max; exchange them"));
        }
        Ok(Range { min, max })
    }

    /// The least, if it is bounded.
    pub(super) fn min(&self) -> Option<T> {
        self.min
    }

    /// The greatest, if it is bounded.
    pub(super) fn max(&self) -> Option<T> {
        self.max
    }

    /// Whether both bounds are kept.
    pub(super) fn contains(&self, value: T) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }

    /// `from 1 to 3`, `at least 1`, `at most 3` or `3`.
    pub(super) fn described(&self, unit: &str) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => format!("{min}{unit}"),
            (Some(min), Some(max)) => format!("from {min}{unit} to {max}{unit}"),
            (Some(min), None) => format!("at least {min}{unit}"),
            (None, Some(max)) => format!("at most {max}{unit}"),
            (None, None) => String::new(),
        }
    }

    /// `{"min": 1, "max": 3}`, as a finding expects it.
    pub(super) fn expected(&self, shown: impl Fn(T) -> Value) -> Value {
        let mut object = Map::new();
        for (key, bound) in [("min", self.min), ("max", self.max)] {
            if let Some(bound) = bound {
                object.insert(key.to_owned(), shown(bound));
            }
        }
        Value::Object(object)
    }
}
