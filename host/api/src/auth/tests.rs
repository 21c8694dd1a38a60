use assay_domain::FixedClock;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn at(offset: i64) -> Arc<dyn Clock> {
    Arc::new(FixedClock(now() + TimeDelta::seconds(offset)))
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_secret(&[seed; 32])
}

fn operator() -> Actor {
    Actor {
        client: Some(ClientId(uuid::Uuid::from_u128(7))),
        role: Role::Operator,
        subject: "someone".to_owned(),
    }
}

fn hour() -> String {
    issue(&key(1), &operator(), Duration::from_hours(1), &*at(0)).unwrap()
}

fn code(auth: &Auth, token: &str) -> Result<Actor, &'static str> {
    auth.verify(token).map_err(|problem| problem.code().as_str())
}

/// Signs any claims and header, as an attacker with or without the key would.
fn forged(signer: &SigningKey, kid: &str, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(kid.to_owned());
    encode(&header, claims, &signer.encoding().unwrap()).unwrap()
}

fn claims(change: &[(&str, Value)]) -> Value {
    let mut claims = json!({
        "iss": "assay", "aud": "assay", "sub": "someone", "role": "operator",
        "client": uuid::Uuid::from_u128(7), "iat": now().timestamp(), "exp": now().timestamp() + 60,
    });
    for (name, value) in change {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(*name);
        } else {
            claims[*name] = value.clone();
        }
    }
    claims
}

#[test]
fn what_is_issued_is_believed() {
    let auth = Auth::new([key(1).verifying()], at(3_500));
    assert_eq!(auth.verify(&hour()).unwrap(), operator());
}

#[test]
fn a_token_ends() {
    for (offset, expected) in [
        (3_629, Ok(operator())),
        (3_630, Err("token-expired")),
        (-31, Err("token-invalid")),
    ] {
        let auth = Auth::new([key(1).verifying()], at(offset));
        assert_eq!(code(&auth, &hour()), expected, "at {offset}");
    }
}

#[test]
fn another_key_is_not_believed_even_under_a_known_id() {
    let auth = Auth::new([key(1).verifying()], at(0));
    let other = issue(&key(2), &operator(), Duration::from_mins(1), &*at(0)).unwrap();
    assert_eq!(code(&auth, &other), Err("token-invalid"));
    let stolen_id = forged(&key(2), &key(1).verifying().id(), &claims(&[]));
    assert_eq!(code(&auth, &stolen_id), Err("token-invalid"));
    let both = Auth::new([key(1).verifying(), key(2).verifying()], at(0));
    assert!(code(&both, &other).is_ok());
}

#[test]
fn every_claim_counts() {
    let auth = Auth::new([key(1).verifying()], at(0));
    let kid = key(1).verifying().id();
    assert!(code(&auth, &forged(&key(1), &kid, &claims(&[]))).is_ok());
    let wrong = [
        ("iss", json!("other")),
        ("iss", Value::Null),
        ("aud", json!("other")),
        ("aud", Value::Null),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("sub", json!("a\nb")),
        ("role", json!("root")),
        ("role", json!("platform")),
        ("client", Value::Null),
        ("client", json!("not-an-id")),
        ("exp", Value::Null),
        ("iat", Value::Null),
        ("exp", json!(now().timestamp() + 40_000_000)),
    ];
    for (name, value) in wrong {
        let token = forged(&key(1), &kid, &claims(&[(name, value.clone())]));
        assert_eq!(code(&auth, &token), Err("token-invalid"), "{name} = {value}");
    }
}

#[test]
fn no_other_algorithm() {
    let auth = Auth::new([key(1).verifying()], at(0));
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(key(1).verifying().id());
    // The public key as an HMAC secret, and no signature at all: the two classic forgeries.
    let secret = EncodingKey::from_secret(key(1).verifying().to_pem().unwrap().as_bytes());
    let hmac = encode(&header, &claims(&[]), &secret).unwrap();
    assert_eq!(code(&auth, &hmac), Err("token-invalid"));
    let part = |value: &Value| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
    };
    let none = format!(
        "{}.{}.",
        part(&json!({"alg": "none", "kid": key(1).verifying().id()})),
        part(&claims(&[]))
    );
    assert_eq!(code(&auth, &none), Err("token-invalid"));
}

#[test]
fn a_changed_token_is_refused() {
    let auth = Auth::new([key(1).verifying()], at(0));
    let token = hour();
    for text in ["", ".", "..", "a.b.c", &token[..token.len() - 2], &token[1..]] {
        assert_eq!(code(&auth, text), Err("token-invalid"), "{text}");
    }
}

#[test]
fn the_header_is_read_strictly() {
    let auth = Auth::new([key(1).verifying()], at(0));
    let ask = |values: &[&str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        auth.caller(&headers).map_err(|problem| problem.code().as_str())
    };
    let good = format!("Bearer {}", hour());
    assert!(ask(&[&good]).is_ok());
    assert!(ask(&[&good.replace("Bearer", "bearer")]).is_ok());
    for values in [
        &[][..],
        &["Bearer"],
        &["Bearer "],
        &["Basic abc"],
        &[&good, &good],
    ] {
        assert_eq!(ask(values), Err("token-missing"), "{values:?}");
    }
}

#[test]
fn keys_are_text_and_back() {
    let pem = key(3).to_pem().unwrap();
    assert_eq!(
        SigningKey::from_pem(&pem).unwrap().verifying(),
        key(3).verifying()
    );
    let public = key(3).verifying().to_pem().unwrap();
    assert_eq!(VerifyingKey::from_pem(&public).unwrap(), key(3).verifying());
    assert_eq!(SigningKey::from_pem(&public).unwrap_err(), KeyError::Private);
    assert_eq!(VerifyingKey::from_pem("nonsense").unwrap_err(), KeyError::Public);
}

#[test]
fn a_key_id_is_the_thumbprint_of_rfc_8037() {
    // RFC 8037, appendix A.2 and A.3.
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
    let key = VerifyingKey::from_pem(pem).unwrap();
    assert_eq!(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn platform_and_clients_do_not_mix() {
    let nobody = Actor {
        client: None,
        ..operator()
    };
    assert!(issue(&key(1), &nobody, Duration::from_mins(1), &*at(0)).is_err());
    let platform = Actor {
        role: Role::Platform,
        ..operator()
    };
    assert!(issue(&key(1), &platform, Duration::from_mins(1), &*at(0)).is_err());
    for seconds in [0, 366 * 24 * 3600 + 1] {
        assert!(issue(&key(1), &operator(), Duration::from_secs(seconds), &*at(0)).is_err());
    }
}
