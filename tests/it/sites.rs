//! Extensions at sites: real Postgres, real plugins, the real resolver.

mod asked;
mod attacks;
mod conflicts;
mod enabling;
mod place;
mod signoffs;
mod snapshots;
