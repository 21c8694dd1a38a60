//! `GET /v1/processes/{process_id}`.

use assay_domain::ProcessId;
use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::answer::ProcessAnswer;
use crate::extract::{Caller, Path};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::not_found;

/// One process with everything that was said of it.
#[utoipa::path(
    get, path = "/v1/processes/{process_id}", tag = "processes", operation_id = "getProcess",
    params(("process_id" = Uuid, Path, description = "The process.")),
    responses((status = 200, description = "The process.", body = ProcessAnswer))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<ProcessAnswer>, Problem> {
    let process = api.services.process(&actor, ProcessId(id)).await?;
    process.map(|process| Json(process.into())).ok_or_else(not_found)
}
