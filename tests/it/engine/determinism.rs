//! Equal calls give equal bytes, on any engine and at any time.

use assay_domain::Digest;

use super::guest::{Host, done, message_of, received};

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes_on_every_engine() {
    let (one, two) = (Host::new(), Host::new());
    let first = one.call("wasip1_dice", "{}").await;
    let again = one.call("wasip1_dice", "{}").await;
    let elsewhere = two.call("wasip1_dice", "{}").await;
    assert!(!first.output.is_empty());
    assert_eq!(first.output, again.output);
    assert_eq!(first.output, elsewhere.output);
}

#[tokio::test]
async fn another_seed_gives_other_random_bytes_and_the_same_time() {
    let host = Host::new();
    let mut other = host.clone();
    other.seed = Digest::of(b"another input");
    let one = message_of(&host.call("wasip1_dice", "{}").await).unwrap();
    let two = message_of(&other.call("wasip1_dice", "{}").await).unwrap();
    assert_ne!(one[..32], two[..32]);
    assert_eq!(one[32..], two[32..]);
    let nibbles: Vec<_> = one.bytes().map(|letter| u64::from(letter - b'a')).collect();
    let number = |at: usize| (0..16).fold(0_u64, |sum, nibble| sum | nibbles[at + nibble] << (4 * nibble));
    let wall = u64::try_from(received().timestamp_nanos_opt().unwrap()).unwrap();
    assert_eq!(number(32), wall);
    assert_eq!(
        number(64) - number(48),
        1_000,
        "looking at the clock takes a microsecond"
    );
}

#[tokio::test]
async fn not_a_number_has_one_pattern_of_bits() {
    done(Host::new().call("not_a_number", "{}").await);
}

#[tokio::test]
async fn relaxed_instructions_do_one_thing() {
    done(Host::new().call("relaxed_simd", "{}").await);
}

#[tokio::test]
async fn a_sleep_does_not_wait() {
    let start = std::time::Instant::now();
    done(Host::new().call("wasip1_sleeps", "{}").await);
    assert!(start.elapsed().as_secs() < 60);
}
