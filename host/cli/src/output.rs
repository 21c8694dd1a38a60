//! Where results and remarks go, and how text of strangers becomes harmless.

use std::io::{IsTerminal as _, Write as _};

use console::Style;
use serde::Serialize;

/// For whom a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A person.
    Human,
    /// A program.
    Json,
}

/// Standard output and standard error of a command.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    colour: bool,
    interactive: bool,
}

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        let interactive = std::io::stderr().is_terminal();
        let colour =
            std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
        Self {
            format,
            colour,
            interactive,
        }
    }

    /// Whether results may be coloured.
    pub(crate) fn colour(&self) -> bool {
        self.colour
    }

    /// Whether somebody watches standard error.
    pub(crate) fn interactive(&self) -> bool {
        self.interactive && self.format == Format::Human
    }

    /// A line of the result. Whoever closed the pipe has seen enough.
    #[expect(
        clippy::unused_self,
        reason = "all that is written goes through the one who knows for whom"
    )]
    pub(crate) fn line(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// The result for a program, as one JSON value.
    pub(crate) fn json(&self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.line(&text),
            Err(error) => self.error(&format!("the result can't be written as JSON: {error}")),
        }
    }

    /// A remark beside the result.
    #[expect(
        clippy::unused_self,
        reason = "all that is written goes through the one who knows for whom"
    )]
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// What went wrong.
    pub(crate) fn error(&self, text: &str) {
        let label = self.paint("error:", &Style::new().red().bold().for_stderr());
        self.note(&format!("{label} {}", visible(text)));
    }

    /// Good news.
    pub(crate) fn good(&self, text: &str) -> String {
        self.paint(text, &Style::new().green())
    }

    /// Bad news.
    pub(crate) fn bad(&self, text: &str) -> String {
        self.paint(text, &Style::new().red())
    }

    /// News to look at.
    pub(crate) fn odd(&self, text: &str) -> String {
        self.paint(text, &Style::new().yellow())
    }

    fn paint(&self, text: &str, style: &Style) -> String {
        if self.colour {
            style.clone().force_styling(true).apply_to(text).to_string()
        } else {
            text.to_owned()
        }
    }
}

/// Text of strangers for a terminal: control characters, which a terminal obeys, and the marks that turn the direction
/// of writing around are shown as escapes. Line breaks too, so that nobody can forge a line.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}') {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// `1.2 MB`, for people.
pub(crate) fn size(bytes: usize) -> String {
    let mut tenths = bytes.saturating_mul(10);
    for unit in ["B", "kB", "MB"] {
        if tenths < 10_000 {
            return if unit == "B" {
                format!("{bytes} B")
            } else {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            };
        }
        tenths /= 1_000;
    }
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests;
