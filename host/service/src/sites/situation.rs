//! A site as it is at one revision, with all that a change of it is decided from.
//!
//! Invariant: read in one transaction that is over when this exists. `Serializable` order comes from the revision, by
//! which the decision is committed; what others publish meanwhile is looked at again then.

use std::collections::BTreeMap;

use assay_domain::manifest::secret::Secrets;
use assay_domain::manifest::{Extension, Subject};
use assay_domain::{ExtensionId, Manifest, PluginName, World};
use assay_resolver::{Candidate, select};
use assay_store::sites::{
    Author, CatalogRelease, Conflict, Enabled, Pin, Policy, Signoff, Site, StoredSecret,
};
use assay_store::{StoreError, Tx};
use semver::VersionReq;
use serde_json::{Map, Value, json};

use super::SiteError;
use super::secrets::{Plain, Unsaid};
use crate::plan::Chosen;

/// A site at one revision.
#[derive(Clone, Debug)]
pub(crate) struct Situation {
    pub(crate) site: Site,
    /// Whoever asks.
    pub(crate) author: Author,
    pub(crate) enabled: BTreeMap<ExtensionId, Enabled>,
    pub(crate) pins: Vec<Pin>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) catalog: Vec<CatalogRelease>,
    /// Conflicts that somebody went ahead in spite of.
    pub(crate) forced: Vec<Conflict>,
    /// The signatures under what is enabled.
    pub(crate) signoffs: Vec<Signoff>,
    /// Which releases the client could use when the catalog was read, or a moment before.
    pub(crate) stamp: String,
    /// The secrets of what is enabled, encrypted.
    pub(crate) secrets: Vec<StoredSecret>,
}

impl Situation {
    /// Reads it. The site is the transaction's.
    pub(crate) async fn read(tx: &mut Tx, site: Site, subject: &str) -> Result<Self, StoreError> {
        let author = tx.author(subject).await?;
        let stamp = tx.catalog_stamp().await?;
        let enabled = tx.enabled_extensions(site.id).await?;
        let with_secrets = enabled
            .iter()
            .filter(|enabled| !enabled.secret_pointers.is_empty());
        let with_secrets: Vec<_> = with_secrets.map(|enabled| enabled.version_id).collect();
        let secrets = if with_secrets.is_empty() {
            Vec::new()
        } else {
            tx.secrets_of(&with_secrets).await?
        };
        let enabled = enabled.into_iter();
        Ok(Self {
            author,
            secrets,
            stamp,
            enabled: enabled
                .map(|enabled| (enabled.extension.clone(), enabled))
                .collect(),
            pins: tx.site_pins(site.id).await?,
            policies: tx.site_policies(site.id).await?,
            catalog: tx.extension_catalog(site.id).await?,
            forced: tx.forced_conflicts(site.id).await?,
            signoffs: tx.current_signoffs(site.id).await?,
            site,
        })
    }

    /// The release of an extension in a version.
    pub(crate) fn release(&self, extension: &str, version: &str) -> Option<&CatalogRelease> {
        self.catalog.iter().find(|release| {
            let id = release.manifest.name.extension_id();
            id.is_ok_and(|id| id.as_str() == extension) && release.manifest.version.to_string() == version
        })
    }

    /// A configuration with what any release of its extension finds secret kept as such.
    pub(crate) fn all_secrets(&self, extension: &ExtensionId, plain: &Plain) -> Plain {
        let mut plain = plain.clone();
        for release in &self.catalog {
            if release.manifest.name.extension_id().as_ref() == Ok(extension) {
                plain = plain.also(&release.manifest.secrets());
            }
        }
        plain
    }

    /// What any release of an extension says is secret in a configuration of it.
    pub(crate) fn unsaid(&self, extension: &ExtensionId, plain: &Plain) -> Unsaid {
        let mut unsaid = plain.unsaid(&Secrets::default());
        for release in &self.catalog {
            if release.manifest.name.extension_id().as_ref() == Ok(extension) {
                unsaid.extend(plain.unsaid(&release.manifest.secrets()));
            }
        }
        unsaid
    }

    /// Whether a release that the client can use has secret settings.
    pub(crate) fn knows_secrets(&self) -> bool {
        let schemas = self
            .catalog
            .iter()
            .filter(|release| release.manifest.settings.is_some());
        schemas
            .into_iter()
            .any(|release| release.manifest.secrets().some())
    }

    /// Whether the client has an extension with this id at all.
    pub(crate) fn knows(&self, extension: &ExtensionId) -> bool {
        let mut ids = self
            .catalog
            .iter()
            .map(|release| release.manifest.name.extension_id());
        ids.any(|id| id.as_ref() == Ok(extension))
    }

    /// The plugin that resolves: the newest release in use of that name.
    pub(crate) fn resolver(&self, name: &PluginName) -> Result<Chosen, SiteError> {
        let no = |why: String| SiteError::NoResolver {
            resolver: name.to_string(),
            why,
        };
        let releases = self
            .catalog
            .iter()
            .filter(|release| release.manifest.name == *name);
        let candidates = releases.clone().map(|release| Candidate {
            version: release.manifest.version.clone(),
            yanked: false,
            active: release.in_use,
        });
        let candidates: Vec<_> = candidates.collect();
        if candidates.is_empty() {
            let why = "this client has no plugin of that name in use; have it registered and put into use, or name another one";
            return Err(no(why.to_owned()));
        }
        let version = select(&VersionReq::STAR, &candidates).map_err(|error| no(error.to_string()))?;
        let chosen = releases
            .clone()
            .find(|release| release.manifest.version == *version);
        let resolves = |release: &&CatalogRelease| release.manifest.worlds.contains(&World::Resolver);
        let chosen = chosen
            .filter(resolves)
            .ok_or_else(|| no(format!("its release {version} is no resolver")))?;
        Ok(Chosen::of(chosen, World::Resolver, &json!({})))
    }

    /// The resolver's catalog: what is out of use stays only where it is.
    pub(crate) fn catalog(&self) -> Value {
        let releases = self.catalog.iter().filter_map(|release| {
            let id = release.manifest.name.extension_id().ok()?;
            Some(entry(&id, &release.manifest, release.in_use))
        });
        json!({"dialect": "cargo", "extensions": releases.collect::<Vec<_>>()})
    }
}

fn entry(id: &ExtensionId, manifest: &Manifest, in_use: bool) -> Value {
    let Extension {
        requires,
        provides,
        resources,
        conflicts,
        signoff: _,
    } = &manifest.extension;
    let requires = requires.iter().map(|entry| {
        let mut fields = subject(&entry.subject);
        put(&mut fields, "range", range(&entry.range));
        put(&mut fields, "optional", entry.optional.then_some(true));
        put(&mut fields, "policy", entry.policy.clone());
        Value::Object(fields)
    });
    let provides = provides.iter().map(|entry| {
        let mut fields = Map::from_iter([("capability".to_owned(), json!(entry.capability))]);
        put(
            &mut fields,
            "version",
            entry.version.as_ref().map(ToString::to_string),
        );
        put(&mut fields, "policy", entry.policy.clone());
        put(&mut fields, "exclusive", entry.exclusive.then_some(true));
        Value::Object(fields)
    });
    let resources = resources.iter().map(|entry| {
        let mode = if entry.exclusive { "exclusive" } else { "shared" };
        json!({"resource": entry.resource, "mode": mode})
    });
    let conflicts = conflicts.iter().map(|entry| {
        let mut fields = subject(&entry.subject);
        put(&mut fields, "range", range(&entry.range));
        for (key, text) in [
            ("scope", &entry.scope),
            ("severity", &entry.severity),
            ("reason", &entry.reason),
        ] {
            put(&mut fields, key, Some(text.clone()));
        }
        Value::Object(fields)
    });
    json!({
        "id": id,
        "version": manifest.version.to_string(),
        "yanked": !in_use,
        "requires": requires.collect::<Vec<_>>(),
        "provides": provides.collect::<Vec<_>>(),
        "resources": resources.collect::<Vec<_>>(),
        "conflicts": conflicts.collect::<Vec<_>>(),
    })
}

/// The range as it is written; nothing for one that says nothing.
fn range(range: &semver::VersionReq) -> Option<String> {
    (*range != semver::VersionReq::STAR).then(|| range.to_string())
}

fn subject(subject: &Subject) -> Map<String, Value> {
    let (key, id) = match subject {
        Subject::Extension(id) => ("extension", id),
        Subject::Capability(id) => ("capability", id),
        Subject::Resource(id) => ("resource", id),
    };
    Map::from_iter([(key.to_owned(), json!(id))])
}

fn put(fields: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        fields.insert(key.to_owned(), value.into());
    }
}
