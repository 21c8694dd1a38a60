//! What a site's extensions depend on, answered once for as long as it depends on the same.
//!
//! Invariant: what an answer depends on is everything that the resolver is asked with, cut down to what can matter: the
//! releases of what the site asks for, has and pins, and of all that these may need. Its SHA-256 is the answer's key. A
//! cached answer is the one that would be given now: the site's revision and a stamp of the whole catalog say cheaply
//! that nothing at all changed; where they don't, the key says whether that matters. Whatever they say, an answer ends
//! after a day.

use std::collections::{BTreeMap, BTreeSet};

use assay_domain::{Actor, ClientId, Digest, SiteId};
use assay_store::Tx;
use assay_store::sites::{Dependency, FoundConflict, KnownAnswer, Site};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::SiteError;
use super::resolve::{Answer, relax};
use super::situation::Situation;
use super::wish::Target;
use crate::{Inner, Services};

/// For how long an answer of the resolver is good at most.
pub(super) const GOOD_FOR: TimeDelta = TimeDelta::days(1);

/// In which form it is asked.
const FORM: &str = "assay site question 1";

/// How often it is tried to read a site that others change meanwhile.
const ATTEMPTS: u32 = 16;

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Nothing at all changed since it was given.
    Kept,
    /// Something changed, and nothing that it depends on.
    Checked,
    /// It was given now.
    Resolved,
}

/// What a site's extensions depend on.
#[derive(Clone, Debug)]
pub struct DependencyAnswer {
    /// The dependencies, by extension.
    pub dependencies: Vec<Dependency>,
    /// SHA-256 of all that it depends on.
    pub key: Digest,
    /// Where it came from.
    pub freshness: Freshness,
    /// When it was given.
    pub cached_at: DateTime<Utc>,
    /// When it is given anew whatever happens.
    pub expires_at: DateTime<Utc>,
}

/// What the resolver is asked about a site as it stands.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) catalog: Value,
    pub(super) request: Value,
    pub(super) key: Digest,
}

impl Question {
    /// What is asked for a target with this installed, in spite of these conflicts.
    pub(super) fn of<'a>(
        now: &Situation,
        target: &Target,
        installed: impl Iterator<Item = (String, String)>,
        relaxed: impl Iterator<Item = &'a FoundConflict>,
    ) -> Self {
        let mut request = target.request(now, false, &[]);
        if let Some(request) = request.as_object_mut() {
            let installed: BTreeMap<_, _> = installed.collect();
            let installed = installed
                .iter()
                .map(|(id, version)| json!({"id": id, "version": version}));
            request.insert("installed".to_owned(), installed.collect());
        }
        let mut catalog = cone(&now.catalog(), &request);
        relax(&mut catalog, &mut request, relaxed);
        // What answers belongs to the question: the release that the site names, by its bytes.
        let resolver = now.resolver(&target.resolver);
        let resolver = resolver.map_or_else(|_| String::new(), |chosen| chosen.pinned.sha256.to_string());
        let text = format!("{FORM}\n{resolver}\n{catalog}\n{request}");
        Self {
            key: Digest::of(text.as_bytes()),
            catalog,
            request,
        }
    }

    /// What is asked for a site as it is.
    pub(super) fn standing(now: &Situation) -> Self {
        let installed = now.enabled.values();
        let installed = installed.map(|enabled| (enabled.extension.to_string(), enabled.version.to_string()));
        let relaxed = now.forced.iter().map(|conflict| &conflict.found);
        Self::of(now, &Target::as_it_is(now), installed, relaxed)
    }

    /// Asks the site's resolver.
    pub(super) async fn ask(
        &self,
        inner: &Inner,
        client: ClientId,
        now: &Situation,
    ) -> Result<Answer, SiteError> {
        answered(inner, client, now, self.catalog.clone(), self.request.clone()).await
    }
}

async fn answered(
    inner: &Inner,
    client: ClientId,
    now: &Situation,
    catalog: Value,
    request: Value,
) -> Result<Answer, SiteError> {
    metrics::counter!("assay_site_resolutions_total").increment(1);
    let resolver = inner.resolver(client, now, &Target::as_it_is(now)).await?;
    Ok(inner.resolve(client, &resolver, catalog, request).await?)
}

/// The releases that can matter to a request, sorted: of every extension that it names, and of all that these may need.
fn cone(catalog: &Value, request: &Value) -> Value {
    let releases = catalog["extensions"].as_array().map_or(&[][..], Vec::as_slice);
    let mut by_id: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let mut providers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for release in releases {
        let id = release["id"].as_str().unwrap_or_default();
        by_id.entry(id).or_default().push(release);
        for provided in release["provides"].as_array().into_iter().flatten() {
            if let Some(capability) = provided["capability"].as_str() {
                providers.entry(capability).or_default().insert(id);
            }
        }
    }
    let mut open: Vec<&str> = Vec::new();
    for list in ["requested", "installed", "pins"] {
        let named = request[list].as_array().into_iter().flatten();
        open.extend(named.filter_map(|entry| entry["id"].as_str()));
    }
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !ids.insert(id) {
            continue;
        }
        for release in by_id.get(id).into_iter().flatten() {
            for needed in release["requires"].as_array().into_iter().flatten() {
                open.extend(needed["extension"].as_str());
                if let Some(capability) = needed["capability"].as_str() {
                    open.extend(providers.get(capability).into_iter().flatten());
                }
            }
        }
    }
    let mut kept: Vec<(&str, String, &Value)> = ids
        .iter()
        .flat_map(|id| {
            by_id
                .get(id)
                .into_iter()
                .flatten()
                .map(move |release| (*id, *release))
        })
        .map(|(id, release)| (id, release["version"].to_string(), release))
        .collect();
    kept.sort_by(|one, two| (one.0, &one.1).cmp(&(two.0, &two.1)));
    let kept: Vec<_> = kept.into_iter().map(|(_, _, release)| release.clone()).collect();
    json!({"dialect": catalog["dialect"], "extensions": kept})
}

/// A site with what is known of its answer.
pub(super) struct Seen {
    pub(super) now: Situation,
    pub(super) known: Option<KnownAnswer>,
}

impl Services {
    /// Reads a site and what is known of its answer, both of one revision. None when others changed it meanwhile.
    pub(super) async fn see(tx: &mut Tx, site: Site, subject: &str) -> Result<Option<Seen>, SiteError> {
        let (id, revision) = (site.id, site.revision);
        let known = tx.site_answer(id).await?;
        let now = Situation::read(tx, site, subject).await?;
        let still = tx.site(id).await?.is_some_and(|site| site.revision == revision);
        Ok(still.then_some(Seen { now, known }))
    }

    /// What a site's extensions depend on, from the cache where it still holds.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn dependency_answer(
        &self,
        actor: &Actor,
        site: SiteId,
    ) -> Result<DependencyAnswer, SiteError> {
        for _ in 0..ATTEMPTS {
            let (mut tx, found) = self.look_at(actor, site).await?;
            let stamp = tx.catalog_stamp().await?;
            let at = self.inner.clock.now();
            if let Some(known) = tx.site_answer(site).await?
                && known.revision == found.revision
                && known.catalog_stamp == stamp
                && at < known.expires_at
            {
                let dependencies = tx.dependencies(site).await?;
                tx.rollback().await?;
                return Ok(counted(&known, dependencies, Freshness::Kept));
            }
            let Some(client) = actor.client else {
                return Err(SiteError::NotFound(site));
            };
            let Some(Seen { now, known }) = Self::see(&mut tx, found, &actor.subject).await? else {
                continue;
            };
            let question = Question::standing(&now);
            if let Some(known) = known.filter(|known| known.key == question.key && at < known.expires_at) {
                let dependencies = tx.dependencies(site).await?;
                tx.rollback().await?;
                let newer = KnownAnswer {
                    revision: now.site.revision,
                    catalog_stamp: now.stamp.clone(),
                    ..known
                };
                if self.keep_answer(client, &newer, &now, None).await? {
                    return Ok(counted(&newer, dependencies, Freshness::Checked));
                }
                continue;
            }
            tx.rollback().await?;
            let answer = question.ask(&self.inner, client, &now).await?;
            let at = self.inner.clock.now();
            let known = KnownAnswer {
                revision: now.site.revision,
                catalog_stamp: now.stamp.clone(),
                key: question.key,
                cached_at: at,
                expires_at: at + GOOD_FOR,
                checked: None,
                checked_stamp: None,
            };
            if self
                .keep_answer(client, &known, &now, Some(&answer.dependencies))
                .await?
            {
                return Ok(counted(&known, sorted(answer.dependencies), Freshness::Resolved));
            }
        }
        Err(SiteError::Contended(ATTEMPTS))
    }

    /// Keeps what is known, if the site is still at that revision.
    async fn keep_answer(
        &self,
        client: ClientId,
        known: &KnownAnswer,
        now: &Situation,
        dependencies: Option<&[Dependency]>,
    ) -> Result<bool, SiteError> {
        let site = now.site.id;
        let mut tx = self.begin(client).await?;
        if tx.site(site).await?.is_none() || tx.hold_site(site).await? != Some(known.revision) {
            return Ok(false);
        }
        // Somebody may have checked the site meanwhile: what that found stays.
        let there = tx.site_answer(site).await?;
        if dependencies.is_none() && there.as_ref().map(|there| there.key) != Some(known.key) {
            return Ok(false);
        }
        let mut known = known.clone();
        if let Some(there) = there {
            // Whether the site has to be looked at again is not a reader's to say.
            (known.checked, known.checked_stamp) = (there.checked, there.checked_stamp);
        }
        if let Some(dependencies) = dependencies {
            tx.put_dependencies(site, dependencies, known.key, known.cached_at, known.expires_at)
                .await?;
        }
        tx.put_site_answer(site, &known).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// What a site's extensions depend on, as the resolver answers now, past the cache and with the whole catalog.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn fresh_dependencies(
        &self,
        actor: &Actor,
        site: SiteId,
    ) -> Result<Vec<Dependency>, SiteError> {
        let (mut tx, found) = self.look_at(actor, site).await?;
        let now = Situation::read(&mut tx, found, &actor.subject).await?;
        tx.rollback().await?;
        let (mut catalog, mut request) = (now.catalog(), Target::as_it_is(&now).request(&now, false, &[]));
        let relaxed = now.forced.iter().map(|conflict| &conflict.found);
        relax(&mut catalog, &mut request, relaxed);
        let client = actor.client.ok_or(SiteError::NotFound(site))?;
        let answer = answered(&self.inner, client, &now, catalog, request).await?;
        Ok(sorted(answer.dependencies))
    }
}

/// As the database gives them.
fn sorted(mut dependencies: Vec<Dependency>) -> Vec<Dependency> {
    fn key(row: &Dependency) -> (&str, &str, &str, &str, bool) {
        (
            &row.extension_id,
            &row.dependency_type,
            &row.dependency_id,
            &row.range,
            row.optional,
        )
    }
    dependencies.sort_by(|one, two| (key(one), one.satisfied).cmp(&(key(two), two.satisfied)));
    dependencies.dedup_by(|one, two| key(one) == key(two));
    dependencies
}

fn counted(known: &KnownAnswer, dependencies: Vec<Dependency>, freshness: Freshness) -> DependencyAnswer {
    let how = match freshness {
        Freshness::Kept => "kept",
        Freshness::Checked => "checked",
        Freshness::Resolved => "resolved",
    };
    metrics::counter!("assay_site_dependency_reads_total", "answer" => how).increment(1);
    DependencyAnswer {
        dependencies: sorted(dependencies),
        key: known.key,
        freshness,
        cached_at: known.cached_at,
        expires_at: known.expires_at,
    }
}
