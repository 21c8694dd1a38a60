use super::{differences, files};
use crate::scratch::Scratch;
use std::collections::BTreeMap;
use std::fs;

#[test]
fn migrations_go_upwards_in_the_order_of_their_names() {
    let folder = Scratch::new("test-migrations").unwrap();
    for name in [
        "20250102000000_b.up.sql",
        "20250102000000_b.down.sql",
        "20250101000000_a.up.sql",
        "README.md",
    ] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let names: Vec<_> = files(folder.path(), ".up.sql")
        .unwrap()
        .into_iter()
        .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, ["20250101000000_a.up.sql", "20250102000000_b.up.sql"]);
}

#[test]
fn missing_stale_and_unused_query_data_each_have_a_sentence() {
    let data = |entries: &[(&str, &str)]| -> BTreeMap<String, String> {
        entries
            .iter()
            .map(|(name, content)| ((*name).to_owned(), (*content).to_owned()))
            .collect()
    };
    let committed = data(&[
        ("query-1.json", "a"),
        ("query-2.json", "b"),
        ("query-3.json", "c"),
    ]);
    let fresh = data(&[
        ("query-1.json", "a"),
        ("query-2.json", "x"),
        ("query-4.json", "d"),
    ]);
    let sentences = differences(&committed, &fresh);
    assert_eq!(sentences.len(), 3, "{sentences:?}");
    for (sentence, how) in
        sentences
            .iter()
            .zip(["2.json is not what", "3.json belongs to no", "4.json is missing"])
    {
        assert!(
            sentence.contains(how) && sentence.contains("`cargo xtask generated sqlx`"),
            "{sentence}"
        );
    }
}
