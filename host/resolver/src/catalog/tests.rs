use super::*;

fn problems(json: &str) -> Vec<String> {
    let errors = Catalog::parse(json.as_bytes()).map(|_| ()).unwrap_err();
    errors.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let found = problems(
        r#"{"dialect":"ruby","extensions":[
            {"id":"A","version":"1.0","colour":3,"yanked":"no"},
            7,
            {"id":"a","version":"1.0.0","requires":[{"extension":"a"},{},{"extension":"b","capability":"c"},
                {"extension":"b","range":"one"},{"extension":"b","policy":"p"}]},
            {"id":"a","version":"v1.0.0+b","conflicts":[{"extension":"a"},{"resource":"r","range":"1"},{"capability":"c","severity":"bad"}]},
            {"version":"1.0.0","resources":[{"resource":"r"}],"provides":[{}]}]}"#,
    );
    let places: Vec<_> = found.iter().map(|p| p.split('"').nth(1).unwrap()).collect();
    assert_eq!(
        places,
        [
            "/dialect",
            "/extensions/0/colour",
            "/extensions/0/id",
            "/extensions/0/version",
            "/extensions/0/yanked",
            "/extensions/1",
            "/extensions/2/requires/0/extension",
            "/extensions/2/requires/1",
            "/extensions/2/requires/2",
            "/extensions/2/requires/3/range",
            "/extensions/2/requires/4/policy",
            "/extensions/3/conflicts/0/extension",
            "/extensions/3/conflicts/1/range",
            "/extensions/3/conflicts/2/severity",
            "/extensions/3/version",
            "/extensions/4/id",
            "/extensions/4/provides/0/capability",
            "/extensions/4/resources/0/mode",
        ],
        "{found:#?}"
    );
}

#[test]
fn what_is_no_catalog() {
    assert!(problems("{").first().unwrap().contains("not JSON"));
    assert!(problems("[]").first().unwrap().contains("has to be an object"));
    assert!(problems(r#"{"extensions":[],"extensions":[]}"#).first().unwrap().contains("duplicate field"));
    assert!(problems(r#"{"extensions":[null]}"#).first().unwrap().contains("/extensions/0"));
    let many = format!(r#"{{"extensions":[{}]}}"#, vec!["1"; 300].join(","));
    let errors = Catalog::parse(many.as_bytes()).map(|_| ()).unwrap_err();
    assert_eq!(errors.problems.len(), crate::MAX_PROBLEMS);
    assert!(errors.more >= 200);
}

#[test]
fn ranks_prefer_what_is_not_a_pre_release() {
    let catalog = Catalog::parse(
        br#"{"extensions":[{"id":"a","version":"1.0.0"},{"id":"a","version":"2.0.0-rc.1"},{"id":"a","version":"1.5.0","yanked":true},
            {"id":"a","version":"1.4.0","requires":[{"extension":"zz"}]}]}"#,
    )
    .unwrap();
    let ranks: Vec<_> = catalog.releases.iter().map(|r| (r.version.to_string(), r.rank)).collect();
    let expected = [("2.0.0-rc.1", 2), ("1.5.0", u32::MAX), ("1.4.0", 0), ("1.0.0", 1)];
    assert_eq!(ranks, expected.map(|(v, rank)| (v.to_owned(), rank)));
    assert_eq!(catalog.extensions(), 1);
    assert_eq!(catalog.releases_of(catalog.extension("zz").unwrap()).len(), 0);
}
