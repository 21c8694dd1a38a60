use super::Effect::{Breaks, Changes, Heals, Same};
use super::*;

fn catalog(json: &str) -> Catalog {
    Catalog::parse(json.as_bytes()).unwrap()
}

fn site(name: &str, wanted: &str) -> Request {
    let json = format!(r#"{{"site":"{name}","requested":[{{"id":"{wanted}"}}]}}"#);
    Request::parse(json.as_bytes(), crate::Dialect::Cargo).unwrap()
}

#[test]
fn which_sites_break_heal_and_change() {
    let before = catalog(
        r#"{"extensions":[{"id":"a","version":"1.0.0"},{"id":"b","version":"1.0.0","requires":[{"extension":"a","range":"^1"}]},
            {"id":"c","version":"1.0.0","requires":[{"extension":"a","range":"^2"}]},{"id":"d","version":"1.0.0"}]}"#,
    );
    let after = catalog(
        r#"{"extensions":[{"id":"a","version":"1.0.0","yanked":true},{"id":"a","version":"2.0.0"},
            {"id":"b","version":"1.0.0","requires":[{"extension":"a","range":"^1"}]},
            {"id":"c","version":"1.0.0","requires":[{"extension":"a","range":"^2"}]},{"id":"d","version":"1.0.0"}]}"#,
    );
    let sites = [
        site("1", "a"),
        site("2", "b"),
        site("3", "c"),
        site("4", "d"),
        site("5", "b"),
    ];
    let (effects, solved) = what_if(&before, &after, &sites, Options::default());
    let found: Vec<_> = effects.iter().map(|effect| effect.effect).collect();
    assert_eq!(found, [Changes, Breaks, Heals, Same, Breaks]);
    // `d` can't reach what changes, and `b` is asked for twice.
    assert_eq!(solved, 3);
    assert_eq!(effects[0].differences, ["`a` goes from 1.0.0 to 2.0.0"]);
    assert!(effects[1].explanation[0].contains("yanked"), "{:?}", effects[1]);
}

#[test]
fn what_is_not_solved_would_have_been_the_same() {
    use crate::random::{Dice, case, parse};
    let (mut skipped, mut kinds) = (0, std::collections::BTreeSet::new());
    for seed in 0..400 {
        let mut dice = Dice::new(600_000 + seed);
        let (mut json, request) = case(&mut dice, 4 + seed % 3);
        let (before, request) = parse(&(json.clone(), request));
        let releases = json["extensions"].as_array_mut().unwrap();
        if releases.is_empty() {
            continue;
        }
        let at = usize::try_from(dice.below(releases.len() as u64)).unwrap();
        releases[at]["yanked"] = serde_json::json!(!releases[at]["yanked"].as_bool().unwrap());
        let after = catalog(&json.to_string());
        let options = Options::default();
        let (effects, solved) = what_if(&before, &after, std::slice::from_ref(&request), options);
        let expected = compare(
            &resolve(&before, &request, options),
            &resolve(&after, &request, options),
        );
        assert_eq!(effects[0].effect, expected.effect, "seed {seed}");
        assert_eq!(effects[0].differences, expected.differences, "seed {seed}");
        skipped += usize::from(solved == 0);
        kinds.insert(expected.effect);
    }
    assert!(skipped > 20 && kinds.len() == 4, "{skipped} {kinds:?}");
}
