//! The catalog: all releases of all extensions, read from documented JSON into an interned model.
//!
//! Semantics that are decided here:
//! - `dialect` is `cargo` (the default) or `node` and says how every range of the catalog and of requests is read.
//! - One leading `v` of a version is dropped. Two releases of an extension that differ only in build metadata are the same
//!   release written twice, and refused.
//! - Absent arrays are empty, null is absent, unknown fields are refused. A `severity` that is absent is `error`, an absent
//!   `scope` is `global`; `mode` has to be said.
//! - A range that no version can ever match is refused where it is written.
//! - An absent range and `*` are met by every release that is not a pre-release, and by every provision, also one without a
//!   version. In a conflict or an optional requirement they mean every version.
//! - An extension does not provide a capability of its own name by itself.
//! - What an extension requires or conflicts with need not exist; that is for a request to find out.
//!
//! Invariant: ids are numbered in the order of their names, releases by extension and then newest first, needs by their
//! content, so that nothing after this module sees the order in which the catalog was written. Absent: whether anything
//! can be resolved.

mod build;

mod raw;

pub(crate) use build::range_problem;

use std::sync::OnceLock;

use semver::Version;

use crate::input::{Document, InputErrors, Problems, read};
use crate::range::{Dialect, Range};

/// All releases of all extensions, parsed and interned. Cheap to ask many times.
#[derive(Debug)]
pub struct Catalog {
    pub(crate) dialect: Dialect,
    /// Names of extensions, also of those that are only spoken of.
    pub(crate) extensions: Vec<Box<str>>,
    pub(crate) capabilities: Vec<Box<str>>,
    pub(crate) resources: Vec<Box<str>>,
    pub(crate) policies: Vec<Box<str>>,
    /// The releases of extension `e` are `first[e]..first[e + 1]`, newest first.
    pub(crate) first: Vec<u32>,
    pub(crate) releases: Vec<Release>,
    pub(crate) ranges: Vec<Range>,
    pub(crate) needs: Vec<Need>,
    pub(crate) requires: Vec<Requirement>,
    pub(crate) provides: Vec<Provision>,
    pub(crate) uses: Vec<Use>,
    pub(crate) conflicts: Vec<Conflict>,
    /// By capability, the releases that provide it, ascending.
    pub(crate) providers: Vec<Vec<u32>>,
    /// By resource, the releases that use it, ascending.
    pub(crate) users: Vec<Vec<u32>>,
    met_by: Vec<OnceLock<Box<[u32]>>>,
    lowest: Vec<OnceLock<Option<Box<str>>>>,
    askers: OnceLock<Vec<Vec<(u32, u32)>>>,
}

/// One release.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) extension: u32,
    pub(crate) version: Version,
    pub(crate) yanked: bool,
    /// Its place among its extension's: 0 is the one to prefer. Pre-releases come after all others, yanked ones last.
    pub(crate) rank: u32,
    requires: Span,
    provides: Span,
    uses: Span,
    conflicts: Span,
}

#[derive(Clone, Copy, Debug, Default)]
struct Span(u32, u32);

impl Span {
    fn of<T>(self, all: &[T]) -> &[T] {
        all.get(self.0 as usize..self.1 as usize).unwrap_or_default()
    }
}

/// What something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    Extension(u32),
    Capability(u32),
    Resource(u32),
}

/// A target with all that is asked of it. Equal ones are one need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Need {
    pub(crate) target: Target,
    /// The range as written.
    pub(crate) range: Option<u32>,
    /// Whether the range is absent or `*`.
    pub(crate) any: bool,
    pub(crate) policy: Option<u32>,
    /// Whether it says what must not be, or only must not be otherwise: then `any` means pre-releases too.
    pub(crate) every: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Requirement {
    pub(crate) need: u32,
    pub(crate) optional: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Provision {
    pub(crate) capability: u32,
    pub(crate) version: Option<Version>,
    pub(crate) policy: Option<u32>,
    pub(crate) exclusive: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) resource: u32,
    pub(crate) exclusive: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Conflict {
    pub(crate) need: u32,
    pub(crate) error: bool,
    pub(crate) scope: Scope,
    pub(crate) reason: Box<str>,
}

/// What a conflict is about, as its declaration says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The extensions as a whole.
    Global,
    /// A capability.
    Capability,
    /// A resource.
    Resource,
}

impl Catalog {
    /// Reads a catalog.
    ///
    /// # Errors
    /// Everything that is wrong with it, up to a bound, each with its place.
    pub fn parse(json: &[u8]) -> Result<Self, InputErrors> {
        let mut problems = Problems::of(Document::Catalog);
        let raw = read(json, &raw::SHAPE, &mut problems).unwrap_or_default();
        let catalog = build::build(&raw, &mut problems);
        problems.finish(catalog)
    }

    /// How ranges are read.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// How many releases there are.
    pub fn releases(&self) -> usize {
        self.releases.len()
    }

    /// How many extensions have a release.
    pub fn extensions(&self) -> usize {
        self.first
            .windows(2)
            .filter(|pair| pair.first() < pair.last())
            .count()
    }

    /// The number of an extension that is spoken of, released or not.
    pub(crate) fn extension(&self, id: &str) -> Option<u32> {
        position(&self.extensions, id)
    }

    pub(crate) fn capability(&self, name: &str) -> Option<u32> {
        position(&self.capabilities, name)
    }

    pub(crate) fn policy(&self, name: &str) -> Option<u32> {
        position(&self.policies, name)
    }

    /// The releases of an extension, newest first.
    pub(crate) fn releases_of(&self, extension: u32) -> std::ops::Range<u32> {
        let at = |index: usize| self.first.get(index).copied().unwrap_or_default();
        at(extension as usize)..at(extension as usize + 1)
    }

    /// The release of an extension with this version; build metadata does not count.
    pub(crate) fn find(&self, extension: u32, version: &Version) -> Option<u32> {
        let mut releases = self.releases_of(extension);
        releases.find(|&release| self.release(release).version.cmp_precedence(version).is_eq())
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "numbers of releases come from this catalog"
    )]
    pub(crate) fn release(&self, release: u32) -> &Release {
        &self.releases[release as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "numbers of needs come from this catalog")]
    pub(crate) fn need(&self, need: u32) -> &Need {
        &self.needs[need as usize]
    }

    pub(crate) fn requires(&self, release: u32) -> &[Requirement] {
        self.release(release).requires.of(&self.requires)
    }

    pub(crate) fn provides(&self, release: u32) -> &[Provision] {
        self.release(release).provides.of(&self.provides)
    }

    pub(crate) fn uses(&self, release: u32) -> &[Use] {
        self.release(release).uses.of(&self.uses)
    }

    pub(crate) fn conflicts(&self, release: u32) -> &[Conflict] {
        self.release(release).conflicts.of(&self.conflicts)
    }

    pub(crate) fn range(&self, need: &Need) -> Option<&Range> {
        self.ranges.get(need.range? as usize)
    }

    /// The lowest version in the range of a need; found once and kept.
    pub(crate) fn lowest(&self, need: &Need) -> Option<&str> {
        let number = need.range? as usize;
        let found = self.lowest.get(number)?.get_or_init(|| {
            let lowest = self.ranges.get(number)?.min_version()?;
            Some(lowest.to_string().into())
        });
        found.as_deref()
    }

    pub(crate) fn extension_name(&self, extension: u32) -> &str {
        name(&self.extensions, extension)
    }

    pub(crate) fn capability_name(&self, capability: u32) -> &str {
        name(&self.capabilities, capability)
    }

    pub(crate) fn resource_name(&self, resource: u32) -> &str {
        name(&self.resources, resource)
    }

    pub(crate) fn policy_name(&self, policy: u32) -> &str {
        name(&self.policies, policy)
    }

    pub(crate) fn providers(&self, capability: u32) -> &[u32] {
        self.providers.get(capability as usize).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn users(&self, resource: u32) -> &[u32] {
        self.users.get(resource as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether a provision meets a need of its capability.
    pub(crate) fn meets(&self, provision: &Provision, need: &Need) -> bool {
        need.target == Target::Capability(provision.capability)
            && (need.policy.is_none() || need.policy == provision.policy)
            && (need.any
                || match (&provision.version, self.range(need)) {
                    (Some(version), Some(range)) => range.matches(version),
                    _ => false,
                })
    }

    /// The releases that meet a need, ascending, yanked ones included; found once and kept.
    pub(crate) fn met_by(&self, need: u32) -> &[u32] {
        let Some(cell) = self.met_by.get(need as usize) else {
            return &[];
        };
        cell.get_or_init(|| {
            let need = self.need(need);
            match need.target {
                Target::Extension(extension) => {
                    let meets = |&release: &u32| {
                        let version = &self.release(release).version;
                        if need.any {
                            need.every || version.pre.is_empty()
                        } else {
                            self.range(need).is_some_and(|range| range.matches(version))
                        }
                    };
                    self.releases_of(extension).filter(meets).collect()
                }
                Target::Capability(capability) => {
                    let meets = |&&release: &&u32| self.provides(release).iter().any(|p| self.meets(p, need));
                    self.providers(capability).iter().filter(meets).copied().collect()
                }
                Target::Resource(resource) => self.users(resource).into(),
            }
        })
    }

    /// By extension, the releases that require it by a range, each with its need.
    pub(crate) fn askers(&self, extension: u32) -> &[(u32, u32)] {
        let all = self.askers.get_or_init(|| {
            let mut all = vec![Vec::new(); self.extensions.len()];
            for (release, _) in (0u32..).zip(&self.releases) {
                for requirement in self.requires(release).iter().filter(|r| !r.optional) {
                    let need = self.need(requirement.need);
                    if let (Target::Extension(to), false) = (need.target, need.any)
                        && let Some(askers) = all.get_mut(to as usize)
                    {
                        askers.push((release, requirement.need));
                    }
                }
            }
            all
        });
        all.get(extension as usize).map_or(&[], Vec::as_slice)
    }
}

fn position(names: &[Box<str>], wanted: &str) -> Option<u32> {
    let found = names.binary_search_by(|name| name.as_ref().cmp(wanted)).ok()?;
    u32::try_from(found).ok()
}

fn name(names: &[Box<str>], index: u32) -> &str {
    names.get(index as usize).map_or("", AsRef::as_ref)
}

/// Whether a range as written asks for nothing.
pub(crate) fn asks_nothing(text: &str, dialect: Dialect) -> bool {
    let text = text.trim();
    text == "*" || (dialect == Dialect::Node && matches!(text, "" | "x" | "X"))
}

#[cfg(test)]
mod tests;
