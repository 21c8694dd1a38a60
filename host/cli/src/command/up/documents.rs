//! The sample documents through the service, each once: what an earlier run stored is shown, not done again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use assay_domain::{Digest, IngestionSource, ProcessId, ProcessTypeId, Role};
use assay_service::{Process, ProcessQuery, Services, Submission, SubmittedDocument};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::samples::{self, Expectations, Expected, Tenant, Tenants};
use super::seed::actor;
use crate::config::Config;
use crate::media;
use crate::output::Output;

/// Which process each sample document has, in the data directory.
const KNOWN: &str = "samples.json";

/// A document, what was said of it, and what should have been.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) client: String,
    pub(crate) expected: Expected,
    pub(crate) process: Process,
    /// Whether an earlier run did it.
    pub(crate) stored: bool,
}

pub(crate) async fn judge(services: &Services, config: &Config, output: &Output) -> anyhow::Result<Vec<Row>> {
    let tenants = Tenants::load()?;
    let documents = Expectations::load()?.document;
    let mut known = Known::load(config);
    let bar = if output.interactive() {
        ProgressBar::new(documents.len() as u64)
    } else {
        ProgressBar::hidden()
    };
    if let Ok(style) = ProgressStyle::with_template("documents: {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    let mut rows = Vec::with_capacity(documents.len());
    for expected in documents {
        bar.set_message(expected.path.clone());
        let (slug, process_type, file) = expected.parts()?;
        let Some(tenant) = tenants.client.iter().find(|tenant| tenant.slug == slug) else {
            anyhow::bail!("the sample `{}` belongs to no sample tenant", expected.path);
        };
        let found = known.find(services, tenant, &expected.path).await?;
        let stored = found.is_some();
        let process = match found {
            Some(process) => process,
            None => submit(services, tenant, process_type, file, &expected.path).await?,
        };
        known.remember(&expected.path, &process);
        bar.inc(1);
        rows.push(Row {
            client: slug.to_owned(),
            expected,
            process,
            stored,
        });
    }
    bar.finish_and_clear();
    known.save();
    let new = rows.iter().filter(|row| !row.stored).count();
    output.note(&format!(
        "documents: {} judged now, {} by an earlier run",
        new,
        rows.len() - new
    ));
    Ok(rows)
}

async fn submit(
    services: &Services,
    tenant: &Tenant,
    process_type: ProcessTypeId,
    file: &str,
    path: &str,
) -> anyhow::Result<Process> {
    let content = Bytes::from_static(samples::bytes(path)?);
    let submission = Submission {
        process_type,
        input: Value::Object(Map::new()),
        documents: vec![SubmittedDocument {
            file_name: Some(file.to_owned()),
            media_type: media::type_of(file.as_ref(), &content).to_owned(),
            content,
        }],
        source: IngestionSource::Api,
        correlation_id: Some(correlation(path)),
    };
    let operator = actor(tenant.client_id, Role::Operator);
    services
        .submit(&operator, submission)
        .await
        .with_context(|| format!("the sample document {path}"))
}

/// The same for the same document in every run.
fn correlation(path: &str) -> Uuid {
    let digest = Digest::of(path.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(digest.as_bytes().split_at(16).0);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// What earlier runs did. The file is only a hint: every process in it is looked up.
struct Known {
    path: PathBuf,
    processes: BTreeMap<String, ProcessId>,
    /// The newest processes of clients, by their correlation, for what the file does not have.
    newest: BTreeMap<String, BTreeMap<Uuid, ProcessId>>,
}

impl Known {
    fn load(config: &Config) -> Self {
        let path = config.data_dir.join(KNOWN);
        let text = std::fs::read(&path).unwrap_or_default();
        Self {
            processes: serde_json::from_slice(&text).unwrap_or_default(),
            newest: BTreeMap::new(),
            path,
        }
    }

    async fn find(
        &mut self,
        services: &Services,
        tenant: &Tenant,
        path: &str,
    ) -> anyhow::Result<Option<Process>> {
        let reader = actor(tenant.client_id, Role::Operator);
        if let Some(id) = self.processes.get(path)
            && let Some(process) = services.process(&reader, *id).await?
            && process.correlation_id == correlation(path)
            && process.completed_at.is_some()
        {
            return Ok(Some(process));
        }
        if !self.newest.contains_key(&tenant.slug) {
            let query = ProcessQuery {
                status: None,
                limit: 200,
                after: None,
            };
            let mut newest = BTreeMap::new();
            for summary in services.processes(&reader, query).await?.items {
                if let Some(process) = services.process(&reader, summary.process_id).await? {
                    newest.insert(process.correlation_id, summary.process_id);
                }
            }
            self.newest.insert(tenant.slug.clone(), newest);
        }
        let id = self
            .newest
            .get(&tenant.slug)
            .and_then(|newest| newest.get(&correlation(path)));
        match id {
            Some(id) => Ok(services
                .process(&reader, *id)
                .await?
                .filter(|process| process.completed_at.is_some())),
            None => Ok(None),
        }
    }

    fn remember(&mut self, path: &str, process: &Process) {
        if let Some(id) = process.process_id {
            self.processes.insert(path.to_owned(), id);
        }
    }

    /// Only saves looking: when it can't be written, the next run asks the database.
    fn save(&self) {
        let text = serde_json::to_vec_pretty(&self.processes).unwrap_or_default();
        if let Err(error) = std::fs::write(&self.path, text) {
            tracing::debug!(%error, "the sample documents' processes could not be noted");
        }
    }
}
