//! Reading a table field by field, so that every wrong one is reported and not only the first.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::Subject;
use crate::Problem;
use crate::json::push_pointer;

/// A table that is being read: what was asked for is known, what is left over is unknown.
pub(super) struct Fields<'a> {
    table: Option<&'a Map<String, Value>>,
    pointer: String,
    known: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        Self::at(Some(value), String::new())
    }

    fn at(value: Option<&'a Value>, pointer: String) -> Self {
        let table = value.and_then(Value::as_object);
        let mut fields = Self {
            table,
            pointer,
            known: BTreeSet::new(),
            problems: Vec::new(),
        };
        if value.is_some() && table.is_none() {
            fields
                .problems
                .push(Problem::new(fields.pointer.clone(), "is not a table"));
        }
        fields
    }

    pub(super) fn problem(&mut self, path: &str, message: &str) {
        let (field, rest) = path
            .split_once('/')
            .map_or((path, None), |(field, rest)| (field, Some(rest)));
        let mut pointer = self.pointer.clone();
        push_pointer(&mut pointer, field);
        if let Some(rest) = rest {
            push_pointer(&mut pointer, rest);
        }
        self.problems
            .push(Problem::new(pointer, format!("`{path}` {message}")));
    }

    /// A problem deeper within, by its JSON Pointer.
    pub(super) fn problem_at(&mut self, pointer: &str, message: &str) {
        let place = format!("{}{pointer}", self.pointer);
        self.problems.push(Problem::new(place, message));
    }

    pub(super) fn value(&mut self, key: &str) -> Option<&'a Value> {
        self.known.insert(key.to_owned());
        self.table?.get(key)
    }

    pub(super) fn text(&mut self, key: &str, required: bool) -> Option<String> {
        match self.value(key) {
            Some(Value::String(text)) if !text.contains('\0') => return Some(text.clone()),
            Some(_) => self.problem(key, "is not text"),
            None if required && self.table.is_some() => self.problem(key, "is missing"),
            None => {}
        }
        None
    }

    pub(super) fn flag(&mut self, key: &str) -> bool {
        match self.value(key) {
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.problem(key, "is neither true nor false");
                false
            }
            None => false,
        }
    }

    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let texts: Option<Vec<_>> = value
            .as_array()
            .and_then(|list| list.iter().map(|item| item.as_str().map(str::to_owned)).collect());
        if texts.is_none() {
            self.problem(key, "is not a list of texts");
        }
        texts.unwrap_or_default()
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let text = self.text(key, true)?;
        self.parse(key, &text)
    }

    pub(super) fn optional<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let text = self.text(key, false)?;
        self.parse(key, &text)
    }

    pub(super) fn parsed_list<T: FromStr<Err: Display>>(&mut self, key: &str) -> Vec<T> {
        let texts = self.texts(key);
        texts
            .iter()
            .enumerate()
            .filter_map(|(index, text)| self.parse(&format!("{key}/{index}"), text))
            .collect()
    }

    fn parse<T: FromStr<Err: Display>>(&mut self, path: &str, text: &str) -> Option<T> {
        text.parse()
            .map_err(|error: T::Err| self.problem(path, &format!("can't be read: {error}")))
            .ok()
    }

    pub(super) fn one_of(&mut self, key: &str, allowed: &[&str]) -> Option<String> {
        let text = self.text(key, true)?;
        if allowed.contains(&text.as_str()) {
            return Some(text);
        }
        self.problem(key, &format!("is none of {}", allowed.join(", ")));
        None
    }

    pub(super) fn subject(&mut self, kinds: &[&str]) -> Option<Subject> {
        let named: Vec<_> = kinds
            .iter()
            .filter_map(|kind| self.text(kind, false).map(|id| (*kind, id)))
            .collect();
        let [(kind, id)] = named.as_slice() else {
            let message = format!("names not exactly one of {}", kinds.join(", "));
            self.problems.push(Problem::new(self.pointer.clone(), message));
            return None;
        };
        Some(match *kind {
            "extension" => Subject::Extension(id.clone()),
            "capability" => Subject::Capability(id.clone()),
            _ => Subject::Resource(id.clone()),
        })
    }

    pub(super) fn table(&mut self, key: &str, required: bool) -> Self {
        let value = self.value(key);
        if value.is_none() && required {
            self.problem(key, &format!("is missing; write a table `[{key}]`"));
        }
        let mut pointer = self.pointer.clone();
        push_pointer(&mut pointer, key);
        Self::at(value, pointer)
    }

    pub(super) fn entries<T>(&mut self, key: &str, read: impl Fn(&mut Self) -> Option<T>) -> Vec<T> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(list) = value.as_array() else {
            self.problem(key, "is not a list of tables");
            return Vec::new();
        };
        let mut entries = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let mut fields = Self::at(Some(item), format!("{}/{key}/{index}", self.pointer));
            entries.extend(read(&mut fields));
            self.finish(fields);
        }
        entries
    }

    /// Takes over what was wrong with an inner table.
    pub(super) fn finish(&mut self, inner: Self) {
        self.problems.extend(inner.done());
    }

    /// All problems, unknown fields included.
    pub(super) fn done(mut self) -> Vec<Problem> {
        let unknown: Vec<_> = self
            .table
            .into_iter()
            .flat_map(Map::keys)
            .filter(|key| !self.known.contains(*key))
            .cloned()
            .collect();
        for key in unknown {
            let mut pointer = self.pointer.clone();
            push_pointer(&mut pointer, &key);
            let message = format!("unknown field `{}`; remove it", key.escape_default());
            self.problems.push(Problem::new(pointer, message));
        }
        self.problems
    }
}
