//! What plugins wanted remembered of a client's documents.
//!
//! Invariant: whoever decides by the history takes [`Tx::lock_history`] over what it asked and what it adds before it
//! asks again and writes, all in one transaction: of two that would see each other's documents the second waits and
//! sees. Deliberately absent: the documents of a process under way, which are its own to know.

mod lock;
mod near;

use assay_domain::history::{MOST_SIGHTINGS, MOST_VALUES};
use assay_domain::{DocumentId, KnownValue, Observation, ProcessId, Sighting, Sightings};
use chrono::{DateTime, Utc};

use crate::{StoreError, Tx};

pub use lock::HistoryLocks;

/// A document that is remembered.
#[derive(Clone, Copy, Debug)]
pub struct Remembered<'a> {
    /// Which.
    pub document: DocumentId,
    /// The process that it came with.
    pub process: ProcessId,
    /// When it was received.
    pub seen_at: DateTime<Utc>,
    /// What to remember; the same said twice counts once.
    pub observations: &'a [Observation],
}

fn most(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

impl Tx {
    /// The documents that bear an exact fingerprint, the newest listed.
    pub async fn find_exact(&mut self, name: &str, value: &str) -> Result<Sightings, StoreError> {
        let rows = sqlx::query!(
            "SELECT document_id, process_id, seen_at, nth, first_seen FROM document_fingerprints
             WHERE name = $1 AND value = $2 ORDER BY nth DESC LIMIT $3",
            name,
            value,
            most(MOST_SIGHTINGS)
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let newest = rows.iter().map(|row| Sighting {
            document: DocumentId(row.document_id),
            process: ProcessId(row.process_id),
            seen_at: row.seen_at,
            distance: 0,
        });
        Ok(Sightings {
            total: rows.first().map_or(0, |row| unsigned(row.nth)),
            first_seen: rows.first().map(|row| row.first_seen),
            newest: newest.collect(),
        })
    }

    /// The documents whose fingerprint differs in at most `max_distance` of 64 bits, nearest first.
    pub async fn find_near(
        &mut self,
        name: &str,
        bits: u64,
        max_distance: u8,
    ) -> Result<Sightings, StoreError> {
        let [first, second, third, fourth] = near::quarters(bits).map(|q| near::around(q, max_distance / 4));
        let rows = sqlx::query!(
            r#"SELECT document_id, process_id, seen_at, bit_count((bits # $2)::bit(64)) AS "distance!",
                 count(*) OVER () AS "total!", min(seen_at) OVER () AS "first_seen!"
             FROM document_simhashes
             WHERE name = $1
                 AND (quarter_0 = ANY($4) OR quarter_1 = ANY($5) OR quarter_2 = ANY($6) OR quarter_3 = ANY($7))
                 AND bit_count((bits # $2)::bit(64)) <= $3
             ORDER BY 4, seen_at DESC, document_id DESC LIMIT $8"#,
            name,
            bits.cast_signed(),
            i64::from(max_distance),
            &first,
            &second,
            &third,
            &fourth,
            most(MOST_SIGHTINGS)
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let nearest = rows.iter().map(|row| Sighting {
            document: DocumentId(row.document_id),
            process: ProcessId(row.process_id),
            seen_at: row.seen_at,
            distance: u8::try_from(row.distance).unwrap_or(u8::MAX),
        });
        Ok(Sightings {
            total: rows.first().map_or(0, |row| unsigned(row.total)),
            first_seen: rows.first().map(|row| row.first_seen),
            newest: nearest.collect(),
        })
    }

    /// The values that a subject's field had, most frequent first.
    pub async fn known_values(&mut self, subject: &str, field: &str) -> Result<Vec<KnownValue>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT value, documents, first_seen, last_seen FROM known_values
             WHERE subject = $1 AND field = $2 ORDER BY documents DESC, value COLLATE "C" LIMIT $3"#,
            subject,
            field,
            most(MOST_VALUES)
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let values = rows.into_iter().map(|row| KnownValue {
            value: row.value,
            count: unsigned(row.documents),
            first_seen: row.first_seen,
            last_seen: row.last_seen,
        });
        Ok(values.collect())
    }

    /// Adds what is to be remembered of a document. The locks over it are held.
    pub async fn remember(&mut self, remembered: &Remembered<'_>) -> Result<(), StoreError> {
        let mut done: Vec<&Observation> = Vec::new();
        for observation in remembered.observations {
            if done.contains(&observation) {
                continue;
            }
            done.push(observation);
            match observation {
                Observation::Exact { name, value } => self.remember_exact(remembered, name, value).await?,
                Observation::Near { name, bits } => self.remember_near(remembered, name, *bits).await?,
                Observation::Value {
                    subject,
                    field,
                    value,
                } => self.remember_value(remembered, subject, field, value).await?,
            }
        }
        Ok(())
    }

    async fn remember_exact(
        &mut self,
        seen: &Remembered<'_>,
        name: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO document_fingerprints (
                 client_id, name, value, nth, document_id, process_id, seen_at, first_seen
             )
             SELECT $1, $2, $3, coalesce(last.nth, 0) + 1, $4, $5, $6, least(last.first_seen, $6)
             FROM (VALUES (1)) AS one LEFT JOIN (
                 SELECT nth, first_seen FROM document_fingerprints WHERE name = $2 AND value = $3
                 ORDER BY nth DESC LIMIT 1
             ) AS last ON true",
            self.client,
            name,
            value,
            seen.document.0,
            seen.process.0,
            seen.seen_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    async fn remember_near(
        &mut self,
        seen: &Remembered<'_>,
        name: &str,
        bits: u64,
    ) -> Result<(), StoreError> {
        let [first, second, third, fourth] = near::quarters(bits).map(i32::from);
        sqlx::query!(
            "INSERT INTO document_simhashes (
                 client_id, name, bits, quarter_0, quarter_1, quarter_2, quarter_3, document_id, process_id, seen_at
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            self.client,
            name,
            bits.cast_signed(),
            first,
            second,
            third,
            fourth,
            seen.document.0,
            seen.process.0,
            seen.seen_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    async fn remember_value(
        &mut self,
        seen: &Remembered<'_>,
        subject: &str,
        field: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "WITH seen AS (
                 INSERT INTO document_values (client_id, document_id, subject, field, value, process_id, seen_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
             )
             INSERT INTO known_values AS known (client_id, subject, field, value, documents, first_seen, last_seen)
             VALUES ($1, $3, $4, $5, 1, $7, $7)
             ON CONFLICT (client_id, subject, field, value) DO UPDATE SET
                 documents = known.documents + 1,
                 first_seen = least(known.first_seen, excluded.first_seen),
                 last_seen = greatest(known.last_seen, excluded.last_seen)",
            self.client,
            seen.document.0,
            subject,
            field,
            value,
            seen.process.0,
            seen.seen_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
