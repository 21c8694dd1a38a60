//! The language held against its cases in `tests/cases/rules`, its own reference, and arbitrary input.

mod cases;
mod examples;
mod properties;
