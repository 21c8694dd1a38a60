//! Components that are made of components, as `componentize-qjs` and `wac` leave them. The rewriting crate takes a
//! component whose core modules are its own; here one that is composed is taken apart into such parts, and put together
//! again with what became of each.
//!
//! Invariant: every core instance that the whole has is in exactly one part, so that the parts' states are all of its
//! state, and what is put together again links as it did before. Where that can't be seen (a component that is
//! instantiated twice or travels as a value), there is a reason instead.
//! Deliberately absent: how a part is rewritten, and judging which part's state matters. A stub that holds nothing is
//! rewritten like the rest and costs little.

mod read;

use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentExportKind, ComponentExportSection, ComponentSectionId,
    RawSection,
};

use super::NoSnapshot;

/// Under this name the rewriting crate exports the functions that read a part's state.
const ACCESS: &str = "wasmtime:wizer/access";

/// A component, as parts that can be rewritten each for itself.
#[derive(Debug)]
pub(super) struct Composition<'a> {
    root: Node<'a>,
    parts: Vec<&'a [u8]>,
}

#[derive(Debug)]
enum Node<'a> {
    /// Taken whole: its place among the parts.
    Part(usize),
    Composed {
        sections: Vec<Section<'a>>,
        /// How many instances its index space has.
        instances: u32,
    },
}

#[derive(Debug)]
enum Section<'a> {
    /// Stays as it is.
    Raw(RawSection<'a>),
    /// A component with core modules, and the only instance of it.
    Stateful { node: Node<'a>, instance: u32 },
}

impl<'a> Composition<'a> {
    /// Takes a valid component apart.
    ///
    /// # Errors
    /// Why its parts can't be told from one another.
    pub(super) fn of(component: &'a [u8]) -> Result<Self, NoSnapshot> {
        read::read(component)
    }

    /// Components that hold all core modules, in the order in which all is put together again.
    pub(super) fn parts(&self) -> &[&'a [u8]] {
        &self.parts
    }

    /// The instance that the whole exports for reading the state of one part.
    pub(super) fn access(&self, part: usize) -> String {
        match self.root {
            Node::Part(_) => ACCESS.to_owned(),
            Node::Composed { .. } => part_name(part),
        }
    }

    /// The whole of rewritten parts, which exports what it takes to read the state of each.
    pub(super) fn instrumented(&self, parts: &[Vec<u8>]) -> Vec<u8> {
        self.root.joined(parts, true)
    }

    /// The whole of rewritten parts, with the exports that it had.
    pub(super) fn rewritten(&self, parts: &[Vec<u8>]) -> Vec<u8> {
        self.root.joined(parts, false)
    }
}

impl Node<'_> {
    fn joined(&self, parts: &[Vec<u8>], with_access: bool) -> Vec<u8> {
        let (sections, instances) = match self {
            Self::Part(part) => return parts.get(*part).cloned().unwrap_or_default(),
            Self::Composed { sections, instances } => (sections, *instances),
        };
        let mut component = Component::new();
        let (mut aliases, mut exports) = (ComponentAliasSection::new(), ComponentExportSection::new());
        for section in sections {
            let (node, instance) = match section {
                Section::Raw(raw) => {
                    component.section(raw);
                    continue;
                }
                Section::Stateful { node, instance } => (node, *instance),
            };
            let data = node.joined(parts, with_access);
            component.section(&RawSection {
                id: ComponentSectionId::Component.into(),
                data: &data,
            });
            for part in node.parts() {
                let outside = part_name(part);
                let inside = match node {
                    Node::Part(_) => ACCESS,
                    Node::Composed { .. } => &outside,
                };
                // Exporting adds to the index space too, but all aliases come before.
                let index = instances + aliases.len();
                aliases.alias(Alias::InstanceExport {
                    instance,
                    kind: ComponentExportKind::Instance,
                    name: inside,
                });
                exports.export(&outside, ComponentExportKind::Instance, index, None);
            }
        }
        if with_access {
            component.section(&aliases).section(&exports);
        }
        component.finish()
    }

    fn parts(&self) -> Vec<usize> {
        match self {
            Self::Part(part) => vec![*part],
            Self::Composed { sections, .. } => {
                let nodes = sections.iter().filter_map(|section| match section {
                    Section::Raw(_) => None,
                    Section::Stateful { node, .. } => Some(node.parts()),
                });
                nodes.flatten().collect()
            }
        }
    }
}

fn part_name(part: usize) -> String {
    format!("assay:snapshot/part{part}")
}

#[cfg(test)]
mod tests;
