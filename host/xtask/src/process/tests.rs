use super::{cargo, line, quiet};
use std::process::Command;

#[test]
fn a_failure_names_the_command_and_what_it_said() {
    let error = quiet(Command::new("sh").args(["-c", "echo broken >&2; exit 3"]))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("sh -c") && error.contains("broken") && error.contains('3'),
        "{error}"
    );
}

#[test]
fn cargo_is_not_told_about_the_package_of_the_tasks() {
    // Tests run under cargo too, which sets CARGO_PKG_NAME; the command has to unset it.
    let cargo = cargo();
    let removed = cargo
        .get_envs()
        .any(|(name, value)| name == "CARGO_PKG_NAME" && value.is_none());
    assert!(removed, "{}", line(&cargo));
}
