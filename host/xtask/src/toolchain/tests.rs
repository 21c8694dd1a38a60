use super::{quoted, relink, remap_flags};
use std::path::{Path, PathBuf};

#[test]
fn a_path_stays_one_word_for_the_shell() {
    assert_eq!(quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
}

#[test]
fn remaps_are_separated_as_cargo_wants_them() {
    let flags = remap_flags(&[(PathBuf::from("/a b"), "/x"), (PathBuf::from("/c"), "/y")]);
    assert_eq!(
        flags,
        "--remap-path-prefix=/a b=/x\u{1f}--remap-path-prefix=/c=/y"
    );
}

#[test]
fn a_link_is_replaced_and_left_alone_when_right() {
    let folder = std::env::temp_dir().join(format!("xtask-relink-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let link = folder.join("link");
    relink(Path::new("/one"), &link).unwrap();
    relink(Path::new("/two"), &link).unwrap();
    relink(Path::new("/two"), &link).unwrap();
    assert_eq!(std::fs::read_link(&link).unwrap(), Path::new("/two"));
    std::fs::remove_dir_all(&folder).unwrap();
}
