//! The laws of sets, held against both originals' word on every version of a grid.

use proptest::prelude::*;
use semver::VersionReq;

use super::*;

fn number() -> impl Strategy<Value = u64> {
    0..4_u64
}

fn pre() -> impl Strategy<Value = &'static str> {
    prop_oneof![5 => Just(""), 1 => Just("-0"), 2 => Just("-alpha"), 1 => Just("-alpha.0"), 1 => Just("-alpha.1"), 1 => Just("-beta")]
}

fn partial() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => number().prop_map(|a| format!("{a}")),
        2 => (number(), number()).prop_map(|(a, b)| format!("{a}.{b}")),
        6 => (number(), number(), number(), pre()).prop_map(|(a, b, c, pre)| format!("{a}.{b}.{c}{pre}")),
    ]
}

fn cargo_text() -> impl Strategy<Value = String> {
    let operator = proptest::sample::select(vec!["", "^", "~", "=", ">", ">=", "<", "<="]);
    let comparator = (operator, partial()).prop_map(|(operator, version)| format!("{operator}{version}"));
    let wild = (number(), number()).prop_map(|(a, b)| format!("{a}.{b}.*"));
    prop_oneof![
        12 => proptest::collection::vec(prop_oneof![9 => comparator, 1 => wild], 1..4).prop_map(|all| all.join(", ")),
        1 => Just("*".to_owned()),
    ]
}

fn node_text() -> impl Strategy<Value = String> {
    let operator = proptest::sample::select(vec!["", "^", "~", "=", ">", ">=", "<", "<=", "> ", "~ "]);
    let comparator = (operator, partial()).prop_map(|(operator, version)| format!("{operator}{version}"));
    let hyphen = (partial(), partial()).prop_map(|(a, b)| format!("{a} - {b}"));
    let alternative = prop_oneof![5 => proptest::collection::vec(comparator, 1..4).prop_map(|all| all.join(" ")), 1 => hyphen];
    proptest::collection::vec(alternative, 1..4).prop_map(|all| all.join(" || "))
}

fn ranges() -> impl Strategy<Value = (Range, Range)> {
    prop_oneof![
        (cargo_text(), cargo_text()).prop_map(|(a, b)| (cargo(&a), cargo(&b))),
        (node_text(), node_text()).prop_map(|(a, b)| (node(&a), node(&b))),
    ]
}

/// Versions at and next to the numbers of the grid: whatever is in a set of such ranges, one of these is.
fn dense() -> &'static [Version] {
    static ALL: std::sync::LazyLock<Vec<Version>> = std::sync::LazyLock::new(|| {
        let mut versions = Vec::new();
        for major in 0..=4 {
            for minor in 0..=4 {
                for patch in 0..=4 {
                    for pre in [
                        "",
                        "-0",
                        "-0.0",
                        "-alpha",
                        "-alpha.0",
                        "-alpha.0.0",
                        "-alpha.1",
                        "-alpha.1.0",
                        "-beta",
                        "-beta.0",
                    ] {
                        versions.push(version(&format!("{major}.{minor}.{patch}{pre}")));
                    }
                }
            }
        }
        versions
    });
    &ALL
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn cargo_sets_say_what_the_semver_crate_says(text in cargo_text()) {
        let (range, req) = (cargo(&text), VersionReq::parse(&text).unwrap());
        for version in dense() {
            prop_assert_eq!(range.matches(version), req.matches(version), "{} and {}", &text, version);
        }
    }

    #[test]
    fn the_empty_the_lowest_and_the_whole((a, _) in ranges()) {
        let inside: Vec<_> = dense().iter().filter(|v| a.matches(v)).collect();
        prop_assert_eq!(a.is_empty(), inside.is_empty(), "{}", a.text());
        prop_assert_eq!(a.min_version(), inside.into_iter().min().cloned());
        prop_assert!(a.min_version().is_none_or(|lowest| a.matches(&lowest)));
    }

    #[test]
    fn intersections_and_subsets((a, b) in ranges()) {
        let both = a.intersect(&b);
        let mut within = true;
        for version in dense() {
            prop_assert_eq!(both.matches(version), a.matches(version) && b.matches(version), "{} and {}", both.text(), version);
            within &= b.matches(version) || !a.matches(version);
        }
        prop_assert_eq!(a.is_subset(&b), within, "{} within {}", a.text(), b.text());
        prop_assert_eq!(both.is_empty(), !dense().iter().any(|v| both.matches(v)));
        prop_assert!(both.is_subset(&a) && both.is_subset(&b) && a.is_subset(&a));
        prop_assert_eq!(&both.set, &b.intersect(&a).set);
        prop_assert_eq!(both.is_subset(&a) && a.is_subset(&both), both.set == a.set);
        prop_assert_eq!(&a.intersect(&a), &a);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,24}", marks in "[-0-9a-z.*|<>=~^ +,]{0,32}") {
        for text in [text, marks] {
            for dialect in [Dialect::Cargo, Dialect::Node] {
                let parsed = Range::parse(&text, dialect);
                if dialect == Dialect::Cargo {
                    prop_assert_eq!(parsed.is_ok(), VersionReq::parse(&text).is_ok());
                }
            }
        }
    }
}

#[test]
fn a_long_text_takes_no_long_time() {
    let alternatives: Vec<_> = (0..4000).map(|n| format!(">={n}.0.0-a")).collect();
    let text = alternatives.join(" || ");
    let range = node(&text);
    assert!(range.matches(&version("3999.0.0-b")));
    assert!(range.is_subset(&range) && range.intersect(&range) == range);
    assert!(Range::parse(&text.repeat(2), Dialect::Node).is_err());
}
