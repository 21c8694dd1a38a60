//! What is looked at before anything is stored: size, type and form of the documents of a submission.
//!
//! Invariant: a document that passed is either data that every reader reads alike, or bytes with a media type that an
//! extractor reads. Absent: what the data means; plugins say that.

use std::sync::Arc;

use assay_domain::{Digest, IngestionSource, JsonError, JsonLimits, ProcessTypeId, json};
use bytes::Bytes;
use serde_json::Value;
use uuid::Uuid;

/// What a caller hands in.
#[derive(Clone, Debug)]
pub struct Submission {
    /// For which process type.
    pub process_type: ProcessTypeId,
    /// What the submission says besides its documents; held against the configuration's `input_schema`.
    pub input: Value,
    /// The documents.
    pub documents: Vec<SubmittedDocument>,
    /// Where it came from.
    pub source: IngestionSource,
    /// The caller's own id for what belongs together; a new one when none.
    pub correlation_id: Option<Uuid>,
}

/// One document of a submission.
#[derive(Clone, Debug)]
pub struct SubmittedDocument {
    /// The file's name; the sender's word.
    pub file_name: Option<String>,
    /// The media type (RFC 9110); `application/json` is data, all else needs an extractor.
    pub media_type: String,
    /// The bytes as they were sent.
    pub content: Bytes,
}

/// Most documents of one submission.
pub const MOST_DOCUMENTS: usize = 64;

/// Bounds on submissions.
#[derive(Clone, Copy, Debug)]
pub struct IntakeLimits {
    /// Most bytes of one document.
    pub document_bytes: usize,
    /// Most submissions that are read, wait or are worked on at one time; one client gets half of them at most.
    pub submissions: usize,
    /// Most bytes of a component.
    pub component_bytes: usize,
}

impl Default for IntakeLimits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            document_bytes: 10 << 20,
            // What one client may hold at most keeps all cores busy.
            submissions: 256.max(32 * cores),
            component_bytes: 32 << 20,
        }
    }
}

/// What is wrong with one document of a submission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("document {index} can't be taken")]
pub struct DocumentError {
    /// Which, from 0.
    pub index: usize,
    /// Why.
    #[source]
    pub kind: DocumentProblem,
}

/// Why a document can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentProblem {
    /// Too many bytes.
    #[error("it has {actual} bytes, and {limit} are allowed; split it or send less")]
    TooLarge {
        /// How many are allowed.
        limit: usize,
        /// How many it has.
        actual: usize,
    },
    /// No bytes.
    #[error("it is empty")]
    Empty,
    /// Not JSON that can be taken.
    #[error("its JSON can't be taken")]
    Json(#[source] JsonError),
    /// JSON, and not an object.
    #[error("its data is not a JSON object; wrap it in one")]
    NotAnObject,
    /// No media type.
    #[error("`{given}` is not a media type; name one such as application/json or application/xml")]
    MediaType {
        /// What was sent, escaped.
        given: String,
    },
    /// Nobody reads it.
    #[error("nothing here reads `{media_type}`; readable are {}", .reads.join(", "))]
    Unreadable {
        /// The document's.
        media_type: String,
        /// What can be read.
        reads: Vec<String>,
    },
    /// A name that is no file's name.
    #[error("its file name is longer than 255 bytes or holds control characters; send another")]
    FileName,
}

/// A document that passed.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    pub(crate) file_name: Option<String>,
    pub(crate) media_type: String,
    pub(crate) content: Bytes,
    pub(crate) sha256: Digest,
    /// The data, when the document is data.
    pub(crate) data: Option<Arc<Value>>,
}

/// The media type of documents that are data already.
const DATA: &str = "application/json";

impl Intake {
    fn check(document: &SubmittedDocument, limits: &IntakeLimits) -> Result<Self, DocumentProblem> {
        let content = &document.content;
        if content.len() > limits.document_bytes {
            return Err(DocumentProblem::TooLarge {
                limit: limits.document_bytes,
                actual: content.len(),
            });
        }
        if content.is_empty() {
            return Err(DocumentProblem::Empty);
        }
        let named = document.file_name.as_deref().unwrap_or_default();
        if named.len() > 255 || named.chars().any(char::is_control) {
            return Err(DocumentProblem::FileName);
        }
        let media_type = essence(&document.media_type)?;
        let data = (media_type == DATA || media_type.ends_with("+json"))
            .then(|| data(content).map(Arc::new))
            .transpose()?;
        Ok(Self {
            file_name: document.file_name.clone(),
            sha256: Digest::of(content),
            content: content.clone(),
            media_type,
            data,
        })
    }

    /// Checks every document of a submission.
    pub(crate) fn all(
        documents: &[SubmittedDocument],
        limits: &IntakeLimits,
    ) -> Result<Vec<Self>, DocumentError> {
        let check =
            |(index, document)| Self::check(document, limits).map_err(|kind| DocumentError { index, kind });
        documents.iter().enumerate().map(check).collect()
    }
}

fn data(content: &[u8]) -> Result<Value, DocumentProblem> {
    let value = json::parse(content, JsonLimits::bytes(content.len())).map_err(DocumentProblem::Json)?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(DocumentProblem::NotAnObject)
    }
}

/// `type/subtype` of a media type, in lower case, without its parameters (RFC 9110, section 8.3.1).
fn essence(media_type: &str) -> Result<String, DocumentProblem> {
    let token = |text: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        !text.is_empty() && text.chars().all(allowed)
    };
    let essence = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.split_once('/') {
        Some((kind, subtype)) if token(kind) && token(subtype) && essence.len() <= 127 => Ok(essence),
        _ => {
            let given = media_type
                .chars()
                .take(80)
                .flat_map(char::escape_default)
                .collect();
            Err(DocumentProblem::MediaType { given })
        }
    }
}

#[cfg(test)]
mod tests;
