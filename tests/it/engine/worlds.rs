//! The three worlds, and what a plugin says by its own errors.

use assay_domain::{ErrorCode, Outcome, Phase, World};
use assay_engine::{Document, SettingsPart};

use super::guest::{Host, assert_failed, done, failure};

#[tokio::test]
async fn a_scorer_scores_exactly() {
    let host = Host::new();
    let plugin = host.plugin("scorer_echo").await;
    assert_eq!(host.loaded("scorer_echo").await.worlds(), [World::Scorer]);
    let call = host.engine.score(&plugin, &host.context(), "0.10").await;
    let report = done(call);
    assert_eq!(
        (report.score.to_string(), report.signals[0].weight.to_string()),
        ("0.10".into(), "0.10".into())
    );
    for wrong in ["1.1", "-0.1", "NaN", "1e999", "", "0,5"] {
        let failure = failure(host.engine.score(&plugin, &host.context(), wrong).await);
        assert_failed(&failure, ErrorCode::BadOutput, Phase::Result);
        assert!(failure.message.contains("`score`"), "{failure}");
    }
}

#[tokio::test]
async fn an_extractor_gets_the_bytes_and_returns_data() {
    let host = Host::new();
    let plugin = host.plugin("extractor_echo").await;
    let document = Document {
        content: b"{\"a\":1.50}",
        media_type: "0.75",
        name: Some("a.json"),
    };
    let extracted = done(host.engine.extract(&plugin, &host.context(), document).await);
    assert_eq!(extracted.data.to_string(), "{\"a\":1.50}");
    assert_eq!(extracted.confidence.to_string(), "0.75");
    let document = Document {
        content: b"[1]",
        ..document
    };
    let failure = failure(host.engine.extract(&plugin, &host.context(), document).await);
    assert_failed(&failure, ErrorCode::BadOutput, Phase::Result);
}

#[tokio::test]
async fn a_world_that_a_plugin_lacks_is_refused() {
    let host = Host::new();
    let plugin = host.plugin("fine").await;
    let failure = failure(host.engine.score(&plugin, &host.context(), "{}").await);
    assert_failed(&failure, ErrorCode::Refused, Phase::Load);
    assert!(failure.message.contains("validator"), "{failure}");
}

#[tokio::test]
async fn a_plugins_own_error_is_not_a_failure() {
    let host = Host::new();
    let call = host.call("declines", "no\nthing").await;
    let Outcome::Declined { case, message } = &call.outcome else {
        panic!("{call:?}")
    };
    assert_eq!((case.as_str(), message.as_str()), ("unsupported", "no\\nthing"));
    assert!(call.is_replayable());
}

#[tokio::test]
async fn wrong_settings_are_told_before_and_refused_when_prepared() {
    let host = Host::new();
    let plugin = host.plugin("refuses_settings").await;
    let call = host.engine.check_settings(&plugin, &host.context()).await;
    let problems = done(call);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].part, SettingsPart::Settings);
    assert_eq!(
        (problems[0].pointer.as_str(), problems[0].message.as_str()),
        ("/limit", "is \\nnegative")
    );

    let call = host.engine.validate(&plugin, &host.context(), "{}").await;
    let Outcome::Declined { case, message } = &call.outcome else {
        panic!("{call:?}")
    };
    assert_eq!(case, "invalid");
    assert!(message.contains("settings `/limit`: is \\nnegative"), "{message}");

    let fine = host.plugin("fine").await;
    let call = host.engine.check_settings(&fine, &host.context()).await;
    assert_eq!(done(call), []);
}

#[tokio::test]
async fn usage_says_where_the_time_went() {
    let host = Host::new();
    let plugin = host.plugin("fine").await;
    let start = std::time::Instant::now();
    let call = host.engine.validate(&plugin, &host.context(), "{}").await;
    let took = start.elapsed();
    assert!(
        u128::from(call.usage.total_us()) <= took.as_micros(),
        "{:?} in {took:?}",
        call.usage
    );
    assert_eq!(call.usage.peak_memory_bytes, 3 << 16);
    assert_eq!(call.output, br#"{"findings":[],"observations":[]}"#);
}
