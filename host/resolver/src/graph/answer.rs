//! From an answer, as documented JSON, to what is drawn. A tenant's own resolver answers in the same format, so nothing here relies on a
//! field being there or making sense.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Graph, Kind, Link, Node, State};
use crate::order::{Edge, order};

impl Graph {
    /// The graph of an answer: what was chosen, what is missing, and every conflict. Conflicts of more than two mark each of them.
    pub fn of_answer(answer: &Value) -> Self {
        let mut links = conflicts(answer);
        let mut nodes: BTreeMap<&str, Node> = BTreeMap::new();
        for chosen in rows(answer, "extensions") {
            let (Some(id), requested) = (
                text(chosen, "id"),
                chosen.get("requested") == Some(&Value::Bool(true)),
            ) else {
                continue;
            };
            let because: Vec<&str> = rows(chosen, "because").filter_map(Value::as_str).collect();
            let state = if requested {
                State::Requested
            } else {
                State::Needed
            };
            nodes.insert(
                id,
                node(
                    id,
                    text(chosen, "version").unwrap_or_default(),
                    state,
                    because.join("; "),
                ),
            );
        }
        for id in rows(answer, "quarantined").filter_map(Value::as_str) {
            nodes
                .entry(id)
                .or_insert_with(|| node(id, "", State::Quarantined, String::new()))
                .state = State::Quarantined;
        }
        for conflict in rows(answer, "conflicts") {
            for id in members(conflict) {
                nodes
                    .entry(id)
                    .or_insert_with(|| node(id, "not chosen", State::Missing, String::new()));
            }
        }
        for row in rows(answer, "dependencies") {
            let (Some(from), Some(wanted)) = (text(row, "extension_id"), text(row, "dependency_id")) else {
                continue;
            };
            let met = row.get("satisfied") == Some(&Value::Bool(true));
            let optional = row.get("optional") == Some(&Value::Bool(true));
            let capability = text(row, "dependency_type") == Some("capability");
            let by = if capability {
                text(row, "resolved_provider")
            } else {
                Some(wanted)
            };
            let to = match by {
                Some(by) => by,
                None if met => continue,
                None => wanted,
            };
            if met && optional && !nodes.contains_key(to) {
                continue;
            }
            nodes
                .entry(from)
                .or_insert_with(|| node(from, "not chosen", State::Missing, String::new()));
            let range = text(row, "range").unwrap_or("any version");
            let lacking = if capability {
                format!("capability, {range}")
            } else {
                range.to_owned()
            };
            nodes
                .entry(to)
                .or_insert_with(|| node(to, &lacking, State::Missing, String::new()));
            if from != to || !met {
                links.push(Link {
                    kind: match (met, optional) {
                        (false, _) => Kind::Error,
                        (true, true) => Kind::Optional,
                        (true, false) => Kind::Requires,
                    },
                    from: from.to_owned(),
                    to: to.to_owned(),
                    note: text(row, "reason").unwrap_or_default().to_owned(),
                });
            }
        }
        level(&mut nodes, &links, answer);
        let title = match text(answer, "site") {
            Some(site) => format!("Extensions of {site}"),
            None => "Extensions".to_owned(),
        };
        Self {
            title,
            nodes: nodes.into_values().collect(),
            links,
        }
    }
}

fn conflicts(answer: &Value) -> Vec<Link> {
    let mut links = Vec::new();
    for conflict in rows(answer, "conflicts") {
        let warning = text(conflict, "severity") == Some("warning");
        let members: Vec<&str> = members(conflict).into_iter().collect();
        let pairs = match members.as_slice() {
            [one, other] => vec![(*one, *other)],
            all => all.iter().map(|id| (*id, *id)).collect(),
        };
        links.extend(pairs.into_iter().map(|(from, to)| Link {
            kind: if warning { Kind::Warning } else { Kind::Error },
            from: from.to_owned(),
            to: to.to_owned(),
            note: text(conflict, "reason").unwrap_or_default().to_owned(),
        }));
    }
    links
}

/// Levels are those of activation; what has none comes after them, or, if nothing is activated, where its requirements put it.
fn level(nodes: &mut BTreeMap<&str, Node>, links: &[Link], answer: &Value) {
    let mut last = 0;
    let mut levels: BTreeMap<&str, u32> = BTreeMap::new();
    for (level, ids) in (0_u32..).zip(rows(answer, "activation")) {
        let ids = ids.as_array().into_iter().flatten().filter_map(Value::as_str);
        levels.extend(ids.map(|id| (id, level)));
        last = level + 1;
    }
    if levels.is_empty() {
        let numbers: BTreeMap<&str, u32> = nodes.keys().copied().zip(0..).collect();
        let edges: Vec<Edge> = links
            .iter()
            .filter_map(|link| {
                let requires = link.kind == Kind::Requires;
                let edge = |optional| {
                    let (from, to) = (*numbers.get(link.from.as_str())?, *numbers.get(link.to.as_str())?);
                    (from != to).then_some(Edge {
                        from,
                        to,
                        optional,
                        fact: 0,
                    })
                };
                edge(!requires)
            })
            .collect();
        let found = order(&numbers.values().copied().collect::<Vec<_>>(), &edges);
        last = u32::try_from(found.levels.len()).unwrap_or(u32::MAX);
        let names: Vec<&str> = numbers.keys().copied().collect();
        for (level, members) in (0_u32..).zip(&found.levels) {
            levels.extend(
                members
                    .iter()
                    .filter_map(|n| names.get(*n as usize))
                    .map(|id| (*id, level)),
            );
        }
    }
    for (id, node) in nodes {
        let otherwise = if node.state == State::Missing { 0 } else { last };
        node.level = levels.get(id).copied().unwrap_or(otherwise);
    }
}

fn node(id: &str, version: &str, state: State, note: String) -> Node {
    Node {
        id: id.to_owned(),
        version: version.to_owned(),
        state,
        level: 0,
        note,
    }
}

/// Everyone who has a part in a conflict.
fn members(conflict: &Value) -> BTreeSet<&str> {
    let pair = ["extension_id_1", "extension_id_2"]
        .into_iter()
        .filter_map(|field| text(conflict, field));
    pair.chain(rows(conflict, "extensions").filter_map(Value::as_str))
        .collect()
}

fn rows<'a>(of: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    of.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(of: &'a Value, field: &str) -> Option<&'a str> {
    of.get(field).and_then(Value::as_str)
}
