//! How a compiled rule judges one place of a document.
//!
//! A rule kind implements [`Check`] for a value that is there; what is missing, `null` or unreachable is handled here
//! the same way for all kinds, unless a kind says otherwise. Text for people is made only when a rule is broken.

use std::cell::Cell;
use std::fmt;
use std::ops::ControlFlow;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::finding::{described, shown};
use crate::limits::MAX_WORK;
use crate::operands::Other;
use crate::path::{Bound, Found, Match, Path, Shape};
use crate::{date, decimal};

/// Bytes of text that count as one more step of work.
const BYTES_PER_STEP: usize = 256;

/// Says the day when the document was received; nothing if nobody knows.
pub(crate) type Today<'d> = &'d dyn Fn() -> Option<NaiveDate>;

/// What one evaluation has beside the rules.
pub(crate) struct Context<'d> {
    pub(crate) data: &'d Value,
    /// The day when the document was received, asked for by those rules alone that need it.
    pub(crate) today: Today<'d>,
    /// Shared by all documents of one evaluation.
    work: &'d Cell<u64>,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Context")
            .field("data", &self.data)
            .field("work", &self.work)
            .finish_non_exhaustive()
    }
}

impl<'d> Context<'d> {
    pub(crate) fn new(data: &'d Value, today: Today<'d>, work: &'d Cell<u64>) -> Context<'d> {
        Context { data, today, work }
    }

    /// Counts work; breaks off once there was too much.
    pub(crate) fn charge(&self, steps: u64) -> ControlFlow<()> {
        self.work.set(self.work.get().saturating_add(steps));
        if self.is_exhausted() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Counts the work of looking at one place.
    pub(crate) fn charge_match(&self, found: &Match<'_>) -> ControlFlow<()> {
        let bytes = match found.found {
            Found::Value(Value::String(text)) => text.len(),
            Found::Value(Value::Number(number)) => number.as_str().len(),
            _ => 0,
        };
        self.charge(
            u64::try_from(bytes / BYTES_PER_STEP)
                .unwrap_or(u64::MAX)
                .saturating_add(1),
        )
    }

    /// Whether the evaluation must end.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.work.get() > MAX_WORK
    }
}

/// A rule was kept, or had nothing to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    Kept,
    NotApplicable,
}

/// A rule was broken, in one place or more.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) Vec<Failure>);

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Broken {
        Broken(vec![failure])
    }
}

/// One place that breaks a rule.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) pointer: String,
    /// The place as a path.
    pub(crate) name: String,
    /// What is wrong, in a sentence.
    pub(crate) text: String,
    pub(crate) expected: Option<Value>,
    pub(crate) actual: Option<Value>,
    /// Whether the rule could be judged; if not, its own message would mislead.
    pub(crate) judged: bool,
}

/// What judging one place came to.
pub(crate) type Judged = Result<Applied, Broken>;

/// Kept if `holds`, else broken as `failure` says.
pub(crate) fn kept_if(holds: bool, failure: impl FnOnce() -> Failure) -> Judged {
    if holds {
        Ok(Applied::Kept)
    } else {
        Err(failure().into())
    }
}

/// What a kind makes of its operands: how the places of a rule's field are judged.
#[derive(Debug)]
pub(crate) enum Judge {
    /// Each place by itself.
    Each(Box<dyn Check>),
    /// All places of a document together.
    Together(Box<dyn CheckTogether>),
    /// All documents of a process together; one alone is not judged.
    Documents(Box<dyn CheckDocuments>),
}

impl Judge {
    /// Judges each place by itself.
    pub(crate) fn each(check: impl Check + 'static) -> Judge {
        Judge::Each(Box::new(check))
    }

    /// Whether one document gives it nothing to judge.
    pub(crate) fn spans_documents(&self) -> bool {
        matches!(self, Judge::Documents(_))
    }
}

/// Sees one place.
pub(crate) type Visit<'v, 'a> = dyn FnMut(&Target<'a>) -> ControlFlow<()> + 'v;
/// Shows every place of a document to a visitor; breaks off if there is too much work or the visitor has had enough.
pub(crate) type Places<'p, 'a> = dyn FnMut(&mut Visit<'_, 'a>) -> ControlFlow<()> + 'p;
/// The same for the document of that number, from 0.
pub(crate) type PlacesOf<'p, 'a> = dyn FnMut(usize, &mut Visit<'_, 'a>) -> ControlFlow<()> + 'p;
/// Takes what is wrong with the document of that number.
pub(crate) type ReportOf<'r> = dyn FnMut(usize, Failure) -> ControlFlow<()> + 'r;

/// A rule's own part that looks at all places together.
pub(crate) trait CheckTogether: fmt::Debug + Send + Sync {
    /// Judges a document.
    fn judge<'a>(&'a self, places: &mut Places<'_, 'a>) -> Judged;
}

/// A rule's own part that looks at several documents.
pub(crate) trait CheckDocuments: fmt::Debug + Send + Sync {
    /// Judges so many documents.
    fn judge<'a>(
        &'a self,
        documents: usize,
        places: &mut PlacesOf<'_, 'a>,
        report: &mut ReportOf<'_>,
    ) -> ControlFlow<()>;
}

/// A rule's own part that looks at one place, with its operands read.
pub(crate) trait Check: fmt::Debug + Send + Sync {
    /// Judges a value that is there and not `null`.
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged;

    /// Judges a place where nothing is, or `null`.
    fn missing(&self, _target: &Target<'_>, _is_null: bool) -> Judged {
        Ok(Applied::NotApplicable)
    }

    /// Judges a path that leads through a value without members or elements.
    fn misshapen(&self, target: &Target<'_>, value: &Value, shape: Shape) -> Judged {
        Err(target.spot.misshapen(value, shape).into())
    }
}

/// Judges one place.
pub(crate) fn judge(check: &dyn Check, target: &Target<'_>) -> Judged {
    match target.spot.found.found {
        Found::Value(Value::Null) => check.missing(target, true),
        Found::Value(value) => check.present(target, value),
        Found::Missing => check.missing(target, false),
        Found::NoElements => Ok(Applied::NotApplicable),
        Found::Misshapen(value, shape) => check.misshapen(target, value, shape),
    }
}

/// A place and what is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub(crate) path: &'a Path,
    pub(crate) found: Match<'a>,
}

impl Spot<'_> {
    /// The place as a path without wildcards.
    pub(crate) fn name(&self) -> String {
        self.path.concrete_path(&self.found)
    }

    /// The place breaks the rule.
    pub(crate) fn broken(&self, text: String, expected: Option<Value>, actual: Option<Value>) -> Failure {
        Failure {
            pointer: self.path.pointer(&self.found),
            name: self.name(),
            text,
            expected,
            actual,
            judged: true,
        }
    }

    /// The place cannot be judged.
    pub(crate) fn unjudged(&self, text: String, expected: Option<Value>, actual: Option<Value>) -> Failure {
        Failure {
            judged: false,
            ..self.broken(text, expected, actual)
        }
    }

    /// The value is of a type that the rule cannot judge.
    pub(crate) fn wrong_type(&self, value: &Value, wanted: &str, hint: &str) -> Failure {
        let text = format!(
            "{} is {}, but must be {wanted}{hint}",
            self.name(),
            described(value)
        );
        self.unjudged(text, Some(Value::from(wanted)), shown(value))
    }

    /// The path cannot go on from here.
    pub(crate) fn misshapen(&self, value: &Value, shape: Shape) -> Failure {
        let wanted = match shape {
            Shape::Object => "an object",
            Shape::List => "a list",
        };
        self.wrong_type(value, wanted, &format!(" for {}", self.path))
    }

    /// The number that the value stands for.
    pub(crate) fn number(&self, value: &Value) -> Result<Decimal, Broken> {
        match decimal::of(value) {
            Ok(Some(number)) => Ok(number),
            Ok(None) => {
                let is_date = value.as_str().is_some_and(|text| date::parse(text).is_some());
                let hint = if is_date {
                    "; dates are compared by date_before and its like"
                } else {
                    ""
                };
                Err(self.wrong_type(value, "a number", hint).into())
            }
            Err(error) => Err(self.inexact(value, error).into()),
        }
    }

    /// The number cannot be kept exactly.
    pub(crate) fn inexact(&self, value: &Value, error: decimal::DecimalError) -> Failure {
        self.unjudged(
            format!("{} is {}, which {error}", self.name(), described(value)),
            None,
            shown(value),
        )
    }

    /// The date that the value stands for.
    pub(crate) fn date(&self, value: &Value) -> Result<NaiveDate, Broken> {
        value
            .as_str()
            .and_then(date::parse)
            .ok_or_else(|| self.wrong_type(value, "a date of the form YYYY-MM-DD", "").into())
    }
}

/// The place that a rule judges.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) spot: Spot<'a>,
    pub(crate) context: &'a Context<'a>,
}

impl<'a> Target<'a> {
    /// The other side of a comparison; nothing if it is missing or `null`.
    pub(crate) fn other<T>(&self, other: &'a Other<T>) -> Result<Option<Held<'a, T>>, Broken> {
        let bound = match other {
            Other::Constant { value, read } => return Ok(Some(Held::Constant { value, read })),
            Other::Field(bound) => bound,
        };
        let held = self.place(bound)?;
        Ok(held.map(|(spot, value)| Held::Field { spot, value }))
    }

    /// The place that a path beside the field leads to; nothing if it is missing or `null`.
    pub(crate) fn place(&self, bound: &'a Bound) -> Result<Option<(Spot<'a>, &'a Value)>, Broken> {
        let Some(found) = bound.one(self.context.data, &self.spot.found.indices) else {
            return Ok(None);
        };
        // Whoever judges the place asks afterwards whether that was too much.
        let _ = self.context.charge_match(&found);
        let spot = Spot {
            path: bound.path(),
            found,
        };
        match found.found {
            Found::Value(Value::Null) | Found::Missing | Found::NoElements => Ok(None),
            Found::Value(value) => Ok(Some((spot, value))),
            Found::Misshapen(value, shape) => Err(spot.misshapen(value, shape).into()),
        }
    }
}

/// What a field is held against.
#[derive(Debug)]
pub(crate) enum Held<'a, T> {
    Field { spot: Spot<'a>, value: &'a Value },
    Constant { value: &'a Value, read: &'a T },
}

impl<'a, T: Copy> Held<'a, T> {
    /// What the other side stands for; a field's value is read by `read`.
    pub(crate) fn read(&self, read: impl Fn(&Spot<'a>, &Value) -> Result<T, Broken>) -> Result<T, Broken> {
        match self {
            Held::Field { spot, value } => read(spot, value),
            Held::Constant { read, .. } => Ok(**read),
        }
    }
}

impl<T> Held<'_, T> {
    /// The place of the other side, if it is a field.
    pub(crate) fn spot(&self) -> Option<&Spot<'_>> {
        match self {
            Held::Field { spot, .. } => Some(spot),
            Held::Constant { .. } => None,
        }
    }

    /// The other side's value.
    pub(crate) fn value(&self) -> &Value {
        match self {
            Held::Field { value, .. } | Held::Constant { value, .. } => value,
        }
    }

    /// The other side in a sentence: `total_gross (5000)` or `100`.
    pub(crate) fn described(&self) -> String {
        match self {
            Held::Field { spot, value } => format!("{} ({})", spot.name(), described(value)),
            Held::Constant { value, .. } => described(value),
        }
    }
}
