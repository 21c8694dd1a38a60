//! Which settings are secret: a schema's property that is marked `"x-assay-secret": true`.
//!
//! Invariant: a mark that a manifest may bear is found again in every value: it stands on a schema that is reached from
//! the top by `properties`, `additionalProperties` and `items` alone. Anywhere else it would hide a value in one
//! alternative and show it in another, and is refused.
//! Deliberately absent: encryption; here it is only known what is secret and where.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::json::push_pointer;

/// The keyword.
pub const MARK: &str = "x-assay-secret";

/// What stands where a secret value is not shown.
pub const HIDDEN: &str = "[secret]";

/// Where values are secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    whole: bool,
    properties: BTreeMap<String, Self>,
    rest: Option<Box<Self>>,
    items: Option<Box<Self>>,
}

impl Secrets {
    /// Those of a settings schema.
    pub fn of(schema: &Value) -> Self {
        let Some(schema) = schema.as_object() else {
            return Self::default();
        };
        let boxed = |key: &str| schema.get(key).map(Self::of).filter(Self::some).map(Box::new);
        let properties = schema.get("properties").and_then(Value::as_object);
        Self {
            whole: schema.get(MARK) == Some(&Value::Bool(true)),
            properties: properties
                .into_iter()
                .flatten()
                .map(|(key, schema)| (key.clone(), Self::of(schema)))
                .collect(),
            rest: boxed("additionalProperties"),
            items: boxed("items"),
        }
    }

    /// Whether there are any.
    pub fn some(&self) -> bool {
        let inner = [&self.rest, &self.items];
        self.whole || self.properties.values().any(Self::some) || inner.iter().any(|inner| inner.is_some())
    }

    /// Where a value has secrets: JSON Pointers, none within another one, in the value's order.
    pub fn places(&self, value: &Value) -> Vec<String> {
        let mut places = Vec::new();
        self.find(value, &mut String::new(), &mut places);
        places
    }

    fn find(&self, value: &Value, at: &mut String, places: &mut Vec<String>) {
        if self.whole {
            places.push(at.clone());
            return;
        }
        let length = at.len();
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    if let Some(secrets) = self.properties.get(key).or(self.rest.as_deref()) {
                        push_pointer(at, key);
                        secrets.find(value, at, places);
                        at.truncate(length);
                    }
                }
            }
            Value::Array(items) => {
                if let Some(secrets) = &self.items {
                    for (index, value) in items.iter().enumerate() {
                        push_pointer(at, &index.to_string());
                        secrets.find(value, at, places);
                        at.truncate(length);
                    }
                }
            }
            _ => {}
        }
    }

    /// The value with [`HIDDEN`] in the place of each secret.
    pub fn redacted(&self, value: &Value) -> Value {
        if self.whole {
            return Value::from(HIDDEN);
        }
        match value {
            Value::Object(members) => members
                .iter()
                .map(|(key, value)| {
                    let secrets = self.properties.get(key).or(self.rest.as_deref());
                    let shown = secrets.map_or_else(|| value.clone(), |secrets| secrets.redacted(value));
                    (key.clone(), shown)
                })
                .collect::<Map<_, _>>()
                .into(),
            Value::Array(items) => match &self.items {
                Some(secrets) => items.iter().map(|item| secrets.redacted(item)).collect(),
                None => value.clone(),
            },
            other => other.clone(),
        }
    }
}

/// Keywords that hold one schema.
const SINGLE: [&str; 11] = [
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
];

/// Keywords that hold schemas by name.
const NAMED: [&str; 5] = [
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "dependentSchemas",
];

/// Keywords that hold a list of schemas.
const LISTED: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];

/// Marks that can't be kept to, with their JSON Pointers into the schema.
pub(super) fn problems(schema: &Value) -> Vec<(String, &'static str)> {
    let mut problems = Vec::new();
    look(schema, &mut String::new(), true, &mut problems);
    problems
}

fn look(schema: &Value, at: &mut String, seen: bool, problems: &mut Vec<(String, &'static str)>) {
    let Some(schema) = schema.as_object() else {
        return;
    };
    let message = match schema.get(MARK) {
        None => None,
        Some(Value::Bool(_)) if seen => None,
        Some(Value::Bool(_)) => Some(
            "marks a secret where it can't be found in every value; put it on the property itself, reached by `properties`, `additionalProperties` and `items` alone",
        ),
        Some(_) => Some("is neither true nor false"),
    };
    let length = at.len();
    if let Some(message) = message {
        push_pointer(at, MARK);
        problems.push((at.clone(), message));
        at.truncate(length);
    }
    for (keyword, value) in schema {
        push_pointer(at, keyword);
        let within = at.len();
        let keyword = keyword.as_str();
        if SINGLE.contains(&keyword) {
            let found = matches!(keyword, "items" | "additionalProperties");
            look(value, at, seen && found, problems);
        } else if NAMED.contains(&keyword) {
            for (name, schema) in value.as_object().into_iter().flatten() {
                push_pointer(at, name);
                look(schema, at, seen && keyword == "properties", problems);
                at.truncate(within);
            }
        } else if LISTED.contains(&keyword) {
            for (index, schema) in value.as_array().into_iter().flatten().enumerate() {
                push_pointer(at, &index.to_string());
                look(schema, at, false, problems);
                at.truncate(within);
            }
        }
        at.truncate(length);
    }
}

#[cfg(test)]
mod tests;
