//! The vocabulary of Assay: values and ids.
//!
//! Invariant: nothing here does I/O, reads a clock or draws a random number; whoever needs either passes it in.
//! A value that exists is valid: constructors parse, nobody validates twice.
//! Deliberately absent: how anything is stored, sent or run.

mod actor;
mod clock;
mod configuration;
mod digest;
mod finding;
pub mod history;
mod id;
mod invocation;
pub mod json;
mod limits;
pub mod manifest;
mod name;
mod process;
mod randomness;
mod registration;
mod verdict;
mod world;

pub use actor::{Actor, Role};
pub use clock::{Clock, FixedClock, SystemClock};
pub use configuration::{Configuration, ConfigurationDraft, PluginChoice, Problem};
pub use digest::{Digest, DigestError};
pub use finding::{Finding, Observation, Severity, Signal};
pub use history::{HostAnswer, KnownValue, Question, Sighting, Sightings, Told};
pub use id::{
    ActionId, AuditId, ClientId, ConfigId, DocumentId, EventId, InvocationId, NotificationId, PluginId,
    ProcessId, RegistrationId, ReleaseId, SignoffId, SiteId, SnapshotId, UserId, VersionId,
};
pub use invocation::{ErrorCode, Failure, LogLevel, LogLine, Outcome, Phase, Usage};
pub use json::{JsonError, JsonLimits};
pub use limits::{LimitRequest, Limits};
pub use manifest::Manifest;
pub use name::{Aspect, ExtensionId, NameError, PluginName, ProcessTypeId, SiteRole};
pub use process::{DocumentStatus, IngestionSource, ProcessStatus, Stage};
pub use randomness::{NoRandomness, Randomness};
pub use registration::RegistrationStatus;
pub use verdict::{AuditResult, Decision, Thresholds, Verdict, decide};
pub use world::World;
