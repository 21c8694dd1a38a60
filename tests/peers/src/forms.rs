//! A site in the form of each other solver.

use pubgrub::{OfflineDependencyProvider, Ranges};
use resolvo::utils::{Pool, VersionSet};
use resolvo::{
    Candidates, Condition, ConditionId, ConditionalRequirement, Dependencies, DependencyProvider, Interner,
    KnownDependencies, NameId, Problem, SolvableId, Solver, SolverCache, StringId, VersionSetId,
    VersionSetUnionId,
};

use crate::sites::{Site, Span};

impl VersionSet for Span {
    type V = u32;
}

/// For pubgrub, which has no alternatives: a package for each pair, whose two versions depend on one each.
pub(crate) fn pubgrub(site: &Site) -> OfflineDependencyProvider<Package, Ranges<u32>> {
    let range = |span: Span| Ranges::from_range_bounds(span.0..span.1);
    let mut provider = OfflineDependencyProvider::new();
    for (id, at, release) in site.releases() {
        let extensions = release
            .requires
            .iter()
            .map(|&(to, span)| (Package::Extension(to), range(span)));
        let either = release
            .either
            .map(|(one, _)| (Package::Either(one), range(Span(0, 2))));
        // Two ranges for one package have to be one.
        let mut all: Vec<(Package, Ranges<u32>)> = Vec::new();
        for (package, range) in extensions.chain(either) {
            match all.iter_mut().find(|(known, _)| *known == package) {
                Some((_, known)) => *known = known.intersection(&range),
                None => all.push((package, range)),
            }
        }
        provider.add_dependencies(Package::Extension(id), at, all);
        if let Some((one, other)) = release.either {
            for (version, to) in [(1_u32, one), (0, other)] {
                provider.add_dependencies(
                    Package::Either(one),
                    version,
                    [(Package::Extension(to), range(Span::ALL))],
                );
            }
        }
    }
    let wanted = site
        .requested
        .iter()
        .map(|&id| (Package::Extension(id), range(Span::ALL)));
    provider.add_dependencies(Package::Root, 0_u32, wanted);
    provider
}

/// For resolvo.
pub(crate) fn resolvo(site: &Site) -> Resolvo {
    let pool: Pool<Span, u32> = Pool::new();
    let names: Vec<NameId> = (0..)
        .zip(&site.extensions)
        .map(|(id, _)| pool.intern_package_name::<u32>(id))
        .collect();
    let set = |to: u32, span: Span| pool.intern_version_set(names[to as usize], span);
    let mut candidates = vec![Vec::new(); names.len()];
    let mut dependencies = Vec::new();
    for (id, at, release) in site.releases() {
        let solvable = pool.intern_solvable(names[id as usize], at);
        candidates[id as usize].push(solvable);
        let mut requirements: Vec<ConditionalRequirement> = release
            .requires
            .iter()
            .map(|&(to, span)| set(to, span).into())
            .collect();
        requirements.extend(release.either.map(|(one, other)| {
            let union =
                pool.intern_version_set_union(set(one, Span::ALL), std::iter::once(set(other, Span::ALL)));
            ConditionalRequirement::from(union)
        }));
        dependencies.push((solvable, requirements));
    }
    dependencies.sort_by_key(|(solvable, _)| *solvable);
    let wanted = site
        .requested
        .iter()
        .map(|&id| set(id, Span::ALL).into())
        .collect();
    Resolvo {
        names: names.iter().copied().zip(candidates).collect(),
        dependencies,
        wanted,
        pool,
    }
}

/// A package for pubgrub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Package {
    Root,
    Extension(u32),
    Either(u32),
}

impl std::fmt::Display for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

/// A site for resolvo, kept from one run to the next.
pub(crate) struct Resolvo {
    pool: Pool<Span, u32>,
    /// The releases of each extension, in the order of the pool's numbers.
    names: Vec<(NameId, Vec<SolvableId>)>,
    dependencies: Vec<(SolvableId, Vec<ConditionalRequirement>)>,
    wanted: Vec<ConditionalRequirement>,
}

impl Resolvo {
    /// Solves it from nothing; how many releases are chosen.
    pub(crate) fn solve(&self) -> usize {
        let mut solver = Solver::new(View(self));
        let problem = Problem::new().requirements(self.wanted.clone());
        let Ok(chosen) = solver.solve(problem) else {
            panic!("the site has a solution")
        };
        chosen.len()
    }
}

/// What resolvo asks, which takes what it asks for its own.
struct View<'a>(&'a Resolvo);

impl Interner for View<'_> {
    fn display_solvable(&self, solvable: SolvableId) -> impl std::fmt::Display + '_ {
        let solvable = self.0.pool.resolve_solvable(solvable);
        format!(
            "e{} {}",
            self.0.pool.resolve_package_name(solvable.name),
            solvable.record
        )
    }

    fn display_name(&self, name: NameId) -> impl std::fmt::Display + '_ {
        self.0.pool.resolve_package_name(name)
    }

    fn display_version_set(&self, version_set: VersionSetId) -> impl std::fmt::Display + '_ {
        self.0.pool.resolve_version_set(version_set).text()
    }

    fn display_string(&self, string_id: StringId) -> impl std::fmt::Display + '_ {
        self.0.pool.resolve_string(string_id)
    }

    fn version_set_name(&self, version_set: VersionSetId) -> NameId {
        self.0.pool.resolve_version_set_package_name(version_set)
    }

    fn solvable_name(&self, solvable: SolvableId) -> NameId {
        self.0.pool.resolve_solvable(solvable).name
    }

    fn version_sets_in_union(&self, union: VersionSetUnionId) -> impl Iterator<Item = VersionSetId> {
        self.0.pool.resolve_version_set_union(union)
    }

    fn resolve_condition(&self, _: ConditionId) -> Condition {
        unreachable!("no requirement has a condition")
    }
}

impl DependencyProvider for View<'_> {
    async fn filter_candidates(
        &self,
        candidates: &[SolvableId],
        version_set: VersionSetId,
        inverse: bool,
    ) -> Vec<SolvableId> {
        let span = self.0.pool.resolve_version_set(version_set);
        let within = |solvable: &SolvableId| {
            let release = self.0.pool.resolve_solvable(*solvable).record;
            (span.0..span.1).contains(&release) != inverse
        };
        candidates.iter().copied().filter(within).collect()
    }

    async fn get_candidates(&self, name: NameId) -> Option<Candidates> {
        let found = self.0.names.binary_search_by_key(&name, |(name, _)| *name).ok()?;
        Some(Candidates {
            candidates: self.0.names[found].1.clone(),
            ..Candidates::default()
        })
    }

    async fn sort_candidates(&self, _: &SolverCache<Self>, solvables: &mut [SolvableId]) {
        solvables.sort_by_key(|&solvable| std::cmp::Reverse(self.0.pool.resolve_solvable(solvable).record));
    }

    async fn get_dependencies(&self, solvable: SolvableId) -> Dependencies {
        let found = self
            .0
            .dependencies
            .binary_search_by_key(&solvable, |(solvable, _)| *solvable);
        let requirements = found.map(|found| self.0.dependencies[found].1.clone());
        Dependencies::Known(KnownDependencies {
            requirements: requirements.unwrap_or_default(),
            constrains: Vec::new(),
        })
    }
}
