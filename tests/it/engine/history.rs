//! What a guest may ask of earlier documents.

use std::sync::Arc;

use assay_engine::{Answer, History, HistoryUnavailable, KnownValue, Sightings};

use super::guest::{Host, message_of, received};

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
async fn questions_are_counted() {
    let mut host = host(Known(Ok(())));
    host.limits.host_calls = 5;
    let call = host.call("ask_history", "12345").await;
    assert_eq!(message_of(&call).unwrap(), ANSWERED);
    let call = host.call("ask_history", "123456").await;
    assert_eq!(message_of(&call).unwrap(), EXHAUSTED);
    assert_eq!(call.usage.host_calls, 5);
}
