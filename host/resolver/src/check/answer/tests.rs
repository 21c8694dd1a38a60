use serde_json::{Value, json};

use crate::random::{Dice, case, parse};
use crate::{Catalog, Dialect, Options, Request, resolve, verify};

fn small() -> (Catalog, Request, Value) {
    let catalog = json!({"extensions": [
        {"id": "portal", "version": "1.0.0", "requires": [{"extension": "forms", "range": "^2"}, {"capability": "mail"}]},
        {"id": "forms", "version": "2.1.0"}, {"id": "forms", "version": "3.0.0"},
        {"id": "postbox", "version": "1.0.0", "provides": [{"capability": "mail"}],
         "conflicts": [{"extension": "forms", "scope": "global", "severity": "warning", "reason": "they are slow together"}]},
        {"id": "rival", "version": "1.0.0", "provides": [{"capability": "mail", "exclusive": true}]}]});
    let request = json!({"site": "s", "requested": [{"id": "portal"}]});
    let catalog = Catalog::parse(catalog.to_string().as_bytes()).unwrap();
    let request = Request::parse(request.to_string().as_bytes(), Dialect::Cargo).unwrap();
    let answer = serde_json::to_value(resolve(&catalog, &request, Options::default())).unwrap();
    (catalog, request, answer)
}

#[test]
fn own_answers_are_accepted_whatever_the_question() {
    let mut dice = Dice::new(7);
    let mut resolved = 0;
    for _ in 0..3_000 {
        let extensions = 1 + dice.below(8);
        let (catalog, request) = parse(&case(&mut dice, extensions));
        let answer = serde_json::to_value(resolve(&catalog, &request, Options::default())).unwrap();
        resolved += usize::from(answer["status"] == "resolved");
        assert_eq!(verify(&catalog, &request, &answer), Ok(()), "{answer:#}");
    }
    assert!(resolved > 500, "{resolved}");
}

#[test]
fn lies_are_named() {
    type Lie = (&'static str, fn(&mut Value));
    let lies: [Lie; 12] = [
        ("there is no status", |a| a["status"] = json!("fine")),
        ("the catalog has no `forms` 9.0.0", |a| {
            a["extensions"][0]["version"] = json!("9.0.0");
        }),
        ("requires", |a| a["extensions"][0]["version"] = json!("3.0.0")),
        ("requires", |a| {
            a["extensions"].as_array_mut().unwrap().remove(0);
        }),
        ("claim a capability", |a| {
            let rival = json!({"id": "rival", "version": "1.0.0"});
            a["extensions"].as_array_mut().unwrap().push(rival);
        }),
        ("is requested", |a| a["extensions"] = json!([])),
        ("it does not say what meets `portal` requiring `mail`", |a| {
            for row in a["dependencies"].as_array_mut().unwrap() {
                if row["dependency_id"] == "mail" {
                    row["resolved_provider"] = json!("forms");
                }
            }
        }),
        ("it does not say what meets", |a| a["dependencies"] = json!([])),
        ("does not require", |a| {
            let mut row = a["dependencies"][0].clone();
            row["extension_id"] = json!("forms");
            a["dependencies"].as_array_mut().unwrap().push(row);
        }),
        ("says nothing of a conflict", |a| a["conflicts"] = json!([])),
        ("is activated before", |a| {
            a["activation"].as_array_mut().unwrap().reverse();
        }),
        ("U+0000", |a| a["explanation"] = json!(["a\u{0}b"])),
    ];
    let (catalog, request, answer) = small();
    assert_eq!(verify(&catalog, &request, &answer), Ok(()));
    for (said, lie) in lies {
        let mut answer = answer.clone();
        lie(&mut answer);
        let found = verify(&catalog, &request, &answer);
        assert!(
            found.as_ref().is_err_and(|error| error.contains(said)),
            "{said}: {found:?}"
        );
    }
    for wrong in [json!(1), json!({}), json!({"status": "resolved"})] {
        assert!(verify(&catalog, &request, &wrong).is_err());
    }
    // To be stricter is its right.
    let mut no = answer;
    (no["status"], no["extensions"], no["conflicts"]) = (json!("conflict"), json!([]), json!([]));
    assert_eq!(verify(&catalog, &request, &no), Ok(()));
}
