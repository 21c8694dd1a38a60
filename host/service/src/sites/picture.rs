//! A site as a whole: what its resolver answers for it as it is, and its picture.
//!
//! Invariant: nothing is written; what was gone ahead with in spite of a conflict is shown as the error that it is. The
//! picture is of what is stored, so that looking at it calls no plugin.

use assay_domain::{Actor, SiteId};
use assay_resolver::graph::{Graph, svg};
use assay_store::sites::{Dependency, FoundConflict};
use serde_json::{Value, json};

use super::decide::shown;
use super::situation::Situation;
use super::wish::Target;
use super::{PageQuery, SiteError, changer};
use crate::Services;

/// Most conflicts that a picture shows: the newest ones.
const CONFLICTS: u16 = 200;

impl Services {
    /// What a site's resolver answers for what the site is asked for now, in the documented form. `newest` prefers the
    /// newest versions to those that are enabled.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn resolve_site(&self, actor: &Actor, site: SiteId, newest: bool) -> Result<Value, SiteError> {
        let client = changer(actor)?;
        let (mut tx, found) = self.look_at(actor, site).await?;
        let now = Situation::read(&mut tx, found, &actor.subject).await?;
        tx.rollback().await?;
        let target = Target::as_it_is(&now);
        let standing: Vec<_> = now.forced.iter().map(|conflict| conflict.found.clone()).collect();
        let resolver = self.inner.resolver(client, &now, &target).await?;
        let answer = self
            .inner
            .settle(client, &resolver, &now, None, &target, newest, &standing)
            .await?;
        let conflicts: Vec<Value> = shown(&answer, standing.iter()).iter().map(conflict).collect();
        let warnings = answer.warnings;
        let mut whole = answer.whole;
        if let Some(fields) = whole.as_object_mut() {
            fields.insert("conflicts".to_owned(), json!(conflicts));
            fields.insert("warnings".to_owned(), json!(warnings));
        }
        Ok(whole)
    }

    /// The dependency graph of what is enabled at a site, as SVG; conflicts are red.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn site_graph(&self, actor: &Actor, site: SiteId) -> Result<String, SiteError> {
        let (mut tx, found) = self.look_at(actor, site).await?;
        let enabled = tx.enabled_extensions(site).await?;
        let dependencies = tx.dependencies(site).await?;
        let all = PageQuery {
            limit: CONFLICTS,
            after: None,
        };
        let conflicts = tx.conflicts(site, false, &all.request(&json!([]))?).await?;
        tx.rollback().await?;
        let extensions = enabled.iter().map(|enabled| {
            json!({
                "id": enabled.extension, "version": enabled.version.to_string(), "requested": enabled.requested,
                "because": [],
            })
        });
        let present = conflicts.items.iter().filter(|one| one.present);
        let answer = json!({
            "site": found.name,
            "extensions": extensions.collect::<Vec<_>>(),
            "activation": [],
            "dependencies": dependencies.iter().map(dependency).collect::<Vec<_>>(),
            "conflicts": present.map(|one| conflict(&one.found)).collect::<Vec<_>>(),
        });
        Ok(svg(&Graph::of_answer(&answer)))
    }
}

/// A conflict as an answer has it.
fn conflict(found: &FoundConflict) -> Value {
    let mut row = json!(found);
    if let Some(fields) = row.as_object_mut()
        && let Some(id) = fields.remove("conflict_id")
    {
        fields.insert("id".to_owned(), id);
    }
    row
}

/// A dependency as an answer has it: no range is null.
fn dependency(row: &Dependency) -> Value {
    let mut row = json!(row);
    if let Some(range) = row.get_mut("range").filter(|range| **range == "") {
        *range = Value::Null;
    }
    row
}
