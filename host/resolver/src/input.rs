//! What can be wrong with an input, and how it is read: quickly when its shape is right, and else once more, slowly, so that
//! everything that is wrong is told at once with its place.
//!
//! Invariant: whatever is reported carries a JSON Pointer into the document that was given; at most [`MAX_PROBLEMS`] are
//! kept and the rest are counted. Absent: what a catalog or a request means, which their own modules check.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::Value;

/// How many problems of an input are kept; the others are counted.
pub const MAX_PROBLEMS: usize = 100;

/// Which of the two documents a problem is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Document {
    /// The catalog.
    Catalog,
    /// The request.
    Request,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputProblem {
    /// The document.
    pub document: Document,
    /// The place, an RFC 6901 JSON Pointer; empty for the whole document.
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for InputProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let document = match self.document {
            Document::Catalog => "catalog",
            Document::Request => "request",
        };
        write!(out, "{document} {:?}: {}", self.pointer, self.message)
    }
}

/// Everything that is wrong with the inputs, up to a bound. Bad input never gets an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InputErrors {
    /// The problems, at least one.
    pub problems: Vec<InputProblem>,
    /// How many more there are than were kept.
    pub more: usize,
}

impl fmt::Display for InputErrors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            write!(out, "{problem}")?;
        }
        if self.more > 0 {
            write!(out, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

/// Collects problems of one document.
#[derive(Debug)]
pub(crate) struct Problems {
    document: Document,
    list: Vec<InputProblem>,
    more: usize,
}

impl Problems {
    pub(crate) fn of(document: Document) -> Self {
        Self {
            document,
            list: Vec::new(),
            more: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds one, unless something that contains the place was reported already: what is missing in a thing of the wrong
    /// type is no news.
    pub(crate) fn at(&mut self, pointer: fmt::Arguments<'_>, message: impl Into<String>) {
        if self.list.len() >= MAX_PROBLEMS {
            self.more += 1;
            return;
        }
        let pointer = pointer.to_string();
        let known = self.list.iter().any(|known| {
            let rest = pointer.strip_prefix(known.pointer.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        if !known {
            self.list.push(InputProblem {
                document: self.document,
                pointer,
                message: message.into(),
            });
        }
    }

    pub(crate) fn finish<T>(mut self, value: T) -> Result<T, InputErrors> {
        if self.list.is_empty() {
            return Ok(value);
        }
        self.list.sort();
        Err(InputErrors {
            problems: self.list,
            more: self.more,
        })
    }
}

/// A text that is borrowed from the document where it has no escapes. (`Option<Cow>` would always copy.)
#[derive(Clone, Debug)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Take;
        impl<'de> Visitor<'de> for Take {
            type Value = Text<'de>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Take)
    }
}

/// The shape of a document, for saying everything that is wrong with one. Everything in it may be absent or null: what must
/// be there is asked for where its meaning is known.
#[derive(Debug)]
pub(crate) enum Shape {
    Text,
    Flag,
    List(&'static Shape),
    Object(&'static [(&'static str, Shape)]),
}

/// Reads a document. What can't be read is reported and comes out as absent.
pub(crate) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8], shape: &Shape, problems: &mut Problems) -> Option<T> {
    let quick = match serde_json::from_slice::<T>(bytes) {
        Ok(value) => return Some(value),
        Err(error) => error,
    };
    let mut value = match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => value,
        Err(error) => {
            problems.at(format_args!(""), format!("this is not JSON: {error}"));
            return None;
        }
    };
    clean(&mut value, shape, "", problems);
    if problems.is_empty() {
        problems.at(format_args!(""), quick.to_string()); // a key that is written twice, for one
    }
    T::deserialize(value).ok()
}

fn clean(value: &mut Value, shape: &Shape, pointer: &str, problems: &mut Problems) {
    match (shape, &mut *value) {
        (Shape::Text, Value::String(_)) | (Shape::Flag, Value::Bool(_)) | (_, Value::Null) => {}
        (Shape::List(of), Value::Array(items)) => {
            for (index, item) in items.iter_mut().enumerate() {
                let pointer = format!("{pointer}/{index}");
                if item.is_null() {
                    problems.at(format_args!("{pointer}"), "null is no entry; remove it");
                }
                clean(item, of, &pointer, problems);
                if item.is_null() {
                    *item = Value::Object(serde_json::Map::new());
                }
            }
        }
        (Shape::Object(fields), Value::Object(map)) => {
            let mut unknown = Vec::new();
            for (key, value) in map.iter_mut() {
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                if let Some((_, shape)) = fields.iter().find(|(name, _)| name == key) {
                    clean(value, shape, &pointer, problems);
                } else {
                    let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
                    let message = format!("there is no such field; the fields here are {}", names.join(", "));
                    problems.at(format_args!("{pointer}"), message);
                    unknown.push(key.clone());
                }
            }
            for key in unknown {
                map.remove(&key);
            }
        }
        _ => {
            let wanted = match shape {
                Shape::Text => "a text",
                Shape::Flag => "true or false",
                Shape::List(_) => "a list",
                Shape::Object(_) => "an object",
            };
            problems.at(
                format_args!("{pointer}"),
                format!("this has to be {wanted}, not {}", kind_of(value)),
            );
            *value = if pointer.is_empty() {
                Value::Object(serde_json::Map::new())
            } else {
                Value::Null
            };
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// How long an id of an extension may be, in bytes.
pub const MAX_ID: usize = 128;

/// Why a text is no id of an extension, if it is none.
pub(crate) fn id_problem(id: &str) -> Option<String> {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if id.len() > MAX_ID {
        return Some(format!("an id has at most {MAX_ID} characters, this one has {}", id.len()));
    }
    (!id.split('-').all(word)).then(|| {
        format!("{id:?} is not kebab-case; write small letters and digits, in words joined by single hyphens")
    })
}

/// Why a text is no name of a capability, resource or policy, if it is none.
pub(crate) fn name_problem(name: &str) -> Option<String> {
    if name.is_empty() || name.len() > MAX_ID {
        return Some(format!("a name has 1 to {MAX_ID} characters, this one has {}", name.len()));
    }
    let bad = |c: char| c.is_whitespace() || c.is_control();
    name.contains(bad).then(|| format!("{name:?} has blanks or control characters in it; write a name without"))
}

/// Reads a version. One leading `v` is dropped.
pub(crate) fn version(text: &str) -> Result<semver::Version, String> {
    let plain = text.strip_prefix('v').unwrap_or(text);
    plain
        .parse()
        .map_err(|error| format!("{text:?} is not a version: {error}; write one as in 1.2.3"))
}

#[cfg(test)]
mod tests;
