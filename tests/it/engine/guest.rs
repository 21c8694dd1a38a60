//! Makes components of the texts in `fixtures/guests`, and calls them.
//!
//! A text is the fields of a core module. What a plugin must export and the text does not define is added here, so that
//! a guest says only what is hostile about it. A line `;; world: NAME` chooses a world of `guests.wit`, a line
//! `;; encoding: utf16` how its texts are written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use assay_domain::manifest::Permission;
use assay_domain::{Digest, ErrorCode, Failure, Limits, Manifest, Outcome, Phase};
use assay_engine::{
    Call, CallContext, Candidate, Engine, EngineOptions, History, Plugin, Prepared, Refused, Report, manifest,
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{PackageId, Resolve};

/// What every guest has unless its text defines it: memory, a bump allocator, settings that are fine, and no findings.
/// The bytes from 256 on hold the result and are zero at first.
const DEFAULTS: [(&str, &str); 11] = [
    ("memory", r#"(memory (export "memory") 3)"#),
    (
        "cabi_realloc",
        r#"(global $free (mut i32) (i32.const 131072))
        (func (export "cabi_realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
          (local $at i32)
          (local.set $at (i32.and
            (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
            (i32.sub (i32.const 0) (local.get $align))))
          (global.set $free (i32.add (local.get $at) (local.get $size)))
          (block $fits
            (br_if $fits (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
            (br_if $fits (i32.ge_s (memory.grow (i32.const 64)) (i32.const 0)))
            (unreachable))
          (local.get $at))"#,
    ),
    (
        "assay:plugin/validation@1.0.0#check-settings",
        "(param i32 i32 i32 i32) (result i32) (i32.const 240)",
    ),
    (
        "assay:plugin/validation@1.0.0#prepare",
        "(param i32 i32 i32 i32) (result i32) (i32.const 240)",
    ),
    (
        "assay:plugin/validation@1.0.0#validate",
        "(param i32 i32) (result i32) (i32.const 256)",
    ),
    (
        "assay:plugin/scoring@1.0.0#check-settings",
        "(param i32 i32 i32 i32) (result i32) (i32.const 240)",
    ),
    (
        "assay:plugin/scoring@1.0.0#prepare",
        "(param i32 i32 i32 i32) (result i32) (i32.const 240)",
    ),
    (
        "assay:plugin/extraction@1.0.0#check-settings",
        "(param i32 i32) (result i32) (i32.const 240)",
    ),
    (
        "assay:plugin/extraction@1.0.0#prepare",
        "(param i32 i32) (result i32) (i32.const 240)",
    ),
    (
        "assay:resolver/resolution@1.0.0#check-settings",
        "(param i32 i32) (result i32) (i32.const 240)",
    ),
    (
        "assay:resolver/resolution@1.0.0#prepare",
        "(param i32 i32) (result i32) (i32.const 240)",
    ),
];

/// The repository's root.
pub(super) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_root = |dir: &&Path| dir.join("wit/plugin-v1").is_dir();
    here.ancestors().find(is_root).expect("the repository").to_owned()
}

/// The text of a guest, with what it does not define itself.
pub(super) fn text(name: &str) -> String {
    let dir = root().join("tests/fixtures/guests");
    let text = std::fs::read_to_string(dir.join(format!("{name}.wat"))).expect("a text");
    let interface = match world(&text) {
        "scorer" => "scoring",
        "extractor" => "extraction",
        "resolver" => "resolution",
        _ => "validation",
    };
    let mut fields = text.clone();
    for (export, default) in DEFAULTS {
        let other = export.starts_with("assay:") && !export.contains(interface);
        if other || text.contains(&format!("(export \"{export}\")")) {
            continue;
        }
        let field = if export.starts_with("assay:") {
            format!("(func (export \"{export}\") {default})")
        } else {
            default.to_owned()
        };
        fields.push_str(&field);
        fields.push('\n');
    }
    fields
}

/// What a line of a text chooses.
fn chosen<'a>(text: &'a str, what: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(what));
    line.map(str::trim)
}

fn world(text: &str) -> &str {
    chosen(text, ";; world: ").unwrap_or("validator")
}

/// The core module of a text, with the `component-type` section that a wasip1 toolchain would leave in it.
pub(super) fn module(name: &str) -> Vec<u8> {
    let text = text(name);
    let module = wat::parse_str(format!("(module {text})")).expect("a valid text");
    let encoding = match chosen(&text, ";; encoding: ") {
        Some("utf16") => StringEncoding::UTF16,
        _ => StringEncoding::UTF8,
    };
    let mut resolve = Resolve::default();
    let package = worlds(&mut resolve);
    of(module, &resolve, package, world(&text), encoding)
}

/// A module that claims to be of a world of `guests.wit`.
pub(super) fn of_world(module: Vec<u8>, world: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = worlds(&mut resolve);
    of(module, &resolve, package, world, StringEncoding::UTF8)
}

/// A module that claims to be of a world.
pub(super) fn of(
    mut module: Vec<u8>,
    resolve: &Resolve,
    package: PackageId,
    world: &str,
    encoding: StringEncoding,
) -> Vec<u8> {
    let world = resolve.select_world(&[package], Some(world)).expect("the world");
    embed_component_metadata(&mut module, resolve, world, encoding).expect("metadata");
    module
}

/// The guests' worlds.
fn worlds(resolve: &mut Resolve) -> PackageId {
    resolve
        .push_dir(root().join("wit/plugin-v1"))
        .expect("the WIT package");
    resolve
        .push_dir(root().join("wit/resolver-v1"))
        .expect("the resolver's WIT package");
    let worlds = root().join("tests/fixtures/guests/guests.wit");
    resolve.push_file(worlds).expect("the guests' worlds")
}

/// The component of a text, without a manifest.
pub(crate) fn bare(name: &str) -> Vec<u8> {
    component(&module(name))
}

/// The component around a module that says what it is.
pub(super) fn component(module: &[u8]) -> Vec<u8> {
    ComponentEncoder::default()
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .expect("a component")
}

pub(super) fn a_manifest(worlds: &str, permissions: &str) -> Manifest {
    a_manifest_with(worlds, permissions, "")
}

/// The same with further tables.
fn a_manifest_with(worlds: &str, permissions: &str, more: &str) -> Manifest {
    let text = format!(
        "manifest = 1\n[plugin]\nname = \"guest\"\nversion = \"1.0.0\"\ndescription = \"A guest.\"\n\
         worlds = [{worlds}]\npermissions = [{permissions}]\nmedia_types = [\"application/json\"]\n{more}"
    );
    Manifest::from_toml(&text).expect("a manifest")
}

/// The component of a text with a manifest that fits it.
pub(crate) fn packed(name: &str) -> Vec<u8> {
    packed_with(name, "")
}

/// A built component that has no manifest, with one.
pub(super) fn packed_fixture(name: &str) -> Vec<u8> {
    let path = root().join(format!("plugins/built/fixtures/{name}.wasm"));
    let bytes = std::fs::read(path).expect("the built plugins are in the repository");
    manifest::embed(&bytes, &a_manifest("\"validator\"", "")).expect("a manifest that fits")
}

/// The same with further tables in its manifest.
pub(crate) fn packed_with(name: &str, more: &str) -> Vec<u8> {
    let worlds = match name.split('_').next() {
        Some("scorer") => "\"scorer\"",
        Some("extractor") => "\"extractor\"",
        Some("resolver") => "\"resolver\"",
        _ => "\"validator\"",
    };
    let permissions = if name.ends_with("history") {
        "\"history\""
    } else {
        ""
    };
    let bytes = if name.starts_with("wasip1") {
        module(name)
    } else {
        bare(name)
    };
    manifest::embed(&bytes, &a_manifest_with(worlds, permissions, more)).expect("a manifest that fits")
}

/// An engine and how its guests are called.
#[derive(Clone)]
pub(super) struct Host {
    pub(super) engine: Engine,
    pub(super) limits: Limits,
    pub(super) seed: Digest,
    pub(super) history: Option<Arc<dyn History>>,
    pub(super) granted: &'static [Permission],
}

impl Host {
    pub(super) fn new() -> Self {
        Self::with(EngineOptions {
            concurrent_calls: 8,
            ..EngineOptions::default()
        })
    }

    pub(super) fn with(options: EngineOptions) -> Self {
        Self {
            engine: Engine::new(options).expect("an engine"),
            limits: Limits::DEFAULT,
            seed: Digest::of(b"input"),
            history: None,
            granted: &Permission::ALL,
        }
    }

    /// All that makes a component known to a host.
    pub(super) async fn take(&self, bytes: impl Into<Bytes>) -> Result<(Candidate, Arc<Plugin>), Refused> {
        let candidate = self.engine.check(bytes.into()).await?;
        let compiled = self.engine.compile(&candidate).await?;
        Ok((candidate, self.engine.publish(compiled).await))
    }

    pub(super) async fn register(&self, name: &str) -> Candidate {
        self.take(packed(name)).await.expect(name).0
    }

    pub(super) async fn loaded(&self, name: &str) -> Arc<Plugin> {
        self.take(packed(name)).await.expect(name).1
    }

    /// The guest, told empty settings and no rules.
    pub(super) async fn plugin(&self, name: &str) -> Arc<Prepared> {
        Arc::new(told(self.loaded(name).await, "{}"))
    }

    pub(super) fn context(&self) -> CallContext<'_> {
        CallContext {
            limits: self.limits,
            received: received(),
            deadline: tokio::time::Instant::now() + Duration::from_millis(self.limits.deadline_ms),
            seed: self.seed,
            history: self.history.clone(),
            granted: self.granted,
        }
    }

    pub(super) async fn call(&self, name: &str, data: &str) -> Call<Report> {
        let plugin = self.plugin(name).await;
        self.engine.validate(&plugin, &self.context(), data).await
    }

    /// Calls a hostile guest and says how it failed, having seen that another guest is fine afterwards.
    pub(super) async fn failure(&self, name: &str) -> Failure {
        let call = self.call(name, "{}").await;
        self.is_fine().await;
        failure(call)
    }

    pub(super) async fn is_fine(&self) {
        let host = Self {
            limits: Limits::DEFAULT,
            ..self.clone()
        };
        let call = host.call("fine", "{}").await;
        assert_eq!(message_of(&call), None, "{call:?}");
    }
}

/// A plugin for its first world, with these settings and no rules.
pub(super) fn told(plugin: Arc<Plugin>, settings: &str) -> Prepared {
    let world = plugin.worlds()[0];
    Prepared::new(plugin, world, settings, "[]")
}

pub(super) fn received() -> DateTime<Utc> {
    "2026-03-01T12:00:00.25Z".parse().expect("a time")
}

pub(super) fn failure<T: std::fmt::Debug>(call: Call<T>) -> Failure {
    match call.outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("it did not fail: {other:?}"),
    }
}

pub(super) fn done<T: std::fmt::Debug>(call: Call<T>) -> T {
    match call.outcome {
        Outcome::Done(done) => done,
        other => panic!("it did not end well: {other:?}"),
    }
}

/// The message of the only finding, if there is one.
pub(super) fn message_of(call: &Call<Report>) -> Option<String> {
    match &call.outcome {
        Outcome::Done(report) => report.findings.first().map(|finding| finding.message.clone()),
        other => panic!("it did not end well: {other:?}"),
    }
}

#[track_caller]
pub(super) fn assert_failed(failure: &Failure, code: ErrorCode, phase: Phase) {
    assert_eq!((failure.code, failure.phase), (code, phase), "{failure}");
    assert!(!failure.message.chars().any(char::is_control), "{failure}");
}
