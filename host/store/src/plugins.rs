//! Plugins and their releases. A transaction of the platform writes the platform's plugins, a client's transaction its
//! own; a client sees both, and its own plugin goes before the platform's of the same name.

use std::cmp::Reverse;

use assay_domain::{ClientId, Digest, Manifest, PluginId, PluginName, ReleaseId, World};
use chrono::{DateTime, Utc};
use semver::Version;
use serde_json::Value;
use uuid::Uuid;

use crate::{StoreError, Tx};

/// A release that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewRelease<'a> {
    /// The plugin's id, should it not be there yet.
    pub plugin_id: PluginId,
    /// The release's id.
    pub id: ReleaseId,
    /// What the component says of itself.
    pub manifest: &'a Manifest,
    /// The component.
    pub component: &'a [u8],
    /// What was uploaded, when that was a core module and had to be wrapped.
    pub original: Option<&'a [u8]>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What became of a release that was to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Registered {
    /// It is new.
    New(Release),
    /// The same bytes were registered before under the same name and version.
    Known(Release),
    /// Other bytes were: a version is never changed.
    Taken(Release),
}

/// A plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct Plugin {
    /// Its id.
    pub id: PluginId,
    /// Whose; none is the platform's.
    pub owner: Option<ClientId>,
    /// Its name.
    pub name: PluginName,
    /// One sentence for people, from the newest release.
    pub description: String,
}

/// A release, without its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// Whose.
    pub plugin: PluginId,
    /// The plugin's owner; none is the platform.
    pub owner: Option<ClientId>,
    /// SHA-256 of the component.
    pub digest: Digest,
    /// SHA-256 of what was uploaded; the component's when that was not wrapped.
    pub original_digest: Digest,
    /// Bytes of the component.
    pub size: i64,
    /// What it says of itself, with name, version and worlds.
    pub manifest: Manifest,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was yanked: new processes don't select it any more.
    pub yanked_at: Option<DateTime<Utc>>,
}

struct PluginRow {
    plugin_id: Uuid,
    client_id: Option<Uuid>,
    name: String,
    description: String,
}

impl PluginRow {
    fn read(self) -> Result<Plugin, StoreError> {
        Ok(Plugin {
            id: PluginId(self.plugin_id),
            owner: self.client_id.map(ClientId),
            name: self
                .name
                .parse()
                .map_err(StoreError::inconsistent("plugins", "name", self.plugin_id))?,
            description: self.description,
        })
    }
}

struct ReleaseRow {
    release_id: Uuid,
    plugin_id: Uuid,
    client_id: Option<Uuid>,
    sha256: Vec<u8>,
    original_sha256: Vec<u8>,
    size: i64,
    manifest: Value,
    created_at: DateTime<Utc>,
    yanked_at: Option<DateTime<Utc>>,
}

impl ReleaseRow {
    fn read(self) -> Result<Release, StoreError> {
        let key = self.release_id;
        let manifest = Manifest::from_json(&self.manifest).map_err(|problems| {
            let all: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
            StoreError::inconsistent("plugin_releases", "manifest", key)(all.join("; "))
        })?;
        Ok(Release {
            id: ReleaseId(key),
            plugin: PluginId(self.plugin_id),
            owner: self.client_id.map(ClientId),
            digest: Digest::try_from(self.sha256.as_slice()).map_err(StoreError::inconsistent(
                "plugin_releases",
                "sha256",
                key,
            ))?,
            original_digest: Digest::try_from(self.original_sha256.as_slice()).map_err(
                StoreError::inconsistent("plugin_releases", "original_sha256", key),
            )?,
            size: self.size,
            manifest,
            created_at: self.created_at,
            yanked_at: self.yanked_at,
        })
    }
}

impl Tx {
    /// Registers a release, and its plugin when that is new. The same upload again is fine.
    pub async fn register_release(&mut self, new: &NewRelease<'_>) -> Result<Registered, StoreError> {
        let plugin = sqlx::query_scalar!(
            r#"INSERT INTO plugins (plugin_id, client_id, name, description, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (client_id, name) DO UPDATE SET description = excluded.description
             RETURNING plugin_id"#,
            new.plugin_id.0,
            self.client,
            new.manifest.name.as_str(),
            new.manifest.description,
            new.created_at
        )
        .fetch_one(&mut *self.inner)
        .await?;
        let worlds: Vec<_> = new
            .manifest
            .worlds
            .iter()
            .map(|world| World::as_str(*world).to_owned())
            .collect();
        let version = new.manifest.version.to_string();
        let digest = Digest::of(new.component);
        let original = new.original.map_or(digest, Digest::of);
        let inserted = sqlx::query_as!(
            ReleaseRow,
            r#"INSERT INTO plugin_releases (
                 release_id, plugin_id, client_id, version, sha256, original_sha256, component, original, manifest,
                 worlds, created_at
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (plugin_id, version) DO NOTHING
             RETURNING release_id, plugin_id, client_id, sha256, original_sha256,
                 octet_length(component)::bigint AS "size!", manifest, created_at, yanked_at"#,
            new.id.0,
            plugin,
            self.client,
            version,
            digest.as_bytes().as_slice(),
            original.as_bytes().as_slice(),
            new.component,
            new.original,
            new.manifest.to_json(),
            &worlds,
            new.created_at
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        if let Some(row) = inserted {
            return row.read().map(Registered::New);
        }
        let there = sqlx::query_as!(
            ReleaseRow,
            r#"SELECT release_id, plugin_id, client_id, sha256, original_sha256,
                 octet_length(component)::bigint AS "size!", manifest, created_at, yanked_at
             FROM plugin_releases WHERE plugin_id = $1 AND version = $2"#,
            plugin,
            version
        )
        .fetch_one(&mut *self.inner)
        .await?
        .read()?;
        // A newer host may wrap the same module differently: what counts is what was uploaded.
        let same = there.digest == digest || there.original_digest == original;
        Ok(if same {
            Registered::Known(there)
        } else {
            Registered::Taken(there)
        })
    }

    /// All plugins that the transaction may see, by name; of one name the client's own first.
    pub async fn plugins(&mut self) -> Result<Vec<Plugin>, StoreError> {
        let rows = sqlx::query_as!(
            PluginRow,
            "SELECT plugin_id, client_id, name, description FROM plugins ORDER BY name, client_id NULLS LAST"
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(PluginRow::read).collect()
    }

    /// The plugin that a name means to the transaction: the client's own, else the platform's.
    pub async fn plugin(&mut self, name: &PluginName) -> Result<Option<Plugin>, StoreError> {
        let row = sqlx::query_as!(
            PluginRow,
            "SELECT plugin_id, client_id, name, description FROM plugins WHERE name = $1
             ORDER BY client_id NULLS LAST LIMIT 1",
            name.as_str()
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(PluginRow::read).transpose()
    }

    /// A plugin's releases, the highest version first, yanked ones included.
    pub async fn releases(&mut self, plugin: PluginId) -> Result<Vec<Release>, StoreError> {
        let rows = sqlx::query_as!(
            ReleaseRow,
            r#"SELECT release_id, plugin_id, client_id, sha256, original_sha256,
                 octet_length(component)::bigint AS "size!", manifest, created_at, yanked_at
             FROM plugin_releases WHERE plugin_id = $1"#,
            plugin.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut releases: Vec<_> = rows.into_iter().map(ReleaseRow::read).collect::<Result<_, _>>()?;
        releases.sort_by_key(|release| Reverse(Version::clone(&release.manifest.version)));
        Ok(releases)
    }

    /// One release.
    pub async fn release(&mut self, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        let row = sqlx::query_as!(
            ReleaseRow,
            r#"SELECT release_id, plugin_id, client_id, sha256, original_sha256,
                 octet_length(component)::bigint AS "size!", manifest, created_at, yanked_at
             FROM plugin_releases WHERE release_id = $1"#,
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(ReleaseRow::read).transpose()
    }

    /// The component with that digest, when the transaction may see a release of it. The digest is checked.
    pub async fn component(&mut self, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query!(
            "SELECT release_id, component FROM plugin_releases WHERE sha256 = $1 LIMIT 1",
            digest.as_bytes().as_slice()
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        if Digest::of(&row.component) != digest {
            let wrong = StoreError::inconsistent("plugin_releases", "component", row.release_id);
            return Err(wrong("its bytes have another digest"));
        }
        Ok(Some(row.component))
    }

    /// Takes a release out of selection; processes that pinned it keep it. False when it is not there, not the
    /// transaction's own, or yanked already.
    pub async fn yank_release(&mut self, id: ReleaseId, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE plugin_releases SET status = 'yanked', yanked_at = $2
             WHERE release_id = $1 AND status = 'registered'",
            id.0,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }
}
