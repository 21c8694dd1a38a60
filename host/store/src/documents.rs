//! Documents of processes, and their bytes by content.

use assay_domain::{Digest, DocumentId, DocumentStatus, ProcessId};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{StoreError, Tx};

/// A document that comes with a new process.
#[derive(Clone, Copy, Debug)]
pub struct NewDocument<'a> {
    /// Its id.
    pub id: DocumentId,
    /// Its place among the process's documents, from 0.
    pub position: i32,
    /// As it was submitted.
    pub file_name: Option<&'a str>,
    /// As it was submitted or found out.
    pub media_type: &'a str,
    /// Its bytes as they came.
    pub content: &'a [u8],
    /// Their SHA-256.
    pub digest: Digest,
}

/// What became of a document.
#[derive(Clone, Copy, Debug)]
pub struct FinishedDocument<'a> {
    /// Which.
    pub id: DocumentId,
    /// Completed or failed.
    pub status: DocumentStatus,
    /// What the extractor, or the submission itself, gave as data.
    pub extracted_data: Option<&'a Value>,
    /// How sure the extractor is, 0 to 1.
    pub extraction_confidence: Option<Decimal>,
    /// What the scorer said, 0 to 1.
    pub fraud_score: Option<Decimal>,
    /// Why, as a list of signals.
    pub fraud_flags: Option<&'a Value>,
}

/// A document as it is stored, without its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDocument {
    /// Its id.
    pub id: DocumentId,
    /// Whose.
    pub process: ProcessId,
    /// Its place among the process's documents, from 0.
    pub position: i32,
    /// As it was submitted.
    pub file_name: Option<String>,
    /// Bytes.
    pub file_size: i64,
    /// As it was submitted or found out.
    pub media_type: String,
    /// Where its bytes are, for example `sha256:…`.
    pub storage_url: String,
    /// Their SHA-256; none when they are not in the database.
    pub digest: Option<Digest>,
    /// How far it is.
    pub status: DocumentStatus,
    /// Its data.
    pub extracted_data: Option<Value>,
    /// How sure the extractor is, 0 to 1.
    pub extraction_confidence: Option<Decimal>,
    /// What the scorer said, 0 to 1.
    pub fraud_score: Option<Decimal>,
    /// Why.
    pub fraud_flags: Option<Value>,
}

impl Tx {
    /// The bytes are stored once per client. Digest by digest, so that two transactions with the same documents wait
    /// for one another instead of blocking each other.
    pub(crate) async fn insert_documents(
        &mut self,
        process: ProcessId,
        documents: &[NewDocument<'_>],
    ) -> Result<(), StoreError> {
        let mut ordered: Vec<_> = documents.iter().collect();
        ordered.sort_by_key(|document| document.digest);
        for document in ordered {
            sqlx::query!(
                "WITH content AS (
                     INSERT INTO document_contents (client_id, sha256, bytes, size, media_type)
                     VALUES ($1, $2, $3::bytea, octet_length($3::bytea), $4)
                     ON CONFLICT (client_id, sha256) DO NOTHING
                 )
                 INSERT INTO documents (
                     client_id, document_id, process_id, position, storage_url, storage_provider, content_sha256,
                     file_name, file_size, mime_type
                 )
                 VALUES ($1, $5, $6, $7, 'sha256:' || encode($2::bytea, 'hex'), 'database', $2, $8, octet_length($3::bytea), $4)",
                self.client,
                document.digest.as_bytes().as_slice(),
                document.content,
                document.media_type,
                document.id.0,
                process.0,
                document.position,
                document.file_name
            )
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(())
    }

    /// Stores what became of a document. False when there is none.
    pub async fn finish_document(&mut self, document: &FinishedDocument<'_>) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE documents SET status = $2, extracted_data = $3, extraction_confidence = $4, fraud_score = $5,
                 fraud_flags = $6
             WHERE document_id = $1",
            document.id.0,
            document.status.as_str(),
            document.extracted_data as _,
            document.extraction_confidence,
            document.fraud_score,
            document.fraud_flags as _
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// A process's documents, in their order.
    pub async fn documents(&mut self, process: ProcessId) -> Result<Vec<StoredDocument>, StoreError> {
        let rows = sqlx::query!(
            "SELECT document_id, position, file_name, file_size, mime_type, storage_url, content_sha256, status,
                 extracted_data, extraction_confidence, fraud_score, fraud_flags
             FROM documents WHERE process_id = $1 ORDER BY position",
            process.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(|row| {
                let key = row.document_id;
                Ok(StoredDocument {
                    id: DocumentId(key),
                    process,
                    position: row.position,
                    file_name: row.file_name,
                    file_size: row.file_size,
                    media_type: row.mime_type,
                    storage_url: row.storage_url,
                    digest: row
                        .content_sha256
                        .map(|bytes| Digest::try_from(bytes.as_slice()))
                        .transpose()
                        .map_err(StoreError::inconsistent("documents", "content_sha256", key))?,
                    status: row.status.parse().map_err(StoreError::inconsistent(
                        "documents",
                        "status",
                        key,
                    ))?,
                    extracted_data: row.extracted_data,
                    extraction_confidence: row.extraction_confidence,
                    fraud_score: row.fraud_score,
                    fraud_flags: row.fraud_flags,
                })
            })
            .collect()
    }

    /// The bytes with that digest, when the client has them.
    pub async fn content(&mut self, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT bytes FROM document_contents WHERE sha256 = $1",
            digest.as_bytes().as_slice()
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }
}
