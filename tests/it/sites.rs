//! Extensions at sites: real Postgres, real plugins, the real resolver.

mod asked;
mod attacks;
mod conflicts;
mod enabling;
mod http;
pub(crate) mod place;
mod resolvers;
mod signoffs;
mod snapshots;
