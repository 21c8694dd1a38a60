use super::*;

#[test]
fn numbers_that_the_registry_gives_as_examples_are_right() {
    for number in [
        "AD1200012030200359100100",
        "AT611904300234573201",
        "BE68539007547034",
        "CH9300762011623852957",
        "DE89370400440532013000",
        "DK5000400440116243",
        "ES9121000418450200051332",
        "FI2112345600000785",
        "FR1420041010050500013M02606",
        "GB29NWBK60161331926819",
        "GR1601101250000000012300695",
        "IE29AIBK93115212345678",
        "IT60X0542811101000000123456",
        "LU280019400644750000",
        "MT84MALT011000012345MTLCAST001S",
        "NL91ABNA0417164300",
        "NO9386011117947",
        "PL61109010140000071219812874",
        "PT50000201231234567890154",
        "SE4550000000058398257466",
    ] {
        assert_eq!(problem(number), None, "{number}");
    }
    assert_eq!(problem("ES91 2100 0418 4502 0005 1332"), None);
}

#[test]
fn every_digit_counts() {
    let number = "DE89370400440532013000";
    for index in 2..number.len() {
        let mut changed = number.to_owned();
        let digit = if &number[index..=index] == "7" { "8" } else { "7" };
        changed.replace_range(index..=index, digit);
        assert!(problem(&changed).is_some(), "{changed}");
    }
    assert!(
        problem("DE89370400440532031000").is_some(),
        "two digits exchanged"
    );
}

#[test]
fn what_is_wrong_is_said() {
    assert!(problem("XX89370400440532013000").unwrap().contains("no country"));
    assert!(
        problem("DE8937040044053201300")
            .unwrap()
            .contains("22 characters, this one 21")
    );
    assert!(problem("de89370400440532013000").unwrap().contains("capital"));
    for text in ["", "D", "DE", "É1234", "ES91-2100-0418"] {
        assert!(problem(text).is_some(), "{text}");
    }
}

#[test]
fn the_table_is_sorted_and_names_a_country_once() {
    assert!(LENGTHS.windows(2).all(|pair| pair[0].0 < pair[1].0));
}
