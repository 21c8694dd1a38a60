//! What plugins wanted remembered of a client's documents.
//!
//! Invariant: whoever decides by the history takes [`Tx::lock_history`] over what it asked and what it adds before it
//! asks again and writes, all in one transaction: of two that would see each other's documents the second waits and
//! sees. Deliberately absent: the documents of a process under way, which are its own to know.

mod lock;
mod near;
mod rows;

use assay_domain::history::{MOST_SIGHTINGS, MOST_VALUES};
use assay_domain::{DocumentId, KnownValue, Observation, ProcessId, Sighting, Sightings};
use chrono::{DateTime, Utc};

use crate::{StoreError, Tx};

pub use lock::HistoryLocks;
use rows::{Exact, Near, Rows, Values};

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

    /// Adds what is to be remembered of documents, in their order: a statement per table, however many there are. The
    /// locks over it are held.
    pub async fn remember(&mut self, documents: &[Remembered<'_>]) -> Result<(), StoreError> {
        let rows = Rows::of(documents);
        self.remember_exact(&rows.exact).await?;
        self.remember_near(&rows.near).await?;
        self.remember_values(&rows.values).await
    }

    /// Of several documents with the same fingerprint each counts those before it.
    async fn remember_exact(&mut self, rows: &Exact<'_>) -> Result<(), StoreError> {
        if rows.names.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO document_fingerprints (
                 client_id, name, value, nth, document_id, process_id, seen_at, first_seen
             )
             SELECT $1, new.name, new.value, coalesce(last.nth, 0) + row_number() OVER earlier, new.document_id,
                 new.process_id, new.seen_at, least(last.first_seen, min(new.seen_at) OVER earlier)
             FROM unnest($2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::timestamptz[])
                 WITH ORDINALITY AS new (name, value, document_id, process_id, seen_at, place)
             LEFT JOIN LATERAL (
                 SELECT there.nth, there.first_seen FROM document_fingerprints AS there
                 WHERE there.name = new.name AND there.value = new.value ORDER BY there.nth DESC LIMIT 1
             ) AS last ON true
             WINDOW earlier AS (PARTITION BY new.name, new.value ORDER BY new.place)",
            self.client,
            &rows.names as _,
            &rows.values as _,
            &rows.seen.documents,
            &rows.seen.processes,
            &rows.seen.at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    async fn remember_near(&mut self, rows: &Near<'_>) -> Result<(), StoreError> {
        if rows.names.is_empty() {
            return Ok(());
        }
        // The quarters are those of `near::quarters`.
        sqlx::query!(
            "INSERT INTO document_simhashes (
                 client_id, name, bits, quarter_0, quarter_1, quarter_2, quarter_3, document_id, process_id, seen_at
             )
             SELECT $1, name, bits, bits & 65535, (bits >> 16) & 65535, (bits >> 32) & 65535, (bits >> 48) & 65535,
                 document_id, process_id, seen_at
             FROM unnest($2::text[], $3::bigint[], $4::uuid[], $5::uuid[], $6::timestamptz[])
                 AS new (name, bits, document_id, process_id, seen_at)",
            self.client,
            &rows.names as _,
            &rows.bits,
            &rows.seen.documents,
            &rows.seen.processes,
            &rows.seen.at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    async fn remember_values(&mut self, rows: &Values<'_>) -> Result<(), StoreError> {
        if rows.subjects.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "WITH new AS (
                 SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::timestamptz[])
                     AS new (subject, field, value, document_id, process_id, seen_at)
             ), seen AS (
                 INSERT INTO document_values (client_id, document_id, subject, field, value, process_id, seen_at)
                 SELECT $1, document_id, subject, field, value, process_id, seen_at FROM new
             )
             INSERT INTO known_values AS known (client_id, subject, field, value, documents, first_seen, last_seen)
             SELECT $1, subject, field, value, count(*), min(seen_at), max(seen_at) FROM new
             GROUP BY subject, field, value ORDER BY subject, field, value
             ON CONFLICT (client_id, subject, field, value) DO UPDATE SET
                 documents = known.documents + excluded.documents,
                 first_seen = least(known.first_seen, excluded.first_seen),
                 last_seen = greatest(known.last_seen, excluded.last_seen)",
            self.client,
            &rows.subjects as _,
            &rows.fields as _,
            &rows.texts as _,
            &rows.seen.documents,
            &rows.seen.processes,
            &rows.seen.at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
