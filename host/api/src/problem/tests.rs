use std::collections::BTreeSet;

use super::*;

#[test]
fn codes_are_unique_and_stable_in_form() {
    let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), Code::ALL.len());
    for code in Code::ALL {
        assert!(
            code.as_str().chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{code:?}"
        );
        assert!(
            code.status().is_client_error() || code.status().is_server_error(),
            "{code:?}"
        );
        for text in [code.title(), code.means(), code.remedy()] {
            assert!(text.len() > 10 && text.ends_with('.'), "{code:?}: {text}");
        }
    }
}

#[tokio::test]
async fn the_cause_stays_here() {
    let cause = std::io::Error::other("password=hunter2");
    let problem = Problem::internal(cause);
    assert_eq!(problem.cause().as_deref(), Some("password=hunter2"));
    let body = axum::body::to_bytes(problem.render("r-1").into_body(), 10_000)
        .await
        .unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains(r#""instance":"r-1""#), "{text}");
}

#[test]
fn retry_after_is_whole_seconds_and_at_least_one() {
    for (millis, header) in [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2"), (90_000, "90")] {
        let problem = Problem::new(Code::Overloaded, "later").retry_after(Duration::from_millis(millis));
        let response = problem.render("r");
        assert_eq!(response.headers()[RETRY_AFTER], header);
    }
}

#[test]
fn no_more_places_than_can_be_read() {
    let places = (0..250)
        .map(|index| Place::new(format!("/{index}"), "is wrong"))
        .collect();
    let problem = Problem::new(Code::ConfigurationInvalid, "wrong").places("/rules", places);
    assert_eq!(problem.0.errors.len(), MOST_ERRORS);
    assert_eq!(problem.0.errors[7].pointer, "/rules/7");
    assert!(problem.0.detail.contains("150 more"));
}
