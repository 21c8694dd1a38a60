//! The world `resolver`.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::thread::LocalKey;

use serde::de::DeserializeOwned;

use crate::bindings::resolver::exports::assay::resolver::resolution;
use crate::validator::problems;
use crate::{PrepareError, Problem, ResolveError, heap, settings};

/// A plugin that decides which extensions run together.
pub trait Resolver: Sized + 'static {
    /// The settings: a struct that derives `Deserialize`, or [`NoSettings`](crate::NoSettings).
    type Settings: DeserializeOwned;

    /// Makes the resolver. No clock, no randomness.
    fn prepare(settings: Self::Settings) -> Result<Self, PrepareError>;

    /// Answers a request over a catalog; all three are JSON. The same content gives the same bytes.
    fn resolve(&self, catalog: &str, request: &str) -> Result<String, ResolveError>;
}

/// Reads settings and prepares.
pub(crate) fn load<R: Resolver>(settings: &str) -> Result<R, PrepareError> {
    R::prepare(settings::read(settings).map_err(PrepareError::Invalid)?)
}

/// Where the prepared resolver lives; implemented by [`export!`](crate::export).
#[doc(hidden)]
pub trait ResolverCell: Resolver {
    /// The static.
    fn cell() -> &'static LocalKey<RefCell<Option<Self>>>;
}

/// A resolver as the generated bindings want it.
#[doc(hidden)]
pub struct ResolverComponent<R>(PhantomData<R>);

impl<R> fmt::Debug for ResolverComponent<R> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ResolverComponent")
    }
}

impl<R: ResolverCell> resolution::Guest for ResolverComponent<R> {
    fn check_settings(settings: String) -> Vec<Problem> {
        load::<R>(&settings).err().map(problems).unwrap_or_default()
    }

    fn prepare(settings: String) -> Result<(), PrepareError> {
        R::cell().set(None);
        R::cell().set(Some(load(&settings)?));
        heap::leave_room();
        Ok(())
    }

    fn resolve(catalog: String, request: String) -> Result<String, ResolveError> {
        R::cell().with_borrow(|prepared| {
            let resolver = prepared.as_ref().ok_or(ResolveError::NotPrepared)?;
            resolver.resolve(&catalog, &request)
        })
    }
}
