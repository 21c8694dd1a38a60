//! The shortest cycle of required edges in a set of nodes that reach one another.
//!
//! From each node in turn, a search in breadth for the way back to it, no deeper than the shortest cycle so far; then the node is
//! taken out, and with it whatever can then be on no cycle. So a ring costs one round, and the first cycle found of a length is the first by nodes.

use std::collections::{BTreeMap, VecDeque};

use super::{Dense, Edge};

/// How many edges the search may look at.
const BUDGET: usize = 20_000_000;

/// A shortest cycle, from its lowest node on; none if the component is a single node that does not require itself.
pub(super) fn shortest(graph: &Dense, component: &[u32]) -> Option<Vec<Edge>> {
    let mut left = Left::new(graph, component)?;
    let mut best: Option<Vec<Edge>> = None;
    let mut budget = BUDGET;
    for start in component {
        if best.as_ref().is_some_and(|best| best.len() == 1) || (budget == 0 && best.is_some()) {
            break;
        }
        if !left.has(*start) {
            continue;
        }
        let depth = best.as_ref().map_or(usize::MAX, |best| best.len() - 1);
        if let Some(cycle) = left.back_to(*start, depth, &mut budget) {
            best = Some(cycle);
        }
        left.remove(*start);
    }
    best
}

/// The part of a component that may still be on a cycle, its nodes numbered by their place in it.
struct Left<'a> {
    graph: &'a Dense,
    places: BTreeMap<u32, usize>,
    /// Per node: edges from it and to it within what is left; none when it is out.
    degrees: Vec<Option<(usize, usize)>>,
}

impl<'a> Left<'a> {
    fn new(graph: &'a Dense, component: &[u32]) -> Option<Self> {
        if let [single] = component
            && !graph
                .dependencies(*single)
                .iter()
                .any(|edge| edge.to == *single && !edge.optional)
        {
            return None;
        }
        let places: BTreeMap<_, _> = component.iter().zip(0..).map(|(node, at)| (*node, at)).collect();
        let inside =
            |edge: &&Edge| !edge.optional && places.contains_key(&edge.from) && places.contains_key(&edge.to);
        let degree = |node: &u32| {
            let (out, into) = (graph.dependencies(*node).iter(), graph.dependents(*node).iter());
            Some((out.filter(inside).count(), into.filter(inside).count()))
        };
        let degrees = component.iter().map(degree).collect();
        Some(Self {
            graph,
            places,
            degrees,
        })
    }

    fn degree(&mut self, node: u32) -> Option<&mut Option<(usize, usize)>> {
        self.degrees.get_mut(*self.places.get(&node)?)
    }

    fn has(&self, node: u32) -> bool {
        let at = self.places.get(&node).copied();
        at.and_then(|at| self.degrees.get(at))
            .is_some_and(Option::is_some)
    }

    /// Takes a node out, and then each that nothing leads to or that leads nowhere.
    fn remove(&mut self, node: u32) {
        let graph = self.graph;
        let mut out = vec![node];
        while let Some(node) = out.pop() {
            if self.degree(node).and_then(Option::take).is_none() {
                continue;
            }
            for edge in graph.dependencies(node).iter().filter(|edge| !edge.optional) {
                if let Some(Some((_, into))) = self.degree(edge.to) {
                    *into = into.saturating_sub(1);
                    if *into == 0 {
                        out.push(edge.to);
                    }
                }
            }
            for edge in graph.dependents(node).iter().filter(|edge| !edge.optional) {
                if let Some(Some((from, _))) = self.degree(edge.from) {
                    *from = from.saturating_sub(1);
                    if *from == 0 {
                        out.push(edge.from);
                    }
                }
            }
        }
    }

    /// The shortest way from a node back to it, of at most so many edges.
    fn back_to(&self, start: u32, depth: usize, budget: &mut usize) -> Option<Vec<Edge>> {
        let mut came: BTreeMap<u32, Edge> = BTreeMap::new();
        let mut queue = VecDeque::from([(start, 0)]);
        while let Some((node, far)) = queue.pop_front() {
            if far >= depth {
                return None;
            }
            for edge in self.graph.dependencies(node) {
                *budget = budget.saturating_sub(1);
                if edge.optional || !self.has(edge.to) {
                    continue;
                }
                if edge.to == start {
                    return Some(way(&came, *edge, start));
                }
                came.entry(edge.to).or_insert_with(|| {
                    queue.push_back((edge.to, far + 1));
                    *edge
                });
            }
        }
        None
    }
}

/// The edges from the start to the last one, in this direction.
fn way(came: &BTreeMap<u32, Edge>, last: Edge, start: u32) -> Vec<Edge> {
    let mut way = vec![last];
    let mut at = last.from;
    while at != start {
        let Some(edge) = came.get(&at) else {
            break;
        };
        way.push(*edge);
        at = edge.from;
    }
    way.reverse();
    way
}
