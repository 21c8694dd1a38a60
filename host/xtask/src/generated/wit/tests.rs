use super::{differences, parsed, written};
use std::collections::BTreeMap;

fn digests(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries
        .iter()
        .map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned()))
        .collect()
}

#[test]
fn what_is_written_is_read_again() {
    let digests = digests(&[("types.wit", "aa"), ("world.wit", "bb")]);
    assert_eq!(
        written("wit/plugin-v1", &digests),
        "aa  wit/plugin-v1/types.wit\nbb  wit/plugin-v1/world.wit\n"
    );
    assert_eq!(parsed(&written("wit/plugin-v1", &digests)), digests);
}

#[test]
fn a_changed_a_new_and_a_removed_file_each_have_a_sentence() {
    let frozen = digests(&[("gone.wit", "1"), ("same.wit", "2"), ("types.wit", "3")]);
    let now = digests(&[("new.wit", "1"), ("same.wit", "2"), ("types.wit", "4")]);
    let sentences = differences("wit/plugin-v1", &frozen, &now);
    assert_eq!(sentences.len(), 3, "{sentences:?}");
    for (sentence, start) in sentences
        .iter()
        .zip(["gone.wit is gone", "new.wit is new", "types.wit changed"])
    {
        assert!(
            sentence.contains(start) && sentence.contains("frozen"),
            "{sentence}"
        );
    }
    assert_eq!(differences("wit/plugin-v1", &now, &now), Vec::<String>::new());
}
