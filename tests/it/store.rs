//! The store against a real Postgres: who sees what, what can't be changed, what survives.

mod configurations;
mod connections;
mod history;
mod housekeeping;
mod isolation;
mod lists;
mod migrations;
mod plugins;
mod processes;
mod sample;
mod schema;
