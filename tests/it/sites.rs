//! Extensions at sites: real Postgres, real plugins, the real resolver.

mod answers;
mod asked;
mod attacks;
mod conflicts;
mod enabling;
mod http;
mod import;
pub(crate) mod place;
mod resolvers;
mod secrets;
mod signoffs;
mod snapshots;
mod upkeep;
