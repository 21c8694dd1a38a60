//! Writing a decision: versions, dependencies, conflicts, log and event in one transaction, if the site is still at the
//! revision from which it was decided.

use std::collections::BTreeMap;

use assay_domain::{Actor, AuditId, ExtensionId, ReleaseId, SnapshotId, VersionId};
use assay_store::Tx;
use assay_store::sites::{KnownAnswer, NewEntry, NewVersion};
use serde_json::{Value, json};
use uuid::Uuid;

use super::SiteError;
use super::answers::GOOD_FOR;
use super::change::{ChangeOptions, problems};
use super::decide::{Decision, Difference, Planned};
use super::import::ImportEntry;
use super::secrets::Sealer;
use super::situation::Situation;
use super::snapshots::keep;
use super::wish::Wish;
use crate::Services;
use crate::record::{Event, announce};

/// What was written.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub(super) revision: Option<i64>,
    pub(super) versions: BTreeMap<ExtensionId, i32>,
    pub(super) refused: Option<i32>,
    pub(super) snapshot: Option<SnapshotId>,
}

impl Services {
    /// Writes a decision; none when the site has moved on.
    #[expect(clippy::too_many_arguments, reason = "what is written comes from all of them")]
    pub(super) async fn commit(
        &self,
        actor: &Actor,
        sealer: &Sealer,
        now: &Situation,
        wish: &Wish,
        decision: &Decision,
        options: &ChangeOptions,
        entry: Option<&ImportEntry>,
    ) -> Result<Option<Written>, SiteError> {
        let mut tx = self.begin(sealer.client).await?;
        if tx.site(now.site.id).await?.is_none() {
            return Err(SiteError::NotFound(now.site.id));
        }
        let written = if !decision.refused && decision.changes_nothing(now) {
            // An entry of an import that is enabled just so: that it is done is all there is to write.
            let still = tx.hold_site(now.site.id).await? == Some(now.site.revision);
            still.then(Written::default)
        } else if decision.refused {
            self.write_refusal(&mut tx, now, wish, decision, options).await?
        } else {
            self.write(&mut tx, actor, sealer, now, wish, decision, options)
                .await?
        };
        if let (Some(_), Some(entry)) = (&written, entry)
            && !entry.write(&mut tx, sealer, now, self.inner.clock.now()).await?
        {
            return Err(SiteError::ImportedMeanwhile);
        }
        if written.is_some() {
            tx.commit().await?;
        }
        Ok(written)
    }

    async fn write_refusal(
        &self,
        tx: &mut Tx,
        now: &Situation,
        wish: &Wish,
        decision: &Decision,
        options: &ChangeOptions,
    ) -> Result<Option<Written>, SiteError> {
        if tx.hold_site(now.site.id).await? != Some(now.site.revision) {
            return Ok(None);
        }
        let at = self.inner.clock.now();
        let errors = json!(problems(decision));
        let conflicts = json!(decision.conflicts);
        let mut written = Written::default();
        let mut hash = None;
        if let (Some((extension, _, range)), Some(form)) = (wish.configuration(), &decision.wished) {
            let planned = decision
                .planned
                .iter()
                .find(|planned| planned.extension == *extension);
            let new = NewVersion {
                id: VersionId::new(at),
                site: now.site.id,
                extension,
                version: planned.map(|planned| planned.version.as_str()),
                release: planned.map(|planned| planned.release),
                requested: true,
                requested_range: range,
                // What is secret in what was refused is kept nowhere: nobody needs it.
                configuration: &form.configuration,
                secret_pointers: &form.places,
                canonical: &form.canonical,
                active: false,
                validation_errors: &errors,
                conflicts: &conflicts,
                reason: options.reason.as_deref(),
                forced_reason: None,
                author: &now.author,
                at,
            };
            written.refused = Some(tx.insert_config_version(&new).await?);
            hash = Some(assay_domain::Digest::of(form.canonical.as_bytes()));
        }
        let there = wish.extension().and_then(|extension| now.enabled.get(extension));
        tx.log_site(&NewEntry {
            id: AuditId::new(at),
            site: now.site.id,
            extension: wish.extension(),
            action: "refused",
            author: &now.author,
            at,
            old_hash: there.map(|enabled| enabled.config_hash),
            new_hash: hash,
            reason: options.reason.as_deref(),
            details: &json!({
                "wish": wish.action(), "config_version": written.refused, "problems": errors,
                "conflicts": decision.conflicts.iter().map(|found| &found.conflict_id).collect::<Vec<_>>(),
                "explanation": decision.answer.explanation,
            }),
        })
        .await?;
        Ok(Some(written))
    }

    #[expect(clippy::too_many_arguments, reason = "what is written comes from all of them")]
    async fn write(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        sealer: &Sealer,
        now: &Situation,
        wish: &Wish,
        decision: &Decision,
        options: &ChangeOptions,
    ) -> Result<Option<Written>, SiteError> {
        let site = now.site.id;
        if !tx.advance_site(site, now.site.revision).await? {
            return Ok(None);
        }
        let new: Vec<ReleaseId> = decision
            .planned
            .iter()
            .filter(|planned| !planned.out_of_use && planned.difference != Difference::Kept)
            .map(|planned| planned.release)
            .collect();
        if !tx.all_in_use(&new).await? {
            // Withdrawn while this was decided: it is decided anew, from what there is now.
            return Ok(None);
        }
        let at = self.inner.clock.now();
        let mut written = Written {
            revision: Some(now.site.revision + 1),
            ..Written::default()
        };
        if decision.is_risky() {
            let kind = match wish {
                Wish::RollBack(_) => "before-rollback",
                _ => "before-change",
            };
            written.snapshot = Some(keep(tx, now, kind, options.reason.as_deref(), at).await?);
        }
        let mut told = Vec::new();
        for planned in &decision.planned {
            self.write_extension(tx, sealer, now, wish, decision, options, planned, &mut written)
                .await?;
            if planned.difference != Difference::Kept {
                told.push(json!({
                    "extension_id": planned.extension, "version": planned.version,
                    "config_version": written.versions.get(&planned.extension),
                    "difference": planned.difference,
                }));
            }
        }
        for gone in &decision.removed {
            tx.disable_extension(site, &gone.extension, at).await?;
            tx.log_site(&NewEntry {
                id: AuditId::new(at),
                site,
                extension: Some(&gone.extension),
                action: "deactivated",
                author: &now.author,
                at,
                old_hash: Some(gone.config_hash),
                new_hash: None,
                reason: options.reason.as_deref(),
                details: &json!({"wish": wish.action(), "config_version": gone.config_version, "version": gone.version}),
            })
            .await?;
            told.push(json!({"extension_id": gone.extension, "difference": "disabled"}));
        }
        let (answer, expires) = (&decision.answer, at + GOOD_FOR);
        tx.put_dependencies(site, &answer.dependencies, answer.key, at, expires)
            .await?;
        // The next reader asks about the site as it is now; nobody has to look at it again for what there is now.
        let known = KnownAnswer {
            revision: now.site.revision + 1,
            catalog_stamp: now.stamp.clone(),
            key: answer.key,
            cached_at: at,
            expires_at: at,
            checked: Some(decision.after),
            checked_stamp: Some(now.stamp.clone()),
        };
        tx.put_site_answer(site, &known).await?;
        tx.put_conflicts(site, &decision.conflicts, at).await?;
        if let (Some(reason), false) = (&options.force, decision.forced.is_empty()) {
            tx.force_conflicts(site, &decision.forced, &now.author.name, reason, at)
                .await?;
            let details = json!({"wish": wish.action(), "conflicts": decision.forced});
            self.log(tx, now, wish.extension(), "forced", Some(reason), &details)
                .await?;
        }
        tx.note_detected_conflicts(site).await?;
        self.write_asked(tx, now, wish, decision, options).await?;
        let event = Event::of(actor, "site.changed", Uuid::now_v7()).with(json!({
            "site_id": site, "revision": written.revision, "action": wish.action(), "extensions": told,
        }));
        announce(tx, self.inner.clock.as_ref(), &event).await?;
        Ok(Some(written))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what is written is one row of many things"
    )]
    async fn write_extension(
        &self,
        tx: &mut Tx,
        sealer: &Sealer,
        now: &Situation,
        wish: &Wish,
        decision: &Decision,
        options: &ChangeOptions,
        planned: &Planned,
        written: &mut Written,
    ) -> Result<(), SiteError> {
        let (site, at) = (now.site.id, self.inner.clock.now());
        let there = now.enabled.get(&planned.extension);
        let action = match planned.difference {
            Difference::Kept => return Ok(()),
            Difference::Enabled => "activated",
            Difference::Changed | Difference::Requested => "reconfigured",
        };
        let config_version = if planned.difference == Difference::Requested {
            let range = planned.range.as_deref();
            tx.set_extension_requested(site, &planned.extension, planned.requested, range, at)
                .await?;
            there.map(|enabled| enabled.config_version)
        } else {
            let part: Vec<_> = decision
                .conflicts
                .iter()
                .filter(|found| found.extensions.iter().any(|id| id == planned.extension.as_str()))
                .collect();
            let forced = part
                .iter()
                .any(|found| decision.forced.contains(&found.conflict_id));
            let new = NewVersion {
                id: VersionId::new(at),
                site,
                extension: &planned.extension,
                version: Some(&planned.version),
                release: Some(planned.release),
                requested: planned.requested,
                requested_range: planned.range.as_deref(),
                configuration: &planned.form.configuration,
                secret_pointers: &planned.form.places,
                canonical: &planned.form.canonical,
                active: true,
                validation_errors: &json!([]),
                conflicts: &json!(part),
                reason: options.reason.as_deref(),
                forced_reason: options.force.as_deref().filter(|_| forced),
                author: &now.author,
                at,
            };
            let number = tx.insert_config_version(&new).await?;
            let secrets = sealer.sealed(site, &planned.extension, new.id, &planned.form)?;
            tx.insert_secrets(&secrets).await?;
            Some(number)
        };
        written
            .versions
            .extend(config_version.map(|number| (planned.extension.clone(), number)));
        tx.log_site(&NewEntry {
            id: AuditId::new(at),
            site,
            extension: Some(&planned.extension),
            action: if matches!(wish, Wish::RollBack(_)) { "rolled-back" } else { action },
            author: &now.author,
            at,
            old_hash: there.map(|enabled| enabled.config_hash),
            new_hash: Some(planned.hash()),
            reason: options.reason.as_deref(),
            details: &json!({
                "wish": wish.action(), "config_version": config_version, "requested": planned.requested,
                "version": planned.version, "version_before": there.map(|enabled| enabled.version.to_string()),
                "because": planned.because, "snapshot_id": wish.snapshot(),
            }),
        })
        .await?;
        Ok(())
    }

    /// Pins and policies, as far as they differ.
    async fn write_asked(
        &self,
        tx: &mut Tx,
        now: &Situation,
        wish: &Wish,
        decision: &Decision,
        options: &ChangeOptions,
    ) -> Result<(), SiteError> {
        let (site, at, by) = (now.site.id, self.inner.clock.now(), now.author.name.as_str());
        let (target, reason) = (&decision.target, options.reason.as_deref());
        for pin in target.pins.iter().filter(|pin| !now.pins.contains(pin)) {
            tx.set_site_pin(site, pin, by, at).await?;
            let details = json!({"wish": wish.action(), "version": pin.version});
            self.log(tx, now, Some(&pin.extension), "pin-set", reason, &details)
                .await?;
        }
        for pin in &now.pins {
            if !target.pins.iter().any(|other| other.extension == pin.extension) {
                tx.remove_site_pin(site, &pin.extension, at).await?;
                let details = json!({"wish": wish.action(), "version": pin.version});
                self.log(tx, now, Some(&pin.extension), "pin-removed", reason, &details)
                    .await?;
            }
        }
        for policy in target
            .policies
            .iter()
            .filter(|policy| !now.policies.contains(policy))
        {
            tx.set_site_policy(site, policy, by, at).await?;
            let details =
                json!({"wish": wish.action(), "capability": policy.capability, "policy": policy.policy});
            self.log(tx, now, None, "policy-set", reason, &details).await?;
        }
        if target.resolver != now.site.resolver {
            tx.set_site_resolver(site, &target.resolver).await?;
            let details = json!({
                "wish": wish.action(), "resolver": target.resolver, "resolver_before": now.site.resolver,
            });
            self.log(tx, now, None, "resolver-set", reason, &details).await?;
        }
        for policy in &now.policies {
            if !target
                .policies
                .iter()
                .any(|other| other.capability == policy.capability)
            {
                tx.remove_site_policy(site, &policy.capability, at).await?;
                let details =
                    json!({"wish": wish.action(), "capability": policy.capability, "policy": policy.policy});
                self.log(tx, now, None, "policy-removed", reason, &details)
                    .await?;
            }
        }
        Ok(())
    }

    async fn log(
        &self,
        tx: &mut Tx,
        now: &Situation,
        extension: Option<&ExtensionId>,
        action: &str,
        reason: Option<&str>,
        details: &Value,
    ) -> Result<(), SiteError> {
        let at = self.inner.clock.now();
        tx.log_site(&NewEntry {
            id: AuditId::new(at),
            site: now.site.id,
            extension,
            action,
            author: &now.author,
            at,
            old_hash: None,
            new_hash: None,
            reason,
            details,
        })
        .await?;
        Ok(())
    }
}
