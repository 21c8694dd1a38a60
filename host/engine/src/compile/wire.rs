//! What the host and the process that compiles for it say to one another.
//!
//! On standard input: one line of JSON, the [`Order`], then the component. On standard output: frames of a kind (one
//! byte), a length (8 bytes, little-endian) and as many bytes. The last frame says how it ended.
//!
//! Invariant: neither side believes a length that is larger than what it allows.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::CompileStep;
use crate::config::Code;

/// Most bytes of the order's line.
pub(super) const ORDER: usize = 1_024;
/// Most bytes of an error's text.
const TEXT: usize = 16 << 10;

/// What the child says when the host is of another build.
pub(super) const OTHER_BUILD: &str = "the compiler is of another build than the host";

/// What is to be compiled, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    pub(super) code: Code,
    /// The fingerprint of the engine that is to load the outcome.
    pub(super) engine: String,
    /// Bytes of the component.
    pub(super) bytes: u64,
    /// Most bytes of the outcome.
    pub(super) artifact_bytes: u64,
}

/// How it ended, as the child says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Artifact(Vec<u8>),
    Error(String),
    TooLarge,
}

const STEP: u8 = b's';
const ARTIFACT: u8 = b'a';
const ERROR: u8 = b'e';
const TOO_LARGE: u8 = b'l';

/// Tells how far it is.
pub(super) fn step(out: &mut impl Write, step: CompileStep) -> io::Result<()> {
    frame(out, STEP, step.as_str().as_bytes())
}

/// Tells how it ended.
pub(super) fn end(out: &mut impl Write, said: &Said) -> io::Result<()> {
    match said {
        Said::Artifact(bytes) => frame(out, ARTIFACT, bytes),
        Said::Error(text) => frame(out, ERROR, text.as_bytes()),
        Said::TooLarge => frame(out, TOO_LARGE, &[]),
    }
}

fn frame(out: &mut impl Write, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let bytes = if kind == ARTIFACT {
        bytes
    } else {
        bytes.get(..TEXT).unwrap_or(bytes)
    };
    out.write_all(&[kind])?;
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(bytes)?;
    out.flush()
}

/// Reads until it is said how it ended. None: the child ended without a word.
pub(super) async fn read(
    from: &mut (impl AsyncRead + Unpin),
    artifact_bytes: u64,
    watch: super::Watch<'_>,
) -> io::Result<Option<Said>> {
    loop {
        let mut kind = [0; 1];
        if from.read(&mut kind).await? == 0 {
            return Ok(None);
        }
        let mut length = [0; 8];
        from.read_exact(&mut length).await?;
        let length = u64::from_le_bytes(length);
        let [kind] = kind;
        let most = if kind == ARTIFACT {
            artifact_bytes
        } else {
            TEXT as u64
        };
        let length = usize::try_from(length)
            .ok()
            .filter(|_| length <= most)
            .ok_or_else(|| io::Error::other("a frame is longer than it may be"))?;
        let mut bytes = vec![0; length];
        from.read_exact(&mut bytes).await?;
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        return Ok(Some(match kind {
            STEP => {
                let text = text();
                if let Some(step) = CompileStep::ALL.into_iter().find(|step| step.as_str() == text) {
                    watch(step);
                }
                continue;
            }
            ARTIFACT => Said::Artifact(bytes),
            ERROR => Said::Error(text()),
            TOO_LARGE => Said::TooLarge,
            _ => return Err(io::Error::other("a frame is of a kind that is not known")),
        }));
    }
}

#[cfg(test)]
mod tests;
