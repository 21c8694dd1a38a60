//! Documents dated on a weekend or after the day when they were received.
//!
//! Invariant: the first and the last day of a month are no weekend here, since programs date by them; who often issues
//! on weekends, or often sends a few days ahead, is not suspected for it. A credit note may be of any day.

use assay_plugin_sdk::{Datelike as _, Days, NaiveDate, Observation, clock};

use crate::Signal;
use crate::document::{At, Document, Kind};
use crate::past::{self, Past};
use crate::settings::Settings;

const WEEKDAY: &str = "weekday";
const DATED: &str = "dated";
const AHEAD: &str = "ahead";
/// More than one of so many documents is often.
const OFTEN: u64 = 10;
/// Who often sends ahead does so by no more days.
const MOST_AHEAD: u64 = 10;
const SATURDAY: u32 = 6;

/// How many of a payee's documents were odd in one way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Habit {
    documents: u64,
    odd: u64,
}

/// What is known of when a payee's documents are dated; asked only where it matters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Habits {
    weekends: Option<Habit>,
    ahead: Option<Habit>,
}

impl Habits {
    /// What the history knows.
    pub(crate) fn of(document: &Document, settings: &Settings, past: &mut Past) -> Self {
        let Some(subject) = document.subject() else {
            return Self::default();
        };
        let is_weekend = |value: &str| value.parse::<u32>().is_ok_and(|weekday| weekday >= SATURDAY);
        Self {
            weekends: weekend(document).map(|_| Habit::of(subject, WEEKDAY, is_weekend, past)),
            ahead: future(document, settings)
                .map(|_| Habit::of(subject, DATED, |value| value == AHEAD, past)),
        }
    }
}

impl Habit {
    fn of(subject: &str, field: &str, is_odd: impl Fn(&str) -> bool, past: &mut Past) -> Self {
        let mut habit = Self::default();
        for known in past.values(subject, field) {
            habit.documents = habit.documents.saturating_add(known.count);
            if is_odd(&known.value) {
                habit.odd = habit.odd.saturating_add(known.count);
            }
        }
        habit
    }

    fn is_usual(self) -> bool {
        self.odd.saturating_mul(OFTEN) > self.documents
    }

    fn in_words(self, what: &str) -> String {
        format!(
            "; {} of {} earlier documents of the payee were {what}",
            self.odd, self.documents
        )
    }
}

/// What [`Habits::of`] finds again.
pub(crate) fn observations(document: &Document) -> Vec<Observation> {
    let Some(subject) = document.subject() else {
        return Vec::new();
    };
    let weekday = document
        .date
        .as_ref()
        .map(|date| date.value.weekday().number_from_monday().to_string());
    let dated = document
        .begins
        .as_ref()
        .zip(clock::today())
        .map(|(begins, today)| if begins.value > today { AHEAD } else { "by then" }.to_owned());
    [(WEEKDAY, weekday), (DATED, dated)]
        .into_iter()
        .filter_map(|(field, value)| Some(past::value(subject, field, &value?)))
        .collect()
}

/// The signals, if any.
pub(crate) fn signals(document: &Document, habits: Habits, settings: &Settings) -> Vec<Signal> {
    let weekend = weekend(document).filter(|_| !habits.weekends.is_some_and(Habit::is_usual));
    let weekend = weekend.map(|date| {
        let saturday = date.value.weekday().number_from_monday() == SATURDAY;
        Signal {
            name: "weekend_date",
            weight: settings.weights.weekend_date,
            pointer: date.pointer.clone(),
            reason: format!(
                "{} is a {}, and neither the first nor the last day of a month{}",
                date.value,
                if saturday { "Saturday" } else { "Sunday" },
                habits
                    .weekends
                    .map_or_else(String::new, |habit| habit.in_words("dated on a weekend"))
            ),
        }
    });
    let ahead = future(document, settings)
        .filter(|(_, days)| *days > MOST_AHEAD || !habits.ahead.is_some_and(Habit::is_usual));
    let ahead = ahead.map(|(begins, days)| Signal {
        name: "future_date",
        weight: settings.weights.future_date,
        pointer: begins.pointer.clone(),
        reason: format!(
            "it is dated {}, {days} days after it was received{}",
            begins.value,
            habits
                .ahead
                .map_or_else(String::new, |habit| habit.in_words("dated ahead"))
        ),
    });
    weekend.into_iter().chain(ahead).collect()
}

fn weekend(document: &Document) -> Option<&At<NaiveDate>> {
    let date = document.date.as_ref()?;
    (document.kind != Kind::CreditNote && is_odd_weekend(date.value)).then_some(date)
}

/// The day that lies ahead, and by how many days.
fn future<'d>(document: &'d Document, settings: &Settings) -> Option<(&'d At<NaiveDate>, u64)> {
    let begins = document.begins.as_ref()?;
    let today = clock::today()?;
    let latest = today.checked_add_days(Days::new(u64::from(settings.future_days)))?;
    let days = u64::try_from((begins.value - today).num_days()).ok()?;
    (begins.value > latest).then_some((begins, days))
}

fn is_odd_weekend(date: NaiveDate) -> bool {
    let ends_month = date.succ_opt().is_none_or(|next| next.month() != date.month());
    date.weekday().number_from_monday() >= SATURDAY && date.day() != 1 && !ends_month
}
