//! The program as people and CI use it.

pub(crate) mod binary;
mod check;
mod descriptors;
mod killed;
mod plugin;
mod run;
mod up;
