//! A document's data and the places in it.
//!
//! Invariant: a place knows its pointer whether or not something is there, so that a finding about something missing
//! says where it would be. `null` counts as missing. No walk panics or recurses.

use std::fmt;

use assay_rules::decimal;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;

/// Characters of a document's text that a finding repeats.
const MAX_SHOWN_CHARS: usize = 120;

/// The data of one document.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    value: Value,
}

impl Data {
    /// Data from JSON text; numbers keep their digits.
    ///
    /// # Errors
    /// A sentence for the plugin's error.
    pub fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(value) => Ok(Self { value }),
            Err(error) => Err(format!("the data is not JSON: {error}")),
        }
    }

    /// The whole.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The place of the whole.
    pub fn root(&self) -> Node<'_> {
        Node {
            pointer: String::new(),
            value: Some(&self.value),
        }
    }

    /// The place that an RFC 6901 pointer names.
    pub fn at(&self, pointer: &str) -> Node<'_> {
        let value = self.value.pointer(pointer).filter(|value| !value.is_null());
        Node {
            pointer: pointer.to_owned(),
            value,
        }
    }
}

impl From<Value> for Data {
    fn from(value: Value) -> Self {
        Self { value }
    }
}

/// A place in a document, and what is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'d> {
    pointer: String,
    value: Option<&'d Value>,
}

/// What is there is not what is needed.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// Where.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// What is needed, in a word or two.
    pub expected: &'static str,
    /// What is there, if it is short.
    pub actual: Option<Value>,
}

impl<'d> Node<'d> {
    /// The RFC 6901 pointer.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What is there; nothing for `null`.
    pub fn value(&self) -> Option<&'d Value> {
        self.value
    }

    /// Whether nothing is there.
    pub fn is_missing(&self) -> bool {
        self.value.is_none()
    }

    /// A field of the object that is here.
    #[must_use]
    pub fn field(&self, name: &str) -> Node<'d> {
        let mut pointer = String::with_capacity(self.pointer.len() + name.len() + 1);
        pointer.push_str(&self.pointer);
        pointer.push('/');
        for character in name.chars() {
            match character {
                '~' => pointer.push_str("~0"),
                '/' => pointer.push_str("~1"),
                other => pointer.push(other),
            }
        }
        let value = self
            .value
            .and_then(|value| value.get(name))
            .filter(|value| !value.is_null());
        Node { pointer, value }
    }

    /// The items of the list that is here; none if nothing is, or something else.
    pub fn items(&self) -> impl Iterator<Item = Node<'d>> + use<'d> {
        let list = self
            .value
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let base = self.pointer.clone();
        list.iter().enumerate().map(move |(index, item)| Node {
            pointer: format!("{base}/{index}"),
            value: Some(item).filter(|item| !item.is_null()),
        })
    }

    /// The list that is here, as places.
    ///
    /// # Errors
    /// Something else is here.
    pub fn list(&self) -> Result<Option<Vec<Node<'d>>>, Unreadable> {
        match self.value {
            None => Ok(None),
            Some(Value::Array(_)) => Ok(Some(self.items().collect())),
            Some(other) => Err(self.unreadable("a list", other)),
        }
    }

    /// The text that is here.
    ///
    /// # Errors
    /// Something else is here.
    pub fn text(&self) -> Result<Option<&'d str>, Unreadable> {
        match self.value {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.unreadable("text", other)),
        }
    }

    /// The text that is here if it is text; for comparisons that leave a wrong type to others.
    pub fn as_text(&self) -> Option<&'d str> {
        self.value.and_then(Value::as_str)
    }

    /// The exact amount that is here: a number, or plain decimal text.
    ///
    /// # Errors
    /// Something else is here, or a number of more than 28 digits.
    pub fn amount(&self) -> Result<Option<Decimal>, Unreadable> {
        let Some(value) = self.value else { return Ok(None) };
        match decimal::of(value) {
            Ok(Some(amount)) => Ok(Some(amount)),
            Ok(None) => Err(self.unreadable("a number", value)),
            Err(error) => Err(Unreadable {
                pointer: self.pointer.clone(),
                message: format!("{} {error}", self.name()),
                expected: "a number",
                actual: shown(value),
            }),
        }
    }

    /// The date that is here, `YYYY-MM-DD`.
    ///
    /// # Errors
    /// Something else is here, or no day of the calendar.
    pub fn date(&self) -> Result<Option<NaiveDate>, Unreadable> {
        let Some(value) = self.value else { return Ok(None) };
        let date = value.as_str().and_then(parse_date);
        date.map(Some)
            .ok_or_else(|| self.unreadable("a date as YYYY-MM-DD", value))
    }

    /// What is here as a finding shows it: shortened if long, nothing for lists and objects.
    pub fn shown(&self) -> Option<Value> {
        self.value.and_then(shown)
    }

    /// The place's name in a sentence: its pointer without the leading slash.
    pub fn name(&self) -> &str {
        match self.pointer.strip_prefix('/') {
            Some(name) if !name.is_empty() => name,
            _ => "the document",
        }
    }

    fn unreadable(&self, expected: &'static str, value: &Value) -> Unreadable {
        Unreadable {
            pointer: self.pointer.clone(),
            message: format!("{} is {}, but must be {expected}", self.name(), described(value)),
            expected,
            actual: shown(value),
        }
    }
}

impl AsRef<str> for Node<'_> {
    fn as_ref(&self) -> &str {
        &self.pointer
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Unreadable {}

/// The day that a text writes as `YYYY-MM-DD`, and in no other form.
// chrono's own reading takes signs and single digits too, and would add 20 kB to a component.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let year = i32::try_from(number(&[*y1, *y2, *y3, *y4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&[*m1, *m2])?, number(&[*d1, *d2])?)
}

fn shown(value: &Value) -> Option<Value> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(Value::String(shortened(text))),
        // More digits than a host takes are shown as text.
        Value::Number(number) if number.as_str().len() > decimal::MAX_DIGITS => {
            Some(Value::String(shortened(number.as_str())))
        }
        other => Some(other.clone()),
    }
}

fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => Value::String(shortened(text)).to_string(),
        Value::Number(number) => shortened(number.as_str()),
        Value::Bool(value) => value.to_string(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
