//! What is wrong with a set of rules, each with a pointer into the rules.
//!
//! Invariant: a check reports all problems at once, up to [`MAX_PROBLEMS`], and then says that there are more.

use serde::{Deserialize, Serialize};

use crate::limits::MAX_PROBLEMS;

/// One thing that is wrong with a set of rules, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// RFC 6901 pointer into the rules as they were given; of a missing key, the pointer that it would have.
    pub pointer: String,
    /// What is wrong and what to do, in one sentence.
    pub message: String,
}

/// Says that a problem was recorded, so that the reader goes on without the value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused;

/// Collects problems.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// Records a problem.
    pub(crate) fn add(&mut self, pointer: String, message: impl Into<String>) -> Refused {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(Problem {
                pointer,
                message: message.into(),
            });
        } else if self.list.len() == MAX_PROBLEMS {
            let message = format!("there are more than {MAX_PROBLEMS} problems; mend these first");
            self.list.push(Problem {
                pointer: String::new(),
                message,
            });
        }
        Refused
    }

    /// The problems in the order in which they were found.
    pub(crate) fn into_list(self) -> Vec<Problem> {
        self.list
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
