//! A change of what is enabled at a site: decided, and then written if the site is still what it was decided from.

use std::time::Duration;

use assay_domain::{Actor, ExtensionId, Problem, Role, SiteId, SnapshotId};
use assay_store::sites::{Dependency, FoundConflict};
use serde::Serialize;
use serde_json::Value;

use super::commit::Written;
use super::decide::{Decision, Difference};
use super::import::ImportEntry;
use super::situation::Situation;
use super::wish::Wish;
use super::{SiteError, administers};
use crate::Services;

/// How often a change is decided anew because others were faster.
const ATTEMPTS: u32 = 16;

/// How long it is waited after the first time, longer after each.
const PAUSE: Duration = Duration::from_millis(4);

/// How a change is to be made.
#[derive(Clone, Debug, Default)]
pub struct ChangeOptions {
    /// Says what would happen and does nothing.
    pub dry_run: bool,
    /// Why.
    pub reason: Option<String>,
    /// Why it is to be done in spite of conflicts that are errors; only for administrators.
    pub force: Option<String>,
    /// Prefers the newest versions of everything to changing as little as possible.
    pub newest: bool,
    /// The revision from which the caller decided; the change is refused when the site is at another one.
    pub revision: Option<i64>,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is done, or would be.
    Applied,
    /// It was not, or would not be.
    Refused,
    /// Everything is so already.
    Unchanged,
}

/// What became of a change, or would.
#[derive(Clone, Debug, Serialize)]
pub struct SiteChange {
    /// What became of it.
    pub verdict: Verdict,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The site's revision: the new one, or the one from which it was decided.
    pub revision: i64,
    /// What is enabled, or would be, by id.
    pub extensions: Vec<ChangedExtension>,
    /// What is disabled by it.
    pub disabled: Vec<ExtensionId>,
    /// The order of activation, level by level.
    pub activation: Vec<Vec<String>>,
    /// What is wrong with configurations.
    pub problems: Vec<ExtensionProblem>,
    /// Every conflict, errors and warnings.
    pub conflicts: Vec<FoundConflict>,
    /// Those that somebody goes ahead in spite of.
    pub forced: Vec<String>,
    /// What depends on what.
    pub dependencies: Vec<Dependency>,
    /// What is worth knowing.
    pub warnings: Vec<String>,
    /// Why it can't be, in sentences.
    pub explanation: Vec<String>,
    /// What would mend it, as the resolver says; each was solved again.
    pub fixes: Vec<Value>,
    /// The version that a refused change is kept as.
    pub refused_version: Option<i32>,
    /// The snapshot that was made before it.
    pub snapshot: Option<SnapshotId>,
}

/// An extension that is enabled, or would be.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedExtension {
    /// Its id.
    pub extension_id: ExtensionId,
    /// Its release.
    pub version: String,
    /// Whether somebody asked for it.
    pub requested: bool,
    /// What changes.
    pub difference: Difference,
    /// SHA-256 of its canonical configuration.
    pub config_hash: String,
    /// The number of its configuration's version, once it is written.
    pub config_version: Option<i32>,
    /// Why it is there.
    pub because: Vec<String>,
}

/// What is wrong with an extension's configuration.
#[derive(Clone, Debug, Serialize)]
pub struct ExtensionProblem {
    /// The extension.
    pub extension_id: ExtensionId,
    /// The place in its configuration.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl SiteChange {
    pub(super) fn of(now: &Situation, decision: &Decision, dry_run: bool, written: &Written) -> Self {
        let verdict = if decision.refused {
            Verdict::Refused
        } else if decision.changes_nothing(now) {
            Verdict::Unchanged
        } else {
            Verdict::Applied
        };
        let extensions = decision.planned.iter().map(|planned| {
            let there = now.enabled.get(&planned.extension);
            let kept = there
                .filter(|_| matches!(planned.difference, Difference::Kept | Difference::Requested))
                .map(|enabled| enabled.config_version);
            ChangedExtension {
                extension_id: planned.extension.clone(),
                version: planned.version.clone(),
                requested: planned.requested,
                difference: planned.difference,
                config_hash: planned.hash().to_string(),
                config_version: written.versions.get(&planned.extension).copied().or(kept),
                because: planned.because.clone(),
            }
        });
        let resolved = &decision.answer;
        let disabled = decision.removed.iter().map(|enabled| enabled.extension.clone());
        Self {
            verdict,
            dry_run,
            revision: written.revision.unwrap_or(now.site.revision),
            extensions: extensions.collect(),
            disabled: if decision.refused {
                Vec::new()
            } else {
                disabled.collect()
            },
            activation: resolved.activation.clone(),
            problems: problems(decision),
            conflicts: decision.conflicts.clone(),
            forced: decision.forced.clone(),
            dependencies: resolved.dependencies.clone(),
            warnings: resolved.warnings.clone(),
            explanation: resolved.explanation.clone(),
            fixes: resolved.fixes.clone(),
            refused_version: written.refused,
            snapshot: written.snapshot,
        }
    }
}

pub(super) fn problems(decision: &Decision) -> Vec<ExtensionProblem> {
    let problems = decision.problems.iter();
    let problems = problems.map(|(extension, Problem { pointer, message })| ExtensionProblem {
        extension_id: extension.clone(),
        pointer: pointer.clone(),
        message: message.clone(),
    });
    problems.collect()
}

impl Services {
    /// Changes a site, or says what would happen.
    pub(super) async fn change(
        &self,
        actor: &Actor,
        site: SiteId,
        options: &ChangeOptions,
        wish: &Wish,
    ) -> Result<SiteChange, SiteError> {
        self.change_with(actor, site, options, None, wish).await
    }

    /// Changes a site, or says what would happen. With an entry of an import: writes that it is done with it, and leaves
    /// nothing behind when it is refused.
    pub(super) async fn change_with(
        &self,
        actor: &Actor,
        site: SiteId,
        options: &ChangeOptions,
        entry: Option<&ImportEntry>,
        wish: &Wish,
    ) -> Result<SiteChange, SiteError> {
        let client = super::changer(actor)?;
        if let Some(reason) = &options.force {
            administers(actor)?;
            if reason.trim().is_empty() {
                return Err(SiteError::NoReason("going ahead in spite of a conflict"));
            }
        }
        for attempt in 0..ATTEMPTS {
            let (mut tx, found, _) = self.work_at(actor, site).await?;
            let now = Situation::read(&mut tx, found, &actor.subject).await?;
            tx.rollback().await?;
            if let Some(given) = options.revision.filter(|given| *given != now.site.revision) {
                let current = now.site.revision;
                return Err(SiteError::Moved { given, current });
            }
            if let Wish::Reconfigure { extension, .. } | Wish::Disable { extension } = wish
                && !now.enabled.contains_key(extension)
            {
                return Err(SiteError::NotEnabled(extension.clone()));
            }
            let sealer = self.sealer(client, now.knows_secrets()).await?;
            let force = options.force.is_some() && actor.role == Role::Admin;
            let decision = self
                .inner
                .decide(&sealer, &now, wish, options.newest, force)
                .await?;
            let nothing = !decision.refused && decision.changes_nothing(&now);
            let left = match entry {
                None => nothing,
                Some(_) => decision.refused,
            };
            if options.dry_run || left {
                return Ok(SiteChange::of(
                    &now,
                    &decision,
                    options.dry_run,
                    &Written::default(),
                ));
            }
            if let Some(written) = self
                .commit(actor, &sealer, &now, wish, &decision, options, entry)
                .await?
            {
                return Ok(SiteChange::of(&now, &decision, false, &written));
            }
            tokio::time::sleep(PAUSE * (attempt + 1)).await;
        }
        Err(SiteError::Contended(ATTEMPTS))
    }
}
