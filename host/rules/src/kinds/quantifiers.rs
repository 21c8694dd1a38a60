//! How many elements of a list meet a condition.

use std::ops::ControlFlow;

use serde_json::Value;

use super::Kind;
use super::range::Range;
use crate::condition::Condition;
use crate::judge::{Applied, Broken, Check, Judge, Judged, Spot, Target, kept_if};
use crate::limits::MAX_FINDINGS;
use crate::operands::Operands;
use crate::path::{Found, Match, Path};
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

const FAMILY: &str = "quantifiers";

const WHERE: OperandDoc = OperandDoc {
    name: "where",
    required: true,
    takes: "a condition, as in when, on paths through the list, as lines[*].kind for the field lines; other paths are \
            those of the document",
};

/// No document has a longer list.
const MAX_COUNT: u64 = u32::MAX as u64;

pub(super) const KINDS: &[Kind] = &[
    Kind {
        doc: KindDoc {
            name: "any",
            family: FAMILY,
            summary: "At least one element of the list meets the condition; an empty list has none.",
            operands: &[WHERE],
            example: r#"{"field": "lines", "rule": "any", "where": {"field": "lines[*].kind", "rule": "equal", "value": "salary"}}"#,
            kept: r#"{"lines": [{"kind": "bonus"}, {"kind": "salary"}]}"#,
            broken: r#"{"lines": [{"kind": "bonus"}]}"#,
        },
        compile: |operands| quantifier(operands, |_| Ok(Wanted::Any)),
    },
    Kind {
        doc: KindDoc {
            name: "all",
            family: FAMILY,
            summary: "Every element of the list meets the condition; a finding is at each that does not.",
            operands: &[WHERE],
            example: r#"{"field": "lines", "rule": "all", "where": {"any": [{"field": "lines[*].code", "rule": "required"}, {"field": "lines[*].text", "rule": "not_empty"}]}}"#,
            kept: r#"{"lines": [{"code": 7}, {"text": "Hours"}]}"#,
            broken: r#"{"lines": [{"code": 7}, {"text": ""}]}"#,
        },
        compile: |operands| quantifier(operands, |_| Ok(Wanted::Each(true))),
    },
    Kind {
        doc: KindDoc {
            name: "none",
            family: FAMILY,
            summary: "No element of the list meets the condition; a finding is at each that does.",
            operands: &[WHERE],
            example: r#"{"field": "lines", "rule": "none", "where": {"all": [{"field": "lines[*].kind", "rule": "equal", "value": "gift"}, {"field": "lines[*].amount", "rule": "greater_than", "compare_to": "gift_limit"}]}}"#,
            kept: r#"{"gift_limit": 50, "lines": [{"kind": "gift", "amount": 50}, {"kind": "salary", "amount": 900}]}"#,
            broken: r#"{"gift_limit": 50, "lines": [{"kind": "gift", "amount": 51}, {"kind": "salary", "amount": 900}]}"#,
        },
        compile: |operands| quantifier(operands, |_| Ok(Wanted::Each(false))),
    },
    Kind {
        doc: KindDoc {
            name: "count",
            family: FAMILY,
            summary: "So many elements of the list meet the condition; min and max alike ask for exactly so many.",
            operands: &[
                WHERE,
                OperandDoc {
                    name: "min",
                    required: false,
                    takes: "the least number of elements; min, max or both are needed",
                },
                OperandDoc {
                    name: "max",
                    required: false,
                    takes: "the greatest number of elements",
                },
            ],
            example: r#"{"field": "lines", "rule": "count", "where": {"field": "lines[*].kind", "rule": "equal", "value": "tax"}, "min": 1, "max": 3}"#,
            kept: r#"{"lines": [{"kind": "tax"}, {"kind": "salary"}]}"#,
            broken: r#"{"lines": [{"kind": "salary"}]}"#,
        },
        compile: |operands| {
            quantifier(operands, |operands| {
                Range::read(operands, |operands, key| operands.count(key, MAX_COUNT)).map(Wanted::Count)
            })
        },
    },
];

#[derive(Debug)]
enum Wanted {
    /// The condition holds for one element or more.
    Any,
    /// The condition holds for every element, or for none.
    Each(bool),
    /// The condition holds for so many elements.
    Count(Range<u64>),
}

#[derive(Debug)]
struct Quantifier {
    wanted: Wanted,
    /// The path of the list's elements.
    element: Path,
    condition: Condition,
}

fn quantifier(
    operands: &mut Operands<'_>,
    wanted: fn(&mut Operands<'_>) -> Result<Wanted, Refused>,
) -> Result<Judge, Refused> {
    let given = operands.need("where", "a condition on the elements of the list");
    let wanted = wanted(operands);
    let given = given?;
    // Without a path the condition can be read only once the path is mended.
    let field = operands.field().ok_or(Refused)?;
    let element = field
        .elements()
        .map_err(|error| operands.refuse("field", None, error.to_string()))?;
    let condition = operands.condition("where", given, &element)?;
    if condition.pairs() < element.wildcards() {
        let message =
            format!("where must look at the elements of {field}; write their paths as {element}.name");
        return Err(operands.refuse("where", None, message));
    }
    Ok(Judge::each(Quantifier {
        wanted: wanted?,
        element,
        condition,
    }))
}

impl Check for Quantifier {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let Value::Array(items) = value else {
            return Err(target.spot.wrong_type(value, "a list", "").into());
        };
        let mut count = 0_u64;
        let mut failures = Vec::new();
        let walked = items.iter().enumerate().try_for_each(|(at, item)| {
            target.context.charge(1)?;
            let indices = target.spot.found.indices.with(at);
            let holds = self.condition.holds(target.context, &indices);
            count += u64::from(holds);
            match self.wanted {
                Wanted::Any if holds => return ControlFlow::Break(()),
                Wanted::Each(wanted) if wanted != holds => {
                    let found = Match {
                        found: Found::Value(item),
                        indices,
                        steps: self.element.steps(),
                    };
                    let path = &self.element;
                    let spot = Spot { path, found };
                    let says = if wanted {
                        "does not meet the condition in where, but every element must"
                    } else {
                        "meets the condition in where, but no element may"
                    };
                    let text = format!("{} {says}", spot.name());
                    failures.push(spot.broken(text, None, None));
                    if failures.len() > MAX_FINDINGS {
                        return ControlFlow::Break(());
                    }
                }
                _ => {}
            }
            ControlFlow::Continue(())
        });
        if target.context.is_exhausted() {
            return Ok(Applied::NotApplicable);
        }
        match &self.wanted {
            Wanted::Any => kept_if(walked.is_break(), || {
                let name = target.spot.name();
                let text = format!("no element of {name} meets the condition in where, but one must");
                target.spot.broken(text, None, None)
            }),
            Wanted::Each(_) if failures.is_empty() => Ok(Applied::Kept),
            Wanted::Each(_) => Err(Broken(failures)),
            Wanted::Count(range) => kept_if(range.contains(count), || {
                let elements = if count == 1 { "element" } else { "elements" };
                let text = format!(
                    "{} has {count} {elements} for which the condition in where holds, but must have {}",
                    target.spot.name(),
                    range.described("")
                );
                let expected = range.expected(Value::from);
                target.spot.broken(text, Some(expected), Some(Value::from(count)))
            }),
        }
    }
}
