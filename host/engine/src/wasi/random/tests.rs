use super::*;

#[test]
fn a_stream_is_the_same_however_it_is_read() {
    let seed = Digest::of(b"input");
    let whole = Stream::new("random").bytes(&seed, 100).unwrap();
    let mut stream = Stream::new("random");
    let mut parts = stream.bytes(&seed, 7).unwrap();
    parts.extend(stream.bytes(&seed, 60).unwrap());
    parts.extend(stream.bytes(&seed, 33).unwrap());
    assert_eq!(whole, parts);
}

#[test]
fn streams_and_inputs_differ() {
    let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
    let first = |name, seed| Stream::new(name).number(seed);
    assert_ne!(first("random", &one), first("random", &two));
    assert_ne!(first("random", &one), first("insecure", &one));
}

#[test]
fn a_greedy_guest_is_stopped() {
    let error = Stream::new("random")
        .bytes(&Digest::of(b""), u64::MAX)
        .unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Stop::Random { .. })));
}
