//! Plugins and their releases. A transaction of the platform writes the platform's plugins, a client's transaction its
//! own; a client sees both, and what was granted to it.
//!
//! What a name means to a client, for whoever plans, lists or looks: its own plugin, else one that was granted to it, else
//! the platform's. So what a client was given stays what it was whatever the platform registers later; the other one has
//! no name for that client. [`Tx::plugin`], [`Tx::plugins`] and [`Tx::admission_state`] decide it, in the
//! same order.

mod row;

use std::cmp::Reverse;
use std::collections::HashMap;

use assay_domain::{ClientId, Digest, Manifest, PluginId, PluginName, ReleaseId, World};
use chrono::{DateTime, Utc};
use semver::Version;
use uuid::Uuid;

use crate::{StoreError, Tx};
pub(crate) use row::version;
use row::{PluginRow, ReleaseRow, worlds};

/// A release that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewRelease<'a> {
    /// The plugin's id, should it not be there yet.
    pub plugin_id: PluginId,
    /// The release's id.
    pub id: ReleaseId,
    /// What the component says of itself.
    pub manifest: &'a Manifest,
    /// What it imports and exports.
    pub interfaces: &'a Interfaces,
    /// SHA-256 of the component; the database refuses any other.
    pub digest: Digest,
    /// SHA-256 of what was uploaded; likewise.
    pub original_digest: Digest,
    /// The component.
    pub component: &'a [u8],
    /// What was uploaded, when that was a core module and had to be wrapped.
    pub original: Option<&'a [u8]>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What a component imports and exports, each sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interfaces {
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// The interfaces that it exports.
    pub exports: Vec<String>,
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
    /// One sentence for people, from the newest release that is not yanked.
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
    /// What it imports and exports; none when nobody asked since it was registered by an older host.
    pub interfaces: Option<Interfaces>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was yanked: new processes don't select it any more.
    pub yanked_at: Option<DateTime<Utc>>,
}

impl Release {
    /// Whether it is what this upload became, or would become: a newer host may wrap the same module differently, so
    /// what counts is what was uploaded.
    pub fn came_from(&self, digest: Digest, original_digest: Digest) -> bool {
        self.digest == digest || self.original_digest == original_digest
    }
}

/// The newest release of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newest {
    /// Its version.
    pub version: Version,
    /// What it exports.
    pub worlds: Vec<World>,
}

impl Tx {
    /// The release with this version of the plugin with this name, when it is the transaction's own: the client's, or
    /// the platform's in a transaction of the platform.
    pub async fn own_release(
        &mut self,
        name: &PluginName,
        version: &Version,
    ) -> Result<Option<Release>, StoreError> {
        let row = sqlx::query_as!(
            ReleaseRow,
            r#"SELECT r.release_id, r.plugin_id, r.client_id, r.sha256, r.original_sha256,
                 octet_length(r.component)::bigint AS "size!", r.manifest, r.imports, r.exports, r.created_at, r.yanked_at
             FROM plugins AS p JOIN plugin_releases AS r USING (plugin_id)
             WHERE p.name = $1 AND p.client_id IS NOT DISTINCT FROM $2 AND r.version = $3"#,
            name.as_str(),
            self.client,
            version.to_string()
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(ReleaseRow::read).transpose()
    }

    /// Registers a release, and its plugin when that is new. The same upload again is fine.
    pub async fn register_release(&mut self, new: &NewRelease<'_>) -> Result<Registered, StoreError> {
        // Changing nothing, it locks the plugin: who registers or yanks next sees what is done here.
        let plugin = sqlx::query_scalar!(
            r#"INSERT INTO plugins (plugin_id, client_id, name, description, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (client_id, name) DO UPDATE SET description = plugins.description
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
        let inserted = sqlx::query_as!(
            ReleaseRow,
            r#"INSERT INTO plugin_releases (
                 release_id, plugin_id, client_id, version, sha256, original_sha256, component, original, manifest,
                 worlds, imports, exports, created_at
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (plugin_id, version) DO NOTHING
             RETURNING release_id, plugin_id, client_id, sha256, original_sha256,
                 octet_length(component)::bigint AS "size!", manifest, imports, exports, created_at, yanked_at"#,
            new.id.0,
            plugin,
            self.client,
            new.manifest.version.to_string(),
            new.digest.as_bytes().as_slice(),
            new.original_digest.as_bytes().as_slice(),
            new.component,
            new.original,
            new.manifest.to_json(),
            &worlds,
            &new.interfaces.imports,
            &new.interfaces.exports,
            new.created_at
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        if let Some(row) = inserted {
            self.describe(plugin).await?;
            return row.read().map(Registered::New);
        }
        let there = self
            .own_release(&new.manifest.name, &new.manifest.version)
            .await?;
        // The version was there a moment ago, and nothing is ever deleted.
        let there = there.ok_or_else(|| {
            let gone = StoreError::inconsistent("plugin_releases", "version", plugin);
            gone("a release that is there can't be read")
        })?;
        Ok(if there.came_from(new.digest, new.original_digest) {
            Registered::Known(there)
        } else {
            Registered::Taken(there)
        })
    }

    /// Gives a plugin the description of its newest release; one whose releases are all yanked keeps what it has.
    async fn describe(&mut self, plugin: Uuid) -> Result<(), StoreError> {
        sqlx::query!("SELECT FROM plugins WHERE plugin_id = $1 FOR UPDATE", plugin)
            .execute(&mut *self.inner)
            .await?;
        let rows = sqlx::query!(
            r#"SELECT release_id, version, manifest #>> '{plugin,description}' AS description
             FROM plugin_releases WHERE plugin_id = $1 AND status = 'registered'"#,
            plugin
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut newest: Option<(Version, String)> = None;
        for row in rows {
            let version = version(row.release_id, &row.version)?;
            if newest.as_ref().is_none_or(|(newest, _)| *newest < version) {
                newest = Some((version, row.description.unwrap_or_default()));
            }
        }
        if let Some((_, description)) = newest {
            sqlx::query!(
                "UPDATE plugins SET description = $2 WHERE plugin_id = $1 AND description <> $2",
                plugin,
                description
            )
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(())
    }

    /// The newest release of each plugin that the transaction may see. Yanked ones don't count.
    pub async fn newest_releases(&mut self) -> Result<HashMap<PluginId, Newest>, StoreError> {
        let rows = sqlx::query!(
            "SELECT release_id, plugin_id, version, worlds FROM plugin_releases WHERE status = 'registered'"
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut newest: HashMap<PluginId, Newest> = HashMap::new();
        for row in rows {
            let (plugin, version) = (PluginId(row.plugin_id), version(row.release_id, &row.version)?);
            if newest.get(&plugin).is_none_or(|newest| newest.version < version) {
                let worlds = worlds(row.release_id, &row.worlds)?;
                newest.insert(plugin, Newest { version, worlds });
            }
        }
        Ok(newest)
    }

    /// The plugins that have a name for the transaction, by name: of one name what [`Self::plugin`] finds.
    pub async fn plugins(&mut self) -> Result<Vec<Plugin>, StoreError> {
        let rows = sqlx::query_as!(
            PluginRow,
            "SELECT DISTINCT ON (name) plugin_id, client_id, name, description FROM plugins
             ORDER BY name, client_id IS NOT DISTINCT FROM $1 DESC, client_id NULLS LAST, plugin_id",
            self.client
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(PluginRow::read).collect()
    }

    /// The plugin that a name means to the transaction.
    pub async fn plugin(&mut self, name: &PluginName) -> Result<Option<Plugin>, StoreError> {
        let row = sqlx::query_as!(
            PluginRow,
            "SELECT plugin_id, client_id, name, description FROM plugins WHERE name = $1
             ORDER BY client_id IS NOT DISTINCT FROM $2 DESC, client_id NULLS LAST, plugin_id LIMIT 1",
            name.as_str(),
            self.client
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
                 octet_length(component)::bigint AS "size!", manifest, imports, exports, created_at, yanked_at
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
                 octet_length(component)::bigint AS "size!", manifest, imports, exports, created_at, yanked_at
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

    /// Adds what a release imports and exports, should nobody have done so.
    pub async fn set_interfaces(&mut self, id: ReleaseId, interfaces: &Interfaces) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE plugin_releases SET imports = $2, exports = $3 WHERE release_id = $1 AND imports IS NULL",
            id.0,
            &interfaces.imports,
            &interfaces.exports
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Takes a release out of selection; processes that pinned it keep it. False when it is not there, not the
    /// transaction's own, or yanked already.
    pub async fn yank_release(&mut self, id: ReleaseId, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let plugin = sqlx::query_scalar!(
            "UPDATE plugin_releases SET status = 'yanked', yanked_at = $2
             WHERE release_id = $1 AND status = 'registered' RETURNING plugin_id",
            id.0,
            at
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(plugin) = plugin else {
            return Ok(false);
        };
        self.describe(plugin).await?;
        Ok(true)
    }
}
