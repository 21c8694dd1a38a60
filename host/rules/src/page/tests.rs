use std::collections::BTreeSet;
use std::path::Path;

use super::*;

#[test]
fn the_committed_page_is_what_the_code_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("REFERENCE.md");
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == page().unwrap(),
        "REFERENCE.md is not what the rules say now; run `cargo xtask generated rules` and commit it"
    );
}

#[test]
fn every_link_leads_to_one_heading() {
    let page = page().unwrap();
    let mut heads = BTreeSet::new();
    for head in page.lines().filter_map(|line| line.strip_prefix('#')) {
        let mut link = anchor(head.trim_start_matches('#').trim());
        while !heads.insert(link.clone()) {
            link.push_str("-1");
        }
    }
    let links: Vec<&str> = page
        .split("](#")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
        .collect();
    assert!(links.len() > 40);
    let mut seen = BTreeSet::new();
    for link in links {
        assert!(heads.contains(link), "{link}");
        assert!(seen.insert(link), "{link} is linked twice");
    }
}

#[test]
fn a_wrong_example_is_named() {
    let kind = reference().find(|kind| kind.name == "equal").unwrap();
    let wrong = KindDoc {
        kept: kind.broken,
        ..*kind
    };
    let error = Page(String::new()).kind(&wrong).unwrap_err();
    assert!(
        error.to_string().contains("the example of equal is broken by"),
        "{error}"
    );
}
