//! The list of processes, newest first, page by page.

use assay_domain::{IngestionSource, ProcessStatus, ProcessTypeId, Verdict};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{ProcessSummary, Row};
use crate::page::{Cursor, Page, PageRequest};
use crate::{StoreError, Tx};

/// Which processes: those that have all of what is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProcessFilter {
    /// With this status.
    pub status: Option<ProcessStatus>,
    /// With this verdict.
    pub verdict: Option<Verdict>,
    /// Of this type.
    pub process_type: Option<ProcessTypeId>,
    /// From there.
    pub source: Option<IngestionSource>,
    /// That belong together.
    pub correlation_id: Option<Uuid>,
    /// Received then or later.
    pub received_from: Option<DateTime<Utc>>,
    /// Received before.
    pub received_to: Option<DateTime<Utc>>,
}

impl Tx {
    /// The client's processes, newest first.
    pub async fn processes(
        &mut self,
        filter: &ProcessFilter,
        request: &PageRequest,
    ) -> Result<Page<ProcessSummary>, StoreError> {
        // A plan for any values would read all of the client's processes for the few that have a rare one.
        sqlx::query!("SET LOCAL plan_cache_mode = force_custom_plan")
            .execute(&mut *self.inner)
            .await?;
        let (at, id) = request.before();
        // A process is created with the time at which it was received.
        let rows = sqlx::query_file_as!(
            Row,
            "src/processes/list.sql",
            at,
            id,
            request.fetch(),
            filter.status.map(ProcessStatus::as_str) as _,
            filter.verdict.map(Verdict::as_str) as _,
            filter.process_type.as_ref().map(ProcessTypeId::as_str) as _,
            filter.source.map(IngestionSource::as_str) as _,
            filter.correlation_id as _,
            filter.received_from as _,
            filter.received_to as _
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let items = rows.into_iter().map(Row::read).collect::<Result<_, _>>()?;
        Ok(request.page(items, |item: &ProcessSummary| Cursor {
            at: item.received_at,
            id: item.id.0,
        }))
    }
}
