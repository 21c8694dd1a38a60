//! The only crate that knows SQL, and the embedded database.
//!
//! Invariants: every statement runs in a [`Tx`], which names its client before anything else, and the database's
//! policies decide what it sees; work is done as `assay_app`, which neither owns a table nor passes a policy.
//! Transactions are short: nothing here calls out, and nobody keeps a [`Tx`] while a guest runs.
//! Deliberately absent: use cases, retries and the order of effects, which are the service's; traits over the one
//! database that there is.

pub mod activations;
pub mod admissions;
pub mod audit;
pub mod clients;
pub mod configurations;
mod connect;
pub mod documents;
pub mod embedded;
mod error;
mod follow;
pub mod history;
mod hosts;
mod housekeeping;
pub mod invocations;
pub mod migrate;
pub mod notifications;
pub mod outbox;
pub mod page;
pub mod plugins;
pub mod process_types;
pub mod processes;
pub mod registrations;
pub mod roles;
pub mod sites;
mod tx;
pub mod users;

pub use connect::{ConnectError, ConnectOptions, Store};
pub use error::StoreError;
pub use follow::Listener;
pub use hosts::{AbandonedProcess, Announcement};
pub use page::{Cursor, CursorError, Page, PageRequest};
pub use tx::Tx;
