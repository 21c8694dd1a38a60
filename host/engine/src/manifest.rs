//! The manifest within a component: the custom section `assay:manifest`, and the standard metadata sections for tools.
//!
//! Invariant: what is embedded is what is read back. A component has one manifest: its own section, or, when it has none,
//! the one that an inner core module brought along from its SDK.

use assay_domain::Manifest;
use assay_domain::json::{self, JsonLimits};
use wasm_encoder::{CustomSection, Encode, Section};
use wasm_metadata::{AddMetadata, AddMetadataField};
use wasmparser::{Parser, Payload};

use crate::refuse::Reason;

/// The custom section's name.
pub const SECTION: &str = "assay:manifest";

/// The sections that embedding writes anew; wasm-metadata would add to them.
const REPLACED: [&str; 6] = [SECTION, "authors", "description", "licenses", "source", "version"];

/// Most bytes of a manifest.
const MOST: usize = 256 << 10;

/// Why a manifest could not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The bytes are no component or module.
    #[error("the file is not valid WebAssembly")]
    Wasm(#[source] wasmparser::BinaryReaderError),
    /// A field does not fit the standard section of its kind.
    #[error("the manifest's `{field}` does not fit the standard metadata: {message}")]
    Metadata {
        /// The field.
        field: &'static str,
        /// Why.
        message: String,
    },
    /// The manifest could not be written.
    #[error("the manifest can't be written as JSON")]
    Json(#[source] serde_json::Error),
}

/// `bytes` with this manifest in place of any that it had, and with the standard metadata sections.
///
/// # Errors
/// The bytes are not WebAssembly, or a field does not fit.
pub fn embed(bytes: &[u8], manifest: &Manifest) -> Result<Vec<u8>, EmbedError> {
    let bare = without_manifest(bytes).map_err(EmbedError::Wasm)?;
    let mut with = metadata(manifest)?
        .to_wasm(&bare)
        .map_err(|error| field_error("plugin", &error))?;
    let json = serde_json::to_vec(&manifest.to_json()).map_err(EmbedError::Json)?;
    let section = CustomSection {
        name: SECTION.into(),
        data: json.into(),
    };
    with.push(section.id());
    section.encode(&mut with);
    Ok(with)
}

fn metadata(manifest: &Manifest) -> Result<AddMetadata, EmbedError> {
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(manifest.name.to_string());
    metadata.version = set("version", &manifest.version.to_string())?;
    metadata.description = set("description", &manifest.description)?;
    if !manifest.authors.is_empty() {
        metadata.authors = set("authors", &manifest.authors.join(", "))?;
    }
    if let Some(license) = &manifest.license {
        metadata.licenses = set("license", license)?;
    }
    if let Some(source) = &manifest.source {
        metadata.source = set("source", source)?;
    }
    Ok(metadata)
}

fn set<T>(field: &'static str, text: &str) -> Result<AddMetadataField<T>, EmbedError>
where
    T: std::str::FromStr<Err: std::fmt::Display> + std::fmt::Debug + Clone,
{
    text.parse()
        .map(AddMetadataField::Set)
        .map_err(|error| field_error(field, &error))
}

fn field_error(field: &'static str, error: &dyn std::fmt::Display) -> EmbedError {
    EmbedError::Metadata {
        field,
        message: error.to_string(),
    }
}

fn without_manifest(bytes: &[u8]) -> wasmparser::Result<Vec<u8>> {
    let mut bare = Vec::with_capacity(bytes.len());
    let (mut depth, mut kept) = (0_usize, 0);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 1 && REPLACED.contains(&section.name()) => {
                let range = section.range();
                // The range begins after the section's id and its length, a LEB128 of the same size everywhere.
                let length = u64::try_from(range.len()).unwrap_or(u64::MAX);
                let start = range.start - 1 - encoded_length(bytes, range.start, length);
                bare.extend_from_slice(bytes.get(kept..start).unwrap_or_default());
                kept = range.end;
            }
            _ => {}
        }
    }
    bare.extend_from_slice(bytes.get(kept..).unwrap_or_default());
    Ok(bare)
}

/// How many bytes before `start` encode the section's length; encoders may pad it.
fn encoded_length(bytes: &[u8], start: usize, length: u64) -> usize {
    (1..=5)
        .find(|count| {
            let field = start.checked_sub(*count).and_then(|from| bytes.get(from..start));
            let id = start.checked_sub(count + 1).and_then(|at| bytes.get(at));
            id == Some(&0) && field.is_some_and(|field| leb(field) == Some(length))
        })
        .unwrap_or(1)
}

/// The value of a LEB128 that takes up all of these bytes.
fn leb(bytes: &[u8]) -> Option<u64> {
    let (last, more) = bytes.split_last()?;
    if last & 0x80 != 0 || more.iter().any(|byte| byte & 0x80 == 0) {
        return None;
    }
    let digits = bytes.iter().enumerate();
    Some(digits.fold(0, |value, (index, byte)| {
        value | u64::from(byte & 0x7f) << (7 * index)
    }))
}

/// The manifest among the sections found at the top and within.
pub(crate) fn read(outer: &[&[u8]], inner: &[&[u8]]) -> Result<Manifest, Vec<Reason>> {
    let mut found = if outer.is_empty() {
        inner.to_vec()
    } else {
        outer.to_vec()
    };
    found.dedup();
    let section = match found.as_slice() {
        [section] => section,
        [] => {
            let message = format!(
                "there is no custom section `{SECTION}`; put `plugin.toml` into the component with `assay plugin pack`"
            );
            return Err(vec![Reason::new("no-manifest", message)]);
        }
        more => {
            let message = format!("there are {} different manifests; keep one", more.len());
            return Err(vec![Reason::new("manifest", message)]);
        }
    };
    let value = json::parse(section, JsonLimits::bytes(MOST))
        .map_err(|error| vec![Reason::new("manifest", format!("`{SECTION}`: {error}"))])?;
    Manifest::from_json(&value).map_err(|problems| {
        let reason = |problem: &assay_domain::Problem| {
            Reason::new("manifest", format!("`{}`: {}", problem.pointer, problem.message))
        };
        problems.iter().map(reason).collect()
    })
}

#[cfg(test)]
mod tests;
