//! The published JSON Schemas of catalog, request and answer.
//!
//! Invariant: what the resolver accepts and answers is valid by them, which a test holds it to. Absent: what a schema can't say, as
//! that a range parses or that a release is not there twice.

/// The schema of catalogs, draft 2020-12.
pub const CATALOG: &str = include_str!("../schemas/catalog.schema.json");
/// The schema of requests, draft 2020-12.
pub const REQUEST: &str = include_str!("../schemas/request.schema.json");
/// The schema of answers, draft 2020-12.
pub const ANSWER: &str = include_str!("../schemas/answer.schema.json");

#[cfg(test)]
mod tests;
