//! Calls of plugins.

pub(crate) mod get;
