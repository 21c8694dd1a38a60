//! A JSON value that counts how often it is looked at: what a check costs is bounded while it runs, whatever the schema.
//!
//! jsonschema takes any representation of values, and no keyword decides anything without looking at one. Every look
//! takes steps from a budget; when it is used up, the check is unwound. Steps are counted and not timed, so that the
//! same schema and value always end alike.
//! Absent: work that looks at nothing; [`super::bounds`] limits it and gives its price as `idle` steps per value.

use std::any::Any;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use assay_domain::json::decimal;
use jsonschema::JsonType;
use jsonschema::json::{Array, Json, Node, NodeIdentity, Object, SerdeJson, cmp};
use serde_json::{Map, Number, Value};

/// What a check may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// Looks at a value.
    pub(super) steps: u64,
    /// Errors that are written down, those within others included.
    pub(super) errors: u64,
    /// Steps for each value that is gone into, besides its own.
    pub(super) idle: u64,
    /// Bytes of text that are looked at in one step.
    pub(super) bytes: u64,
}

/// Which part of a budget was used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spent {
    Steps,
    Errors,
}

/// What is left of the budget of the check that this thread is at.
struct Meter {
    steps: Cell<u64>,
    errors: Cell<u64>,
    idle: Cell<u64>,
    bytes: Cell<u64>,
}

thread_local! {
    static METER: Meter = const {
        Meter { steps: Cell::new(0), errors: Cell::new(0), idle: Cell::new(0), bytes: Cell::new(1) }
    };
}

/// Runs a check within a budget, and gives what is left of it.
pub(super) fn within<T>(budget: Budget, check: impl FnOnce() -> T) -> Result<(T, Budget), Spent> {
    METER.with(|meter| {
        meter.steps.set(budget.steps);
        meter.errors.set(budget.errors);
        meter.idle.set(budget.idle);
        meter.bytes.set(budget.bytes.max(1));
    });
    // What is unwound through holds no state that outlives the check: a fresh context, and vectors of it.
    let result = catch_unwind(AssertUnwindSafe(check));
    let left = METER.with(|meter| Budget {
        steps: meter.steps.take(),
        errors: meter.errors.take(),
        ..budget
    });
    match result {
        Ok(value) => Ok((value, left)),
        Err(payload) => match payload.downcast::<Spent>() {
            Ok(spent) => Err(*spent),
            Err(other) => resume_unwind(other),
        },
    }
}

fn take(left: &Cell<u64>, count: u64, spent: Spent) {
    match left.get().checked_sub(count) {
        Some(rest) => left.set(rest),
        None => give_up(spent),
    }
}

fn steps(count: u64) {
    METER.with(|meter| take(&meter.steps, count, Spent::Steps));
}

fn error() {
    METER.with(|meter| take(&meter.errors, 1, Spent::Errors));
}

/// Without the panic hook: this is no defect and nothing for the log.
#[cold]
fn give_up(spent: Spent) -> ! {
    resume_unwind(Box::new(spent) as Box<dyn Any + Send>)
}

fn entered() {
    METER.with(|meter| take(&meter.steps, 1 + meter.idle.get(), Spent::Steps));
}

fn text(text: &str) {
    steps(1 + text.len() as u64 / METER.with(|meter| meter.bytes.get()));
}

/// What comparing with a value takes at most: as much as there is of it.
fn compare(value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(compare),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            text(name);
            compare(value);
        }),
        Value::String(string) => text(string),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    steps(1);
}

/// The representation of values for jsonschema.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metered;

/// A value that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a>(pub(super) &'a Value);

impl Json for Metered {
    type Node<'a> = Seen<'a>;
    type PreparedKey = String;
    type StringBuffer = Value;

    const KEYS_PER_LOOKUP: usize = SerdeJson::KEYS_PER_LOOKUP;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(buffer: &mut Value, string: &str, f: impl FnOnce(Seen<'_>) -> T) -> T {
        entered();
        SerdeJson::with_string_node(buffer, string, |value| f(Seen(value)))
    }
}

impl<'a> Node<'a, Metered> for Seen<'a> {
    type Object = Members<'a>;
    type Array = Items<'a>;
    type Number = &'a Number;

    fn as_object(&self) -> Option<Members<'a>> {
        steps(1);
        self.0.as_object().map(Members)
    }

    fn as_array(&self) -> Option<Items<'a>> {
        steps(1);
        self.0.as_array().map(|items| Items(items))
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        let string = self.0.as_str();
        text(string.unwrap_or_default());
        string.map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<&'a Number> {
        steps(1);
        self.0.as_number()
    }

    fn as_boolean(&self) -> Option<bool> {
        steps(1);
        self.0.as_bool()
    }

    fn is_null(&self) -> bool {
        steps(1);
        self.0.is_null()
    }

    fn json_type(&self) -> JsonType {
        steps(1);
        Node::json_type(&self.0)
    }

    fn string_length(&self) -> Option<u64> {
        text(self.0.as_str().unwrap_or_default());
        Node::string_length(&self.0)
    }

    fn equals_value(&self, expected: &Value) -> bool {
        compare(expected);
        cmp::equal(self.0, expected)
    }

    /// jsonschema asks for it when it writes down an error.
    fn to_value(&self) -> Cow<'a, Value> {
        error();
        Cow::Borrowed(self.0)
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Node::identity(&self.0)
    }
}

/// An object that counts.
#[derive(Debug)]
pub(super) struct Members<'a>(&'a Map<String, Value>);

impl<'a> Object<'a, Metered> for Members<'a> {
    type Node = Seen<'a>;
    type MemberName = &'a str;
    type MembersIter = MembersIter<'a>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, key: &String) -> Option<Seen<'a>> {
        entered();
        self.0.get(key).map(Seen)
    }

    fn members(&self) -> MembersIter<'a> {
        MembersIter(self.0.iter())
    }
}

/// Members that count.
#[derive(Debug)]
pub(super) struct MembersIter<'a>(serde_json::map::Iter<'a>);

impl<'a> Iterator for MembersIter<'a> {
    type Item = (&'a str, Seen<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.0.next()?;
        entered();
        text(key);
        Some((key, Seen(value)))
    }
}

/// An array that counts.
#[derive(Debug)]
pub(super) struct Items<'a>(&'a [Value]);

impl<'a> Array<'a, Metered> for Items<'a> {
    type Node = Seen<'a>;
    type ElementsIter = ItemsIter<'a>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn elements(&self) -> ItemsIter<'a> {
        ItemsIter(self.0.iter())
    }

    /// jsonschema's own hashes numbers as doubles and forgets where a list within a list ends, so that an array can be
    /// made in which every item has the same hash; a set of texts takes no harm from that.
    fn is_unique(&self) -> bool {
        let mut seen = HashSet::with_capacity(self.0.len());
        self.0.iter().all(|item| {
            let mut key = String::new();
            write_key(item, &mut key);
            seen.insert(key)
        })
    }
}

/// Items that count.
#[derive(Debug)]
pub(super) struct ItemsIter<'a>(std::slice::Iter<'a, Value>);

impl<'a> Iterator for ItemsIter<'a> {
    type Item = Seen<'a>;

    fn next(&mut self) -> Option<Seen<'a>> {
        let item = self.0.next()?;
        entered();
        Some(Seen(item))
    }
}

/// A text that is the same for values that JSON Schema calls equal: 1 and 1.0 are.
fn write_key(value: &Value, key: &mut String) {
    match value {
        Value::Number(number) => {
            steps(2);
            let written = number.to_string();
            key.push_str(&decimal(&written).map_or(written, |exact| exact.normalize().to_string()));
        }
        Value::Array(items) => {
            steps(1);
            key.push('[');
            for item in items {
                write_key(item, key);
                key.push(',');
            }
            key.push(']');
        }
        Value::Object(members) => {
            steps(1);
            key.push('{');
            for (name, value) in members {
                text(name);
                key.push_str(&Value::from(name.as_str()).to_string());
                write_key(value, key);
                key.push(',');
            }
            key.push('}');
        }
        Value::String(string) => {
            text(string);
            key.push_str(&value.to_string());
        }
        Value::Null | Value::Bool(_) => {
            steps(1);
            key.push_str(&value.to_string());
        }
    }
}

#[cfg(test)]
mod tests;
