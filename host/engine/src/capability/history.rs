//! `history`: what the host remembers, asked through a port.
//!
//! Invariant: arguments are held to their bounds here, and so are the number of questions and the size of the answers;
//! a call without the grant gets `denied`, never an answer; every answer of the port is recorded.
//! Deliberately absent: where the answers come from.

use assay_domain::history::{MOST_SIGHTINGS, MOST_VALUES};
use assay_domain::{HostAnswer, KnownValue, Question, Sighting, Sightings, Told};
use chrono::{DateTime, SecondsFormat, Utc};

use crate::bindings::history::{self, HistoryError};
use crate::bindings::types::{ExactFingerprint, NearFingerprint};
use crate::port::{Answer, History, HistoryUnavailable};
use crate::state::State;

const NAME: usize = 64;
const VALUE: usize = 256;
const DISTANCE: u8 = 16;

/// A call's answers, in order.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) given: Vec<HostAnswer>,
    questions_left: u32,
    bytes_left: usize,
}

impl Answers {
    pub(crate) fn new(questions: u32, bytes: u64) -> Self {
        Self {
            given: Vec::new(),
            questions_left: questions,
            bytes_left: usize::try_from(bytes).unwrap_or(usize::MAX),
        }
    }

    /// The last answer may go over the bound: whether it fits is not known before it is there, and a replay has to
    /// decide the same from the answers before it.
    fn exhausted(&self) -> bool {
        self.questions_left == 0 || self.bytes_left == 0
    }

    fn add(&mut self, question: Question, answer: Told) {
        let held = match &answer {
            Told::Sightings(found) => found.newest.len() * size_of::<Sighting>(),
            Told::KnownValues(values) => {
                let bytes = |known: &KnownValue| size_of::<KnownValue>() + known.value.len();
                values.iter().map(bytes).sum()
            }
            Told::Unavailable(why) => why.len(),
        };
        let held = held + size_of::<HostAnswer>() + 2 * VALUE;
        self.questions_left = self.questions_left.saturating_sub(1);
        self.bytes_left = self.bytes_left.saturating_sub(held);
        self.given.push(HostAnswer { question, answer });
    }
}

impl State {
    /// Has the port answer, and records what it says.
    async fn ask<T: Clone>(
        &mut self,
        question: Question,
        ask: impl FnOnce(&dyn History) -> Answer<T>,
        told: impl FnOnce(T) -> Told,
    ) -> Result<T, HistoryError> {
        if self.is_preparing() {
            // The same for every call, so that it need not be recorded.
            let why = "the history is asked about a document, not while preparing";
            return Err(HistoryError::Unavailable(why.to_owned()));
        }
        if !self.history_granted {
            return Err(HistoryError::Denied);
        }
        if let Some(problem) = problem(&question) {
            return Err(HistoryError::Invalid(problem.to_owned()));
        }
        if self.answers.exhausted() {
            return Err(HistoryError::Exhausted);
        }
        self.progress.enter_host();
        let answer = match self.history.clone() {
            Some(history) => ask(history.as_ref()).await,
            None => Err(HistoryUnavailable("there is no history here".to_owned())),
        };
        self.progress.leave_host();
        let recorded = match &answer {
            Ok(answer) => told(answer.clone()),
            Err(HistoryUnavailable(why)) => Told::Unavailable(why.clone()),
        };
        self.answers.add(question, recorded);
        answer.map_err(|HistoryUnavailable(why)| HistoryError::Unavailable(why))
    }
}

impl history::Host for State {
    async fn find_exact(
        &mut self,
        asked: ExactFingerprint,
    ) -> wasmtime::Result<Result<history::Sightings, HistoryError>> {
        let ExactFingerprint { name, value } = asked;
        let question = Question::FindExact {
            name: name.clone(),
            value: value.clone(),
        };
        let ask = |history: &dyn History| history.find_exact(name, value);
        Ok(self.ask(question, ask, Told::Sightings).await.map(sightings))
    }

    async fn find_near(
        &mut self,
        asked: NearFingerprint,
        max_distance: u8,
    ) -> wasmtime::Result<Result<history::Sightings, HistoryError>> {
        let NearFingerprint { name, bits } = asked;
        let question = Question::FindNear {
            name: name.clone(),
            bits,
            max_distance,
        };
        let ask = |history: &dyn History| history.find_near(name, bits, max_distance);
        Ok(self.ask(question, ask, Told::Sightings).await.map(sightings))
    }

    async fn known_values(
        &mut self,
        subject: String,
        field: String,
    ) -> wasmtime::Result<Result<Vec<history::KnownValue>, HistoryError>> {
        let question = Question::KnownValues {
            subject: subject.clone(),
            field: field.clone(),
        };
        let ask = |history: &dyn History| history.known_values(subject, field);
        let values = self.ask(question, ask, Told::KnownValues).await;
        Ok(values.map(|values| values.into_iter().take(MOST_VALUES).map(known_value).collect()))
    }
}

fn problem(question: &Question) -> Option<&'static str> {
    let wrong = |text: &str, most: usize| text.is_empty() || text.len() > most || text.contains('\0');
    let name = |text: &str| wrong(text, NAME).then_some("a name has 1 to 64 bytes and no NUL");
    match question {
        Question::FindExact { name: named, value } => {
            name(named).or_else(|| wrong(value, VALUE).then_some("a value has 1 to 256 bytes and no NUL"))
        }
        Question::FindNear {
            name: named,
            max_distance,
            ..
        } => name(named).or_else(|| (*max_distance > DISTANCE).then_some("the distance is over 16 bits")),
        Question::KnownValues { subject, field } => wrong(subject, VALUE)
            .then_some("a subject has 1 to 256 bytes and no NUL")
            .or_else(|| name(field)),
    }
}

fn sightings(found: Sightings) -> history::Sightings {
    let sighting = |seen: Sighting| history::Sighting {
        document: seen.document.to_string(),
        process: seen.process.to_string(),
        seen_at: time(seen.seen_at),
        distance: seen.distance,
    };
    history::Sightings {
        total: found.total,
        first_seen: found.first_seen.map(time),
        newest: found
            .newest
            .into_iter()
            .take(MOST_SIGHTINGS)
            .map(sighting)
            .collect(),
    }
}

fn known_value(known: KnownValue) -> history::KnownValue {
    history::KnownValue {
        value: known.value,
        count: known.count,
        first_seen: time(known.first_seen),
        last_seen: time(known.last_seen),
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
