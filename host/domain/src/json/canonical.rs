//! Canonical JSON (RFC 8785): one text for one value, however it was written, so that a configuration has one digest
//! and a plugin is told one thing.
//!
//! Invariant: where [`inexact`] finds nothing, the canonical text means exactly what was written. RFC 8785 writes
//! numbers as doubles; what a double would change is refused first and never rounded.

use serde_json::Value;

use super::{decimal, push_pointer};
use crate::Problem;

/// The canonical text. A number that [`inexact`] finds stands in it as it was written.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// The numbers that a double does not hold as they are written, at most `most` of them.
pub fn inexact(value: &Value, most: usize) -> Vec<Problem> {
    let mut problems = Vec::new();
    find(value, &mut String::new(), most, &mut problems);
    problems
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => {
            // serde_json escapes as section 3.2.2.2 asks: the seven short forms, else \u00xx in lower case.
            text.push_str(&value.to_string());
        }
        Value::Number(number) => {
            let written = number.to_string();
            text.push_str(&shortest(&written).unwrap_or(written));
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            // By UTF-16 code units (section 3.2.3), which is not the order of the bytes beyond the basic plane.
            members.sort_unstable_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (index, (key, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
    }
}

fn find(value: &Value, pointer: &mut String, most: usize, problems: &mut Vec<Problem>) {
    if problems.len() >= most {
        return;
    }
    let length = pointer.len();
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => {}
        Value::Number(number) => {
            let written = number.to_string();
            if shortest(&written).is_none() {
                let message = format!(
                    "{written} can't be kept exactly: numbers of a configuration are IEEE 754 doubles (RFC 8785); write it as a string"
                );
                problems.push(Problem::new(pointer.as_str(), message));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                push_pointer(pointer, &index.to_string());
                find(item, pointer, most, problems);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                push_pointer(pointer, key);
                find(value, pointer, most, problems);
                pointer.truncate(length);
            }
        }
    }
}

/// The number as ECMAScript writes it (section 3.2.2.3), when that is the same number.
fn shortest(written: &str) -> Option<String> {
    let double = written.parse::<f64>().ok().filter(|double| double.is_finite())?;
    let shortest = ryu_js::Buffer::new().format_finite(double).to_owned();
    let same = written == shortest || decimal(written).is_some_and(|exact| decimal(&shortest) == Some(exact));
    same.then_some(shortest)
}

#[cfg(test)]
mod tests;
