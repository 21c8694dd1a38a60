//! One JSON object in the making, and the values in it.
//!
//! Invariant: an amount, quantity or date is written as what it is if it can be, and as its text otherwise; then its
//! pointer is noted. Fields that are not there are left out, and so are objects and lists without content.

use assay_plugin_sdk::{decimal, parse_date};
use serde_json::{Map, Number, Value};

use crate::xml::Element;

/// What was noted while reading.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The document's currency.
    pub(crate) currency: Option<String>,
    /// Pointers to values that are not of their type.
    pub(crate) unread: Vec<String>,
    /// Pointers to amounts in another currency than the document's, with that currency.
    pub(crate) foreign: Vec<(String, String)>,
}

/// An object in the making.
#[derive(Debug)]
pub(crate) struct Fields<'n> {
    notes: &'n mut Notes,
    pointer: String,
    map: Map<String, Value>,
}

impl<'n> Fields<'n> {
    /// The object at a pointer.
    pub(crate) fn new(notes: &'n mut Notes, pointer: String) -> Self {
        Self {
            notes,
            pointer,
            map: Map::new(),
        }
    }

    /// What was put in.
    pub(crate) fn finish(self) -> Map<String, Value> {
        self.map
    }

    /// Text as it is written.
    pub(crate) fn text(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.map.insert(key.to_owned(), text.into());
        }
    }

    /// A value that is JSON already.
    pub(crate) fn value(&mut self, key: &str, value: impl Into<Value>) {
        self.map.insert(key.to_owned(), value.into());
    }

    /// An amount; if it is in another currency than the document's, that is noted.
    pub(crate) fn amount(&mut self, key: &str, element: Option<&Element>) {
        let Some(element) = element else { return };
        self.number(key, Some(element));
        // Without a currency of its own a document has no other: that it names none is one thing wrong, not one each.
        if let (Some(own), Some(currency)) = (self.notes.currency.as_deref(), element.attribute("currencyID"))
            && currency != own
        {
            self.notes
                .foreign
                .push((format!("{}/{key}", self.pointer), currency.to_owned()));
        }
    }

    /// A number with the digits that are written.
    pub(crate) fn number(&mut self, key: &str, element: Option<&Element>) {
        let Some(text) = element.map(Element::text).filter(|text| !text.is_empty()) else {
            return;
        };
        match plain(text) {
            Some(number) => self.value(key, Value::Number(number)),
            None => self.unread(key, text),
        }
    }

    /// A list of numbers, left out if there are none. What is none is kept as text.
    pub(crate) fn numbers(&mut self, key: &str, elements: &[&Element]) {
        let mut list = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let number = plain(element.text()).map(Value::Number);
            if number.is_none() {
                self.notes.unread.push(format!("{}/{key}/{index}", self.pointer));
            }
            list.push(number.unwrap_or_else(|| element.text().into()));
        }
        if !list.is_empty() {
            self.value(key, list);
        }
    }

    /// A date as `YYYY-MM-DD`; a time zone, which UBL allows, is left out.
    pub(crate) fn date(&mut self, key: &str, element: Option<&Element>) {
        let Some(text) = element.map(Element::text).filter(|text| !text.is_empty()) else {
            return;
        };
        match day(text) {
            Some(day) => self.text(key, Some(day)),
            None => self.unread(key, text),
        }
    }

    /// An object within, left out if nothing is put in.
    pub(crate) fn object(&mut self, key: &str, fill: impl FnOnce(&mut Fields<'_>)) {
        let mut inner = Fields::new(self.notes, format!("{}/{key}", self.pointer));
        fill(&mut inner);
        let fields = inner.finish();
        if !fields.is_empty() {
            self.value(key, fields);
        }
    }

    /// A list of objects, one per element, left out if there are none.
    pub(crate) fn list<'e>(
        &mut self,
        key: &str,
        elements: impl Iterator<Item = &'e Element>,
        fill: impl Fn(&mut Fields<'_>, &'e Element),
    ) {
        let mut list = Vec::new();
        for (index, element) in elements.enumerate() {
            let mut inner = Fields::new(self.notes, format!("{}/{key}/{index}", self.pointer));
            fill(&mut inner, element);
            list.push(Value::Object(inner.finish()));
        }
        if !list.is_empty() {
            self.value(key, list);
        }
    }

    fn unread(&mut self, key: &str, text: &str) {
        self.notes.unread.push(format!("{}/{key}", self.pointer));
        self.text(key, Some(text));
    }
}

/// A decimal of XML Schema as a JSON number: no plus sign, no zeros in front, digits on both sides of a point. Zeros
/// at the end stay, since `10.00` says more than `10`. Nothing if it is no decimal or has more than 28 digits.
fn plain(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || digits.starts_with(['-', '+']) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" if whole.bytes().all(|byte| byte == b'0') => "0",
        whole => whole,
    };
    let wide = whole.len() + fraction.len() > decimal::MAX_DIGITS;
    let fraction = if wide {
        fraction.trim_end_matches('0')
    } else {
        fraction
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let number = format!("{sign}{whole}{point}{fraction}");
    decimal::of_text(&number).ok()??;
    if whole.len() + fraction.len() > decimal::MAX_DIGITS {
        return None;
    }
    number.parse().ok()
}

/// The day of a date of XML Schema, without its time zone.
fn day(text: &str) -> Option<&str> {
    let (day, zone) = text.split_at_checked(10)?;
    // A zone is up to 14 hours away, as in XML Schema.
    let known = matches!(
        zone.as_bytes(),
        [] | [b'Z']
            | [b'+' | b'-', b'0', b'0'..=b'9', b':', b'0'..=b'5', b'0'..=b'9']
            | [b'+' | b'-', b'1', b'0'..=b'3', b':', b'0'..=b'5', b'0'..=b'9']
            | [b'+' | b'-', b'1', b'4', b':', b'0', b'0']
    );
    (known && parse_date(day).is_some()).then_some(day)
}

#[cfg(test)]
mod tests;
