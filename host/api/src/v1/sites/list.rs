//! `GET /v1/sites`: newest first, page by page.

use assay_service::sites::Site;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Listed, PageParameters};
use crate::extract::{Caller, Query};
use crate::problem::Problem;
use crate::state::Api;

/// A site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SiteRow {
    /// Its id.
    site_id: Uuid,
    /// For people.
    #[schema(example = "Plant Rotterdam")]
    name: String,
    /// Whether it may be changed.
    active: bool,
    /// Moves with every change of what is enabled or asked for there.
    #[schema(example = 12)]
    revision: i64,
    /// The plugin that resolves it.
    #[schema(example = "extension_resolver")]
    resolver: String,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Site> for SiteRow {
    fn from(site: Site) -> Self {
        Self {
            site_id: site.id.0,
            name: site.name,
            active: site.active,
            revision: site.revision,
            resolver: site.resolver.to_string(),
            created_at: site.created_at,
        }
    }
}

/// The client's sites, newest first.
#[utoipa::path(
    get, path = "/v1/sites", tag = "sites", operation_id = "listSites", params(PageParameters),
    responses((status = 200, description = "A page.", body = Listed<SiteRow>,
        headers(("Link" = String, description = "The next page, as `rel=\"next\"` (RFC 8288)."))))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(actor): Caller,
    Query(parameters): Query<PageParameters>,
) -> Result<Response, Problem> {
    let page = api.services.sites(&actor, &parameters.query(50)?).await?;
    let listed = Listed {
        items: page.items.into_iter().map(SiteRow::from).collect(),
        next: page.next,
    };
    Ok(listed.answer("/v1/sites", parameters.limit))
}
