//! Assay against the real thing: real Postgres, real plugins, the real router and the real binary. One binary, so that
//! the sandbox is linked once. The tree mirrors what is tested.
//!
//! `cfg(test)` on each module tells clippy that all of this is test code, helper functions included.

#[cfg(test)]
mod api;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod sites;
#[cfg(test)]
mod store;
#[cfg(test)]
mod support;
