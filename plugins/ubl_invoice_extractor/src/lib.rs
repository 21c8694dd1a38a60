//! Reads UBL 2.1 invoices and credit notes into the JSON that README.md describes.
//!
//! Invariant: what is read is what is written; amounts keep their digits and nothing is computed or guessed. A value
//! that is not of its type is kept as text, for a validator to see, and costs confidence. No document makes the
//! plugin trap: one that is built to exhaust it ends in the named error.
//!
//! Deliberately absent: judgement. Whether the totals are right is for a validator.

mod confidence;
mod encoding;
mod fields;
mod invoice;
mod xml;

use assay_plugin_sdk::{
    Document, ExtractError, Extracted, Extractor, Part, PrepareError, Problem, export, log,
};

/// The extractor.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UblInvoice {
    max_bytes: usize,
    max_elements: usize,
}

impl Default for UblInvoice {
    fn default() -> Self {
        Self {
            max_bytes: 5 << 20,
            max_elements: 100_000,
        }
    }
}

impl Extractor for UblInvoice {
    type Settings = Self;

    fn prepare(settings: Self) -> Result<Self, PrepareError> {
        let bounds = [
            ("/max_bytes", settings.max_bytes, 1 << 10, 16 << 20),
            ("/max_elements", settings.max_elements, 100, 1_000_000),
        ];
        let problems: Vec<_> = bounds
            .into_iter()
            .filter(|(_, value, least, most)| value < least || value > most)
            .map(|(pointer, value, least, most)| Problem {
                part: Part::Settings,
                pointer: pointer.to_owned(),
                message: format!("{value} is not from {least} to {most}"),
            })
            .collect();
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(PrepareError::Invalid(problems))
        }
    }

    fn extract(&self, document: &Document) -> Result<Extracted, ExtractError> {
        if !is_xml(&document.media_type) {
            let message = format!(
                "{:?} is not read; send UBL as application/xml",
                document.media_type
            );
            return Err(ExtractError::Unsupported(message));
        }
        if document.content.len() > self.max_bytes {
            let message = format!(
                "the document has {} bytes; {} are read",
                document.content.len(),
                self.max_bytes
            );
            return Err(ExtractError::Hostile(message));
        }
        let text = encoding::decode(&document.content)?;
        let root = xml::read(&text, self.max_elements)?;
        let (data, unread) = invoice::map(&root)?;
        let confidence = confidence::of(&data, unread);
        log!(
            Debug,
            "read {} bytes with confidence {confidence}",
            document.content.len()
        );
        Ok(Extracted { data, confidence })
    }
}

/// Whether a media type is one of XML, whatever its parameters.
fn is_xml(media_type: &str) -> bool {
    let essence = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    matches!(essence.as_str(), "application/xml" | "text/xml") || essence.ends_with("+xml")
}

export!(UblInvoice as extractor);

#[cfg(test)]
mod tests;
