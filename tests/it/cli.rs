//! The program as people and CI use it.

pub(crate) mod binary;
mod check;
mod descriptors;
mod evaluate;
mod import;
mod killed;
mod plugin;
mod resolve;
mod run;
mod site;
mod up;
