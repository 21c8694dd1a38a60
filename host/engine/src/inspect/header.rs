//! The first bytes.

use super::Kind;
use crate::refuse::Refused;

const MAGIC: &[u8; 4] = b"\0asm";
/// Layer 0, version 1.
const MODULE: &[u8; 4] = &[1, 0, 0, 0];
/// Layer 1, version 13.
const COMPONENT: &[u8; 4] = &[0x0d, 0, 1, 0];
/// What wasmtime's compiled artifacts begin with: they are ELF files.
const ELF: &[u8; 4] = b"\x7fELF";

pub(super) fn kind(bytes: &[u8]) -> Result<Kind, Refused> {
    let (magic, rest) = bytes.split_at_checked(4).unwrap_or((bytes, &[]));
    if bytes.is_empty() {
        return Err(Refused::one("not-wasm", "the file is empty"));
    }
    if magic == ELF {
        let message =
            "a native or precompiled file (.cwasm) is never taken; upload the WebAssembly component";
        return Err(Refused::one("compiled", message));
    }
    if !MAGIC.starts_with(magic) {
        return Err(if is_text(bytes) {
            let message = "the file is text, such as WAT or WIT; upload the compiled component (.wasm)";
            Refused::one("text", message)
        } else {
            Refused::one(
                "not-wasm",
                "the file does not begin with `\\0asm`; upload a WebAssembly component",
            )
        });
    }
    match rest.get(..4) {
        Some(version) if version == MODULE => Ok(Kind::Module),
        Some(version) if version == COMPONENT => Ok(Kind::Component),
        Some(version) => Err(Refused::one(
            "not-wasm",
            format!(
                "unknown version {version:02x?}; known are modules of version 1 and components of version 13"
            ),
        )),
        None => Err(Refused::one(
            "truncated",
            "the file ends within its header; upload it whole",
        )),
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(1_024)).unwrap_or_default();
    let valid = match std::str::from_utf8(start) {
        Ok(_) => true,
        // A character may be cut by taking only the start.
        Err(error) => error.error_len().is_none(),
    };
    valid && !start.contains(&0)
}
