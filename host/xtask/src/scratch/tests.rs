use super::{Scratch, remove_leftovers};
use std::fs;

#[test]
fn a_scratch_folder_is_private_and_gone_afterwards() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new("test-scratch").unwrap();
    let path = scratch.path().to_path_buf();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    fs::write(path.join("file"), "x").unwrap();
    drop(scratch);
    assert!(!path.exists());
}

#[test]
fn only_the_folders_of_ended_processes_are_left_over() {
    let scratch = Scratch::new("test-leftovers").unwrap();
    let ended = u32::MAX; // beyond every pid_max
    for name in [
        format!("x-{ended}"),
        format!("x-{}", std::process::id()),
        "x-".to_owned() + "abc",
        "y-1".to_owned(),
    ] {
        fs::create_dir(scratch.path().join(name)).unwrap();
    }
    remove_leftovers(scratch.path(), "x-");
    let mut left: Vec<_> = fs::read_dir(scratch.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(
        left,
        [
            format!("x-{}", std::process::id()),
            "x-abc".to_owned(),
            "y-1".to_owned()
        ]
    );
}
