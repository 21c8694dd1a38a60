//! Rows of plugins and releases, as they are read.

use assay_domain::{ClientId, Digest, Manifest, PluginId, PluginName, ReleaseId, World};
use chrono::{DateTime, Utc};
use semver::Version;
use serde_json::Value;
use uuid::Uuid;

use super::{Interfaces, Plugin, Release};
use crate::StoreError;

pub(super) struct PluginRow {
    pub(super) plugin_id: Uuid,
    pub(super) client_id: Option<Uuid>,
    pub(super) name: String,
    pub(super) description: String,
}

impl PluginRow {
    pub(super) fn read(self) -> Result<Plugin, StoreError> {
        Ok(Plugin {
            id: PluginId(self.plugin_id),
            owner: self.client_id.map(ClientId),
            name: self.name.parse::<PluginName>().map_err(StoreError::inconsistent(
                "plugins",
                "name",
                self.plugin_id,
            ))?,
            description: self.description,
        })
    }
}

pub(super) struct ReleaseRow {
    pub(super) release_id: Uuid,
    pub(super) plugin_id: Uuid,
    pub(super) client_id: Option<Uuid>,
    pub(super) sha256: Vec<u8>,
    pub(super) original_sha256: Vec<u8>,
    pub(super) size: i64,
    pub(super) manifest: Value,
    pub(super) imports: Option<Vec<String>>,
    pub(super) exports: Option<Vec<String>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) yanked_at: Option<DateTime<Utc>>,
}

impl ReleaseRow {
    pub(super) fn read(self) -> Result<Release, StoreError> {
        let key = self.release_id;
        let manifest = Manifest::from_json(&self.manifest).map_err(|problems| {
            let all: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
            StoreError::inconsistent("plugin_releases", "manifest", key)(all.join("; "))
        })?;
        let digest = |bytes: &[u8], column| {
            Digest::try_from(bytes).map_err(StoreError::inconsistent("plugin_releases", column, key))
        };
        let interfaces = self.imports.zip(self.exports);
        Ok(Release {
            id: ReleaseId(key),
            plugin: PluginId(self.plugin_id),
            owner: self.client_id.map(ClientId),
            digest: digest(&self.sha256, "sha256")?,
            original_digest: digest(&self.original_sha256, "original_sha256")?,
            size: self.size,
            manifest,
            interfaces: interfaces.map(|(imports, exports)| Interfaces { imports, exports }),
            created_at: self.created_at,
            yanked_at: self.yanked_at,
        })
    }
}

pub(crate) fn version(release: Uuid, text: &str) -> Result<Version, StoreError> {
    Version::parse(text).map_err(StoreError::inconsistent("plugin_releases", "version", release))
}

pub(super) fn worlds(release: Uuid, names: &[String]) -> Result<Vec<World>, StoreError> {
    let worlds = names.iter().map(|name| name.parse());
    let worlds: Result<_, _> = worlds.collect();
    worlds.map_err(StoreError::inconsistent("plugin_releases", "worlds", release))
}
