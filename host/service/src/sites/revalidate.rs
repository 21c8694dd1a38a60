//! Looking at sites again when releases come and go: published, put into use, taken out of it, yanked, granted, revoked.
//!
//! Invariant: a site is looked at again when what it depends on changed, and only then; which that are is no queue but a
//! comparison of each site's stamp with the catalog's, so that whoever crashes on the way leaves the rest to be found by
//! the next look, and hosts that look at the same time do the same once, by compare-and-set. What is enabled stays as it
//! is: what is found are conflicts, withdrawn releases and configurations that are no longer accepted.
//! Deliberately absent: moving a site to other releases, which somebody has to want.

use assay_domain::{Actor, AuditId, ClientId, Problem, Role, SiteId};
use assay_store::StoreError;
use assay_store::sites::{Author, KnownAnswer, NewEntry};
use serde::Serialize;
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::SiteError;
use super::answers::{GOOD_FOR, Question, Seen};
use super::decide::{shown, withdrawn};
use super::resolve::Status;
use crate::Services;
use crate::processes::serve;
use crate::record::{Event, announce};

/// How many sites of a client are looked at in one go.
const BATCH: i64 = 1_000;

/// How many at one time.
const AT_ONCE: usize = 4;

/// How long it is waited for something to be heard before it is looked for anyway.
const LOOK: std::time::Duration = std::time::Duration::from_mins(1);

/// How often one is tried that others change meanwhile.
const ATTEMPTS: u32 = 8;

/// What looking again found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Revalidation {
    /// Sites that depend on what changed, and were held against it.
    pub touched: u64,
    /// Sites that do not.
    pub untouched: u64,
    /// Sites that could not be looked at now; the next look finds them.
    pub failed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looked {
    Touched,
    Untouched,
    Gone,
}

/// The host itself, in a client's name.
pub(super) fn host(client: ClientId) -> Actor {
    Actor {
        client: Some(client),
        role: Role::Platform,
        subject: "host".to_owned(),
    }
}

/// The host as the author of what it does by itself.
pub(super) fn host_author() -> Author {
    Author {
        name: "host".to_owned(),
        user: None,
    }
}

impl Services {
    /// Looks again at every site of every client whose catalog changed since it was looked at.
    ///
    /// # Errors
    /// The clients can't be listed.
    pub async fn revalidate_sites(&self) -> Result<Revalidation, SiteError> {
        let mut all = Revalidation::default();
        for client in self.all_clients().await? {
            match self.revalidate_client(client).await {
                Ok(one) => {
                    all.touched += one.touched;
                    all.untouched += one.untouched;
                    all.failed += one.failed;
                }
                Err(error) => {
                    all.failed += 1;
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, %client, "a client's sites can't be looked at again");
                }
            }
        }
        Ok(all)
    }

    async fn revalidate_client(&self, client: ClientId) -> Result<Revalidation, SiteError> {
        let mut found = Revalidation::default();
        let mut after = None;
        loop {
            let mut tx = self.begin(client).await?;
            if serve(&mut tx).await?.is_err() {
                return Ok(found);
            }
            let stamp = tx.catalog_stamp().await?;
            let mut sites = tx.sites_to_check(&stamp, after, BATCH).await?;
            tx.rollback().await?;
            after = sites.last().copied();
            if sites.is_empty() {
                return Ok(found);
            }
            // Hosts that look at the same time begin in different places.
            let first = usize::from(self.inner.host.as_bytes()[15]) % sites.len();
            sites.rotate_left(first);
            let mut sites = sites.into_iter();
            let mut under_way = JoinSet::new();
            loop {
                while under_way.len() < AT_ONCE
                    && let Some(site) = sites.next()
                {
                    let services = self.clone();
                    under_way.spawn(async move { (site, services.revalidate(client, site).await) });
                }
                let Some(ended) = under_way.join_next().await else {
                    break;
                };
                match ended {
                    Ok((_, Ok(Looked::Touched))) => found.touched += 1,
                    Ok((_, Ok(Looked::Untouched))) => found.untouched += 1,
                    Ok((_, Ok(Looked::Gone))) => {}
                    Ok((site, Err(error))) => {
                        found.failed += 1;
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, %site, "a site could not be looked at again");
                    }
                    Err(error) => {
                        found.failed += 1;
                        tracing::error!(%error, "looking at a site again broke");
                    }
                }
            }
        }
    }

    async fn revalidate(&self, client: ClientId, site: SiteId) -> Result<Looked, SiteError> {
        for _ in 0..ATTEMPTS {
            let mut tx = self.begin(client).await?;
            let Some(found) = tx.site(site).await? else {
                return Ok(Looked::Gone);
            };
            let Some(seen) = Self::see(&mut tx, found, "host").await? else {
                continue;
            };
            tx.rollback().await?;
            let question = Question::standing(&seen.now);
            let checked = seen.known.as_ref().and_then(|known| known.checked);
            let looked = if checked == Some(question.key) {
                self.untouched(client, &seen).await?
            } else {
                self.touched(client, &seen, &question).await?
            };
            if let Some(looked) = looked {
                let how = if looked == Looked::Touched {
                    "touched"
                } else {
                    "untouched"
                };
                metrics::counter!("assay_site_revalidations_total", "site" => how).increment(1);
                return Ok(looked);
            }
        }
        Err(SiteError::Contended(ATTEMPTS))
    }

    /// Notes that what changed does not matter here. None when the site has moved on.
    async fn untouched(&self, client: ClientId, seen: &Seen) -> Result<Option<Looked>, SiteError> {
        let (site, revision) = (seen.now.site.id, seen.now.site.revision);
        let mut tx = self.begin(client).await?;
        if tx.site(site).await?.is_none() || tx.hold_site(site).await? != Some(revision) {
            return Ok(None);
        }
        let Some(known) = tx.site_answer(site).await? else {
            return Ok(None);
        };
        let known = KnownAnswer {
            checked_stamp: Some(seen.now.stamp.clone()),
            ..known
        };
        tx.put_site_answer(site, &known).await?;
        tx.commit().await?;
        Ok(Some(Looked::Untouched))
    }

    /// Holds a site against what there is now, and writes what is found. None when the site has moved on.
    async fn touched(
        &self,
        client: ClientId,
        seen: &Seen,
        question: &Question,
    ) -> Result<Option<Looked>, SiteError> {
        let now = &seen.now;
        let answer = question.ask(&self.inner, client, now).await?;
        let sealer = self.sealer(client, false).await?;
        let mut errors = Vec::new();
        for enabled in now.enabled.values() {
            let problems = self.inner.standing_problems(&sealer, now, enabled).await?;
            let problems: Vec<_> = problems
                .into_iter()
                .map(|Problem { pointer, message }| {
                    json!({"extension_id": enabled.extension, "pointer": pointer, "message": message})
                })
                .collect();
            errors.push((enabled, json!(problems)));
        }
        let mut conflicts = shown(&answer, now.forced.iter().map(|conflict| &conflict.found));
        let out = now.enabled.values().filter(|enabled| {
            let release = now.catalog.iter().find(|release| release.id == enabled.release);
            !release.is_some_and(|release| release.in_use)
        });
        conflicts.extend(out.map(|enabled| withdrawn(&enabled.extension, &enabled.version.to_string())));

        let (site, at) = (now.site.id, self.inner.clock.now());
        let mut tx = self.begin(client).await?;
        if tx.site(site).await?.is_none() || !tx.advance_site(site, now.site.revision).await? {
            return Ok(None);
        }
        tx.put_dependencies(site, &answer.dependencies, question.key, at, at + GOOD_FOR)
            .await?;
        tx.put_conflicts(site, &conflicts, at).await?;
        tx.note_detected_conflicts(site).await?;
        let (mut accepted, mut refused) = (Vec::new(), Vec::new());
        for (enabled, errors) in &errors {
            let valid = errors.as_array().is_none_or(Vec::is_empty);
            if valid != enabled.validated || (!valid && *errors != enabled.validation_errors) {
                tx.set_validated(site, &enabled.extension, errors, at).await?;
                let list = if valid { &mut accepted } else { &mut refused };
                list.push(&enabled.extension);
            }
        }
        let known = KnownAnswer {
            revision: now.site.revision + 1,
            catalog_stamp: now.stamp.clone(),
            key: question.key,
            cached_at: at,
            expires_at: at + GOOD_FOR,
            checked: Some(question.key),
            checked_stamp: Some(now.stamp.clone()),
        };
        tx.put_site_answer(site, &known).await?;
        let ids: Vec<_> = conflicts.iter().map(|found| &found.conflict_id).collect();
        let details = json!({
            "resolved": answer.status == Status::Resolved, "conflicts": ids, "accepted": accepted, "refused": refused,
        });
        let author = host_author();
        tx.log_site(&NewEntry {
            id: AuditId::new(at),
            site,
            extension: None,
            action: "revalidated",
            author: &author,
            at,
            old_hash: None,
            new_hash: None,
            reason: Some("releases that it depends on came or went"),
            details: &details,
        })
        .await?;
        let actor = host(client);
        let event = Event::of(&actor, "site.revalidated", Uuid::now_v7())
            .with(json!({"site_id": site, "revision": now.site.revision + 1, "details": details}));
        announce(&mut tx, self.inner.clock.as_ref(), &event).await?;
        tx.commit().await?;
        Ok(Some(Looked::Touched))
    }

    /// Looks again after each change that is heard, and now and then whatever is heard, for as long as the future lives.
    pub(crate) async fn keep_sites_valid(self) {
        loop {
            let heard = self.inner.releases_changed.notified();
            drop(tokio::time::timeout(LOOK, heard).await);
            match self.revalidate_sites().await {
                Ok(Revalidation { touched: 0, .. }) => {}
                Ok(found) => tracing::info!(?found, "sites were held against what was published"),
                Err(SiteError::Store(error)) => {
                    let error: &(dyn std::error::Error + 'static) = &error as &StoreError;
                    tracing::warn!(error, "sites can't be looked at again");
                }
                Err(error) => tracing::warn!(%error, "sites can't be looked at again"),
            }
        }
    }
}
