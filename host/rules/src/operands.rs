//! Reading the keys of a rule, with a problem for each that is wrong.
//!
//! Every reader returns `Err(Refused)` once it has recorded why; `Ok(None)` is an optional key that is not there.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::finding::described;
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
    problems: &'r mut Problems,
}

/// What a field is compared with, and a constant as it was read.
#[derive(Debug)]
pub(crate) enum Other<T> {
    Field(Bound),
    Constant { value: Value, read: T },
}

impl<'r> Operands<'r> {
    pub(crate) fn new(
        object: &'r Map<String, Value>,
        pointer: &'r str,
        rule: &'static str,
        field: Option<&'r Path>,
        problems: &'r mut Problems,
    ) -> Operands<'r> {
        Operands {
            object,
            pointer,
            rule,
            field,
            problems,
        }
    }

    /// The rule's name.
    pub(crate) fn rule(&self) -> &'static str {
        self.rule
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
            (Some(path), None) => self.single("compare_to", path).map(Other::Field),
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
    fn single(&mut self, key: &str, value: &Value) -> Result<Bound, Refused> {
        let bound = self.bound(key, None, value)?;
        let Some(field) = self.field.filter(|_| !bound.is_single()) else {
            return Ok(bound);
        };
        let message = format!(
            "{} leads to many values for one of {field}; both must go through the same list, as in lines[*].start \
             and lines[*].end, or compare a sum by sum_equals",
            bound.path()
        );
        Err(self.refuse(key, None, message))
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
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) if items.is_empty() || items.len() > most => {
                let message = format!("{key} must hold from 1 to {most} paths, not {}", items.len());
                Err(self.refuse(key, None, message))
            }
            Some(Value::Array(items)) => {
                let read: Vec<_> = items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| self.bound(key, Some(at), item))
                    .collect();
                read.into_iter().collect()
            }
            Some(value) => Ok(vec![self.bound(key, None, value)?]),
        }
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
