use super::{Command, Task};
use clap::{CommandFactory as _, Parser as _};

#[test]
fn the_command_line_is_well_formed() {
    Command::command().debug_assert();
}

#[test]
fn everything_after_up_is_handed_on() {
    for arguments in [
        vec!["--once"],
        vec!["--help"],
        vec!["--pg-bindir", "/x", "--once"],
    ] {
        let line = ["cargo xtask", "up"].into_iter().chain(arguments.iter().copied());
        let Task::Up(up) = Command::try_parse_from(line).unwrap().task else {
            panic!("not up")
        };
        assert_eq!(up.arguments, arguments);
    }
}

#[test]
fn a_package_to_build_is_not_mistaken_for_a_name_to_make() {
    let parsed = Command::try_parse_from(["cargo xtask", "plugins", "build", "-p", "payroll"]).unwrap();
    assert!(matches!(parsed.task, Task::Plugins(_)));
    assert!(Command::try_parse_from(["cargo xtask", "plugins", "--no-rebuild"]).is_err());
}
