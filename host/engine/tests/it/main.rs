//! Temporary.
mod engine;
