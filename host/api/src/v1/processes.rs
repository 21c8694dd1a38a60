//! Processes: documents handed in together, and what was said of them.

pub(crate) mod answer;
pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;
