//! `POST /v1/invocations/{invocation_id}/replay`: the same call once more, beside what is stored.

use assay_domain::InvocationId;
use assay_service::{Difference, Ran, Replay, ReplayError};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::{Caller, Path};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::v1::not_found;
use crate::v1::processes::answer::ErrorAnswer;

/// A stored call beside its replay.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplayAnswer {
    /// The call.
    invocation_id: Uuid,
    /// Whether outcome, output (byte for byte), log and questions to the host are the same.
    same: bool,
    /// What is stored.
    recorded: RanAnswer,
    /// What came now.
    replayed: RanAnswer,
    /// What differs, the first 100 fields of it.
    differences: Vec<DifferenceAnswer>,
}

/// How a call ended.
#[derive(Debug, Serialize, ToSchema)]
struct RanAnswer {
    /// `done`, `declined` or `failed`.
    outcome: String,
    /// SHA-256 of the output's bytes.
    output_sha256: Option<String>,
    /// Why there is no output.
    error: Option<ErrorAnswer>,
}

/// One field that differs.
#[derive(Debug, Serialize, ToSchema)]
struct DifferenceAnswer {
    /// JSON Pointer (RFC 6901), beginning with `/outcome`, `/error`, `/output`, `/log` or `/host_answers`.
    #[schema(example = "/output/findings/0/message")]
    field: String,
    /// What is stored there; null when nothing is.
    #[schema(value_type = Option<Value>)]
    recorded: Option<Value>,
    /// What came there; null when nothing did.
    #[schema(value_type = Option<Value>)]
    replayed: Option<Value>,
}

/// Runs a stored call once more: the same release, settings, rules, input, time and host answers. Nothing is stored.
///
/// A call that its deadline or a busy host ended has nothing to replay.
#[utoipa::path(
    post, path = "/v1/invocations/{invocation_id}/replay", tag = "processes", operation_id = "replayInvocation",
    params(("invocation_id" = Uuid, Path, description = "The call.")),
    responses((status = 200, description = "Both, and what differs.", body = ReplayAnswer))
)]
pub(crate) async fn replay(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<ReplayAnswer>, Problem> {
    let replay = api.services.replay(&actor, InvocationId(id)).await?;
    Ok(Json(replay.into()))
}

impl From<Replay> for ReplayAnswer {
    fn from(replay: Replay) -> Self {
        Self {
            invocation_id: replay.invocation_id.0,
            same: replay.same,
            recorded: replay.recorded.into(),
            replayed: replay.replayed.into(),
            differences: replay.differences.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Ran> for RanAnswer {
    fn from(ran: Ran) -> Self {
        Self {
            outcome: ran.outcome,
            output_sha256: ran.output_sha256.map(|digest| digest.to_string()),
            error: ran.error.map(ErrorAnswer::from),
        }
    }
}

impl From<Difference> for DifferenceAnswer {
    fn from(difference: Difference) -> Self {
        Self {
            field: difference.field,
            recorded: difference.recorded,
            replayed: difference.replayed,
        }
    }
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        let text = error.to_string();
        match error {
            ReplayError::NotAllowed(error) => error.into(),
            ReplayError::Client(error) => error.into(),
            ReplayError::NotFound(_) => not_found(),
            ReplayError::NotReplayable { .. } => Self::new(Code::InvocationNotReplayable, text),
            ReplayError::Unrestorable(_) => Self::new(Code::InvocationUnrestorable, text),
            ReplayError::Load(error) => Self::new(Code::PluginUnusable, text).because(error),
            ReplayError::Overloaded(error) => error.into(),
            ReplayError::Store(error) => error.into(),
        }
    }
}
