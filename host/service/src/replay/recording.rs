//! A call's recorded answers, played back in order.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use assay_domain::{HostAnswer, KnownValue, Question, Sightings, Told};
use assay_engine::{Answer, History, HistoryUnavailable};
use serde_json::Value;

/// What is left of a recording. A question that is not the recorded one gets no answer.
#[derive(Debug)]
pub(super) struct Recording {
    left: Mutex<VecDeque<HostAnswer>>,
}

impl Recording {
    /// The recording as it is stored; else why it can't be read.
    pub(super) fn of(stored: &Value) -> Result<Self, String> {
        let answers: VecDeque<HostAnswer> = serde_json::from_value(stored.clone())
            .map_err(|error| format!("its recorded answers can't be read: {error}"))?;
        Ok(Self {
            left: Mutex::new(answers),
        })
    }

    fn next(&self, question: &Question) -> Result<Told, HistoryUnavailable> {
        let next = self
            .left
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        match next {
            Some(recorded) if recorded.question == *question => Ok(recorded.answer),
            _ => Err(HistoryUnavailable(
                "this was not asked when it was recorded".to_owned(),
            )),
        }
    }
}

impl History for Recording {
    fn find_exact(&self, name: String, value: String) -> Answer<Sightings> {
        let told = self.next(&Question::FindExact { name, value });
        Box::pin(async { sightings(told?) })
    }

    fn find_near(&self, name: String, bits: u64, max_distance: u8) -> Answer<Sightings> {
        let told = self.next(&Question::FindNear {
            name,
            bits,
            max_distance,
        });
        Box::pin(async { sightings(told?) })
    }

    fn known_values(&self, subject: String, field: String) -> Answer<Vec<KnownValue>> {
        let told = self.next(&Question::KnownValues { subject, field });
        Box::pin(async {
            match told? {
                Told::KnownValues(values) => Ok(values),
                other => Err(no_answer(other)),
            }
        })
    }
}

fn sightings(told: Told) -> Result<Sightings, HistoryUnavailable> {
    match told {
        Told::Sightings(found) => Ok(found),
        other => Err(no_answer(other)),
    }
}

fn no_answer(told: Told) -> HistoryUnavailable {
    match told {
        Told::Unavailable(why) => HistoryUnavailable(why),
        Told::Sightings(_) | Told::KnownValues(_) => {
            HistoryUnavailable("the recorded answer is one to another question".to_owned())
        }
    }
}
