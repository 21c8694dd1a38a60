//! A plugin of JavaScript, on `QuickJS`: loads like any other and says what its twin of Rust says.

use std::sync::Arc;

use assay_domain::{Finding, Outcome, World};
use assay_engine::{Plugin, Prepared, Report};

use super::guest::{Host, done, root};

/// The two plugins, by the host's word for each.
async fn twins(host: &Host) -> [(Vec<u8>, Arc<Plugin>); 2] {
    let mut twins = Vec::new();
    for name in ["two_rules", "two_rules_js"] {
        let bytes = std::fs::read(root().join(format!("plugins/built/fixtures/{name}.wasm"))).unwrap();
        let (candidate, plugin) = host.take(bytes).await.unwrap();
        twins.push((candidate.component.to_vec(), plugin));
    }
    twins.try_into().unwrap()
}

fn told(plugin: &Arc<Plugin>, settings: &str, rules: &str) -> Prepared {
    Prepared::new(Arc::clone(plugin), World::Validator, settings, rules)
}

/// What both say alike: all but the words.
fn said(report: Report) -> Vec<Finding> {
    let mut findings = report.findings;
    for finding in &mut findings {
        finding.message.clear();
    }
    findings
}

#[tokio::test]
async fn it_agrees_with_its_twin_on_the_twins_fixtures() {
    let host = Host::new();
    let [(_, rust), (_, javascript)] = twins(&host).await;
    let mut cases = 0;
    for case in std::fs::read_dir(root().join("plugins/fixtures/two_rules/fixtures")).unwrap() {
        let case = case.unwrap().path();
        let read = |name: &str| std::fs::read_to_string(case.join(name));
        let rules = read("rules.json").unwrap_or_else(|_| "[]".to_owned());
        let (settings, input) = (read("settings.json").unwrap(), read("input.json").unwrap());
        let [one, other] = [&rust, &javascript].map(|plugin| told(plugin, &settings, &rules));
        let mut problems = Vec::new();
        for told in [&one, &other] {
            let found = done(host.engine.check_settings(told, &host.context()).await);
            let mut found: Vec<_> = found.into_iter().map(|one| (one.part, one.pointer)).collect();
            found.sort_by_key(|(part, pointer)| (part.as_str(), pointer.clone()));
            problems.push(found);
        }
        assert_eq!(problems[0], problems[1], "{}", case.display());
        let one = host.engine.validate(&one, &host.context(), &input).await;
        let other = host.engine.validate(&other, &host.context(), &input).await;
        match (one.outcome, other.outcome) {
            (Outcome::Done(one), Outcome::Done(other)) => {
                assert_eq!(said(one), said(other), "{}", case.display());
            }
            (Outcome::Declined { case: one, .. }, Outcome::Declined { case: other, .. }) => {
                assert_eq!(one, other, "{}", case.display());
            }
            (one, other) => panic!("{}: {one:?} and {other:?}", case.display()),
        }
        cases += 1;
    }
    assert!(cases >= 3, "{cases} cases");
}

#[tokio::test]
async fn it_agrees_on_amounts_to_the_last_digit() {
    let host = Host::new();
    let [(_, rust), (_, javascript)] = twins(&host).await;
    for (limit, totals) in [
        ("\"100\"", ["100", "100.00", "100.001", "\"99.99\"", "-5", "null"]),
        (
            "0.1",
            ["0.1", "0.10000000000001", "\"0.2\"", "0", "1e0", "\"much\""],
        ),
        (
            "\"9007199254740993\"",
            [
                "\"9007199254740993\"",
                "\"9007199254740994\"",
                "7",
                "8.5",
                "-0.1",
                "\"\"",
            ],
        ),
    ] {
        let settings = format!("{{\"limit\":{limit}}}");
        let [one, other] = [&rust, &javascript].map(|plugin| told(plugin, &settings, "[]"));
        for total in totals {
            let data = format!("{{\"id\":\"a\",\"total\":{total}}}");
            let one = done(host.engine.validate(&one, &host.context(), &data).await);
            let other = done(host.engine.validate(&other, &host.context(), &data).await);
            let rules = |report: Report| {
                let findings = said(report).into_iter();
                findings
                    .map(|finding| (finding.severity, finding.pointer))
                    .collect::<Vec<_>>()
            };
            assert_eq!(rules(one), rules(other), "{data} of {settings}");
        }
    }
}
