//! The sandbox: narrows wasmtime to what this host uses.
//!
//! Invariants: a guest can fail only its own call, and fails it with one of a closed list of codes; a call that ended by
//! itself is a pure function of the component, what it was given and what the history answered; nothing of a guest's
//! text reaches anyone unescaped. Nothing of wasmtime shows in the public interface.
//! Deliberately absent: what a verdict is, where components are stored, and who may call what.
//!
//! A call is: permit → compiled plugin by digest ([`Engine::load`]) → fresh instance → typed call → classify. Every call
//! has one memory budget, and one deadline from the permit on; loading has its own, [`EngineOptions::load_deadline`], and
//! compiling, in a child process, the [`CompileLimits`].

mod artifact;
mod bindings;
mod call;
mod capability;
mod classify;
mod compile;
mod config;
mod engine;
mod escape;
pub mod inspect;
mod job;
mod limits;
mod load;
pub mod manifest;
mod port;
mod prepared;
mod refuse;
mod register;
mod result;
mod snapshot;
mod state;
mod ticker;
mod wasi;
mod wrap;

pub use call::{Call, CallContext, Document};
pub use compile::{ChildError, CompileLimits, CompileStep, CompilerProgram, compile_component};
pub use engine::{CacheOptions, Engine, EngineError, EngineOptions};
pub use load::{Compiled, LoadError, Plugin};
pub use port::{Answer, History, HistoryUnavailable};
pub use prepared::Prepared;
pub use refuse::{Reason, Refused};
pub use register::Candidate;
pub use result::{Extracted, Report, Resolution, ScoreReport, SettingsPart, SettingsProblem};
pub use snapshot::{NoSnapshot, SnapshotTrial};
