//! JSON from outside: documents, settings, rules and what guests return.
//!
//! Invariant: a value that came through [`parse`] means the same to every reader: no duplicate keys, no NUL (which
//! Postgres can't hold), bounded depth, and no number that an exact decimal of 28 digits does not hold. Its numbers
//! stand without an exponent, as Postgres writes them, so that what is answered at once and what is read back later
//! are the same bytes. RFC 8259 leaves all of these open, and readers disagree about them.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

mod canonical;
mod number;

pub use canonical::{canonical, inexact};
pub use number::decimal;

/// Bounds on JSON from outside.
#[derive(Clone, Copy, Debug)]
pub struct JsonLimits {
    /// Most bytes.
    pub bytes: usize,
    /// Most arrays and objects within one another.
    pub depth: usize,
    /// Most values, those within others included: each takes many times the two bytes that write it.
    pub values: usize,
}

impl JsonLimits {
    /// How deep a document may be nested: below what any reader's recursion limit stops at.
    pub const DEPTH: usize = 64;

    /// How many values a document may have: about 40,000 invoice lines.
    pub const VALUES: usize = 500_000;

    /// The usual depth and number of values with a bound on size.
    pub const fn bytes(bytes: usize) -> Self {
        Self {
            bytes,
            depth: Self::DEPTH,
            values: Self::VALUES,
        }
    }
}

/// Why JSON from outside was refused. `pointer` (RFC 6901) leads to the place, or to the value that holds it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Too many bytes.
    #[error("{actual} bytes of JSON are more than the {limit} that are allowed")]
    TooLarge {
        /// How many there are.
        actual: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// Not UTF-8.
    #[error("the bytes are not UTF-8 from offset {offset} on; JSON is UTF-8 (RFC 8259)")]
    NotUtf8 {
        /// Where the first wrong byte is.
        offset: usize,
    },
    /// Not JSON.
    #[error("not JSON at line {line}, column {column}: {message}")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the parser expected.
        message: String,
    },
    /// A key stands twice in one object.
    #[error("the key at `{pointer}` stands twice; keep one")]
    DuplicateKey {
        /// The second one.
        pointer: String,
    },
    /// A string or key holds U+0000.
    #[error("the text at `{pointer}` holds U+0000, which can't be stored; remove it")]
    Nul {
        /// The string, or the object that has the key.
        pointer: String,
    },
    /// Nested too deep.
    #[error("more than {limit} arrays and objects within one another")]
    TooDeep {
        /// How many are allowed.
        limit: usize,
    },
    /// Too many values.
    #[error("more than {limit} values; split the document")]
    TooMany {
        /// How many are allowed.
        limit: usize,
    },
    /// A number that is not held exactly.
    #[error("the number at `{pointer}` needs more than the 28 digits that are kept exactly; send it as text")]
    Number {
        /// The number.
        pointer: String,
    },
    /// The key that serde_json keeps for itself.
    #[error("the key at `{pointer}` is reserved")]
    ReservedKey {
        /// The key.
        pointer: String,
    },
}

impl JsonError {
    /// The place within the JSON, when there is one.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::DuplicateKey { pointer }
            | Self::Nul { pointer }
            | Self::Number { pointer }
            | Self::ReservedKey { pointer } => Some(pointer),
            Self::TooLarge { .. }
            | Self::NotUtf8 { .. }
            | Self::Syntax { .. }
            | Self::TooDeep { .. }
            | Self::TooMany { .. } => None,
        }
    }
}

/// Parses one JSON value that came from outside.
///
/// # Errors
/// The first reason why it can't be taken, with its place.
pub fn parse(bytes: &[u8], limits: JsonLimits) -> Result<Value, JsonError> {
    if bytes.len() > limits.bytes {
        return Err(JsonError::TooLarge {
            actual: bytes.len(),
            limit: limits.bytes,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError::NotUtf8 {
        offset: error.valid_up_to(),
    })?;
    let reading = Reading {
        text,
        limits,
        path: RefCell::default(),
        error: RefCell::default(),
        values: Cell::new(0),
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Node {
        reading: &reading,
        depth: 0,
    }
    .deserialize(&mut deserializer);
    value
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| {
            reading.error.take().unwrap_or_else(|| {
                let message = error.to_string();
                let message = message.split(" at line ").next().unwrap_or_default().to_owned();
                JsonError::Syntax {
                    line: error.line(),
                    column: error.column(),
                    message,
                }
            })
        })
}

/// Appends one segment to a JSON Pointer, escaped (RFC 6901, section 3).
pub fn push_pointer(pointer: &mut String, segment: &str) {
    pointer.push('/');
    for part in segment.chars() {
        match part {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// Bytes of a pointer in an error.
const LONGEST_POINTER: usize = 1_024;

/// The key under which serde_json's `arbitrary_precision` hands over numbers.
const NUMBER_KEY: &str = "$serde_json::private::Number";

struct Reading<'a> {
    text: &'a str,
    limits: JsonLimits,
    path: RefCell<Vec<String>>,
    error: RefCell<Option<JsonError>>,
    values: Cell<usize>,
}

impl Reading<'_> {
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for segment in self.path.borrow().iter() {
            push_pointer(&mut pointer, segment);
        }
        // Keys are the sender's, and a pointer lands in answers and in the audit log.
        pointer.truncate(pointer.floor_char_boundary(LONGEST_POINTER));
        pointer
    }

    fn refuse<E: de::Error>(&self, error: impl FnOnce(String) -> JsonError) -> E {
        let pointer = self.pointer();
        self.error.borrow_mut().get_or_insert_with(|| error(pointer));
        E::custom("refused")
    }

    fn text<E: de::Error>(&self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            return Err(self.refuse(|pointer| JsonError::Nul { pointer }));
        }
        Ok(())
    }
}

struct Node<'r, 'a> {
    reading: &'r Reading<'a>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = Value;
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Node<'_, '_> {
    fn child<E: de::Error>(&self) -> Result<Self, E> {
        if self.depth >= self.reading.limits.depth {
            return Err(self.reading.refuse(|_| JsonError::TooDeep {
                limit: self.reading.limits.depth,
            }));
        }
        let values = self.reading.values.get() + 1;
        self.reading.values.set(values);
        let limit = self.reading.limits.values;
        if values > limit {
            return Err(self.reading.refuse(|_| JsonError::TooMany { limit }));
        }
        Ok(Self {
            reading: self.reading,
            depth: self.depth + 1,
        })
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        self.reading.text(text)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        loop {
            self.reading.path.borrow_mut().push(array.len().to_string());
            let Some(item) = items.next_element_seed(self.child()?)? else {
                break;
            };
            self.reading.path.borrow_mut().pop();
            array.push(item);
        }
        self.reading.path.borrow_mut().pop();
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key_seed(Key {
            reading: self.reading,
        })? {
            let key = match key {
                Name::Number => return self.number(&entries.next_value::<String>()?),
                Name::Key(key) => key,
            };
            self.reading.path.borrow_mut().push(key.clone());
            if key == NUMBER_KEY {
                return Err(self.reading.refuse(|pointer| JsonError::ReservedKey { pointer }));
            }
            if object.contains_key(&key) {
                return Err(self.reading.refuse(|pointer| JsonError::DuplicateKey { pointer }));
            }
            let value = entries.next_value_seed(self.child()?)?;
            self.reading.path.borrow_mut().pop();
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

impl Node<'_, '_> {
    fn number<E: de::Error>(&self, text: &str) -> Result<Value, E> {
        let number = number::plain(text).and_then(|plain| plain.parse::<Number>().ok());
        number
            .map(Value::Number)
            .ok_or_else(|| self.reading.refuse(|pointer| JsonError::Number { pointer }))
    }
}

enum Name {
    /// serde_json's own marker: the value is a number's text.
    Number,
    Key(String),
}

struct Key<'r, 'a> {
    reading: &'r Reading<'a>,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = Name;
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_, '_> {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Name, E> {
        // The marker is a constant of serde_json; the same text within the input is a key that somebody wrote.
        if text == NUMBER_KEY
            && !self
                .reading
                .text
                .as_bytes()
                .as_ptr_range()
                .contains(&text.as_ptr())
        {
            return Ok(Name::Number);
        }
        self.visit_str(text)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Name, E> {
        self.reading.text(text)?;
        Ok(Name::Key(text.to_owned()))
    }
}

#[cfg(test)]
mod tests;
