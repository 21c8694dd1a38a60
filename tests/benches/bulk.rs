//! `bulk`: the start of a host over 1,000 registered releases with a warm cache, against one over an empty database and
//! an empty cache. Beside it what registering costs at first and at last, and the memory that an idle plugin takes.
//!
//! Stops when a bound is missed: two seconds for the start, 100 kB for an idle plugin.

use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_domain::{Actor, Digest, Limits, Manifest, Role, SystemClock};
use assay_engine::{CacheOptions, Engine, EngineOptions, manifest};
use assay_service::{IntakeLimits, Parts, QueueLimits, Services, Startup};
use assay_store::embedded::{Embedded, EmbeddedOptions};
use assay_store::{ConnectOptions, Store};
use bytes::Bytes;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::measure::{Better, Row, median};
use crate::sample;

/// Plugins, and releases of each.
const PLUGINS: usize = 200;
const RELEASES: usize = 5;
/// How many are looked at, first and last.
const SOME: usize = 100;
const STARTS: usize = 5;

const START: Duration = Duration::from_secs(2);
const IDLE_KB: f64 = 100.0;

/// Finds nothing, as small as can be.
const VALIDATOR: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "assay:plugin/validation@1.0.0#check-settings") (param i32 i32 i32 i32) (result i32) (i32.const 64))
    (func (export "assay:plugin/validation@1.0.0#prepare") (param i32 i32 i32 i32) (result i32) (i32.const 64))
    (func (export "assay:plugin/validation@1.0.0#validate") (param i32 i32) (result i32) (i32.const 256)))"#;

/// The smallest validator, without a manifest.
pub(crate) fn validator() -> Vec<u8> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(sample::repository("wit/plugin-v1")).unwrap();
    let world = resolve.select_world(&[package], Some("validator")).unwrap();
    let mut module = wat::parse_str(VALIDATOR).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .unwrap()
}

/// The component as one release of many.
fn release(component: &[u8], index: usize) -> Bytes {
    let (plugin, minor) = (index % PLUGINS, index / PLUGINS);
    let text = format!(
        "manifest = 1\n[plugin]\nname = \"bulk_{plugin}\"\nversion = \"1.{minor}.0\"\n\
         description = \"One of many.\"\nworlds = [\"validator\"]\n"
    );
    let manifest = Manifest::from_toml(&text).unwrap();
    manifest::embed(component, &manifest).unwrap().into()
}

/// A host that has begun.
struct Host {
    engine: Engine,
    services: Services,
    store: Store,
    _startup: Startup,
}

impl Host {
    async fn start(url: &str, cache: &std::path::Path) -> Self {
        let options = ConnectOptions {
            connections: 4,
            ..ConnectOptions::default()
        };
        let store = Store::connect(url, options).await.unwrap();
        store.check_migrated().await.unwrap();
        let engine = Engine::new(EngineOptions {
            cache: Some(CacheOptions {
                dir: cache.to_owned(),
                key: [7; 32],
                most_bytes: 1 << 30,
            }),
            ..EngineOptions::default()
        });
        let engine = engine.unwrap();
        let services = Services::new(Parts {
            store: store.clone(),
            engine: engine.clone(),
            clock: Arc::new(SystemClock),
            intake: IntakeLimits::default(),
            limits_maximum: Limits::MAXIMUM,
            queue: QueueLimits::default(),
        });
        let startup = services.startup().await.unwrap();
        Self {
            engine,
            services,
            store,
            _startup: startup,
        }
    }

    /// Milliseconds that starting takes.
    async fn starts(url: &str, cache: &std::path::Path) -> f64 {
        let mut times = Vec::new();
        for _ in 0..STARTS {
            let begun = Instant::now();
            let host = Self::start(url, cache).await;
            times.push(millis(begun.elapsed()));
            host.store.close().await;
        }
        median(times)
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Bytes of memory that this process has.
#[expect(clippy::cast_precision_loss, reason = "no figure is that large")]
fn resident_kb() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    (pages * 4) as f64
}

pub(crate) fn run() -> Row {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure())
}

async fn measure() -> Row {
    let (folder, cache, none) = (
        tempfile::tempdir_in("/tmp").unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let open_to_all = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open_to_all).unwrap();
    let options = EmbeddedOptions {
        folder: folder.path().to_owned(),
        bindir: None,
        search_path: std::env::var_os("PATH"),
        durable: false,
    };
    let database = Embedded::start(&options, drop).await.unwrap();
    assay_store::migrate::up(&database.owner_url()).await.unwrap();
    let empty = Host::starts(&database.app_url(), none.path()).await;

    let component = validator();
    let releases: Vec<Bytes> = (0..PLUGINS * RELEASES)
        .map(|index| release(&component, index))
        .collect();
    let registered = register(&database.app_url(), cache.path(), &releases).await;
    let full = Host::starts(&database.app_url(), cache.path()).await;
    assert!(full < millis(START), "the start takes {full} ms");

    let host = Host::start(&database.app_url(), cache.path()).await;
    let before = resident_kb();
    for bytes in &releases {
        let cached = || async { Err::<Vec<u8>, _>("the cache has it") };
        host.engine.load(Digest::of(bytes), cached).await.unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let idle = (resident_kb() - before) / releases.len() as f64;
    assert!(idle < IDLE_KB, "an idle plugin takes {idle} kB");
    host.store.close().await;
    database.stop().await.unwrap();
    let (first, last) = (
        median(registered[..SOME].to_vec()),
        median(registered[registered.len() - SOME..].to_vec()),
    );
    Row::new("bulk", "ms", (full, empty), 3.0, Better::Lower)
        .beside("registering, first (ms)", first)
        .beside("registering, last (ms)", last)
        .beside("an idle plugin (kB)", idle)
}

/// Registers all; milliseconds for each.
async fn register(url: &str, cache: &std::path::Path, releases: &[Bytes]) -> Vec<f64> {
    let host = Host::start(url, cache).await;
    let platform = Actor {
        client: None,
        role: Role::Platform,
        subject: "bench".into(),
    };
    let mut times = Vec::new();
    for bytes in releases {
        let begun = Instant::now();
        let release = host.services.register_plugin(&platform, bytes.clone()).await;
        assert!(release.unwrap().new);
        times.push(millis(begun.elapsed()));
    }
    host.store.close().await;
    times
}
