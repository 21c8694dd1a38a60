//! The program as people and CI use it.

mod binary;
mod check;
mod evaluate;
mod killed;
mod plugin;
mod run;
mod up;
