//! What became of a change of a site, as it is answered.

use assay_service::sites::{Dependency, ExtensionDifference, FoundConflict, SiteChange, Verdict};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// What became of a change, or would.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeAnswer {
    /// `applied`, `refused` or `unchanged`.
    #[schema(example = "applied")]
    verdict: &'static str,
    /// Whether it was only tried.
    dry_run: bool,
    /// The site's revision: the new one, or the one from which it was decided.
    #[schema(example = 13)]
    revision: i64,
    /// What is enabled, or would be, by id.
    extensions: Vec<ChangedRow>,
    /// What is disabled by it.
    disabled: Vec<String>,
    /// The order of activation, level by level. Deactivation goes the other way.
    #[schema(example = json!([["forms", "postbox"], ["portal"]]))]
    activation: Vec<Vec<String>>,
    /// What is wrong with configurations.
    problems: Vec<ConfigurationProblem>,
    /// Every conflict, errors and warnings.
    conflicts: Vec<FoundRow>,
    /// The ids of those that somebody goes ahead in spite of.
    forced: Vec<String>,
    /// What depends on what.
    dependencies: Vec<DependencyRow>,
    /// What is worth knowing.
    warnings: Vec<String>,
    /// Why it can't be, in sentences.
    #[schema(example = json!(["This can't all hold: `portal` 1.0.0 requires `forms` (^2), and it is pinned to 1.0.0."]))]
    explanation: Vec<String>,
    /// What would mend it, cheapest first; each was solved again.
    #[schema(value_type = Vec<Object>)]
    fixes: Vec<Value>,
    /// The number of the version that a refused change is kept as.
    refused_version: Option<i32>,
    /// The snapshot that was made before it.
    snapshot_id: Option<Uuid>,
}

/// An extension that is enabled, or would be.
#[derive(Debug, Serialize, ToSchema)]
struct ChangedRow {
    /// Its id.
    #[schema(example = "portal")]
    extension_id: String,
    /// Its release.
    #[schema(example = "1.0.0")]
    version: String,
    /// Whether somebody asked for it; else another one needs it.
    requested: bool,
    /// `enabled`, `changed`, `requested` (only why it is there changes) or `kept`.
    #[schema(example = "enabled")]
    difference: &'static str,
    /// SHA-256 of its configuration as canonical JSON (RFC 8785), in hexadecimal digits.
    config_hash: String,
    /// The number of its configuration's version, once it is written.
    config_version: Option<i32>,
    /// Why it is there.
    because: Vec<String>,
}

/// What is wrong with an extension's configuration.
#[derive(Debug, Serialize, ToSchema)]
struct ConfigurationProblem {
    /// The extension.
    extension_id: String,
    /// JSON Pointer (RFC 6901) into its configuration.
    #[schema(example = "/size")]
    pointer: String,
    /// What is wrong.
    message: String,
}

/// A conflict as the resolver finds it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundRow {
    /// The same for the same facts.
    conflict_id: String,
    /// One side.
    extension_id_1: Option<String>,
    /// The other one; null when it has one side.
    extension_id_2: Option<String>,
    /// All that take part.
    extensions: Vec<String>,
    /// `explicit`, `policy` or `dependency`.
    conflict_type: String,
    /// `explicit`, `exclusive-capability`, `exclusive-resource`, `policy`, `site-policy`, `missing`, `out-of-range`, `pin`
    /// or `cycle`.
    kind: String,
    /// `global`, `capability` or `resource`.
    scope: Option<String>,
    /// The capability that it is about.
    capability: Option<String>,
    /// The resource that it is about.
    resource: Option<String>,
    /// One side's policy.
    policy_1: Option<String>,
    /// The other side's.
    policy_2: Option<String>,
    /// `error` or `warning`.
    severity: String,
    /// Why, in words.
    reason: String,
}

impl From<FoundConflict> for FoundRow {
    fn from(found: FoundConflict) -> Self {
        let FoundConflict {
            conflict_id,
            extension_id_1,
            extension_id_2,
            extensions,
            conflict_type,
            kind,
            scope,
            capability,
            resource,
            policy_1,
            policy_2,
            severity,
            reason,
        } = found;
        Self {
            conflict_id,
            extension_id_1,
            extension_id_2,
            extensions,
            conflict_type,
            kind,
            scope,
            capability,
            resource,
            policy_1,
            policy_2,
            severity,
            reason,
        }
    }
}

/// What an extension requires, and what meets it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DependencyRow {
    /// Who requires.
    #[schema(example = "portal")]
    extension_id: String,
    /// `extension` or `capability`.
    #[schema(example = "extension")]
    dependency_type: String,
    /// What it requires.
    #[schema(example = "forms")]
    dependency_id: String,
    /// The range as written; empty for any version.
    #[schema(example = "^2")]
    range: String,
    /// Whether it is optional.
    optional: bool,
    /// The lowest version in the range, if there is one.
    #[schema(example = "2.0.0")]
    min_version: Option<String>,
    /// The version of what meets it.
    #[schema(example = "2.1.0")]
    resolved_version: Option<String>,
    /// The extension that meets it, for a capability.
    resolved_provider: Option<String>,
    /// Whether it is met. An optional one whose target is absent is.
    satisfied: bool,
    /// Why it is met or not.
    reason: Option<String>,
}

impl From<Dependency> for DependencyRow {
    fn from(row: Dependency) -> Self {
        let Dependency {
            extension_id,
            dependency_type,
            dependency_id,
            range,
            optional,
            min_version,
            resolved_version,
            resolved_provider,
            satisfied,
            reason,
        } = row;
        Self {
            extension_id,
            dependency_type,
            dependency_id,
            range,
            optional,
            min_version,
            resolved_version,
            resolved_provider,
            satisfied,
            reason,
        }
    }
}

impl ChangeAnswer {
    /// The places in what was sent, as far as it was a configuration.
    pub(super) fn places(&self) -> impl Iterator<Item = (String, String)> {
        self.problems.iter().map(|problem| {
            let pointer = format!("/configuration{}", problem.pointer);
            (pointer, format!("`{}` {}", problem.extension_id, problem.message))
        })
    }
}

impl From<SiteChange> for ChangeAnswer {
    fn from(change: SiteChange) -> Self {
        let extensions = change.extensions.into_iter().map(|one| ChangedRow {
            extension_id: one.extension_id.to_string(),
            version: one.version,
            requested: one.requested,
            difference: match one.difference {
                ExtensionDifference::Enabled => "enabled",
                ExtensionDifference::Changed => "changed",
                ExtensionDifference::Requested => "requested",
                ExtensionDifference::Kept => "kept",
            },
            config_hash: one.config_hash,
            config_version: one.config_version,
            because: one.because,
        });
        let problems = change.problems.into_iter().map(|problem| ConfigurationProblem {
            extension_id: problem.extension_id.to_string(),
            pointer: problem.pointer,
            message: problem.message,
        });
        Self {
            verdict: match change.verdict {
                Verdict::Applied => "applied",
                Verdict::Refused => "refused",
                Verdict::Unchanged => "unchanged",
            },
            dry_run: change.dry_run,
            revision: change.revision,
            extensions: extensions.collect(),
            disabled: change.disabled.iter().map(ToString::to_string).collect(),
            activation: change.activation,
            problems: problems.collect(),
            conflicts: change.conflicts.into_iter().map(FoundRow::from).collect(),
            forced: change.forced,
            dependencies: change.dependencies.into_iter().map(DependencyRow::from).collect(),
            warnings: change.warnings,
            explanation: change.explanation,
            fixes: change.fixes,
            refused_version: change.refused_version,
            snapshot_id: change.snapshot.map(|id| id.0),
        }
    }
}
