//! Extensions at a site: enabled, reconfigured, disabled, and looked at.
//!
//! Invariant: what a manifest marks as secret is not shown, in whatever version it stands.

use std::collections::HashMap;

use assay_domain::manifest::secret::Secrets;
use assay_domain::{Actor, ExtensionId, ReleaseId, SiteId};
use assay_store::sites::{Enabled, Entry, Version};
use assay_store::{StoreError, Tx};
use serde_json::{Value, json};

use super::change::{ChangeOptions, SiteChange};
use super::secrets::{Plain, shown};
use super::wish::Wish;
use super::{PageQuery, SiteError, next};
use crate::{Problem, Services};

/// An extension that is enabled, its secrets hidden.
pub type EnabledExtension = Enabled;

/// A version of a configuration, its secrets hidden.
pub type ExtensionVersion = Version;

/// Most bytes of a configuration.
pub(super) const LARGEST: usize = 1 << 20;

/// A page of versions.
#[derive(Clone, Debug)]
pub struct VersionPage {
    /// The highest number first.
    pub items: Vec<ExtensionVersion>,
    /// The next page has those below this number; none on the last.
    pub next: Option<i32>,
}

/// A page of the log.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// Newest first.
    pub items: Vec<Entry>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl Services {
    /// Enables an extension at a site with a configuration, in the versions that a range allows, and what it needs with it.
    ///
    /// # Errors
    /// See [`SiteError`]; that it can't be enabled is no error but a refused change.
    pub async fn enable_extension(
        &self,
        actor: &Actor,
        site: SiteId,
        extension: &ExtensionId,
        range: Option<&str>,
        configuration: &Value,
        options: &ChangeOptions,
    ) -> Result<SiteChange, SiteError> {
        bounded(configuration)?;
        let wish = Wish::Enable {
            extension: extension.clone(),
            range: range.map(str::to_owned),
            configuration: Plain::given(configuration.clone()),
        };
        self.change(actor, site, options, &wish).await
    }

    /// Gives an enabled extension another configuration, and another range where one is given.
    ///
    /// # Errors
    /// See [`SiteError`]; that it can't be configured so is no error but a refused change.
    pub async fn reconfigure_extension(
        &self,
        actor: &Actor,
        site: SiteId,
        extension: &ExtensionId,
        range: Option<&str>,
        configuration: &Value,
        options: &ChangeOptions,
    ) -> Result<SiteChange, SiteError> {
        bounded(configuration)?;
        let wish = Wish::Reconfigure {
            extension: extension.clone(),
            range: range.map(str::to_owned),
            configuration: Plain::given(configuration.clone()),
        };
        self.change(actor, site, options, &wish).await
    }

    /// Disables an extension, and what is there for it alone.
    ///
    /// # Errors
    /// See [`SiteError`]; that others need it is no error but a refused change.
    pub async fn disable_extension(
        &self,
        actor: &Actor,
        site: SiteId,
        extension: &ExtensionId,
        options: &ChangeOptions,
    ) -> Result<SiteChange, SiteError> {
        let wish = Wish::Disable {
            extension: extension.clone(),
        };
        self.change(actor, site, options, &wish).await
    }

    /// What is enabled at a site, newest first.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn site_extensions(
        &self,
        actor: &Actor,
        site: SiteId,
    ) -> Result<Vec<EnabledExtension>, SiteError> {
        let (mut tx, _) = self.look_at(actor, site).await?;
        let mut enabled = tx.enabled_extensions(site).await?;
        let mut hider = Hider::default();
        for extension in &mut enabled {
            let hidden = hider
                .hidden(
                    &mut tx,
                    Some(extension.release),
                    &extension.configuration,
                    &extension.secret_pointers,
                )
                .await?;
            extension.configuration = hidden;
        }
        tx.rollback().await?;
        Ok(enabled)
    }

    /// One version of an extension's configuration at a site.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn extension_version(
        &self,
        actor: &Actor,
        site: SiteId,
        extension: &ExtensionId,
        number: i32,
    ) -> Result<ExtensionVersion, SiteError> {
        let (mut tx, _) = self.look_at(actor, site).await?;
        let found = tx.config_version(site, extension, number).await?;
        let mut found = found.ok_or_else(|| SiteError::NoVersion {
            extension: extension.clone(),
            version: number,
        })?;
        found.configuration = Hider::default()
            .hidden(
                &mut tx,
                found.release,
                &found.configuration,
                &found.secret_pointers,
            )
            .await?;
        tx.rollback().await?;
        Ok(found)
    }

    /// The versions of an extension's configuration at a site, refused ones included; those below a number.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn extension_versions(
        &self,
        actor: &Actor,
        site: SiteId,
        extension: &ExtensionId,
        below: Option<i32>,
        limit: u16,
    ) -> Result<VersionPage, SiteError> {
        let limit = limit.clamp(1, assay_store::PageRequest::MAXIMUM);
        let (mut tx, _) = self.look_at(actor, site).await?;
        let mut items = tx.config_versions(site, extension, below, limit).await?;
        let more = items.len() > usize::from(limit);
        items.truncate(usize::from(limit));
        let mut hider = Hider::default();
        for version in &mut items {
            version.configuration = hider
                .hidden(
                    &mut tx,
                    version.release,
                    &version.configuration,
                    &version.secret_pointers,
                )
                .await?;
        }
        tx.rollback().await?;
        Ok(VersionPage {
            next: items.last().filter(|_| more).map(|last| last.config_version),
            items,
        })
    }

    /// What happened at a site, to one extension or in all, newest first.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn site_log(
        &self,
        actor: &Actor,
        site: SiteId,
        extension: Option<&ExtensionId>,
        query: &PageQuery,
    ) -> Result<LogPage, SiteError> {
        let list = json!([actor.client, site, "log", extension]);
        let request = query.request(&list)?;
        let (mut tx, _) = self.look_at(actor, site).await?;
        let start = std::time::Instant::now();
        let page = tx.site_log(site, extension, &request).await?;
        metrics::histogram!("assay_site_log_duration_seconds").record(start.elapsed().as_secs_f64());
        tx.rollback().await?;
        Ok(LogPage {
            items: page.items,
            next: next(page.next, &list),
        })
    }

    /// The last thing that happened to each extension of a site.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn last_site_changes(&self, actor: &Actor, site: SiteId) -> Result<Vec<Entry>, SiteError> {
        let (mut tx, _) = self.look_at(actor, site).await?;
        let entries = tx.last_changes(site).await?;
        tx.rollback().await?;
        Ok(entries)
    }
}

fn bounded(configuration: &Value) -> Result<(), SiteError> {
    let problem = if !configuration.is_object() {
        "is not an object".to_owned()
    } else if configuration.to_string().len() > LARGEST {
        format!("has more than {LARGEST} bytes")
    } else {
        return Ok(());
    };
    Err(SiteError::Invalid(vec![Problem::new("/configuration", problem)]))
}

/// Hides what is secret, by the manifest of each release.
#[derive(Debug, Default)]
pub(super) struct Hider(HashMap<ReleaseId, Secrets>);

impl Hider {
    /// The configuration as it may be shown. Where no release is known, nobody knows what is secret, and all is hidden.
    pub(super) async fn hidden(
        &mut self,
        tx: &mut Tx,
        release: Option<ReleaseId>,
        configuration: &Value,
        places: &[String],
    ) -> Result<Value, StoreError> {
        let configuration = &shown(configuration, places);
        let Some(release) = release else {
            return Ok(hide_all(configuration));
        };
        if let Some(secrets) = self.0.get(&release) {
            return Ok(secrets.redacted(configuration));
        }
        let Some(found) = tx.release(release).await? else {
            return Ok(hide_all(configuration));
        };
        let secrets = found.manifest.secrets();
        let hidden = secrets.redacted(configuration);
        self.0.insert(release, secrets);
        Ok(hidden)
    }
}

pub(super) fn hide_all(configuration: &Value) -> Value {
    let members = configuration.as_object().into_iter().flatten();
    members
        .map(|(key, _)| (key.clone(), Value::from(assay_domain::manifest::secret::HIDDEN)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
