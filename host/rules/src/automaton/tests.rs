//! Held against `regex-lite`, whose patterns these are.

use proptest::prelude::*;
use regex_lite::{Regex, RegexBuilder};

use super::*;

fn lite(pattern: &str) -> Option<Regex> {
    // As the rule compiles it: alone first, then anchored.
    let build = |pattern: &str| RegexBuilder::new(pattern).nest_limit(32).build().ok();
    build(pattern)?;
    build(&format!("^(?:{pattern})$"))
}

#[test]
fn the_patterns_of_people_are_tables() {
    for (pattern, right, wrong) in [
        ("INV-[0-9]{4,}", "INV-2025", "INV-202"),
        ("[A-Z]{2}[0-9A-Z]{2,30}", "DE89370400440532013000", "D"),
        ("^[A-Z]{3}$", "EUR", "EURO"),
        (r"\d{4}-\d{2}-\d{2}", "2025-01-31", "2025-1-31"),
        (
            r"(?i)[a-z]+@[a-z-]+\.(com|org)",
            "Ana@Example-X.COM",
            "ana@example",
        ),
        (r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "a.b@c.de", "a@b"),
        (".*", "Zoë, 7 €", "a\nb"),
        ("[^/]*", "Zoë", "a/b"),
        ("(?:a|b|ab){1,20}c?", "ababab", "abcab"),
        (r"(|x)\$\s+[-+]?[0-9]+", "$ -7", "$7"),
        (r"^\+?[1-9][0-9]{7,14}$", "+34911234567", "034911234567"),
    ] {
        let table = Automaton::of(pattern).unwrap_or_else(|| panic!("{pattern} is no table"));
        assert!(table.matches(right), "{pattern} on {right}");
        assert!(!table.matches(wrong), "{pattern} on {wrong}");
    }
}

#[test]
fn what_is_not_surely_understood_is_left() {
    for pattern in [
        r"\bword\b",
        "[[:alpha:]]+",
        r"\x41",
        "(?s).*",
        "(?P<year>[0-9]+)",
        "a(?i)b",
        "[a&b]",
        "(a|b|ab){1,200}c",
        "[]a]",
        "(?i)[7-a]",
        "(a{30}){30}{30}",
        "((a|b)*a(a|b){12})",
    ] {
        assert!(Automaton::of(pattern).is_none(), "{pattern}");
    }
}

#[test]
fn the_ends_of_the_text_are_where_they_are() {
    for pattern in [
        "", "^", "$", "^$", "$^", "a^", "$a", "^*a", "(^|a)b", "(a|$)*", "(^a|b$)+", r"\Aa\z", "(a|^)*$",
    ] {
        let (table, lite) = (Automaton::of(pattern).unwrap(), lite(pattern).unwrap());
        for text in ["", "a", "b", "ab", "ba", "aa", "bb", "abb", "aab"] {
            assert_eq!(table.matches(text), lite.is_match(text), "{pattern} on {text:?}");
        }
    }
}

/// Patterns that mean something more often than not.
fn pattern() -> impl Strategy<Value = String> {
    let item = prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        Just("B".to_owned()),
        Just("é".to_owned()),
        Just("-".to_owned()),
        Just("7".to_owned()),
        prop::sample::select(vec![
            r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\.", r"\-", r"\n", r"\]", r"\^"
        ])
        .prop_map(str::to_owned),
        Just("a-b".to_owned()),
        Just("A-z".to_owned()),
        Just("B-Z".to_owned()),
        Just("7-G".to_owned()),
        Just("à-ÿ".to_owned()),
        Just("\u{D7FF}-\u{E000}".to_owned()),
    ];
    let class = (prop::bool::ANY, prop::collection::vec(item, 1..4))
        .prop_map(|(negated, items)| format!("[{}{}]", if negated { "^" } else { "" }, items.concat()));
    let leaf = prop_oneof![
        4 => prop::sample::select(vec![
            "a", "b", "A", "é", "7", " ", ".", "-", "^", "$", r"\d", r"\W", r"\w", r"\s", r"\S", r"\.", r"\(", "\n", "}",
            "]", "&", "#", "/", ",",
        ])
        .prop_map(str::to_owned),
        2 => class,
        1 => any::<String>().prop_map(|text| text.chars().take(2).collect()),
    ];
    let body = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            1 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join("|"))),
            1 => inner.clone().prop_map(|inner| format!("(?:{inner})")),
            2 => (inner, prop::sample::select(vec!["*", "+", "?", "*?", "{2}", "{0}", "{1,3}", "{2,}", "{0,2}?"]))
                .prop_map(|(inner, count)| format!("(?:{inner}){count}")),
        ]
    });
    (prop::bool::weighted(0.2), body)
        .prop_map(|(fold, body)| format!("{}{body}", if fold { "(?i)" } else { "" }))
}

fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        6 => prop::sample::select(vec!['a', 'b', 'A', 'B', '7', '-', ' ', 'é', '.', '\n', '/', '\u{D7FF}', '\u{E000}', ']']),
        1 => any::<char>(),
    ];
    prop::collection::vec(character, 0..7).prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_table_says_what_regex_lite_says(pattern in pattern(), texts in prop::collection::vec(text(), 12)) {
        if let (Some(lite), Some(table)) = (lite(&pattern), Automaton::of(&pattern)) {
            for text in texts.iter().map(String::as_str).chain(["", "a", "ab"]) {
                prop_assert_eq!(table.matches(text), lite.is_match(text), "{:?} on {:?}", pattern, text);
            }
        }
    }

    #[test]
    fn every_character_of_a_table_is_that_of_regex_lite(pattern in "[\\[^a-c\\-\\]\\\\dwsé.(?i:)A-Z*|]{1,8}", character in any::<char>()) {
        if let (Some(lite), Some(table)) = (lite(&pattern), Automaton::of(&pattern)) {
            let text = character.to_string();
            prop_assert_eq!(table.matches(&text), lite.is_match(&text), "{:?} on {:?}", pattern, text);
        }
    }

    #[test]
    fn any_text_is_a_table_or_is_left(pattern in any::<String>()) {
        let _ = Automaton::of(&pattern);
    }
}

#[test]
fn most_generated_patterns_are_tables() {
    // Otherwise the property above would hold for want of tables.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let tables = (0..300)
        .filter(|_| {
            let pattern = proptest::strategy::ValueTree::current(&pattern().new_tree(&mut runner).unwrap());
            lite(&pattern).is_some() && Automaton::of(&pattern).is_some()
        })
        .count();
    assert!(tables > 150, "only {tables} of 300");
}

#[test]
fn building_a_table_is_bounded() {
    let started = std::time::Instant::now();
    for pattern in [
        "(a|b)*a(a|b){60}",
        "(.*a){200}",
        "((((a{9}){9}){9}){9}){9}",
        "[a-z]{0,500}",
    ] {
        for _ in 0..20 {
            let _ = Automaton::of(pattern);
        }
    }
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}
