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
    let sites = [site("1", "a"), site("2", "b"), site("3", "c"), site("4", "d"), site("5", "b")];
    let (effects, solved) = what_if(&before, &after, &sites, Options::default());
    let found: Vec<_> = effects.iter().map(|effect| effect.effect).collect();
    use Effect::{Breaks, Changes, Heals, Same};
    assert_eq!(found, [Changes, Breaks, Heals, Same, Breaks]);
    assert_eq!(solved, 4);
    assert_eq!(effects[0].differences, ["`a` goes from 1.0.0 to 2.0.0"]);
    assert!(effects[1].explanation[0].contains("yanked"), "{:?}", effects[1]);
}
