use super::{collect, of_files};
use crate::scratch::Scratch;
use std::fs;
use std::path::Path;

fn digest(root: &Path) -> String {
    let mut files = Vec::new();
    collect(root, &mut files).unwrap();
    let mut named: Vec<_> = files
        .into_iter()
        .map(|file| (file.strip_prefix(root).unwrap().display().to_string(), file))
        .collect();
    named.sort();
    of_files(&named).unwrap()
}

#[test]
fn a_digest_is_of_names_and_contents_that_are_built_from_and_of_nothing_else() {
    let (one, other) = (
        Scratch::new("digest-one").unwrap(),
        Scratch::new("digest-other").unwrap(),
    );
    for root in [one.path(), other.path()] {
        fs::create_dir_all(root.join("src/rule")).unwrap();
        fs::write(root.join("src/lib.rs"), "mod rule;").unwrap();
        fs::write(root.join("src/rule.rs"), "").unwrap();
    }
    let first = digest(one.path());
    assert_eq!(first, digest(other.path()), "the folder's own path counts");
    assert!(first.starts_with("sha256:") && first.len() == 71, "{first}");

    for ignored in ["README.md", "src/rule/tests.rs", ".hidden"] {
        fs::write(one.path().join(ignored), "x").unwrap();
        assert_eq!(digest(one.path()), first, "{ignored} counts");
    }
    fs::create_dir_all(one.path().join("fixtures")).unwrap();
    fs::write(one.path().join("fixtures/good.json"), "{}").unwrap();
    assert_eq!(digest(one.path()), first);

    fs::write(one.path().join("src/rule.rs"), "x").unwrap();
    assert_ne!(digest(one.path()), first);
    fs::write(one.path().join("src/rule.rs"), "").unwrap();
    assert_eq!(digest(one.path()), first);
    fs::rename(one.path().join("src/rule.rs"), one.path().join("src/rules.rs")).unwrap();
    assert_ne!(digest(one.path()), first, "a name does not count");
}

#[test]
fn moving_a_byte_from_a_name_to_a_content_changes_the_digest() {
    let folder = Scratch::new("digest-boundary").unwrap();
    let (short, long) = (folder.path().join("short"), folder.path().join("long"));
    fs::write(&short, "b").unwrap();
    fs::write(&long, "ab").unwrap();
    let one = of_files(&[("na".into(), short)]).unwrap();
    assert_ne!(one, of_files(&[("n".into(), long)]).unwrap());
}
