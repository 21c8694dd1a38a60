//! The program as people and CI use it.

mod binary;
mod check;
mod plugin;
mod run;
mod up;
