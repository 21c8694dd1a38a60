use super::*;

/// Numbers that are published as examples of their kind.
const RIGHT: [&str; 50] = [
    "ATU13585627",
    "BE0428759497",
    "BE0403019261",
    "BG175074752",
    "CY10259033P",
    "CZ25123891",
    "DE136695976",
    "DK13585628",
    "EE100931558",
    "EL094259216",
    "ESB58378431",
    "ES54362315K",
    "ESX2482300W",
    "ESA13585625",
    "FI20774740",
    "FR40303265045",
    "FR83404833048",
    "FRK7399859412",
    "GB980780684",
    "HR33392005961",
    "HU12892312",
    "IE6433435F",
    "IE6433435OA",
    "IE8D79739I",
    "IT00743110157",
    "LT119511515",
    "LU15027442",
    "LV40003521600",
    "MT11679112",
    "NL004495445B01",
    "NL123456789B13",
    "NO995525828MVA",
    "PL8567346215",
    "PT501964843",
    "RO18547290",
    "SE123456789701",
    "SI50223054",
    "SK2022749619",
    "XI980780684",
    "GBGD001",
    "GB980780684001",
    "BG7523169263",
    "CZ7103192745",
    "US123",
    "GR094259216",
    "CHE107787577",
    "CHE107787577MWST",
    "LV40003009497",
    "FR02000009050",
    "GB889083034",
];

#[test]
fn numbers_that_are_right_are_not_judged_wrong() {
    for number in RIGHT {
        assert_eq!(problem(number), None, "{number}");
    }
}

#[test]
fn one_wrong_digit_is_noticed() {
    // Without those of which the form alone is known.
    let formal = [
        "FRK7399859412",
        "GBGD001",
        "BG7523169263",
        "CZ7103192745",
        "US123",
    ];
    for number in RIGHT.iter().filter(|number| !formal.contains(number)) {
        let at = number
            .rfind(|character: char| character.is_ascii_digit())
            .unwrap();
        // A branch's number and what follows the B have no check digits of their own.
        let at = if number.len() == 14 && !number.starts_with("SE") {
            6
        } else {
            at
        };
        let at = if number.starts_with("SE") { 11 } else { at };
        let digit = number[at..=at].parse::<u32>().unwrap();
        let mut changed = (*number).to_owned();
        changed.replace_range(at..=at, &((digit + 1) % 10).to_string());
        let noticed = problem(&changed).is_some();
        assert!(noticed, "{number} and {changed}");
    }
}

#[test]
fn the_form_is_said_in_words() {
    assert!(
        problem("DE12345678")
            .unwrap()
            .contains("9 digits after the country")
    );
    assert!(problem("NL16356706").unwrap().contains("B and 2 digits"));
    assert!(problem("ATU12AB5678").unwrap().contains("U and 8 digits"));
    assert!(problem("12345").unwrap().contains("two letters"));
    for text in [
        "",
        "D",
        "É1",
        "ÉÉ1",
        "ES",
        "ESB5837843É",
        "IEÉÉÉÉÉÉÉ",
        "GB12345678É",
        "FRÉ",
        "CY1025903É",
        "RO0123456789",
        "ESB5837843:",
    ] {
        assert!(problem(text).is_some(), "{text}");
    }
}

#[test]
fn what_people_put_in_is_taken_out() {
    assert_eq!(compact("nl 8200.98.395-B01"), "NL820098395B01");
    assert_eq!(compact("FR\u{a0}40 303\u{202f}265 045"), "FR40303265045");
    assert_eq!(compact("CHE-107.787.577 mwst"), "CHE107787577MWST");
}

#[test]
fn the_table_is_sorted_and_names_a_country_once() {
    assert!(COUNTRIES.windows(2).all(|pair| pair[0].prefix < pair[1].prefix));
}

#[test]
fn numbers_of_the_union_alone() {
    for number in ["DE136695976", "XI980780684", "GR094259216"] {
        assert_eq!(problem_eu(number), None, "{number}");
    }
    for number in ["CHE107787577", "NO995525828MVA", "GB980780684", "US123"] {
        assert!(problem_eu(number).unwrap().contains("no prefix"), "{number}");
    }
    assert!(problem_eu("DE136695977").unwrap().contains("check digits"));
    assert!(problem_eu("136695976").unwrap().contains("two letters"));
}
