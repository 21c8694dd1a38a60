use axum::http::header::CONTENT_TYPE;

use super::*;

const LIMITS: BodyLimits = BodyLimits {
    bytes: 8,
    time: Duration::from_mins(1),
};

fn request(body: &'static str) -> Request {
    Request::new(Body::from(body))
}

#[tokio::test]
async fn a_body_up_to_the_limit_is_read() {
    for text in ["", "1234567", "12345678"] {
        assert_eq!(body(request(text), LIMITS).await.unwrap(), text);
    }
}

#[tokio::test]
async fn a_larger_body_is_refused_whether_announced_or_not() {
    let refused = body(request("123456789"), LIMITS).await.unwrap_err();
    assert_eq!(refused.code(), Code::BodyTooLarge);
    let mut announced = request("123");
    announced
        .headers_mut()
        .insert(CONTENT_LENGTH, "9".parse().unwrap());
    let refused = body(announced, LIMITS).await.unwrap_err();
    assert_eq!(refused.code(), Code::BodyTooLarge);
}

#[test]
fn content_types_lose_their_parameters() {
    let mut headers = HeaderMap::new();
    assert_eq!(content_type(&headers), None);
    headers.insert(CONTENT_TYPE, "Application/JSON; charset=utf-8".parse().unwrap());
    assert_eq!(content_type(&headers).as_deref(), Some("application/json"));
}

#[test]
fn text_that_is_no_json_differs_from_json_of_another_form() {
    let problem = |text: &str| json_problem(&serde_json::from_str::<u8>(text).unwrap_err()).code();
    assert_eq!(problem(""), Code::JsonInvalid);
    assert_eq!(problem("nope"), Code::JsonInvalid);
    assert_eq!(problem("true"), Code::BodyInvalid);
    let code = text(&Bytes::from_static(b"\"\xff\"")).unwrap_err().code();
    assert_eq!(code, Code::JsonInvalid);
}
