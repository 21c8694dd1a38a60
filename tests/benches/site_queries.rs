//! `site-queries`: the slowest 95th percentile among the query patterns of configuration-validator.md, against 5 ms.
//!
//! 100 sites, 50 extensions at each, 10 changes of each with their versions and log rows, 3 signatures of each; `bench
//! site-queries 20` has 20 times that, in two shapes of which the slower one counts: 20 times the sites, and 20 times the
//! changes and signatures at each. Each pattern is a transaction as the API begins it, as `assay_app` with row-level
//! security, through the store.

use std::time::Instant;

use assay_domain::{ClientId, ExtensionId, SiteId};
use assay_store::{ConnectOptions, PageRequest, Store};
use sqlx::{AssertSqlSafe, Connection, Executor, Row as _};
use uuid::Uuid;

use crate::host::{admin, database};
use crate::measure::{Better, Row, quantile};

const SITES: usize = 100;
const CHANGES: usize = 10;
const SIGNOFFS: usize = 3;
/// How often each pattern is asked for.
const ASKED: usize = 300;

/// The volume: parameters are sites, changes and signatures of each extension.
const LOAD: &str = r#"
SET session_replication_role = replica;
INSERT INTO clients (client_id, slug, name) VALUES ('00000000-0000-0000-0000-00000000000a', 'bench', 'bench');
INSERT INTO users (client_id, user_id, email, role, status)
SELECT '00000000-0000-0000-0000-00000000000a', md5('user ' || n)::uuid, 'user' || n || '@example.org', 'operator', 'active'
FROM generate_series(1, 10) AS n;
INSERT INTO plugins (plugin_id, name)
SELECT md5('plugin ' || n)::uuid, 'e' || n FROM generate_series(1, 50) AS n;
INSERT INTO plugin_releases (release_id, plugin_id, version, sha256, original_sha256, component, manifest, worlds)
SELECT md5('release ' || n)::uuid, md5('plugin ' || n)::uuid, '1.0.0', sha256(bytes), sha256(bytes), bytes,
    jsonb_build_object('manifest', 1, 'plugin', jsonb_build_object('name', 'e' || n, 'version', '1.0.0',
        'description', 'd', 'worlds', '["validator"]'::jsonb),
        'extension', '{"signoff": [{"aspect": "a1", "role": "quality-focal"}, {"aspect": "a2", "role": "quality-focal"},
            {"aspect": "a3", "role": "quality-manager"}, {"aspect": "a4", "role": "quality-manager"}]}'::jsonb),
    '{validator}'
FROM generate_series(1, 50) AS n, LATERAL (SELECT convert_to('release ' || n, 'UTF8') AS bytes) AS b;
INSERT INTO sites (client_id, site_id, name, revision, created_at)
SELECT '00000000-0000-0000-0000-00000000000a', md5('site ' || s)::uuid, 'Site ' || s, {changes}, now()
FROM generate_series(1, {sites}) AS s;
INSERT INTO site_members (client_id, site_id, user_id, role, added_at, added_by)
SELECT '00000000-0000-0000-0000-00000000000a', md5('site ' || s)::uuid, md5('user ' || n)::uuid, role, now(), 'bench'
FROM generate_series(1, {sites}) AS s, generate_series(1, 10) AS n, unnest('{quality-focal,quality-manager}'::text[]) AS role;
INSERT INTO site_extension_config_versions (client_id, version_id, site_id, extension_id, config_version, version,
    release_id, requested, configuration, content, config_hash, state, author, created_at)
SELECT '00000000-0000-0000-0000-00000000000a', md5(s || ' ' || e || ' ' || c)::uuid, md5('site ' || s)::uuid, 'e' || e, c,
    '1.0.0', md5('release ' || e)::uuid, true, text::jsonb, convert_to(text, 'UTF8'), sha256(convert_to(text, 'UTF8')),
    CASE WHEN c = {changes} THEN 'active' ELSE 'superseded' END, 'bench', now() - make_interval(mins => {changes} - c)
FROM generate_series(1, {changes}) AS c, generate_series(1, {sites}) AS s, generate_series(1, 50) AS e,
    LATERAL (SELECT format('{"limits":{"high":%s,"low":1},"mode":"strict","n":%s,"owner":"team %s"}', c * 10, c, s) AS text) AS t;
INSERT INTO site_extension_configs (client_id, site_id, extension_id, version_id, config_version, version, release_id,
    config_hash, requested, enabled_at, updated_at)
SELECT client_id, site_id, extension_id, version_id, config_version, version, release_id, config_hash, true, created_at,
    created_at
FROM site_extension_config_versions WHERE state = 'active';
INSERT INTO configuration_audit_log (client_id, audit_id, site_id, extension_id, action, actor, changed_at, new_config_hash,
    reason, details)
SELECT client_id, version_id, site_id, extension_id, CASE config_version WHEN 1 THEN 'activated' ELSE 'reconfigured' END,
    'bench', created_at, config_hash, 'ticket ' || config_version, jsonb_build_object('wish', 'reconfigure',
        'config_version', config_version, 'version', '1.0.0', 'because', jsonb_build_array('you asked for it'))
FROM site_extension_config_versions;
INSERT INTO compliance_signoffs (client_id, signoff_id, site_id, extension_id, aspect, signed_by, signed_role, signed_at,
    config_hash, config_version, author, notes)
SELECT v.client_id, md5(v.version_id || ' ' || n)::uuid, v.site_id, v.extension_id, 'a' || 1 + n % 3,
    md5('user ' || 1 + n % 10)::uuid, CASE WHEN n % 3 = 2 THEN 'quality-manager' ELSE 'quality-focal' END, v.created_at,
    v.config_hash, v.config_version, v.author, 'seen'
FROM site_extension_config_versions AS v,
    generate_series(0, {signoffs} - 1) AS n
WHERE v.config_version = greatest(1, {changes} - n / 3);
INSERT INTO extension_conflicts_detected (client_id, site_id, conflict_id, id, extension_id_1, extension_id_2, extensions,
    conflict_type, kind, scope, severity, reason, detected_at, last_seen_at, present, resolved_at, resolved_by)
SELECT '00000000-0000-0000-0000-00000000000a', md5('site ' || s)::uuid, 'c' || n, md5('conflict ' || n)::uuid, 'e' || n,
    'e' || n + 1, ARRAY['e' || n, 'e' || n + 1], 'explicit', 'explicit', 'global', 'warning', 'they are slow together',
    now(), now(), n < 8, CASE WHEN n >= 8 THEN now() END, CASE WHEN n >= 8 THEN 'host' END
FROM generate_series(1, {sites}) AS s, generate_series(1, 40) AS n;
INSERT INTO extension_dependency_cache (client_id, site_id, extension_id, dependency_type, dependency_id, "range",
    resolved_version, satisfied, answer_key, cached_at)
SELECT '00000000-0000-0000-0000-00000000000a', md5('site ' || s)::uuid, 'e' || n, 'extension', 'e' || n + 1, '^1', '1.0.0',
    true, sha256('x'), now()
FROM generate_series(1, {sites}) AS s, generate_series(1, 49) AS n;
SET session_replication_role = DEFAULT;
"#;

#[derive(Clone, Copy, Debug)]
struct Volume {
    sites: usize,
    changes: usize,
    signoffs: usize,
}

/// The seed's query patterns.
const PATTERNS: [&str; 8] = [
    "configurations",
    "signoffs of one",
    "log of one",
    "unsigned",
    "last changes",
    "open conflicts",
    "dependencies",
    "status",
];

struct Asking {
    store: Store,
    volume: Volume,
}

impl Asking {
    /// One transaction, and how many rows it had.
    async fn ask(&self, pattern: &str, turn: usize) -> usize {
        let client = ClientId(Uuid::from_u128(10));
        // Sites and extensions in an order that jumps.
        let site = md5(&format!("site {}", 1 + turn * 37 % self.volume.sites));
        let extension: ExtensionId = format!("e{}", 1 + turn * 7 % 50).parse().unwrap();
        let page = |limit| PageRequest::new(limit, None);
        let mut tx = self.store.begin(client).await.unwrap();
        let site = SiteId(site);
        assert!(tx.site(site).await.unwrap().is_some());
        let rows = match pattern {
            "configurations" => tx.enabled_extensions(site).await.unwrap().len(),
            "signoffs of one" => {
                let page = tx.signoffs(site, Some(&extension), &page(50)).await.unwrap();
                page.items.len()
            }
            "log of one" => {
                let page = tx.site_log(site, Some(&extension), &page(100)).await.unwrap();
                page.items.len()
            }
            "unsigned" => tx.unsigned(site).await.unwrap().len(),
            "last changes" => tx.last_changes(site).await.unwrap().len(),
            "open conflicts" => tx.conflicts(site, true, &page(50)).await.unwrap().items.len(),
            "dependencies" => tx.dependencies(site).await.unwrap().len(),
            _ => usize::from(tx.site_status(site).await.unwrap().is_some()),
        };
        tx.rollback().await.unwrap();
        rows
    }

    /// How many rows a pattern has at this volume.
    fn expected(&self, pattern: &str) -> usize {
        match pattern {
            "signoffs of one" => self.volume.signoffs.min(50),
            "log of one" => self.volume.changes.min(100),
            "open conflicts" => 7,
            "dependencies" => 49,
            "status" => 1,
            _ => 50,
        }
    }
}

/// As PostgreSQL makes a UUID of a text's MD5; asked of it once per text would be a round trip each.
fn md5(text: &str) -> Uuid {
    KNOWN.with_borrow(|known| known[text])
}

thread_local! {
    static KNOWN: std::cell::RefCell<std::collections::HashMap<String, Uuid>> = std::cell::RefCell::default();
}

async fn measure(volume: Volume) -> Vec<(&'static str, f64, f64)> {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path()).await;
    assay_store::migrate::up(&database.owner_url()).await.unwrap();
    let mut admin = admin(&database).await;
    let begun = Instant::now();
    let load = LOAD
        .replace("{sites}", &volume.sites.to_string())
        .replace("{changes}", &volume.changes.to_string())
        .replace("{signoffs}", &volume.signoffs.to_string());
    admin.execute(AssertSqlSafe(load)).await.unwrap();
    admin.execute("VACUUM ANALYZE").await.unwrap();
    eprintln!("  {volume:?} loaded in {:.1} s", begun.elapsed().as_secs_f64());
    let names = "SELECT name, site_id FROM sites";
    let sites = admin.fetch_all(names).await.unwrap();
    KNOWN.with_borrow_mut(|known| {
        for row in sites {
            let name: String = row.get(0);
            known.insert(name.replace("Site", "site"), row.get(1));
        }
    });
    let options = ConnectOptions {
        connections: 2,
        ..ConnectOptions::default()
    };
    let store = Store::connect(&database.app_url(), options).await.unwrap();
    let asking = Asking { store, volume };
    let mut figures = Vec::new();
    for pattern in PATTERNS {
        let mut times = Vec::with_capacity(ASKED);
        for turn in 0..ASKED + ASKED / 4 {
            let begun = Instant::now();
            let rows = asking.ask(pattern, turn).await;
            if turn >= ASKED / 4 {
                times.push(begun.elapsed().as_secs_f64() * 1e3);
            }
            assert_eq!(rows, asking.expected(pattern), "{pattern}");
        }
        let (p50, p95) = (quantile(&mut times, 500), quantile(&mut times, 950));
        eprintln!("  {pattern:<16} p50 {p50:>7.3} ms  p95 {p95:>7.3} ms");
        figures.push((pattern, p50, p95));
    }
    asking.store.close().await;
    admin.close().await.unwrap();
    database.stop().await.unwrap();
    figures
}

pub(crate) fn run(times: usize) -> Row {
    // On one thread: the names of sites are its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let plain = Volume {
        sites: SITES,
        changes: CHANGES,
        signoffs: SIGNOFFS,
    };
    let mut volumes = vec![Volume {
        sites: SITES * times,
        ..plain
    }];
    if times > 1 {
        volumes.push(Volume {
            changes: CHANGES * times,
            signoffs: SIGNOFFS * times,
            ..plain
        });
    }
    let mut slowest: Vec<(&'static str, f64, f64)> = Vec::new();
    for volume in volumes {
        for (pattern, p50, p95) in runtime.block_on(measure(volume)) {
            match slowest.iter_mut().find(|(known, ..)| *known == pattern) {
                Some(known) if known.2 < p95 => *known = (pattern, p50, p95),
                Some(_) => {}
                None => slowest.push((pattern, p50, p95)),
            }
        }
    }
    let worst = slowest.iter().map(|(_, _, p95)| *p95).fold(0.0, f64::max);
    let row = Row::new("site-queries", "ms p95", (worst, 5.0), 1.0, Better::Lower);
    slowest
        .into_iter()
        .fold(row, |row, (pattern, _, p95)| row.beside(pattern, p95))
}
