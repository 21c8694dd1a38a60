//! A stored call once more: the same release, settings, rules, input, time and host answers.
//!
//! Invariant: nothing is stored, and nothing is asked but the recording. What the call is given is held against the
//! digests of the recorded one first, so that a difference is the plugin's or the host's and never the input's.

mod call;
mod difference;
mod recording;

use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Actor, Configuration, Digest, InvocationId, JsonLimits, LogLine, Outcome, World, json};
use assay_engine::{CallContext, LoadError};
use assay_store::documents::StoredDocument;
use assay_store::invocations::Invocation;
use assay_store::plugins::Release;
use assay_store::{StoreError, Tx};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::Services;
use crate::access::{ClientRefused, Need, NotAllowed, client};
use crate::plan::Chosen;
use crate::process_error::{ProcessError, outcome_name};
use crate::processes::serve;
use crate::queue::Overloaded;
use call::Again;
pub use difference::Difference;
use recording::Recording;

/// How long a replay may take at least: a guest does not see its deadline, and this host may be slower.
const PATIENCE: Duration = Duration::from_secs(30);

/// A call's end, as far as replaying it has to give the same.
#[derive(Clone, Debug, Serialize)]
pub struct Ran {
    /// `done`, `declined` or `failed`.
    pub outcome: String,
    /// SHA-256 of the output's bytes.
    pub output_sha256: Option<Digest>,
    /// Why there is no output.
    pub error: Option<ProcessError>,
}

/// A recorded call beside its replay.
#[derive(Clone, Debug, Serialize)]
pub struct Replay {
    /// The invocation.
    pub invocation_id: InvocationId,
    /// Whether both are the same: outcome, output byte for byte, log, questions to the host.
    pub same: bool,
    /// What is stored.
    pub recorded: Ran,
    /// What came now.
    pub replayed: Ran,
    /// What differs, the first of it.
    pub differences: Vec<Difference>,
}

/// Why a call can't be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The client is not served.
    #[error(transparent)]
    Client(#[from] ClientRefused),
    /// There is no such invocation, or its plugin is not the client's to see any more.
    #[error("there is no invocation `{0}`")]
    NotFound(InvocationId),
    /// The clock or a busy host ended it.
    #[error(
        "the invocation ended with `{code}`, which the clock decided and not its input; there is nothing to replay"
    )]
    NotReplayable {
        /// How it ended.
        code: &'static str,
    },
    /// What it was given can't be put together any more.
    #[error("the invocation can't be replayed: {0}")]
    Unrestorable(String),
    /// Its plugin can't be had now.
    #[error("its plugin can't be loaded: {0}")]
    Load(#[from] LoadError),
    /// Too much to do.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The database could not.
    #[error("what is stored of the invocation could not be read")]
    Store(#[from] StoreError),
}

/// Everything that the recorded call was given.
struct Given {
    stored: Invocation,
    release: Release,
    configuration: Configuration,
    document: StoredDocument,
    input: Vec<u8>,
}

/// What is compared.
struct Shown {
    ran: Ran,
    output: Vec<u8>,
    fields: Value,
}

impl Services {
    /// Replays an invocation of the caller's client.
    ///
    /// # Errors
    /// See [`ReplayError`]. That something differs is no error.
    pub async fn replay(&self, actor: &Actor, id: InvocationId) -> Result<Replay, ReplayError> {
        let client = client(actor, Need::Submit)?;
        let (_held, mut place) = self.place(client).await?;
        place.owe();
        let mut tx = self.begin(client).await?;
        serve(&mut tx).await??;
        let given = given(&mut tx, id).await?;
        tx.rollback().await?;

        let Given { stored, release, .. } = &given;
        let world = stored.world;
        let choice = given
            .configuration
            .draft
            .plugin(world)
            .ok_or_else(|| ReplayError::Unrestorable(format!("its configuration names no {world}")))?;
        let rules = json::canonical(&given.configuration.draft.validation_rules);
        let chosen = Chosen::new(release, world, &choice.settings);
        let member = self
            .inner
            .member(client, &chosen, &rules, &given.configuration.draft.limits)
            .await?;
        if (member.told.settings_digest(), member.told.rules_digest()) != (stored.settings, stored.rules) {
            let message = "settings or rules of its configuration are not those that it was given";
            return Err(ReplayError::Unrestorable(message.to_owned()));
        }
        let recording = Arc::new(Recording::of(&stored.host_answers).map_err(ReplayError::Unrestorable)?);
        let context = CallContext {
            limits: stored.limits,
            received: stored.received_at,
            deadline: Instant::now() + Duration::from_millis(stored.limits.deadline_ms).max(PATIENCE),
            seed: stored.input,
            history: Some(recording),
            granted: &release.manifest.permissions,
        };
        let again = Again {
            world,
            input: &given.input,
            media_type: &given.document.media_type,
            name: given.document.file_name.as_deref(),
        };
        let ended = again.call(&self.inner.engine, &member.told, &context).await;
        let ended = ended.ok_or_else(|| ReplayError::Unrestorable("its input is not text".to_owned()))?;
        place.settle();
        let guest = Duration::from_micros(ended.guest_us);
        self.inner.queue.spend(client, guest);
        let replayed = show(&ended.outcome, &ended.log, &ended.host_answers, &given);
        Ok(compared(recorded(&given), replayed, id))
    }
}

/// Puts together what the call was given, and checks that it is that.
async fn given(tx: &mut Tx, id: InvocationId) -> Result<Given, ReplayError> {
    let gone = |what: &str| ReplayError::Unrestorable(format!("its {what} is gone"));
    let stored = tx.invocation(id).await?.ok_or(ReplayError::NotFound(id))?;
    let release = tx
        .release(stored.release)
        .await?
        .ok_or(ReplayError::NotFound(id))?;
    if let (false, Outcome::Failed(failure)) = (stored.replayable, &stored.outcome) {
        return Err(ReplayError::NotReplayable {
            code: failure.code.as_str(),
        });
    }
    let process = tx.process(stored.process).await?.ok_or_else(|| gone("process"))?;
    let configuration = tx
        .configuration(&process.summary.process_type, process.summary.config_version)
        .await?
        .ok_or_else(|| gone("configuration"))?;
    let documents = tx.documents(stored.process).await?;
    let document = documents
        .into_iter()
        .find(|document| Some(document.id) == stored.document)
        .ok_or_else(|| gone("document"))?;
    let content = match document.digest {
        Some(digest) => tx.content(digest).await?,
        None => None,
    };
    let mut input = content.ok_or_else(|| gone("document's content"))?;
    if Digest::of(&input) != stored.input && stored.world != World::Extractor {
        // It was given what an extractor had read.
        input = extracted(tx, &stored).await?.ok_or_else(|| gone("extraction"))?;
    }
    if Digest::of(&input) != stored.input {
        let message = "its input is not what is stored of the document";
        return Err(ReplayError::Unrestorable(message.to_owned()));
    }
    Ok(Given {
        stored,
        release,
        configuration,
        document,
        input,
    })
}

/// The text that an extractor's data was for those called after it.
async fn extracted(tx: &mut Tx, stored: &Invocation) -> Result<Option<Vec<u8>>, StoreError> {
    let calls = tx.invocations(stored.process).await?;
    let extraction = calls
        .into_iter()
        .find(|call| call.world == World::Extractor && call.document == stored.document);
    let Some(Outcome::Done(output)) = extraction.map(|call| call.outcome) else {
        return Ok(None);
    };
    let mut read = json::parse(&output, JsonLimits::bytes(output.len())).unwrap_or_default();
    Ok(read
        .get_mut("data")
        .map(|data| data.take().to_string().into_bytes()))
}

fn recorded(given: &Given) -> Shown {
    let stored = &given.stored;
    show(&stored.outcome, &stored.log, &stored.host_answers, given)
}

fn show(outcome: &Outcome<Vec<u8>>, log: &[LogLine], host_answers: &Value, given: &Given) -> Shown {
    let output = match outcome {
        Outcome::Done(output) => Some(output),
        Outcome::Declined { .. } | Outcome::Failed(_) => None,
    };
    let ran = Ran {
        outcome: outcome_name(outcome).to_owned(),
        output_sha256: output.map(|bytes| Digest::of(bytes)),
        error: ProcessError::of(outcome, &given.release.manifest.name, None),
    };
    let fields = json!({
        "outcome": ran.outcome,
        "error": ran.error,
        "output": output.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok()),
        "log": log,
        "host_answers": host_answers,
    });
    Shown {
        ran,
        output: output.cloned().unwrap_or_default(),
        fields,
    }
}

fn compared(recorded: Shown, replayed: Shown, invocation_id: InvocationId) -> Replay {
    let differences = Difference::between(&recorded.fields, &replayed.fields);
    Replay {
        invocation_id,
        same: differences.is_empty() && recorded.output == replayed.output,
        recorded: recorded.ran,
        replayed: replayed.ran,
        differences,
    }
}
