//! Numbers of articles: GTIN-8, GTIN-12 (UPC), GTIN-13 (EAN) and GTIN-14, by the GS1 General Specifications.

/// What is wrong with a number; nothing if it can be right.
pub fn problem(text: &str) -> Option<String> {
    let Some(digits) = super::digits(text, 8, 14).filter(|_| !matches!(text.len(), 9..=11)) else {
        return Some("a GTIN has 8, 12, 13 or 14 digits and nothing else".to_owned());
    };
    // The check digit weighs 1, the digit before it 3, and so on in turn.
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { digit * 3 } else { digit })
        .sum();
    (!sum.is_multiple_of(10)).then(|| "the check digit of the GTIN is wrong".to_owned())
}
