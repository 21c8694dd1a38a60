//! Sums against big integers, and at the edges.

use num_bigint::BigInt;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::Sum;
use crate::decimal::of_text;
use crate::decimal::tests::{big, number, written};

fn read(text: &str) -> Decimal {
    of_text(text).unwrap().unwrap()
}

#[test]
fn a_tenth_and_two_tenths_are_three_tenths() {
    let mut sum = Sum::new();
    for text in ["0.1", "0.2"] {
        sum.add(read(text)).unwrap();
    }
    assert_eq!(sum.is_within(read("0.3"), Decimal::ZERO), Ok(true));
    assert_eq!(sum.to_string(), "0.3");
}

#[test]
fn a_sum_that_would_overflow_is_refused() {
    let mut sum = Sum::new();
    let mut size = Decimal::MAX;
    let mut refused = false;
    // Doubling: far beyond what addends one by one could reach.
    for _ in 0..64 {
        if sum.add(size).is_err() {
            refused = true;
            break;
        }
        sum = Sum {
            whole: sum.whole.saturating_mul(2),
            fraction: 0,
        };
        size = Decimal::MAX;
    }
    assert!(refused);
    let least = Sum {
        whole: i128::MIN + 1,
        fraction: 0,
    };
    assert!(least.to_string().starts_with('-'));
    assert!(least.plus(Sum::of(Decimal::NEGATIVE_ONE)).is_err());
    assert!(least.is_within(Decimal::MAX, Decimal::ZERO).is_err());
}

proptest! {
    #[test]
    fn sums_are_those_of_big_integers(
        numbers in prop::collection::vec((number(), any::<bool>()), 0..20),
        total in number(),
        tolerance in number(),
    ) {
        let mut sum = Sum::new();
        let mut expected = BigInt::from(0);
        for ((mantissa, scale), minus) in numbers {
            let decimal = of_text(&written(mantissa, scale)).unwrap().unwrap();
            if minus {
                sum.subtract(decimal).unwrap();
                expected -= big(mantissa, scale);
            } else {
                sum.add(decimal).unwrap();
                expected += big(mantissa, scale);
            }
        }
        let unit = BigInt::from(10).pow(28);
        prop_assert_eq!(BigInt::from(sum.whole) * unit + BigInt::from(sum.fraction), expected.clone());

        let difference = &expected - big(total.0, total.1);
        let size = if difference < BigInt::from(0) { -difference } else { difference };
        let tolerance = (tolerance.0.abs(), tolerance.1);
        let within = sum.is_within(
            of_text(&written(total.0, total.1)).unwrap().unwrap(),
            of_text(&written(tolerance.0, tolerance.1)).unwrap().unwrap(),
        );
        prop_assert_eq!(within, Ok(size <= big(tolerance.0, tolerance.1)));

        // What is shown is the same number again, and JSON.
        let value = sum.to_value();
        prop_assert!(value.is_number());
        let shown = value.to_string();
        let (whole, fraction) = shown.split_once('.').unwrap_or((&shown, ""));
        let digits = format!("{whole}{fraction:0<28}");
        prop_assert_eq!(digits.parse::<BigInt>().unwrap(), expected);
    }
}
