//! The sample documents through the service, each once: what an earlier run stored is shown, not done again.

use anyhow::Context as _;
use assay_domain::{Digest, IngestionSource, ProcessTypeId, Role};
use assay_service::{Process, ProcessFilter, ProcessQuery, Services, Submission, SubmittedDocument};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::samples::{self, Expectations, Expected, Tenant, Tenants};
use super::seed::actor;
use crate::media;
use crate::output::Output;

/// A document, what was said of it, and what should have been.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) client: String,
    pub(crate) expected: Expected,
    pub(crate) process: Process,
    /// Whether an earlier run did it.
    pub(crate) stored: bool,
}

pub(crate) async fn judge(services: &Services, output: &Output) -> anyhow::Result<Vec<Row>> {
    let tenants = Tenants::load()?;
    let documents = Expectations::load()?.document;
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
        let found = find(services, tenant, &expected.path).await?;
        let stored = found.is_some();
        let process = match found {
            Some(process) => process,
            None => submit(services, tenant, process_type, file, &expected.path).await?,
        };
        bar.inc(1);
        rows.push(Row {
            client: slug.to_owned(),
            expected,
            process,
            stored,
        });
    }
    bar.finish_and_clear();
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

/// What an earlier run did with the document.
async fn find(services: &Services, tenant: &Tenant, path: &str) -> anyhow::Result<Option<Process>> {
    let reader = actor(tenant.client_id, Role::Operator);
    let query = ProcessQuery {
        filter: ProcessFilter {
            correlation_id: Some(correlation(path)),
            ..ProcessFilter::default()
        },
        limit: 1,
        after: None,
    };
    let page = services.processes(&reader, query).await?;
    let Some(newest) = page.items.first() else {
        return Ok(None);
    };
    let process = services.process(&reader, newest.id).await?;
    Ok(process.filter(|process| process.completed_at.is_some()))
}
