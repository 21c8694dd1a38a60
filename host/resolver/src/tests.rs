use super::*;

fn candidates(versions: &[&str]) -> Vec<Candidate> {
    let parse = |text: &&str| {
        let yanked = text.ends_with('!');
        Candidate {
            version: text.trim_end_matches('!').parse().unwrap(),
            yanked,
        }
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
fn none_is_explained() {
    assert!(selected("*", &[]).contains("no releases"));
    assert!(selected("^1", &["1.0.0!", "2.0.0"]).contains("only yanked releases (1.0.0)"));
    assert!(selected("^2", &["2.0.0-rc.1", "1.0.0"]).contains("does not ask for pre-releases"));
    assert!(selected("^3", &["1.0.0", "2.0.0"]).contains("none of 2.0.0, 1.0.0"));
}
