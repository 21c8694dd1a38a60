//! Documents that the tests of several plugins judge, run natively.
//!
//! Never compiled into a component: the plugins name it under `[dev-dependencies]` alone.

use std::fs;
use std::path::{Path, PathBuf};

use assay_plugin_sdk::{Decimal, Finding, Severity};
use serde_json::Value;

/// The documents of a first run, with what they should end in.
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../host/cli/samples");

/// The official material of EN 16931, which is not part of this repository: beside the clone, or further up.
const EN16931: &str = "shared/foreign/en16931";

/// What came of a sample.
#[derive(Debug)]
pub enum Judged {
    /// The findings, and the confidence of the extraction.
    Findings(Vec<Finding>, Decimal),
    /// The document could not be read; the error's name is in the text.
    Failed(String),
}

/// Judges the samples of a process type: `judge` gets the configuration and the document. Returns how many there are.
///
/// # Errors
/// Each sample that ends otherwise than `expected.toml` says, or what could not be read.
pub fn samples(
    process_type: &str,
    judge: impl Fn(&Value, Vec<u8>) -> Result<Judged, String>,
) -> Result<usize, String> {
    let text = read_text(&format!("{SAMPLES}/expected.toml"))?;
    let expected: toml::Table = toml::from_str(&text).map_err(|error| error.to_string())?;
    let documents = expected
        .get("document")
        .and_then(toml::Value::as_array)
        .ok_or("there are no documents")?;
    let (mut judged, mut wrong) = (0, Vec::new());
    for sample in documents {
        let path = text_of(sample, "path").ok_or("a document has no path")?;
        let ["documents", client, own_type, _] = path.split('/').collect::<Vec<_>>()[..] else {
            return Err(format!("{path} is not documents/CLIENT/TYPE/FILE"));
        };
        if own_type != process_type {
            continue;
        }
        let configuration = read_text(&format!("{SAMPLES}/configurations/{client}/{process_type}.json"))?;
        let configuration = serde_json::from_str(&configuration).map_err(|error| error.to_string())?;
        let content = fs::read(format!("{SAMPLES}/{path}")).map_err(|error| format!("{path}: {error}"))?;
        let outcome = judge(&configuration, content)?;
        if !is_as_expected(sample, &outcome) {
            wrong.push(format!("{path}: expected {sample}, came {outcome:#?}"));
        }
        judged += 1;
    }
    if wrong.is_empty() {
        Ok(judged)
    } else {
        Err(wrong.join("\n"))
    }
}

fn is_as_expected(sample: &toml::Value, outcome: &Judged) -> bool {
    let (verdict, named) = match outcome {
        Judged::Failed(error) => {
            let name = text_of(sample, "error").unwrap_or_default();
            ("failed", !name.is_empty() && error.to_lowercase().contains(name))
        }
        Judged::Findings(findings, confidence) => {
            let named = sample
                .get("findings")
                .and_then(toml::Value::as_array)
                .into_iter()
                .flatten()
                .all(|rule| {
                    findings
                        .iter()
                        .any(|finding| Some(finding.rule.as_str()) == rule.as_str())
                });
            (verdict(findings, *confidence), named)
        }
    };
    named && text_of(sample, "verdict") == Some(verdict)
}

/// As the host decides, with the thresholds of the samples.
fn verdict(findings: &[Finding], confidence: Decimal) -> &'static str {
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        "rejected"
    } else if confidence < Decimal::new(8, 1) || findings.iter().any(|finding| finding.review) {
        "review"
    } else {
        "accepted"
    }
}

/// A document: where it is, and its content.
pub type Example = (PathBuf, Vec<u8>);

/// The complete official examples in UBL. Nothing where they are not at hand, which is said.
///
/// # Errors
/// One can't be read, or there are too few.
pub fn official_examples() -> Result<Option<Vec<Example>>, String> {
    let Some(files) = official("examples")? else {
        return Ok(None);
    };
    let read = |path: PathBuf| match fs::read(&path) {
        Ok(content) => Ok((path, content)),
        Err(error) => Err(format!("{}: {error}", path.display())),
    };
    let examples: Vec<_> = files.into_iter().map(read).collect::<Result<_, String>>()?;
    if examples.len() < 7 {
        return Err(format!("there are only {} official examples", examples.len()));
    }
    Ok(Some(examples))
}

/// A fragment of an invoice from the official unit tests.
#[derive(Debug)]
pub struct OfficialTest {
    /// For messages: the file's name and the test's number in it.
    pub name: String,
    /// The rule that is judged, for example `BR-CO-10`.
    pub rule: String,
    /// Whether the fragment breaks it.
    pub broken: bool,
    /// The XML of the invoice.
    pub content: String,
}

/// The official unit tests of the rules named. Nothing where they are not at hand, which is said.
///
/// # Errors
/// One can't be read.
pub fn official_tests(rules: &[&str]) -> Result<Option<Vec<OfficialTest>>, String> {
    let Some(files) = official("unit-invoice")? else {
        return Ok(None);
    };
    let mut tests = Vec::new();
    for path in files {
        let file = path
            .file_stem()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let text = read_text(&path.to_string_lossy())?;
        let tests_of_file = text.split("<test").filter(|part| part.starts_with([' ', '>']));
        for (number, part) in tests_of_file.enumerate() {
            let rule = |mark: &str| between(part, &format!("<{mark}>"), &format!("</{mark}>"));
            let broken = rule("error").or_else(|| rule("warning"));
            let (Some(named), Some(body)) = (
                broken.or_else(|| rule("success")),
                between(part, "<Invoice", "</Invoice>"),
            ) else {
                continue;
            };
            if rules.contains(&named.trim()) {
                tests.push(OfficialTest {
                    name: format!("{file} {}", number + 1),
                    rule: named.trim().to_owned(),
                    broken: broken.is_some(),
                    content: format!("<Invoice{body}</Invoice>"),
                });
            }
        }
    }
    Ok(Some(tests))
}

/// The XML files of one folder of the material.
fn official(folder: &str) -> Result<Option<Vec<PathBuf>>, String> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = above
        .map(|folder| folder.join(EN16931))
        .find(|folder| folder.is_dir());
    let Some(found) = found else {
        println!("skipped: the official material of EN 16931 ({EN16931}) is not on this machine");
        return Ok(None);
    };
    let entries = fs::read_dir(found.join(folder)).map_err(|error| format!("{folder}: {error}"))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    files.sort();
    Ok(Some(files))
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

fn read_text(path: &str) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}

fn text_of<'v>(value: &'v toml::Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(toml::Value::as_str)
}
