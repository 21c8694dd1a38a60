use assay_domain::ClientId;
use uuid::Uuid;

use super::{Share, Shares};

fn client(number: u128) -> ClientId {
    ClientId(Uuid::from_u128(number))
}

fn all(shares: &std::sync::Arc<Shares>, who: Option<ClientId>) -> Vec<Share> {
    std::iter::from_fn(|| shares.take(who)).collect()
}

#[test]
fn nobody_holds_more_than_is_left_for_the_others() {
    let shares = Shares::new(256);
    let first = all(&shares, Some(client(1)));
    assert_eq!(first.len(), 128);
    let second = all(&shares, Some(client(2)));
    assert_eq!(second.len(), 64);
    // Who comes late finds something.
    let platform = all(&shares, None);
    assert_eq!(platform.len(), 32);
    assert!(shares.take(Some(client(1))).is_none());
    assert!(shares.take(Some(client(3))).is_some());
    drop((first, second, platform));
    assert_eq!(all(&shares, Some(client(1))).len(), 128);
    assert!(shares.held().of.is_empty());
}

#[test]
fn the_only_one_is_for_whoever_comes_first() {
    let shares = Shares::new(1);
    let one = shares.take(Some(client(1)));
    assert!(one.is_some() && shares.take(Some(client(2))).is_none());
    drop(one);
    assert!(shares.take(Some(client(2))).is_some());
    assert!(Shares::new(0).take(Some(client(1))).is_none());
}
