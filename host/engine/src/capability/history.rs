//! `history`: what the host remembers, asked through a port.
//!
//! Invariant: arguments are held to their bounds here, and so is the number of questions; a call without the grant gets
//! `denied`, never an answer. Deliberately absent: where the answers come from.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::bindings::history::{self, HistoryError, Sightings};
use crate::bindings::types::{ExactFingerprint, NearFingerprint};
use crate::port::{Answer, History};
use crate::state::State;

const NAME: usize = 64;
const VALUE: usize = 256;
const DISTANCE: u8 = 16;
const NEWEST: usize = 16;
const VALUES: usize = 64;

impl State {
    async fn ask<T>(
        &mut self,
        problem: Option<&str>,
        question: impl FnOnce(&dyn History) -> Answer<T>,
    ) -> Result<T, HistoryError> {
        if !self.history_granted {
            return Err(HistoryError::Denied);
        }
        if let Some(problem) = problem {
            return Err(HistoryError::Invalid(problem.to_owned()));
        }
        let Some(left) = self.host_calls_left.checked_sub(1) else {
            return Err(HistoryError::Exhausted);
        };
        self.host_calls_left = left;
        let Some(history) = self.history.clone() else {
            return Err(HistoryError::Unavailable("there is no history here".to_owned()));
        };
        self.progress.enter_host();
        let answer = question(history.as_ref()).await;
        self.progress.leave_host();
        answer.map_err(|error| HistoryError::Unavailable(error.0))
    }
}

impl history::Host for State {
    async fn find_exact(
        &mut self,
        asked: ExactFingerprint,
    ) -> wasmtime::Result<Result<Sightings, HistoryError>> {
        let problem = name(&asked.name).or_else(|| value("the value", &asked.value));
        let found = self
            .ask(problem, |history| history.find_exact(asked.name, asked.value))
            .await;
        Ok(found.map(sightings))
    }

    async fn find_near(
        &mut self,
        asked: NearFingerprint,
        max_distance: u8,
    ) -> wasmtime::Result<Result<Sightings, HistoryError>> {
        let far = (max_distance > DISTANCE).then_some("the distance is over 16 bits");
        let problem = name(&asked.name).or(far);
        let question = |history: &dyn History| history.find_near(asked.name, asked.bits, max_distance);
        let found = self.ask(problem, question).await;
        Ok(found.map(sightings))
    }

    async fn known_values(
        &mut self,
        subject: String,
        field: String,
    ) -> wasmtime::Result<Result<Vec<history::KnownValue>, HistoryError>> {
        let problem = value("the subject", &subject).or_else(|| name(&field));
        let found = self
            .ask(problem, |history| history.known_values(subject, field))
            .await;
        Ok(found.map(|values| {
            let value = |known: crate::KnownValue| history::KnownValue {
                value: known.value,
                count: known.count,
                first_seen: time(known.first_seen),
                last_seen: time(known.last_seen),
            };
            values.into_iter().take(VALUES).map(value).collect()
        }))
    }
}

fn name(text: &str) -> Option<&'static str> {
    let wrong = text.is_empty() || text.len() > NAME || text.contains('\0');
    wrong.then_some("a name has 1 to 64 bytes and no NUL")
}

fn value(what: &str, text: &str) -> Option<&'static str> {
    let wrong = text.is_empty() || text.len() > VALUE || text.contains('\0');
    let message = if what == "the subject" {
        "a subject has 1 to 256 bytes and no NUL"
    } else {
        "a value has 1 to 256 bytes and no NUL"
    };
    wrong.then_some(message)
}

fn sightings(found: crate::Sightings) -> Sightings {
    let sighting = |seen: crate::Sighting| history::Sighting {
        document: seen.document.to_string(),
        process: seen.process.to_string(),
        seen_at: time(seen.seen_at),
        distance: seen.distance,
    };
    Sightings {
        total: found.total,
        first_seen: found.first_seen.map(time),
        newest: found.newest.into_iter().take(NEWEST).map(sighting).collect(),
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
