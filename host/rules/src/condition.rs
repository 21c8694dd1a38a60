//! Conditions: `when`, whether a rule is judged at all, and `where`, which elements a quantifier counts.
//!
//! A condition is a rule without `id`, `severity`, `message` and `when`, or `{"all": […]}`, `{"any": […]}`,
//! `{"not": …}`. It holds if its rule is kept by at least one value and broken by none; where its field is missing
//! or `null` it does not hold, except by the presence rules. `not` turns that around. Where its path goes through the
//! same lists as the rule's field, it is judged for each element by itself.
//!
//! Invariant: the depth of a condition, quantifiers within it included, is at most [`MAX_WHEN_DEPTH`], so parsing and
//! judging it recurse no deeper.

use std::ops::ControlFlow;

use serde_json::{Map, Value};

use crate::finding::described;
use crate::judge::{Applied, Check, Context, Judge, Places, Spot, Target, judge};
use crate::limits::{MAX_CONDITIONS, MAX_WHEN_DEPTH};
use crate::path::{Bound, Found, Indices, Match, Path};
use crate::problem::{Problems, Refused};
use crate::rule;

/// A compiled condition.
#[derive(Debug)]
pub(crate) enum Condition {
    Rule { field: Bound, judge: Judge },
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
}

/// The keys of a condition that are not operands.
const KEYS: [&str; 2] = ["field", "rule"];

impl Condition {
    /// Reads the `when` at `pointer` of a rule about `field`.
    pub(crate) fn parse(
        value: &Value,
        pointer: &str,
        field: Option<&Path>,
        nesting: &mut Nesting,
        problems: &mut Problems,
    ) -> Result<Condition, Refused> {
        Reader {
            field,
            nesting,
            problems,
        }
        .read(value, pointer)
    }

    /// Whether the condition may hold for one element of the field and not for another.
    pub(crate) fn is_paired(&self) -> bool {
        self.pairs() > 0
    }

    /// How many wildcards of the field the condition follows at most.
    pub(crate) fn pairs(&self) -> usize {
        match self {
            Condition::Rule { field, .. } => field.shared(),
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().map(Condition::pairs).max().unwrap_or_default()
            }
            Condition::Not(part) => part.pairs(),
        }
    }

    /// Whether the condition holds for one place of the rule's field.
    pub(crate) fn holds(&self, context: &Context<'_>, indices: &Indices) -> bool {
        match self {
            Condition::Rule { field, judge } => match judge {
                Judge::Each(check) => each_holds(field, check.as_ref(), context, indices),
                Judge::Together(check) => {
                    let places: &mut Places<'_, '_> = &mut |visit| {
                        field.walk(context.data, indices, &mut |found| {
                            context.charge_match(&found)?;
                            visit(&target(field, found, context))
                        })
                    };
                    matches!(check.judge(places), Ok(Applied::Kept))
                }
                // Refused by the reader.
                Judge::Documents(_) => false,
            },
            Condition::All(parts) => parts.iter().all(|part| part.holds(context, indices)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(context, indices)),
            Condition::Not(part) => !part.holds(context, indices),
        }
    }
}

fn each_holds(field: &Bound, check: &dyn Check, context: &Context<'_>, indices: &Indices) -> bool {
    let mut kept = false;
    let walked = field.walk(context.data, indices, &mut |found| {
        context.charge_match(&found)?;
        if matches!(found.found, Found::NoElements) {
            return ControlFlow::Continue(());
        }
        match judge(check, &target(field, found, context)) {
            Ok(Applied::Kept) => {
                kept = true;
                ControlFlow::Continue(())
            }
            Ok(Applied::NotApplicable) | Err(_) => ControlFlow::Break(()),
        }
    });
    kept && walked.is_continue()
}

fn target<'a>(field: &'a Bound, found: Match<'a>, context: &'a Context<'a>) -> Target<'a> {
    let path = field.path();
    Target {
        spot: Spot { path, found },
        context,
    }
}

/// How deep the reader is, and how many conditions it has met.
#[derive(Debug, Default)]
pub(crate) struct Nesting {
    depth: usize,
    count: usize,
}

impl Nesting {
    /// Reads something one level deeper.
    pub(crate) fn deeper<T>(&mut self, read: impl FnOnce(&mut Nesting) -> T) -> T {
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }
}

struct Reader<'r> {
    field: Option<&'r Path>,
    nesting: &'r mut Nesting,
    problems: &'r mut Problems,
}

impl Reader<'_> {
    fn read(&mut self, value: &Value, pointer: &str) -> Result<Condition, Refused> {
        self.nesting.count += 1;
        if self.nesting.count == MAX_CONDITIONS + 1 {
            let message =
                format!("a when or where holds at most {MAX_CONDITIONS} conditions; split the rule");
            return Err(self.problems.add(pointer.to_owned(), message));
        }
        if self.nesting.count > MAX_CONDITIONS {
            return Err(Refused);
        }
        if self.nesting.depth > MAX_WHEN_DEPTH {
            let message = format!("conditions stand at most {MAX_WHEN_DEPTH} levels deep; flatten them");
            return Err(self.problems.add(pointer.to_owned(), message));
        }
        let Value::Object(object) = value else {
            let message = format!(
                "a condition is an object such as {{\"field\": \"country\", \"rule\": \"equal\", \"value\": \"DE\"}}, \
                 not {}",
                described(value)
            );
            return Err(self.problems.add(pointer.to_owned(), message));
        };
        for key in ["all", "any", "not"] {
            if let Some(inner) = object.get(key) {
                if object.len() > 1 {
                    let message =
                        format!("{key} stands alone in its object; move the other keys into its conditions");
                    return Err(self.problems.add(pointer.to_owned(), message));
                }
                self.nesting.depth += 1;
                let read = self.combined(key, inner, &format!("{pointer}/{key}"));
                self.nesting.depth -= 1;
                return read;
            }
        }
        self.rule(object, pointer)
    }

    fn combined(&mut self, key: &str, value: &Value, pointer: &str) -> Result<Condition, Refused> {
        if key == "not" {
            return Ok(Condition::Not(Box::new(self.read(value, pointer)?)));
        }
        let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
            let message = format!(
                "{key} must be a list of at least one condition, not {}",
                described(value)
            );
            return Err(self.problems.add(pointer.to_owned(), message));
        };
        let read: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(at, item)| self.read(item, &format!("{pointer}/{at}")))
            .collect();
        let parts: Vec<Condition> = read.into_iter().collect::<Result<_, _>>()?;
        Ok(if key == "all" {
            Condition::All(parts)
        } else {
            Condition::Any(parts)
        })
    }

    fn rule(&mut self, object: &Map<String, Value>, pointer: &str) -> Result<Condition, Refused> {
        let field = rule::field(object, pointer, self.problems);
        let known = field.as_ref().ok();
        let judge = rule::check(object, pointer, &KEYS, known, self.nesting, self.problems);
        let (field, judge) = (field?, judge?);
        if judge.spans_documents() {
            let message =
                "a rule about several documents cannot stand in a condition; make it a rule of its own";
            return Err(self.problems.add(format!("{pointer}/rule"), message));
        }
        let alone = field.clone();
        Ok(Condition::Rule {
            field: Bound::new(field, self.field.unwrap_or(&alone)),
            judge,
        })
    }
}
