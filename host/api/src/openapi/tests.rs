use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

/// `(method, path, roles)` of every documented operation; no roles means public.
fn operations() -> BTreeSet<(String, String, Vec<String>)> {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let roles = operation["x-roles"].as_array().into_iter().flatten();
            let roles = roles.map(|role| role.as_str().unwrap().to_owned()).collect();
            operations.insert((method.to_uppercase(), path.clone(), roles));
        }
    }
    operations
}

/// Routes that explain the interface itself, and are not part of the document.
const UNDOCUMENTED: [&str; 3] = ["/openapi.json", "/problems", "/problems/{code}"];

#[test]
fn the_table_of_roles_and_the_document_say_the_same() {
    let table = ROUTES.iter().filter(|route| !UNDOCUMENTED.contains(&route.path));
    let table: BTreeSet<_> = table
        .map(|route| {
            let roles = match route.access {
                Access::Public => Vec::new(),
                Access::Roles(roles) => roles.iter().map(|role| role.as_str().to_owned()).collect(),
            };
            (route.method.to_owned(), route.path.to_owned(), roles)
        })
        .collect();
    assert_eq!(table, operations());
}

#[test]
fn every_operation_under_v1_needs_a_role_and_none_other_does() {
    for (method, path, roles) in operations() {
        assert_eq!(path.starts_with("/v1/"), !roles.is_empty(), "{method} {path}");
    }
}

#[test]
fn every_operation_has_an_id_a_tag_and_problems() {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            assert!(operation["tags"][0].is_string(), "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path}");
            let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
            assert_eq!(
                problem["schema"]["$ref"], "#/components/schemas/ProblemDetails",
                "{method} {path}"
            );
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let text = openapi();
    let document: Value = serde_json::from_str(&text).unwrap();
    for reference in text
        .split("\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}

#[test]
fn the_committed_document_is_this_one() {
    let committed = include_str!("../../openapi.json");
    assert!(
        committed == openapi(),
        "host/api/openapi.json is old; write it anew with `assay openapi > host/api/openapi.json`"
    );
}
