//! Reading the keys of a rule, with a problem for each that is wrong.
//!
//! Every reader returns `Err(Refused)` once it has recorded why; `Ok(None)` is an optional key that is not there.

use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::condition::{Condition, Nesting};
use crate::finding::described;
use crate::judge::{Broken, Target};
use crate::limits::MAX_TEXT_BYTES;
use crate::path::{Bound, Path};
use crate::problem::{Problems, Refused};
use crate::{date, decimal};

/// The keys of one rule or condition.
#[derive(Debug)]
pub(crate) struct Operands<'r> {
    object: &'r Map<String, Value>,
    pointer: &'r str,
    rule: &'static str,
    /// Absent if the rule's own path is wrong: then nothing can be said about how others fit to it.
    field: Option<&'r Path>,
    nesting: &'r mut Nesting,
    problems: &'r mut Problems,
}

/// What a field is compared with, and a constant as it was read.
#[derive(Debug)]
pub(crate) enum Other<T> {
    Field(Bound),
    Constant { value: Value, read: T },
}

/// What is multiplied or divided by: a field, or a number.
#[derive(Debug)]
pub(crate) enum Factor {
    Field(Bound),
    Constant(Decimal),
}

impl Factor {
    /// The number for one place of the rule's field; nothing if it is missing or `null`.
    pub(crate) fn read<'a>(&'a self, target: &Target<'a>) -> Result<Option<Decimal>, Broken> {
        match self {
            Factor::Constant(number) => Ok(Some(*number)),
            Factor::Field(bound) => match target.place(bound)? {
                Some((spot, value)) => spot.number(value).map(Some),
                None => Ok(None),
            },
        }
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Factor::Field(bound) => bound.path().fmt(out),
            Factor::Constant(number) => number.fmt(out),
        }
    }
}

impl<'r> Operands<'r> {
    pub(crate) fn new(
        object: &'r Map<String, Value>,
        pointer: &'r str,
        rule: &'static str,
        field: Option<&'r Path>,
        nesting: &'r mut Nesting,
        problems: &'r mut Problems,
    ) -> Operands<'r> {
        Operands {
            object,
            pointer,
            rule,
            field,
            nesting,
            problems,
        }
    }

    /// The rule's name.
    pub(crate) fn rule(&self) -> &'static str {
        self.rule
    }

    /// The path of the rule's field, unless that is wrong.
    pub(crate) fn field(&self) -> Option<&'r Path> {
        self.field
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'r Value> {
        self.object.get(key)
    }

    /// Records a problem at a key, or at the item of its list that `item` numbers.
    pub(crate) fn refuse(&mut self, key: &str, item: Option<usize>, message: impl Into<String>) -> Refused {
        let item = item.map(|item| format!("/{item}")).unwrap_or_default();
        self.problems
            .add(format!("{}/{key}{item}", self.pointer), message)
    }

    /// The value of a key that must be there.
    pub(crate) fn need(&mut self, key: &str, takes: &str) -> Result<&'r Value, Refused> {
        let rule = self.rule;
        self.get(key)
            .ok_or_else(|| self.refuse(key, None, format!("{rule} needs the key {key}: {takes}")))
    }

    /// What the field is compared with: exactly one of `compare_to`, a path, and `value`, a constant.
    pub(crate) fn other<T>(
        &mut self,
        takes: &str,
        read: fn(&Value) -> Option<T>,
    ) -> Result<Other<T>, Refused> {
        let rule = self.rule;
        match (self.get("compare_to"), self.get("value")) {
            (Some(_), Some(_)) => {
                let message = format!("{rule} takes compare_to or value, not both; remove one");
                Err(self.refuse("value", None, message))
            }
            (None, None) => {
                let message = format!("{rule} needs compare_to, the path of a field, or value, {takes}");
                Err(self.refuse("compare_to", None, message))
            }
            (Some(path), None) => self.single("compare_to", None, path).map(Other::Field),
            (None, Some(value)) => {
                self.scalar("value", None, value)?;
                let found = described(value);
                let hint = if value.is_string() {
                    "; to name a field, write compare_to"
                } else {
                    ""
                };
                let read = read(value).ok_or_else(|| {
                    self.refuse("value", None, format!("value must be {takes}, not {found}{hint}"))
                })?;
                Ok(Other::Constant {
                    value: value.clone(),
                    read,
                })
            }
        }
    }

    /// A path that leads to one place for each place of the field.
    pub(crate) fn single(&mut self, key: &str, item: Option<usize>, value: &Value) -> Result<Bound, Refused> {
        let bound = self.bound(key, item, value)?;
        let Some(field) = self.field.filter(|_| !bound.is_single()) else {
            return Ok(bound);
        };
        let message = format!(
            "{} leads to many values for one of {field}; both must go through the same list, as in lines[*].start \
             and lines[*].end, or compare a sum by sum_equals",
            bound.path()
        );
        Err(self.refuse(key, item, message))
    }

    /// A path in `key`, or in the item of its list.
    pub(crate) fn bound(&mut self, key: &str, item: Option<usize>, value: &Value) -> Result<Bound, Refused> {
        let Some(text) = value.as_str() else {
            let found = described(value);
            let constant = if key == "compare_to" {
                "; a constant is written as value"
            } else {
                ""
            };
            let message = format!("{key} must be the path of a field, not {found}{constant}");
            return Err(self.refuse(key, item, message));
        };
        if date::parse(text).is_some() || matches!(decimal::of_text(text), Ok(Some(_)) | Err(_)) {
            let message = format!(
                "{key} names a field, and {} looks like a constant; write it as value, or the name of a field like \
                 that as [\"…\"]",
                described(value)
            );
            return Err(self.refuse(key, item, message));
        }
        let path = Path::parse(text).map_err(|error| self.refuse(key, item, error.to_string()))?;
        let alone = path.clone();
        Ok(Bound::new(path, self.field.unwrap_or(&alone)))
    }

    /// Refuses a constant that is no scalar, is `null` or is too long.
    pub(crate) fn scalar(&mut self, key: &str, item: Option<usize>, value: &Value) -> Result<(), Refused> {
        let message = match value {
            Value::Null => {
                "null is no constant; whether a field is there is judged by required and absent".to_owned()
            }
            Value::Array(_) | Value::Object(_) => {
                format!(
                    "a constant is text, a number, true or false, not {}",
                    described(value)
                )
            }
            Value::String(text) if text.len() > MAX_TEXT_BYTES => {
                format!("the text has more than {MAX_TEXT_BYTES} bytes; shorten it")
            }
            Value::Number(number) => match decimal::of_number(number) {
                Ok(_) => return Ok(()),
                Err(error) => format!("{} {error}", described(value)),
            },
            Value::String(_) | Value::Bool(_) => return Ok(()),
        };
        Err(self.refuse(key, item, message))
    }

    /// A number, if the key is there.
    pub(crate) fn decimal(&mut self, key: &str) -> Result<Option<Decimal>, Refused> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        match decimal::of(value) {
            Ok(Some(number)) => Ok(Some(number)),
            Ok(None) => Err(self.refuse(
                key,
                None,
                format!("{key} must be a number, not {}", described(value)),
            )),
            Err(error) => {
                Err(self.refuse(key, None, format!("{key} is {}, which {error}", described(value))))
            }
        }
    }

    /// A whole number from 0 to `most`, if the key is there.
    pub(crate) fn count(&mut self, key: &str, most: u64) -> Result<Option<u64>, Refused> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        if let Some(count) = value.as_u64().filter(|count| *count <= most) {
            return Ok(Some(count));
        }
        let message = format!(
            "{key} must be a whole number from 0 to {most}, not {}",
            described(value)
        );
        Err(self.refuse(key, None, message))
    }

    /// The path or the list of paths in a key, if it is there.
    pub(crate) fn paths(&mut self, key: &str, most: usize) -> Result<Vec<Bound>, Refused> {
        self.list(key, most, "paths", Operands::bound)
    }

    /// The path or the list of paths in a key, if it is there; each leads to one place for each place of the field.
    pub(crate) fn singles(&mut self, key: &str, most: usize) -> Result<Vec<Bound>, Refused> {
        self.list(key, most, "paths", Operands::single)
    }

    /// One item or a list of at most so many, each read by `read`; nothing if the key is not there.
    pub(crate) fn list<T>(
        &mut self,
        key: &str,
        most: usize,
        items: &str,
        read: fn(&mut Self, &str, Option<usize>, &Value) -> Result<T, Refused>,
    ) -> Result<Vec<T>, Refused> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) if list.is_empty() || list.len() > most => {
                let message = format!("{key} must hold from 1 to {most} {items}, not {}", list.len());
                Err(self.refuse(key, None, message))
            }
            Some(Value::Array(list)) => {
                let read: Vec<_> = list
                    .iter()
                    .enumerate()
                    .map(|(at, item)| read(self, key, Some(at), item))
                    .collect();
                read.into_iter().collect()
            }
            Some(value) => Ok(vec![read(self, key, None, value)?]),
        }
    }

    /// A number, or a path that leads to one place for each place of the field.
    pub(crate) fn factor(
        &mut self,
        key: &str,
        item: Option<usize>,
        value: &Value,
    ) -> Result<Factor, Refused> {
        match decimal::of(value) {
            Ok(Some(number)) if value.is_number() => Ok(Factor::Constant(number)),
            Ok(Some(_)) => {
                let found = described(value);
                let message = format!(
                    "{found} would be the path of a field; write the number without quotes, or the name of a field \
                     like that as [\"…\"]"
                );
                Err(self.refuse(key, item, message))
            }
            Ok(None) if value.is_string() => self.single(key, item, value).map(Factor::Field),
            Ok(None) => {
                let message = format!(
                    "{key} must be the path of a field or a number, not {}",
                    described(value)
                );
                Err(self.refuse(key, item, message))
            }
            Err(error) => {
                let message = format!("{} {error}", described(value));
                Err(self.refuse(key, item, message))
            }
        }
    }

    /// A tolerance: a number from 0, which it is if the key is not there.
    pub(crate) fn tolerance(&mut self) -> Result<Decimal, Refused> {
        match self.decimal("tolerance")?.unwrap_or_default() {
            negative if negative < Decimal::ZERO => {
                Err(self.refuse("tolerance", None, "tolerance must be 0 or more; remove the sign"))
            }
            tolerance => Ok(tolerance),
        }
    }

    /// The condition in a key, on each element that `element` leads to.
    pub(crate) fn condition(
        &mut self,
        key: &str,
        value: &Value,
        element: &Path,
    ) -> Result<Condition, Refused> {
        let pointer = format!("{}/{key}", self.pointer);
        self.nesting
            .deeper(|nesting| Condition::parse(value, &pointer, Some(element), nesting, self.problems))
    }
}

/// Reads a date constant.
pub(crate) fn date(value: &Value) -> Option<NaiveDate> {
    value.as_str().and_then(date::parse)
}

/// Reads a number constant.
pub(crate) fn number(value: &Value) -> Option<Decimal> {
    decimal::of(value).ok().flatten()
}
