//! Sums that must come to a total.

use std::ops::ControlFlow;

use rust_decimal::Decimal;
use serde_json::Value;

use super::Kind;
use crate::decimal::{Sum, SumError};
use crate::finding::{described, shown};
use crate::judge::{Applied, Broken, Check, Failure, Judge, Judged, Spot, Target, kept_if};
use crate::limits::{MAX_FINDINGS, MAX_SUM_PATHS};
use crate::operands::Operands;
use crate::path::{Bound, Found};
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

pub(super) const KINDS: &[Kind] = &[Kind {
    doc: KindDoc {
        name: "sum_equals",
        family: "sums",
        summary: "The field is the sum of the values at of, less those at minus, to within the tolerance. Sums are \
                  exact. What is missing or null counts as 0; if nothing at of is there, the rule says nothing. An \
                  empty list is there, and its sum is 0.",
        operands: &[
            OperandDoc {
                name: "of",
                required: true,
                takes: "a path or a list of paths, wildcards included",
            },
            OperandDoc {
                name: "minus",
                required: false,
                takes: "a path or a list of paths to take away",
            },
            OperandDoc {
                name: "tolerance",
                required: false,
                takes: "a number from 0; how far apart both may be, 0 if absent",
            },
        ],
        example: r#"{"field": "net", "rule": "sum_equals", "of": "lines[*].amount", "minus": ["tax"], "tolerance": 0.01}"#,
        kept: r#"{"net": 0.3, "tax": 1, "lines": [{"amount": 0.1}, {"amount": 0.2}, {"amount": "1.00"}]}"#,
        broken: r#"{"net": 0.32, "tax": 1, "lines": [{"amount": 0.1}, {"amount": 0.2}, {"amount": "1.00"}]}"#,
    },
    compile: |operands| compile(operands),
}];

#[derive(Debug)]
struct SumEquals {
    of: Vec<Bound>,
    minus: Vec<Bound>,
    tolerance: Decimal,
}

fn compile(operands: &mut Operands<'_>) -> Result<Judge, Refused> {
    let given = operands.need("of", "the path, or the list of paths, of what is summed");
    let of = operands.paths("of", MAX_SUM_PATHS);
    let minus = operands.paths("minus", MAX_SUM_PATHS);
    let tolerance = operands.tolerance();
    given?;
    Ok(Judge::each(SumEquals {
        of: of?,
        minus: minus?,
        tolerance: tolerance?,
    }))
}

impl Check for SumEquals {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let mut adding = Adding {
            target,
            sum: Ok(Sum::new()),
            added: 0,
            failures: Vec::new(),
        };
        // A walk that breaks off does so for too much work, or for failures enough; both are seen below.
        let _ = self.of.iter().try_for_each(|path| adding.add(path, Sum::add));
        if adding.added > 0 {
            let _ = self
                .minus
                .iter()
                .try_for_each(|path| adding.add(path, Sum::subtract));
        }
        let Adding {
            sum, failures, added, ..
        } = adding;
        if !failures.is_empty() {
            return Err(Broken(failures));
        }
        if added == 0 || target.context.is_exhausted() {
            return Ok(Applied::NotApplicable);
        }
        let total = target.spot.number(value)?;
        let too_large = |error: SumError| {
            let text = format!("{} cannot be judged: {error}", target.spot.name());
            target.spot.unjudged(text, None, shown(value))
        };
        let sum = sum.map_err(too_large)?;
        kept_if(sum.is_within(total, self.tolerance).map_err(too_large)?, || {
            let within = if self.tolerance.is_zero() {
                String::new()
            } else {
                format!(" to within {}", self.tolerance)
            };
            let text = format!(
                "{} is {}, but must be the sum of {}, {sum}{within}",
                target.spot.name(),
                described(value),
                self.parts()
            );
            target.spot.broken(text, Some(sum.to_value()), shown(value))
        })
    }
}

impl SumEquals {
    /// `lines[*].amount + shipping - discount`, cut where it gets long.
    fn parts(&self) -> String {
        let list = |paths: &[Bound]| {
            paths
                .iter()
                .map(|bound| bound.path().as_str().to_owned())
                .collect::<Vec<_>>()
        };
        let mut text = list(&self.of).join(" + ");
        for path in list(&self.minus) {
            text.push_str(" - ");
            text.push_str(&path);
        }
        crate::finding::shortened(&text)
    }
}

struct Adding<'t, 'a> {
    target: &'t Target<'a>,
    sum: Result<Sum, SumError>,
    /// How many values, and empty lists, were there.
    added: usize,
    failures: Vec<Failure>,
}

impl Adding<'_, '_> {
    fn add(&mut self, path: &Bound, add: fn(&mut Sum, Decimal) -> Result<(), SumError>) -> ControlFlow<()> {
        let context = self.target.context;
        path.walk(context.data, &self.target.spot.found.indices, &mut |found| {
            context.charge_match(&found)?;
            let spot = Spot {
                path: path.path(),
                found,
            };
            let number = match found.found {
                Found::Value(Value::Null) | Found::Missing => return ControlFlow::Continue(()),
                Found::NoElements => Ok(Decimal::ZERO),
                Found::Value(value) => spot.number(value),
                Found::Misshapen(value, shape) => Err(spot.misshapen(value, shape).into()),
            };
            self.added += 1;
            match number {
                Ok(number) => {
                    if let Ok(sum) = &mut self.sum
                        && let Err(error) = add(sum, number)
                    {
                        self.sum = Err(error);
                    }
                }
                Err(broken) if self.failures.len() < MAX_FINDINGS => self.failures.extend(broken.0),
                Err(_) => return ControlFlow::Break(()),
            }
            ControlFlow::Continue(())
        })
    }
}
