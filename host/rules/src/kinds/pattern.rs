//! Patterns on text.
//!
//! Invariant: matching is linear in the text (neither engine backtracks), a pattern's compiled size is bounded, and the
//! work is charged as text times size. A pattern must match the whole text. What `regex-lite` refuses is refused; what
//! it takes is matched by a finished table where one can be made ([`automaton`](crate::automaton)), which says the same.

use regex_lite::{Regex, RegexBuilder};
use serde_json::Value;

use super::Kind;
use crate::automaton::Automaton;
use crate::finding::{described, shown};
use crate::judge::{Applied, Check, Judge, Judged, Target, kept_if};
use crate::limits::{MAX_PATTERN_BYTES, MAX_PATTERN_SIZE, MAX_PATTERN_TEXT};
use crate::operands::Operands;
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

pub(super) const KINDS: &[Kind] = &[Kind {
    doc: KindDoc {
        name: "pattern",
        family: "pattern",
        summary: "The field is text, and the pattern matches all of it, as if it stood between ^ and $; write .* where \
                  anything may stand. Letters, digits and case (\\w, \\d, (?i)) are those of ASCII.",
        operands: &[OperandDoc {
            name: "pattern",
            required: true,
            takes: "a regular expression without look-around and back-references",
        }],
        example: r#"{"field": "number", "rule": "pattern", "pattern": "INV-[0-9]{4,}"}"#,
        kept: r#"{"number": "INV-2025"}"#,
        broken: r#"{"number": "INV-2025/1"}"#,
    },
    compile: |operands| compile(operands),
}];

/// Depth of groups in a pattern.
const MAX_NESTING: u32 = 32;

/// Compiled sizes that are tried from the least; the first that suffices weighs the pattern's work.
const SIZES: [usize; 4] = [
    MAX_PATTERN_SIZE / 64,
    MAX_PATTERN_SIZE / 16,
    MAX_PATTERN_SIZE / 4,
    MAX_PATTERN_SIZE,
];

/// Compiled bytes times bytes of text that count as one step of work.
const BYTES_PER_STEP: usize = 16 * 1024;

#[derive(Debug)]
struct Pattern {
    engine: Engine,
    text: String,
    size: usize,
}

#[derive(Debug)]
enum Engine {
    Table(Automaton),
    Lite(Regex),
}

impl Engine {
    fn of(pattern: &str, regex: Regex) -> Engine {
        if let Some(table) = Automaton::of(pattern) {
            return Engine::Table(table);
        }
        // The first match makes the scratch memory that all others use: now, not while a document is judged.
        regex.is_match("");
        Engine::Lite(regex)
    }

    fn is_match(&self, text: &str) -> bool {
        match self {
            Engine::Table(table) => table.matches(text),
            Engine::Lite(regex) => regex.is_match(text),
        }
    }
}

fn compile(operands: &mut Operands<'_>) -> Result<Judge, Refused> {
    let text = match operands.need("pattern", "a regular expression for the whole text")? {
        Value::String(text) => text,
        other => {
            let message = format!(
                "pattern must be a regular expression in quotes, not {}",
                described(other)
            );
            return Err(operands.refuse("pattern", None, message));
        }
    };
    if text.len() > MAX_PATTERN_BYTES {
        let message = format!("the pattern has more than {MAX_PATTERN_BYTES} bytes; shorten it");
        return Err(operands.refuse("pattern", None, message));
    }
    // Alone first: `a)|(b` is no pattern, though it would be one between the anchors' parentheses.
    if let Err(error) = build(text, MAX_PATTERN_SIZE) {
        let message = format!("this is no regular expression of the language, or too large a one: {error}");
        return Err(operands.refuse("pattern", None, message));
    }
    let anchored = format!("^(?:{text})$");
    for size in SIZES {
        if let Ok(regex) = build(&anchored, size) {
            return Ok(Judge::each(Pattern {
                engine: Engine::of(text, regex),
                text: text.clone(),
                size,
            }));
        }
    }
    let message = "the pattern is too large, or ends in a comment; shorten it or remove the comment";
    Err(operands.refuse("pattern", None, message))
}

fn build(pattern: &str, size: usize) -> Result<Regex, regex_lite::Error> {
    RegexBuilder::new(pattern)
        .size_limit(size)
        .nest_limit(MAX_NESTING)
        .build()
}

impl Check for Pattern {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let Value::String(text) = value else {
            return Err(target.spot.wrong_type(value, "text", "").into());
        };
        if text.len() > MAX_PATTERN_TEXT {
            let name = target.spot.name();
            let text = format!("{name} has more than {MAX_PATTERN_TEXT} bytes, too long for a pattern");
            return Err(target.spot.unjudged(text, None, shown(value)).into());
        }
        let steps = text.len().saturating_mul(self.size) / BYTES_PER_STEP;
        if target
            .context
            .charge(u64::try_from(steps).unwrap_or(u64::MAX))
            .is_break()
        {
            return Ok(Applied::NotApplicable);
        }
        kept_if(self.engine.is_match(text), || {
            let text = format!(
                "{} is {}, but must match the pattern {}",
                target.spot.name(),
                described(value),
                self.text
            );
            target
                .spot
                .broken(text, Some(Value::from(self.text.as_str())), shown(value))
        })
    }
}
