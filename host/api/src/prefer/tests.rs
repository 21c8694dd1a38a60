use super::*;

fn asks(fields: &[&str]) -> bool {
    let mut headers = HeaderMap::new();
    for field in fields {
        headers.append(PREFER, field.parse().unwrap());
    }
    respond_async(&headers)
}

#[test]
fn it_is_found_among_others() {
    for fields in [
        &["respond-async"][..],
        &["Respond-Async"],
        &["wait=10, respond-async; why=\"slow\""],
        &["return=minimal", "handling=lenient,respond-async"],
    ] {
        assert!(asks(fields), "{fields:?}");
    }
}

#[test]
fn others_are_not_it() {
    for fields in [
        &[][..],
        &[""],
        &["respond-asynchronously"],
        &["respond-async=1"],
        &["return=respond-async"],
        &["wait=10; respond-async"],
    ] {
        assert!(!asks(fields), "{fields:?}");
    }
}
