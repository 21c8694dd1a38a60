use super::*;

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn shares_are_of_what_was_said_and_of_what_is_so() {
    let mut tally = Tally::default();
    tally.count(&names(&["a"]), &names(&["a", "b"]), true);
    tally.count(&names(&["a"]), &names(&[]), false);
    tally.count(&names(&["a"]), &names(&["a"]), false);
    tally.count(&names(&[]), &names(&["a"]), true);
    tally.count(&names(&[]), &names(&[]), false);
    let a = tally.signals["a"];
    assert_eq!(
        (a.support, a.true_positives, a.false_positives, a.misses),
        (3, 2, 1, 1)
    );
    assert_eq!(
        a.precision.zip(a.recall).unwrap(),
        (Decimal::new(6667, 4), Decimal::new(6667, 4))
    );
    let b = tally.signals["b"];
    assert_eq!((b.support, b.precision, b.recall), (0, Some(Decimal::ZERO), None));
    let score = tally.score;
    assert_eq!(
        (
            score.support,
            score.true_positives,
            score.false_positives,
            score.misses
        ),
        (3, 1, 1, 2)
    );
    assert_eq!(tally.documents, 5);
}
