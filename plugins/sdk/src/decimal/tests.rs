use super::*;

fn number(text: &str) -> Decimal {
    of_text(text).unwrap().unwrap()
}

#[test]
fn sums_are_exact_however_large() {
    assert_eq!(sum([number("0.1"), number("0.2")]).unwrap().to_string(), "0.3");
    let large = sum([number("9999999999999999999999999999"), number("0.01")]).unwrap();
    assert_eq!(large.to_string(), "9999999999999999999999999999.01");
}

#[test]
fn products_are_exact_or_nothing() {
    assert_eq!(percent_of(number("183.23"), number("6")), Some(number("10.9938")));
    assert_eq!(
        product(number("12345678901234.5"), number("12345678901234.5")),
        None
    );
    assert_eq!(product(number("1.10"), number("0")), Some(number("0")));
}

#[test]
fn halves_are_rounded_away_from_zero() {
    assert_eq!(round(number("1.005"), 2), number("1.01"));
    assert_eq!(round(number("-1.005"), 2), number("-1.01"));
}

#[test]
fn the_tolerance_itself_is_within() {
    assert!(is_within(
        number("1.01"),
        sum([number("1.00")]).unwrap(),
        number("0.01")
    ));
    assert!(!is_within(
        number("1.0100001"),
        sum([number("1.00")]).unwrap(),
        number("0.01")
    ));
}

#[test]
fn a_number_keeps_its_digits() {
    assert_eq!(to_json(number("12.30")).to_string(), "12.3");
    assert_eq!(to_json(Decimal::new(1230, 2)).to_string(), "12.30");
}
