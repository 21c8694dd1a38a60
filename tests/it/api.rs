//! The API as its callers see it: the real router on a real port, over a real Postgres, with the built plugins.

mod configurations;
pub(crate) mod contract;
mod documents;
mod history;
pub(crate) mod host;
mod interruptions;
mod limits;
mod operation;
mod overload;
mod pages;
mod plugins;
mod processes;
mod refusals;
mod registrations;
mod releases;
mod replay;
mod roles;
mod sandbox;
mod schemas;
mod swaps;
mod takeover;
mod tokens;
