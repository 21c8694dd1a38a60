//! Orders what depends on one another: levels of activation, cycles, and plans from one set to another.
//!
//! Nodes are numbers that the caller gives in its canonical order (by id); everything here is told in that order, so the answer depends on
//! the graph and not on the order of its edges.
//!
//! Invariants: every node is in exactly one level or quarantined. A node's required and optional dependencies are in levels before its own, except
//! over edges that are listed as dropped and to nodes that are quarantined. Only nodes on a cycle of required edges, and what requires them
//! however indirectly, are quarantined. Nothing recurses, so a chain of any length fits a small stack.
//!
//! [`transition`] is for changes of a whole set. Absent: what an edge or a fact is; both are the caller's numbers.

mod cycle;
mod levels;
mod transition;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

pub use transition::{Group, Plan, Rules, Step, transition};

/// A dependency of one node on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// Who depends.
    pub from: u32,
    /// On whom.
    pub to: u32,
    /// Whether it only orders the two and may be dropped.
    pub optional: bool,
    /// The caller's number for what declares it.
    pub fact: u32,
}

/// An order of activation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// What can be activated at once, each level after the ones before; sorted.
    pub levels: Vec<Vec<u32>>,
    /// For each set of nodes that require one another in a circle, a shortest circle, from its lowest node on; of several, the first by
    /// nodes. In a set so large and so dense that the search takes more than 20 million edges, the shortest that it found until then.
    pub cycles: Vec<Vec<Edge>>,
    /// What is on such a circle or requires something that is; sorted.
    pub quarantined: Vec<u32>,
    /// Optional edges that are on a circle and were left out of the order; sorted.
    pub dropped: Vec<Edge>,
}

/// Finds the order. Edges from or to what is not among the nodes, and all but one of equal edges, don't count; a node that requires itself is a cycle.
pub fn order(nodes: &[u32], edges: &[Edge]) -> Order {
    let mut nodes = nodes.to_vec();
    nodes.sort_unstable();
    nodes.dedup();
    let graph = Dense::new(&nodes, edges);
    let name = |node: u32| nodes.get(node as usize).copied().unwrap_or(node);
    let levels = levels::without_cycles(&graph);
    if levels.iter().map(Vec::len).sum::<usize>() == nodes.len() {
        let named = |level: Vec<u32>| level.into_iter().map(name).collect();
        return Order {
            levels: levels.into_iter().map(named).collect(),
            ..Order::default()
        };
    }
    let required = graph.edges.iter().filter(|edge| !edge.optional);
    let components = components(nodes.len(), required.map(|edge| (edge.from, edge.to)));

    let mut cycles = Vec::new();
    let mut stuck = vec![false; nodes.len()];
    for component in &components {
        if let Some(cycle) = cycle::shortest(&graph, component) {
            cycles.push(cycle);
            for node in component {
                mark(&mut stuck, *node);
            }
        }
    }
    cycles.sort_unstable();
    levels::quarantine(&graph, &mut stuck);

    let free: Vec<bool> = stuck.iter().map(|stuck| !stuck).collect();
    let (levels, dropped) = levels::levels(&graph, &free);
    let named = |edge: Edge| Edge {
        from: name(edge.from),
        to: name(edge.to),
        ..edge
    };
    Order {
        levels: levels
            .into_iter()
            .map(|level| level.into_iter().map(name).collect())
            .collect(),
        cycles: cycles
            .into_iter()
            .map(|cycle| cycle.into_iter().map(named).collect())
            .collect(),
        quarantined: (0_u32..)
            .zip(&stuck)
            .filter(|(_, stuck)| **stuck)
            .map(|(node, _)| name(node))
            .collect(),
        dropped: dropped.into_iter().map(named).collect(),
    }
}

/// The graph with nodes numbered from 0 without gaps, in the same order, and with edges found by both ends.
struct Dense {
    nodes: usize,
    /// Sorted, each pair of nodes at most once as required and once as optional, by the lowest fact.
    edges: Vec<Edge>,
    /// Where the edges of a node begin in `edges`; one more at the end.
    begins: Vec<usize>,
    /// Edges by the node that they lead to.
    dependents: Vec<Vec<Edge>>,
}

impl Dense {
    fn new(nodes: &[u32], edges: &[Edge]) -> Self {
        let place = |node: u32| {
            nodes
                .binary_search(&node)
                .ok()
                .and_then(|at| u32::try_from(at).ok())
        };
        let dense = |edge: &Edge| {
            Some(Edge {
                from: place(edge.from)?,
                to: place(edge.to)?,
                ..*edge
            })
        };
        let mut edges: Vec<_> = edges.iter().filter_map(dense).collect();
        edges.sort_unstable();
        edges.dedup_by_key(|edge| (edge.from, edge.to, edge.optional));
        let mut begins = vec![0; nodes.len() + 1];
        let mut dependents = vec![Vec::new(); nodes.len()];
        for edge in &edges {
            if let Some(count) = begins.get_mut(edge.from as usize + 1) {
                *count += 1;
            }
            if let Some(of) = dependents.get_mut(edge.to as usize) {
                of.push(*edge);
            }
        }
        let mut sum = 0;
        for begin in &mut begins {
            sum += *begin;
            *begin = sum;
        }
        Self {
            nodes: nodes.len(),
            edges,
            begins,
            dependents,
        }
    }

    /// The edges to what a node depends on.
    fn dependencies(&self, node: u32) -> &[Edge] {
        let at = node as usize;
        let range = self.begins.get(at).zip(self.begins.get(at + 1));
        let edges = range.and_then(|(begin, end)| self.edges.get(*begin..*end));
        edges.unwrap_or_default()
    }

    /// The edges from what depends on a node.
    fn dependents(&self, node: u32) -> &[Edge] {
        self.dependents.get(node as usize).map_or(&[], Vec::as_slice)
    }
}

/// Sets of nodes that reach one another, each sorted, in the order of their lowest nodes. Kosaraju's way, since petgraph's other one recurses.
pub(crate) fn components(nodes: usize, edges: impl Iterator<Item = (u32, u32)>) -> Vec<Vec<u32>> {
    let mut graph = DiGraph::<(), (), u32>::with_capacity(nodes, 0);
    for _ in 0..nodes {
        graph.add_node(());
    }
    for (from, to) in edges {
        graph.add_edge(NodeIndex::from(from), NodeIndex::from(to), ());
    }
    let numbers = |component: Vec<NodeIndex<u32>>| {
        let mut nodes: Vec<_> = component
            .into_iter()
            .filter_map(|node| u32::try_from(node.index()).ok())
            .collect();
        nodes.sort_unstable();
        nodes
    };
    let mut components: Vec<_> = kosaraju_scc(&graph).into_iter().map(numbers).collect();
    components.sort_unstable();
    components
}

/// Marks a node; says whether it was not marked before.
fn mark(marks: &mut [bool], node: u32) -> bool {
    marks
        .get_mut(node as usize)
        .is_some_and(|mark| !std::mem::replace(mark, true))
}

fn marked(marks: &[bool], node: u32) -> bool {
    marks.get(node as usize).copied().unwrap_or(false)
}

#[cfg(test)]
mod tests;
