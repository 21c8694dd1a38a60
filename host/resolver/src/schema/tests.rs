use serde_json::{Value, json};

use super::*;
use crate::random::{Dice, case};

fn validator(schema: &str) -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
}

#[test]
fn what_is_accepted_and_answered_is_valid() {
    let (catalogs, requests, answers) = (validator(CATALOG), validator(REQUEST), validator(ANSWER));
    for seed in 0..300 {
        let (catalog, request) = case(&mut Dice::new(400_000 + seed), 3 + seed % 4);
        let answer = crate::resolve_json(
            catalog.to_string().as_bytes(),
            request.to_string().as_bytes(),
            crate::Options::default(),
        )
        .unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        for (validator, value) in [(&catalogs, &catalog), (&requests, &request), (&answers, &answer)] {
            if let Err(error) = validator.validate(value) {
                panic!("seed {seed} {}: {error}", error.instance_path());
            }
        }
    }
}

#[test]
fn what_is_refused_for_its_shape_is_invalid() {
    let catalogs = validator(CATALOG);
    for release in [
        json!({"id": "A", "version": "1.0.0"}),
        json!({"id": "a", "version": "vv1.0.0"}),
        json!({"id": "a", "version": "1.0.0", "colour": "red"}),
        json!({"id": "a", "version": "1.0.0", "requires": [{}]}),
        json!({"id": "a", "version": "1.0.0", "requires": [{"extension": "b", "capability": "c"}]}),
        json!({"id": "a", "version": "1.0.0", "resources": [{"resource": "r"}]}),
    ] {
        let catalog = json!({"extensions": [release]});
        assert!(
            crate::Catalog::parse(catalog.to_string().as_bytes()).is_err(),
            "{catalog}"
        );
        assert!(!catalogs.is_valid(&catalog), "{catalog}");
    }
}
