use super::{Outcome, STEPS, summary};
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn a_step_that_did_not_run_is_not_called_passed() {
    let second = Duration::from_secs(1);
    let lines = summary(&[
        ("one", Outcome::Passed, second),
        ("two", Outcome::Failed, second),
        ("three", Outcome::NotRun, Duration::ZERO),
    ]);
    assert_eq!(
        lines,
        [
            "  passed   one (1.0 s)",
            "  FAILED   two (1.0 s)",
            "  not run  three"
        ]
    );
}

#[test]
fn steps_have_different_names() {
    let names: BTreeSet<&str> = STEPS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), STEPS.len());
}
