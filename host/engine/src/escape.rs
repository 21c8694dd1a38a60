//! Guest text made safe to show: in a log, on a terminal, in Postgres.
//!
//! Invariant: what comes out has no control characters (C0, DEL, C1), hence no NUL, no line breaks and no terminal
//! sequences, and no characters that reorder or hide text around them.

/// `text` with such characters written as Rust writes them, cut at a character so that it has at most `most` bytes.
/// The second value is how many bytes of the text were cut.
pub(crate) fn escape(text: &str, most: usize) -> (String, usize) {
    if text.len() <= most && is_plain(text) {
        return (text.to_owned(), 0);
    }
    let mut safe = String::with_capacity(text.len().min(most));
    for (at, character) in text.char_indices() {
        let before = safe.len();
        if is_safe(character) {
            safe.push(character);
        } else {
            safe.extend(character.escape_default());
        }
        if safe.len() > most {
            safe.truncate(before);
            return (safe, text.len() - at);
        }
    }
    (safe, 0)
}

/// A message of a guest, for people: at most a few kilobytes of it. Nearly all of them are fine as they are.
pub(crate) fn message(text: String) -> String {
    const MOST: usize = 4 << 10;
    if text.len() <= MOST && is_plain(&text) {
        return text;
    }
    let (mut safe, cut) = escape(&text, MOST);
    if cut > 0 {
        safe.push('…');
    }
    safe
}

/// Whether nothing has to be escaped.
pub(crate) fn is_plain(text: &str) -> bool {
    let printable = |byte: &u8| (0x20..0x7f).contains(byte);
    text.as_bytes().iter().all(printable) || text.chars().all(is_safe)
}

fn is_safe(character: char) -> bool {
    let hides = matches!(character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
    !character.is_control() && !hides
}

#[cfg(test)]
mod tests;
