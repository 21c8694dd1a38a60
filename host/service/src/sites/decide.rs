//! From a site at one revision and a wish to what would be: resolved, checked by the manifests' schemas and by the plugins
//! themselves, and compared with what is.
//!
//! Invariant: no transaction is open; nothing is written. The decision is a function of the situation and the wish, so
//! that it holds for as long as the site's revision does.

use std::collections::{BTreeMap, BTreeSet};

use assay_domain::manifest::secret::{HIDDEN, Secrets};
use assay_domain::{ClientId, Digest, ExtensionId, LimitRequest, ReleaseId, World, json};
use assay_store::sites::{CatalogRelease, Enabled, FoundConflict};
use serde::Serialize;
use serde_json::{Value, json};

use super::SiteError;
use super::answers::Question;
use super::resolve::{Answer, ResolveError, Status, can_be_forced, needed, relax};
use super::secrets::{Form, Plain, Sealer};
use super::situation::Situation;
use super::wish::{Target, Wish};
use crate::judge::Member;
use crate::plan::Chosen;
use crate::{Inner, Problem, settings};

/// How many numbers that can't be kept are listed.
const MOST_PROBLEMS: usize = 100;

/// How often something that is there for nobody is left out and resolved anew: each time there is less.
const MOST_ROUNDS: usize = 8;

/// How an extension changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// It is enabled anew.
    Enabled,
    /// It gets another release, another configuration, or both.
    Changed,
    /// Only why it is there changes: asked for, or needed by others.
    Requested,
    /// Nothing.
    Kept,
}

/// An extension as it would be enabled.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) extension: ExtensionId,
    pub(crate) release: ReleaseId,
    pub(crate) version: String,
    pub(crate) requested: bool,
    pub(crate) range: Option<String>,
    pub(crate) form: Form,
    pub(crate) difference: Difference,
    pub(crate) because: Vec<String>,
    /// Whether its release may no longer be chosen, and is there because it was or is named exactly.
    pub(crate) out_of_use: bool,
}

impl Planned {
    pub(crate) fn hash(&self) -> Digest {
        Digest::of(self.form.canonical.as_bytes())
    }
}

/// What would be.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) planned: Vec<Planned>,
    pub(crate) removed: Vec<Enabled>,
    /// What is wrong with configurations, by extension; pointers lead into the extension's.
    pub(crate) problems: Vec<(ExtensionId, Problem)>,
    pub(crate) conflicts: Vec<FoundConflict>,
    /// Those that somebody goes ahead in spite of now.
    pub(crate) forced: Vec<String>,
    /// Whether it can't be.
    pub(crate) refused: bool,
    pub(crate) target: Target,
    pub(crate) answer: Answer,
    /// The configuration that was wished for, as it is written when it is refused.
    pub(crate) wished: Option<Form>,
    /// The key of what the site as it would be depends on.
    pub(crate) after: Digest,
}

impl Decision {
    /// Whether the site would stay exactly as it is.
    pub(crate) fn changes_nothing(&self, now: &Situation) -> bool {
        let kept = |planned: &Planned| planned.difference == Difference::Kept;
        let (pins, policies) = (&self.target.pins, &self.target.policies);
        self.removed.is_empty()
            && self.forced.is_empty()
            && self.planned.iter().all(kept)
            && self.target.resolver == now.site.resolver
            && pins.len() == now.pins.len()
            && pins.iter().all(|pin| now.pins.contains(pin))
            && policies.len() == now.policies.len()
            && policies.iter().all(|policy| now.policies.contains(policy))
    }

    /// Whether something that works would be replaced or taken away.
    pub(crate) fn is_risky(&self) -> bool {
        let changed = |planned: &Planned| planned.difference == Difference::Changed;
        !self.removed.is_empty() || !self.forced.is_empty() || self.planned.iter().any(changed)
    }
}

impl Inner {
    /// Decides.
    #[expect(
        clippy::too_many_lines,
        reason = "one decision, in the order in which it is made"
    )]
    pub(crate) async fn decide(
        &self,
        sealer: &Sealer,
        now: &Situation,
        wish: &Wish,
        newest: bool,
        force: bool,
    ) -> Result<Decision, SiteError> {
        let mut target = wish.target(now);
        let mut problems = unknown(now, wish, &target);
        for (extension, configuration) in &mut target.configurations {
            if let Some(at) = configuration.forged() {
                let message = "is how this host writes down that something is secret; use another name";
                return Err(SiteError::Invalid(vec![
                    Problem::new(at, message).within("/configuration"),
                ]));
            }
            if let Some(there) = now.enabled.get(extension) {
                configuration.keep(|| opened(sealer, now, there))?;
            }
            let inexact = json::inexact(&configuration.value, MOST_PROBLEMS).into_iter();
            problems.extend(inexact.map(|problem| (extension.clone(), problem)));
        }
        let standing: Vec<_> = now.forced.iter().map(|conflict| conflict.found.clone()).collect();
        let client = sealer.client;
        let resolver = self.resolver(client, now, &target).await?;
        let dropped = match wish {
            Wish::Disable { extension } => Some(extension),
            _ => None,
        };
        let mut answer = self
            .settle(client, &resolver, now, dropped, &target, newest, &standing)
            .await?;
        let mut forced = Vec::new();
        if force {
            let errors = errors(&answer, &standing);
            let all = errors.iter().all(can_be_forced);
            if all && !errors.is_empty() {
                let both: Vec<_> = standing.iter().chain(&errors).cloned().collect();
                answer = self
                    .settle(client, &resolver, now, dropped, &target, newest, &both)
                    .await?;
                forced = errors;
            }
        }
        let in_spite: Vec<_> = standing.iter().chain(&forced).cloned().collect();
        let mut conflicts = shown(&answer, in_spite.iter());
        let forced: Vec<_> = forced.into_iter().map(|conflict| conflict.conflict_id).collect();
        let excused = |conflict: &FoundConflict| {
            forced.contains(&conflict.conflict_id)
                || standing
                    .iter()
                    .any(|other| other.conflict_id == conflict.conflict_id)
        };
        let broken = conflicts
            .iter()
            .any(|found| found.severity == "error" && !excused(found));

        let planned = if answer.status == Status::Resolved {
            planned(sealer, now, &target, &answer)?
        } else {
            Vec::new()
        };
        problems.extend(unkept(&planned));
        let gone = planned.iter().filter(|planned| planned.out_of_use);
        conflicts.extend(gone.map(|planned| withdrawn(&planned.extension, &planned.version)));
        let installed = planned
            .iter()
            .map(|planned| (planned.extension.to_string(), planned.version.clone()));
        let left = in_spite
            .iter()
            .filter(|one| conflicts.iter().any(|found| found.conflict_id == one.conflict_id));
        let after = Question::of(now, &target, installed, left).key;
        if let Wish::Disable { extension } = wish
            && let Some(still) = planned.iter().find(|planned| planned.extension == *extension)
        {
            let message = format!(
                "is needed: {}; disable what needs it first",
                still.because.join("; ")
            );
            problems.push((extension.clone(), Problem::new("", message)));
        }
        if problems.is_empty() {
            problems = self.configuration_problems(sealer.client, now, &planned).await?;
        }
        for (extension, problem) in &mut problems {
            if let Some(plain) = target.configurations.get(extension) {
                let unsaid = now.unsaid(extension, plain);
                *problem = unsaid.problem(Problem::new(problem.pointer.clone(), problem.message.clone()));
            }
        }
        let wished = match wish.configuration() {
            Some((extension, ..)) => wished(sealer, now, &target, &planned, extension)?,
            None => None,
        };
        let stays: BTreeSet<_> = planned.iter().map(|planned| &planned.extension).collect();
        let removed = now
            .enabled
            .values()
            .filter(|enabled| !stays.contains(&enabled.extension));
        Ok(Decision {
            removed: removed.cloned().collect(),
            refused: answer.status != Status::Resolved || broken || !problems.is_empty(),
            planned,
            problems,
            conflicts,
            forced,
            target,
            answer,
            wished,
            after,
        })
    }

    /// What is wrong with a configuration as it stands, under its release.
    pub(super) async fn standing_problems(
        &self,
        sealer: &Sealer,
        now: &Situation,
        there: &Enabled,
    ) -> Result<Vec<Problem>, SiteError> {
        let Some(release) = now.catalog.iter().find(|release| release.id == there.release) else {
            let message = "its release is not the client's to use any more";
            return Ok(vec![Problem::new("", message)]);
        };
        let plain = opened(sealer, now, there)?;
        self.check(sealer.client, release, &there.extension, &plain, true)
            .await
    }

    /// The plugin that resolves, loaded.
    pub(super) async fn resolver(
        &self,
        client: ClientId,
        now: &Situation,
        target: &Target,
    ) -> Result<Member, SiteError> {
        let chosen = now.resolver(&target.resolver)?;
        self.member(client, &chosen, "null", &LimitRequest::default())
            .await
            .map_err(|error| SiteError::NoResolver {
                resolver: target.resolver.to_string(),
                why: error.to_string(),
            })
    }

    /// Resolves, and once more without what is there for nobody.
    #[expect(clippy::too_many_arguments, reason = "each is a part of the question")]
    pub(super) async fn settle(
        &self,
        client: ClientId,
        resolver: &Member,
        now: &Situation,
        dropped: Option<&ExtensionId>,
        target: &Target,
        newest: bool,
        relaxed: &[FoundConflict],
    ) -> Result<Answer, SiteError> {
        let mut without: Vec<String> = dropped.map(ToString::to_string).into_iter().collect();
        let mut rounds = 0;
        loop {
            let (mut catalog, mut request) = (now.catalog(), target.request(now, newest, &without));
            relax(&mut catalog, &mut request, relaxed.iter());
            let answer = self.resolve(client, resolver, catalog, request).await?;
            let asked = target.requested.keys().map(ToString::to_string);
            let needed = needed(&answer, asked);
            let chosen = answer.extensions.iter().map(|chosen| &chosen.id);
            let idle: Vec<_> = chosen
                .filter(|id| !needed.contains(*id) && !without.contains(id))
                .cloned()
                .collect();
            rounds += 1;
            if answer.status != Status::Resolved || idle.is_empty() || rounds >= MOST_ROUNDS {
                return Ok(answer);
            }
            without.extend(idle);
        }
    }

    /// What is wrong with the configurations of what is enabled or changed.
    async fn configuration_problems(
        &self,
        client: ClientId,
        now: &Situation,
        planned: &[Planned],
    ) -> Result<Vec<(ExtensionId, Problem)>, SiteError> {
        let mut problems = Vec::new();
        let changes = planned
            .iter()
            .filter(|planned| matches!(planned.difference, Difference::Enabled | Difference::Changed));
        for planned in changes {
            let release = now.catalog.iter().find(|release| release.id == planned.release);
            let Some(release) = release else { continue };
            let found = self
                .check(
                    client,
                    release,
                    &planned.extension,
                    &planned.form.plain,
                    planned.requested,
                )
                .await?;
            problems.extend(
                found
                    .into_iter()
                    .map(|problem| (planned.extension.clone(), problem)),
            );
        }
        Ok(problems)
    }

    async fn check(
        &self,
        client: ClientId,
        release: &CatalogRelease,
        extension: &ExtensionId,
        plain: &Plain,
        requested: bool,
    ) -> Result<Vec<Problem>, SiteError> {
        let Some(world) = release.manifest.worlds.first().copied() else {
            return Ok(Vec::new());
        };
        let chosen = Chosen::of(release, world, &plain.value);
        let unsaid = || plain.unsaid(&release.manifest.secrets());
        // Rules are a configuration's, not a site's: the plugin is told that there are none.
        let rules = if world == World::Extractor { "null" } else { "[]" };
        let member = self
            .member(client, &chosen, rules, &LimitRequest::default())
            .await
            .map_err(|error| SiteError::Check(format!("`{extension}`: {error}")))?;
        let found = settings::problems(&self.engine, self.clock.as_ref(), &member, None)
            .await
            .map_err(|error| SiteError::Check(unsaid().said(&error.to_string())))?;
        let own = found.into_iter().filter_map(|problem| {
            let pointer = problem.pointer.strip_prefix("/settings")?.to_owned();
            Some(Problem::new(pointer, problem.message))
        });
        let own: Vec<_> = own.collect();
        if own.is_empty() {
            return Ok(own);
        }
        let unsaid = unsaid();
        let own: Vec<_> = own.into_iter().map(|problem| unsaid.problem(problem)).collect();
        if requested {
            return Ok(own);
        }
        let hint = format!(
            "`{extension}` comes because others need it, and its configuration is not complete; enable it with one first"
        );
        Ok(std::iter::once(Problem::new("", hint)).chain(own).collect())
    }
}

impl From<ResolveError> for SiteError {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Request(problems) => {
                let problems = problems.into_iter();
                Self::Invalid(
                    problems
                        .map(|(pointer, message)| Problem::new(pointer, message))
                        .collect(),
                )
            }
            ResolveError::Overloaded(error) => Self::Overloaded(error),
            broken => Self::Resolver(broken.to_string()),
        }
    }
}

/// What is about an extension that there is not, or that is not enabled.
fn unknown(now: &Situation, wish: &Wish, target: &Target) -> Vec<(ExtensionId, Problem)> {
    let mut problems = Vec::new();
    match wish {
        Wish::Enable { extension, .. } | Wish::SetPin(assay_store::sites::Pin { extension, .. })
            if !now.knows(extension) =>
        {
            let message = "is no extension that this client has in use; publish it, or correct the id";
            problems.push((extension.clone(), Problem::new("", message)));
        }
        _ => {}
    }
    for pin in &target.pins {
        let version = pin.version.to_string();
        if now.knows(&pin.extension) && now.release(pin.extension.as_str(), &version).is_none() {
            let message = format!("has no version {version} that was ever in use; pin one that was");
            problems.push((pin.extension.clone(), Problem::new("", message)));
        }
    }
    problems
}

/// An answer's conflicts. What was relaxed to be resolved at all is shown as what it is.
pub(super) fn shown<'a>(
    answer: &Answer,
    relaxed: impl Iterator<Item = &'a FoundConflict>,
) -> Vec<FoundConflict> {
    let ids: BTreeSet<&str> = answer
        .extensions
        .iter()
        .map(|chosen| chosen.id.as_str())
        .collect();
    let relaxed: Vec<&FoundConflict> = relaxed
        .filter(|conflict| conflict.extensions.iter().all(|id| ids.contains(id.as_str())))
        .collect();
    let mut conflicts = answer.conflicts.clone();
    conflicts.retain(|found| !relaxed.iter().any(|conflict| same(conflict, found)));
    conflicts.extend(relaxed.iter().map(|conflict| (*conflict).clone()));
    conflicts.sort_by(|one, two| one.conflict_id.cmp(&two.conflict_id));
    conflicts
}

/// The errors of an answer that nobody went ahead in spite of before.
fn errors(answer: &Answer, standing: &[FoundConflict]) -> Vec<FoundConflict> {
    let errors = answer.conflicts.iter().filter(|found| found.severity == "error");
    let new = errors.filter(|found| !standing.iter().any(|old| old.conflict_id == found.conflict_id));
    new.cloned().collect()
}

/// That an extension stays on a release that may no longer be chosen.
pub(super) fn withdrawn(extension: &ExtensionId, version: &str) -> FoundConflict {
    FoundConflict {
        conflict_id: format!("withdrawn-{extension}-{version}"),
        extension_id_1: Some(extension.to_string()),
        extension_id_2: None,
        extensions: vec![extension.to_string()],
        conflict_type: "dependency".to_owned(),
        kind: "withdrawn".to_owned(),
        scope: None,
        capability: None,
        resource: None,
        policy_1: None,
        policy_2: None,
        severity: "warning".to_owned(),
        reason: format!(
            "`{extension}` {version} was withdrawn or put out of use; it stays here until it is changed"
        ),
    }
}

/// Whether two rows are about the same, however severe they are.
fn same(one: &FoundConflict, two: &FoundConflict) -> bool {
    let about = |row: &FoundConflict| {
        let sides: BTreeSet<_> = row.extensions.iter().cloned().collect();
        (
            row.kind.clone(),
            sides,
            row.capability.clone(),
            row.resource.clone(),
        )
    };
    about(one) == about(two)
}

/// What is enabled, in plain.
fn opened(sealer: &Sealer, now: &Situation, there: &Enabled) -> Result<Plain, crate::vault::SecretError> {
    let (configuration, places) = (&there.configuration, &there.secret_pointers);
    sealer.opened(there.version_id, configuration, places, &now.secrets)
}

/// What is enabled, as it is written under a release. Where that is the same and finds no more secrets than are kept, it
/// is what was written, and nothing is opened.
fn unchanged(release: &CatalogRelease, there: &Enabled) -> Option<Form> {
    if there.release != release.id || !there.validated {
        return None;
    }
    let plain = Plain::given(there.configuration.clone());
    let canonical = json::canonical(&there.configuration);
    let found = release.manifest.secrets().places(&there.configuration);
    let kept = found.iter().all(|at| there.secret_pointers.contains(at));
    (kept && Digest::of(canonical.as_bytes()) == there.config_hash).then(|| Form {
        configuration: there.configuration.clone(),
        canonical,
        places: there.secret_pointers.clone(),
        plain,
    })
}

/// The configuration that was wished for, as it is written when it is refused. Where no release is chosen, all that any of
/// them calls secret is; where there is none, all of it.
fn wished(
    sealer: &Sealer,
    now: &Situation,
    target: &Target,
    planned: &[Planned],
    extension: &ExtensionId,
) -> Result<Option<Form>, SiteError> {
    let Some(plain) = target.configurations.get(extension) else {
        return Ok(None);
    };
    if let Some(planned) = planned.iter().find(|planned| planned.extension == *extension) {
        return Ok(Some(planned.form.clone()));
    }
    let releases = now
        .catalog
        .iter()
        .filter(|release| release.manifest.name.extension_id().as_ref() == Ok(extension));
    let mut form = sealer.form(extension, plain, &Secrets::default())?;
    let mut known = false;
    for release in releases {
        known = true;
        let secrets = release.manifest.secrets();
        if !secrets
            .places(&form.configuration)
            .iter()
            .all(|at| form.places.contains(at))
        {
            form = sealer.form(extension, &form.plain.also(&secrets), &Secrets::default())?;
        }
    }
    if !known {
        form.configuration = super::extensions::hide_all(&form.configuration);
        form.canonical = json::canonical(&form.configuration);
    }
    Ok(Some(form))
}

/// Marks that stand for a secret that is kept, where none is.
fn unkept(planned: &[Planned]) -> Vec<(ExtensionId, Problem)> {
    let mark = Value::from(HIDDEN);
    let mut problems = Vec::new();
    for planned in planned {
        for at in &planned.form.places {
            if planned.form.plain.value.pointer(at) == Some(&mark) {
                let message =
                    format!("`{HIDDEN}` stands for the secret that is there, and there is none; write it");
                problems.push((planned.extension.clone(), Problem::new(at.clone(), message)));
            }
        }
    }
    problems
}

fn planned(
    sealer: &Sealer,
    now: &Situation,
    target: &Target,
    answer: &Answer,
) -> Result<Vec<Planned>, SiteError> {
    let requested: BTreeMap<&str, &Option<String>> = target
        .requested
        .iter()
        .map(|(id, range)| (id.as_str(), range))
        .collect();
    let mut all = Vec::new();
    for chosen in &answer.extensions {
        let Some(release) = now.release(&chosen.id, &chosen.version) else {
            continue;
        };
        let Ok(extension) = release.manifest.name.extension_id() else {
            continue;
        };
        let enabled = now.enabled.get(&extension);
        let form = match (target.configurations.get(&extension), enabled) {
            (Some(given), _) => sealer.form(&extension, given, &release.manifest.secrets())?,
            (None, Some(there)) => {
                if let Some(form) = unchanged(release, there) {
                    form
                } else {
                    let plain = opened(sealer, now, there)?;
                    sealer.form(&extension, &plain, &release.manifest.secrets())?
                }
            }
            (None, None) => sealer.form(&extension, &Plain::given(json!({})), &release.manifest.secrets())?,
        };
        let range = requested.get(chosen.id.as_str());
        let (is_requested, range) = (range.is_some(), range.and_then(|range| (*range).clone()));
        let difference = match enabled {
            None => Difference::Enabled,
            Some(enabled)
                if enabled.release != release.id
                    || enabled.config_hash != Digest::of(form.canonical.as_bytes())
                    || !enabled.validated =>
            {
                Difference::Changed
            }
            Some(enabled) if enabled.requested != is_requested || enabled.requested_range != range => {
                Difference::Requested
            }
            Some(_) => Difference::Kept,
        };
        all.push(Planned {
            out_of_use: !release.in_use,
            release: release.id,
            version: chosen.version.clone(),
            requested: is_requested,
            range,
            form,
            difference,
            because: chosen.because.clone(),
            extension,
        });
    }
    Ok(all)
}
