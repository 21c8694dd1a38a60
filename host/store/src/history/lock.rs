//! What must not change between asking the history and adding to it.
//!
//! Invariant: if what one transaction adds could change what another one asked, their locks collide. Unrelated documents
//! do not, but for chance: near fingerprints that differ in at most 7 bits share one of their eight bytes, and so do
//! 3 of 100 strangers.

use std::collections::BTreeSet;

use assay_domain::{ClientId, Digest, Observation, Question};
use sqlx::Executor;

use crate::{StoreError, Tx};

/// Up to which distance near fingerprints share a byte.
const BYTES: u8 = 7;

/// How many locks are taken before it is the whole history instead: a server has room for few thousand.
const MOST: usize = 48;

/// Which parts of a client's history to lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryLocks {
    keys: BTreeSet<i64>,
    /// The key of all that is the client's, once it is that.
    whole: Option<i64>,
}

impl HistoryLocks {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to lock.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.whole.is_none()
    }

    /// The parts' keys, the same for the same parts; of very many parts one for all of the client's.
    pub fn keys(&self) -> impl Iterator<Item = i64> {
        let parts = self.keys.iter().copied().filter(|_| self.whole.is_none());
        parts.chain(self.whole)
    }

    /// What a question is about.
    pub fn ask(&mut self, client: ClientId, question: &Question) {
        match question {
            Question::FindExact { name, value } => self.add(client, &["exact", name, value]),
            Question::FindNear {
                name,
                bits,
                max_distance,
            } => {
                self.near(client, name, *bits);
                if *max_distance > BYTES {
                    self.take_all(client);
                }
            }
            Question::KnownValues { subject, field } => self.add(client, &["value", subject, field]),
        }
    }

    /// What an observation changes.
    pub fn observe(&mut self, client: ClientId, observation: &Observation) {
        match observation {
            Observation::Exact { name, value } => self.add(client, &["exact", name, value]),
            Observation::Near { name, bits } => self.near(client, name, *bits),
            Observation::Value { subject, field, .. } => self.add(client, &["value", subject, field]),
        }
    }

    fn near(&mut self, client: ClientId, name: &str, bits: u64) {
        for (place, byte) in bits.to_le_bytes().into_iter().enumerate() {
            self.add(client, &["near", name, &place.to_string(), &byte.to_string()]);
        }
    }

    fn add(&mut self, client: ClientId, parts: &[&str]) {
        if self.whole.is_some() {
            return;
        }
        self.keys.insert(key(client, parts));
        if self.keys.len() > MOST {
            self.take_all(client);
        }
    }

    fn take_all(&mut self, client: ClientId) {
        self.keys.clear();
        self.whole = Some(key(client, &["whole"]));
    }
}

/// Parts hold no NUL: neither JSON that a guest hands out nor a question may.
fn key(client: ClientId, parts: &[&str]) -> i64 {
    let text = format!("history\0{client}\0{}", parts.join("\0"));
    let digest = Digest::of(text.as_bytes());
    let bytes = digest.as_bytes().iter().take(8);
    bytes.fold(0_i64, |key, byte| key << 8 | i64::from(*byte))
}

impl Tx {
    /// Takes the locks, until the transaction ends. In order, so that nobody waits in a circle.
    pub async fn lock_history(&mut self, client: ClientId, locks: &HistoryLocks) -> Result<(), StoreError> {
        if locks.is_empty() {
            return Ok(());
        }
        if let Some(whole) = locks.whole {
            sqlx::query!("SELECT pg_advisory_xact_lock($1)", whole)
                .fetch_one(&mut *self.inner)
                .await?;
            return Ok(());
        }
        let whole = key(client, &["whole"]);
        sqlx::query!("SELECT pg_advisory_xact_lock_shared($1)", whole)
            .fetch_one(&mut *self.inner)
            .await?;
        let keys: Vec<i64> = locks.keys().collect();
        let query = sqlx::query!(
            "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS keys (key)",
            &keys
        );
        (&mut *self.inner).execute(query).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
