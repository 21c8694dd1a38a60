//! A whole set of rules: checked when it is saved, evaluated for each document.
//!
//! Invariant: a [`RuleSet`] exists only if nothing is wrong with it, so an evaluation never fails. It is immutable
//! and can be shared between threads.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::ControlFlow;

use chrono::NaiveDate;
use serde_json::Value;

use crate::finding::{Finding, Severity, described};
use crate::judge::Context;
use crate::limits::{FINDINGS_REACHED, MAX_FINDINGS, MAX_RULES, MAX_WORK, WORK_REACHED};
use crate::path::push_token;
use crate::problem::{Problem, Problems, Refused};
use crate::rule::Rule;

/// The key under which a configuration holds its rules.
const KEY: &str = "validation_rules";

/// A set of rules, checked and compiled.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
}

/// Every problem of a set of rules; empty if it can be saved.
pub fn check(rules: &Value) -> Vec<Problem> {
    RuleSet::parse(rules).err().unwrap_or_default()
}

impl RuleSet {
    /// Reads a set: a list of rules, an object that holds one as `validation_rules`, or `null` or `{}` for none.
    /// All problems are reported at once, up to [`MAX_PROBLEMS`](crate::limits::MAX_PROBLEMS).
    pub fn parse(rules: &Value) -> Result<RuleSet, Vec<Problem>> {
        let mut problems = Problems::default();
        let set = parse(rules, &mut problems);
        match set {
            Ok(set) if problems.is_empty() => Ok(set),
            _ => Err(problems.into_list()),
        }
    }

    /// Judges a document that has no need of today's date; without it `date_not_in_future` reports that it cannot
    /// judge. Findings come in the order of the rules, then of the document.
    pub fn evaluate(&self, data: &Value) -> Vec<Finding> {
        self.evaluate_on(data, &|| None)
    }

    /// Judges a document as of `today`, the date when it was received; it is asked by those rules alone that need it,
    /// since asking may leave a sandbox.
    pub fn evaluate_on(&self, data: &Value, today: &dyn Fn() -> Option<NaiveDate>) -> Vec<Finding> {
        let work = Cell::new(0);
        let context = Context::new(data, today, &work);
        let mut findings = Vec::new();
        for rule in &self.rules {
            let run = rule.run(&context, &mut |finding| {
                if findings.len() == MAX_FINDINGS {
                    return ControlFlow::Break(());
                }
                findings.push(finding);
                ControlFlow::Continue(())
            });
            if run.is_break() {
                findings.push(stopped(&context));
                break;
            }
        }
        findings
    }

    /// Whether a rule judges several documents together, so that [`evaluate_together`](Self::evaluate_together) has
    /// something to say.
    pub fn spans_documents(&self) -> bool {
        self.rules.iter().any(Rule::spans_documents)
    }

    /// Judges all documents of a process, in their order, by the rules about several documents
    /// (`same_across_documents`, `unique_across_documents`) and by no others: those judge each document by itself in
    /// [`evaluate_on`](Self::evaluate_on). Each finding comes with the index of its document; in messages documents
    /// are counted from 1. Findings come in the order of the rules, then of the documents. The bounds of
    /// [`limits`](crate::limits) hold for all documents together.
    pub fn evaluate_together(
        &self,
        documents: &[&Value],
        today: &dyn Fn() -> Option<NaiveDate>,
    ) -> Vec<(usize, Finding)> {
        let work = Cell::new(0);
        let contexts: Vec<_> = documents
            .iter()
            .map(|data| Context::new(data, today, &work))
            .collect();
        let mut findings: Vec<(usize, Finding)> = Vec::new();
        for rule in &self.rules {
            let run = rule.run_together(&contexts, &mut |number, finding| {
                if findings.len() == MAX_FINDINGS {
                    return ControlFlow::Break(());
                }
                findings.push((number, finding));
                ControlFlow::Continue(())
            });
            if let (true, Some((last, context))) = (run.is_break(), contexts.iter().enumerate().next_back()) {
                findings.push((last, stopped(context)));
                break;
            }
        }
        findings
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

/// Says why an evaluation ended early. It is an error whatever the rules' severities: something was not judged.
fn stopped(context: &Context<'_>) -> Finding {
    let (rule, message) = if context.is_exhausted() {
        (
            WORK_REACHED,
            format!("judging took more than {MAX_WORK} steps; the remaining rules were not judged"),
        )
    } else {
        (
            FINDINGS_REACHED,
            format!("there are more than {MAX_FINDINGS} findings; the others were left out"),
        )
    };
    Finding {
        rule: rule.to_owned(),
        severity: Severity::Error,
        pointer: String::new(),
        message,
        expected: None,
        actual: None,
    }
}

fn parse(rules: &Value, problems: &mut Problems) -> Result<RuleSet, Refused> {
    let (list, base) = match rules {
        Value::Object(object) => {
            for key in object.keys().filter(|key| *key != KEY) {
                let mut at = String::new();
                push_token(&mut at, &crate::finding::shortened(key));
                problems.add(
                    at,
                    format!("only {KEY} can stand here; put the rules into it and remove this key"),
                );
            }
            (object.get(KEY).unwrap_or(&Value::Null), format!("/{KEY}"))
        }
        other => (other, String::new()),
    };
    let items = match list {
        Value::Null => return Ok(RuleSet::default()),
        Value::Array(items) => items,
        other => {
            return Err(problems.add(
                base,
                format!("rules must be a list of rules, not {}", described(other)),
            ));
        }
    };
    if items.len() > MAX_RULES {
        let message = format!("there are {} rules; a set holds at most {MAX_RULES}", items.len());
        return Err(problems.add(base, message));
    }
    let mut set = RuleSet::default();
    let mut known: HashMap<String, String> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        let pointer = format!("{base}/{at}");
        let Ok(rule) = Rule::parse(item, &pointer, problems) else {
            continue;
        };
        if let Some(first) = known.get(rule.id()) {
            let message = format!(
                "the id {} is also that of the rule at {first}; give one of them its own id",
                rule.id()
            );
            problems.add(format!("{pointer}/id"), message);
        } else {
            known.insert(rule.id().to_owned(), pointer);
        }
        set.rules.push(rule);
    }
    Ok(set)
}
