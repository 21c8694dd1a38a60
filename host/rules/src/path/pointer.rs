//! Where a match stands: as an RFC 6901 pointer for programs, and as a concrete path for people.

use std::fmt::Write as _;

use super::{Indices, Match, Path, Step, parse};

/// Adds one reference token to a pointer, with `~` and `/` escaped.
pub(crate) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// A step with its wildcard replaced by the element that was met.
enum Concrete<'p> {
    Name(&'p str),
    Index(usize),
}

impl Path {
    /// The pointer of a match of this path.
    pub(crate) fn pointer(&self, found: &Match<'_>) -> String {
        let mut pointer = String::new();
        for step in self.concrete(&found.indices, found.steps) {
            match step {
                Concrete::Name(name) => push_token(&mut pointer, name),
                Concrete::Index(index) => {
                    let _ = write!(pointer, "/{index}");
                }
            }
        }
        pointer
    }

    /// The match as a path without wildcards, such as `lines[2].amount`.
    pub(crate) fn concrete_path(&self, found: &Match<'_>) -> String {
        let mut text = String::new();
        for step in self.concrete(&found.indices, found.steps) {
            match step {
                Concrete::Name(name) if !name.is_empty() && name.chars().all(parse::bare) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(name);
                }
                Concrete::Name(name) => {
                    let _ = write!(text, "[{}]", serde_json::Value::from(name));
                }
                Concrete::Index(index) => {
                    let _ = write!(text, "[{index}]");
                }
            }
        }
        if text.is_empty() {
            text.push_str("the document");
        }
        text
    }

    fn concrete<'p>(&'p self, indices: &'p Indices, steps: usize) -> impl Iterator<Item = Concrete<'p>> {
        let mut wildcard = 0;
        self.steps.iter().take(steps).map(move |step| match step {
            Step::Name(name) => Concrete::Name(name),
            Step::Index(index) => Concrete::Index(*index),
            Step::Each => {
                let index = indices.get(wildcard).unwrap_or_default();
                wildcard += 1;
                Concrete::Index(index)
            }
        })
    }
}
