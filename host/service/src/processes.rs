//! Documents in, a verdict stored: the way of a document (design.md, section 3).
//!
//! Invariant: accepted work runs on its own task, so that a caller who hangs up loses the answer and not the process;
//! it is finished once, whoever finishes it, by compare-and-set on its status.

mod accept;
mod finish;
mod list;
mod view;

use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_domain::{Actor, ClientId, ConfigId, ErrorCode, Problem, ProcessId, ProcessTypeId};
use assay_store::clients::{Client, ClientStatus};
use assay_store::history::HistoryLocks;
use assay_store::{StoreError, Tx};
use tokio::sync::oneshot;

use crate::Services;
use crate::access::{ClientRefused, Need, NotAllowed, client};
use crate::breaker::{Called, Failing};
use crate::history::{self, Asker};
use crate::intake::{DocumentError, Intake, MOST_DOCUMENTS, Submission};
use crate::judge::{Judged, judge};
use crate::process_error::ProcessError;
use crate::queue::{OverloadReason, Overloaded, Place};
use crate::shares::Share;
pub(crate) use accept::{Accepted, Job};
use finish::Finished;
pub use list::{ListError, ProcessPage, ProcessQuery};
pub use view::{InvocationSummary, Process, ProcessDocument, ProcessFinding};

/// How often a component is fetched that can't be had now, and how long to wait between.
const LOAD_TRIES: u32 = 5;
const LOAD_PAUSE: Duration = Duration::from_millis(500);

/// How often a process is judged anew because what it asked the history has another answer by then. On one host once
/// suffices; other hosts may come in between.
const MOST_STALE: u32 = 6;

/// The host holds as much as it can for one client. It is worth coming back after what one submission takes at most.
const FULL: Overloaded = Overloaded {
    reason: OverloadReason::Host,
    retry_after: Duration::from_secs(2),
};

/// How long a refusal is held up.
const HELD_UP: Duration = Duration::from_millis(250);

/// How long at most to wait between two tries to store a result.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Why a submission was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The client is not served.
    #[error(transparent)]
    Client(#[from] ClientRefused),
    /// There is no such process type.
    #[error("there is no process type `{0}`")]
    UnknownProcessType(ProcessTypeId),
    /// The process type is switched off.
    #[error("the process type `{0}` is switched off; the host owner can switch it on")]
    InactiveProcessType(ProcessTypeId),
    /// Nothing says how to process it.
    #[error("no configuration for `{0}` is active; save one and activate it")]
    NoConfiguration(ProcessTypeId),
    /// No documents.
    #[error("the submission has no documents; send at least one")]
    NoDocuments,
    /// Too many.
    #[error("the submission has {actual} documents, and {MOST_DOCUMENTS} are allowed; split it")]
    TooManyDocuments {
        /// How many there are.
        actual: usize,
    },
    /// One of them can't be taken.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// `input` does not satisfy the configuration's `input_schema`; pointers lead into `input`.
    #[error("`input` does not satisfy the configuration's input_schema")]
    Input(Vec<Problem>),
    /// A plugin of the configuration can't be had.
    #[error("{0}")]
    Plugin(String),
    /// Too much to do.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// A plugin of the configuration fails whatever it is given.
    #[error(transparent)]
    Failing(#[from] Failing),
    /// The database could not. Nothing was stored.
    #[error("the submission could not be stored")]
    Store(#[from] StoreError),
    /// It was accepted, and the database went away before the result was stored; it will be finished.
    #[error("the process `{process}` was accepted and its result can't be stored yet; look at it later")]
    Unfinished {
        /// The process.
        process: ProcessId,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The task that worked on it died.
    #[error("the work on the submission ended unexpectedly")]
    Lost,
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The client is not served.
    #[error(transparent)]
    Client(#[from] ClientRefused),
    /// The database could not.
    #[error("it could not be read")]
    Store(#[from] StoreError),
}

/// A submission that the host has room for, until it is dropped.
#[derive(Debug)]
pub struct Expected(Share);

impl Services {
    /// Takes a submission, judges it and stores the verdict.
    ///
    /// # Errors
    /// See [`SubmitError`]. A process in which something broke is no error: its status is `failed`.
    pub async fn submit(&self, actor: &Actor, submission: Submission) -> Result<Process, SubmitError> {
        let expected = self.expect_submission(actor).await?;
        self.submit_expected(actor, expected, submission).await
    }

    /// The same for a submission that was expected before it was read.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn submit_expected(
        &self,
        actor: &Actor,
        expected: Expected,
        submission: Submission,
    ) -> Result<Process, SubmitError> {
        let client = client(actor, Need::Submit)?;
        let place = self.place_of(client, expected.0).await?;
        let documents = self.intake(&submission)?;
        let (answer, answered) = oneshot::channel();
        let (services, actor) = (self.clone(), actor.clone());
        self.inner.accepted.spawn(async move {
            let _place = place;
            match services.accept(&actor, client, submission, documents).await {
                Ok(accepted) => services.work(accepted, Some(answer)).await,
                // The caller may be gone; nothing was stored.
                Err(error) => drop(answer.send(Err(error))),
            }
        });
        answered.await.unwrap_or(Err(SubmitError::Lost))
    }

    /// A share of what the host holds for a submission of the caller's, to be taken before its body is read; what would be
    /// turned away anyway is so at once. It waits a moment for its answer, a few hundred at a time: who asks again and again without pause gets no further
    /// and takes less of the others' time.
    ///
    /// # Errors
    /// There is too much to do.
    pub async fn expect_submission(&self, actor: &Actor) -> Result<Expected, SubmitError> {
        let (inner, client) = (&self.inner, client(actor, Need::Submit)?);
        let overloaded = match (inner.queue.turns_away(client), inner.held.take(Some(client))) {
            (None, Some(share)) => return Ok(Expected(share)),
            (Some(overloaded), _) => overloaded,
            (None, None) => FULL,
        };
        count_refused(&overloaded);
        if let Ok(_held_up) = inner.held_up.try_acquire() {
            tokio::time::sleep(HELD_UP).await;
        }
        Err(overloaded.into())
    }

    /// A submission's place among those that are worked on, when it is its client's turn.
    pub(crate) async fn place(&self, client: ClientId) -> Result<(Share, Place), Overloaded> {
        let share = self.inner.held.take(Some(client)).ok_or(FULL);
        self.place_of(client, share.inspect_err(count_refused)?).await
    }

    async fn place_of(&self, client: ClientId, share: Share) -> Result<(Share, Place), Overloaded> {
        let place = self.inner.queue.place(client).await;
        place.map(|place| (share, place)).inspect_err(count_refused)
    }

    /// Judges a submission and stores nothing.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn validate(
        &self,
        actor: &Actor,
        expected: Expected,
        submission: Submission,
    ) -> Result<Process, SubmitError> {
        let client = client(actor, Need::Submit)?;
        let (_held, mut place) = self.place_of(client, expected.0).await?;
        // Who hangs up ends the calls, and has had the time that they took.
        place.owe();
        let documents = self.intake(&submission)?;
        let mut accepted = self.try_out(actor, client, submission, documents).await?;
        let judged = self.judge(&accepted).await;
        place.settle();
        accepted.stored = false;
        Ok(accepted.view(&judged, Some(self.inner.clock.now())))
    }

    /// One process of the caller's client.
    ///
    /// # Errors
    /// The caller may not read, or the database can't.
    pub async fn process(&self, actor: &Actor, id: ProcessId) -> Result<Option<Process>, ReadError> {
        let mut tx = self.begin_read(actor).await?;
        let stored = self.stored(&mut tx, id).await?;
        tx.rollback().await?;
        Ok(stored)
    }

    fn intake(&self, submission: &Submission) -> Result<Vec<Intake>, SubmitError> {
        match submission.documents.len() {
            0 => Err(SubmitError::NoDocuments),
            actual if actual > MOST_DOCUMENTS => Err(SubmitError::TooManyDocuments { actual }),
            _ => Ok(Intake::all(&submission.documents, &self.inner.intake)?),
        }
    }

    /// Judges what was accepted and stores the result, as often as it takes. The caller hears of the first try.
    pub(crate) async fn work(
        &self,
        accepted: Accepted,
        mut answer: Option<oneshot::Sender<Result<Process, SubmitError>>>,
    ) {
        let accepted = Arc::new(accepted);
        let Some(mut judged) = self.judge_apart(&accepted).await else {
            return;
        };
        let asker = self.asker(&accepted);
        let mut locks = history::locks(&asker, &judged);
        let mut turn = self.inner.turns.wait(&locks).await;
        let mut pause = Duration::from_millis(50);
        let (mut refused, mut stale) = (false, 0);
        loop {
            let error = match self.finish(&accepted, &asker, &judged, &locks).await {
                Ok(Finished::Stale) => {
                    stale += 1;
                    let Some(again) = self.judge_again(&accepted, stale).await else {
                        return;
                    };
                    judged = again;
                    let needed = history::locks(&asker, &judged);
                    if needed != locks {
                        drop(turn);
                        turn = self.inner.turns.wait(&needed).await;
                        locks = needed;
                    }
                    continue;
                }
                Ok(Finished::Stored(process)) => {
                    if let Some(answer) = answer.take() {
                        // From here on the answer alone holds the documents' data.
                        drop((accepted, judged));
                        // The caller may have hung up; the process is stored.
                        drop(answer.send(Ok(*process)));
                    }
                    return;
                }
                Err(error) => error,
            };
            tracing::error!(
                process.id = %accepted.job.process_id,
                error = &error as &dyn std::error::Error,
                "the result of a process could not be stored"
            );
            if !error.is_transient() && !refused {
                // The database will not take this result, ever: what can be stored is that it broke.
                refused = true;
                judged = Judged::broken(&accepted.documents, ProcessError::unstorable(&error));
                locks = HistoryLocks::new(accepted.job.client);
                continue;
            }
            let tell = pause > Duration::from_secs(1);
            if let Some(answer) = answer.take_if(|_| tell) {
                let process = accepted.job.process_id;
                drop(answer.send(Err(SubmitError::Unfinished {
                    process,
                    source: error,
                })));
            }
            // Nobody has to wait for the database to come back but this one.
            drop(turn);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            turn = self.inner.turns.wait(&locks).await;
        }
    }

    /// Judges on a task of its own, so that a panic ends this process and nothing else. None when the host stops; another
    /// one takes the process over.
    async fn judge_apart(&self, accepted: &Arc<Accepted>) -> Option<Judged> {
        let (services, judging) = (self.clone(), Arc::clone(accepted));
        let judged = tokio::spawn(async move { services.judge(&judging).await }).await;
        match judged {
            Ok(judged) => Some(judged),
            Err(error) if error.is_panic() => {
                tracing::error!(process.id = %accepted.job.process_id, "judging a process panicked");
                Some(Judged::broken(&accepted.documents, ProcessError::internal()))
            }
            Err(_) => None,
        }
    }

    /// Judges once more what was decided from a history that has changed.
    async fn judge_again(&self, accepted: &Arc<Accepted>, times: u32) -> Option<Judged> {
        metrics::counter!("assay_processes_judged_again_total").increment(1);
        if times > MOST_STALE {
            let error = ProcessError::contended();
            return Some(Judged::broken(&accepted.documents, error));
        }
        self.judge_apart(accepted).await
    }

    /// Draws the consequences of how its calls went for what the client may have done next.
    fn note(&self, client: ClientId, configuration: ConfigId, judged: &Judged) {
        for call in &judged.invocations {
            if let Some(release) = call.release_id {
                let called = Called {
                    client,
                    release,
                    configuration,
                };
                self.inner.breaker.note(called, &call.outcome, Instant::now());
            }
            let guest = call.usage.guest_us();
            self.inner.queue.spend(client, Duration::from_micros(guest));
        }
    }

    /// What a process asks the history as.
    fn asker(&self, accepted: &Accepted) -> Asker {
        Asker {
            store: self.inner.store.clone(),
            asking: Arc::clone(&self.inner.asking),
            client: accepted.job.client,
            process: accepted.job.process_id,
            documents: accepted.document_ids.clone(),
            received: accepted.received,
        }
    }

    async fn judge(&self, accepted: &Accepted) -> Judged {
        let inner = &self.inner;
        let mut tries = LOAD_TRIES;
        loop {
            let error = match inner
                .plan(accepted.job.client, &accepted.configuration, &accepted.chosen)
                .await
            {
                Ok(plan) => {
                    let client = accepted.job.client;
                    let judged = judge(
                        &inner.engine,
                        inner.clock.as_ref(),
                        &plan,
                        &accepted.documents,
                        accepted.received,
                        Some(&self.asker(accepted)),
                    )
                    .await;
                    self.note(client, accepted.configuration.id, &judged);
                    return judged;
                }
                Err(error) => error,
            };
            // The database may be away for a moment while a component is fetched from it.
            tries -= 1;
            if tries == 0 || error.code != ErrorCode::Unavailable.as_str() {
                return Judged::broken(&accepted.documents, error);
            }
            tokio::time::sleep(LOAD_PAUSE).await;
        }
    }

    pub(crate) async fn begin(&self, client: ClientId) -> Result<Tx, StoreError> {
        self.inner.store.begin(client).await
    }

    /// A transaction for someone who reads what is the caller's client's.
    pub(crate) async fn begin_read(&self, actor: &Actor) -> Result<Tx, ReadError> {
        let mut tx = self.begin(client(actor, Need::Read)?).await?;
        serve(&mut tx).await??;
        Ok(tx)
    }
}

fn count_refused(overloaded: &Overloaded) {
    let reason = overloaded.reason.as_str();
    metrics::counter!("assay_submissions_refused_total", "reason" => reason).increment(1);
}

/// The transaction's client, if it is served.
pub(crate) async fn serve(tx: &mut Tx) -> Result<Result<Client, ClientRefused>, StoreError> {
    let Some(client) = tx.client().await? else {
        return Ok(Err(ClientRefused::Unknown));
    };
    Ok(match client.status {
        ClientStatus::Active => Ok(client),
        ClientStatus::Suspended => Err(ClientRefused::Suspended),
        ClientStatus::Inactive => Err(ClientRefused::Inactive),
    })
}
