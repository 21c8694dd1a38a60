//! The sandbox against hostile guests: each ends in a named error, in bounded time, and the next call is fine.

mod bad_results;
mod cache;
pub(crate) mod compiler;
mod complexity;
mod deadlines;
mod determinism;
mod fuel;
pub(crate) mod guest;
mod history;
mod hostile;
mod javascript;
mod leftovers;
mod loading;
mod memory;
mod neighbour;
mod output;
mod prepared;
mod refusals;
mod resolver;
mod under_load;
mod versions;
mod wasip1;
mod worlds;
