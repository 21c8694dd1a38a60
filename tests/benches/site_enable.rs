//! `site-enable`: extensions per second that are enabled over the router, resolved in the sandbox, checked by their plugin
//! and written with version, log, dependencies, conflicts and event, against the same statements sent by plain sqlx with as
//! many connections, with no host, no resolver and no plugin.
//!
//! The statements are the store's own, taken from `.sqlx` by a part of each, so that they are the same ones and stay so.
//! Both sides work on one database, in turn, as the same role, each at sites of its own; the router is called without a
//! socket. 50 extensions, each of which would use another one if it were there; sites fill up alike on both sides.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use assay_domain::{Actor, Clock, Digest, Manifest, Role, SystemClock};
use assay_engine::manifest;
use assay_service::QueueLimits;
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::postgres::{PgArguments, PgPoolOptions};
use sqlx::query::Query;
use sqlx::{Connection, Executor, PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::host::{Host, Setup, admin, database};
use crate::measure::{Better, Row};
use crate::{bulk, post_process, sample};

const CONNECTIONS: u32 = 4;
const EXTENSIONS: usize = 50;
/// Sites of each side: so many that callers seldom meet at one.
const SITES: usize = 400;

/// The store's statements.
struct Statements(Vec<&'static str>);

impl Statements {
    fn load() -> Self {
        let folder = std::fs::read_dir(sample::repository(".sqlx")).unwrap();
        let queries = folder.map(|entry| {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let file: Value = serde_json::from_str(&text).unwrap();
            // Few, and needed until the end.
            &*Box::leak(file["query"].as_str().unwrap().to_owned().into_boxed_str())
        });
        Self(queries.collect())
    }

    /// The one that begins and goes on so.
    fn get(&self, begins: &str, has: &str) -> &'static str {
        let mut found = self
            .0
            .iter()
            .filter(|query| query.starts_with(begins) && query.contains(has));
        let one = found
            .next()
            .unwrap_or_else(|| unreachable!("no statement {begins} {has}"));
        assert!(found.next().is_none(), "more than one statement {begins} {has}");
        one
    }

    fn query(&self, begins: &str, has: &str) -> Query<'static, Postgres, PgArguments> {
        sqlx::query(self.get(begins, has))
    }
}

/// The statements alone.
struct Plain {
    pool: PgPool,
    statements: Statements,
    client: Uuid,
    releases: Vec<Uuid>,
    sites: Vec<Uuid>,
    turn: AtomicUsize,
}

impl Plain {
    async fn begin(&self) -> Transaction<'static, Postgres> {
        let begin = format!(
            "BEGIN; SELECT set_config('app.current_client_id', '{}', true), set_config('app.platform', '', true)",
            self.client
        );
        self.pool.begin_with(sqlx::AssertSqlSafe(begin)).await.unwrap()
    }

    /// A statement about a client alone, or one of its sites too.
    async fn fetch(
        &self,
        tx: &mut Transaction<'static, Postgres>,
        site: Option<Uuid>,
        (begins, has): (&str, &str),
    ) -> usize {
        let query = self.statements.query(begins, has).bind(self.client);
        let query = match site {
            Some(site) => query.bind(site),
            None => query,
        };
        query.fetch_all(&mut **tx).await.unwrap().len()
    }

    async fn run(
        &self,
        tx: &mut Transaction<'static, Postgres>,
        query: Query<'_, Postgres, PgArguments>,
    ) -> u64 {
        query.execute(&mut **tx).await.unwrap().rows_affected()
    }

    async fn enable(&self) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let (site, number) = (self.sites[turn % SITES], turn / SITES);
        self.read(site).await;
        self.write(site, number).await;
    }

    /// What a change is decided from.
    async fn read(&self, site: Uuid) {
        const AUTHOR: (&str, &str) = ("SELECT user_id FROM users", "lower(email)");
        let mut tx = self.begin().await;
        let client = (
            "SELECT client_id, slug, name, status, subscription_tier",
            "WHERE client_id = $1",
        );
        self.fetch(&mut tx, None, client).await;
        self.fetch(&mut tx, Some(site), ("SELECT site_id, name", "set_config"))
            .await;
        // Asked by the one who lets in, and by the one who reads.
        for _ in 0..2 {
            let query = self.statements.query(AUTHOR.0, AUTHOR.1);
            let query = query.bind(self.client).bind("bench");
            query.fetch_optional(&mut *tx).await.unwrap();
        }
        for (begins, has) in [
            ("SELECT c.extension_id", "v.configuration"),
            ("SELECT extension_id, version FROM site_pins", ""),
            ("SELECT capability, policy FROM site_policies", ""),
            ("WITH named AS", ""),
            ("SELECT id, conflict_id", "forced_at IS NOT NULL ORDER BY"),
            ("SELECT g.signoff_id", "true AS \"current!\""),
        ] {
            self.fetch(&mut tx, Some(site), (begins, has)).await;
        }
        tx.rollback().await.unwrap();
    }

    #[expect(clippy::too_many_lines, reason = "a statement after the other")]
    async fn write(&self, site: Uuid, number: usize) {
        let (now, release, extension) = (SystemClock.now(), self.releases[number], name(number));
        let configuration = json!({"n": number});
        let content = configuration.to_string().into_bytes();
        let hash = Digest::of(&content);
        let hash = hash.as_bytes().as_slice();
        let (version, none) = (Uuid::now_v7(), None::<String>);
        let mut tx = self.begin().await;
        self.fetch(&mut tx, Some(site), ("SELECT site_id, name", "set_config"))
            .await;
        let advance = self.statements.query("UPDATE sites SET revision", "");
        let revision = i64::try_from(number).unwrap();
        let advance = advance.bind(self.client).bind(site).bind(revision);
        assert_eq!(self.run(&mut tx, advance).await, 1);
        let in_use = self
            .statements
            .query("SELECT count(*) AS \"count!\" FROM unnest($2", "");
        let in_use = in_use.bind(self.client).bind(vec![release]);
        in_use.fetch_one(&mut *tx).await.unwrap();
        let supersede = self
            .statements
            .query("UPDATE site_extension_config_versions SET state", "");
        let supersede = supersede.bind(self.client).bind(site).bind(&extension);
        self.run(&mut tx, supersede).await;
        let insert = self
            .statements
            .query("INSERT INTO site_extension_config_versions", "")
            .bind(self.client)
            .bind(version)
            .bind(site)
            .bind(&extension)
            .bind("1.0.0")
            .bind(release)
            .bind(true)
            .bind(&none)
            .bind(&configuration)
            .bind(&content)
            .bind(hash)
            .bind("active")
            .bind(json!([]))
            .bind(json!([]))
            .bind(&none)
            .bind(&none)
            .bind("bench")
            .bind(None::<Uuid>)
            .bind(now);
        insert.fetch_one(&mut *tx).await.unwrap();
        let current = self
            .statements
            .query("INSERT INTO site_extension_configs AS c", "")
            .bind(self.client)
            .bind(site)
            .bind(&extension)
            .bind(version)
            .bind(1_i32)
            .bind("1.0.0")
            .bind(release)
            .bind(hash)
            .bind(true)
            .bind(&none)
            .bind(false)
            .bind(now);
        self.run(&mut tx, current).await;
        let details = json!({"wish": "enable", "config_version": 1, "requested": true, "version": "1.0.0",
            "version_before": null, "because": ["you asked for it"], "snapshot_id": null});
        let log = self
            .statements
            .query("INSERT INTO configuration_audit_log", "")
            .bind(self.client)
            .bind(Uuid::now_v7())
            .bind(site)
            .bind(&extension)
            .bind("activated")
            .bind("bench")
            .bind(None::<Uuid>)
            .bind(now)
            .bind(None::<Vec<u8>>)
            .bind(hash)
            .bind(&none)
            .bind(details);
        self.run(&mut tx, log).await;
        self.resolved(&mut tx, site, number, hash).await;
        let event = Uuid::now_v7();
        let payload = json!({"site_id": site, "revision": revision, "action": "enable", "extensions": [{
            "extension_id": extension, "version": "1.0.0", "config_version": 1, "difference": "enabled"}]});
        let event = self
            .statements
            .query("INSERT INTO docsafe_event_outbox", "")
            .bind(self.client)
            .bind(event)
            .bind(event.to_string())
            .bind("site.changed")
            .bind("user")
            .bind("bench")
            .bind(&none)
            .bind(payload)
            .bind(Uuid::now_v7())
            .bind(None::<Uuid>)
            .bind(now);
        self.run(&mut tx, event).await;
        tx.commit().await.unwrap();
    }

    /// What the resolver said.
    async fn resolved(&self, tx: &mut Transaction<'static, Postgres>, site: Uuid, number: usize, key: &[u8]) {
        let now = SystemClock.now();
        let rows = (0..=number).map(|number| {
            json!({"extension_id": name(number), "dependency_type": "extension", "dependency_id": "other",
                "range": "", "optional": true, "min_version": null, "resolved_version": null,
                "resolved_provider": null, "satisfied": true,
                "reason": "it is optional, and nothing of the kind is there"})
        });
        let put = self
            .statements
            .query("INSERT INTO extension_dependency_cache", "")
            .bind(self.client)
            .bind(site)
            .bind(json!(rows.collect::<Vec<_>>()))
            .bind(key)
            .bind(now)
            .bind(now + TimeDelta::days(1));
        assert_eq!(self.run(tx, put).await, number as u64 + 1);
        let dropped = self
            .statements
            .query("UPDATE extension_dependency_cache SET dropped_at", "");
        let dropped = dropped.bind(self.client).bind(site).bind(key).bind(now);
        self.run(tx, dropped).await;
        let found = self
            .statements
            .query("INSERT INTO extension_conflicts_detected AS c", "");
        let found = found.bind(self.client).bind(site).bind(json!([])).bind(now);
        self.run(tx, found).await;
        let gone = self
            .statements
            .query("UPDATE extension_conflicts_detected SET present = false", "");
        let gone = gone
            .bind(self.client)
            .bind(site)
            .bind(Vec::<String>::new())
            .bind(now);
        self.run(tx, gone).await;
        let noted = self.statements.query("WITH now AS", "SET detected_conflicts");
        let noted = noted.bind(self.client).bind(site);
        self.run(tx, noted).await;
    }
}

/// An extension's id, and its plugin's name.
fn name(number: usize) -> String {
    format!("e{number}")
}

/// The host with its sites.
struct Enabling {
    host: Host,
    sites: Vec<Uuid>,
    turn: AtomicUsize,
}

impl Enabling {
    async fn enable(&self) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let (site, number) = (self.sites[turn % SITES], turn / SITES);
        let body = json!({"extension_id": name(number), "configuration": {"n": number}});
        let path = format!("/v1/sites/{site}/extensions");
        let (status, answer) = self.host.send_json(&path, body.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer));
    }
}

/// The releases of the extensions, and the resolver beside them.
async fn publish(setup: &Setup) -> Vec<Uuid> {
    let platform = Actor {
        client: None,
        role: Role::Platform,
        subject: "bench".into(),
    };
    let register = async |bytes: Vec<u8>| {
        let done = setup.services.register_plugin(&platform, bytes.into()).await;
        done.unwrap().release_id.0
    };
    register(sample::built("extension_resolver")).await;
    let component = bulk::validator();
    let mut releases = Vec::new();
    for number in 0..EXTENSIONS {
        let text = format!(
            "manifest = 1\n[plugin]\nname = \"e{number}\"\nversion = \"1.0.0\"\ndescription = \"One of many.\"\n\
             worlds = [\"validator\"]\n[extension]\nrequires = [{{ extension = \"other\", optional = true }}]\n"
        );
        let manifest = Manifest::from_toml(&text).unwrap();
        releases.push(register(manifest::embed(&component, &manifest).unwrap()).await);
    }
    releases
}

async fn sites(admin: &mut PgConnection, client: Uuid, of: &str) -> Vec<Uuid> {
    let mut sites = BTreeMap::new();
    for number in 0..SITES {
        let (id, name) = (Uuid::now_v7(), format!("{of} {number}"));
        sites.insert(number, id);
        sqlx::query("INSERT INTO sites (client_id, site_id, name, created_at) VALUES ($1, $2, $3, $4)")
            .bind(client)
            .bind(id)
            .bind(name)
            .bind(SystemClock.now())
            .execute(&mut *admin)
            .await
            .unwrap();
    }
    sites.into_values().collect()
}

pub(crate) fn run() -> Row {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (value, floor) = runtime.block_on(async {
        let database = database(folder.path()).await;
        let setup = Setup::new(&database, CONNECTIONS, QueueLimits::default()).await;
        let draft = json!({"plugin_name": "payroll_standard_validator", "validation_rules": []});
        let (host, client) = setup.client("bench", &draft).await;
        let releases = publish(&setup).await;
        let mut admin = admin(&database).await;
        let (ours, theirs) = (
            sites(&mut admin, client.0, "Host").await,
            sites(&mut admin, client.0, "Plain").await,
        );
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .test_before_acquire(false);
        let plain = Arc::new(Plain {
            pool: pool.connect(&database.app_url()).await.unwrap(),
            statements: Statements::load(),
            client: client.0,
            releases,
            sites: theirs,
            turn: AtomicUsize::new(0),
        });
        let enabling = Arc::new(Enabling {
            host,
            sites: ours,
            turn: AtomicUsize::new(0),
        });
        let host_enables = || {
            let enabling = Arc::clone(&enabling);
            async move { enabling.enable().await }
        };
        let plain_enables = || {
            let plain = Arc::clone(&plain);
            async move { plain.enable().await }
        };
        let figures = post_process::alternate(&database, host_enables, plain_enables).await;
        // That both wrote the same rows, each for as often as it was asked.
        for (table, of) in [
            ("site_extension_config_versions", 1),
            ("site_extension_configs", 1),
            ("configuration_audit_log", 1),
            ("extension_dependency_cache", 1),
        ] {
            let count = format!("SELECT count(*) FROM {table}");
            let row = admin.fetch_one(sqlx::AssertSqlSafe(count)).await.unwrap();
            let rows: i64 = sqlx::Row::get(&row, 0);
            let turns = enabling.turn.load(Ordering::Relaxed) + plain.turn.load(Ordering::Relaxed);
            assert_eq!(rows, i64::try_from(turns * of).unwrap(), "{table}");
        }
        eprintln!(
            "  host {} and statements {} extensions, {} and {} at each site",
            enabling.turn.load(Ordering::Relaxed),
            plain.turn.load(Ordering::Relaxed),
            enabling.turn.load(Ordering::Relaxed) / SITES,
            plain.turn.load(Ordering::Relaxed) / SITES
        );
        drop((enabling, plain));
        admin.close().await.unwrap();
        database.stop().await.unwrap();
        figures
    });
    Row::new("site-enable", "ext/s", (value, floor), 0.6, Better::Higher)
}
