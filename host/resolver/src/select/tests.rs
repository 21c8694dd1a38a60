use super::*;

fn candidates(versions: &[&str]) -> Vec<Candidate> {
    let parse = |text: &&str| Candidate {
        version: text.trim_end_matches(['!', '-']).parse().unwrap(),
        yanked: text.ends_with('!'),
        active: !text.ends_with('-'),
    };
    versions.iter().map(parse).collect()
}

fn selected(range: &str, versions: &[&str]) -> String {
    let (range, versions) = (range.parse().unwrap(), candidates(versions));
    select(&range, &versions).map_or_else(|error| error.to_string(), ToString::to_string)
}

#[test]
fn the_newest_that_fits_in_any_order() {
    assert_eq!(selected("^1", &["1.2.0", "1.10.0", "2.0.0", "1.9.9"]), "1.10.0");
    assert_eq!(selected("^1", &["1.9.9", "2.0.0", "1.10.0", "1.2.0"]), "1.10.0");
    assert_eq!(selected("*", &["1.0.0", "2.0.0!"]), "1.0.0");
    assert_eq!(selected("^2.0.0-rc.1", &["2.0.0-rc.2", "1.0.0"]), "2.0.0-rc.2");
}

#[test]
fn what_is_not_in_use_is_not_chosen() {
    assert_eq!(selected("^1", &["1.2.0", "1.3.0-", "1.1.0"]), "1.2.0");
    assert!(selected("^1", &["1.3.0-", "2.0.0"]).contains("not in use (1.3.0)"));
    assert!(selected("^1", &["1.3.0-", "1.2.0!"]).contains("not in use (1.3.0)"));
}

#[test]
fn going_back_stays_within_what_is_compatible() {
    let later = |back: &str, versions: &[&str]| {
        let (back, versions) = (back.parse().unwrap(), candidates(versions));
        let found = later_and_compatible(&back, &versions);
        found.map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    let versions = [
        "0.2.1",
        "0.2.3",
        "0.3.0",
        "1.2.0",
        "1.3.0",
        "1.4.0-",
        "2.0.0",
        "1.5.0-rc.1",
    ];
    assert_eq!(later("1.2.0", &versions), "1.3.0 1.5.0-rc.1");
    assert_eq!(later("0.2.1", &versions), "0.2.3");
    assert_eq!(later("2.0.0", &versions), "");
}

#[test]
fn none_is_explained() {
    assert!(selected("*", &[]).contains("no releases"));
    assert!(selected("^1", &["1.0.0!", "2.0.0"]).contains("only yanked releases (1.0.0)"));
    assert!(selected("^2", &["2.0.0-rc.1", "1.0.0"]).contains("does not ask for pre-releases"));
    assert!(selected("^3", &["1.0.0", "2.0.0"]).contains("none of 2.0.0, 1.0.0"));
}
