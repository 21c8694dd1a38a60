use super::*;

fn vault(text: &str) -> Vault {
    Vault::new(
        Arc::new(WrittenKeys::parse(text).unwrap()),
        Arc::new(SystemRandomness),
    )
}

fn written(id: &str, byte: u8) -> String {
    format!("{id}:{}", STANDARD.encode([byte; KEY]))
}

#[test]
fn what_is_sealed_opens_at_its_place_alone() {
    let vault = vault(&written("a", 1));
    let (here, there) = (place("k", &[b"ab", b"c"]), place("k", &[b"a", b"bc"]));
    assert_ne!(here, there, "parts can't be shifted into one another");
    let sealed = vault.seal(&here, b"hunter2").unwrap();
    assert_eq!(vault.open(&here, &sealed).unwrap(), b"hunter2");
    assert_eq!(vault.open(&there, &sealed), Err(SecretError::Broken));
    let other = vault.seal(&here, b"hunter2").unwrap();
    assert_ne!(
        (&sealed.nonce, &sealed.ciphertext),
        (&other.nonce, &other.ciphertext)
    );
    for index in 0..sealed.ciphertext.len() {
        let mut changed = sealed.clone();
        changed.ciphertext[index] ^= 1;
        assert_eq!(vault.open(&here, &changed), Err(SecretError::Broken));
    }
    let mut short = sealed.clone();
    short.nonce.pop();
    assert_eq!(vault.open(&here, &short), Err(SecretError::Broken));
}

#[test]
fn the_first_key_encrypts_and_all_of_them_open() {
    let (one, two) = (written("one", 1), written("two", 2));
    let old = vault(&one);
    let both = vault(&format!("{two}, {one}"));
    let sealed = old.seal(b"p", b"x").unwrap();
    assert_eq!(both.open(b"p", &sealed).unwrap(), b"x");
    let newer = both.seal(b"p", b"x").unwrap();
    assert_eq!(newer.key_id, "two");
    assert_eq!(old.open(b"p", &newer), Err(SecretError::UnknownKey("two".into())));
    // The same id with other bytes.
    assert_eq!(
        vault(&written("two", 3)).open(b"p", &newer),
        Err(SecretError::Broken)
    );
    assert_eq!(Vault::default().seal(b"p", b"x"), Err(SecretError::NoKey));
}

#[test]
fn keys_that_are_none_are_refused_without_being_shown() {
    let good = written("a", 1);
    let cases = [
        ("no-colon".to_owned(), KeysError::Form(1)),
        (format!(":{}", STANDARD.encode([1; KEY])), KeysError::Id(1)),
        (written("A", 1), KeysError::Id(1)),
        (format!("{good},{good}"), KeysError::Twice(2)),
        (format!("a:{}", STANDARD.encode([1; 16])), KeysError::Key(1)),
        ("a:not base64!".to_owned(), KeysError::Key(1)),
    ];
    for (text, error) in cases {
        assert_eq!(WrittenKeys::parse(&text).unwrap_err(), error);
    }
    let shown = format!("{:?}", WrittenKeys::parse(&good).unwrap());
    assert_eq!(shown, "[\"a\"]");
    assert_eq!(WrittenKeys::parse(" ,").unwrap().current(), None);
}
