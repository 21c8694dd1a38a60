use super::{builder, copy};
use crate::scratch::Scratch;
use std::fs;

#[test]
fn what_builds_it_is_one_package_of_an_exact_version() {
    let folder = Scratch::new("builder").unwrap();
    let file = folder.path().join("package.json");
    let read = |packages: &str| {
        fs::write(&file, format!("{{\"devDependencies\": {{{packages}}}}}")).unwrap();
        builder(&file).map_err(|error| error.to_string())
    };
    assert_eq!(read("\"qjs\": \"0.4.3\"").unwrap(), "qjs 0.4.3, npm");
    assert!(read("\"qjs\": \"^0.4.3\"").unwrap_err().contains("exact"));
    for packages in ["", "\"a\": \"1.0.0\", \"b\": \"1.0.0\""] {
        assert!(read(packages).unwrap_err().contains("one package"));
    }
}

#[test]
fn what_was_built_in_a_folder_is_not_copied_and_links_are_followed() {
    let (from, to) = (
        Scratch::new("copy-from").unwrap(),
        Scratch::new("copy-to").unwrap(),
    );
    let elsewhere = Scratch::new("copy-elsewhere").unwrap();
    fs::write(elsewhere.path().join("a.wit"), "package a:a;").unwrap();
    for folder in ["node_modules", "target", "wit"] {
        fs::create_dir(from.path().join(folder)).unwrap();
        fs::write(from.path().join(folder).join("file"), folder).unwrap();
    }
    std::os::unix::fs::symlink(elsewhere.path(), from.path().join("wit/deps")).unwrap();
    let to = to.path().join("copied");
    copy(from.path(), &to).unwrap();
    assert!(to.join("wit/file").is_file() && to.join("wit/deps/a.wit").is_file());
    assert!(!to.join("wit/deps").is_symlink());
    assert!(!to.join("node_modules").exists() && !to.join("target").exists());
}
