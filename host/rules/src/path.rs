//! Paths into a document's data: `seller.vat_number`, `lines[0].amount`, `lines[*].amount`, `["odd name"].total`.
//!
//! A path starts with a name or a bracket, and goes on with `.name` or another bracket. A bare name is made of
//! letters and digits of any script and of `_ - $ @ :`; any other name stands as a JSON string in brackets. An index
//! counts from 0. `[*]` stands for every element of a list.
//!
//! Invariant: a parsed path is within [`limits`](crate::limits), so walking it needs bounded depth whatever the
//! data. Deliberately absent: slices, negative indexes, wildcards over the members of an object, JSON Pointer as input.

mod parse;
mod pointer;
mod walk;

pub(crate) use pointer::push_token;
pub(crate) use walk::{Bound, Found, Indices, Match, Shape};

use std::fmt;
use std::ops::ControlFlow;

use serde_json::Value;

use crate::limits::{MAX_PATH_BYTES, MAX_PATH_STEPS, MAX_WILDCARDS};

/// A parsed path: `name`, `.name`, `["quoted name"]`, `[0]` and `[*]`, such as `lines[*].amount`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    steps: Vec<Step>,
    wildcards: usize,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
    Each,
}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        parse::parse(text)
    }

    /// The path of every element of the list that the path leads to.
    pub(crate) fn elements(&self) -> Result<Path, PathError> {
        Path::parse(&format!("{self}[*]"))
    }

    /// How many steps come before the first wildcard.
    pub(crate) fn steps_to_list(&self) -> usize {
        let each = self.steps.iter().position(|step| *step == Step::Each);
        each.unwrap_or(self.steps.len())
    }

    /// How many steps there are.
    pub(crate) fn steps(&self) -> usize {
        self.steps.len()
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many `[*]` the path has.
    pub fn wildcards(&self) -> usize {
        self.wildcards
    }

    /// Every value in `data` that the path leads to, `null` included, in the order of the document, each with its
    /// RFC 6901 pointer. What is missing is left out.
    pub fn resolve<'d>(&self, data: &'d Value) -> Vec<(String, &'d Value)> {
        let mut values = Vec::new();
        let _ = self.walk(data, &Indices::default(), 0, &mut |found| {
            if let Found::Value(value) = found.found {
                values.push((self.pointer(&found), value));
            }
            ControlFlow::Continue(())
        });
        values
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// Why a text is no path. Positions count characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing is there.
    #[error("a path cannot be empty; name a field, such as total or lines[*].amount")]
    Empty,
    /// Longer than the language allows.
    #[error("the path has more than {MAX_PATH_BYTES} bytes; shorten it")]
    TooLong,
    /// More names, indexes and wildcards than the language allows.
    #[error("the path has more than {MAX_PATH_STEPS} steps; shorten it")]
    TooManySteps,
    /// More wildcards than the language allows.
    #[error("the path has more than {MAX_WILDCARDS} wildcards; shorten it")]
    TooManyWildcards,
    /// A JSON Pointer, which is not a path.
    #[error("a path is not a JSON Pointer; write seller.name for /seller/name and lines[0] for /lines/0")]
    JsonPointer,
    /// A name is missing between dots, or at an end.
    #[error("a name is missing at character {at}; write one name between two dots")]
    EmptySegment {
        /// Where.
        at: usize,
    },
    /// A character that a bare name cannot have.
    #[error("the character {found:?} at {at} cannot stand in a bare name; write the name as [\"…\"]")]
    Character {
        /// The character.
        found: char,
        /// Where.
        at: usize,
    },
    /// Brackets around something that is neither an index, nor a wildcard, nor a quoted name.
    #[error("the bracket at character {at} must hold an index from 0, * or a quoted name, and be closed")]
    Bracket {
        /// Where.
        at: usize,
    },
    /// Something other than a dot or a bracket after a bracket.
    #[error("a dot, a bracket or the end must follow the bracket that ends before character {at}")]
    AfterBracket {
        /// Where.
        at: usize,
    },
}

#[cfg(test)]
mod tests;
