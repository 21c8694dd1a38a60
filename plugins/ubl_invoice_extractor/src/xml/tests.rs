use super::*;

const ROOT: &str = r#"<i:Invoice xmlns:i="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:a="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">"#;

fn invoice(content: &str) -> Result<Element, ExtractError> {
    read(&format!("{ROOT}{content}</i:Invoice>"), 1_000)
}

fn malformed(text: &str) -> String {
    match read(text, 1_000) {
        Err(ExtractError::Malformed(message)) => message,
        other => panic!("{text}: {other:?}"),
    }
}

fn hostile(content: &str) -> String {
    match invoice(content) {
        Err(ExtractError::Hostile(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn namespaces_decide_and_not_prefixes() {
    let root = invoice(
        r#"<b:ID>1</b:ID><cbc:ID xmlns:cbc="urn:other">2</cbc:ID><x xmlns="urn:o"><b:ID>3</b:ID></x>"#,
    )
    .unwrap();
    assert_eq!(root.values("ID").map(Element::text).collect::<Vec<_>>(), ["1"]);
    let swapped = ROOT.replace("i:Invoice", "Invoice").replace("xmlns:i=", "xmlns=");
    let root = read(&format!("{swapped}<b:ID>4</b:ID></Invoice>"), 10).unwrap();
    assert_eq!(root.text_of("ID"), Some("4"));
}

#[test]
fn text_is_put_together() {
    let root = invoice("<b:Note> a &amp; b&#x20AC;<![CDATA[<c>]]><!-- no --> d\r\n </b:Note>").unwrap();
    assert_eq!(root.text_of("Note"), Some("a & b€<c> d"));
    let root = invoice("<b:Amount currencyID=\" E&amp;R \" xml:lang='de'>1</b:Amount>").unwrap();
    let amount = root.value("Amount").unwrap();
    assert_eq!(
        (amount.attribute("currencyID"), amount.attribute("lang")),
        (Some("E&R"), None)
    );
}

#[test]
fn what_is_not_well_formed_is_refused_with_its_place() {
    assert!(malformed("").contains("no element"));
    assert!(malformed("just text").contains("outside"));
    assert!(malformed(&format!("{ROOT}<b:ID>1</b:Id></i:Invoice>")).starts_with("line 3, column "));
    assert!(malformed(&format!("{ROOT}<b:ID>")).contains("ends within \"ID\""));
    assert!(malformed(&format!("{ROOT}</i:Invoice>{ROOT}</i:Invoice>")).contains("second root"));
    assert!(malformed(&format!("{ROOT}</i:Invoice>x")).contains("outside"));
    assert!(malformed(&format!("{ROOT}<z:ID/></i:Invoice>")).contains("no namespace"));
    assert!(malformed(&format!("{ROOT}<b:ID a='1' a='2'/></i:Invoice>")).contains("duplicated"));
    assert!(malformed(&format!("{ROOT}<b:ID a='<'/></i:Invoice>")).contains("`<`"));
    assert!(malformed(&format!("{ROOT}\u{1}</i:Invoice>")).contains("does not allow"));
    assert!(malformed(&format!("{ROOT}&#1;</i:Invoice>")).contains("does not allow"));
    assert!(malformed(&format!("{ROOT}&unknown;</i:Invoice>")).contains("entity"));
    assert!(malformed(&format!("{ROOT}<b:ID a='&#0;'/></i:Invoice>")).starts_with("line"));
    assert!(malformed(&format!(" <?xml version='1.0'?>{ROOT}</i:Invoice>")).contains("not first"));
    assert!(malformed("</a>").starts_with("line 1"));
}

#[test]
fn other_documents_are_not_read() {
    for text in [
        "<a/>",
        "<Invoice/>",
        "<Invoice xmlns='urn:other'/>",
        "<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>",
    ] {
        assert!(
            matches!(read(text, 10), Err(ExtractError::Unsupported(_))),
            "{text}"
        );
    }
}

#[test]
fn what_exhausts_a_reader_is_refused() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><a>&b;</a>"#;
    assert!(matches!(read(bomb, 10), Err(ExtractError::Hostile(_))));
    assert!(matches!(
        read("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", 10),
        Err(ExtractError::Hostile(_))
    ));
    assert!(hostile(&format!("{}{}", "<b:a>".repeat(64), "</b:a>".repeat(64))).contains("deep"));
    assert!(invoice(&format!("{}{}", "<b:a>".repeat(63), "</b:a>".repeat(63))).is_ok());
    assert!(hostile(&"<b:a/>".repeat(1_000)).contains("elements"));
    let flood = |prefix: &str, count: usize| {
        let each = |index| format!(" {prefix}{index}='u'");
        (0..count).map(each).collect::<Vec<_>>().concat()
    };
    assert!(hostile(&format!("<b:a{}/>", flood("a", 65))).contains("attributes"));
    assert!(invoice(&format!("<b:a{}/>", flood("a", 64))).is_ok());
    let spaces = flood("xmlns:n", 200);
    assert!(hostile(&format!("<b:a{spaces}/>")).contains("namespaces"));
}
