//! A request in the numbers of a catalog: what it asks for, and which releases it makes eligible.
//!
//! Which releases are eligible: a yanked one only where it is installed or pinned. A pre-release that is installed or pinned
//! is met by a need without range, too.

use semver::Version;

use crate::catalog::{Catalog, Need, Target};
use crate::range::Range;
use crate::request::{Prefer, Request};

/// A request in the numbers of a catalog. What the catalog does not know at all is kept as absent.
#[derive(Debug, Default)]
pub(crate) struct Situation {
    /// For each entry of `requested`, the extension.
    pub(crate) wanted: Vec<Option<u32>>,
    pub(crate) ranges: Vec<Option<Range>>,
    /// By extension, what is installed, where the catalog still has it.
    pub(crate) installed: Vec<(u32, u32)>,
    /// For each pin of an extension that the catalog knows: the extension, the release if there is one, the pin's number.
    pub(crate) pins: Vec<(u32, Option<u32>, u32)>,
    /// For each policy on a capability that the catalog knows: the capability, the policy, the policy's number.
    pub(crate) policies: Vec<(u32, Option<u32>, u32)>,
    pub(crate) keep: bool,
    /// Ranks that differ from the catalog's, by release.
    ranks: Vec<(u32, u32)>,
    /// The releases that are installed or pinned, ascending.
    special: Vec<u32>,
}

impl Situation {
    pub(crate) fn new(catalog: &Catalog, request: &Request) -> Self {
        let find = |id: &str, version: &Version| {
            let extension = catalog.extension(id)?;
            Some((extension, catalog.find(extension, version)))
        };
        let installed = request.installed.iter().filter_map(|(id, version)| {
            let (extension, release) = find(id, version)?;
            Some((extension, release?))
        });
        let pins = (0..).zip(&request.pins).filter_map(|(number, (id, version))| {
            let (extension, release) = find(id, version)?;
            Some((extension, release, number))
        });
        let policies = (0..).zip(&request.policies).filter_map(|(number, (capability, policy))| {
            Some((catalog.capability(capability)?, catalog.policy(policy), number))
        });
        let mut situation = Self {
            wanted: request.requested.iter().map(|wanted| catalog.extension(&wanted.id)).collect(),
            ranges: request.requested.iter().map(|wanted| wanted.range.clone()).collect(),
            installed: installed.collect(),
            pins: pins.collect(),
            policies: policies.collect(),
            keep: request.prefer == Prefer::MinimalChange,
            ..Self::default()
        };
        let pinned = situation.pins.iter().filter_map(|&(_, release, _)| release);
        situation.special = situation.installed.iter().map(|&(_, release)| release).chain(pinned).collect();
        situation.special.sort_unstable();
        situation.special.dedup();
        situation.rank(catalog);
        situation
    }

    pub(crate) fn is_special(&self, release: u32) -> bool {
        !self.special.is_empty() && self.special.binary_search(&release).is_ok()
    }

    pub(crate) fn is_eligible(&self, catalog: &Catalog, release: u32) -> bool {
        !catalog.release(release).yanked || self.is_special(release)
    }

    /// Whether the request itself asks for a release by a range.
    pub(crate) fn asks_for(&self, catalog: &Catalog, release: u32) -> bool {
        let release = catalog.release(release);
        let mut asked = self.wanted.iter().zip(&self.ranges);
        asked.any(|(&wanted, range)| {
            wanted == Some(release.extension) && range.as_ref().is_some_and(|range| range.matches(&release.version))
        })
    }

    /// The place of a release among those of its extension, 0 the one to prefer.
    pub(crate) fn rank_of(&self, catalog: &Catalog, release: u32) -> u32 {
        if !self.ranks.is_empty()
            && let Ok(found) = self.ranks.binary_search_by_key(&release, |&(release, _)| release)
        {
            return self.ranks.get(found).map_or(u32::MAX, |&(_, rank)| rank);
        }
        catalog.release(release).rank
    }

    /// The eligible releases that satisfy what was requested under a number.
    pub(crate) fn requested(&self, catalog: &Catalog, number: usize) -> Vec<u32> {
        let Some(&Some(extension)) = self.wanted.get(number) else {
            return Vec::new();
        };
        let range = self.ranges.get(number).and_then(Option::as_ref);
        let range = range.filter(|range| !crate::catalog::asks_nothing(range.text(), catalog.dialect()));
        let meets = |&release: &u32| {
            let version = &catalog.release(release).version;
            self.is_eligible(catalog, release)
                && match range {
                    None => version.pre.is_empty() || self.is_special(release),
                    Some(range) => range.matches(version),
                }
        };
        catalog.releases_of(extension).filter(meets).collect()
    }

    /// Appends the eligible releases that meet a need.
    pub(crate) fn candidates(&self, catalog: &Catalog, number: u32, need: &Need, out: &mut Vec<u32>) {
        let met = catalog.met_by(number).iter().copied();
        out.extend(met.filter(|&release| self.is_eligible(catalog, release)));
        if let (Target::Extension(extension), true, false) = (need.target, need.any, need.every) {
            let releases = catalog.releases_of(extension);
            let from = self.special.partition_point(|&release| release < releases.start);
            let special = self.special.iter().skip(from).take_while(|&&release| release < releases.end);
            out.extend(special.filter(|&&release| !catalog.release(release).version.pre.is_empty()));
        }
    }

    /// Ranks where this request makes more releases eligible, or asks for pre-releases by itself.
    fn rank(&mut self, catalog: &Catalog) {
        let mut differ: Vec<u32> = Vec::new();
        let unusual = |release: &&u32| {
            let release = catalog.release(**release);
            release.yanked || !release.version.pre.is_empty()
        };
        differ.extend(self.special.iter().filter(unusual).map(|&release| catalog.release(release).extension));
        for (wanted, range) in self.wanted.iter().zip(&self.ranges) {
            if let (&Some(wanted), Some(_)) = (wanted, range)
                && catalog.releases_of(wanted).any(|release| !catalog.release(release).version.pre.is_empty())
            {
                differ.push(wanted);
            }
        }
        differ.sort_unstable();
        differ.dedup();
        let mut ranks = Vec::new();
        for extension in differ {
            let asked = |release: u32| {
                catalog.release(release).version.pre.is_empty()
                    || self.is_special(release)
                    || self.asks_for(catalog, release)
            };
            let eligible = catalog.releases_of(extension).filter(|&release| self.is_eligible(catalog, release));
            let (first, last): (Vec<u32>, Vec<u32>) = eligible.partition(|&release| asked(release));
            ranks.extend((0..).zip(first.into_iter().chain(last)).map(|(rank, release)| (release, rank)));
        }
        ranks.sort_unstable();
        self.ranks = ranks;
    }
}
