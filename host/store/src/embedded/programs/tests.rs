use super::*;

#[test]
fn versions_are_read() {
    for (line, major, version) in [
        ("postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)\n", 15, "15.8"),
        ("postgres (PostgreSQL) 18beta1", 18, "18beta1"),
        ("postgres (PostgreSQL) 9.6.24", 9, "9.6.24"),
    ] {
        assert_eq!(parse_version(line), Some((major, version.to_owned())), "{line}");
    }
    assert_eq!(parse_version("mysqld 8"), None);
}

#[test]
fn a_named_folder_without_programs_says_what_to_install() {
    let folder = std::env::temp_dir();
    let error = find(&EmbeddedOptions {
        folder: folder.clone(),
        bindir: Some(folder.clone()),
        search_path: None,
        durable: true,
    })
    .unwrap_err()
    .to_string();
    assert!(error.contains(&folder.display().to_string()), "{error}");
    assert!(error.contains("apt-get install postgresql"), "{error}");
}
