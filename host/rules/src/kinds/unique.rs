//! Values that stand once in a list.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use serde_json::Value;

use super::Kind;
use crate::distinct::{Part, Seen};
use crate::finding::{described, shown};
use crate::judge::{Applied, Broken, CheckTogether, Failure, Judge, Judged, Places, Spot, Target};
use crate::limits::{MAX_FINDINGS, MAX_KEY_PATHS};
use crate::operands::Operands;
use crate::path::{Bound, Found};
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

/// `with`, for all kinds that ask for values to be unique.
pub(super) const WITH: OperandDoc = OperandDoc {
    name: "with",
    required: false,
    takes: "a path or a list of paths through the same list as the field; only all of them together must be unique",
};

pub(super) const KINDS: &[Kind] = &[Kind {
    doc: KindDoc {
        name: "unique",
        family: "uniqueness",
        summary: "No two elements have the same value in the field, or with with the same values in all fields, by \
                  the same comparison as equal. An element in which one of the fields is missing or null is not \
                  judged. The finding is at the second element and names the first.",
        operands: &[
            WITH,
            OperandDoc {
                name: "within",
                required: false,
                takes: "the path of an outer list's elements, as groups[*], in each of which the values are unique by \
                        themselves; in the whole document if absent",
            },
        ],
        example: r#"{"field": "lines[*].code", "rule": "unique", "with": "lines[*].date"}"#,
        kept: r#"{"lines": [{"code": "A", "date": "2025-01-01"}, {"code": "A", "date": "2025-01-02"}]}"#,
        broken: r#"{"lines": [{"code": "A", "date": "2025-01-01"}, {"code": "A", "date": "2025-01-01"}]}"#,
    },
    compile: |operands| compile(operands),
}];

#[derive(Debug)]
struct Unique {
    with: Vec<Bound>,
    /// How many wildcards of the field say in which list its values are unique.
    within: usize,
}

fn compile(operands: &mut Operands<'_>) -> Result<Judge, Refused> {
    let with = operands.singles("with", MAX_KEY_PATHS);
    let within = match operands.get("within") {
        Some(value) => operands.single("within", None, value).map(Some),
        None => Ok(None),
    };
    let field = operands.field().filter(|field| field.wildcards() == 0);
    if let Some(field) = field {
        let message = format!(
            "{field} has one value in a document; unique needs a path through a list, as {field}[*] or lines[*].id"
        );
        return Err(operands.refuse("field", None, message));
    }
    let within = match within? {
        Some(bound) if bound.shared() == 0 && operands.field().is_some() => {
            let message = format!(
                "{} is no list that the field goes through; name its elements, as groups[*] for groups[*].lines[*].id",
                bound.path()
            );
            return Err(operands.refuse("within", None, message));
        }
        bound => bound.map_or(0, |bound| bound.shared()),
    };
    Ok(Judge::Together(Box::new(Unique { with: with?, within })))
}

/// The key of an element: what of it must be unique. Nothing if a part of it is missing or `null`.
pub(super) fn key<'a>(
    target: &Target<'a>,
    with: &'a [Bound],
    elements: impl Iterator<Item = usize>,
) -> Result<Option<Vec<Part<'a>>>, Broken> {
    let value = match target.spot.found.found {
        Found::Value(Value::Null) | Found::Missing | Found::NoElements => return Ok(None),
        Found::Misshapen(value, shape) => return Err(target.spot.misshapen(value, shape).into()),
        Found::Value(value) => value,
    };
    let mut key: Vec<Part<'a>> = elements.map(Part::element).collect();
    key.push(Part::of(&target.spot, value)?);
    for bound in with {
        match target.place(bound)? {
            Some((spot, value)) => key.push(Part::of(&spot, value)?),
            None => return Ok(None),
        }
    }
    Ok(Some(key))
}

/// ` with lines[1].date "2025-01-01"`, for a finding; nothing if the field is unique by itself.
pub(super) fn described_with<'a>(target: &Target<'a>, with: &'a [Bound]) -> String {
    let mut text = String::new();
    for bound in with {
        if let Ok(Some((spot, value))) = target.place(bound) {
            text.push_str(if text.is_empty() { " with " } else { " and " });
            // Writing into text cannot fail.
            let _ = write!(text, "{} {}", spot.name(), described(value));
        }
    }
    text
}

impl CheckTogether for Unique {
    fn judge<'a>(&'a self, places: &mut Places<'_, 'a>) -> Judged {
        let mut seen: Seen<'a, Spot<'a>> = Seen::new();
        let mut judged = false;
        let mut failures: Vec<Failure> = Vec::new();
        // A walk that breaks off does so for too much work, which is seen by who asked, or for failures enough.
        let _ = places(&mut |target| {
            let indices = target.spot.found.indices;
            let elements = (0..self.within).filter_map(|wildcard| indices.get(wildcard));
            match key(target, &self.with, elements) {
                Ok(None) => {}
                Ok(Some(key)) => {
                    judged = true;
                    if let Some(first) = seen.meet(key, target.spot, target.context)? {
                        failures.push(self.failure(target, &first));
                    }
                }
                Err(broken) => failures.extend(broken.0),
            }
            if failures.len() > MAX_FINDINGS {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        match (failures.is_empty(), judged) {
            (false, _) => Err(Broken(failures)),
            (true, true) => Ok(Applied::Kept),
            (true, false) => Ok(Applied::NotApplicable),
        }
    }
}

impl Unique {
    fn failure<'a>(&'a self, target: &Target<'a>, first: &Spot<'_>) -> Failure {
        let Found::Value(value) = target.spot.found.found else {
            return target.spot.broken(String::new(), None, None);
        };
        let text = format!(
            "{} is {}{}, as {} is; it must be unique",
            target.spot.name(),
            described(value),
            described_with(target, &self.with),
            first.name()
        );
        target.spot.broken(text, None, shown(value))
    }
}
