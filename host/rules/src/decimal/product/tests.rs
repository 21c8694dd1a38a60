//! Against big integers, and at the edges.

use num_bigint::BigInt;
use proptest::prelude::*;

use super::*;

fn number(text: &str) -> Decimal {
    crate::decimal::of_text(text).unwrap().unwrap()
}

#[test]
fn products_are_exact_or_nothing() {
    for (left, right, wanted) in [
        ("0.5", "2", Some("1")),
        ("1.10", "0", Some("0")),
        ("-0.01", "0.01", Some("-0.0001")),
        ("12345678901234.5", "12345678901234.5", None),
        (
            "9999999999999999999999999999",
            "1",
            Some("9999999999999999999999999999"),
        ),
        ("9999999999999999999999999999", "2", None),
        (
            "9999999999999999999999999999",
            "9999999999999999999999999999",
            None,
        ),
        ("0.0000000000000000000000000001", "0.1", None),
        (
            "5000000000000000000000000000",
            "0.2",
            Some("1000000000000000000000000000"),
        ),
    ] {
        assert_eq!(
            product(number(left), number(right)),
            wanted.map(number),
            "{left} × {right}"
        );
    }
}

#[test]
fn quotients_are_rounded_half_away_from_zero() {
    for (dividend, divisor, places, wanted) in [
        ("10", "4", 1, Some("2.5")),
        ("10", "4", 0, Some("3")),
        ("-10", "4", 0, Some("-3")),
        ("10", "-4", 0, Some("-3")),
        ("2", "3", 4, Some("0.6667")),
        ("1", "3", 0, Some("0")),
        ("0.005", "1", 2, Some("0.01")),
        ("0.0049999999999999999999999999", "1", 2, Some("0")),
        ("1", "0", 2, None),
        ("0", "0.0000000000000000000000000001", 2, Some("0")),
        ("9999999999999999999999999999", "0.1", 0, None),
        (
            "9999999999999999999999999999",
            "0.0000000000000000000000000001",
            10,
            None,
        ),
    ] {
        assert_eq!(
            quotient(number(dividend), number(divisor), places),
            wanted.map(number),
            "{dividend} / {divisor}"
        );
    }
}

proptest! {
    #[test]
    fn a_product_is_that_of_big_integers(a in any::<i64>(), b in any::<i64>(), s in 0_u32..12, t in 0_u32..12) {
        let made = product(Decimal::new(a, s), Decimal::new(b, t));
        if let Some(made) = made {
            let wide = BigInt::from(made.mantissa()) * BigInt::from(10).pow(s + t - made.scale());
            prop_assert_eq!(wide, BigInt::from(a) * BigInt::from(b));
        } else {
            let mut digits = (BigInt::from(a) * BigInt::from(b)).to_string();
            for _ in 0..s + t {
                digits = digits.strip_suffix('0').map_or(digits.clone(), str::to_owned);
            }
            prop_assert!(digits.trim_start_matches('-').len() > 28);
        }
    }

    #[test]
    fn a_quotient_is_as_near_as_its_places_allow(a in any::<i64>(), b in any::<i64>(), s in 0_u32..6, places in 0_u32..6) {
        prop_assume!(b != 0);
        if let Some(made) = quotient(Decimal::new(a, s), Decimal::from(b), places) {
            // |made·b − a| · 10^(s+places) · 2 ≤ |b| · 10^s
            let ten = BigInt::from(10);
            let units = BigInt::from(made.mantissa()) * ten.pow(places - made.scale());
            let apart = units * b * ten.pow(s) - BigInt::from(a) * ten.pow(places);
            let bound = BigInt::from(b) * ten.pow(s);
            prop_assert!(apart.magnitude() * 2_u32 <= *bound.magnitude());
        }
    }
}
