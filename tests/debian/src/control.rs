//! Debian's index of packages: stanzas of fields, and relations between packages.

/// One package in one version.
#[derive(Clone, Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// `Depends` and `Pre-Depends`: all of these clauses, one atom of each.
    pub(crate) depends: Vec<Vec<Atom>>,
    /// `Conflicts` and `Breaks`.
    pub(crate) conflicts: Vec<Atom>,
    pub(crate) provides: Vec<Atom>,
}

/// A name, and how versions of it are bounded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Atom {
    pub(crate) name: String,
    /// `<<`, `<=`, `=`, `>=` or `>>`, and the version.
    pub(crate) bound: Option<(String, String)>,
}

/// The packages of an index, in its order.
pub(crate) fn packages(index: &str) -> Vec<Package> {
    index
        .split("\n\n")
        .filter(|stanza| !stanza.trim().is_empty())
        .map(package)
        .collect()
}

fn package(stanza: &str) -> Package {
    let mut package = Package::default();
    for line in stanza.lines() {
        let Some((field, value)) = line.split_once(": ") else {
            continue;
        };
        match field {
            "Package" => value.clone_into(&mut package.name),
            "Version" => value.clone_into(&mut package.version),
            "Depends" | "Pre-Depends" => {
                let clauses = value
                    .split(',')
                    .map(|clause| clause.split('|').map(atom).collect());
                package.depends.extend(clauses);
            }
            "Conflicts" | "Breaks" => package.conflicts.extend(value.split(',').map(atom)),
            "Provides" => package.provides.extend(value.split(',').map(atom)),
            _ => {}
        }
    }
    package
}

fn atom(text: &str) -> Atom {
    let (name, bound) = match text.split_once('(') {
        Some((name, bound)) => (name, Some(bound.trim().trim_end_matches(')'))),
        None => (text, None),
    };
    let bound = bound.map(|bound| {
        let version = bound.trim_start_matches(['<', '>', '=']);
        let op = bound.get(..bound.len() - version.len()).unwrap_or_default();
        (op.to_owned(), version.trim().to_owned())
    });
    let name = name.trim().to_owned();
    Atom { name, bound }
}
