//! What some bytes are, read without compiling anything.
//!
//! Invariant: only the binary format is believed, never a name; text is refused as such, since a compiler that takes text
//! too would accept more than was looked at here. Inspecting costs time in proportion to the bytes.
//! Deliberately absent: whether the code is valid, which compiling says.

mod complexity;
mod header;

use assay_domain::Manifest;
use wasmparser::{CanonicalFunction, CanonicalOption, ComponentTypeRef, Parser, Payload};

use crate::manifest;
use crate::refuse::{Reason, Refused};
pub use complexity::Complexity;
use complexity::Counting;

/// The layer of the binary format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A component.
    Component,
    /// A core module, such as wasip1 toolchains make.
    Module,
}

/// What the bytes say of themselves.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Component or module.
    pub kind: Kind,
    /// The top level's imports, sorted: interfaces, or of a module the modules it imports from.
    pub imports: Vec<String>,
    /// The top level's exports, sorted.
    pub exports: Vec<String>,
    /// The manifest, or every reason why there is none that can be read.
    pub manifest: Result<Manifest, Vec<Reason>>,
    /// Whether it uses the component model's asynchronous parts, which are off here.
    pub uses_async: bool,
    /// Whether a module still says what its exports mean (`component-type`), which wrapping needs.
    pub has_component_type: bool,
    /// The largest memory that it starts with, in bytes.
    pub largest_memory: u64,
    /// The largest table that it starts with, in elements.
    pub largest_table: u64,
    /// How much work it is to compile it.
    pub complexity: Complexity,
}

/// Reads a component or module.
///
/// # Errors
/// The bytes are neither: `not-wasm`, `text`, `compiled`, `truncated` or `malformed`.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Refused> {
    let kind = header::kind(bytes)?;
    let (mut reading, mut counting) = (Reading::default(), Counting::default());
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| malformed(&error))?;
        if let Payload::UnknownSection { id, range, .. } = &payload {
            let message = format!(
                "not valid WebAssembly: unknown section {id} at offset {}",
                range.start
            );
            return Err(Refused::one("malformed", message));
        }
        counting.take(&payload).map_err(|error| malformed(&error))?;
        reading.take(payload).map_err(|error| malformed(&error))?;
    }
    let Reading {
        mut imports,
        mut exports,
        outer,
        inner,
        ..
    } = reading;
    imports.sort_unstable();
    imports.dedup();
    exports.sort_unstable();
    exports.dedup();
    Ok(Inspection {
        kind,
        imports,
        exports,
        manifest: manifest::read(&outer, &inner),
        uses_async: reading.uses_async,
        has_component_type: reading.has_component_type,
        largest_memory: reading.largest_memory,
        largest_table: reading.largest_table,
        complexity: counting.end(),
    })
}

fn malformed(error: &wasmparser::BinaryReaderError) -> Refused {
    let at = error.offset();
    let message = error.message();
    if message.starts_with("unexpected end") {
        return Refused::one(
            "truncated",
            format!("the file ends too soon: {message} at offset {at}; upload it whole"),
        );
    }
    Refused::one(
        "malformed",
        format!("not valid WebAssembly: {message} at offset {at}"),
    )
}

#[derive(Default)]
struct Reading<'a> {
    /// How many modules and components are open around the current payload.
    depth: usize,
    imports: Vec<String>,
    exports: Vec<String>,
    outer: Vec<&'a [u8]>,
    inner: Vec<&'a [u8]>,
    uses_async: bool,
    has_component_type: bool,
    largest_memory: u64,
    largest_table: u64,
}

impl<'a> Reading<'a> {
    fn take(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        match payload {
            Payload::Version { .. } => self.depth += 1,
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::CustomSection(section) => {
                if section.name() == manifest::SECTION {
                    let place = if self.depth == 1 {
                        &mut self.outer
                    } else {
                        &mut self.inner
                    };
                    place.push(section.data());
                }
                self.has_component_type |= self.depth == 1 && section.name().starts_with("component-type");
            }
            Payload::ComponentImportSection(section) if self.depth == 1 => {
                for import in section {
                    let import = import?;
                    // Types are imported only to name them.
                    if !matches!(import.ty, ComponentTypeRef::Type(_)) {
                        self.imports.push(import.name.name.to_owned());
                    }
                }
            }
            Payload::ComponentExportSection(section) if self.depth == 1 => {
                for export in section {
                    self.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::ImportSection(section) if self.depth == 1 => {
                for import in section.into_imports() {
                    self.imports.push(import?.module.to_owned());
                }
            }
            Payload::ExportSection(section) if self.depth == 1 => {
                for export in section {
                    self.exports.push(export?.name.to_owned());
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory?;
                    let page = 1_u64 << memory.page_size_log2.unwrap_or(16).min(16);
                    self.largest_memory = self.largest_memory.max(memory.initial.saturating_mul(page));
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.largest_table = self.largest_table.max(table?.ty.initial);
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section {
                    self.uses_async |= is_async(&function?);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn is_async(function: &CanonicalFunction) -> bool {
    match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => options
            .iter()
            .any(|option| matches!(option, CanonicalOption::Async | CanonicalOption::Callback(_))),
        CanonicalFunction::ResourceNew { .. }
        | CanonicalFunction::ResourceDrop { .. }
        | CanonicalFunction::ResourceRep { .. } => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
