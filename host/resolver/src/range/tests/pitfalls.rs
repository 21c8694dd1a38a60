//! The known traps, one by one, in both dialects. Rows are numbered as in our notes on resolution: each says what the originals do.

use super::*;

/// Range, versions in it, versions not in it.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

fn check(rows: &[Row], dialect: Dialect) {
    for (text, inside, outside) in rows {
        let range = Range::parse(text, dialect).unwrap_or_else(|error| panic!("{error}"));
        for inside in *inside {
            assert!(range.matches(&version(inside)), "{dialect}: {inside} in `{text}`");
        }
        for outside in *outside {
            assert!(
                !range.matches(&version(outside)),
                "{dialect}: {outside} not in `{text}`"
            );
        }
    }
}

fn refused(texts: &[&str], dialect: Dialect) {
    for text in texts {
        let parsed = Range::parse(text, dialect);
        assert!(parsed.is_err(), "{dialect}: `{text}` is refused");
    }
}

#[test]
fn bare_versions_differ_between_the_dialects() {
    check(
        &[("1.2.3", &["1.2.3", "1.9.0"], &["2.0.0", "1.2.2"])],
        Dialect::Cargo,
    ); // 1
    check(&[("1.2.3", &["1.2.3"], &["1.9.0", "1.2.4"])], Dialect::Node);
    refused(&["v1.0.0", "vv1.0.0", "V1.0.0"], Dialect::Cargo); // 2
    check(&[("v1.0.0", &["1.0.0"], &["1.0.1"])], Dialect::Node);
    refused(&["vv1.0.0", "V1.0.0"], Dialect::Node);
    for dialect in [Dialect::Cargo, Dialect::Node] {
        assert!(Version::parse("1.0").is_err()); // 3
        check(&[("1.0", &["1.0.7"], &["2.0.0"])], dialect);
    }
}

#[test]
fn each_dialect_has_its_own_and_and_or() {
    refused(&[">=1.0.0 <2.0.0", "1.x || 3.x", "1.2 - 2.3", ""], Dialect::Cargo); // 4, 6, 7, 8
    check(&[(">=1.0.0, <2.0.0", &["1.5.0"], &["2.0.0"])], Dialect::Cargo); // 5
    refused(&[">=1.0.0, <2.0.0"], Dialect::Node);
    check(
        &[
            (">=1.0.0 <2.0.0", &["1.5.0"], &["2.0.0"]),
            ("1.x || 3.x", &["1.0.0", "3.9.9"], &["2.0.0", "4.0.0"]),
            (
                "1.2 - 2.3",
                &["1.2.0", "2.3.9"],
                &["2.4.0", "2.4.0-alpha", "1.1.9"],
            ),
            ("", &["0.0.0", "9.9.9"], &["1.0.0-pre"]),
        ],
        Dialect::Node,
    );
    let error = Range::parse("1.x || 3.x", Dialect::Cargo).unwrap_err();
    assert!(
        error.other_dialect && error.to_string().contains("it is one in the node dialect"),
        "{error}"
    );
    let error = Range::parse(">=1.0.0, <2.0.0", Dialect::Node).unwrap_err();
    assert!(
        error.other_dialect && error.to_string().contains("it is one in the cargo dialect"),
        "{error}"
    );
}

#[test]
fn pre_releases_come_only_when_their_triple_is_named() {
    for dialect in [Dialect::Cargo, Dialect::Node] {
        check(
            &[
                ("*", &["1.0.0"], &["1.0.0-pre"]),                      // 9
                (">=1.0.0", &["2.0.0"], &["2.0.0-beta", "1.0.0-beta"]), // 10
                (
                    ">=1.0.0-alpha",
                    &["1.0.0-beta", "1.0.0", "1.0.1"],
                    &["1.0.1-beta", "1.0.0-0"],
                ), // 11
                ("<1.0.0", &["0.9.9"], &["1.0.0-beta", "0.9.9-rc.1"]),  // 13
                (
                    "~1.2.3-beta.2",
                    &["1.2.3-beta.2", "1.2.3", "1.2.9"],
                    &["1.2.3-beta.1", "1.2.4-beta.2", "1.3.0"],
                ), // 17
            ],
            dialect,
        );
    }
    let holed: &[Row] = &[(
        ">=0.5.1-alpha3, <0.6",
        &["0.5.1-alpha3", "0.5.1-beta", "0.5.2"],
        &["0.5.2-alpha3", "0.6.0"],
    )]; // 12
    check(holed, Dialect::Cargo);
    check(&[(">=0.5.1-alpha3 <0.6", holed[0].1, holed[0].2)], Dialect::Node);
    // 14
    check(
        &[
            (">1.0.0-alpha, <1", &[], &["1.0.0-beta"]),
            (">1.0.0-alpha, <1.0.0", &["1.0.0-beta"], &["1.0.0"]),
        ],
        Dialect::Cargo,
    );
    check(
        &[
            (">1.0.0-alpha <1", &[], &["1.0.0-beta"]),
            (">1.0.0-alpha <1.0.0", &["1.0.0-beta"], &["1.0.0"]),
        ],
        Dialect::Node,
    );
}

#[test]
fn partial_versions_cover_what_they_leave_open() {
    for dialect in [Dialect::Cargo, Dialect::Node] {
        check(
            &[
                ("^0.0.3", &["0.0.3"], &["0.0.4", "0.1.0"]), // 15
                ("^0.2.3", &["0.2.3", "0.2.9"], &["0.3.0", "0.2.2"]),
                ("^0", &["0.0.0", "0.9.9"], &["1.0.0"]),
                ("^0.0", &["0.0.9"], &["0.1.0"]),
                (">1.2", &["1.3.0"], &["1.2.8"]), // 16
                ("~1", &["1.9.9"], &["2.0.0"]),   // 17
                ("~1.2", &["1.2.9"], &["1.3.0"]),
            ],
            dialect,
        );
    }
}

#[test]
fn build_metadata_never_counts() {
    check(&[("=1.0.0+a", &["1.0.0+b", "1.0.0"], &[])], Dialect::Cargo); // 18
    check(&[("1.0.0+a", &["1.0.0+b", "1.0.0"], &["1.0.1"])], Dialect::Node);
}

#[test]
fn identifiers_have_the_order_of_precedence() {
    for dialect in [Dialect::Cargo, Dialect::Node] {
        check(
            &[
                (">=1.0.0-alpha.9", &["1.0.0-alpha.10"], &["1.0.0-alpha.8"]), // 19
                (">=1.0.0-r2", &["1.0.0-r3"], &["1.0.0-r100"]),
                (">=1.0.0-5-foo", &[], &["1.0.0-5-Foo"]),
            ],
            dialect,
        );
        refused(&["01.0.0", "1.0.0-01"], dialect); // 20
    }
}

#[test]
fn numbers_end_where_the_originals_end() {
    refused(&["99999999999999999999.0.0"], Dialect::Cargo); // 21
    check(
        &[("18446744073709551615", &["18446744073709551615.0.0"], &["1.0.0"])],
        Dialect::Cargo,
    );
    refused(
        &[
            "99999999999999999.0.0",
            "9007199254740992.0.0",
            "^9007199254740991.0.0",
        ],
        Dialect::Node,
    );
    check(
        &[
            ("9007199254740991.0.0", &["9007199254740991.0.0"], &[]),
            ("*", &[], &["9007199254740992.0.0"]),
        ],
        Dialect::Node,
    );
    let many = vec![">=1.0.0"; 33];
    refused(&[&many.join(", ")], Dialect::Cargo); // 22
    check(
        &[(&*many.join(" ").leak(), &["1.0.0"], &["0.9.0"])],
        Dialect::Node,
    );
    check(&[("1.*, <1.5", &["1.4.9"], &["1.5.0"])], Dialect::Cargo); // 23
    refused(&["*, <2"], Dialect::Cargo);
}

#[test]
fn what_can_never_match_is_empty() {
    for text in [
        "0.3.0, 0.4.0",
        ">1.0.0, <1.0.1",
        "<0.0.0",
        ">18446744073709551615",
        ">1.0.0-a, <1.0.0-a.0",
        ">=2, <2.0.0-a",
    ] {
        assert!(cargo(text).is_empty(), "`{text}` is empty"); // 24
        assert_eq!(cargo(text).min_version(), None);
    }
    for text in [
        ">1.0.0 <1.0.1",
        "<0.0.0",
        ">*",
        "<0.0.0-0",
        ">1.0.0-a <1.0.0-a.0",
        "1 2",
        ">9007199254740991.9007199254740991.9007199254740991",
    ] {
        assert!(node(text).is_empty(), "`{text}` is empty");
    }
    for text in [">1.0.0-a, <1.0.0-a.1", ">=1.0.0, <1.0.1", "<0.0.0-1", "<0.0.1"] {
        assert!(!cargo(text).is_empty(), "`{text}` is not empty");
        assert!(!node(&text.replace(',', " ")).is_empty());
    }
    assert_eq!(
        cargo(">1.0.0-a, <1.0.0-a.1").min_version(),
        Some(version("1.0.0-a.0"))
    );
}

#[test]
fn ranges_of_two_dependents_meet_exactly() {
    let both = cargo("^1.2").intersect(&cargo(">=1.1, <1.4")); // 25
    assert_eq!(both.text(), "^1.2 and >=1.1, <1.4");
    assert!(
        both.matches(&version("1.3.9"))
            && !both.matches(&version("1.4.0"))
            && !both.matches(&version("1.1.0"))
    );
    assert!(cargo("^1").intersect(&cargo("^2")).is_empty());
    assert!(node("1.x || 3.x").intersect(&node("2.x || 4.x")).is_empty());
    assert!(node("1.x || 3.x").is_subset(&node(">=1")) && !node("1.x || 3.x").is_subset(&node("1.x")));
    assert_eq!(cargo("^1").intersect(&Range::any(Dialect::Cargo)).text(), "^1");
}

#[test]
fn pre_releases_are_told_from_what_is_out_of_bounds() {
    let only = |range: &Range, text: &str| range.would_match_if_pre_releases_were_asked(&version(text));
    assert!(only(&cargo(">=1"), "2.0.0-rc.1") && only(&node("^1.0.0"), "1.4.0-rc.1"));
    assert!(!only(&cargo("^1"), "2.0.0-rc.1") && !only(&cargo(">=1"), "1.0.0-rc.1")); // 26
    assert!(!only(&cargo("<2.0.0"), "2.0.0-rc.1") && !only(&cargo(">=1.0.0-a"), "1.0.0-b"));
    assert!(!only(&cargo(">=1"), "2.0.0"));
}
