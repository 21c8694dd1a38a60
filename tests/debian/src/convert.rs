//! From Debian's packages to our catalog, so that whether a set can be installed stays the same.
//!
//! - A package is an extension. Its id is its name with what kebab-case lacks spelled out; two names with one id are refused.
//! - All versions that are written anywhere of a name are put in order; the n-th becomes `n.0.0` or what the shape makes of n. Ranges keep
//!   their operators.
//! - A name that nobody else provides is required as an extension. A name with providers is a capability, which the package of that
//!   name provides in its own version; a provision without a version meets no bound.
//! - A clause of alternatives is a capability of its own, which everything that meets it provides.
//! - What conflicts with a name conflicts with all but itself: in the catalog, a conflict with a capability means others too.
//! - A clause that the package meets itself is left out, since a release can't require itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::control::{Atom, Package};
use crate::version::Version;

/// How the n-th version of a name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `n.0.0`
    Major,
    /// `0.n.0`
    Minor,
    /// `0.0.n`
    Patch,
    /// `n.0.0+dn`
    Build,
}

impl Shape {
    fn version(self, rank: usize) -> String {
        match self {
            Self::Major => format!("{rank}.0.0"),
            Self::Minor => format!("0.{rank}.0"),
            Self::Patch => format!("0.0.{rank}"),
            Self::Build => format!("{rank}.0.0+d{rank}"),
        }
    }
}

/// The name as an extension's id: what kebab-case lacks as words, and a hyphen beside one of these or at the end as a word too.
pub(crate) fn id(name: &str) -> String {
    let word = |c: char| match c {
        '+' => Some("plus"),
        '.' => Some("dot"),
        ':' => Some("of"),
        _ => None,
    };
    let plain = |c: Option<char>| c.is_some_and(|c| c != '-' && word(c).is_none());
    let mut words: Vec<String> = vec![String::new()];
    let mut before = None;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let spelled = match c {
            '-' if !plain(before) || !plain(chars.peek().copied()) => Some("dash"),
            '-' => Some(""),
            c => word(c),
        };
        match (spelled, words.last_mut()) {
            (Some(spelled), _) => words.extend([spelled.to_owned(), String::new()]),
            (None, Some(last)) => last.push(c),
            (None, None) => {}
        }
        before = Some(c);
    }
    words.retain(|word| !word.is_empty());
    words.join("-")
}

/// What is known of all packages before one is written.
struct Index<'a> {
    shape: Shape,
    packages: &'a [Package],
    /// Packages by name, and provisions by the name that they provide, as places in the list.
    by_name: HashMap<&'a str, Vec<usize>>,
    provided: HashMap<&'a str, Vec<(usize, &'a Atom)>>,
    /// Versions of a name that are written anywhere, in order and without equal ones.
    versions: HashMap<&'a str, Vec<&'a str>>,
    ids: HashMap<&'a str, String>,
}

impl<'a> Index<'a> {
    fn new(packages: &'a [Package], shape: Shape) -> Result<Self, String> {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut provided: HashMap<&str, Vec<(usize, &Atom)>> = HashMap::new();
        let mut versions: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut names = BTreeSet::new();
        for (at, package) in packages.iter().enumerate() {
            by_name.entry(&package.name).or_default().push(at);
            versions.entry(&package.name).or_default().push(&package.version);
            names.insert(package.name.as_str());
            let atoms = package
                .depends
                .iter()
                .flatten()
                .chain(&package.conflicts)
                .chain(&package.provides);
            for atom in atoms {
                names.insert(&atom.name);
                if let Some((_, version)) = &atom.bound {
                    versions.entry(&atom.name).or_default().push(version);
                }
            }
            for atom in &package.provides {
                provided.entry(&atom.name).or_default().push((at, atom));
            }
        }
        for versions in versions.values_mut() {
            versions.sort_by(|a, b| Version::new(a).cmp(&Version::new(b)));
            versions.dedup_by(|a, b| Version::new(a) == Version::new(b));
        }
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        let mut ids = HashMap::new();
        for name in names {
            let id = id(name);
            if let Some(other) = taken.insert(id.clone(), name) {
                return Err(format!("{name} and {other} would both be `{id}`"));
            }
            ids.insert(name, id);
        }
        Ok(Self {
            shape,
            packages,
            by_name,
            provided,
            versions,
            ids,
        })
    }

    fn id(&self, name: &str) -> &str {
        self.ids.get(name).map_or("", String::as_str)
    }

    fn version(&self, name: &str, version: &str) -> String {
        let versions = self.versions.get(name).map_or(&[][..], Vec::as_slice);
        let below = versions.partition_point(|other| Version::new(other) < Version::new(version));
        self.shape.version(below + 1)
    }

    /// The bound as a range.
    fn range(&self, atom: &Atom) -> Option<String> {
        let (op, version) = atom.bound.as_ref()?;
        let op = match op.as_str() {
            "<<" => "<",
            ">>" => ">",
            op => op,
        };
        Some(format!("{op}{}", self.version(&atom.name, version)))
    }

    /// Whether anyone but packages of this name provides it.
    fn is_capability(&self, name: &str) -> bool {
        self.provided.contains_key(name)
    }

    /// Places of the packages that meet an atom.
    fn meeting(&self, atom: &Atom) -> BTreeSet<usize> {
        let named = self
            .by_name
            .get(atom.name.as_str())
            .into_iter()
            .flatten()
            .copied();
        let named = named.filter(|at| {
            self.packages
                .get(*at)
                .is_some_and(|p| within(Some(&p.version), atom))
        });
        let provided = self.provided.get(atom.name.as_str()).into_iter().flatten();
        let provided =
            provided.filter(|(_, by)| within(by.bound.as_ref().map(|(_, version)| version.as_str()), atom));
        named.chain(provided.map(|(at, _)| *at)).collect()
    }
}

/// Whether a version, if there is one, is within the bound.
fn within(version: Option<&str>, atom: &Atom) -> bool {
    let Some((op, bound)) = &atom.bound else {
        return true;
    };
    let Some(version) = version else {
        return false;
    };
    let order = Version::new(version).cmp(&Version::new(bound));
    match op.as_str() {
        "<<" => order.is_lt(),
        "<=" => order.is_le(),
        "=" => order.is_eq(),
        ">=" => order.is_ge(),
        _ => order.is_gt(),
    }
}

/// The catalog of these packages, and their ids in the same order.
///
/// # Errors
/// When two names would have the same id.
pub(crate) fn catalog(packages: &[Package], shape: Shape) -> Result<(Value, Vec<String>), String> {
    let index = Index::new(packages, shape)?;
    let mut requires: Vec<Vec<Value>> = vec![Vec::new(); packages.len()];
    let mut provides: Vec<Vec<Value>> = vec![Vec::new(); packages.len()];
    let mut clauses: BTreeMap<&[Atom], String> = BTreeMap::new();
    for (at, package) in packages.iter().enumerate() {
        if index.is_capability(&package.name) {
            let own = json!({"capability": index.id(&package.name), "version": index.version(&package.name, &package.version)});
            push(&mut provides, at, own);
        }
        for atom in &package.provides {
            let mut provision = Map::from_iter([("capability".to_owned(), json!(index.id(&atom.name)))]);
            if let Some((_, version)) = &atom.bound {
                provision.insert("version".to_owned(), json!(index.version(&atom.name, version)));
            }
            push(&mut provides, at, Value::Object(provision));
        }
        for clause in &package.depends {
            if clause.iter().any(|atom| index.meeting(atom).contains(&at)) {
                continue;
            }
            let requirement = if let [atom] = clause.as_slice() {
                need(&index, atom)
            } else {
                let capability = clauses.entry(clause).or_insert_with(|| any_of(clause));
                json!({"capability": capability})
            };
            push(&mut requires, at, requirement);
        }
    }
    for (clause, capability) in &clauses {
        let meeting: BTreeSet<usize> = clause.iter().flat_map(|atom| index.meeting(atom)).collect();
        for at in meeting {
            push(&mut provides, at, json!({"capability": capability}));
        }
    }
    let mut extensions = Vec::with_capacity(packages.len());
    for ((package, requires), provides) in packages.iter().zip(requires).zip(provides) {
        let mut conflicts = Vec::new();
        for atom in &package.conflicts {
            if atom.name == package.name && !index.is_capability(&atom.name) {
                continue;
            }
            let mut conflict = need(&index, atom);
            if let Some(conflict) = conflict.as_object_mut() {
                let scope = if conflict.contains_key("capability") {
                    "capability"
                } else {
                    "global"
                };
                conflict.insert("scope".to_owned(), json!(scope));
                conflict.insert("severity".to_owned(), json!("error"));
                conflict.insert("reason".to_owned(), json!("the package declares it"));
            }
            push_new(&mut conflicts, conflict);
        }
        extensions.push(json!({
            "id": index.id(&package.name),
            "version": index.version(&package.name, &package.version),
            "requires": requires,
            "provides": provides,
            "conflicts": conflicts,
        }));
    }
    let ids = packages
        .iter()
        .map(|package| index.id(&package.name).to_owned())
        .collect();
    Ok((json!({"dialect": "cargo", "extensions": extensions}), ids))
}

fn need(index: &Index<'_>, atom: &Atom) -> Value {
    let target = if index.is_capability(&atom.name) {
        "capability"
    } else {
        "extension"
    };
    let mut need = Map::from_iter([(target.to_owned(), json!(index.id(&atom.name)))]);
    if let Some(range) = index.range(atom) {
        need.insert("range".to_owned(), json!(range));
    }
    Value::Object(need)
}

/// The name of a clause's capability.
fn any_of(clause: &[Atom]) -> String {
    let text: Vec<String> = clause.iter().map(|atom| format!("{atom:?}")).collect();
    let digest = hex::encode(Sha256::digest(text.join("|")));
    format!("any-{}", digest.get(..16).unwrap_or_default())
}

fn push(lists: &mut [Vec<Value>], at: usize, value: Value) {
    if let Some(list) = lists.get_mut(at) {
        push_new(list, value);
    }
}

fn push_new(list: &mut Vec<Value>, value: Value) {
    if !list.contains(&value) {
        list.push(value);
    }
}
