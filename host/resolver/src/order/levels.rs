//! Levels of what is on no cycle of required edges; optional edges go where they close one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Dense, Edge, components, mark, marked};

/// Marks what requires something marked, however indirectly.
pub(super) fn quarantine(graph: &Dense, stuck: &mut [bool]) {
    let nodes = 0..u32::try_from(graph.nodes).unwrap_or(u32::MAX);
    let mut queue: Vec<u32> = nodes.filter(|node| marked(stuck, *node)).collect();
    while let Some(node) = queue.pop() {
        let requiring = graph.dependents(node).iter().filter(|edge| !edge.optional);
        queue.extend(requiring.map(|edge| edge.from).filter(|node| mark(stuck, *node)));
    }
}

/// The levels of the free nodes, among which no required edges form a cycle, and the optional edges that were dropped.
pub(super) fn levels(graph: &Dense, free: &[bool]) -> (Vec<Vec<u32>>, Vec<Edge>) {
    let dropped = dropped(graph, free);
    (in_levels(graph, free, &dropped), dropped)
}

/// Levels of what is on no cycle of any edges and depends on nothing that is.
pub(super) fn without_cycles(graph: &Dense) -> Vec<Vec<u32>> {
    in_levels(graph, &vec![true; graph.nodes], &[])
}

fn in_levels(graph: &Dense, free: &[bool], dropped: &[Edge]) -> Vec<Vec<u32>> {
    let counts = |edge: &&Edge| marked(free, edge.from) && marked(free, edge.to);
    let kept = |edge: &&Edge| counts(edge) && (!edge.optional || dropped.binary_search(edge).is_err());

    let mut waits = vec![0_usize; graph.nodes];
    for edge in graph.edges.iter().filter(kept) {
        if let Some(count) = waits.get_mut(edge.from as usize) {
            *count += 1;
        }
    }
    let ready = |(node, waits): (u32, &usize)| (*waits == 0 && marked(free, node)).then_some(node);
    let mut level: Vec<u32> = (0_u32..).zip(&waits).filter_map(ready).collect();
    let mut levels = Vec::new();
    while !level.is_empty() {
        let mut next = Vec::new();
        for node in &level {
            for edge in graph.dependents(*node).iter().filter(kept) {
                if let Some(count) = waits.get_mut(edge.from as usize) {
                    *count -= 1;
                    if *count == 0 {
                        next.push(edge.from);
                    }
                }
            }
        }
        next.sort_unstable();
        levels.push(std::mem::replace(&mut level, next));
    }
    levels
}

/// The optional edges to leave out: within each set of nodes that reach one another over any edges, those that go against an order of its nodes
/// that the required ones allow. In that order a node waits for its optional dependencies too as long as any other node can go on.
fn dropped(graph: &Dense, free: &[bool]) -> Vec<Edge> {
    let counts = |edge: &&Edge| marked(free, edge.from) && marked(free, edge.to);
    let edges = graph.edges.iter().filter(counts);
    let components = components(graph.nodes, edges.map(|edge| (edge.from, edge.to)));
    let mut home = vec![0_usize; graph.nodes];
    for (component, at) in components.iter().zip(0..) {
        for node in component {
            if let Some(home) = home.get_mut(*node as usize) {
                *home = at;
            }
        }
    }
    let home = |node: u32| home.get(node as usize).copied();
    let inside = |edge: &&Edge| counts(edge) && home(edge.from) == home(edge.to);

    let mut waits = vec![Waits::default(); graph.nodes];
    for edge in graph.edges.iter().filter(inside) {
        if let Some(waits) = waits.get_mut(edge.from as usize) {
            *waits.of(edge) += 1;
        }
    }
    let mut done = vec![false; graph.nodes];
    let mut dropped = Vec::new();
    for component in &components {
        let mut heap: BinaryHeap<Reverse<(bool, u32)>> = BinaryHeap::new();
        for node in component {
            push(&mut heap, &waits, *node);
        }
        // A node comes twice when its last optional dependency is done after it was ready for want of others.
        while let Some(Reverse((_, node))) = heap.pop() {
            if !mark(&mut done, node) {
                continue;
            }
            let unmet = |edge: &&Edge| inside(edge) && !marked(&done, edge.to);
            let itself = |edge: &&Edge| edge.to == node && edge.from == node && edge.optional && counts(edge);
            dropped.extend(
                graph
                    .dependencies(node)
                    .iter()
                    .filter(|edge| unmet(edge) || itself(edge)),
            );
            for edge in graph.dependents(node).iter().filter(inside) {
                if let Some(waits) = waits.get_mut(edge.from as usize) {
                    *waits.of(edge) -= 1;
                }
                push(&mut heap, &waits, edge.from);
            }
        }
    }
    dropped.sort_unstable();
    dropped
}

/// How many dependencies a node waits for.
#[derive(Clone, Copy, Default)]
struct Waits {
    required: usize,
    optional: usize,
}

impl Waits {
    fn of(&mut self, edge: &Edge) -> &mut usize {
        if edge.optional {
            &mut self.optional
        } else {
            &mut self.required
        }
    }
}

/// Adds a node that waits for nothing required; those that wait for nothing optional either go first.
fn push(heap: &mut BinaryHeap<Reverse<(bool, u32)>>, waits: &[Waits], node: u32) {
    if let Some(waits) = waits.get(node as usize)
        && waits.required == 0
    {
        heap.push(Reverse((waits.optional > 0, node)));
    }
}
