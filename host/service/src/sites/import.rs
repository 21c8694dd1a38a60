//! Taking over the configurations that a client has elsewhere (configuration-validator.md, phase 4), with their history.
//!
//! One entry is one line of JSON:
//!
//! ```json
//! {"site": "Plant 1", "extension": "quality-checks", "range": "^1.2", "configuration": {"size": 3},
//!  "reason": "from the old system", "history": [
//!    {"at": "2024-03-01T10:00:00Z", "by": "ann@example.org", "action": "activated", "configuration": {"size": 2}},
//!    {"at": "2024-06-01T10:00:00Z", "by": "bob", "action": "reconfigured", "configuration": {"size": 3}, "reason": "r"}]}
//! ```
//!
//! `site` is a name; `range`, `reason` and `history` may be missing. `action` is `activated`, `reconfigured`,
//! `deactivated` or `signoff`, in the order in which they happened. An entry is enabled as if somebody had asked for it
//! now: resolved, held against its schema and by the plugin, secrets encrypted. Its history becomes rows of the log with
//! their own times and authors, marked as imported; of a configuration in it its hash is kept.
//!
//! Invariant: an entry is done as a whole, in one transaction, or not at all, and is done once: the same entry again does
//! nothing, so that a run that was cut short is simply run again. What is refused leaves nothing behind and is tried
//! again by the next run.

use std::collections::{BTreeMap, HashSet};

use assay_domain::manifest::secret::Secrets;
use assay_domain::{Actor, AuditId, Digest, ExtensionId, JsonLimits, SiteId, json};
use assay_store::Tx;
use assay_store::sites::NewEntry;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::change::{ChangeOptions, Verdict};
use super::extensions::LARGEST;
use super::secrets::{Plain, Sealer};
use super::situation::Situation;
use super::wish::Wish;
use super::{SiteError, administers};
use crate::vault::place;
use crate::{Problem, Services};

/// Most entries in one call.
pub const MOST_ENTRIES: usize = 1_000;

/// Most bytes of an entry.
pub const LARGEST_ENTRY: usize = 2 << 20;

/// Most changes in an entry's history.
const MOST_HISTORY: usize = 1_000;

/// Sites that are worked on at one time.
const AT_ONCE: usize = 4;

/// Most problems that are told of one entry.
const MOST_PROBLEMS: usize = 20;

/// How an import is to be made.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Says what would happen and does nothing.
    pub dry_run: bool,
    /// Makes sites that there are none of.
    pub make_sites: bool,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportOutcome {
    /// It is enabled now, or would be.
    Imported,
    /// It was enabled just so already; its history is kept now.
    Unchanged,
    /// An earlier run did it.
    DoneBefore,
    /// It can't be, for what its problems say. Nothing of it is kept.
    Refused,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryReport {
    /// The entry's line.
    pub line: u64,
    /// The site, as far as it could be read.
    pub site: Option<String>,
    /// The extension, as far as it could be read.
    pub extension: Option<String>,
    /// What became of it.
    pub outcome: ImportOutcome,
    /// What is wrong; pointers lead into the entry.
    pub problems: Vec<Problem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    site: String,
    extension: String,
    range: Option<String>,
    configuration: Value,
    reason: Option<String>,
    #[serde(default)]
    history: Vec<GivenChange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenChange {
    at: DateTime<Utc>,
    by: String,
    action: String,
    configuration: Option<Value>,
    reason: Option<String>,
}

/// An entry that can be read. Its configurations hold secrets in plain.
pub(super) struct ImportEntry {
    key: Digest,
    site: String,
    pub(super) extension: ExtensionId,
    range: Option<String>,
    configuration: Plain,
    reason: Option<String>,
    history: Vec<PastChange>,
}

impl std::fmt::Debug for ImportEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportEntry")
            .field("extension", &self.extension)
            .finish_non_exhaustive()
    }
}

struct PastChange {
    at: DateTime<Utc>,
    by: String,
    action: String,
    configuration: Option<Plain>,
    reason: Option<String>,
}

fn text(pointer: &str, text: &str, most: usize) -> Option<Problem> {
    let wrong = text.trim().is_empty() || text.chars().count() > most || text.contains('\0');
    wrong.then(|| {
        Problem::new(
            pointer,
            format!("has 1 to {most} characters, none of them U+0000"),
        )
    })
}

/// What is wrong with an entry whatever the client has.
fn problems(given: &Given, now: DateTime<Utc>) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(text("/site", &given.site, 256));
    if given.extension.parse::<ExtensionId>().is_err() {
        problems.push(Problem::new(
            "/extension",
            "is no id of an extension: kebab-case, at most 64 characters",
        ));
    }
    problems.extend(
        given
            .reason
            .as_deref()
            .and_then(|reason| text("/reason", reason, 4_000)),
    );
    if !given.configuration.is_object() {
        problems.push(Problem::new("/configuration", "is not an object"));
    }
    if given.configuration.to_string().len() > LARGEST {
        problems.push(Problem::new(
            "/configuration",
            format!("has more than {LARGEST} bytes"),
        ));
    }
    if given.history.len() > MOST_HISTORY {
        problems.push(Problem::new(
            "/history",
            format!("has more than {MOST_HISTORY} changes"),
        ));
    }
    let mut before: Option<DateTime<Utc>> = None;
    for (index, change) in given.history.iter().enumerate().take(MOST_HISTORY) {
        let at = |field: &str| format!("/history/{index}/{field}");
        if change.at > now || change.at.timestamp() < 0 {
            problems.push(Problem::new(at("at"), "is not between 1970 and now"));
        }
        if before.is_some_and(|before| change.at < before) {
            problems.push(Problem::new(at("at"), "is before the change before it"));
        }
        before = Some(change.at);
        problems.extend(text(&at("by"), &change.by, 256));
        problems.extend(
            change
                .reason
                .as_deref()
                .and_then(|reason| text(&at("reason"), reason, 4_000)),
        );
        if !matches!(
            change.action.as_str(),
            "activated" | "reconfigured" | "deactivated" | "signoff"
        ) {
            let message = "is not `activated`, `reconfigured`, `deactivated` or `signoff`";
            problems.push(Problem::new(at("action"), message));
        }
        if change
            .configuration
            .as_ref()
            .is_some_and(|configuration| !configuration.is_object())
        {
            problems.push(Problem::new(at("configuration"), "is not an object"));
        }
    }
    let configurations = std::iter::once(&given.configuration).chain(
        given
            .history
            .iter()
            .filter_map(|change| change.configuration.as_ref()),
    );
    for configuration in configurations {
        if Plain::given(configuration.clone()).forged().is_some() {
            let message = "a configuration in it has how this host writes down that something is secret";
            problems.push(Problem::new("", message));
        }
    }
    problems
}

/// Reads an entry. What is wrong names no value.
fn read(line: &[u8], key: impl FnOnce(&Value) -> Digest, now: DateTime<Utc>) -> Result<ImportEntry, Refused> {
    let refused = |problem| Refused {
        site: None,
        extension: None,
        problems: vec![problem],
    };
    if line.len() > LARGEST_ENTRY {
        let message = format!("has more than {LARGEST_ENTRY} bytes");
        return Err(refused(Problem::new("", message)));
    }
    let limits = JsonLimits::bytes(LARGEST_ENTRY);
    let value = json::parse(line, limits).map_err(|error| {
        let at = error.pointer().unwrap_or_default().to_owned();
        refused(Problem::new(at, error.to_string()))
    })?;
    let of = |field: &str| -> Option<String> {
        value
            .get(field)?
            .as_str()
            .map(|text| text.chars().take(256).collect())
    };
    let (site, extension) = (of("site"), of("extension"));
    let refused = |problems| Refused {
        site: site.clone(),
        extension: extension.clone(),
        problems,
    };
    let digest = key(&value);
    let given: Given = serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let at = if path == "." {
            String::new()
        } else {
            format!("/{}", path.replace(['.', '['], "/").replace(']', ""))
        };
        // Its own words could repeat a value.
        let message = "is missing, unknown, or of another type than an entry has here";
        refused(vec![Problem::new(at, message)])
    })?;
    let id: Option<ExtensionId> = given.extension.parse().ok();
    let mut problems = problems(&given, now);
    let (true, Some(extension)) = (problems.is_empty(), id) else {
        problems.truncate(MOST_PROBLEMS);
        return Err(refused(problems));
    };
    let history = given.history.into_iter().map(|change| PastChange {
        at: change.at,
        by: change.by,
        action: change.action,
        configuration: change.configuration.map(Plain::given),
        reason: change.reason,
    });
    Ok(ImportEntry {
        key: digest,
        site: given.site,
        extension,
        range: given.range,
        configuration: Plain::given(given.configuration),
        reason: given.reason,
        history: history.collect(),
    })
}

struct Refused {
    site: Option<String>,
    extension: Option<String>,
    problems: Vec<Problem>,
}

impl Refused {
    fn report(self, line: u64) -> EntryReport {
        EntryReport {
            line,
            site: self.site,
            extension: self.extension,
            outcome: ImportOutcome::Refused,
            problems: self.problems,
        }
    }
}

impl ImportEntry {
    fn report(&self, line: u64, outcome: ImportOutcome, problems: Vec<Problem>) -> EntryReport {
        EntryReport {
            line,
            site: Some(self.site.clone()),
            extension: Some(self.extension.to_string()),
            outcome,
            problems,
        }
    }

    /// Writes down that it is done, and what happened before. False when it was done meanwhile.
    pub(super) async fn write(
        &self,
        tx: &mut Tx,
        sealer: &Sealer,
        now: &Situation,
        at: DateTime<Utc>,
    ) -> Result<bool, SiteError> {
        let site = now.site.id;
        if !tx.insert_import(site, &self.extension, self.key, at).await? {
            return Ok(false);
        }
        let mut before: Option<Digest> = None;
        for (index, change) in self.history.iter().enumerate() {
            let hash = match &change.configuration {
                Some(plain) => {
                    let plain = now.all_secrets(&self.extension, plain);
                    let form = sealer.form(&self.extension, &plain, &Secrets::default())?;
                    Some(Digest::of(form.canonical.as_bytes()))
                }
                None => None,
            };
            let name = format!("{site} {} {index} {} {}", self.extension, change.at, self.key);
            let id = Digest::of(name.as_bytes());
            let author = tx.author(&change.by).await?;
            let details = json!({"imported": true, "imported_by": now.author.name});
            let new = if change.action == "deactivated" {
                None
            } else {
                hash.or(before)
            };
            tx.log_site_once(&NewEntry {
                id: AuditId(uuid_of(id)),
                site,
                extension: Some(&self.extension),
                action: &change.action,
                author: &author,
                at: change.at,
                old_hash: before,
                new_hash: new,
                reason: change.reason.as_deref(),
                details: &details,
            })
            .await?;
            before = new;
        }
        let details = json!({"changes": self.history.len()});
        tx.log_site(&NewEntry {
            id: AuditId::new(at),
            site,
            extension: Some(&self.extension),
            action: "imported",
            author: &now.author,
            at,
            old_hash: before,
            new_hash: None,
            reason: self.reason.as_deref(),
            details: &details,
        })
        .await?;
        Ok(true)
    }
}

fn uuid_of(digest: Digest) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

impl Services {
    /// Takes entries over, [`MOST_ENTRIES`] at most; `first` is the line of the first one. Entries of one site are done in
    /// their order, several sites at a time. Reports come in the order of the lines. Administrators only.
    ///
    /// # Errors
    /// See [`SiteError`]; what is wrong with an entry is no error but in its report.
    pub async fn import_sites(
        &self,
        actor: &Actor,
        first: u64,
        lines: &[Vec<u8>],
        options: &ImportOptions,
    ) -> Result<Vec<EntryReport>, SiteError> {
        let client = super::changer(actor)?;
        administers(actor)?;
        if lines.len() > MOST_ENTRIES {
            let message = format!("has more than {MOST_ENTRIES} entries");
            return Err(SiteError::Invalid(vec![Problem::new("", message)]));
        }
        let sealer = self
            .sealer(client, self.inner.sites.vault.current().is_some())
            .await?;
        let now = self.inner.clock.now();
        // A short secret in an entry could be guessed from a digest that has no key; without one no secret is taken.
        let key = |value: &Value| {
            let name = place("assay import 1", &[json::canonical(value).as_bytes()]);
            match &sealer.hash {
                Ok(key) => {
                    Digest::try_from(key.digest(&name).as_slice()).unwrap_or_else(|_| Digest::of(&name))
                }
                Err(_) => Digest::of(&name),
            }
        };
        let (mut reports, mut entries) = (Vec::new(), Vec::new());
        for (line, bytes) in (first..).zip(lines) {
            match read(bytes, key, now) {
                Ok(entry) => entries.push((line, entry)),
                Err(refused) => reports.push(refused.report(line)),
            }
        }
        let mut tx = self.begin_read(actor).await?;
        let keys: Vec<_> = entries.iter().map(|(_, entry)| entry.key).collect();
        let done: HashSet<Digest> = tx.imported(&keys).await?.into_iter().collect();
        let mut names: Vec<_> = entries.iter().map(|(_, entry)| entry.site.clone()).collect();
        names.sort();
        names.dedup();
        let sites: BTreeMap<String, SiteId> = tx.sites_by_name(&names).await?.into_iter().collect();
        tx.rollback().await?;
        let mut by_site: BTreeMap<String, Vec<(u64, ImportEntry)>> = BTreeMap::new();
        for (line, entry) in entries {
            if done.contains(&entry.key) {
                reports.push(entry.report(line, ImportOutcome::DoneBefore, Vec::new()));
                continue;
            }
            by_site.entry(entry.site.clone()).or_default().push((line, entry));
        }
        let mut by_site = by_site.into_iter();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < AT_ONCE
                && let Some((name, entries)) = by_site.next()
            {
                let (services, actor, options) = (self.clone(), actor.clone(), options.clone());
                let site = sites.get(&name).copied();
                under_way
                    .spawn(async move { services.import_site(&actor, &name, site, entries, &options).await });
            }
            match under_way.join_next().await {
                None => break,
                Some(Ok(ended)) => reports.extend(ended?),
                Some(Err(broken)) => return Err(SiteError::Resolver(format!("the import broke: {broken}"))),
            }
        }
        reports.sort_by_key(|report| report.line);
        Ok(reports)
    }

    async fn import_site(
        &self,
        actor: &Actor,
        name: &str,
        site: Option<SiteId>,
        entries: Vec<(u64, ImportEntry)>,
        options: &ImportOptions,
    ) -> Result<Vec<EntryReport>, SiteError> {
        let mut reports = Vec::new();
        let site = match site {
            Some(site) => Some(site),
            None if options.make_sites && !options.dry_run => {
                match self.make_site(actor, name, false).await {
                    Ok(site) => Some(site.id),
                    // Another run made it at this moment.
                    Err(SiteError::NameTaken(_)) => {
                        let mut tx = self.begin_read(actor).await?;
                        let found = tx.sites_by_name(&[name.to_owned()]).await?;
                        tx.rollback().await?;
                        found.into_iter().next().map(|(_, site)| site)
                    }
                    Err(error) => return Err(error),
                }
            }
            None => None,
        };
        for (line, entry) in entries {
            let Some(site) = site else {
                let message = if options.make_sites {
                    "is no site yet; it would be made, and what is enabled there is held against it then"
                } else {
                    "is the name of no site; make it first, or have sites made"
                };
                reports.push(entry.report(
                    line,
                    ImportOutcome::Refused,
                    vec![Problem::new("/site", message)],
                ));
                continue;
            };
            let (outcome, problems) = match self.import_entry(actor, site, &entry, options).await {
                Ok(done) => done,
                // The same entry stands twice, or another run is at it.
                Err(SiteError::ImportedMeanwhile) => (ImportOutcome::DoneBefore, Vec::new()),
                Err(error) if fatal(&error) => return Err(error),
                Err(SiteError::Invalid(problems)) => (ImportOutcome::Refused, problems),
                Err(error) => (ImportOutcome::Refused, vec![Problem::new("", error.to_string())]),
            };
            reports.push(entry.report(line, outcome, problems));
        }
        Ok(reports)
    }

    async fn import_entry(
        &self,
        actor: &Actor,
        site: SiteId,
        entry: &ImportEntry,
        options: &ImportOptions,
    ) -> Result<(ImportOutcome, Vec<Problem>), SiteError> {
        let change = ChangeOptions {
            dry_run: options.dry_run,
            reason: entry.reason.clone(),
            ..ChangeOptions::default()
        };
        let wish = Wish::Enable {
            extension: entry.extension.clone(),
            range: entry.range.clone(),
            configuration: entry.configuration.clone(),
        };
        let done = self.change_with(actor, site, &change, Some(entry), &wish).await?;
        let outcome = match done.verdict {
            Verdict::Applied => ImportOutcome::Imported,
            Verdict::Unchanged => ImportOutcome::Unchanged,
            Verdict::Refused => {
                let problems = done.problems.into_iter().map(|problem| {
                    let own = problem.extension_id == entry.extension;
                    let at = if own {
                        format!("/configuration{}", problem.pointer)
                    } else {
                        "/extension".to_owned()
                    };
                    let message = if own {
                        problem.message
                    } else {
                        format!("`{}`: {}", problem.extension_id, problem.message)
                    };
                    Problem::new(at, message)
                });
                let mut problems: Vec<_> = problems.collect();
                if problems.is_empty() {
                    let said = done.explanation.into_iter();
                    problems.extend(said.map(|message| Problem::new("/extension", message)));
                    let conflicts = done
                        .conflicts
                        .into_iter()
                        .filter(|found| found.severity == "error");
                    problems.extend(conflicts.map(|found| Problem::new("/extension", found.reason)));
                }
                problems.truncate(MOST_PROBLEMS);
                return Ok((ImportOutcome::Refused, problems));
            }
        };
        Ok((outcome, Vec::new()))
    }
}

/// Whether the next entry would fare no better.
fn fatal(error: &SiteError) -> bool {
    matches!(
        error,
        SiteError::Store(_) | SiteError::NotAllowed(_) | SiteError::Client(_)
    )
}
