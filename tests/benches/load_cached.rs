//! `load-cached`: a registered plugin after a restart, from the cache on disk until it can be called, against a bare
//! `deserialize` of the same component with the MAC over the same bytes.

use std::time::Duration;

use assay_domain::Digest;
use assay_engine::{CacheOptions, Engine, EngineOptions};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use tokio::runtime::Runtime;
use wasmtime::component::Component;

use crate::measure::{Better, Pair, Row, alternate, timed};
use crate::{bare, sample};

const KEY: [u8; 32] = [7; 32];

struct LoadCached {
    runtime: Runtime,
    folder: tempfile::TempDir,
    digest: Digest,
    bare: wasmtime::Engine,
    artifact: Vec<u8>,
}

impl LoadCached {
    fn engine(&self) -> Engine {
        let cache = CacheOptions {
            dir: self.folder.path().to_owned(),
            key: KEY,
            most_bytes: u64::MAX,
        };
        Engine::new(EngineOptions {
            cache: Some(cache),
            ..EngineOptions::default()
        })
        .unwrap()
    }
}

impl Pair for LoadCached {
    fn value(&mut self) -> Duration {
        // A restart: nothing is in memory.
        let engine = self.engine();
        timed(|| {
            let load = engine.load(self.digest, || async { Err::<Vec<u8>, _>("the cache has it") });
            self.runtime.block_on(load).unwrap()
        })
    }

    fn floor(&mut self) -> Duration {
        timed(|| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap();
            mac.update(&self.artifact);
            std::hint::black_box(mac.finalize());
            deserialize(&self.bare, &self.artifact)
        })
    }
}

#[expect(unsafe_code, reason = "the artifact was made by the same engine a moment ago")]
fn deserialize(engine: &wasmtime::Engine, artifact: &[u8]) -> Component {
    unsafe { Component::deserialize(engine, artifact).unwrap() }
}

pub(crate) fn run() -> Row {
    let component = sample::component();
    let bare = bare::engine();
    let artifact = bare.precompile_component(&component).unwrap();
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let digest = Digest::of(&component);
    let mut pair = LoadCached {
        runtime,
        folder,
        digest,
        bare,
        artifact,
    };
    let engine = pair.engine();
    pair.runtime.block_on(sample::load(&engine, &component));
    let figures = alternate(&mut pair, 5, 40);
    Row::new("load-cached", "us", figures, 3.0, Better::Lower)
}
