//! A rule's own message: text with `{field}`, `{expected}` and `{actual}`; `{{` and `}}` stand for braces.

use serde_json::Value;

use crate::finding::{described, shortened};
use crate::judge::Failure;
use crate::limits::MAX_MESSAGE_BYTES;

/// A message with its placeholders found.
#[derive(Debug)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Field,
    Expected,
    Actual,
}

impl Template {
    /// Reads a template, or says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Template, String> {
        if text.trim().is_empty() {
            return Err("the message is empty; write one or remove the key".to_owned());
        }
        if text.len() > MAX_MESSAGE_BYTES {
            return Err(format!(
                "the message has more than {MAX_MESSAGE_BYTES} bytes; shorten it"
            ));
        }
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            plain.push_str(before);
            if let Some(after) = from.strip_prefix("{{") {
                plain.push('{');
                rest = after;
            } else if let Some(after) = from.strip_prefix("}}") {
                plain.push('}');
                rest = after;
            } else {
                let placeholder = from.strip_prefix('{').and_then(|from| from.split_once('}'));
                let (piece, after) = match placeholder {
                    Some(("field", after)) => (Piece::Field, after),
                    Some(("expected", after)) => (Piece::Expected, after),
                    Some(("actual", after)) => (Piece::Actual, after),
                    _ => {
                        return Err(
                            "a message knows {field}, {expected} and {actual}; write other braces twice, \
                                    as {{ and }}"
                                .to_owned(),
                        );
                    }
                };
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(piece);
                rest = after;
            }
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        Ok(Template { pieces })
    }

    /// The message for one failure.
    pub(crate) fn render(&self, failure: &Failure) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Field => failure.name.clone(),
                Piece::Expected => plain(failure.expected.as_ref()),
                Piece::Actual => plain(failure.actual.as_ref()),
            })
            .collect()
    }
}

/// A value without quotes.
fn plain(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => shortened(text),
        Some(value @ (Value::Array(_) | Value::Object(_))) => shortened(&value.to_string()),
        Some(value) => described(value),
    }
}
