use super::*;

#[test]
fn the_weights_add_up_to_the_score_and_never_pass_one() {
    let mut score = Score::new();
    score.signal("near", Decimal::new(75, 2), "/id", "like another");
    score.signal("same", Decimal::new(50, 2), "/id", "seen before");
    score.signal("odd", Decimal::new(-5, 1), "", "a negative weight counts as none");
    let weights: Vec<_> = score.signals().collect();
    assert_eq!(weights, [("near", "0.75"), ("same", "0.25"), ("odd", "0")]);
    assert_eq!(score.finish().score, "1");
}
