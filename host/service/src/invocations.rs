//! Reading one call of a plugin.

use assay_domain::{
    Actor, Digest, DocumentId, InvocationId, Limits, LogLine, Outcome, PluginName, ProcessId, Usage, World,
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::Services;
use crate::process_error::{ProcessError, outcome_name};
use crate::processes::ReadError;

/// One call of one release on one input.
#[derive(Clone, Debug, Serialize)]
pub struct Invocation {
    /// Its id.
    pub invocation_id: InvocationId,
    /// The process that it was made for.
    pub process_id: ProcessId,
    /// The document that it was made for.
    pub document_id: Option<DocumentId>,
    /// The plugin.
    pub plugin: PluginName,
    /// The release.
    pub version: semver::Version,
    /// SHA-256 of the component.
    pub sha256: Digest,
    /// As what it was called.
    pub world: World,
    /// What it might use up.
    pub limits: Limits,
    /// What it used up.
    pub usage: Usage,
    /// `done`, `declined` or `failed`.
    pub outcome: String,
    /// Why there is no output.
    pub error: Option<ProcessError>,
    /// SHA-256 of the input's bytes.
    pub input_sha256: Digest,
    /// SHA-256 of the settings' bytes.
    pub settings_sha256: Digest,
    /// SHA-256 of the rules' bytes.
    pub rules_sha256: Digest,
    /// SHA-256 of `output` as it was written.
    pub output_sha256: Option<Digest>,
    /// What the plugin returned.
    pub output: Option<Value>,
    /// What it logged.
    pub log: Vec<LogLine>,
    /// What the host answered it, in order: each with its `question` and `answer`.
    pub host_answers: Value,
    /// When the document was received; the plugin's wall clock stood there.
    pub received_at: DateTime<Utc>,
    /// Whether the same call gives the same bytes; false when the clock ended it.
    pub replayable: bool,
}

impl Services {
    /// One invocation of the caller's client.
    ///
    /// # Errors
    /// The caller may not read, or the database can't.
    pub async fn invocation(&self, actor: &Actor, id: InvocationId) -> Result<Option<Invocation>, ReadError> {
        let mut tx = self.begin_read(actor).await?;
        let Some(stored) = tx.invocation(id).await? else {
            return Ok(None);
        };
        // A release is never deleted; one that the client may not see any more is not shown.
        let Some(release) = tx.release(stored.release).await? else {
            return Ok(None);
        };
        tx.rollback().await?;
        let error = ProcessError::of(&stored.outcome, &release.manifest.name, None);
        let outcome = outcome_name(&stored.outcome).to_owned();
        let output = match stored.outcome {
            Outcome::Done(output) => Some(output),
            Outcome::Declined { .. } | Outcome::Failed(_) => None,
        };
        Ok(Some(Invocation {
            invocation_id: stored.id,
            process_id: stored.process,
            document_id: stored.document,
            plugin: release.manifest.name,
            version: release.manifest.version,
            sha256: release.digest,
            world: stored.world,
            limits: stored.limits,
            usage: stored.usage,
            outcome,
            error,
            input_sha256: stored.input,
            settings_sha256: stored.settings,
            rules_sha256: stored.rules,
            output_sha256: output.as_deref().map(Digest::of),
            output: output.and_then(|bytes| serde_json::from_slice(&bytes).ok()),
            log: stored.log,
            host_answers: stored.host_answers,
            received_at: stored.received_at,
            replayable: stored.replayable,
        }))
    }
}
