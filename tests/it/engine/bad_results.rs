//! A result is as hostile as anything else: what breaks the contract is `bad-output` and says what. What can't even be
//! read is in [`hostile`](super::hostile).

use assay_domain::{ErrorCode, Phase};

use super::guest::{Host, assert_failed, failure, message_of};

#[tokio::test]
async fn json_that_is_none() {
    let host = Host::new();
    let plugin = host.plugin("echo").await;
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let large = format!("\"{}\"", "x".repeat(2 << 20));
    let cases = [
        ("{", "not JSON"),
        ("", "not JSON"),
        ("{\"a\":1,\"a\":2}", "twice"),
        ("\"\\u0000\"", "U+0000"),
        ("1e999", "28 digits"),
        ("NaN", "not JSON"),
        (deep.as_str(), "64"),
        (large.as_str(), "larger"),
    ];
    for (data, expected) in cases {
        let failure = failure(host.engine.validate(&plugin, &host.context(), data).await);
        assert_eq!(failure.code, ErrorCode::BadOutput, "{failure}");
        assert!(failure.message.contains(expected), "{failure}");
    }
    host.is_fine().await;
}

#[tokio::test]
async fn numbers_and_texts_come_through_as_they_are() {
    let host = Host::new();
    let call = host.call("echo", "{\"b\":0.10,\"a\":\"\\n\u{e9}\"}").await;
    let output = String::from_utf8(call.output.clone()).unwrap();
    assert!(output.contains(r#""actual":{"a":"\né","b":0.10}"#), "{output}");
    assert_eq!(message_of(&call).unwrap(), "{\"b\":0.10,\"a\":\"\\n\u{e9}\"}");
    assert_eq!(call.usage.output_bytes, output.len() as u64);
}

#[tokio::test]
async fn a_trap_says_where_without_spoiling_a_terminal() {
    let failure = Host::new().failure("trap").await;
    assert_failed(&failure, ErrorCode::Trap, Phase::Call);
    assert!(failure.message.contains("unreachable"), "{failure}");
    assert!(
        failure.backtrace.iter().any(|frame| frame.contains("inner")),
        "{failure:?}"
    );
}
