use super::*;

#[test]
fn the_weights_add_up_to_the_score_and_never_pass_one() {
    let mut score = Score::new();
    score.signal("near", Decimal::new(75, 2), "/id", "like another");
    score.signal("same", Decimal::new(50, 2), "/id", "seen before");
    score.signal("odd", Decimal::new(-5, 1), "", "a negative weight counts as none");
    let report = score.finish();
    let weights: Vec<_> = report
        .signals
        .iter()
        .map(|signal| (signal.name.as_str(), signal.weight.as_str()))
        .collect();
    assert_eq!(weights, [("near", "0.75"), ("same", "0.25"), ("odd", "0")]);
    assert_eq!(report.score, "1");
}

#[test]
fn many_small_signals_hide_no_heavy_one() {
    let mut score = Score::new();
    for index in 0..5 * MAX_ITEMS {
        score.signal(
            "round",
            Decimal::new(1, 4),
            format!("/lines/{index}"),
            "a round amount",
        );
    }
    score.signal("duplicate", Decimal::new(9, 1), "/id", "seen before");
    let report = score.finish();
    assert_eq!(report.score, "1");
    assert_eq!(report.signals.len(), MAX_ITEMS + 1);
    let weight = |signal: &scoring::Signal| signal.weight.parse::<Decimal>().unwrap();
    assert_eq!(report.signals.iter().map(weight).sum::<Decimal>(), Decimal::ONE);
    let [.., duplicate, rest] = &report.signals[..] else {
        panic!("{:?}", report.signals)
    };
    assert_eq!(
        (duplicate.name.as_str(), duplicate.weight.as_str()),
        ("duplicate", "0.5")
    );
    assert_eq!(
        (rest.name.as_str(), rest.weight.as_str()),
        (SIGNALS_REACHED, "0.4001")
    );
}

#[test]
fn observations_left_out_are_a_signal_without_weight() {
    let mut score = Score::new();
    score.observe(Observation::Near(crate::NearFingerprint {
        name: String::new(),
        bits: 1,
    }));
    let report = score.finish();
    assert!(report.observations.is_empty());
    assert_eq!(
        (report.signals[0].name.as_str(), report.signals[0].weight.as_str()),
        (OBSERVATIONS_REACHED, "0")
    );
}
