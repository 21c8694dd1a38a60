use super::human;
use std::time::Duration;

#[test]
fn durations_read_like_a_stopwatch() {
    assert_eq!(human(Duration::from_millis(430)), "0.4 s");
    assert_eq!(human(Duration::from_secs(12)), "12 s");
    assert_eq!(human(Duration::from_secs(185)), "3 min 05 s");
}
