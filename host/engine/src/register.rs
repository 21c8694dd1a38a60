//! What a component must be to become a release: checked against its own manifest, every reason at once.
//!
//! Deliberately absent: a bound on the time and memory that compiling takes, since within the bounds on what there is to
//! compile a function can still be made to take minutes: [`crate::compile`] has it.

mod complexity;

use assay_domain::manifest::Permission;
use assay_domain::{Digest, Manifest, World};
use bytes::Bytes;

use crate::config::TABLE_ELEMENTS;
use crate::inspect::{Inspection, Kind, inspect};
use crate::refuse::{Reason, Refused};
use crate::{capability, wasi, wrap};

/// A component that passed every check that needs no compiling.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The digest of the component that runs.
    pub digest: Digest,
    /// The component that runs.
    pub component: Bytes,
    /// The digest of what was handed in; the same unless it was wrapped.
    pub original_digest: Digest,
    /// The core module that was handed in, when it was wrapped.
    pub original: Option<Bytes>,
    /// What it says of itself.
    pub manifest: Manifest,
    /// The interfaces that it imports, sorted.
    pub imports: Vec<String>,
    /// The interfaces that it exports, sorted.
    pub exports: Vec<String>,
}

/// Checks everything that needs no compiling.
pub(crate) fn check(bytes: Bytes, most_bytes: usize, most_memory: u64) -> Result<Candidate, Refused> {
    if bytes.len() > most_bytes {
        let message = format!(
            "{} bytes are more than the {most_bytes} that a component may have",
            bytes.len()
        );
        return Err(Refused::one("too-large", message));
    }
    let original_digest = Digest::of(&bytes);
    let inspection = inspect(&bytes)?;
    let (component, original, inspection) = match inspection.kind {
        Kind::Component => (bytes, None, inspection),
        Kind::Module => {
            let (component, inspection) = wrap::wrap(&bytes, &inspection)?;
            (Bytes::from(component), Some(bytes), inspection)
        }
    };
    let mut reasons = Vec::new();
    sizes(&inspection, most_memory, &mut reasons);
    complexity::bounded(&inspection.complexity, &mut reasons);
    let Inspection {
        imports,
        exports,
        manifest,
        ..
    } = inspection;
    let manifest = manifest.map_err(|more| reasons.extend(more)).ok();
    imported(&imports, manifest.as_ref(), &mut reasons);
    exported(&exports, manifest.as_ref(), &mut reasons);
    match manifest {
        Some(manifest) if reasons.is_empty() => Ok(Candidate {
            digest: original
                .as_ref()
                .map_or(original_digest, |_| Digest::of(&component)),
            component,
            original_digest,
            original,
            manifest,
            imports,
            exports,
        }),
        _ => Err(Refused { reasons }),
    }
}

fn sizes(inspection: &Inspection, most_memory: u64, reasons: &mut Vec<Reason>) {
    if inspection.uses_async {
        let message = "it uses the asynchronous component model (WASI 0.3), which this host does not run; build for \
                       WASI 0.2: for QuickJS pass `disable-async`, for other toolchains leave asynchronous exports out";
        reasons.push(Reason::new("component-model-async", message));
    }
    if inspection.largest_memory > most_memory {
        let message = format!(
            "it starts with a memory of {} bytes; a call may have at most {most_memory}",
            inspection.largest_memory
        );
        reasons.push(Reason::new("memory", message));
    }
    if inspection.largest_table > TABLE_ELEMENTS as u64 {
        let message = format!(
            "it starts with a table of {} elements; at most {TABLE_ELEMENTS} are allowed",
            inspection.largest_table
        );
        reasons.push(Reason::new("memory", message));
    }
}

fn imported(imports: &[String], manifest: Option<&Manifest>, reasons: &mut Vec<Reason>) {
    for import in imports {
        let interface = import.split('@').next().unwrap_or_default();
        if let Err(why) = offered(import) {
            reasons.push(Reason::new("import", format!("`{import}` is not offered: {why}")));
            continue;
        }
        let needed = Permission::ALL
            .into_iter()
            .find(|permission| permission.interface() == interface);
        let missing =
            needed.filter(|needed| manifest.is_some_and(|manifest| !manifest.permissions.contains(needed)));
        if let Some(missing) = missing {
            let message = format!(
                "it imports `{import}` without the permission `{0}`; write `permissions = [\"{0}\"]` in plugin.toml or \
                 do not use it",
                missing.as_str()
            );
            reasons.push(Reason::new("permission", message));
        }
    }
}

fn offered(import: &str) -> Result<(), &'static str> {
    let (interface, version) = import.split_once('@').unwrap_or((import, ""));
    let (package, name) = interface.split_once(':').unwrap_or(("", interface));
    match package {
        "assay" => {
            let known = name
                .strip_prefix("plugin/")
                .is_some_and(|name| capability::OFFERED.contains(&name));
            match known {
                true if version.starts_with("1.") => Ok(()),
                true => Err("this host has version 1 of the package"),
                false => Err("the package assay:plugin@1 has `log` and `history`"),
            }
        }
        "wasi" if name.starts_with("sockets/") || name.starts_with("http/") => {
            Err("plugins get no network; leave it out or stub it")
        }
        "wasi" if version.starts_with("0.3") => Err("it is of WASI 0.3; build for WASI 0.2"),
        "wasi" if wasi::OFFERED.contains(&name) && version.starts_with("0.2.") => Ok(()),
        "wasi" => Err("it is none of the inert WASI 0.2 interfaces that plugins get"),
        _ => Err("plugins get `assay:plugin@1` and an inert WASI 0.2, nothing else"),
    }
}

fn exported(exports: &[String], manifest: Option<&Manifest>, reasons: &mut Vec<Reason>) {
    let Some(manifest) = manifest else { return };
    for world in World::ALL {
        let interface = format!("{}@1.0.0", world.interface());
        // A later minor version is linked like this one; whether its types are the same is seen there.
        let minor = format!("{}@1.", world.interface());
        let has = exports.iter().any(|export| export.starts_with(&minor));
        let message = match (manifest.worlds.contains(&world), has) {
            (true, false) => format!(
                "plugin.toml names the world `{world}`, but there is no export `{interface}`; the exports are {}",
                if exports.is_empty() {
                    "none".to_owned()
                } else {
                    exports.join(", ")
                }
            ),
            (false, true) => {
                format!("it exports `{interface}`, but plugin.toml does not name the world `{world}`")
            }
            _ => continue,
        };
        reasons.push(Reason::new("world", message));
    }
}
