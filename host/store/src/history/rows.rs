//! What is to be remembered of documents, by table and column, as one statement per table takes it.

use std::collections::HashSet;

use assay_domain::Observation;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Remembered;

#[derive(Default)]
pub(super) struct Rows<'a> {
    pub(super) exact: Exact<'a>,
    pub(super) near: Near<'a>,
    pub(super) values: Values<'a>,
}

/// The columns that say which document it was.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) documents: Vec<Uuid>,
    pub(super) processes: Vec<Uuid>,
    pub(super) at: Vec<DateTime<Utc>>,
}

#[derive(Default)]
pub(super) struct Exact<'a> {
    pub(super) names: Vec<&'a str>,
    pub(super) values: Vec<&'a str>,
    pub(super) seen: Seen,
}

#[derive(Default)]
pub(super) struct Near<'a> {
    pub(super) names: Vec<&'a str>,
    pub(super) bits: Vec<i64>,
    pub(super) seen: Seen,
}

#[derive(Default)]
pub(super) struct Values<'a> {
    pub(super) subjects: Vec<&'a str>,
    pub(super) fields: Vec<&'a str>,
    pub(super) texts: Vec<&'a str>,
    pub(super) seen: Seen,
}

impl Seen {
    fn add(&mut self, remembered: &Remembered<'_>) {
        self.documents.push(remembered.document.0);
        self.processes.push(remembered.process.0);
        self.at.push(remembered.seen_at);
    }
}

impl<'a> Rows<'a> {
    /// What is said of one document twice is one row.
    pub(super) fn of(documents: &[Remembered<'a>]) -> Self {
        let mut rows = Self::default();
        for remembered in documents {
            let mut said = HashSet::new();
            for observation in remembered.observations {
                if said.insert(observation) {
                    rows.add(remembered, observation);
                }
            }
        }
        rows
    }

    fn add(&mut self, remembered: &Remembered<'_>, observation: &'a Observation) {
        match observation {
            Observation::Exact { name, value } => {
                self.exact.names.push(name);
                self.exact.values.push(value);
                self.exact.seen.add(remembered);
            }
            Observation::Near { name, bits } => {
                self.near.names.push(name);
                self.near.bits.push(bits.cast_signed());
                self.near.seen.add(remembered);
            }
            Observation::Value {
                subject,
                field,
                value,
            } => {
                self.values.subjects.push(subject);
                self.values.fields.push(field);
                self.values.texts.push(value);
                self.values.seen.add(remembered);
            }
        }
    }
}
