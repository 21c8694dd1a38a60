use super::newest;
use std::path::PathBuf;

#[test]
fn versions_are_compared_as_numbers_and_other_folders_ignored() {
    let folders: Vec<PathBuf> = ["/p/9", "/p/15", "/p/tmp", "/p/17"]
        .iter()
        .map(PathBuf::from)
        .collect();
    assert_eq!(
        newest(&folders),
        [
            &PathBuf::from("/p/17"),
            &PathBuf::from("/p/15"),
            &PathBuf::from("/p/9")
        ]
    );
}
