//! Plans from one set of versions to another that hold after each step.
//!
//! Only what differs between the two sets is touched: removed, added, or replaced by its new version. A step does one of these to one
//! extension. Where replacing it can't hold, it may be deactivated first and activated later, in its new version. After each step nothing may be
//! broken that is not broken in the current or in the target set too: so a plan also leads out of a set that is broken already.
//!
//! Invariants: the plan ends in the target set. If a plan of single steps exists, and the search is complete, the plan has single steps only, and as few
//! extensions as possible are deactivated for a while. Otherwise the largest group that changes at once is as small as possible, then the
//! number of extensions in groups. A search that uses up its budget says so: its plan holds at each step too, but may not be the best.
//! Absent: what can be broken; the caller's [`Rules`] know.

use std::collections::{BTreeMap, BTreeSet};

mod search;

use search::Search;

/// What must hold among the active ones.
pub trait Rules {
    /// Something that can be broken: a declaration, in the caller's words.
    type Fact: Clone + Ord;

    /// All that is broken in a set, given as version by extension.
    fn broken(&mut self, active: &BTreeMap<u32, u32>) -> Vec<Self::Fact>;

    /// Where an extension stands in the order of activation. It decides which of several plans is found, and how fast.
    fn level(&self, id: u32) -> u32 {
        let _ = id;
        0
    }
}

/// A change to one extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// It goes out of use.
    Deactivate {
        /// The extension.
        id: u32,
        /// The version that was active.
        version: u32,
    },
    /// Another version takes its place.
    Replace {
        /// The extension.
        id: u32,
        /// The version that was active.
        from: u32,
        /// The version that is.
        to: u32,
    },
    /// It comes into use.
    Activate {
        /// The extension.
        id: u32,
        /// The version that is active.
        version: u32,
    },
}

impl Step {
    /// The extension that it changes.
    pub fn id(&self) -> u32 {
        match self {
            Self::Deactivate { id, .. } | Self::Replace { id, .. } | Self::Activate { id, .. } => *id,
        }
    }

    fn apply(self, active: &mut BTreeMap<u32, u32>) {
        match self {
            Self::Deactivate { id, .. } => active.remove(&id),
            Self::Replace { id, to, .. } => active.insert(id, to),
            Self::Activate { id, version } => active.insert(id, version),
        };
    }
}

/// Steps that are taken at once: one, wherever possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<F> {
    /// The steps, by extension.
    pub steps: Vec<Step>,
    /// For more than one step: what would be broken if this extension went first, alone.
    pub because: Vec<(u32, F)>,
}

/// The way to the target set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan<F> {
    /// What to do, in order.
    pub groups: Vec<Group<F>>,
    /// Whether no better plan exists. False if the budget was used up.
    pub proven: bool,
    /// How many sets were checked.
    pub checks: usize,
}

/// Finds a plan. The budget is in sets checked; a tenth more may be checked to make a plan without proof smaller, and one for each step
/// of a group to say why.
pub fn transition<R: Rules>(
    current: &BTreeMap<u32, u32>,
    target: &BTreeMap<u32, u32>,
    rules: &mut R,
    budget: usize,
) -> Plan<R::Fact> {
    let mut allowed: BTreeSet<_> = rules.broken(current).into_iter().collect();
    allowed.extend(rules.broken(target));
    let (path, proven, mut checks) = {
        let mut search = Search::new(current, target, rules, &allowed, budget);
        let (path, proven) = search.run();
        (path, proven, search.checks + 2)
    };
    let mut active = current.clone();
    let mut groups = Vec::new();
    for steps in path {
        let mut because = Vec::new();
        if steps.len() > 1 {
            for step in &steps {
                let mut alone = active.clone();
                step.apply(&mut alone);
                checks += 1;
                let broken = rules
                    .broken(&alone)
                    .into_iter()
                    .filter(|fact| !allowed.contains(fact))
                    .min();
                because.extend(broken.map(|fact| (step.id(), fact)));
            }
        }
        for step in &steps {
            step.apply(&mut active);
        }
        groups.push(Group { steps, because });
    }
    Plan {
        groups,
        proven,
        checks,
    }
}
