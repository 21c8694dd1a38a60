use super::*;

fn lines(seed: u64, documents: usize) -> String {
    let labelled = generate(seed, documents);
    labelled.iter().map(|one| one.to_line() + "\n").collect()
}

#[test]
fn a_seed_gives_the_same_bytes_and_another_gives_others() {
    let (one, again, other) = (lines(7, 300), lines(7, 300), lines(8, 300));
    assert!(one == again);
    assert!(one != other);
}

#[test]
fn there_are_as_many_as_asked_for_in_order_and_of_every_kind() {
    for (seed, documents) in [(1, 0), (2, 1), (3, 37), (4, 600), (5, 2_000)] {
        let labelled = generate(seed, documents);
        assert_eq!(labelled.len(), documents);
        assert!(labelled.is_sorted_by_key(|one| one.received));
        let honest = labelled.iter().filter(|one| one.labels.is_empty()).count();
        assert!(honest * 10 >= documents * 7, "{honest} of {documents} are honest");
        for label in LABELS {
            let there = labelled.iter().filter(|one| one.labels.contains(label)).count();
            assert!(there >= 5 || documents < 600, "{label}: {there} of {documents}");
        }
        for one in &labelled {
            assert!(one.labels.iter().all(|label| LABELS.contains(label)), "{one:?}");
        }
    }
}

#[test]
fn what_is_not_tampered_with_adds_up() {
    let cents = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
            .replace('.', "")
    };
    for one in generate(11, 600) {
        let total = |name: &str| cents(&one.data["totals"][name]).parse::<i64>().ok();
        let (Some(exclusive), Some(payable)) = (total("tax_exclusive"), total("payable")) else {
            continue;
        };
        let tax = cents(&one.data["tax_total"]).parse::<i64>().unwrap();
        let adds_up = exclusive + tax == payable;
        assert!(adds_up || one.labels.contains("arithmetic"), "{}", one.to_line());
    }
}
