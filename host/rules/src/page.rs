//! The reference of the language as a page for people: `host/rules/REFERENCE.md`, made by `cargo xtask generated rules`.
//!
//! Invariant: every finding on the page is what an evaluation said when the page was made.
//!
//! Compiled only for who makes the page (feature `reference`) and for its test, never into plugins.

use std::fmt::{self, Write as _};

use chrono::NaiveDate;
use serde_json::Value;

use crate::limits;
use crate::{COMMON_KEYS, Finding, KindDoc, LANGUAGE_VERSION, OperandDoc, RuleSet, reference};

/// An example of the reference that is not what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the example of {kind} {wrong}; mend it in the table of kinds")]
pub struct PageError {
    kind: &'static str,
    wrong: String,
}

/// What the page says before the rules.
const START: &str = "\
A rule holds one field of the document's data against something. A set of rules is the list `validation_rules` of a
configuration; it is checked when it is saved, and all problems are reported at once, each with a pointer into the rules.

- **Missing or null is not judged.** A rule whose field, or whose other side, is missing or `null` says nothing. Only
  `required`, `absent` and `not_empty` judge a field that is not there.
- **A wrong type is a finding.** Text where a number is needed never passes in silence, nor does a path that walks
  through text or a number.
- **Numbers are exact.** They are decimals of at most 28 digits and are never rounded unless a rule says to how many
  places; a longer one is a finding that says so. Plain decimal text (`\"12.30\"`) counts as a number where one is needed.
- **`[*]` judges each element by itself**, and the other side is paired with the same element where both paths go
  through the same list.
";

const PATHS: &str = "\
`seller.vat_number`, `lines[0].amount`, `lines[*].amount`, `[\"odd name\"].total`: names with dots between them, an index
from 0, `[*]` for every element of a list, and a name of other characters as a JSON string in brackets. Every path starts
at the document, in conditions too.
";

const CONDITIONS: &str = "\
`when` says whether a rule is judged, and `where` which elements a quantifier counts. A condition is a rule without `id`,
`severity`, `message` and `when`, or one of these alone in its object:

- `{\"all\": [condition, …]}`: every one holds;
- `{\"any\": [condition, …]}`: at least one holds;
- `{\"not\": condition}`: it does not hold.

A condition holds if its rule is kept by at least one value and broken by none; where its field is missing or `null` it
does not hold, except by the presence rules. Where its path goes through the same lists as the rule's field, it is judged
for each element by itself. So a field that is required with another one is

```json
{\"field\": \"iban\", \"rule\": \"required\", \"when\": {\"field\": \"bank\", \"rule\": \"required\"}}
```

and one that is required without it has `{\"not\": {\"field\": \"bank\", \"rule\": \"required\"}}` as its `when`.
";

/// The whole page.
///
/// # Errors
/// An example of the reference is not kept or broken as it says.
pub fn page() -> Result<String, PageError> {
    let mut page = Page(String::new());
    page.line(format_args!("# The rule language {LANGUAGE_VERSION}\n"));
    page.line(format_args!(
        "Made by `cargo xtask generated rules` from the code; every example was tried. Do not edit it.\n"
    ));
    page.contents();
    page.line(format_args!("## Rules\n\n{START}\nEvery rule has these keys:\n"));
    page.operands(COMMON_KEYS);
    page.line(format_args!("## Paths\n\n{PATHS}"));
    page.line(format_args!("## Conditions\n\n{CONDITIONS}"));
    page.limits();
    let mut family = "";
    for kind in reference() {
        if kind.family != family {
            family = kind.family;
            page.line(format_args!("## {}\n", title(family)));
        }
        page.kind(kind)?;
    }
    Ok(page.0.trim_end().to_owned() + "\n")
}

struct Page(String);

impl Page {
    fn line(&mut self, text: fmt::Arguments<'_>) {
        // Writing into text cannot fail.
        let _ = writeln!(self.0, "{text}");
    }

    fn contents(&mut self) {
        for head in ["Rules", "Paths", "Conditions", "Limits"] {
            self.line(format_args!("- [{head}](#{})", anchor(head)));
        }
        let mut family = "";
        for kind in reference() {
            if kind.family != family {
                family = kind.family;
                let title = title(family);
                // The type's family and its kind have the same name; the heading of the family comes first.
                self.line(format_args!("- [{title}](#{})", anchor(&title)));
            }
            let twin = if anchor(kind.family) == anchor(kind.name) {
                "-1"
            } else {
                ""
            };
            self.line(format_args!(
                "  - [`{}`](#{}{twin})",
                kind.name,
                anchor(kind.name)
            ));
        }
        self.line(format_args!(""));
    }

    fn operands(&mut self, operands: &[OperandDoc]) {
        self.line(format_args!("| key | | takes |\n|---|---|---|"));
        for operand in operands {
            let needed = if operand.required { "required" } else { "" };
            let takes = escaped(operand.takes);
            self.line(format_args!("| `{}` | {needed} | {takes} |", operand.name));
        }
        self.line(format_args!(""));
    }

    fn limits(&mut self) {
        self.line(format_args!(
            "## Limits\n\nA set over a bound is refused; an evaluation that reaches one ends with a finding that says so.\n\n\
             | what | at most |\n|---|---|"
        ));
        for (what, most) in [
            ("rules in a set", limits::MAX_RULES),
            ("conditions in one `when` or `where`", limits::MAX_CONDITIONS),
            ("levels of conditions", limits::MAX_WHEN_DEPTH),
            ("bytes of a path", limits::MAX_PATH_BYTES),
            ("steps of a path", limits::MAX_PATH_STEPS),
            ("wildcards in a path", limits::MAX_WILDCARDS),
            ("bytes of a pattern", limits::MAX_PATTERN_BYTES),
            (
                "bytes of a text that a pattern is tried on",
                limits::MAX_PATTERN_TEXT,
            ),
            ("constants of a membership rule", limits::MAX_VALUES),
            ("findings of one evaluation", limits::MAX_FINDINGS),
        ] {
            self.line(format_args!("| {what} | {most} |"));
        }
        self.line(format_args!(
            "| steps of work of one evaluation | {} |\n",
            limits::MAX_WORK
        ));
    }

    fn kind(&mut self, kind: &KindDoc) -> Result<(), PageError> {
        self.line(format_args!("### {}\n\n{}\n", kind.name, escaped(kind.summary)));
        if !kind.operands.is_empty() {
            self.operands(kind.operands);
        }
        self.block("A rule", kind.example);
        let (kept, broken) = (tried(kind, kind.kept)?, tried(kind, kind.broken)?);
        if !kept.is_empty() {
            return Err(wrong(kind, "is broken by the data that should keep it"));
        }
        let [(_, finding)] = broken.as_slice() else {
            return Err(wrong(kind, "is not broken once by the data that should break it"));
        };
        self.block("Kept by", kind.kept);
        self.block("Broken by", kind.broken);
        let finding =
            serde_json::to_string_pretty(finding).map_err(|error| wrong(kind, &error.to_string()))?;
        self.block("Its finding", &finding);
        Ok(())
    }

    fn block(&mut self, head: &str, json: &str) {
        self.line(format_args!("{head}:\n\n```json\n{json}\n```\n"));
    }
}

/// What the example finds in data, or in several documents where it judges those together.
pub(crate) fn tried(kind: &KindDoc, data: &str) -> Result<Vec<(usize, Finding)>, PageError> {
    let json =
        |text: &str| serde_json::from_str::<Value>(text).map_err(|error| wrong(kind, &error.to_string()));
    let (rule, data) = (json(kind.example)?, json(data)?);
    let set = RuleSet::parse(&Value::Array(vec![rule])).map_err(|problems| {
        let first = problems.into_iter().next().map(|problem| problem.message);
        wrong(kind, &format!("is refused: {}", first.unwrap_or_default()))
    })?;
    // After every date that an example means to lie in the past.
    let today = NaiveDate::from_ymd_opt(2026, 1, 1);
    if !set.spans_documents() {
        let findings = set.evaluate_on(&data, &|| today);
        return Ok(findings.into_iter().map(|finding| (0, finding)).collect());
    }
    let documents: Vec<&Value> = data.as_array().into_iter().flatten().collect();
    Ok(set.evaluate_together(&documents, &|| today))
}

fn wrong(kind: &KindDoc, wrong: &str) -> PageError {
    PageError {
        kind: kind.name,
        wrong: wrong.to_owned(),
    }
}

/// `check digits` as `Check digits`.
fn title(family: &str) -> String {
    let mut letters = family.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Text in which Markdown sees neither emphasis nor the end of a cell.
fn escaped(text: &str) -> String {
    text.replace('*', "\\*").replace('|', "\\|")
}

/// What a heading is linked by.
fn anchor(head: &str) -> String {
    head.to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests;
