use std::time::{Duration, Instant};

use assay_domain::{ClientId, ConfigId, ErrorCode, Failure, Outcome, Phase, ReleaseId};
use uuid::Uuid;

use super::{Breaker, Called, FAILURES, Failing, LONGEST, PAUSE};

fn called(number: u128) -> Called {
    Called {
        client: ClientId(Uuid::from_u128(number)),
        release: ReleaseId(Uuid::from_u128(7)),
        configuration: ConfigId(Uuid::from_u128(8)),
    }
}

fn failed(code: ErrorCode) -> Outcome<()> {
    Outcome::Failed(Failure {
        code,
        phase: Phase::Call,
        message: String::new(),
        backtrace: Vec::new(),
    })
}

/// A breaker at a time of the test's.
struct Told {
    breaker: Breaker,
    now: Instant,
}

impl Told {
    fn new() -> Self {
        Self {
            breaker: Breaker::default(),
            now: Instant::now(),
        }
    }

    fn allows(&self, client: u128) -> Result<(), Failing> {
        let version = semver::Version::new(1, 2, 3);
        self.breaker
            .allows(called(client), &"guest".parse().unwrap(), &version, self.now)
    }

    fn note(&self, client: u128, outcome: &Outcome<()>, times: u32) {
        for _ in 0..times {
            self.breaker.note(called(client), outcome, self.now);
        }
    }

    fn advance(&mut self, by: Duration) {
        self.now += by;
    }
}

#[test]
fn who_fails_often_in_a_row_is_left_alone_and_tried_again() {
    let mut breaker = Told::new();
    let trap = failed(ErrorCode::Trap);
    breaker.note(1, &trap, FAILURES - 1);
    breaker.allows(1).unwrap();
    breaker.note(1, &trap, 1);
    let failing = breaker.allows(1).unwrap_err();
    assert_eq!(
        failing.to_string(),
        "the plugin `guest` 1.2.3 failed 10 times in a row, last with `trap`; it is tried again in 5 s"
    );
    // Another client's calls are not concerned.
    breaker.allows(2).unwrap();
    breaker.advance(PAUSE);
    // One is let through, and fails: twice the pause.
    breaker.allows(1).unwrap();
    breaker.allows(1).unwrap_err();
    breaker.note(1, &failed(ErrorCode::Deadline), 1);
    let failing = breaker.allows(1).unwrap_err();
    assert_eq!(
        (failing.retry_after, failing.code),
        (PAUSE * 2, ErrorCode::Deadline)
    );
    breaker.advance(PAUSE * 2);
    breaker.allows(1).unwrap();
    // One is let through, and works.
    breaker.note(1, &Outcome::Done(()), 1);
    breaker.allows(1).unwrap();
    breaker.allows(1).unwrap();
    breaker.note(1, &trap, FAILURES - 1);
    breaker.allows(1).unwrap();
}

#[test]
fn those_under_way_when_it_is_found_out_make_it_no_longer() {
    let breaker = Told::new();
    breaker.note(1, &failed(ErrorCode::Trap), FAILURES + 20);
    assert_eq!(breaker.allows(1).unwrap_err().retry_after, PAUSE);
}

#[test]
fn the_pause_is_bounded() {
    let mut breaker = Told::new();
    breaker.note(1, &failed(ErrorCode::Memory), FAILURES);
    for _ in 0..20 {
        let failing = breaker.allows(1).unwrap_err();
        assert!(failing.retry_after <= LONGEST);
        breaker.advance(failing.retry_after);
        breaker.allows(1).unwrap();
        breaker.note(1, &failed(ErrorCode::Memory), 1);
    }
    assert_eq!(breaker.allows(1).unwrap_err().retry_after, LONGEST);
    // One that was let through and never came back holds nobody up for ever.
    breaker.advance(LONGEST);
    breaker.allows(1).unwrap();
    breaker.advance(LONGEST + Duration::from_millis(1));
    breaker.allows(1).unwrap();
}

#[test]
fn what_the_host_could_not_do_is_not_the_plugins_fault() {
    let breaker = Told::new();
    breaker.note(1, &failed(ErrorCode::Unavailable), 100);
    let declined = Outcome::Declined {
        case: "malformed".to_owned(),
        message: String::new(),
    };
    breaker.note(1, &declined, 100);
    breaker.allows(1).unwrap();
    // Nor does it show that it works.
    breaker.note(1, &failed(ErrorCode::Trap), FAILURES);
    breaker.note(1, &failed(ErrorCode::Unavailable), 1);
    breaker.allows(1).unwrap_err();
}
