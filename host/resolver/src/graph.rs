//! The dependency graph of a site as SVG: levels from left to right, what is required left of what requires it, conflicts in red.
//!
//! The picture needs nothing from outside: no font, script or style sheet. What is red is also dashed or thick and says so in its
//! title, and the description tells the whole in words, so colour is never the only sign.
//!
//! Invariant: the same picture, byte for byte, for the same graph in any order; every text is escaped. Absent: what conflicts,
//! and in which level something is; the caller knows.

mod answer;
mod layout;

use std::collections::BTreeMap;
use std::fmt::Write;

use layout::{BOX_HEIGHT, BOX_WIDTH, Layout, Point};

/// What is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Whose graph it is, for the title.
    pub title: String,
    /// The extensions. Of two with one id, the first by content counts.
    pub nodes: Vec<Node>,
    /// What connects them. Links from or to ids that are not among the nodes are left out.
    pub links: Vec<Link>,
}

/// An extension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// Its version, or what stands in for it.
    pub version: String,
    /// How it stands.
    pub state: State,
    /// Its level of activation, from 0; where it has none, where to draw it.
    pub level: u32,
    /// A sentence for its title, or nothing.
    pub note: String,
}

/// How an extension stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It was asked for.
    Requested,
    /// Something else needs it.
    Needed,
    /// It stays out of use, because of a cycle.
    Quarantined,
    /// It is not there.
    Missing,
}

impl State {
    fn words(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Needed => "needed",
            Self::Quarantined => "quarantined",
            Self::Missing => "missing",
        }
    }
}

/// What connects two extensions, or, with the same id twice, marks one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Of what kind it is.
    pub kind: Kind,
    /// Who requires, or one of a conflict.
    pub from: String,
    /// What is required, or the other.
    pub to: String,
    /// A sentence for its title.
    pub note: String,
}

/// What a link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The one requires the other.
    Requires,
    /// The one uses the other where it is there.
    Optional,
    /// The two should not be together.
    Warning,
    /// The two can't be together, or a requirement is not met.
    Error,
}

impl Kind {
    fn is_conflict(self) -> bool {
        matches!(self, Self::Warning | Self::Error)
    }
}

const STYLE: &str = "\
text{font:12px ui-sans-serif,system-ui,sans-serif;fill:#1c2430}\
.v{font-size:11px;fill:#56606e}.h{font-size:11px;fill:#56606e;letter-spacing:.04em}\
.b{fill:#f4f6f9;stroke:#8a94a3}.requested .b{fill:#e5f0ff;stroke:#2f6fc4;stroke-width:1.6}\
.quarantined .b{fill:#fff4de;stroke:#b77400;stroke-dasharray:6 3}.missing .b{fill:#fff;stroke:#8a94a3;stroke-dasharray:3 3}\
.bad .b{stroke:#c8102e;stroke-width:2.4}.warned .b{stroke:#d9534a;stroke-width:1.8;stroke-dasharray:7 3}\
path{fill:none}.requires{stroke:#5b6675;stroke-width:1.2}.optional{stroke:#9aa4b1;stroke-dasharray:2 4}\
.error{stroke:#c8102e;stroke-width:2.6}.warning{stroke:#d9534a;stroke-width:1.8;stroke-dasharray:7 4}\
.badge{fill:#c8102e}.bang{fill:#fff;font-weight:700}";

/// Draws it.
pub fn svg(graph: &Graph) -> String {
    let mut nodes = graph.nodes.clone();
    nodes.sort_unstable();
    nodes.sort_by(|a, b| a.id.cmp(&b.id));
    nodes.dedup_by(|later, first| later.id == first.id);
    let places: BTreeMap<&str, usize> = nodes
        .iter()
        .zip(0..)
        .map(|(node, at)| (node.id.as_str(), at))
        .collect();
    let mut links: Vec<(Kind, usize, usize, &str)> = graph
        .links
        .iter()
        .filter_map(|link| {
            let (from, to) = (*places.get(link.from.as_str())?, *places.get(link.to.as_str())?);
            let turned = link.kind.is_conflict() && to < from;
            let (from, to) = if turned { (to, from) } else { (from, to) };
            Some((link.kind, from, to, link.note.as_str()))
        })
        .collect();
    links.sort_unstable();
    links.dedup();

    let levels: Vec<u32> = nodes.iter().map(|node| node.level).collect();
    let drawn = links
        .iter()
        .filter(|link| !link.0.is_conflict())
        .map(|link| (link.1, link.2));
    let layout = Layout::new(&levels, &drawn.collect::<Vec<_>>());

    let mut out = String::new();
    head(&mut out, &graph.title, &nodes, &links, &layout);
    let mut route = layout.routes.iter();
    for (kind, from, to, note) in links.iter().filter(|link| !link.0.is_conflict()) {
        let class = if *kind == Kind::Requires {
            "requires"
        } else {
            "optional"
        };
        let path = route.next().map(|points| curve(points)).unwrap_or_default();
        let words = sentence(&nodes, *kind, *from, *to, note);
        let _ = writeln!(
            out,
            "<path class=\"{class}\" d=\"{path}\" marker-end=\"url(#tip)\"><title>{words}</title></path>"
        );
    }
    let worst = worst(&nodes, &links);
    for ((node, place), worst) in nodes.iter().zip(&layout.places).zip(&worst) {
        boxed(&mut out, node, *place, *worst);
    }
    for (kind, from, to, note) in links
        .iter()
        .filter(|link| link.0.is_conflict() && link.1 != link.2)
    {
        let class = if *kind == Kind::Error { "error" } else { "warning" };
        let ends = layout.places.get(*from).zip(layout.places.get(*to));
        let path = ends.map(|(from, to)| between(*from, *to)).unwrap_or_default();
        let words = sentence(&nodes, *kind, *from, *to, note);
        let _ = writeln!(
            out,
            "<path class=\"{class}\" d=\"{path}\"><title>{words}</title></path>"
        );
    }
    out.push_str("</svg>\n");
    out
}

fn head(
    out: &mut String,
    title: &str,
    nodes: &[Node],
    links: &[(Kind, usize, usize, &str)],
    layout: &Layout,
) {
    let (width, height) = layout.size;
    let count = |kind: Kind| links.iter().filter(|link| link.0 == kind).count();
    let (errors, warnings) = (count(Kind::Error), count(Kind::Warning));
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-labelledby=\"title description\">\n<title id=\"title\">{}</title>\n<desc id=\"description\">",
        escaped(title)
    );
    let _ = write!(
        out,
        "{} extensions in {} levels; {errors} conflicts, {warnings} warnings.",
        nodes.len(),
        layout.headings.len()
    );
    for (kind, from, to, note) in links.iter().filter(|link| link.0.is_conflict()) {
        let _ = write!(
            out,
            " {}.",
            sentence(nodes, *kind, *from, *to, note).trim_end_matches('.')
        );
    }
    let _ = write!(
        out,
        "</desc>\n<style>{STYLE}</style>\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" style=\"fill:#5b6675\"/></marker></defs>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for (level, x) in &layout.headings {
        let _ = writeln!(out, "<text class=\"h\" x=\"{x}\" y=\"20\">LEVEL {level}</text>");
    }
}

/// The worst conflict of each node.
fn worst(nodes: &[Node], links: &[(Kind, usize, usize, &str)]) -> Vec<Option<Kind>> {
    let mut worst = vec![None; nodes.len()];
    for (kind, from, to, _) in links.iter().filter(|link| link.0.is_conflict()) {
        for end in [from, to] {
            if let Some(worst) = worst.get_mut(*end) {
                *worst = (*worst).max(Some(*kind));
            }
        }
    }
    worst
}

fn boxed(out: &mut String, node: &Node, place: Point, worst: Option<Kind>) {
    let class = match worst {
        Some(Kind::Error) => " bad",
        Some(Kind::Warning) => " warned",
        _ => "",
    };
    let (Point { x, y }, state) = (place, node.state.words());
    let (id, version) = (
        escaped(&shortened(&node.id, 27)),
        escaped(&shortened(&node.version, 30)),
    );
    let said = if node.note.is_empty() {
        String::new()
    } else {
        format!(": {}", escaped(&node.note))
    };
    let _ = write!(
        out,
        "<g class=\"{state}{class}\"><title>{} {}, {state}{said}</title>\
         <rect class=\"b\" x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"5\"/>\
         <text x=\"{}\" y=\"{}\">{id}</text><text class=\"v\" x=\"{}\" y=\"{}\">{version}</text>",
        escaped(&node.id),
        escaped(&node.version),
        x + 9,
        y + 16,
        x + 9,
        y + 31
    );
    if worst == Some(Kind::Error) {
        let (cx, cy) = (x + BOX_WIDTH - 12, y + BOX_HEIGHT - 12);
        let _ = write!(
            out,
            "<circle class=\"badge\" cx=\"{cx}\" cy=\"{cy}\" r=\"7\"/><text class=\"bang\" x=\"{}\" y=\"{}\">!</text>",
            cx - 2,
            cy + 4
        );
    }
    out.push_str("</g>\n");
}

/// A link in words, escaped.
fn sentence(nodes: &[Node], kind: Kind, from: usize, to: usize, note: &str) -> String {
    let name = |at: usize| nodes.get(at).map_or("", |node| node.id.as_str());
    let (from, to) = (name(from), name(to));
    let said = match kind {
        Kind::Requires => format!("{from} requires {to}"),
        Kind::Optional => format!("{from} uses {to}"),
        Kind::Warning if from == to => format!("Warning of {from}"),
        Kind::Error if from == to => format!("Conflict of {from}"),
        Kind::Warning => format!("Warning of {from} and {to}"),
        Kind::Error => format!("Conflict of {from} and {to}"),
    };
    let said = if note.is_empty() {
        said
    } else {
        format!("{said}: {note}")
    };
    escaped(&said)
}

/// A smooth line through points.
fn curve(points: &[Point]) -> String {
    let mut path = String::new();
    let mut last: Option<Point> = None;
    for point in points {
        let _ = match last {
            None => write!(path, "M{} {}", point.x, point.y),
            Some(from) => {
                let middle = i32::midpoint(from.x, point.x);
                write!(
                    path,
                    "C{middle} {} {middle} {} {} {}",
                    from.y, point.y, point.x, point.y
                )
            }
        };
        last = Some(*point);
    }
    path
}

/// From box to box: between facing sides, or in a bow where they stand one above the other.
fn between(a: Point, b: Point) -> String {
    let (a, b) = if a.x <= b.x { (a, b) } else { (b, a) };
    let middle = BOX_HEIGHT / 2;
    let from = Point {
        x: a.x + BOX_WIDTH,
        y: a.y + middle,
    };
    if b.x > from.x {
        return curve(&[
            from,
            Point {
                x: b.x,
                y: b.y + middle,
            },
        ]);
    }
    let to = Point {
        x: b.x + BOX_WIDTH,
        y: b.y + middle,
    };
    let bow = from.x.max(to.x) + 46;
    format!(
        "M{} {}C{bow} {} {bow} {} {} {}",
        from.x, from.y, from.y, to.y, to.x, to.y
    )
}

fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let start: String = text.chars().take(longest - 1).collect();
    format!("{start}…")
}

/// Text as XML has it, without characters that it can't have.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
