//! Every case of `tests/cases/rules/*.toml`: rules and data, with the findings or problems that are expected.

use std::path::Path;

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;

use crate::{Finding, Problem, RuleSet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

/// `findings` (with `data`, or with `documents` that are judged together) or `problems`; JSON stands as text so that numbers keep their digits.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    rules: String,
    data: Option<String>,
    documents: Option<String>,
    today: Option<String>,
    findings: Option<Vec<Wanted>>,
    problems: Option<Vec<ExpectedProblem>>,
}

/// `rule` and `pointer` always count; the others where they stand. `says` is a part of the message.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The index of the document, where several are judged together.
    document: Option<usize>,
    rule: String,
    pointer: String,
    severity: Option<String>,
    message: Option<String>,
    says: Option<String>,
    expected: Option<String>,
    actual: Option<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct ExpectedProblem {
    pointer: String,
    says: String,
}

impl Wanted {
    fn is(&self, finding: &Finding) -> bool {
        let json = |text: &Option<String>| {
            text.as_ref()
                .map(|text| serde_json::from_str::<Value>(text).unwrap())
        };
        self.rule == finding.rule
            && self.pointer == finding.pointer
            && self
                .severity
                .as_ref()
                .is_none_or(|severity| severity == finding.severity.as_str())
            && self
                .message
                .as_ref()
                .is_none_or(|message| *message == finding.message)
            && self
                .says
                .as_ref()
                .is_none_or(|part| finding.message.contains(part))
            && (self.expected.is_none() || json(&self.expected) == finding.expected)
            && (self.actual.is_none() || json(&self.actual) == finding.actual)
    }
}

impl Case {
    /// What is wrong with the outcome, if anything is.
    fn fault(&self) -> Option<String> {
        let rules: Value = serde_json::from_str(&self.rules).unwrap();
        match (RuleSet::parse(&rules), &self.problems, &self.findings) {
            (Err(problems), Some(expected), None) => {
                let is = |(expected, problem): (&ExpectedProblem, &Problem)| {
                    expected.pointer == problem.pointer && problem.message.contains(&expected.says)
                };
                let right = expected.len() == problems.len() && expected.iter().zip(&problems).all(is);
                (!right).then(|| format!("problems: {problems:#?}"))
            }
            (Ok(set), None, Some(expected)) => {
                let data: Value = serde_json::from_str(self.data.as_deref().unwrap_or("{}")).unwrap();
                let today = self
                    .today
                    .as_ref()
                    .map(|today| today.parse::<NaiveDate>().unwrap());
                let findings: Vec<(usize, Finding)> = match &self.documents {
                    Some(documents) => {
                        let documents: Vec<Value> = serde_json::from_str(documents).unwrap();
                        set.evaluate_together(&documents.iter().collect::<Vec<_>>(), &|| today)
                    }
                    None => (set.evaluate_on(&data, &|| today).into_iter())
                        .map(|finding| (0, finding))
                        .collect(),
                };
                let right = expected.len() == findings.len()
                    && expected
                        .iter()
                        .zip(&findings)
                        .all(|(expected, (number, finding))| {
                            expected.document.unwrap_or_default() == *number && expected.is(finding)
                        });
                (!right).then(|| format!("findings: {findings:#?}"))
            }
            (Err(problems), _, _) => Some(format!("problems: {problems:#?}")),
            (Ok(_), _, _) => Some("no problem was found".to_owned()),
        }
    }
}

#[test]
fn every_case_comes_out_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/rules");
    let mut count = 0;
    let mut faults = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let file: File = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        for case in &file.case {
            count += 1;
            if let Some(fault) = case.fault() {
                faults.push(format!("{stem}: {}\n{fault}", case.name));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {count} cases:\n{}",
        faults.len(),
        faults.join("\n\n")
    );
    assert!(count > 190, "only {count} cases were found");
}
