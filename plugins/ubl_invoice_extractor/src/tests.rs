use assay_plugin_cases::official_examples;
use assay_plugin_sdk::{Decimal, Document, ExtractError, Extracted, Extractor, testing};

use super::UblInvoice;

fn extract(media_type: &str, content: &[u8]) -> Result<Extracted, ExtractError> {
    let document = Document {
        content: content.to_vec(),
        media_type: media_type.to_owned(),
        name: None,
    };
    UblInvoice::default().extract(&document)
}

#[test]
fn fixtures() {
    let cases = testing::extractor_fixtures::<UblInvoice>(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"));
    assert!(
        cases.as_ref().is_ok_and(|cases| *cases >= 9),
        "{}",
        cases.unwrap_err()
    );
}

#[test]
fn the_official_examples_are_read_whole() {
    for (path, content) in official_examples().unwrap().into_iter().flatten() {
        let extracted = extract("text/xml; charset=utf-8", &content);
        let extracted = extracted.unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        assert_eq!(extracted.confidence, Decimal::ONE, "{}", path.display());
        assert!(
            extracted.data.get("foreign_amounts").is_none(),
            "{}",
            path.display()
        );
    }
}

#[test]
fn only_xml_of_a_bearable_size_is_read() {
    assert!(matches!(
        extract("application/pdf", b"<a/>"),
        Err(ExtractError::Unsupported(_))
    ));
    assert!(
        matches!(extract("application/ubl+xml", b"<a/>"), Err(ExtractError::Unsupported(message)) if message.contains("root"))
    );
    assert!(matches!(
        extract("text/xml", &vec![b' '; 6 << 20]),
        Err(ExtractError::Hostile(_))
    ));
}

#[test]
fn settings_are_checked_all_at_once() {
    let problems = testing::check_extractor::<UblInvoice>(r#"{"max_bytes": 1, "max_elements": 2000000}"#);
    assert_eq!(
        problems
            .iter()
            .map(|one| one.pointer.as_str())
            .collect::<Vec<_>>(),
        ["/max_bytes", "/max_elements"]
    );
    let problems = testing::check_extractor::<UblInvoice>(r#"{"max_bytes": -1, "depth": 3}"#);
    assert_eq!(problems.len(), 2, "{problems:?}");
}
