//! Values across the documents of one process.
//!
//! A plugin sees one document at a time and says nothing here; the host asks
//! [`RuleSet::evaluate_together`](crate::RuleSet::evaluate_together). In messages documents are counted from 1.

use std::ops::ControlFlow;

use serde_json::Value;

use super::Kind;
use super::compare::{same, scalar};
use super::unique::{WITH, described_with, key};
use crate::distinct::Seen;
use crate::finding::{described, shown};
use crate::judge::{CheckDocuments, Failure, Judge, PlacesOf, ReportOf, Spot, Target};
use crate::limits::{MAX_FINDINGS, MAX_KEY_PATHS};
use crate::operands::Operands;
use crate::path::{Bound, Found, Indices, Match};
use crate::problem::Refused;
use crate::reference::KindDoc;

const FAMILY: &str = "documents";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        doc: KindDoc {
            name: "same_across_documents",
            family: FAMILY,
            summary: "The field has the same value, by the comparison of equal, in all documents of the process that \
                      have one; under [*] the lists of values are the same. A finding is at each later document that \
                      differs from the first that has a value. One document alone is not judged, and the rule cannot \
                      stand in a condition.",
            operands: &[],
            example: r#"{"field": "supplier.vat_number", "rule": "same_across_documents"}"#,
            kept: r#"[{"supplier": {"vat_number": "DE136695976"}}, {}, {"supplier": {"vat_number": "DE136695976"}}]"#,
            broken: r#"[{"supplier": {"vat_number": "DE136695976"}}, {}, {"supplier": {"vat_number": "ATU13585627"}}]"#,
        },
        compile: |operands| {
            let is_list = operands.field().is_some_and(|field| field.wildcards() > 0);
            Ok(Judge::Documents(Box::new(Same { is_list })))
        },
    },
    Kind {
        doc: KindDoc {
            name: "unique_across_documents",
            family: FAMILY,
            summary: "No two documents of the process have the same value in the field, or with with the same values \
                      in all fields; what one document says twice is judged by unique. A finding is at each later \
                      document. One document alone is not judged, and the rule cannot stand in a condition.",
            operands: &[WITH],
            example: r#"{"field": "number", "rule": "unique_across_documents", "with": "supplier.id"}"#,
            kept: r#"[{"number": "7", "supplier": {"id": "A"}}, {"number": "7", "supplier": {"id": "B"}}]"#,
            broken: r#"[{"number": "7", "supplier": {"id": "A"}}, {"number": "7", "supplier": {"id": "A"}}]"#,
        },
        compile: |operands| compile_unique(operands),
    },
];

#[derive(Debug)]
struct Same {
    /// Whether lists of values are compared.
    is_list: bool,
}

/// The values of the first document that has some.
struct First<'a> {
    document: usize,
    values: Vec<&'a Value>,
}

impl CheckDocuments for Same {
    fn judge<'a>(
        &'a self,
        documents: usize,
        places: &mut PlacesOf<'_, 'a>,
        report: &mut ReportOf<'_>,
    ) -> ControlFlow<()> {
        let mut first: Option<First<'a>> = None;
        for number in 0..documents {
            let mut own = Own::default();
            places(number, &mut |target| own.see(target, first.as_ref()))?;
            let is_judged = own.failures.is_empty();
            for failure in own.failures {
                report(number, failure)?;
            }
            let Some(first) = &first else {
                if is_judged && !own.values.is_empty() {
                    first = Some(First {
                        document: number,
                        values: own.values,
                    });
                }
                continue;
            };
            if !is_judged || own.count == 0 {
                continue;
            }
            if let Some((spot, value, wanted)) = own.differs {
                let text = format!(
                    "{} is {}, but must be {}, as in document {}",
                    spot.name(),
                    described(value),
                    described(wanted),
                    first.document + 1
                );
                report(number, spot.broken(text, shown(wanted), shown(value)))?;
            } else if let (true, Some(spot)) = (self.is_list && own.count != first.values.len(), own.list) {
                let text = format!(
                    "{} has {} values at {}, but document {} has {}",
                    spot.name(),
                    own.count,
                    spot.path,
                    first.document + 1,
                    first.values.len()
                );
                let counts = (Value::from(first.values.len()), Value::from(own.count));
                report(number, spot.broken(text, Some(counts.0), Some(counts.1)))?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// What one document has.
#[derive(Default)]
struct Own<'a> {
    /// Its values, if no document before it has some.
    values: Vec<&'a Value>,
    count: usize,
    /// The first value that differs from that of the first document, and that one.
    differs: Option<(Spot<'a>, &'a Value, &'a Value)>,
    /// The list, for when their numbers differ.
    list: Option<Spot<'a>>,
    failures: Vec<Failure>,
}

impl<'a> Own<'a> {
    fn see(&mut self, target: &Target<'a>, first: Option<&First<'a>>) -> ControlFlow<()> {
        let value = match scalar(target) {
            Ok(Some(value)) => value,
            Ok(None) => return ControlFlow::Continue(()),
            Err(broken) => {
                if self.failures.len() <= MAX_FINDINGS {
                    self.failures.extend(broken.0);
                }
                return ControlFlow::Continue(());
            }
        };
        let path = target.spot.path;
        self.list.get_or_insert(Spot {
            path,
            found: Match {
                found: Found::Value(value),
                indices: Indices::default(),
                steps: path.steps_to_list(),
            },
        });
        match first {
            None => self.values.push(value),
            Some(first) => {
                if let (None, Some(wanted)) = (self.differs, first.values.get(self.count))
                    && !same(value, wanted)
                {
                    self.differs = Some((target.spot, value, wanted));
                }
            }
        }
        self.count += 1;
        ControlFlow::Continue(())
    }
}

#[derive(Debug)]
struct Unique {
    with: Vec<Bound>,
}

fn compile_unique(operands: &mut Operands<'_>) -> Result<Judge, Refused> {
    let with = operands.singles("with", MAX_KEY_PATHS)?;
    Ok(Judge::Documents(Box::new(Unique { with })))
}

impl CheckDocuments for Unique {
    fn judge<'a>(
        &'a self,
        documents: usize,
        places: &mut PlacesOf<'_, 'a>,
        report: &mut ReportOf<'_>,
    ) -> ControlFlow<()> {
        let mut seen: Seen<'a, (usize, Spot<'a>)> = Seen::new();
        for number in 0..documents {
            places(number, &mut |target| {
                let key = match key(target, &self.with, std::iter::empty()) {
                    Ok(None) => return ControlFlow::Continue(()),
                    Ok(Some(key)) => key,
                    Err(broken) => {
                        return broken
                            .0
                            .into_iter()
                            .try_for_each(|failure| report(number, failure));
                    }
                };
                match seen.meet(key, (number, target.spot), target.context)? {
                    Some((first, spot)) if first != number => {
                        let value = match target.spot.found.found {
                            Found::Value(value) => value,
                            _ => &Value::Null,
                        };
                        let text = format!(
                            "{} is {}{}, as {} of document {} is; it must be unique",
                            target.spot.name(),
                            described(value),
                            described_with(target, &self.with),
                            spot.name(),
                            first + 1
                        );
                        report(number, target.spot.broken(text, None, shown(value)))
                    }
                    _ => ControlFlow::Continue(()),
                }
            })?;
        }
        ControlFlow::Continue(())
    }
}
