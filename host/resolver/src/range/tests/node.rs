//! Node's dialect against what npm's `semver` says: recorded answers always, the library itself where it is installed.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::*;

/// Compares with recorded answers; returns how many ranges were taken and refused.
fn compare(versions: &[Version], rows: &[(String, Value)]) -> (usize, usize) {
    let (mut taken, mut refused, mut wrong) = (0, 0, Vec::new());
    for (text, said) in rows {
        let ours = Range::parse(text, Dialect::Node);
        let Some(hits) = said.as_str() else {
            refused += 1;
            if ours.is_ok() {
                wrong.push(format!("{text:?} is taken"));
            }
            continue;
        };
        taken += 1;
        let range = match ours {
            Ok(range) => range,
            Err(error) => {
                wrong.push(format!("{text:?}: {error}"));
                continue;
            }
        };
        let digits: Vec<u32> = hits.chars().map(|c| c.to_digit(16).unwrap()).collect();
        for (at, version) in versions.iter().enumerate() {
            let theirs = digits[at / 4] >> (at % 4) & 1 == 1;
            if range.matches(version) != theirs {
                wrong.push(format!("{text:?} and {version}: node says {theirs}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
    (taken, refused)
}

fn rows(ranges: &Value) -> Vec<(String, Value)> {
    let ranges = ranges.as_array().unwrap().iter();
    ranges
        .map(|row| (row[0].as_str().unwrap().to_owned(), row[1].clone()))
        .collect()
}

#[test]
fn recorded_answers_of_node_semver() {
    let recorded: Value = serde_json::from_str(include_str!("node.json")).unwrap();
    let versions: Vec<_> = recorded["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| version(v.as_str().unwrap()))
        .collect();
    let (taken, refused) = compare(&versions, &rows(&recorded["ranges"]));
    assert!(taken > 700 && refused > 200, "{taken} taken, {refused} refused");
}

/// `npm install` in tests/ranges first.
#[test]
#[ignore = "needs node and npm's semver"]
fn live_answers_of_node_semver() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/ranges");
    let run = |args: &[&str], input: &[u8]| {
        let mut command = Command::new("node");
        command
            .arg(place.join("oracle.mjs"))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let many = run(&["--record", "60000"], b"");
    let versions: Vec<_> = many["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| version(v.as_str().unwrap()))
        .collect();
    let (taken, refused) = compare(&versions, &rows(&many["ranges"]));
    assert!(
        taken > 20_000 && refused > 5_000,
        "{taken} taken, {refused} refused"
    );
}
