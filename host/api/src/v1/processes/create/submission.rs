//! From a request's body to a submission.
//!
//! Invariant: `data` reaches the service as the very bytes that were sent, so that its strict parser sees duplicate
//! keys, numbers and depth as they are, and their digest is the sender's. They share the body's memory, and so does
//! `text` unless it holds escapes; only base64 has to be copied.

use std::borrow::Cow;
use std::fmt;

use assay_domain::{IngestionSource, JsonLimits, ProcessTypeId, json};
use assay_service::{MOST_DOCUMENTS, Submission, SubmitError, SubmittedDocument};
use axum::extract::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::extract::{BodyLimits, body, content_type, json_problem, text};
use crate::problem::{Code, Problem};
use crate::state::Api;

/// Most bytes of `input`.
const INPUT_BYTES: usize = 1 << 20;

const JSON: &str = "application/json";

/// Media types of a document that may be the whole body.
const RAW: [&str; 2] = ["application/xml", "text/xml"];

/// What a document that is the whole body goes with; with a JSON body none of these is used.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RawParameters {
    /// With a raw document: for which process type.
    process_type_id: Option<String>,
    /// With a raw document: the file's name.
    file_name: Option<String>,
    /// With a raw document: see the JSON body.
    ingestion_source: Option<String>,
    /// With a raw document: see the JSON body.
    correlation_id: Option<Uuid>,
}

/// Documents to be judged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmissionBody<'a> {
    /// For which process type.
    #[schema(value_type = String, example = "payroll_v1")]
    #[serde(borrow)]
    process_type_id: Text<'a>,
    /// What there is to say besides the documents; held against the configuration's `input_schema`.
    #[schema(value_type = Option<Object>)]
    #[serde(borrow, default)]
    input: Option<&'a RawValue>,
    /// `api` (the default), `web`, `whatsapp` or `telegram`.
    #[schema(value_type = Option<String>)]
    #[serde(borrow, default)]
    ingestion_source: Option<Text<'a>>,
    /// Your id for what belongs together.
    #[serde(default)]
    correlation_id: Option<Uuid>,
    /// At least one, at most 64.
    #[schema(value_type = Vec<DocumentBody>, min_items = 1, max_items = 64)]
    #[serde(borrow)]
    documents: Documents<'a>,
}

/// The documents that may be there, and how many there are. Those beyond are read over and counted: a million documents
/// of two bytes each would take a hundred times their size.
#[derive(Debug)]
struct Documents<'a> {
    kept: Vec<DocumentBody<'a>>,
    count: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Documents<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(DocumentsVisitor)
    }
}

struct DocumentsVisitor;

impl<'de> Visitor<'de> for DocumentsVisitor {
    type Value = Documents<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of documents")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Documents<'de>, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < MOST_DOCUMENTS
            && let Some(document) = seq.next_element()?
        {
            kept.push(document);
        }
        let mut count = kept.len();
        if count == MOST_DOCUMENTS {
            while seq.next_element::<IgnoredAny>()?.is_some() {
                count += 1;
            }
        }
        Ok(Documents { kept, count })
    }
}

/// One document: exactly one of `data`, `text` and `content_base64`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentBody<'a> {
    /// The file's name.
    #[schema(value_type = Option<String>, example = "payroll-2026-10.json")]
    #[serde(borrow, default)]
    file_name: Option<Text<'a>>,
    /// The media type; needed with `text` and `content_base64`.
    #[schema(value_type = Option<String>, example = "application/xml")]
    #[serde(borrow, default)]
    media_type: Option<Text<'a>>,
    /// A document that is data already.
    #[schema(value_type = Option<Object>)]
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    /// A document that is text.
    #[schema(value_type = Option<String>)]
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    /// Any document, in base64 (RFC 4648, section 4).
    #[schema(value_type = Option<String>)]
    #[serde(borrow, default)]
    content_base64: Option<Text<'a>>,
}

/// A string of the body: a part of it, unless it holds escapes.
#[derive(Debug, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads a request.
pub(crate) async fn read(
    api: &Api,
    parameters: RawParameters,
    request: Request,
) -> Result<Submission, Problem> {
    let kind = content_type(request.headers());
    let limits = BodyLimits {
        bytes: api.options.submission_bytes,
        time: api.options.body_timeout,
    };
    match kind.as_deref() {
        Some(JSON) => parse(&parameters, &body(request, limits).await?),
        Some(kind) if RAW.contains(&kind) => raw(parameters, kind, body(request, limits).await?),
        other => {
            let given = other.map_or("nothing".to_owned(), |kind| {
                format!("`{}`", kind.escape_default())
            });
            let detail = format!(
                "the content type is {given}; send a JSON submission as {JSON}, or one document as {} with \
                 ?process_type_id=…",
                RAW.join(" or ")
            );
            Err(Problem::new(Code::MediaTypeUnsupported, detail))
        }
    }
}

/// A document that is the whole body.
fn raw(parameters: RawParameters, media_type: &str, content: Bytes) -> Result<Submission, Problem> {
    let Some(process_type) = parameters.process_type_id else {
        let detail = "a raw document needs ?process_type_id=… in the query";
        return Err(Problem::new(Code::QueryInvalid, detail));
    };
    let wrong = |name: &str, why: String| Problem::new(Code::QueryInvalid, format!("`{name}`: {why}"));
    let source = parameters
        .ingestion_source
        .as_deref()
        .map_or(Ok(IngestionSource::Api), str::parse);
    Ok(Submission {
        process_type: process_type
            .parse()
            .map_err(|error: assay_domain::NameError| wrong("process_type_id", error.to_string()))?,
        input: empty(),
        documents: vec![SubmittedDocument {
            file_name: parameters.file_name,
            media_type: media_type.to_owned(),
            content,
        }],
        source: source.map_err(|why| wrong("ingestion_source", why))?,
        correlation_id: parameters.correlation_id,
    })
}

/// A JSON submission.
fn parse(parameters: &RawParameters, body: &Bytes) -> Result<Submission, Problem> {
    let named = parameters.process_type_id.is_some()
        || parameters.file_name.is_some()
        || parameters.ingestion_source.is_some()
        || parameters.correlation_id.is_some();
    if named {
        let detail = "with a JSON body everything is in the body; leave the query empty";
        return Err(Problem::new(Code::QueryInvalid, detail));
    }
    let text = text(body)?;
    // serde takes an array for an object, its fields in order; nobody means that.
    if text.trim_ascii_start().starts_with('[') {
        let detail = "the body is an array; send an object, see /openapi.json for its form";
        return Err(Problem::new(Code::BodyInvalid, detail));
    }
    let parsed: SubmissionBody<'_> = serde_json::from_str(text).map_err(|error| json_problem(&error))?;
    let wrong = |pointer: &str, why: String| {
        Problem::new(Code::BodyInvalid, format!("`{pointer}`: {why}")).at(pointer, why)
    };
    let process_type: ProcessTypeId = parsed
        .process_type_id
        .0
        .parse()
        .map_err(|error: assay_domain::NameError| wrong("/process_type_id", error.to_string()))?;
    let source = parsed
        .ingestion_source
        .map_or(Ok(IngestionSource::Api), |source| source.0.parse());
    let Documents { kept, count } = parsed.documents;
    if count > kept.len() {
        return Err(SubmitError::TooManyDocuments { actual: count }.into());
    }
    let documents = kept.into_iter().enumerate();
    Ok(Submission {
        process_type,
        input: parsed.input.map_or_else(|| Ok(empty()), input)?,
        source: source.map_err(|why| wrong("/ingestion_source", why))?,
        correlation_id: parsed.correlation_id,
        documents: documents
            .map(|(index, document)| {
                document
                    .take(body)
                    .map_err(|why| wrong(&format!("/documents/{index}"), why))
            })
            .collect::<Result<_, _>>()?,
    })
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

fn input(raw: &RawValue) -> Result<Value, Problem> {
    let value = json::parse(raw.get().as_bytes(), JsonLimits::bytes(INPUT_BYTES));
    value.map_err(|error| {
        let pointer = format!("/input{}", error.pointer().unwrap_or_default());
        Problem::new(Code::InputInvalid, format!("`input` can't be taken: {error}"))
            .at(pointer, error.to_string())
    })
}

impl DocumentBody<'_> {
    fn take(self, body: &Bytes) -> Result<SubmittedDocument, String> {
        let file_name = self.file_name.map(|name| name.0.into_owned());
        let media_type = self.media_type.map(|kind| kind.0.into_owned());
        let needed = "`media_type` is missing; without it nobody knows what the content is";
        let (content, media_type) = match (self.data, self.text, self.content_base64) {
            (Some(data), None, None) => {
                let content = body.slice_ref(data.get().as_bytes());
                (content, media_type.unwrap_or_else(|| JSON.to_owned()))
            }
            (None, Some(text), None) => {
                let content = match text.0 {
                    Cow::Borrowed(text) => body.slice_ref(text.as_bytes()),
                    Cow::Owned(text) => Bytes::from(text),
                };
                (content, media_type.ok_or(needed)?)
            }
            (None, None, Some(encoded)) => {
                let content = STANDARD.decode(encoded.0.as_bytes());
                let content = content.map_err(|error| format!("`content_base64` is not base64: {error}"))?;
                (Bytes::from(content), media_type.ok_or(needed)?)
            }
            (None, None, None) => {
                return Err("there is no content; send `data`, `text` or `content_base64`".to_owned());
            }
            _ => {
                return Err(
                    "there is more than one content; send one of `data`, `text` and `content_base64`"
                        .to_owned(),
                );
            }
        };
        Ok(SubmittedDocument {
            file_name,
            media_type,
            content,
        })
    }
}

#[cfg(test)]
mod tests;
