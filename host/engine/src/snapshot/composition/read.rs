//! Reads how a component is composed.
//!
//! Invariant: a component index means a definition that stands in the same component: where components or modules can
//! be imported, aliased, exported or passed on, nothing is taken apart.

use std::ops::Range;

use wasm_encoder::RawSection;
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, Parser, Payload,
};

use super::{Composition, Node, Section};
use crate::snapshot::NoSnapshot;

const TRAVELS: &str = "components or modules that are imported, exported or passed on";

/// One component as it is written down.
#[derive(Default)]
struct Written<'a> {
    bytes: &'a [u8],
    sections: Vec<Read<'a>>,
    /// Whether it has core modules of its own.
    modules: bool,
    /// How many instances its index space has.
    instances: u32,
    /// Which of its components become instances, and which ones.
    instantiations: Vec<(u32, u32)>,
}

enum Read<'a> {
    Raw(RawSection<'a>),
    Component(Written<'a>, RawSection<'a>),
}

impl Written<'_> {
    fn is_stateful(&self) -> bool {
        self.modules || self.has_stateful_components()
    }

    fn has_stateful_components(&self) -> bool {
        self.sections.iter().any(|section| match section {
            Read::Raw(_) => false,
            Read::Component(inner, _) => inner.is_stateful(),
        })
    }
}

pub(super) fn read(component: &[u8]) -> Result<Composition<'_>, NoSnapshot> {
    let unreadable = |error| NoSnapshot::new(format!("it can't be read: {error}"));
    let mut reading = Reading {
        whole: component,
        unfit: None,
    };
    let mut payloads = Parser::new(0).parse_all(component);
    let written = reading
        .component(0..component.len(), &mut payloads)
        .map_err(unreadable)?;
    let mut parts = Vec::new();
    if let Some(what) = reading.unfit
        && written.has_stateful_components()
    {
        return Err(unwritable(what));
    }
    let root = node(written, &mut parts)?;
    Ok(Composition { root, parts })
}

fn unwritable(what: &str) -> NoSnapshot {
    NoSnapshot::new(format!("its form can't be rewritten: it has {what}"))
}

fn node<'a>(written: Written<'a>, parts: &mut Vec<&'a [u8]>) -> Result<Node<'a>, NoSnapshot> {
    if !written.has_stateful_components() {
        parts.push(written.bytes);
        return Ok(Node::Part(parts.len() - 1));
    }
    if written.modules {
        return Err(unwritable("core modules beside components that have some, too"));
    }
    let mut sections = Vec::with_capacity(written.sections.len());
    let mut component = 0;
    for section in written.sections {
        let (inner, raw) = match section {
            Read::Raw(raw) => {
                sections.push(Section::Raw(raw));
                continue;
            }
            Read::Component(inner, raw) => (inner, raw),
        };
        let mut instances = written
            .instantiations
            .iter()
            .filter(|(of, _)| *of == component)
            .map(|(_, instance)| *instance);
        let (first, second) = (instances.next(), instances.next());
        component += 1;
        sections.push(match first {
            Some(instance) if inner.is_stateful() => {
                if second.is_some() {
                    return Err(unwritable("a component that is instantiated more than once"));
                }
                Section::Stateful {
                    node: node(inner, parts)?,
                    instance,
                }
            }
            _ => Section::Raw(raw),
        });
    }
    Ok(Node::Composed {
        sections,
        instances: written.instances,
    })
}

struct Reading<'a> {
    whole: &'a [u8],
    /// What keeps a composed component from being taken apart.
    unfit: Option<&'static str>,
}

type Payloads<'p, 'a> = &'p mut dyn Iterator<Item = wasmparser::Result<Payload<'a>>>;

impl<'a> Reading<'a> {
    fn component(
        &mut self,
        range: Range<usize>,
        payloads: Payloads<'_, 'a>,
    ) -> wasmparser::Result<Written<'a>> {
        let mut written = Written {
            bytes: self.bytes(range),
            ..Written::default()
        };
        while let Some(payload) = payloads.next() {
            let payload = payload?;
            let raw = payload.as_section().map(|(id, range)| RawSection {
                id,
                data: self.bytes(range),
            });
            match (payload, raw) {
                (Payload::End(_), _) => break,
                (Payload::ComponentSection { unchecked_range, .. }, Some(raw)) => {
                    let inner = self.component(unchecked_range, payloads)?;
                    written.sections.push(Read::Component(inner, raw));
                }
                (payload, Some(raw)) => {
                    written.sections.push(Read::Raw(raw));
                    self.section(&mut written, payload, payloads)?;
                }
                (_, None) => {}
            }
        }
        Ok(written)
    }

    fn section(
        &mut self,
        written: &mut Written<'a>,
        payload: Payload<'a>,
        payloads: Payloads<'_, 'a>,
    ) -> wasmparser::Result<()> {
        match payload {
            Payload::ModuleSection { .. } => {
                written.modules = true;
                for inner in payloads {
                    if let Payload::End(_) = inner? {
                        break;
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    match instance? {
                        ComponentInstance::Instantiate {
                            component_index,
                            args,
                        } => {
                            let instance = written.instances;
                            written.instantiations.push((component_index, instance));
                            args.iter().for_each(|arg| self.passes(arg.kind));
                        }
                        ComponentInstance::FromExports(exports) => {
                            exports.iter().for_each(|export| self.passes(export.kind));
                        }
                    }
                    written.instances += 1;
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section {
                    self.takes(written, import?.ty.kind());
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    self.takes(written, export?.kind);
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    match alias? {
                        ComponentAlias::InstanceExport { kind, .. } => self.takes(written, kind),
                        ComponentAlias::Outer { kind, .. } => match kind {
                            ComponentOuterAliasKind::CoreModule | ComponentOuterAliasKind::Component => {
                                self.unfit = Some(TRAVELS);
                            }
                            ComponentOuterAliasKind::CoreType | ComponentOuterAliasKind::Type => {}
                        },
                        ComponentAlias::CoreInstanceExport { .. } => {}
                    }
                }
            }
            // It would run again in every instance of the snapshot.
            Payload::ComponentStartSection { .. } => self.unfit = Some("a start function of a component"),
            _ => {}
        }
        Ok(())
    }

    /// Something of this kind gets an index.
    fn takes(&mut self, written: &mut Written<'_>, kind: ComponentExternalKind) {
        written.instances += u32::from(kind == ComponentExternalKind::Instance);
        self.passes(kind);
    }

    fn passes(&mut self, kind: ComponentExternalKind) {
        if let ComponentExternalKind::Component | ComponentExternalKind::Module = kind {
            self.unfit = Some(TRAVELS);
        }
    }

    fn bytes(&self, range: Range<usize>) -> &'a [u8] {
        self.whole.get(range).unwrap_or_default()
    }
}
