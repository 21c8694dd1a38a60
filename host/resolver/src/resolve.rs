//! From a catalog and a request to an answer: solve, and then either put the best set into words or say why there is none.
//!
//! Invariant: a set is only shown after the independent checker has agreed. Absent: everything that this puts together.

use crate::answer::{Answer, Status, of_set, unkept};
use crate::catalog::Catalog;
use crate::check::check_in;
use crate::explain::reasons;
use crate::explain::sentence::Sentences;
use crate::fix::fixes;
use crate::input::InputErrors;
use crate::objective::{Outcome, best};
use crate::request::Request;
use crate::solve::Situation;

/// Bounds on an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many decisions may be made to find the best set, and again as many to explain why there is none and what would mend it.
    pub budget: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { budget: 1_000_000 }
    }
}

/// Resolves a request.
pub fn resolve(catalog: &Catalog, request: &Request, options: Options) -> Answer {
    let (outcome, decisions) = best(catalog, request, options.budget);
    match outcome {
        Outcome::Best(set) => {
            let mut answer = checked(catalog, request, &set);
            answer.decisions = decisions;
            answer
        }
        Outcome::Impossible => impossible(catalog, request, options, decisions),
        Outcome::Unknown { best, unproven } => {
            let mut answer = if best.is_empty() {
                blank(catalog, request)
            } else {
                checked(catalog, request, &best)
            };
            answer.status = Status::Unknown;
            answer.decisions = decisions;
            answer.explanation.push(format!(
                "The budget of {} decisions was used up before it was certain {unproven}; allow more.",
                options.budget
            ));
            if !best.is_empty() {
                let found =
                    "The extensions are the best set that was found until then; it satisfies everything.";
                answer.explanation.push(found.to_owned());
            }
            answer
        }
    }
}

/// Resolves a request from JSON to JSON.
///
/// # Errors
/// Everything that is wrong with the inputs: no answer is given to bad input.
pub fn resolve_json(catalog: &[u8], request: &[u8], options: Options) -> Result<Vec<u8>, InputErrors> {
    let (catalog, request) = match Catalog::parse(catalog) {
        Ok(catalog) => {
            let request = Request::parse(request, catalog.dialect())?;
            (catalog, request)
        }
        Err(mut errors) => {
            // What is wrong with the request is told too, as far as it does not hang on the catalog's dialect.
            if let Err(more) = Request::parse(request, crate::Dialect::Cargo) {
                errors.more += more.more;
                let other = more
                    .problems
                    .into_iter()
                    .filter(|problem| !problem.pointer.ends_with("/range"));
                errors.problems.extend(other);
            }
            return Err(errors);
        }
    };
    let answer = resolve(&catalog, &request, options);
    // Serializing texts, numbers and lists can't fail; an empty answer would be no JSON and be noticed.
    Ok(serde_json::to_vec(&answer).unwrap_or_default())
}

fn checked(catalog: &Catalog, request: &Request, set: &[u32]) -> Answer {
    let situation = Situation::new(catalog, request);
    match check_in(catalog, request, &situation, set) {
        Ok(()) => of_set(catalog, request, &situation, set),
        Err(broken) => {
            let mut answer = blank(catalog, request);
            let sentence = format!(
                "A set was found, but the independent check refused it: {broken}. Please report this."
            );
            answer.explanation.push(sentence);
            answer
        }
    }
}

fn blank(catalog: &Catalog, request: &Request) -> Answer {
    Answer {
        site: request.site.clone(),
        status: Status::Unknown,
        extensions: Vec::new(),
        activation: Vec::new(),
        quarantined: Vec::new(),
        plan: Vec::new(),
        dependencies: Vec::new(),
        conflicts: Vec::new(),
        warnings: unkept(catalog, request),
        explanation: Vec::new(),
        fixes: Vec::new(),
        decisions: 0,
    }
}

/// How many decisions finding out why may take at least.
const LEAST_TO_EXPLAIN: u64 = 100_000;

fn impossible(catalog: &Catalog, request: &Request, options: Options, decisions: u64) -> Answer {
    let mut answer = blank(catalog, request);
    answer.status = Status::Conflict;
    // Finding out why takes many questions, each about as hard as the one whether there is a solution.
    let left = options.budget.saturating_sub(decisions);
    let reasons = reasons(
        catalog,
        request,
        left.min(decisions.saturating_mul(8).max(LEAST_TO_EXPLAIN)),
    );
    let mut used = reasons.decisions;
    let sentences = Sentences::new(catalog, request);
    answer.conflicts = reasons.sets.iter().map(|set| sentences.row(set)).collect();
    answer.conflicts.sort();
    answer.dependencies = sentences.dependencies(&reasons.sets);
    for conflict in &answer.conflicts {
        answer
            .explanation
            .push(format!("This can't all hold: {}.", conflict.reason));
    }
    if reasons.sets.is_empty() {
        let unknown = "That there is no solution was proved by trying; which few facts make it so was not found within the bound.";
        answer.explanation.push(unknown.to_owned());
    }
    if !reasons.minimal {
        let more = "A conflict may name more than is needed for it: the search for the least was stopped at its bound.";
        answer.explanation.push(more.to_owned());
    }
    if !reasons.complete {
        let more = "There may be more conflicts: the search for all of them was stopped at its bound.";
        answer.explanation.push(more.to_owned());
    }
    answer.fixes = fixes(catalog, request, &reasons, left, &mut used);
    if answer.fixes.is_empty() {
        let none = "No change of one or two entries of the request was found that mends this.";
        answer.explanation.push(none.to_owned());
    }
    answer.decisions = decisions + used;
    answer
}

#[cfg(test)]
mod tests;
