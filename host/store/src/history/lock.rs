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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLocks {
    client: ClientId,
    parts: BTreeSet<i64>,
    /// Whether it is all that is the client's.
    whole: bool,
}

impl HistoryLocks {
    /// Nothing yet of the client's.
    pub const fn new(client: ClientId) -> Self {
        Self {
            client,
            parts: BTreeSet::new(),
            whole: false,
        }
    }

    /// Whether there is nothing to lock.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && !self.whole
    }

    /// Whether it is all of the client's history: of very many parts, or where parts would not do.
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// The key of the client's whole history: whoever locks parts shares it.
    pub fn whole(&self) -> i64 {
        key(self.client, &["whole"])
    }

    /// The keys of the parts, the same for the same parts; none when it is the whole.
    pub fn parts(&self) -> impl Iterator<Item = i64> {
        self.parts.iter().copied()
    }

    /// What a question is about.
    pub fn ask(&mut self, question: &Question) {
        match question {
            Question::FindExact { name, value } => self.add(&["exact", name, value]),
            Question::FindNear {
                name,
                bits,
                max_distance,
            } => {
                self.near(name, *bits);
                if *max_distance > BYTES {
                    self.take_all();
                }
            }
            Question::KnownValues { subject, field } => self.add(&["value", subject, field]),
        }
    }

    /// What an observation changes.
    pub fn observe(&mut self, observation: &Observation) {
        match observation {
            Observation::Exact { name, value } => self.add(&["exact", name, value]),
            Observation::Near { name, bits } => self.near(name, *bits),
            Observation::Value { subject, field, .. } => self.add(&["value", subject, field]),
        }
    }

    fn near(&mut self, name: &str, bits: u64) {
        for (place, byte) in bits.to_le_bytes().into_iter().enumerate() {
            self.add(&["near", name, &place.to_string(), &byte.to_string()]);
        }
    }

    fn add(&mut self, parts: &[&str]) {
        if self.whole {
            return;
        }
        self.parts.insert(key(self.client, parts));
        if self.parts.len() > MOST {
            self.take_all();
        }
    }

    fn take_all(&mut self) {
        self.parts.clear();
        self.whole = true;
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
    /// Takes the locks if nobody has them, until the transaction ends. False when somebody does: then it holds some of
    /// them, and is to be rolled back.
    pub async fn try_lock_history(&mut self, locks: &HistoryLocks) -> Result<bool, StoreError> {
        if locks.is_empty() {
            return Ok(true);
        }
        if locks.whole {
            let query = sqlx::query_scalar!(
                r#"SELECT pg_try_advisory_xact_lock($1) AS "taken!""#,
                locks.whole()
            );
            return Ok(query.fetch_one(&mut *self.inner).await?);
        }
        let parts: Vec<i64> = locks.parts().collect();
        let query = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_xact_lock_shared($1)
                 AND (SELECT bool_and(pg_try_advisory_xact_lock(key)) FROM unnest($2::bigint[]) AS keys (key)) AS "taken!""#,
            locks.whole(),
            &parts
        );
        Ok(query.fetch_one(&mut *self.inner).await?)
    }

    /// Waits for the locks, with its connection, and has them until the transaction ends. In order, so that nobody waits
    /// in a circle.
    pub async fn lock_history(&mut self, locks: &HistoryLocks) -> Result<(), StoreError> {
        if locks.is_empty() {
            return Ok(());
        }
        if locks.whole {
            sqlx::query!("SELECT pg_advisory_xact_lock($1)", locks.whole())
                .fetch_one(&mut *self.inner)
                .await?;
            return Ok(());
        }
        sqlx::query!("SELECT pg_advisory_xact_lock_shared($1)", locks.whole())
            .fetch_one(&mut *self.inner)
            .await?;
        let parts: Vec<i64> = locks.parts().collect();
        let query = sqlx::query!(
            "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS keys (key)",
            &parts
        );
        (&mut *self.inner).execute(query).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
