//! A core module for wasip1 becomes a component.
//!
//! Invariant: what comes out exports something. A module whose `component-type` section was stripped would be wrapped
//! without complaint into a component of an empty world.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as PREVIEW1, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as ADAPTER,
};
use wit_component::ComponentEncoder;

use crate::inspect::{Inspection, inspect};
use crate::refuse::{Reason, Refused};

const HINT: &str =
    "compile for wasm32-wasip1 or wasm32-wasip2 with bindings to the WIT package assay:plugin@1.0.0";

/// The component around a module, with what inspecting it says.
pub(crate) fn wrap(module: &[u8], inspection: &Inspection) -> Result<(Vec<u8>, Inspection), Refused> {
    if !inspection.has_component_type {
        let message = format!(
            "a core module without a `component-type` section, so nothing says what its exports mean: {HINT}, and do not \
             strip custom sections"
        );
        return Err(refused(message, inspection));
    }
    let component = encode(module).map_err(|error| {
        refused(
            format!("the core module can't be wrapped as a component: {error}; {HINT}"),
            inspection,
        )
    })?;
    let wrapped = inspect(&component)?;
    if wrapped.exports.is_empty() {
        let message = format!("the core module exports no interface: {HINT}");
        return Err(refused(message, inspection));
    }
    Ok((component, wrapped))
}

fn encode(module: &[u8]) -> Result<Vec<u8>, String> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.adapter(PREVIEW1, ADAPTER))
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))
}

/// The manifest's problems are told too: whoever mends the one mends the other.
fn refused(message: String, inspection: &Inspection) -> Refused {
    let mut reasons = vec![Reason::new("core-module", message)];
    if let Err(more) = &inspection.manifest {
        reasons.extend(more.iter().cloned());
    }
    Refused { reasons }
}
