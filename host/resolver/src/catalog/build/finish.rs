//! The last step: everything gets its final number, and what is found from the releases is found.
//!
//! Invariant: after this, nothing shows the order in which the catalog was written. Absent: reading what is written.

use super::intern::{Interner, moved, size};
use super::{Builder, Catalog, Need, Release, Span, Target};
use crate::range::Range;

impl Builder<'_> {
    pub(super) fn finish(self, mut catalog: Catalog, mut written: Vec<(usize, Release)>) -> Catalog {
        let (extensions, new_extension) = self.extensions.sorted();
        let (capabilities, new_capability) = self.capabilities.sorted();
        let (resources, new_resource) = self.resources.sorted();
        let (policies, new_policy) = self.policies.sorted();
        let (_, new_range) = self.ranges.sorted();
        let owned = |names: Vec<&str>| names.into_iter().map(Box::from).collect::<Vec<Box<str>>>();

        let mut ranges = vec![None; new_range.len()];
        for (old, range) in self.parsed.into_iter().enumerate() {
            if let Some(slot) = ranges.get_mut(moved(&new_range, size(old)) as usize) {
                *slot = range;
            }
        }
        catalog.ranges = ranges
            .into_iter()
            .map(|range| range.unwrap_or_else(|| Range::any(catalog.dialect)))
            .collect();

        catalog
            .lowest
            .resize_with(catalog.ranges.len(), std::sync::OnceLock::new);

        let mut needs = Interner::new();
        for need in &self.needs.list {
            needs.number(Need {
                target: match need.target {
                    Target::Extension(number) => Target::Extension(moved(&new_extension, number)),
                    Target::Capability(number) => Target::Capability(moved(&new_capability, number)),
                    Target::Resource(number) => Target::Resource(moved(&new_resource, number)),
                },
                range: need.range.map(|number| moved(&new_range, number)),
                policy: need.policy.map(|number| moved(&new_policy, number)),
                ..*need
            });
        }
        let (needs, new_need) = needs.sorted();
        catalog.met_by.resize_with(needs.len(), std::sync::OnceLock::new);
        catalog.needs = needs;
        for requirement in &mut catalog.requires {
            requirement.need = moved(&new_need, requirement.need);
        }
        for conflict in &mut catalog.conflicts {
            conflict.need = moved(&new_need, conflict.need);
        }
        for provision in &mut catalog.provides {
            provision.capability = moved(&new_capability, provision.capability);
            provision.policy = provision.policy.map(|number| moved(&new_policy, number));
        }
        for used in &mut catalog.uses {
            used.resource = moved(&new_resource, used.resource);
        }
        for (_, release) in &mut written {
            release.extension = moved(&new_extension, release.extension);
            sort(&mut catalog.requires, release.requires);
            sort(&mut catalog.provides, release.provides);
            sort(&mut catalog.uses, release.uses);
            sort(&mut catalog.conflicts, release.conflicts);
        }
        written.sort_by(|(_, a), (_, b)| {
            let newest_first = || b.version.cmp_precedence(&a.version);
            a.extension.cmp(&b.extension).then_with(newest_first)
        });
        for pair in written.windows(2) {
            let [(first, a), (second, b)] = pair else { continue };
            if a.extension == b.extension && a.version.cmp_precedence(&b.version).is_eq() {
                let name = extensions.get(a.extension as usize).copied().unwrap_or_default();
                let (first, second) = (first.min(second), first.max(second));
                let message = format!(
                    "`{name}` {} is already at /extensions/{first} (build metadata does not count); remove one",
                    b.version
                );
                self.problems
                    .at(format_args!("/extensions/{second}/version"), message);
            }
        }
        catalog.extensions = owned(extensions);
        catalog.capabilities = owned(capabilities);
        catalog.resources = owned(resources);
        catalog.policies = owned(policies);
        catalog.releases = written.into_iter().map(|(_, release)| release).collect();
        index(&mut catalog);
        catalog
    }
}

fn sort<T: Ord>(all: &mut [T], span: Span) {
    if let Some(part) = all.get_mut(span.0 as usize..span.1 as usize)
        && part.len() > 1
    {
        part.sort_unstable();
    }
}

/// What is found from the releases: where each extension's begin, their ranks, who provides and who uses what.
fn index(catalog: &mut Catalog) {
    let mut first = Vec::with_capacity(catalog.extensions.len() + 1);
    let mut rest = catalog.releases.as_mut_slice();
    let mut start = 0;
    for extension in 0..size(catalog.extensions.len()) {
        first.push(start);
        let count = rest
            .iter()
            .take_while(|release| release.extension == extension)
            .count();
        let (own, others) = rest.split_at_mut(count);
        rest = others;
        let mut rank = 0;
        for pre in [false, true] {
            for release in own.iter_mut() {
                if release.yanked {
                    release.rank = u32::MAX;
                } else if release.version.pre.is_empty() != pre {
                    release.rank = rank;
                    rank += 1;
                }
            }
        }
        start += size(count);
    }
    first.push(start);
    catalog.first = first;

    let mut providers = vec![Vec::new(); catalog.capabilities.len()];
    let mut users = vec![Vec::new(); catalog.resources.len()];
    for (number, release) in (0..).zip(&catalog.releases) {
        for provision in release.provides.of(&catalog.provides) {
            note(&mut providers, provision.capability, number);
        }
        for used in release.uses.of(&catalog.uses) {
            note(&mut users, used.resource, number);
        }
    }
    catalog.providers = providers;
    catalog.users = users;
}

fn note(lists: &mut [Vec<u32>], key: u32, release: u32) {
    if let Some(list) = lists.get_mut(key as usize)
        && list.last() != Some(&release)
    {
        list.push(release);
    }
}
