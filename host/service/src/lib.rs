//! Use cases: what Assay does, in the order in which effects happen.
//!
//! Invariants: no transaction is open while a guest runs; what was decided outside is committed by compare-and-set on
//! what it was decided from; state, audit row and outgoing event are written in one transaction, or none is; memory
//! follows the database and never leads it.
//! Deliberately absent: HTTP, SQL and wasmtime.

mod access;
mod admissions;
mod breaker;
mod configurations;
mod evaluate;
mod follow;
mod history;
mod intake;
mod invocations;
mod judge;
mod plan;
mod plugins;
mod process_error;
mod processes;
mod question;
mod queue;
mod readiness;
mod recent;
mod record;
mod refusals;
mod replay;
mod rounds;
mod schema;
mod settings;
mod shares;
pub mod sites;
mod standalone;
mod startup;
mod takeover;
mod vault;

use std::num::NonZeroUsize;
use std::sync::Arc;

use assay_domain::{ClientId, Clock, ConfigId, Limits, ProcessTypeId};
use assay_engine::Engine;
use assay_store::Store;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use admissions::Admissions;
use breaker::Breaker;
use queue::Queue;
use recent::Recent;
use shares::Shares;

pub use access::{ClientRefused, NotAllowed};
pub use assay_domain::Problem;
pub use assay_store::StoreError;
pub use assay_store::processes::{ProcessFilter, ProcessSummary};
pub use breaker::Failing;
pub use configurations::{ActivateError, ConfigurationPage, PutError};
pub use evaluate::{EvaluateError, Evaluated, Evaluation, Evaluator, Figures, MAX_LINE_BYTES};
pub use intake::{
    DocumentError, DocumentProblem, IntakeLimits, MOST_DOCUMENTS, Submission, SubmittedDocument,
};
pub use invocations::Invocation;
pub use judge::PinnedRelease;
pub use plugins::{
    ActivateReleaseError, ExpectedUpload, Grant, GrantError, InUse, PluginDetail, PluginSummary, Progress,
    Publishing, Reason, RegisterError, Registration, RegistrationPage, Release, YankError,
};
pub use process_error::ProcessError;
pub use processes::{
    Expected, InvocationSummary, ListError, Process, ProcessDocument, ProcessFinding, ProcessPage,
    ProcessQuery, ReadError, SubmitError,
};
pub use queue::{OverloadReason, Overloaded, QueueLimits};
pub use readiness::Readiness;
pub use refusals::Refusal;
pub use replay::{Difference, Ran, Replay, ReplayError};
pub use standalone::{Component, Standalone, StandaloneCall, StandaloneError, StandaloneVerdict};
pub use startup::Startup;
pub use vault::{KeysError, SecretError, SecretKey, SecretKeys, SystemRandomness, Vault, WrittenKeys};

/// How many refusals are recorded at one time.
const REFUSALS: usize = 4;

/// How many uploads of plugins are read, wait or are worked on at one time: a GiB of them, at most.
const REGISTRATIONS: usize = 32;

/// How many of them are worked on: while one is compiled, another one is looked at. An owner has one of them at a time.
const REGISTERING: usize = 2;

/// How many refused submissions wait a moment for their answer at one time.
const HELD_UP: usize = 512;

/// How many compiled schemas are kept.
const SCHEMAS: NonZeroUsize = NonZeroUsize::new(1_024).expect("a constant above zero");

/// How many plans are kept, with the snapshots of their plugins.
const PLANS: NonZeroUsize = NonZeroUsize::new(256).expect("a constant above zero");

/// What the use cases need.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The sandbox.
    pub engine: Engine,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Bounds on submissions.
    pub intake: IntakeLimits,
    /// What the host owner allows a call at most.
    pub limits_maximum: Limits,
    /// How what comes in is shared out between clients.
    pub queue: QueueLimits,
}

/// The use cases. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Services {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    engine: Engine,
    clock: Arc<dyn Clock>,
    intake: IntakeLimits,
    limits_maximum: Limits,
    schemas: schema::Schemas,
    plans: Recent<plan::PlanKey, Arc<judge::Plan>>,
    /// The version that the last submission of each kind met, with its `input_schema`: a guess, and checked.
    last_admitted: Recent<(ClientId, ProcessTypeId), (ConfigId, Arc<Value>)>,
    /// How submissions are judged now.
    admissions: Admissions,
    /// Told of every change that is heard.
    changed: tokio::sync::Notify,
    /// Told of the same, for those who look at sites again.
    releases_changed: tokio::sync::Notify,
    /// The kinds of submissions that were here lately.
    served: Recent<(ClientId, ProcessTypeId), ()>,
    accepted: TaskTracker,
    /// What is made ahead of those who need it, and whether it is too late for that.
    ahead: TaskTracker,
    stopping: CancellationToken,
    /// Submissions that are read or held at one time, with those that wait; the rest is told to come back.
    held: Arc<Shares>,
    /// Refusals that are held up at one time.
    held_up: Semaphore,
    /// Those that are worked on.
    queue: Arc<Queue>,
    breaker: Breaker,
    /// Where processes wait that were decided from a history that changed meanwhile.
    turns: history::Turns,
    /// Questions of plugins to the history that are asked at one time.
    asking: Arc<Semaphore>,
    /// Uploads that may be read, wait or be under way at one time; each holds its bytes.
    registrations: Arc<Shares>,
    /// Uploads that are worked on at one time, those of different owners in turns; the others are queued.
    registering: Arc<rounds::Rounds>,
    /// Refusals that may be recorded at one time; who is refused waits for it.
    refusals: Semaphore,
    /// This run of this host; what it takes on bears it.
    host: Uuid,
    /// How sites are kept.
    sites: sites::SiteOptions,
    /// Clients' keys for digests of secrets.
    hash_keys: Recent<ClientId, sites::HashKey>,
}

impl Services {
    /// The use cases over their parts; nothing secret is taken in at sites.
    pub fn new(parts: Parts) -> Self {
        Self::with_sites(parts, sites::SiteOptions::default())
    }

    /// The use cases over their parts, with sites kept so.
    pub fn with_sites(parts: Parts, sites: sites::SiteOptions) -> Self {
        let Parts {
            store,
            engine,
            clock,
            intake,
            limits_maximum,
            queue,
        } = parts;
        let schemas = schema::Schemas::new(SCHEMAS);
        let (accepted, host) = (TaskTracker::new(), Uuid::now_v7());
        let connections = store.most_connections();
        // Half of them are for whoever does not ask.
        let asking = usize::try_from(connections / 2).unwrap_or(1).max(1);
        let inner = Inner {
            store,
            engine,
            clock,
            intake,
            limits_maximum,
            schemas,
            plans: Recent::new(PLANS),
            last_admitted: Recent::new(SCHEMAS),
            admissions: Admissions::new(PLANS),
            changed: tokio::sync::Notify::new(),
            releases_changed: tokio::sync::Notify::new(),
            served: Recent::new(PLANS),
            accepted,
            ahead: TaskTracker::new(),
            stopping: CancellationToken::new(),
            held: Shares::new(intake.submissions),
            held_up: Semaphore::new(HELD_UP),
            queue: Queue::new(queue),
            breaker: Breaker::default(),
            turns: history::Turns::new(connections),
            asking: Arc::new(Semaphore::new(asking)),
            registrations: Shares::new(REGISTRATIONS),
            registering: rounds::Rounds::new(REGISTERING),
            refusals: Semaphore::new(REFUSALS),
            host,
            sites,
            hash_keys: Recent::new(SCHEMAS),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Waits until all accepted work is done. What is accepted meanwhile is waited for too.
    pub async fn drain(&self) {
        self.inner.accepted.close();
        self.inner.accepted.wait().await;
        self.inner.accepted.reopen();
    }
}
