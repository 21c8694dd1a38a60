//! A client with sites and extensions to enable there.

use std::sync::Arc;

use assay_domain::{
    Actor, ClientId, Clock, Digest, ExtensionId, Limits, Manifest, PluginId, ReleaseId, Role, SiteId,
    SystemClock, UserId,
};
use assay_engine::manifest;
use assay_service::sites::{ChangeOptions, Membership, SiteChange, SiteError, Verdict};
use assay_service::{IntakeLimits, Parts, QueueLimits, Services};
use assay_store::Store;
use assay_store::plugins::{Interfaces, NewRelease, Registered};
use assay_store::users::User;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::api::host::{built, engine, root, sites};
use crate::engine::guest::bare;
use crate::support::database::Database;

pub(super) struct Place {
    pub(super) database: Database,
    pub(super) services: Services,
    pub(super) client: ClientId,
    pub(super) admin: Actor,
}

/// The tables that a change of a site writes.
pub(super) const TABLES: [&str; 12] = [
    "sites",
    "site_members",
    "site_policies",
    "site_pins",
    "site_extension_configs",
    "site_extension_config_versions",
    "compliance_signoffs",
    "configuration_audit_log",
    "extension_dependency_cache",
    "extension_conflicts_detected",
    "configuration_snapshots",
    "docsafe_event_outbox",
];

pub(super) fn id(text: &str) -> ExtensionId {
    text.parse().unwrap()
}

pub(super) fn actor(client: ClientId, role: Role, subject: &str) -> Actor {
    Actor {
        client: Some(client),
        role,
        subject: subject.to_owned(),
    }
}

/// Publishes a release that validates, and puts it into use. `more` is the rest of its manifest.
pub(crate) async fn publish(
    store: &Store,
    owner: Option<ClientId>,
    name: &str,
    version: &str,
    more: &str,
) -> ReleaseId {
    let text = format!(
        "manifest = 1\n[plugin]\nname = \"{name}\"\nversion = \"{version}\"\ndescription = \"d\"\n\
         worlds = [\"validator\"]\n{more}"
    );
    let manifest = Manifest::from_toml(&text).unwrap();
    let component = manifest::embed(&bare("fine"), &manifest).unwrap();
    release(store, owner, &manifest, &component).await
}

/// The resolver that comes with the program, as the platform registers it.
pub(crate) async fn resolver(store: &Store) -> ReleaseId {
    let text = std::fs::read_to_string(root().join("plugins/extension_resolver/plugin.toml")).unwrap();
    let manifest = Manifest::from_toml(&text).unwrap();
    release(store, None, &manifest, &built("extension_resolver")).await
}

/// A resolver that lies.
pub(super) async fn liar(store: &Store, owner: Option<ClientId>) -> ReleaseId {
    let text = "manifest = 1\n[plugin]\nname = \"liar\"\nversion = \"1.0.0\"\ndescription = \"d\"\nworlds = [\"resolver\"]\n";
    let manifest = Manifest::from_toml(text).unwrap();
    let component = manifest::embed(&bare("resolver_liar"), &manifest).unwrap();
    release(store, owner, &manifest, &component).await
}

async fn release(store: &Store, owner: Option<ClientId>, manifest: &Manifest, component: &[u8]) -> ReleaseId {
    let now = SystemClock.now();
    let mut tx = match owner {
        Some(client) => store.begin(client).await.unwrap(),
        None => store.begin_platform().await.unwrap(),
    };
    let registered = tx
        .register_release(&NewRelease {
            plugin_id: PluginId::new(now),
            id: ReleaseId::new(now),
            manifest,
            interfaces: &Interfaces::default(),
            digest: Digest::of(component),
            original_digest: Digest::of(component),
            component,
            original: None,
            created_at: now,
        })
        .await
        .unwrap();
    let Registered::New(release) = registered else {
        panic!("{} {} is not new", manifest.name, manifest.version);
    };
    tx.set_active(release.id, true, "root", now).await.unwrap();
    tx.commit().await.unwrap();
    release.id
}

impl Place {
    pub(super) async fn new() -> Self {
        let place = Self::without_resolver().await;
        resolver(&place.database.store).await;
        place
    }

    pub(super) async fn without_resolver() -> Self {
        let database = Database::new().await;
        let client = database.client("acme").await;
        let parts = Parts {
            store: database.store.clone(),
            engine: engine(),
            clock: Arc::new(SystemClock),
            intake: IntakeLimits::default(),
            limits_maximum: Limits::MAXIMUM,
            queue: QueueLimits::default(),
        };
        let services = Services::with_sites(parts, sites());
        Self {
            admin: actor(client, Role::Admin, "root"),
            database,
            services,
            client,
        }
    }

    /// Publishes a release of the platform's and puts it into use. `more` is the rest of its manifest.
    pub(super) async fn publish(&self, name: &str, version: &str, more: &str) -> ReleaseId {
        self.publish_for(None, name, version, more).await
    }

    pub(super) async fn publish_for(
        &self,
        owner: Option<ClientId>,
        name: &str,
        version: &str,
        more: &str,
    ) -> ReleaseId {
        publish(&self.database.store, owner, name, version, more).await
    }

    pub(super) async fn site(&self, name: &str) -> SiteId {
        self.services
            .make_site(&self.admin, name, false)
            .await
            .unwrap()
            .id
    }

    /// A user of the client as an operator, and something at a site.
    pub(super) async fn member(&self, site: SiteId, email: &str, role: &str) -> (UserId, Actor) {
        let user = UserId::new(SystemClock.now());
        let mut tx = self.database.store.begin(self.client).await.unwrap();
        let new = User {
            id: user,
            email: email.to_owned(),
            role: Role::Operator,
        };
        tx.insert_user(&new).await.unwrap();
        tx.commit().await.unwrap();
        let membership = Membership {
            user,
            role: role.parse().unwrap(),
        };
        let added = self
            .services
            .set_site_member(&self.admin, site, &membership, true, false)
            .await;
        assert!(added.unwrap());
        (user, actor(self.client, Role::Operator, email))
    }

    pub(super) async fn try_enable(
        &self,
        site: SiteId,
        extension: &str,
        configuration: Value,
        options: &ChangeOptions,
    ) -> Result<SiteChange, SiteError> {
        self.services
            .enable_extension(&self.admin, site, &id(extension), None, &configuration, options)
            .await
    }

    /// Enables an extension as it is.
    #[track_caller]
    pub(super) fn enable(&self, site: SiteId, extension: &str) -> impl Future<Output = SiteChange> {
        self.enable_with(site, extension, json!({}))
    }

    pub(super) async fn enable_with(
        &self,
        site: SiteId,
        extension: &str,
        configuration: Value,
    ) -> SiteChange {
        let done = self
            .try_enable(site, extension, configuration, &ChangeOptions::default())
            .await;
        let done = done.unwrap();
        assert_eq!(done.verdict, Verdict::Applied, "{done:#?}");
        done
    }

    pub(super) async fn disable(&self, site: SiteId, extension: &str) -> SiteChange {
        let options = ChangeOptions::default();
        let done = self
            .services
            .disable_extension(&self.admin, site, &id(extension), &options)
            .await;
        done.unwrap()
    }

    /// What is enabled, by id, with its version and whether it was asked for.
    pub(super) async fn enabled(&self, site: SiteId) -> Vec<(String, String, bool)> {
        let enabled = self.services.site_extensions(&self.admin, site).await.unwrap();
        let mut enabled: Vec<_> = enabled
            .into_iter()
            .map(|one| (one.extension.to_string(), one.version.to_string(), one.requested))
            .collect();
        enabled.sort();
        enabled
    }

    /// What the log says, oldest first.
    pub(super) async fn log(&self, site: SiteId) -> Vec<(String, Option<String>)> {
        let query = assay_service::sites::PageQuery {
            limit: 200,
            after: None,
        };
        let page = self
            .services
            .site_log(&self.admin, site, None, &query)
            .await
            .unwrap();
        let entries = page.items.into_iter().rev();
        entries
            .map(|entry| (entry.action, entry.extension.map(|id| id.to_string())))
            .collect()
    }

    /// How many rows each table has.
    pub(super) async fn counts(&self) -> Vec<i64> {
        let mut admin = self.database.admin().await;
        let mut counts = Vec::new();
        for table in TABLES {
            let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            counts.push(sqlx::query_scalar(sql).fetch_one(&mut admin).await.unwrap());
        }
        counts
    }
}
