//! Calls of plugins.

pub(crate) mod get;
pub(crate) mod replay;
