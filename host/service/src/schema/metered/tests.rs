use proptest::prelude::*;
use serde_json::json;

use super::*;

const PLENTY: Budget = Budget {
    steps: 1_000_000,
    errors: 1_000,
    idle: 0,
    bytes: 16,
};

fn unique(array: &Value) -> bool {
    let items = Items(array.as_array().unwrap());
    within(PLENTY, || items.is_unique()).unwrap().0
}

#[test]
fn a_budget_ends_the_work_and_nothing_else() {
    let value = json!([1, 2, 3]);
    let count = || Items(value.as_array().unwrap()).elements().count();
    let (three, left) = within(PLENTY, count).unwrap();
    assert_eq!((three, left.steps), (3, PLENTY.steps - 3));
    let few = Budget { steps: 2, ..PLENTY };
    assert_eq!(within(few, count).unwrap_err(), Spent::Steps);
    let dear = Budget {
        steps: 10,
        idle: 4,
        ..PLENTY
    };
    assert_eq!(within(dear, count).unwrap_err(), Spent::Steps);
    let silent = Budget { errors: 0, ..PLENTY };
    assert_eq!(
        within(silent, || Seen(&value).to_value()).unwrap_err(),
        Spent::Errors
    );
    // Whatever else is thrown goes on.
    let other =
        std::panic::catch_unwind(|| within(PLENTY, || resume_unwind(Box::new("other"))).map(|((), _)| ()));
    assert_eq!(*other.unwrap_err().downcast::<&str>().unwrap(), "other");
}

#[test]
fn equal_items_are_found() {
    assert!(unique(
        &json!([1, "1", true, null, [], {}, [1, [2]], [[1], 2], {"a": 1}, {"a": "1"}])
    ));
    let written: Value = serde_json::from_str("[1, 1.0]").unwrap();
    assert!(!unique(&written));
    let written: Value =
        serde_json::from_str(r#"[{"a": [100, "x"], "b": 0}, {"b": -0.0, "a": [1e2, "x"]}]"#).unwrap();
    assert!(!unique(&written));
}

proptest! {
    #[test]
    fn unique_is_what_it_is_for_everybody(items in prop::collection::vec((0_u8..4, 0_u8..4), 0..12)) {
        let items: Vec<_> = items.into_iter().map(|(kind, n)| match kind {
            0 => json!(n),
            1 => json!([n, [n]]),
            2 => json!({"a": n, "b": [n]}),
            _ => json!(n.to_string()),
        }).collect();
        prop_assert_eq!(unique(&Value::from(items.clone())), jsonschema::json::unique::is_unique(&items));
    }
}
