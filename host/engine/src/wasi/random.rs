//! Randomness that is none: three streams of bytes made from the input's digest.
//!
//! Invariant: equal inputs see equal bytes, whatever the release, the host or its version, so that two releases can be
//! compared and a call replayed. The streams are SHA-256 over digest, stream and counter; nothing here keeps a secret.

use assay_domain::Digest;
use sha2::{Digest as _, Sha256};
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use crate::classify::Stop;
use crate::state::State;

/// Bytes that one call may ask for.
const MOST: u64 = 64 << 10;

#[derive(Debug)]
pub(crate) struct Random {
    seed: Digest,
    secure: Stream,
    insecure: Stream,
}

impl Random {
    pub(crate) const fn new(seed: Digest) -> Self {
        Self {
            seed,
            secure: Stream::new("random"),
            insecure: Stream::new("insecure"),
        }
    }
}

#[derive(Debug)]
struct Stream {
    name: &'static str,
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Stream {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            counter: 0,
            block: [0; 32],
            used: 32,
        }
    }

    fn fill(&mut self, seed: &Digest, mut bytes: &mut [u8]) {
        while !bytes.is_empty() {
            if self.used == self.block.len() {
                let hash = Sha256::new_with_prefix(seed.as_bytes())
                    .chain_update(self.name)
                    .chain_update(self.counter.to_le_bytes());
                self.block = hash.finalize().into();
                self.counter += 1;
                self.used = 0;
            }
            let fresh = self.block.get(self.used..).unwrap_or_default();
            let count = fresh.len().min(bytes.len());
            let (now, later) = bytes.split_at_mut(count);
            now.copy_from_slice(fresh.get(..count).unwrap_or_default());
            self.used += count;
            bytes = later;
        }
    }

    fn bytes(&mut self, seed: &Digest, asked: u64) -> wasmtime::Result<Vec<u8>> {
        if asked > MOST {
            return Err(Stop::Random { asked, limit: MOST }.into());
        }
        let mut bytes = vec![0; usize::try_from(asked)?];
        self.fill(seed, &mut bytes);
        Ok(bytes)
    }

    fn number(&mut self, seed: &Digest) -> u64 {
        let mut bytes = [0; 8];
        self.fill(seed, &mut bytes);
        u64::from_le_bytes(bytes)
    }
}

impl random::Host for State {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        let random = &mut self.random;
        random.secure.bytes(&random.seed, len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        let random = &mut self.random;
        Ok(random.secure.number(&random.seed))
    }
}

impl insecure::Host for State {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        let random = &mut self.random;
        random.insecure.bytes(&random.seed, len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        let random = &mut self.random;
        Ok(random.insecure.number(&random.seed))
    }
}

impl insecure_seed::Host for State {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        // The seed is one value, however often it is asked for.
        let mut stream = Stream::new("seed");
        Ok((stream.number(&self.random.seed), stream.number(&self.random.seed)))
    }
}

#[cfg(test)]
mod tests;
