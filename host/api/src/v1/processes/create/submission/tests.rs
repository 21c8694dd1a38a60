use super::*;

fn submission(body: &str) -> Result<Submission, Problem> {
    parse(
        &RawParameters::default(),
        &Bytes::copy_from_slice(body.as_bytes()),
    )
}

fn code(body: &str) -> &'static str {
    submission(body).map_or_else(|problem| problem.code().as_str(), |_| "taken")
}

#[test]
fn data_is_the_bytes_that_were_sent() {
    let data = r#"{ "b":1.10, "a" : 1e999, "a":"\u0000", "n": 0.1000 }"#;
    let body = Bytes::from(format!(
        r#"{{"process_type_id":"t","documents":[{{"data": {data} }}]}}"#
    ));
    let submission = parse(&RawParameters::default(), &body).unwrap();
    let content = &submission.documents[0].content;
    assert_eq!(content, data.as_bytes());
    assert_eq!(submission.documents[0].media_type, "application/json");
    assert!(body.as_ptr_range().contains(&content.as_ptr()), "copied");
}

#[test]
fn text_is_shared_unless_it_has_escapes() {
    let plain = r#"{"process_type_id":"t","documents":[{"media_type":"application/xml","text":"<a>ä</a>"}]}"#;
    let body = Bytes::from(plain);
    let submission = parse(&RawParameters::default(), &body).unwrap();
    assert!(
        body.as_ptr_range()
            .contains(&submission.documents[0].content.as_ptr())
    );
    assert_eq!(submission.documents[0].content, "<a>ä</a>".as_bytes());
    let escaped = plain.replace("<a>ä</a>", r#"<a b=\"\n\u00e4\"/>"#);
    let submission = parse(&RawParameters::default(), &Bytes::from(escaped)).unwrap();
    assert_eq!(submission.documents[0].content, "<a b=\"\nä\"/>".as_bytes());
}

#[test]
fn base64_is_decoded() {
    let body = r#"{"process_type_id":"t","documents":[{"media_type":"application/pdf","content_base64":"JVBERi0="}]}"#;
    assert_eq!(submission(body).unwrap().documents[0].content, "%PDF-".as_bytes());
    assert_eq!(code(&body.replace("JVBERi0=", "*")), "body-invalid");
}

#[test]
fn the_envelope_is_strict() {
    let document = r#""documents":[{"data":{}}]"#;
    for (body, expected) in [
        (format!(r#"{{"process_type_id":"t",{document}}}"#), "taken"),
        (
            format!(r#"{{"process_type_id":"t",{document},"extra":1}}"#),
            "body-invalid",
        ),
        (
            format!(r#"{{"process_type_id":"t","process_type_id":"t",{document}}}"#),
            "body-invalid",
        ),
        (
            format!(r#"{{"process_type_id":"T!",{document}}}"#),
            "body-invalid",
        ),
        (format!(r"{{{document}}}"), "body-invalid"),
        (
            format!(r#"{{"process_type_id":"t",{document},"ingestion_source":"fax"}}"#),
            "body-invalid",
        ),
        (
            format!(r#"{{"process_type_id":"t",{document},"correlation_id":"1"}}"#),
            "body-invalid",
        ),
        (
            format!(r#"{{"process_type_id":"t",{document},"input":{{"a":1,"a":2}}}}"#),
            "input-invalid",
        ),
        (
            r#"{"process_type_id":"t","documents":[{}]}"#.to_owned(),
            "body-invalid",
        ),
        (
            r#"{"process_type_id":"t","documents":[{"data":{},"text":""}]}"#.to_owned(),
            "body-invalid",
        ),
        (
            r#"{"process_type_id":"t","documents":[{"text":"a"}]}"#.to_owned(),
            "body-invalid",
        ),
        (
            r#"{"process_type_id":"t","documents":[{"data":{},"media":"a"}]}"#.to_owned(),
            "body-invalid",
        ),
        (
            r#"{"process_type_id":"t","documents":{}}"#.to_owned(),
            "body-invalid",
        ),
        ("[]".to_owned(), "body-invalid"),
        (
            r#" ["t",null,null,null,[{"data":{}}]]"#.to_owned(),
            "body-invalid",
        ),
        (String::new(), "json-invalid"),
        ("{".to_owned(), "json-invalid"),
        ("{} {}".to_owned(), "body-invalid"),
    ] {
        assert_eq!(code(&body), expected, "{body}");
    }
}

#[test]
fn depth_is_left_to_the_strict_parser() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = format!(r#"{{"process_type_id":"t","documents":[{{"data":{deep}}}]}}"#);
    assert_eq!(submission(&body).unwrap().documents[0].content.len(), 200_000);
}

#[test]
fn a_place_is_named() {
    let problem = submission(r#"{"process_type_id":"t","documents":[{"data":{}},{}]}"#).unwrap_err();
    assert!(
        format!("{problem:?}").contains(r#"pointer: "/documents/1""#),
        "{problem:?}"
    );
}

#[test]
fn documents_beyond_the_most_are_counted_and_not_built() {
    let with = |count: usize, last: &str| {
        let documents = vec![r#"{"data":{}}"#; count].join(",");
        format!(r#"{{"process_type_id":"t","documents":[{documents}{last}]}}"#)
    };
    assert_eq!(
        submission(&with(MOST_DOCUMENTS, "")).unwrap().documents.len(),
        MOST_DOCUMENTS
    );
    let body = with(1_000_000, "");
    let parsed: SubmissionBody<'_> = serde_json::from_str(&body).unwrap();
    assert_eq!(parsed.documents.count, 1_000_000);
    assert!(
        parsed.documents.kept.capacity() <= 2 * MOST_DOCUMENTS,
        "more was built"
    );
    let problem = submission(&body).unwrap_err();
    assert_eq!(problem.code(), Code::DocumentsTooMany);
    assert!(
        format!("{problem:?}").contains("1000000 documents, and 64"),
        "{problem:?}"
    );
    assert_eq!(code(&with(MOST_DOCUMENTS, r#",{"data":}"#)), "json-invalid");
    assert_eq!(code(&with(MOST_DOCUMENTS - 1, ",7")), "body-invalid");
}
