//! Published examples of the standards, and what is not of their form.

use super::{gtin, luhn, mod97};

#[test]
fn article_numbers() {
    for right in ["96385074", "036000291452", "4006381333931", "00012345600012"] {
        assert_eq!(gtin::problem(right), None, "{right}");
    }
    for wrong in ["96385075", "4006381333932", "400638133393", "40063813339310"] {
        assert!(gtin::problem(wrong).unwrap().contains("check digit"), "{wrong}");
    }
    for wrong in [
        "",
        "123456789",
        "400638133393X",
        " 4006381333931",
        "４006381333931",
        "123456789012345",
    ] {
        assert!(
            gtin::problem(wrong).unwrap().contains("8, 12, 13 or 14"),
            "{wrong}"
        );
    }
}

#[test]
fn numbers_by_luhn() {
    for right in [
        "79927398713",
        "4111 1111 1111 1111",
        "490154203237518",
        "732829320",
        "3782-822463-10005",
    ] {
        assert_eq!(luhn::problem(right), None, "{right}");
    }
    assert!(luhn::problem("79927398710").unwrap().contains("check digit"));
    assert!(luhn::problem("7992739871A").unwrap().contains("digits"));
    for count in ["", " ", "0", &"0".repeat(65)] {
        assert!(luhn::problem(count).unwrap().contains("from 2 to 64"), "{count}");
    }
}

#[test]
fn legal_entity_identifiers() {
    for right in [
        "5493001KJTIIGC8Y1R12",
        "HWUPKR0MPOU8FGXBT394",
        "7LTWFZYICNSX8D621K86",
    ] {
        assert_eq!(mod97::problem(right, Some(20)), None, "{right}");
        assert_eq!(mod97::problem(right, None), None, "{right}");
    }
    assert!(
        mod97::problem("5493001KJTIIGC8Y1R21", None)
            .unwrap()
            .contains("check digits")
    );
    assert!(
        mod97::problem("5493001KJTIIGC8Y1R1", Some(20))
            .unwrap()
            .contains("20 characters, this one 19")
    );
    assert!(
        mod97::problem("5493001kjtiigc8y1r12", None)
            .unwrap()
            .contains("capital")
    );
    assert!(mod97::problem("01", None).unwrap().contains("from 3"));
    // 97 and 00 leave the same; only one of them is ever made.
    let wrong: Vec<String> = (0..100)
        .map(|digits| format!("A{digits:02}"))
        .filter(|number| mod97::problem(number, None).is_none())
        .collect();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
}
