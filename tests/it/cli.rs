//! The program as people and CI use it.

mod binary;
mod check;
mod descriptors;
mod killed;
mod plugin;
mod run;
mod up;
