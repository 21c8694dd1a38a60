use proptest::prelude::*;

use super::*;
use crate::json::{JsonLimits, parse};

fn read(text: &str) -> Value {
    parse(text.as_bytes(), JsonLimits::bytes(1 << 20)).unwrap()
}

/// RFC 8785, appendix B: the bits of a double and its text.
const NUMBERS: [(u64, &str); 24] = [
    (0x0000_0000_0000_0000, "0"),
    (0x8000_0000_0000_0000, "0"),
    (0x0000_0000_0000_0001, "5e-324"),
    (0x8000_0000_0000_0001, "-5e-324"),
    (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
    (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
    (0x4340_0000_0000_0000, "9007199254740992"),
    (0xc340_0000_0000_0000, "-9007199254740992"),
    (0x4430_0000_0000_0000, "295147905179352830000"),
    (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
    (0x44b5_2d02_c7e1_4af6, "1e+23"),
    (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
    (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
    (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
    (0x444b_1ae4_d6e2_ef50, "1e+21"),
    (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
    (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
    (0x41b3_de43_5555_5553, "333333333.3333332"),
    (0x41b3_de43_5555_5554, "333333333.33333325"),
    (0x41b3_de43_5555_5555, "333333333.3333333"),
    (0x41b3_de43_5555_5556, "333333333.3333334"),
    (0x41b3_de43_5555_5557, "333333333.33333343"),
    (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
    (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
];

#[test]
fn numbers_of_the_standard() {
    for (bits, expected) in NUMBERS {
        // Written as a double prints in Rust, which is another text for the same value.
        let double = f64::from_bits(bits);
        let value: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(canonical(&value), expected);
        assert_eq!(ryu_js::Buffer::new().format_finite(double), expected, "{bits:x}");
    }
}

#[test]
fn the_example_of_the_standard() {
    // RFC 8785, section 3.2.4; the numbers that no double holds are left out, since they are refused here.
    let written = r#"{
        "numbers": [4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let expected =
        r#"{"literals":[null,true,false],"numbers":[4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
    assert_eq!(canonical(&read(written)), expected);
}

#[test]
fn keys_are_sorted_by_utf_16() {
    // RFC 8785, section 3.2.3.
    let written =
        r#"{"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7}"#;
    let text = canonical(&read(written));
    let order: Vec<_> = text
        .split(':')
        .skip(1)
        .map(|part| part.chars().next().unwrap())
        .collect();
    assert_eq!(order, ['2', '4', '6', '7', '1', '5', '3'], "{text}");
}

#[test]
fn what_is_equal_is_written_alike() {
    for (written, expected) in [
        ("1.0", "1"),
        ("1", "1"),
        ("-0", "0"),
        ("0.1", "0.1"),
        ("0.01", "0.01"),
        ("19.00", "19"),
        ("1E2", "100"),
        ("1e21", "1e+21"),
        ("12345678901234.67", "12345678901234.67"),
    ] {
        let value = read(written);
        assert_eq!(canonical(&value), expected);
        assert_eq!(inexact(&value, 10), [], "{written}");
    }
}

#[test]
fn what_a_double_would_change_is_found() {
    let value =
        read(r#"{"a/b": [0.1000000000000000055, 0.1], "c": 12345678901234567.89, "d": 9007199254740993}"#);
    let found = inexact(&value, 10);
    let pointers: Vec<_> = found.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(pointers, ["/a~1b/0", "/c", "/d"]);
    assert!(found[0].message.contains("0.1000000000000000055"), "{found:?}");
    assert!(found[0].message.contains("as a string"));
    assert_eq!(inexact(&value, 1).len(), 1);
    // Unchecked, it is written as it stands, and not rounded.
    assert!(canonical(&value).contains("12345678901234567.89"));
}

proptest! {
    #[test]
    fn a_canonical_text_reads_as_the_same_and_stays(number in -1_000_000_000_i64..1_000_000_000, scale in 0_u32..6, key in "\\PC{0,6}") {
        let written = rust_decimal::Decimal::new(number, scale).to_string();
        let value = read(&format!("{{{}:[{written}]}}", Value::from(key)));
        let text = canonical(&value);
        prop_assert_eq!(canonical(&read(&text)), text.clone());
        let back = read(&text);
        let number = back.as_object().unwrap().values().next().unwrap()[0].to_string();
        prop_assert_eq!(decimal(&number), decimal(&written));
    }
}
