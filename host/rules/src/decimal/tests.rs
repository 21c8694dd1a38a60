//! Exactness: against big integers, and at the edges.

use num_bigint::BigInt;
use proptest::prelude::*;
use serde_json::Value;

use super::{DecimalError, is_whole, of, of_text};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn exact(text: &str) -> String {
    of(&json(text)).unwrap().unwrap().normalize().to_string()
}

#[test]
fn numbers_are_read_exactly() {
    for (text, read) in [
        ("0", "0"),
        ("-0", "0"),
        ("-0.0e5", "0"),
        ("1", "1"),
        ("12.30", "12.3"),
        ("-0.05", "-0.05"),
        ("1e3", "1000"),
        ("1.5E+2", "150"),
        ("25e-1", "2.5"),
        ("1e-28", "0.0000000000000000000000000001"),
        ("1e27", "1000000000000000000000000000"),
        ("0e999999999999999999999999", "0"),
        ("0.1000000000000000000000000000000000000000000000000", "0.1"),
        ("1000000000000000000000000000000e-30", "1"),
        ("9999999999999999999999999999", "9999999999999999999999999999"),
        ("\"12.30\"", "12.3"),
        ("\"-007\"", "-7"),
    ] {
        assert_eq!(exact(text), read, "{text}");
    }
}

#[test]
fn what_would_be_rounded_is_refused() {
    for (text, error) in [
        ("1e28", DecimalError::TooManyDigits),
        ("1e999", DecimalError::TooManyDigits),
        ("1e99999999999999999999999", DecimalError::TooManyDigits),
        ("12345678901234567890123456789", DecimalError::TooManyDigits),
        ("1.0000000000000000000000000001", DecimalError::TooManyDigits),
        ("1e-29", DecimalError::TooManyPlaces),
        ("1e-99999999999999999999999", DecimalError::TooManyPlaces),
        ("\"12345678901234567890123456789\"", DecimalError::TooManyDigits),
    ] {
        assert_eq!(of(&json(text)), Err(error), "{text}");
    }
}

#[test]
fn text_of_another_form_is_no_number() {
    for text in [
        "", "-", "+1", "1,5", "1.", ".5", " 1", "1 ", "1e3", "0x10", "NaN", "١", "1_000", "--1", "1.2.3",
    ] {
        assert_eq!(of_text(text), Ok(None), "{text:?}");
    }
    assert_eq!(of(&json("true")), Ok(None));
    assert_eq!(of(&json("[1]")), Ok(None));
}

#[test]
fn wholeness_does_not_depend_on_size() {
    let whole = |text: &str| match json(text) {
        Value::Number(number) => is_whole(&number),
        other => panic!("{other}"),
    };
    for text in [
        "0",
        "-7",
        "2.0",
        "1e999",
        "1.5e1",
        "0.0",
        "123456789012345678901234567890",
    ] {
        assert!(whole(text), "{text}");
    }
    for text in ["0.5", "1e-1", "1.25e1", "1e-999"] {
        assert!(!whole(text), "{text}");
    }
}

/// `mantissa / 10^scale`, in units of 10^-28.
pub(super) fn big(mantissa: i128, scale: u32) -> BigInt {
    BigInt::from(mantissa) * BigInt::from(10).pow(28 - scale)
}

pub(super) fn written(mantissa: i128, scale: u32) -> String {
    let digits = format!("{:029}", mantissa.abs());
    let (whole, fraction) = digits.split_at(digits.len() - usize::try_from(scale).unwrap());
    let whole = whole.trim_start_matches('0');
    let sign = if mantissa < 0 { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

pub(super) fn number() -> impl Strategy<Value = (i128, u32)> {
    let limit = 10_i128.pow(28) - 1;
    (prop_oneof![-limit..=limit, -10_000_i128..10_000], 0_u32..=28)
}

proptest! {
    #[test]
    fn order_is_that_of_big_integers(one in number(), other in number()) {
        let read = |(mantissa, scale)| of_text(&written(mantissa, scale)).unwrap().unwrap();
        prop_assert_eq!(read(one).cmp(&read(other)), big(one.0, one.1).cmp(&big(other.0, other.1)));
    }

    #[test]
    fn json_numbers_mean_what_their_text_says(mantissa in -(10_i128.pow(28) - 1)..10_i128.pow(28), power in -40_i64..40) {
        let text = format!("{mantissa}e{power}");
        match of(&json(&text)) {
            Ok(Some(decimal)) => {
                let scaled = BigInt::from(decimal.mantissa()) * BigInt::from(10).pow(28 + 40 - decimal.scale());
                prop_assert_eq!(scaled, BigInt::from(mantissa) * BigInt::from(10).pow(u32::try_from(28 + 40 + power).unwrap()));
            }
            Ok(None) => prop_assert!(false, "{text} is a number"),
            Err(_) => prop_assert!(mantissa != 0),
        }
    }
}
