//! From text to [`Path`]: one pass, no recursion.

use super::{Path, PathError, Step};
use crate::limits::{MAX_PATH_BYTES, MAX_PATH_STEPS, MAX_WILDCARDS};

/// Reads a path.
pub(super) fn parse(text: &str) -> Result<Path, PathError> {
    if text.is_empty() {
        return Err(PathError::Empty);
    }
    if text.len() > MAX_PATH_BYTES {
        return Err(PathError::TooLong);
    }
    if text.starts_with('/') {
        return Err(PathError::JsonPointer);
    }
    let mut reader = Reader { text, rest: text };
    let mut steps = vec![reader.first()?];
    while let Some(step) = reader.next()? {
        if steps.len() == MAX_PATH_STEPS {
            return Err(PathError::TooManySteps);
        }
        steps.push(step);
    }
    let wildcards = steps.iter().filter(|step| **step == Step::Each).count();
    if wildcards > MAX_WILDCARDS {
        return Err(PathError::TooManyWildcards);
    }
    Ok(Path {
        text: text.to_owned(),
        steps,
        wildcards,
    })
}

/// Whether a bare name may have this character.
pub(super) fn bare(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '$' | '@' | ':')
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
}

impl Reader<'_> {
    /// The position of the next character, from 1.
    fn at(&self) -> usize {
        self.text.chars().count() - self.rest.chars().count() + 1
    }

    fn first(&mut self) -> Result<Step, PathError> {
        if self.rest.starts_with('[') {
            self.bracket()
        } else {
            self.name()
        }
    }

    fn next(&mut self) -> Result<Option<Step>, PathError> {
        if self.rest.is_empty() {
            Ok(None)
        } else if self.rest.starts_with('[') {
            self.bracket().map(Some)
        } else if let Some(rest) = self.rest.strip_prefix('.') {
            self.rest = rest;
            self.name().map(Some)
        } else {
            Err(PathError::AfterBracket { at: self.at() })
        }
    }

    fn name(&mut self) -> Result<Step, PathError> {
        let end = self.rest.find(['.', '[']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        if name.is_empty() {
            return Err(PathError::EmptySegment { at: self.at() });
        }
        if let Some((before, found)) = name.chars().enumerate().find(|(_, character)| !bare(*character)) {
            return Err(PathError::Character {
                found,
                at: self.at() + before,
            });
        }
        self.rest = rest;
        Ok(Step::Name(name.to_owned()))
    }

    fn bracket(&mut self) -> Result<Step, PathError> {
        let wrong = PathError::Bracket { at: self.at() };
        let Some(inner) = self.rest.strip_prefix('[') else {
            return Err(wrong);
        };
        let (step, rest) = if let Some(rest) = inner.strip_prefix('*') {
            (Step::Each, rest)
        } else if inner.starts_with('"') {
            // The end of a JSON string is found by serde_json itself, so escapes are read as JSON reads them.
            let mut literals = serde_json::Deserializer::from_str(inner).into_iter::<String>();
            let Some(Ok(name)) = literals.next() else {
                return Err(wrong);
            };
            let Some(rest) = inner.get(literals.byte_offset()..) else {
                return Err(wrong);
            };
            (Step::Name(name), rest)
        } else {
            let end = inner
                .find(|character: char| !character.is_ascii_digit())
                .unwrap_or(inner.len());
            let Some((digits, rest)) = inner.split_at_checked(end) else {
                return Err(wrong);
            };
            // An index must mean the same in a 32-bit guest.
            let Ok(index) = digits.parse::<u32>() else {
                return Err(wrong);
            };
            let Ok(index) = usize::try_from(index) else {
                return Err(wrong);
            };
            (Step::Index(index), rest)
        };
        self.rest = rest.strip_prefix(']').ok_or(wrong)?;
        Ok(step)
    }
}
