//! The world `extractor`.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::thread::LocalKey;

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::extractor::exports::assay::plugin::extraction;
use crate::validator::problems;
use crate::{ExtractError, PrepareError, Problem, heap, settings};

pub use crate::bindings::validator::assay::plugin::types::Document;

/// What was read from a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Extracted {
    /// The data; a JSON object.
    pub data: Value,
    /// How sure the plugin is, 0 to 1; held to that.
    pub confidence: Decimal,
}

/// A plugin that turns a document that is not yet data into data.
pub trait Extractor: Sized + 'static {
    /// The settings: a struct that derives `Deserialize`, or [`NoSettings`](crate::NoSettings).
    type Settings: DeserializeOwned;

    /// Makes the extractor; called once per configuration version. No clock, no randomness.
    fn prepare(settings: Self::Settings) -> Result<Self, PrepareError>;

    /// Reads one document.
    fn extract(&self, document: &Document) -> Result<Extracted, ExtractError>;
}

/// Reads the settings and prepares.
pub(crate) fn load<E: Extractor>(settings: &str) -> Result<E, PrepareError> {
    E::prepare(settings::read(settings).map_err(PrepareError::Invalid)?)
}

/// Where the prepared extractor lives; implemented by [`export!`](crate::export).
#[doc(hidden)]
pub trait ExtractorCell: Extractor {
    /// The static.
    fn cell() -> &'static LocalKey<RefCell<Option<Self>>>;
}

/// An extractor as the generated bindings want it.
#[doc(hidden)]
pub struct ExtractorComponent<E>(PhantomData<E>);

impl<E> fmt::Debug for ExtractorComponent<E> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ExtractorComponent")
    }
}

impl<E: ExtractorCell> extraction::Guest for ExtractorComponent<E> {
    fn check_settings(settings: String) -> Vec<Problem> {
        load::<E>(&settings).err().map(problems).unwrap_or_default()
    }

    fn prepare(settings: String) -> Result<(), PrepareError> {
        E::cell().set(None);
        E::cell().set(Some(load(&settings)?));
        heap::leave_room();
        Ok(())
    }

    fn extract(document: Document) -> Result<extraction::Extracted, ExtractError> {
        E::cell().with_borrow(|prepared| {
            let extractor = prepared.as_ref().ok_or(ExtractError::NotPrepared)?;
            let Extracted { data, confidence } = extractor.extract(&document)?;
            let confidence = confidence.clamp(Decimal::ZERO, Decimal::ONE).normalize();
            Ok(extraction::Extracted {
                data: data.to_string(),
                confidence: confidence.to_string(),
            })
        })
    }
}
