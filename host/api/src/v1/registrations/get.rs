//! `GET /v1/registrations/{registration_id}`.

use assay_domain::RegistrationId;
use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::RegistrationAnswer;
use crate::extract::{Caller, Path};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::not_found;

/// How far a registration is, or how it ended.
#[utoipa::path(
    get, path = "/v1/registrations/{registration_id}", tag = "plugins", operation_id = "getRegistration",
    params(("registration_id" = Uuid, Path, description = "The registration.")),
    responses((status = 200, description = "The registration.", body = RegistrationAnswer))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<RegistrationAnswer>, Problem> {
    let registration = api.services.registration(&actor, RegistrationId(id)).await?;
    registration
        .map(|registration| Json(registration.into()))
        .ok_or_else(not_found)
}
