//! What a guest may ask of earlier documents.

use std::sync::Arc;

use assay_domain::{ErrorCode, Phase};
use assay_domain::{HostAnswer, KnownValue, Question, Sightings, Told};
use assay_engine::{Answer, History, HistoryUnavailable};
use serde_json::json;

use super::guest::{Host, assert_failed, failure, message_of, received};

/// Knows one value, or fails.
struct Known(Result<(), &'static str>);

impl History for Known {
    fn find_exact(&self, _: String, _: String) -> Answer<Sightings> {
        Box::pin(async { Ok(Sightings::default()) })
    }

    fn find_near(&self, _: String, _: u64, _: u8) -> Answer<Sightings> {
        Box::pin(async { Ok(Sightings::default()) })
    }

    fn known_values(&self, subject: String, field: String) -> Answer<Vec<KnownValue>> {
        let answer = self.0;
        Box::pin(async move {
            assert_eq!((subject.as_str(), field.as_str()), ("supplier:1", "iban"));
            tokio::task::yield_now().await;
            answer.map_err(|message| HistoryUnavailable(message.to_owned()))?;
            Ok(vec![KnownValue {
                value: "ES91".to_owned(),
                count: 2,
                first_seen: received(),
                last_seen: received(),
            }])
        })
    }
}

fn host(history: Known) -> Host {
    let mut host = Host::new();
    host.history = Some(Arc::new(history));
    host
}

const ANSWERED: &str = "9";
const DENIED: &str = "0";
const UNAVAILABLE: &str = "1";
const EXHAUSTED: &str = "3";

#[tokio::test]
async fn an_answer_comes_through_and_is_counted() {
    let call = host(Known(Ok(()))).call("ask_history", "{}").await;
    assert_eq!(message_of(&call).unwrap(), ANSWERED);
    assert_eq!(call.usage.host_calls, 2);
}

#[tokio::test]
async fn without_the_grant_there_is_no_answer() {
    let mut host = host(Known(Ok(())));
    host.granted = &[];
    let call = host.call("ask_history", "{}").await;
    assert_eq!(message_of(&call).unwrap(), DENIED);
    assert_eq!(call.usage.host_calls, 0);
}

#[tokio::test]
async fn a_host_that_can_not_answer_says_so() {
    let call = host(Known(Err("the database is gone")))
        .call("ask_history", "{}")
        .await;
    assert_eq!(message_of(&call).unwrap(), UNAVAILABLE);
    let mut host = host(Known(Ok(())));
    host.history = None;
    assert_eq!(
        message_of(&host.call("ask_history", "{}").await).unwrap(),
        UNAVAILABLE
    );
}

#[tokio::test]
async fn what_the_guest_was_told_is_recorded_in_order() {
    let known = |answer| HostAnswer {
        question: Question::KnownValues {
            subject: "supplier:1".to_owned(),
            field: "iban".to_owned(),
        },
        answer,
    };
    let value = KnownValue {
        value: "ES91".to_owned(),
        count: 2,
        first_seen: received(),
        last_seen: received(),
    };
    let call = host(Known(Ok(()))).call("ask_history", "123").await;
    assert_eq!(call.host_answers, vec![known(Told::KnownValues(vec![value])); 3]);
    assert_eq!(call.usage.host_calls, 3);
    let stored = serde_json::to_value(&call.host_answers).unwrap();
    assert_eq!(
        stored[0]["question"],
        json!({"known-values": {"subject": "supplier:1", "field": "iban"}})
    );
    assert_eq!(stored[0]["answer"]["known-values"][0]["value"], "ES91");
    let read: Vec<HostAnswer> = serde_json::from_value(stored).unwrap();
    assert_eq!(read, call.host_answers);

    let call = host(Known(Err("the database is gone")))
        .call("ask_history", "1")
        .await;
    let told = Told::Unavailable("the database is gone".to_owned());
    assert_eq!(call.host_answers, [known(told)]);
    assert_eq!(
        serde_json::to_value(&call.host_answers).unwrap()[0]["answer"],
        json!({"unavailable": "the database is gone"})
    );
}

#[tokio::test]
async fn what_the_call_itself_decides_is_not_recorded() {
    let mut denied = host(Known(Ok(())));
    denied.granted = &[];
    assert_eq!(denied.call("ask_history", "123").await.host_answers, []);
    let mut exhausted = host(Known(Ok(())));
    exhausted.limits.host_calls = 2;
    let call = exhausted.call("ask_history", "123").await;
    assert_eq!(call.host_answers.len(), 2);
    // A log line is no answer.
    let mut logs = Host::new();
    logs.limits.deadline_ms = 20;
    assert_eq!(logs.call("spin_on_log", "{}").await.host_answers, []);
}

#[tokio::test]
async fn the_answers_of_a_call_are_bounded_in_size() {
    let mut host = host(Known(Ok(())));
    host.limits.host_calls = 4_096;
    host.limits.memory_bytes = 2 << 20;
    let call = host.call("ask_history", &"1".repeat(2_000)).await;
    assert_eq!(message_of(&call).unwrap(), EXHAUSTED);
    assert!(
        (100..1_000).contains(&call.host_answers.len()),
        "{}",
        call.host_answers.len()
    );
}

#[tokio::test]
async fn a_guest_that_breaks_while_it_is_answered_is_named() {
    for (guest, code) in [
        ("recursion_behind_history", ErrorCode::Stack),
        ("loop_behind_history", ErrorCode::Deadline),
        ("trap_behind_history", ErrorCode::Trap),
    ] {
        let mut host = host(Known(Ok(())));
        host.limits.deadline_ms = 300;
        let call = host.call(guest, "{}").await;
        assert_eq!(call.host_answers.len(), 1, "{guest}: what it was told is kept");
        assert_failed(&failure(call), code, Phase::Call);
        host.is_fine().await;
    }
}

#[tokio::test]
async fn questions_are_counted() {
    let mut host = host(Known(Ok(())));
    host.limits.host_calls = 5;
    let call = host.call("ask_history", "12345").await;
    assert_eq!(message_of(&call).unwrap(), ANSWERED);
    let call = host.call("ask_history", "123456").await;
    assert_eq!(message_of(&call).unwrap(), EXHAUSTED);
    assert_eq!(call.usage.host_calls, 5);
}
