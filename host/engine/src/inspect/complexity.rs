//! How much work it is to compile something, counted without doing any of it.
//!
//! Invariant: counting takes time in proportion to the bytes. What is counted is what the compiler does more for than
//! reading bytes: functions, what one function can make it keep in mind, memory images that it fills with zeros, and
//! nested components, which it copies wherever they are instantiated, so that each line of a text can double its work.

use std::collections::HashMap;

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, ComponentTypeRef,
    DataKind, Encoding, Instance, Operator, Payload,
};

use crate::config::DENSE_IMAGE;

/// A component whose content is not seen where it is instantiated.
const UNKNOWN: u64 = u64::MAX;

/// What there is to compile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Complexity {
    /// Functions with a body, in all core modules.
    pub functions: u64,
    /// Bytes of the largest body.
    pub largest_body: u64,
    /// The most that bytes of a body times its locals come to.
    pub largest_frame: u64,
    /// What they come to in all bodies together.
    pub frames: u64,
    /// Types of all core modules.
    pub types: u64,
    /// Core modules.
    pub modules: u64,
    /// How deep modules and components lie in one another.
    pub depth: u64,
    /// Bytes of the images of all memories, gaps between data included.
    pub image_bytes: u64,
    /// Definitions, once nested components are copied to where they are instantiated.
    pub parts: u64,
}

/// A module or component that is open.
#[derive(Debug, Default)]
struct Frame {
    is_component: bool,
    /// Its definitions, with those of what it instantiates.
    parts: u64,
    /// The parts of each component that it can name.
    components: Vec<u64>,
    /// From where to where each memory has data.
    images: HashMap<u32, (u64, u64)>,
}

/// Counts along while something is read.
#[derive(Debug, Default)]
pub(super) struct Counting {
    found: Complexity,
    open: Vec<Frame>,
}

impl Counting {
    pub(super) fn end(self) -> Complexity {
        self.found
    }

    pub(super) fn take(&mut self, payload: &Payload<'_>) -> wasmparser::Result<()> {
        self.opens_or_closes(payload);
        let Some((innermost, around)) = self.open.split_last_mut() else {
            return Ok(());
        };
        let found = &mut self.found;
        match payload {
            Payload::TypeSection(section) => found.types += u64::from(section.count()),
            Payload::CodeSectionEntry(body) => {
                let mut locals = 0_u64;
                for group in body.get_locals_reader()? {
                    locals = locals.saturating_add(u64::from(group?.0));
                }
                let bytes = body.range().len() as u64;
                found.functions += 1;
                found.largest_body = found.largest_body.max(bytes);
                let frame = bytes.saturating_mul(locals);
                found.largest_frame = found.largest_frame.max(frame);
                found.frames = found.frames.saturating_add(frame);
            }
            Payload::DataSection(section) => {
                for data in section.clone() {
                    let data = data?;
                    let DataKind::Active {
                        memory_index,
                        offset_expr,
                    } = data.kind
                    else {
                        continue;
                    };
                    // What lies elsewhere is copied when it is instantiated, and is in no image.
                    if let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? {
                        let start = u64::from(value.cast_unsigned());
                        let end = start + data.data.len() as u64;
                        let image = innermost.images.entry(memory_index).or_insert((start, end));
                        *image = (image.0.min(start), image.1.max(end));
                    }
                }
            }
            _ => innermost.take(payload, around)?,
        }
        Ok(())
    }

    fn opens_or_closes(&mut self, payload: &Payload<'_>) {
        match payload {
            Payload::Version { encoding, .. } => {
                let is_component = *encoding == Encoding::Component;
                self.found.modules += u64::from(!is_component);
                self.open.push(Frame {
                    is_component,
                    ..Frame::default()
                });
                self.found.depth = self.found.depth.max(self.open.len() as u64);
            }
            Payload::End(_) => self.close(),
            _ => {}
        }
    }

    fn close(&mut self) {
        let Some(frame) = self.open.pop() else { return };
        for (start, end) in frame.images.values() {
            self.found.image_bytes = self
                .found
                .image_bytes
                .saturating_add((end - start).min(DENSE_IMAGE));
        }
        match self.open.last_mut() {
            Some(around) if frame.is_component => around.components.push(frame.parts),
            Some(_) => {}
            None => self.found.parts = frame.parts,
        }
    }
}

/// The frame that lies `count` levels around one that has these around it.
fn outer(around: &[Frame], count: u32) -> Option<&Frame> {
    around.get(around.len().checked_sub(count as usize)?)
}

impl Frame {
    fn take(&mut self, payload: &Payload<'_>, around: &[Frame]) -> wasmparser::Result<()> {
        match payload {
            Payload::ComponentTypeSection(section) => self.add(u64::from(section.count())),
            Payload::ComponentCanonicalSection(section) => self.add(u64::from(section.count())),
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    self.add(1);
                    self.add(match instance? {
                        Instance::Instantiate { args, .. } => args.len() as u64,
                        Instance::FromExports(exports) => exports.len() as u64,
                    });
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    self.add(1);
                    if matches!(import?.ty, ComponentTypeRef::Component(_)) {
                        self.components.push(UNKNOWN);
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    self.add(1);
                    if export.kind == ComponentExternalKind::Component {
                        self.components.push(self.component(export.index));
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    self.add(1);
                    self.add(match instance? {
                        ComponentInstance::Instantiate {
                            component_index,
                            args,
                        } => self.component(component_index).saturating_add(args.len() as u64),
                        ComponentInstance::FromExports(exports) => exports.len() as u64,
                    });
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    let component = match alias? {
                        ComponentAlias::InstanceExport {
                            kind: ComponentExternalKind::Component,
                            ..
                        } => Some(UNKNOWN),
                        ComponentAlias::Outer {
                            kind: ComponentOuterAliasKind::Component,
                            count,
                            index,
                        } => Some(match count {
                            0 => self.component(index),
                            _ => outer(around, count).map_or(UNKNOWN, |frame| frame.component(index)),
                        }),
                        _ => None,
                    };
                    self.add(1);
                    self.components.extend(component);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, parts: u64) {
        self.parts = self.parts.saturating_add(parts);
    }

    fn component(&self, index: u32) -> u64 {
        self.components.get(index as usize).copied().unwrap_or(UNKNOWN)
    }
}
