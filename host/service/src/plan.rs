//! From a configuration to a plan: which releases its ranges select, and these loaded and ready to be called.
//!
//! Invariant: choosing happens in the transaction that pins the choice, loading after it: a component is compiled or
//! read from the cache while no transaction is open.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use assay_domain::{
    ClientId, ConfigId, Configuration, ConfigurationDraft, Digest, ErrorCode, LimitRequest, Limits, Manifest,
    Phase, PluginName, ReleaseId, World, json,
};
use assay_engine::{LoadError, Plugin, Prepared};
use assay_resolver::{Candidate, SelectError, select};
use assay_rules::RuleSet;
use assay_store::activations::Selectable;
use assay_store::plugins::Release;
use assay_store::sites::CatalogRelease;
use assay_store::{Store, StoreError, Tx};
use serde_json::Value;

use crate::intake::{DocumentError, DocumentProblem, Intake};
use crate::judge::{Member, PinnedRelease, Plan, micros};
use crate::process_error::ProcessError;
use crate::schema::Schema;
use crate::{Inner, Problem};

/// Why a configuration's plugin can't be had.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum ChooseError {
    /// Nobody registered it, or not for this client.
    #[error("there is no plugin `{name}`; register it or correct the name")]
    Unknown {
        /// The name.
        name: PluginName,
    },
    /// None of its releases will do.
    #[error("the plugin `{name}` can't be used: {error}")]
    NoRelease {
        /// The plugin.
        name: PluginName,
        /// Why.
        error: SelectError,
    },
    /// It is something else.
    #[error("the plugin `{name}` {version} is no {world}; it exports {exports}")]
    World {
        /// The plugin.
        name: PluginName,
        /// The release that was chosen.
        version: semver::Version,
        /// What is needed.
        world: World,
        /// What it exports.
        exports: String,
    },
}

/// A release that was chosen and not yet loaded.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub(crate) release_id: ReleaseId,
    pub(crate) pinned: PinnedRelease,
    manifest: Manifest,
    settings: String,
}

impl Chosen {
    pub(crate) fn new(release: &Release, world: World, settings: &Value) -> Self {
        Self {
            release_id: release.id,
            pinned: PinnedRelease::of(&release.manifest, release.digest, world),
            manifest: release.manifest.clone(),
            settings: json::canonical(settings),
        }
    }

    /// A release that a site can choose.
    pub(crate) fn of(release: &CatalogRelease, world: World, settings: &Value) -> Self {
        Self {
            release_id: release.id,
            pinned: PinnedRelease::of(&release.manifest, release.digest, world),
            manifest: release.manifest.clone(),
            settings: json::canonical(settings),
        }
    }
}

/// The releases that a configuration's ranges select now, by world.
pub(crate) async fn choose(
    tx: &mut Tx,
    draft: &ConfigurationDraft,
) -> Result<Result<Vec<Chosen>, Vec<(World, ChooseError)>>, StoreError> {
    let (mut chosen, mut errors) = (Vec::new(), Vec::new());
    for (world, choice) in draft.plugins() {
        if world == World::Scorer && !draft.enable_fraud_detection {
            continue;
        }
        let selectable = match tx.plugin(&choice.plugin_name).await? {
            Some(plugin) => tx.selectable(plugin.id).await?,
            None => Vec::new(),
        };
        let id = match choose_release(&selectable, &choice.plugin_name, &choice.plugin_range) {
            Ok(id) => id,
            Err(error) => {
                errors.push((world, error));
                continue;
            }
        };
        let release = tx.release(id).await?;
        match release.filter(|release| release.manifest.worlds.contains(&world)) {
            Some(release) => chosen.push(Chosen::new(&release, world, &choice.settings)),
            None => errors.push((world, wrong_world(tx, id, world, &choice.plugin_name).await?)),
        }
    }
    Ok(if errors.is_empty() {
        Ok(chosen)
    } else {
        Err(errors)
    })
}

fn choose_release(
    selectable: &[Selectable],
    name: &PluginName,
    range: &semver::VersionReq,
) -> Result<ReleaseId, ChooseError> {
    let unknown = || ChooseError::Unknown { name: name.clone() };
    if selectable.is_empty() {
        return Err(unknown());
    }
    let candidates: Vec<_> = selectable.iter().map(candidate).collect();
    let version = select(range, &candidates).map_err(|error| ChooseError::NoRelease {
        name: name.clone(),
        error,
    })?;
    let release = selectable.iter().find(|release| release.version == *version);
    release.map(|release| release.id).ok_or_else(unknown)
}

pub(crate) fn candidate(release: &Selectable) -> Candidate {
    Candidate {
        version: release.version.clone(),
        yanked: release.yanked,
        active: release.active,
    }
}

/// That a release was chosen which is something else.
async fn wrong_world(
    tx: &mut Tx,
    id: ReleaseId,
    world: World,
    name: &PluginName,
) -> Result<ChooseError, StoreError> {
    let Some(Release { manifest, .. }) = tx.release(id).await? else {
        return Ok(ChooseError::Unknown { name: name.clone() });
    };
    let exports = manifest.worlds.iter().map(|world| world.as_str());
    Ok(ChooseError::World {
        name: name.clone(),
        version: manifest.version.clone(),
        world,
        exports: exports.collect::<Vec<_>>().join(", "),
    })
}

/// Whether every document that is not data has an extractor among those that were chosen.
pub(crate) fn readable(documents: &[Intake], chosen: &[Chosen]) -> Result<(), DocumentError> {
    let extractors = chosen
        .iter()
        .filter(|chosen| chosen.pinned.world == World::Extractor);
    readable_by(
        documents,
        extractors.flat_map(|chosen| chosen.manifest.media_types.clone()),
    )
}

/// Whether every document that is not data is of a type that is read.
pub(crate) fn readable_by(
    documents: &[Intake],
    media_types: impl Iterator<Item = String>,
) -> Result<(), DocumentError> {
    let reads: Vec<String> = std::iter::once("application/json".to_owned())
        .chain(media_types)
        .collect();
    for (index, document) in documents.iter().enumerate() {
        if document.data.is_none() && !reads.contains(&document.media_type) {
            let kind = DocumentProblem::Unreadable {
                media_type: document.media_type.clone(),
                reads,
            };
            return Err(DocumentError { index, kind });
        }
    }
    Ok(())
}

/// What a plan is made from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlanKey {
    client: ClientId,
    configuration: ConfigId,
    releases: Vec<(World, ReleaseId)>,
}

impl PlanKey {
    fn of(client: ClientId, configuration: &Configuration, chosen: &[Chosen]) -> Self {
        Self {
            client,
            configuration: configuration.id,
            releases: chosen
                .iter()
                .map(|chosen| (chosen.pinned.world, chosen.release_id))
                .collect(),
        }
    }
}

/// A component's bytes, as they were registered.
async fn component(
    store: Store,
    client: Option<ClientId>,
    digest: Digest,
) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let mut tx = match client {
        Some(client) => store.begin(client).await?,
        None => store.begin_platform().await?,
    };
    let component = tx.component(digest).await?;
    component.ok_or_else(|| Box::from(format!("no component {digest} is stored")))
}

impl Inner {
    /// A chosen release, loaded and told its settings and rules.
    pub(crate) async fn member(
        &self,
        client: ClientId,
        chosen: &Chosen,
        rules: &str,
        limits: &LimitRequest,
    ) -> Result<Member, LoadError> {
        let start = Instant::now();
        let plugin = self.plugin(Some(client), chosen.pinned.sha256).await?;
        let (world, settings) = (chosen.pinned.world, chosen.settings.as_str());
        // They are the validator's; a scorer that reads none is not made to refuse them.
        let reads_none = world == World::Scorer && chosen.manifest.rules.is_none();
        let rules = if reads_none { "null" } else { rules };
        Ok(Member {
            loaded_us: Arc::new(AtomicU64::new(micros(start.elapsed()))),
            release: chosen.pinned.clone(),
            release_id: Some(chosen.release_id),
            told: Arc::new(Prepared::new(plugin, world, settings, rules)),
            manifest: chosen.manifest.clone(),
            limits: Limits::DEFAULT
                .with(&chosen.manifest.limits, &self.limits_maximum)
                .with(limits, &self.limits_maximum),
        })
    }

    /// A release, loaded, as the client sees it, or the platform.
    pub(crate) async fn plugin(
        &self,
        client: Option<ClientId>,
        digest: Digest,
    ) -> Result<Arc<Plugin>, LoadError> {
        let store = self.store.clone();
        self.engine
            .load(digest, move || component(store, client, digest))
            .await
    }

    /// Has the members' calls start from snapshots as soon as these are made; until then they prepare for themselves. A
    /// host that stops makes none.
    fn snapshot(&self, client: ClientId, plan: &Plan) {
        for member in plan.members() {
            let (engine, store) = (self.engine.clone(), self.store.clone());
            let (told, release) = (Arc::clone(&member.told), member.release.clone());
            let stopping = self.stopping.clone();
            self.ahead.spawn(async move {
                let bytes = || component(store, Some(client), release.sha256);
                let made = stopping.run_until_cancelled(engine.snapshot(&told, bytes)).await;
                let Some(Err(error)) = made else { return };
                tracing::warn!(
                    plugin = %release.name,
                    version = %release.version,
                    error = &error as &dyn std::error::Error,
                    "no snapshot could be made now; every call prepares for itself"
                );
            });
        }
    }

    /// The plan of a configuration with the releases that were pinned. Both never change, so neither does it.
    pub(crate) async fn plan(
        &self,
        client: ClientId,
        configuration: &Configuration,
        chosen: &[Chosen],
    ) -> Result<Arc<Plan>, ProcessError> {
        let key = PlanKey::of(client, configuration, chosen);
        if let Some(kept) = self.plans.get(&key) {
            return Ok(kept);
        }
        let plan = Arc::new(self.make(client, &configuration.draft, chosen).await?);
        self.snapshot(client, &plan);
        self.plans.put(key, Arc::clone(&plan));
        Ok(plan)
    }

    async fn make(
        &self,
        client: ClientId,
        draft: &ConfigurationDraft,
        chosen: &[Chosen],
    ) -> Result<Plan, ProcessError> {
        let (mut extractors, mut validator, mut scorer) = (Vec::new(), None, None);
        let rules = json::canonical(&draft.validation_rules);
        for chosen in chosen {
            let member = self
                .member(client, chosen, &rules, &draft.limits)
                .await
                .map_err(|error| load_failed(chosen, &error))?;
            match chosen.pinned.world {
                World::Extractor => extractors.push(member),
                World::Validator => validator = Some(member),
                World::Scorer => scorer = Some(member),
                // Resolves extensions at sites; no document comes to it.
                World::Resolver => {}
            }
        }
        let output_schema = match &draft.output_schema {
            Some(schema) => self.schemas.get(schema).await.map(Some),
            None => Ok(None),
        };
        let broken = |message: String| ProcessError {
            code: ErrorCode::Refused.as_str().to_owned(),
            case: None,
            phase: Some(Phase::Load),
            plugin: None,
            document: None,
            message,
            backtrace: Vec::new(),
        };
        let output_schema: Option<Schema> = output_schema.map_err(|Problem { message, .. }| {
            broken(format!("the configuration's output_schema: {message}"))
        })?;
        let validator = validator.ok_or_else(|| broken("no validator is pinned".to_owned()))?;
        Ok(Plan {
            extractors,
            together: together(&validator.manifest, &draft.validation_rules),
            validator,
            scorer,
            output_schema,
            thresholds: draft.thresholds(),
        })
    }
}

/// The rules, where some of them are about several documents. What does not parse was refused when it was saved, or is in
/// another language.
fn together(manifest: &Manifest, rules: &Value) -> Option<Arc<RuleSet>> {
    let ours = semver::Version::parse(assay_rules::LANGUAGE_VERSION).ok()?;
    if !manifest.rules.as_ref()?.matches(&ours) {
        return None;
    }
    let rules = RuleSet::parse(rules).ok()?;
    rules.spans_documents().then(|| Arc::new(rules))
}

fn load_failed(chosen: &Chosen, error: &LoadError) -> ProcessError {
    ProcessError {
        code: load_code(error).as_str().to_owned(),
        case: None,
        phase: Some(Phase::Load),
        plugin: Some(chosen.pinned.name.clone()),
        document: None,
        message: error.to_string(),
        backtrace: Vec::new(),
    }
}

fn load_code(error: &LoadError) -> ErrorCode {
    match error {
        LoadError::Bytes(_) => ErrorCode::Unavailable,
        LoadError::Deadline { .. } => ErrorCode::Deadline,
        LoadError::Digest { .. } | LoadError::Refused(_) => ErrorCode::Refused,
    }
}
