use super::*;

#[test]
fn ids_are_kebab_case() {
    for id in ["a", "a-b", "a1-2", "0", &"a".repeat(128)] {
        assert_eq!(id_problem(id), None, "{id}");
    }
    for id in ["", "-", "a-", "-a", "a--b", "A", "a_b", "a b", "ä", &"a".repeat(129)] {
        assert!(id_problem(id).is_some(), "{id}");
    }
}

#[test]
fn one_leading_v_is_dropped() {
    assert_eq!(version("v1.0.0").unwrap(), version("1.0.0").unwrap());
    for text in ["vv1.0.0", "V1.0.0", "1.0", "01.0.0", ""] {
        assert!(version(text).is_err(), "{text}");
    }
}
