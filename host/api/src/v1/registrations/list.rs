//! `GET /v1/registrations`: newest first, page by page.

use axum::Json;
use axum::extract::State;
use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::RegistrationAnswer;
use crate::extract::{Caller, Query};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::wrong_parameter;

/// Most registrations of a page.
const MOST: u16 = 200;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RegistrationParameters {
    /// At most this many, 1 to 200; 50 without it.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// Those after this place: `next` of the page before.
    after: Option<String>,
}

/// A page of registrations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationPage {
    /// Newest first.
    items: Vec<RegistrationAnswer>,
    /// What to pass as `after` for the next page; null on the last.
    next: Option<String>,
}

/// The registrations of the caller's client, or of the platform for a token of role `platform`, newest first.
///
/// One that ended is shown for 30 days.
#[utoipa::path(
    get, path = "/v1/registrations", tag = "plugins", operation_id = "listRegistrations",
    params(RegistrationParameters),
    responses((status = 200, description = "A page.", body = RegistrationPage,
        headers(("Link" = String, description = "The next page, as `rel=\"next\"` (RFC 8288)."))))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(actor): Caller,
    Query(parameters): Query<RegistrationParameters>,
) -> Result<Response, Problem> {
    let limit = parameters.limit.unwrap_or(50);
    if !(1..=MOST).contains(&limit) {
        return Err(wrong_parameter(
            "limit",
            &format!("{limit} is outside 1 to {MOST}"),
        ));
    }
    let after = parameters.after.as_deref();
    let page = api.services.registrations(&actor, limit, after).await?;
    let link = page.next.as_deref().map(|next| {
        let limit = parameters.limit.map(|limit| format!("&limit={limit}"));
        let limit = limit.unwrap_or_default();
        format!("</v1/registrations?after={next}{limit}>; rel=\"next\"")
    });
    let mut response = Json(RegistrationPage {
        items: page.items.into_iter().map(RegistrationAnswer::from).collect(),
        next: page.next,
    })
    .into_response();
    if let Some(link) = link.and_then(|link| link.parse().ok()) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}
