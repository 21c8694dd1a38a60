//! Snapshots of a site: made by hand and before what could go wrong, compared, and gone back to.
//!
//! Invariant: a snapshot names versions, which never change; going back makes new versions of them, resolved and checked
//! as any change, with a snapshot of its own before, so that it can be gone back from.

use std::collections::{BTreeMap, BTreeSet};

use assay_domain::{Actor, ExtensionId, SiteId, SnapshotId, VersionId};
use assay_store::Tx;
use assay_store::sites::{NewSnapshot, Pin, Policy, Snapshot, SnapshotSummary, Version};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::change::{ChangeOptions, SiteChange};
use super::extensions::Hider;
use super::situation::Situation;
use super::wish::{Earlier, Was, Wish};
use super::{PageQuery, SiteError, next};
use crate::Services;
use crate::replay::Difference;

/// A page of snapshots.
#[derive(Clone, Debug)]
pub struct SnapshotPage {
    /// Newest first.
    pub items: Vec<SnapshotSummary>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// How an extension, a pin or a policy differs between two snapshots.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SnapshotDifference {
    /// `extension`, `pin` or `policy`.
    pub kind: &'static str,
    /// The extension, or the policy's capability.
    pub id: String,
    /// How it was; none when it was not there.
    pub before: Option<Value>,
    /// How it is; none when it is not there.
    pub after: Option<Value>,
    /// The fields of the configuration that differ, secrets hidden: `recorded` is before, `replayed` after.
    pub configuration: Vec<Difference>,
    /// Whether what is secret in it differs.
    pub secrets_differ: bool,
}

/// One entry of `configurations`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    extension_id: ExtensionId,
    version_id: VersionId,
    config_version: i32,
    version: String,
    config_hash: String,
    requested: bool,
    requested_range: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct PinEntry {
    extension_id: ExtensionId,
    version: semver::Version,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct PolicyEntry {
    capability: String,
    policy: String,
}

/// Keeps a site as it is in a situation. The site is held by the transaction at that revision.
pub(super) async fn keep(
    tx: &mut Tx,
    now: &Situation,
    kind: &str,
    reason: Option<&str>,
    at: DateTime<Utc>,
) -> Result<SnapshotId, SiteError> {
    let configurations = now.enabled.values().map(|enabled| Entry {
        extension_id: enabled.extension.clone(),
        version_id: enabled.version_id,
        config_version: enabled.config_version,
        version: enabled.version.to_string(),
        config_hash: enabled.config_hash.to_string(),
        requested: enabled.requested,
        requested_range: enabled.requested_range.clone(),
    });
    let signoffs = now.signoffs.iter().map(|signoff| {
        json!({
            "signoff_id": signoff.id, "extension_id": signoff.extension, "aspect": signoff.aspect,
            "config_version": signoff.config_version, "signed_by": signoff.signed_by,
            "signed_role": signoff.signed_role, "signed_at": signoff.signed_at,
        })
    });
    let pins = now.pins.iter().map(|pin| PinEntry {
        extension_id: pin.extension.clone(),
        version: pin.version.clone(),
    });
    let policies = now.policies.iter().map(|policy| PolicyEntry {
        capability: policy.capability.clone(),
        policy: policy.policy.clone(),
    });
    let new = NewSnapshot {
        id: SnapshotId::new(at),
        site: now.site.id,
        kind,
        revision: now.site.revision,
        configurations: &json!(configurations.collect::<Vec<_>>()),
        signoffs: &json!(signoffs.collect::<Vec<_>>()),
        pins: &json!(pins.collect::<Vec<_>>()),
        policies: &json!(policies.collect::<Vec<_>>()),
        reason,
        author: &now.author,
        at,
    };
    tx.insert_snapshot(&new).await?;
    Ok(new.id)
}

/// Reads a list that this host wrote.
fn list<T: serde::de::DeserializeOwned>(value: &Value) -> Result<Vec<T>, SiteError> {
    Vec::deserialize(value).map_err(|error| SiteError::Snapshot(error.to_string()))
}

impl Services {
    /// Keeps a site as it is now.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn take_snapshot(
        &self,
        actor: &Actor,
        site: SiteId,
        reason: Option<&str>,
        dry_run: bool,
    ) -> Result<SnapshotId, SiteError> {
        let (mut tx, found, author) = self.work_at(actor, site).await?;
        tx.hold_site(site).await?;
        // Read again: it may have changed before it was held.
        let found = tx.site(site).await?.unwrap_or(found);
        let now = Situation::read(&mut tx, found, &actor.subject).await?;
        let at = self.inner.clock.now();
        let id = keep(&mut tx, &now, "manual", reason, at).await?;
        let details = json!({"snapshot_id": id});
        self.note_site(&mut tx, actor, &author, site, "snapshot", reason, details)
            .await?;
        if dry_run {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        Ok(id)
    }

    /// A site's snapshots.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn snapshots(
        &self,
        actor: &Actor,
        site: SiteId,
        query: &PageQuery,
    ) -> Result<SnapshotPage, SiteError> {
        let list = json!([actor.client, site, "snapshots"]);
        let request = query.request(&list)?;
        let (mut tx, _) = self.look_at(actor, site).await?;
        let page = tx.snapshots(site, &request).await?;
        tx.rollback().await?;
        Ok(SnapshotPage {
            items: page.items,
            next: next(page.next, &list),
        })
    }

    /// One snapshot.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn snapshot(&self, actor: &Actor, site: SiteId, id: SnapshotId) -> Result<Snapshot, SiteError> {
        let (mut tx, _) = self.look_at(actor, site).await?;
        let found = tx.snapshot(site, id).await?.ok_or(SiteError::NoSnapshot(id))?;
        tx.rollback().await?;
        Ok(found)
    }

    /// What differs from one snapshot of a site to another.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn compare_snapshots(
        &self,
        actor: &Actor,
        site: SiteId,
        before: SnapshotId,
        after: SnapshotId,
    ) -> Result<Vec<SnapshotDifference>, SiteError> {
        let (mut tx, _) = self.look_at(actor, site).await?;
        let one = tx
            .snapshot(site, before)
            .await?
            .ok_or(SiteError::NoSnapshot(before))?;
        let two = tx
            .snapshot(site, after)
            .await?
            .ok_or(SiteError::NoSnapshot(after))?;
        let (one_entries, two_entries) = (
            list::<Entry>(&one.configurations)?,
            list::<Entry>(&two.configurations)?,
        );
        let ids: Vec<_> = one_entries
            .iter()
            .chain(&two_entries)
            .map(|entry| entry.version_id)
            .collect();
        let versions = tx.config_versions_by_id(&ids).await?.into_iter();
        let versions: BTreeMap<VersionId, Version> = versions.map(|version| (version.id, version)).collect();
        let mut differences = Vec::new();
        let by_id = |entries: Vec<Entry>| -> BTreeMap<ExtensionId, Entry> {
            entries
                .into_iter()
                .map(|entry| (entry.extension_id.clone(), entry))
                .collect()
        };
        let (one_entries, two_entries) = (by_id(one_entries), by_id(two_entries));
        let mut hider = Hider::default();
        for id in one_entries
            .keys()
            .chain(two_entries.keys())
            .collect::<BTreeSet<_>>()
        {
            let (was, is) = (one_entries.get(id), two_entries.get(id));
            if was.map(|entry| entry.version_id) == is.map(|entry| entry.version_id)
                && was.map(|entry| (entry.requested, &entry.requested_range))
                    == is.map(|entry| (entry.requested, &entry.requested_range))
            {
                continue;
            }
            let mut shown = Vec::new();
            for entry in [was, is] {
                let version = entry.and_then(|entry| versions.get(&entry.version_id));
                shown.push(match version {
                    Some(version) => {
                        hider
                            .hidden(
                                &mut tx,
                                version.release,
                                &version.configuration,
                                &version.secret_pointers,
                            )
                            .await?
                    }
                    None => json!({}),
                });
            }
            let configuration = match shown.as_slice() {
                [was, is] => Difference::between(was, is),
                _ => Vec::new(),
            };
            let of = |entry: Option<&Entry>| {
                let version = versions.get(&entry?.version_id)?;
                let digests = version.secret_pointers.iter();
                let digests = digests.map(|at| (at.clone(), version.configuration.pointer(at).cloned()));
                Some(digests.collect::<BTreeMap<_, _>>())
            };
            differences.push(SnapshotDifference {
                kind: "extension",
                id: id.to_string(),
                before: was.map(|entry| json!(entry)),
                after: is.map(|entry| json!(entry)),
                secrets_differ: was.is_some() && is.is_some() && of(was) != of(is),
                configuration,
            });
        }
        tx.rollback().await?;
        for (kind, key, one, two) in [
            ("pin", "extension_id", &one.pins, &two.pins),
            ("policy", "capability", &one.policies, &two.policies),
        ] {
            differences.extend(entries(kind, key, one, two));
        }
        Ok(differences)
    }

    /// Has a site be as a snapshot shows it: with those extensions in those versions, configurations, pins and policies.
    ///
    /// # Errors
    /// See [`SiteError`]; that it can't be so any more is no error but a refused change.
    pub async fn roll_back_site(
        &self,
        actor: &Actor,
        site: SiteId,
        snapshot: SnapshotId,
        options: &ChangeOptions,
    ) -> Result<SiteChange, SiteError> {
        super::administers(actor)?;
        let earlier = self.earlier(actor, site, snapshot).await?;
        self.change(actor, site, options, &Wish::RollBack(earlier)).await
    }

    async fn earlier(&self, actor: &Actor, site: SiteId, id: SnapshotId) -> Result<Earlier, SiteError> {
        let (mut tx, _) = self.look_at(actor, site).await?;
        let snapshot = tx.snapshot(site, id).await?.ok_or(SiteError::NoSnapshot(id))?;
        let entries: Vec<Entry> = list(&snapshot.configurations)?;
        let ids: Vec<_> = entries.iter().map(|entry| entry.version_id).collect();
        let versions = tx.config_versions_by_id(&ids).await?;
        let secrets = tx.secrets_of(&ids).await?;
        tx.rollback().await?;
        let sealer = self.sealer(super::changer(actor)?, false).await?;
        let mut enabled = Vec::new();
        for entry in entries {
            let Some(version) = versions.iter().find(|version| version.id == entry.version_id) else {
                continue;
            };
            let (configuration, places) = (&version.configuration, &version.secret_pointers);
            enabled.push(Was {
                extension: entry.extension_id,
                version: entry.version,
                requested: entry.requested,
                range: entry.requested_range,
                configuration: sealer.opened(version.id, configuration, places, &secrets)?,
            });
        }
        let pins = list::<PinEntry>(&snapshot.pins)?.into_iter();
        let policies = list::<PolicyEntry>(&snapshot.policies)?.into_iter();
        Ok(Earlier {
            snapshot: id,
            enabled,
            pins: pins
                .map(|entry| Pin {
                    extension: entry.extension_id,
                    version: entry.version,
                })
                .collect(),
            policies: policies
                .map(|entry| Policy {
                    capability: entry.capability,
                    policy: entry.policy,
                })
                .collect(),
        })
    }
}

/// The entries of two lists that differ, by a key of theirs.
fn entries(kind: &'static str, key: &str, one: &Value, two: &Value) -> Vec<SnapshotDifference> {
    let by_key = |list: &Value| -> BTreeMap<String, Value> {
        let entries = list.as_array().into_iter().flatten();
        let keyed = entries.filter_map(|entry| Some((entry.get(key)?.as_str()?.to_owned(), entry.clone())));
        keyed.collect()
    };
    let (one, two) = (by_key(one), by_key(two));
    let keys: BTreeSet<_> = one.keys().chain(two.keys()).collect();
    let differ = keys.into_iter().filter(|id| one.get(*id) != two.get(*id));
    differ
        .map(|id| SnapshotDifference {
            kind,
            id: id.clone(),
            before: one.get(id).cloned(),
            after: two.get(id).cloned(),
            configuration: Vec::new(),
            secrets_differ: false,
        })
        .collect()
}
