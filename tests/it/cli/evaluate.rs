//! `assay evaluate`: the figures of the fraud scorer on the labelled set, held, and what is said of bad lines.

use std::collections::BTreeMap;

use assay_domain::SystemClock;
use assay_engine::{Engine, EngineOptions};
use assay_service::{Component, Evaluated, Evaluator};
use serde_json::json;
use tempfile::TempDir;

use super::binary::{Said, root, run};

const SCORER: &str = "document_fraud_scorer";

/// The least precision and recall of each signal, in thousandths, over both seeds.
const BOUNDS: [(&str, usize, usize); 12] = [
    ("arithmetic", 980, 980),
    ("bank_account_changed", 780, 980),
    ("below_limit", 622, 837),
    ("duplicate", 980, 980),
    ("first_digit", 896, 591),
    ("future_date", 765, 980),
    ("near_duplicate", 925, 900),
    ("number_reused", 825, 949),
    ("number_sequence", 934, 855),
    ("round_amount", 893, 855),
    ("score", 918, 549),
    ("weekend_date", 568, 749),
];

/// Every document of the two sets through the real engine, with what is truly there and what was said.
async fn evaluated() -> Vec<Evaluated> {
    let bytes = std::fs::read(root().join(format!("plugins/built/{SCORER}.wasm"))).unwrap();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let mut evaluated = Vec::new();
    for seed in [1, 2] {
        let scorer = Component {
            name: SCORER.to_owned(),
            bytes: bytes.clone().into(),
        };
        let threshold = "0.5".parse().unwrap();
        let mut evaluator = Evaluator::prepare(engine.clone(), &SystemClock, scorer, &json!({}), threshold)
            .await
            .unwrap();
        for document in assay_labelled::generate(seed, 600) {
            let one = evaluator.line(document.to_line().as_bytes()).await.unwrap();
            evaluated.push(one.expect("a document"));
        }
        assert_eq!(evaluator.evaluation().documents, 600);
    }
    evaluated
}

#[tokio::test]
async fn the_fraud_scorer_is_as_good_as_it_was() {
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let threshold = "0.5".parse().unwrap();
    for one in evaluated().await {
        let sum = one
            .signals
            .iter()
            .fold(one.score - one.score, |sum, signal| sum + signal.weight);
        assert_eq!(sum, one.score, "{one:?}");
        assert!(one.log.is_empty(), "{one:?}");
        let suspected = one.score >= threshold;
        let score = match (one.labels.is_empty(), suspected) {
            (false, true) => Some(0),
            (true, true) => Some(1),
            (false, false) => Some(2),
            (true, false) => None,
        };
        let named =
            |names: &[String], place| names.iter().map(|name| (name.clone(), place)).collect::<Vec<_>>();
        let mut found = named(&one.unfounded, 1);
        found.extend(named(&one.missed, 2));
        let right: Vec<String> = one
            .labels
            .iter()
            .filter(|label| !one.missed.contains(label))
            .cloned()
            .collect();
        found.extend(named(&right, 0));
        found.extend(score.map(|place| ("score".to_owned(), place)));
        for (name, place) in found {
            counts.entry(name).or_default()[place] += 1;
        }
    }
    let share = |part: usize, other: usize| 1_000 * part / (part + other).max(1);
    let shares = |[right, unfounded, missed]: [usize; 3]| (share(right, unfounded), share(right, missed));
    let found: Vec<_> = counts
        .iter()
        .map(|(name, counts)| (name, shares(*counts)))
        .collect();
    for (name, precision, recall) in BOUNDS {
        let own = shares(counts[name]);
        assert!(own.0 >= precision && own.1 >= recall, "{name}: {found:?}");
    }
    assert_eq!(counts.len(), BOUNDS.len(), "{found:?}");
}

fn evaluate(folder: &TempDir, text: &str, more: &[&str]) -> Said {
    let path = folder.path().join("set.jsonl");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    run(["evaluate", "--plugin", SCORER].iter().chain(more).chain(&[path]))
}

const HONEST: &str = r#"{"id":"a","received":"2026-09-02T10:00:00Z","labels":[],"data":{"id":"7","issue_date":"2026-09-01","seller":{"name":"Roca"},"totals":{"payable":412}}}"#;

#[test]
fn figures_for_people_and_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let copy = HONEST.replace(r#""id":"a""#, r#""id":"b""#);
    let both = format!("{HONEST}\n\n{copy}\n");
    let said = evaluate(&folder, &both, &["--list-wrong"]);
    assert_eq!(said.code, 0, "{said:?}");
    for part in [
        "precision",
        "duplicate",
        "2 documents",
        "unfounded: duplicate",
        "the document a of 2026-09-02",
    ] {
        assert!(said.out.contains(part), "{part}: {said:?}");
    }
    let said = evaluate(
        &folder,
        &both.replacen(r#""labels":[]"#, r#""labels":["future_date"]"#, 1),
        &["--format", "json"],
    );
    assert_eq!(said.code, 0, "{said:?}");
    let evaluation = said.json();
    assert_eq!(evaluation["documents"], 2);
    assert_eq!(evaluation["signals"]["duplicate"]["false_positives"], 1);
    assert_eq!(evaluation["signals"]["future_date"]["misses"], 1);
    assert_eq!(evaluation["score"]["support"], 1);
    assert!(evaluation.get("wrong").is_none());
}

#[test]
fn settings_change_the_figures() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.json");
    std::fs::write(&settings, r#"{"weights":{"duplicate":"0.2"}}"#).unwrap();
    let copy = HONEST
        .replace(r#""id":"a""#, r#""id":"b""#)
        .replace("[]", r#"["duplicate"]"#);
    let both = format!("{HONEST}\n{copy}\n");
    let more = ["--format", "json", "--settings", settings.to_str().unwrap()];
    assert_eq!(evaluate(&folder, &both, &more).json()["score"]["misses"], 1);
    let lower = [&more[..], &["--threshold", "0.2"]].concat();
    assert_eq!(
        evaluate(&folder, &both, &lower).json()["score"]["true_positives"],
        1
    );
    std::fs::write(&settings, r#"{"weights":{"duplicate":"2"}}"#).unwrap();
    assert_eq!(evaluate(&folder, &both, &more).code, 2);
    assert_eq!(evaluate(&folder, &both, &["--threshold", "2"]).code, 2);
}

#[test]
fn a_bad_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (bad, part) in [
        ("{", "line 2"),
        (r#"{"id":"b"}"#, "received"),
        (HONEST, "twice"),
        (
            &HONEST
                .replace(r#""a""#, r#""b""#)
                .replace("2026-09-02", "2026-09-01"),
            "sort",
        ),
        (&HONEST.replace(r#""a""#, r#""b","more":1"#), "more"),
        (
            r#"{"id":"b","received":"2026-09-02T10:00:00Z","labels":[],"data":[]}"#,
            "unsupported",
        ),
    ] {
        let said = evaluate(&folder, &format!("{HONEST}\n{bad}\n"), &[]);
        assert_eq!(said.code, 1, "{bad}: {said:?}");
        assert!(
            said.err.contains("line 2") && said.err.contains(part),
            "{bad}: {said:?}"
        );
    }
    assert_eq!(evaluate(&folder, "", &[]).code, 0);
}

#[test]
fn a_run_shows_the_score_of_a_scorer() {
    let file = "host/cli/samples/documents/acme-corp/payroll_v1/digits_exchanged.json";
    let said = run([
        "run",
        "--plugin",
        "payroll_standard_validator",
        "--scorer",
        SCORER,
        "--format",
        "json",
        file,
    ]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(said.json()["fraud_flags"][0]["name"], "arithmetic", "{said:?}");
    assert_eq!(
        said.json()["fraud_score"].to_string().trim_matches('"'),
        "0.5",
        "{said:?}"
    );
}
