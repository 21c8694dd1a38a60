//! Chooses releases, and resolves what a site asks for: which extensions in which versions, in which order they become
//! active, what conflicts, why, and what would mend it.
//!
//! Invariant: pure, without clock, files, threads or chance; the answer is a function of the content of its inputs and not of
//! the order in which they are written. Absent: where catalogs and sites are kept.

mod answer;
mod catalog;
mod check;
mod detect;
mod explain;
mod fix;
pub mod graph;
mod input;
mod objective;
pub mod order;
#[cfg(test)]
mod random;
pub mod range;
mod request;
mod resolve;
pub mod schema;
mod select;
mod solve;
mod whatif;

pub use answer::{Answer, Chosen, Conflict, Dependency, Status};
pub use catalog::{Catalog, Scope};
pub use check::verify;
pub use fix::{Change, Fix, RequestText};
pub use input::{Document, InputErrors, InputProblem, MAX_ID, MAX_PROBLEMS};
pub use range::{Dialect, Range, RangeError};
pub use request::{Prefer, Request, Wanted};
pub use resolve::{Options, resolve, resolve_json};
pub use select::{Candidate, SelectError, later_and_compatible, select};
pub use solve::{Solver, Verdict};
pub use whatif::{Effect, SiteEffect, what_if};
