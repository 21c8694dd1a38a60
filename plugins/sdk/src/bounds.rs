//! What one result may hold, so that a host takes it whatever the document.
//!
//! Invariant: of findings or signals that are too many or too long together, the weightiest are kept, of equal ones the
//! first, all in the order in which they were said; what is left out is counted, and the result says so. With the text
//! of each held to its own bound, a result has less than a mebibyte.

use crate::Observation;

/// Findings of one report, and signals of one score.
pub(crate) const MAX_ITEMS: usize = 1_000;
/// Bytes of the text of all findings or all signals.
pub const MAX_TEXT_BYTES: usize = 512 << 10;
/// Observations of one result.
pub const MAX_OBSERVATIONS: usize = 512;
/// `rule` or `name` of what says that observations were left out.
pub const OBSERVATIONS_REACHED: &str = "limit:observations";

/// Bytes of a sentence.
const MAX_SENTENCE_BYTES: usize = 1_024;
/// Bytes of a value that a finding shows.
const MAX_SHOWN_BYTES: usize = 512;
/// Bytes of a pointer.
const MAX_POINTER_BYTES: usize = 1_024;
/// Bytes of an observation's name and field.
const MAX_NAME_BYTES: usize = 64;
/// Bytes of an observation's subject and value.
const MAX_VALUE_BYTES: usize = 256;

/// Takes out what is too much, the lightest first, and of equal ones the last; returns it.
pub(crate) fn cut<T, W: Ord>(
    items: &mut Vec<T>,
    weight: impl Fn(&T) -> W,
    bytes: impl Fn(&T) -> usize,
) -> Vec<T> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|index| items.get(*index).map(|item| std::cmp::Reverse(weight(item))));
    let mut left = MAX_TEXT_BYTES;
    let mut kept = vec![false; items.len()];
    for index in order.into_iter().take(MAX_ITEMS) {
        let Some(rest) = items.get(index).and_then(|item| left.checked_sub(bytes(item))) else {
            break;
        };
        left = rest;
        if let Some(kept) = kept.get_mut(index) {
            *kept = true;
        }
    }
    let mut kept = kept.into_iter();
    items
        .extract_if(.., |_| !kept.next().unwrap_or_default())
        .collect()
}

/// A sentence, shortened if it is too long.
pub(crate) fn sentence(text: &mut String) {
    shorten(text, MAX_SENTENCE_BYTES);
}

/// JSON that a finding shows; if it is too long, its beginning as text.
pub(crate) fn shown(json: &mut Option<String>) {
    if let Some(text) = json.as_mut().filter(|text| text.len() > MAX_SHOWN_BYTES) {
        // Half, since as text its quotes are escaped.
        shorten(text, MAX_SHOWN_BYTES / 2);
        *text = serde_json::Value::from(text.as_str()).to_string();
    }
}

/// A pointer, and the whole document if it is none: it may have come from a document.
pub(crate) fn pointer(text: &mut String) {
    let rooted = text.is_empty() || text.starts_with('/');
    let escaped = text.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    if !rooted || !escaped || text.contains('\0') {
        text.clear();
    }
    // The place around it, so that it still is a place.
    while text.len() > MAX_POINTER_BYTES {
        let parent = text.rfind('/').unwrap_or_default();
        text.truncate(parent);
    }
}

fn shorten(text: &mut String, most: usize) {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
}

/// What a result asks the host to remember.
#[derive(Debug, Default)]
pub(crate) struct Observations {
    kept: Vec<Observation>,
    left_out: usize,
}

impl Observations {
    /// Keeps it, if there is room and it is of the contract's size.
    pub(crate) fn add(&mut self, observation: Observation) {
        if self.kept.len() < MAX_OBSERVATIONS && is_bounded(&observation) {
            self.kept.push(observation);
        } else {
            self.left_out += 1;
        }
    }

    /// What was kept, and a sentence about what was not.
    pub(crate) fn finish(self) -> (Vec<Observation>, Option<String>) {
        let said = (self.left_out > 0).then(|| {
            format!(
                "{} observations will not be remembered: a result has at most {MAX_OBSERVATIONS}, with names of 1 to \
                 {MAX_NAME_BYTES} bytes and values of 1 to {MAX_VALUE_BYTES}",
                self.left_out
            )
        });
        (self.kept, said)
    }
}

fn is_bounded(observation: &Observation) -> bool {
    let fits = |text: &str, most: usize| (1..=most).contains(&text.len()) && !text.contains('\0');
    match observation {
        Observation::Exact(exact) => fits(&exact.name, MAX_NAME_BYTES) && fits(&exact.value, MAX_VALUE_BYTES),
        Observation::Near(near) => fits(&near.name, MAX_NAME_BYTES),
        Observation::Value(field) => {
            fits(&field.subject, MAX_VALUE_BYTES)
                && fits(&field.field, MAX_NAME_BYTES)
                && fits(&field.value, MAX_VALUE_BYTES)
        }
    }
}

#[cfg(test)]
mod tests;
