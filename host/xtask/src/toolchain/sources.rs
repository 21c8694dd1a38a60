//! Reads apt's own lists of package sources, to fetch packages of the same archive with a private configuration.
//!
//! Both formats of sources.list(5): one-line and deb822. Deliberately absent: other vendors' archives (only entries
//! of the named suites with the component `main` count), `deb-src`, and flat repositories.

use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// One archive and the suites it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// Where the archive is.
    pub(crate) uri: String,
    /// The suite: `bookworm`, `bookworm-security`.
    pub(crate) suite: String,
    /// The keyring that the machine trusts for it: a path, as written. The embedded-key form is left out.
    pub(crate) signed_by: Option<String>,
}

/// Reads `sources.list` and `sources.list.d` of an apt configuration folder, such as `/etc/apt`.
///
/// # Errors
/// A file that is there cannot be read.
pub(crate) fn read(apt: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let list = apt.join("sources.list");
    if list.is_file() {
        sources.extend(one_line(&text(&list)?));
    }
    let parts = apt.join("sources.list.d");
    if parts.is_dir() {
        let mut files = fs::read_dir(&parts)
            .with_context(|| format!("{} cannot be read", parts.display()))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<Vec<_>>>()?;
        files.sort();
        for file in files {
            match file.extension().and_then(|extension| extension.to_str()) {
                Some("list") => sources.extend(one_line(&text(&file)?)),
                Some("sources") => sources.extend(deb822(&text(&file)?)),
                _ => {}
            }
        }
    }
    Ok(sources)
}

fn text(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// The `main` entries of a file in the one-line format: `deb [options] uri suite component…`.
pub(crate) fn one_line(text: &str) -> Vec<Source> {
    text.lines().filter_map(one_line_entry).collect()
}

fn one_line_entry(line: &str) -> Option<Source> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let mut rest = line.strip_prefix("deb")?;
    if !rest.starts_with([' ', '\t', '[']) {
        return None; // deb-src
    }
    rest = rest.trim_start();
    let mut signed_by = None;
    if let Some(options) = rest.strip_prefix('[') {
        let (options, after) = options.split_once(']')?;
        signed_by = options
            .split_whitespace()
            .find_map(|option| option.strip_prefix("signed-by="))
            .map(str::to_owned);
        rest = after;
    }
    let mut words = rest.split_whitespace();
    let (uri, suite) = (words.next()?, words.next()?);
    words.any(|component| component == "main").then(|| Source {
        uri: uri.to_owned(),
        suite: suite.to_owned(),
        signed_by,
    })
}

/// The enabled `main` entries of a file in the deb822 format, one per archive and suite.
pub(crate) fn deb822(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    for stanza in stanzas(text) {
        let words = |field: &str| {
            stanza
                .get(field)
                .map_or_else(Vec::new, |text| text.split_whitespace().collect())
        };
        let wanted = words("types").contains(&"deb")
            && words("components").contains(&"main")
            && !words("enabled")
                .iter()
                .any(|word| ["no", "false", "off", "0"].contains(word));
        if !wanted {
            continue;
        }
        let signed_by = match *words("signed-by") {
            [path] if path.starts_with('/') => Some(path.to_owned()),
            _ => None,
        };
        for uri in words("uris") {
            for suite in words("suites") {
                sources.push(Source {
                    uri: uri.to_owned(),
                    suite: suite.to_owned(),
                    signed_by: signed_by.clone(),
                });
            }
        }
    }
    sources
}

/// The stanzas of a deb822 file: field names in lower case, continuation lines joined.
fn stanzas(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut stanzas = vec![BTreeMap::new()];
    let mut field = String::new();
    for line in text.lines() {
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            stanzas.push(BTreeMap::new());
            field.clear();
            continue;
        }
        let Some(stanza) = stanzas.last_mut() else {
            continue;
        };
        if line.starts_with([' ', '\t']) {
            let value: &mut String = stanza.entry(field.clone()).or_default();
            value.push(' ');
            value.push_str(line.trim());
        } else if let Some((name, value)) = line.split_once(':') {
            field = name.trim().to_ascii_lowercase();
            stanza.insert(field.clone(), value.trim().to_owned());
        }
    }
    stanzas.retain(|stanza| !stanza.is_empty());
    stanzas
}

/// The entries of a release: its suite itself, its updates and its security updates.
pub(crate) fn of_release(sources: &[Source], codename: &str) -> Vec<Source> {
    let suites = [
        codename.to_owned(),
        format!("{codename}-updates"),
        format!("{codename}-security"),
    ];
    let mut chosen: Vec<Source> = Vec::new();
    for source in sources.iter().filter(|source| suites.contains(&source.suite)) {
        if !chosen.contains(source) {
            chosen.push(source.clone());
        }
    }
    chosen
}

/// The archive that holds `codename`, asked for another suite of it.
pub(crate) fn sibling(sources: &[Source], codename: &str, suite: &str) -> Option<Source> {
    let main = sources.iter().find(|source| source.suite == codename)?;
    Some(Source {
        suite: suite.to_owned(),
        ..main.clone()
    })
}

/// A deb822 file of these sources, for a private apt configuration.
pub(crate) fn write(sources: &[Source]) -> String {
    let mut text = String::new();
    for source in sources {
        let _ = writeln!(
            text,
            "Types: deb\nURIs: {}\nSuites: {}\nComponents: main",
            source.uri, source.suite
        );
        if let Some(keyring) = &source.signed_by {
            let _ = writeln!(text, "Signed-By: {keyring}");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
