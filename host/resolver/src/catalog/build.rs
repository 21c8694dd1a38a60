//! From a catalog as written to the interned model, with everything that is wrong told.

use super::raw::{RawCatalog, RawConflict, RawRelease, RawRequirement};
use super::{
    Catalog, Conflict, Need, Provision, Release, Requirement, Scope, Span, Target, Use, asks_nothing,
};
use crate::input::{Problems, Text, id_problem, name_problem, version};
use crate::range::{Dialect, Range};

mod finish;
mod intern;

use intern::{Interner, size};

struct Builder<'r> {
    dialect: Dialect,
    extensions: Interner<&'r str>,
    capabilities: Interner<&'r str>,
    resources: Interner<&'r str>,
    policies: Interner<&'r str>,
    ranges: Interner<&'r str>,
    parsed: Vec<Option<Range>>,
    needs: Interner<Need>,
    problems: &'r mut Problems,
}

pub(super) fn build<'r>(raw: &'r RawCatalog<'r>, problems: &'r mut Problems) -> Catalog {
    let dialect = match text(raw.dialect.as_ref()) {
        None | Some("cargo") => Dialect::Cargo,
        Some("node") => Dialect::Node,
        Some(other) => {
            let message = format!("there is no dialect {other:?}; write \"cargo\" or \"node\"");
            problems.at(format_args!("/dialect"), message);
            Dialect::Cargo
        }
    };
    let mut builder = Builder {
        dialect,
        extensions: Interner::new(),
        capabilities: Interner::new(),
        resources: Interner::new(),
        policies: Interner::new(),
        ranges: Interner::new(),
        parsed: Vec::new(),
        needs: Interner::new(),
        problems,
    };
    let releases = raw.extensions.as_deref().unwrap_or_default();
    let mut catalog = Catalog {
        dialect,
        extensions: Vec::new(),
        capabilities: Vec::new(),
        resources: Vec::new(),
        policies: Vec::new(),
        first: Vec::new(),
        releases: Vec::with_capacity(releases.len()),
        ranges: Vec::new(),
        needs: Vec::new(),
        requires: Vec::new(),
        provides: Vec::new(),
        uses: Vec::new(),
        conflicts: Vec::new(),
        providers: Vec::new(),
        users: Vec::new(),
        met_by: Vec::new(),
        lowest: Vec::new(),
        askers: std::sync::OnceLock::new(),
    };
    let mut written = Vec::with_capacity(releases.len());
    for (at, release) in releases.iter().enumerate() {
        if let Some(release) = builder.release(at, release, &mut catalog) {
            written.push((at, release));
        }
    }
    builder.finish(catalog, written)
}

fn text<'r>(text: Option<&'r Text<'_>>) -> Option<&'r str> {
    text.map(|text| text.0.as_ref())
}

impl<'r> Builder<'r> {
    fn release(&mut self, at: usize, raw: &'r RawRelease<'r>, catalog: &mut Catalog) -> Option<Release> {
        let id = text(raw.id.as_ref());
        match id {
            None => self
                .problems
                .at(format_args!("/extensions/{at}/id"), "a release needs an `id`"),
            Some(id) => self.check_id(format_args!("/extensions/{at}/id"), id),
        }
        let version = match text(raw.version.as_ref()).map(version) {
            Some(Ok(version)) => Some(version),
            Some(Err(message)) => {
                self.problems
                    .at(format_args!("/extensions/{at}/version"), message);
                None
            }
            None => {
                let message = "a release needs a `version`";
                self.problems
                    .at(format_args!("/extensions/{at}/version"), message);
                None
            }
        };
        let id = id.unwrap_or_default();

        let start = size(catalog.requires.len());
        for (index, raw) in raw.requires.iter().flatten().enumerate() {
            let requirement = self.requirement(at, index, id, raw);
            catalog.requires.extend(requirement);
        }
        let requires = Span(start, size(catalog.requires.len()));

        let start = size(catalog.provides.len());
        for (index, raw) in raw.provides.iter().flatten().enumerate() {
            let capability = self.name(
                format_args!("/extensions/{at}/provides/{index}/capability"),
                text(raw.capability.as_ref()),
            );
            let version = text(raw.version.as_ref()).and_then(|text| {
                let wrong = |message| {
                    let place = format_args!("/extensions/{at}/provides/{index}/version");
                    self.problems.at(place, message);
                };
                crate::input::version(text).map_err(wrong).ok()
            });
            let policy = text(raw.policy.as_ref());
            let policy = policy
                .map(|name| self.policy(format_args!("/extensions/{at}/provides/{index}/policy"), name));
            catalog.provides.push(Provision {
                capability: self.capabilities.number(capability),
                version,
                policy,
                exclusive: raw.exclusive.unwrap_or(false),
            });
        }
        let provides = Span(start, size(catalog.provides.len()));

        let start = size(catalog.uses.len());
        for (index, raw) in raw.resources.iter().flatten().enumerate() {
            let resource = self.name(
                format_args!("/extensions/{at}/resources/{index}/resource"),
                text(raw.resource.as_ref()),
            );
            let exclusive = match text(raw.mode.as_ref()) {
                Some("exclusive") => true,
                Some("shared") => false,
                other => {
                    let message = format!("{} \"shared\" or \"exclusive\"", unlike(other));
                    self.problems
                        .at(format_args!("/extensions/{at}/resources/{index}/mode"), message);
                    false
                }
            };
            catalog.uses.push(Use {
                resource: self.resources.number(resource),
                exclusive,
            });
        }
        let uses = Span(start, size(catalog.uses.len()));

        let start = size(catalog.conflicts.len());
        for (index, raw) in raw.conflicts.iter().flatten().enumerate() {
            let conflict = self.conflict(at, index, id, raw);
            catalog.conflicts.extend(conflict);
        }
        Some(Release {
            extension: self.extensions.number(id),
            version: version?,
            yanked: raw.yanked.unwrap_or(false),
            rank: 0,
            requires,
            provides,
            uses,
            conflicts: Span(start, size(catalog.conflicts.len())),
        })
    }

    fn requirement(
        &mut self,
        at: usize,
        index: usize,
        own: &str,
        raw: &'r RawRequirement<'r>,
    ) -> Option<Requirement> {
        let place = format!("/extensions/{at}/requires/{index}");
        let policy = text(raw.policy.as_ref());
        let target = match (text(raw.extension.as_ref()), text(raw.capability.as_ref())) {
            (Some(id), None) => {
                self.check_id(format_args!("{place}/extension"), id);
                if id == own {
                    let message = format!("`{id}` requires itself; remove this");
                    self.problems.at(format_args!("{place}/extension"), message);
                }
                if policy.is_some() {
                    let message = "only a capability is provided under a policy; remove `policy` or require a capability";
                    self.problems.at(format_args!("{place}/policy"), message);
                }
                Target::Extension(self.extensions.number(id))
            }
            (None, Some(name)) => {
                let name = self.name(format_args!("{place}/capability"), Some(name));
                Target::Capability(self.capabilities.number(name))
            }
            (None, None) => {
                let message = "this names nothing; write `extension` or `capability`";
                self.problems.at(format_args!("{place}"), message);
                return None;
            }
            _ => {
                let message = "this names an `extension` and a `capability`; write one entry for each";
                self.problems.at(format_args!("{place}"), message);
                return None;
            }
        };
        let optional = raw.optional.unwrap_or(false);
        let (range, any) = self.range(&place, text(raw.range.as_ref()));
        let policy = policy.map(|name| self.policy(format_args!("{place}/policy"), name));
        let need = Need {
            target,
            range,
            any,
            policy,
            every: optional,
        };
        Some(Requirement {
            need: self.needs.number(need),
            optional,
        })
    }

    fn conflict(&mut self, at: usize, index: usize, own: &str, raw: &'r RawConflict<'r>) -> Option<Conflict> {
        let place = format!("/extensions/{at}/conflicts/{index}");
        let extension = text(raw.extension.as_ref());
        let (capability, resource) = (text(raw.capability.as_ref()), text(raw.resource.as_ref()));
        let target = match (extension, capability, resource) {
            (Some(id), None, None) => {
                self.check_id(format_args!("{place}/extension"), id);
                if id == own {
                    let message = format!("`{id}` conflicts with itself; remove this");
                    self.problems.at(format_args!("{place}/extension"), message);
                }
                Target::Extension(self.extensions.number(id))
            }
            (None, Some(name), None) => {
                let name = self.name(format_args!("{place}/capability"), Some(name));
                Target::Capability(self.capabilities.number(name))
            }
            (None, None, Some(name)) => {
                let name = self.name(format_args!("{place}/resource"), Some(name));
                if raw.range.is_some() {
                    self.problems.at(
                        format_args!("{place}/range"),
                        "a resource has no versions; remove `range`",
                    );
                }
                Target::Resource(self.resources.number(name))
            }
            (None, None, None) => {
                let message = "this names nothing; write `extension`, `capability` or `resource`";
                self.problems.at(format_args!("{place}"), message);
                return None;
            }
            _ => {
                let message = "this names more than one of `extension`, `capability` and `resource`; \
                               write one entry for each";
                self.problems.at(format_args!("{place}"), message);
                return None;
            }
        };
        let scope = match text(raw.scope.as_ref()) {
            None | Some("global") => Scope::Global,
            Some("capability") => Scope::Capability,
            Some("resource") => Scope::Resource,
            other => {
                let message = format!("{} \"global\", \"capability\" or \"resource\"", unlike(other));
                self.problems.at(format_args!("{place}/scope"), message);
                Scope::Global
            }
        };
        let error = match text(raw.severity.as_ref()) {
            None | Some("error") => true,
            Some("warning") => false,
            other => {
                let message = format!("{} \"error\" or \"warning\"", unlike(other));
                self.problems.at(format_args!("{place}/severity"), message);
                true
            }
        };
        let (range, any) = match target {
            Target::Resource(_) => (None, true),
            _ => self.range(&place, text(raw.range.as_ref())),
        };
        let need = Need {
            target,
            range,
            any,
            policy: None,
            every: true,
        };
        Some(Conflict {
            need: self.needs.number(need),
            error,
            scope,
            reason: text(raw.reason.as_ref()).unwrap_or_default().into(),
        })
    }

    fn check_id(&mut self, place: std::fmt::Arguments<'_>, id: &str) {
        if let Some(message) = id_problem(id) {
            self.problems.at(place, message);
        }
    }

    fn name(&mut self, place: std::fmt::Arguments<'_>, name: Option<&'r str>) -> &'r str {
        let message = match name {
            Some(name) => name_problem(name),
            None => Some("the name is missing; write it".to_owned()),
        };
        if let Some(message) = message {
            self.problems.at(place, message);
        }
        name.unwrap_or_default()
    }

    fn policy(&mut self, place: std::fmt::Arguments<'_>, name: &'r str) -> u32 {
        let name = self.name(place, Some(name));
        self.policies.number(name)
    }

    /// The number of a range, and whether it asks for nothing. Each text is parsed once.
    fn range(&mut self, place: &str, text: Option<&'r str>) -> (Option<u32>, bool) {
        let Some(text) = text else {
            return (None, true);
        };
        let number = self.ranges.number(text);
        if self.parsed.len() == number as usize {
            self.parsed.push(Range::parse(text, self.dialect).ok());
        }
        if let Some(message) = match self.parsed.get(number as usize) {
            Some(Some(range)) if !range.is_empty() => None,
            _ => range_problem(text, self.dialect),
        } {
            self.problems.at(format_args!("{place}/range"), message);
        }
        (Some(number), asks_nothing(text, self.dialect))
    }
}

fn unlike(other: Option<&str>) -> String {
    other.map_or_else(
        || "this is missing; write".to_owned(),
        |other| format!("{other:?} is not known here; write"),
    )
}

/// Why a text is no range that something could match, if it is none.
pub(crate) fn range_problem(text: &str, dialect: Dialect) -> Option<String> {
    match Range::parse(text, dialect) {
        Err(error) => Some(error.to_string()),
        Ok(range) if range.is_empty() => Some(format!(
            "no version can ever match {text:?}; widen it or remove it"
        )),
        Ok(_) => None,
    }
}
