//! What a guest logs is escaped, bounded and counted.

use assay_domain::LogLevel;

use super::guest::{Host, done};

#[tokio::test]
async fn a_flood_of_lines_is_cut_and_counted() {
    let host = Host::new();
    let call = host.call("flood_log_by_count", "{}").await;
    let kept: usize = call.log.iter().map(|line| line.message.len()).sum();
    assert!(kept as u64 <= host.limits.log_bytes);
    assert!(call.log.len() < 2_048, "{}", call.log.len());
    assert_eq!(call.log[0].message, "a\\n\\u{1b}[2J");
    assert_eq!(
        (call.log[0].level, call.log[0].source.as_str()),
        (LogLevel::Info, "log")
    );
    assert_eq!(call.usage.log_lines as usize, call.log.len());
    assert!(call.usage.log_bytes_cut > 500_000, "{:?}", call.usage);
    done(call);
    host.is_fine().await;
}

#[tokio::test]
async fn a_line_that_is_too_long_is_cut_and_counted() {
    let host = Host::new();
    let call = host.call("flood_log_by_size", "{}").await;
    assert_eq!(call.log.len(), 1);
    assert!(call.log[0].message.len() as u64 <= host.limits.log_bytes);
    assert_eq!(
        call.usage.log_bytes_cut + call.log[0].message.len() as u64,
        100_000
    );
    done(call);
}

#[tokio::test]
async fn what_is_printed_becomes_lines_and_a_flood_of_it_is_cut() {
    let host = Host::new();
    let call = host.call("wasip1_prints", "{}").await;
    let sources: Vec<_> = call.log.iter().map(|line| line.source.as_str()).collect();
    assert!(
        sources.contains(&"stdout") && sources.contains(&"stderr"),
        "{sources:?}"
    );
    let kept: u64 = call.log.iter().map(|line| line.message.len() as u64).sum();
    assert!(kept <= host.limits.log_bytes);
    assert!(call.usage.log_bytes_cut > 20_000_000, "{:?}", call.usage);
    done(call);
}

#[tokio::test]
async fn a_nul_reaches_nobody() {
    let call = Host::new().call("nul_in_message", "{}").await;
    let shown = "r\\u{0}\\u{1b}[2J";
    assert_eq!(call.log[0].message, shown);
    assert_eq!(super::guest::message_of(&call).as_deref(), Some(shown));
    assert!(!String::from_utf8_lossy(&call.output).contains("u0000"));
}
