//! `/v1/sites/{site_id}/members`: who is what at a site.

use assay_domain::UserId;
use assay_service::sites::{Member, Membership};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{DryRun, Whole, site_id, site_role};
use crate::extract::{Caller, Path, Query};
use crate::problem::Problem;
use crate::state::Api;

/// Somebody who is something at a site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberRow {
    /// The user.
    user_id: Uuid,
    /// Their address.
    #[schema(example = "ann@example.org")]
    email: String,
    /// As what.
    #[schema(example = "quality-focal")]
    role: String,
    /// Since when.
    added_at: DateTime<Utc>,
}

impl From<Member> for MemberRow {
    fn from(member: Member) -> Self {
        Self {
            user_id: member.user.0,
            email: member.email,
            role: member.role.to_string(),
            added_at: member.added_at,
        }
    }
}

/// What became of a membership.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MembershipAnswer {
    /// Whether anything is other than before, or would be.
    changed: bool,
}

/// Who is what at a site.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/members", tag = "sites", operation_id = "listSiteMembers",
    params(("site_id" = Uuid, Path, description = "The site.")),
    responses((status = 200, description = "All of them.", body = Whole<MemberRow>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
) -> Result<Json<Whole<MemberRow>>, Problem> {
    let members = api.services.site_members(&actor, site_id(site)).await?;
    Ok(Json(Whole {
        items: members.into_iter().map(MemberRow::from).collect(),
    }))
}

/// Makes a user something at a site. A user can be several things there.
#[utoipa::path(
    put, path = "/v1/sites/{site_id}/members/{user_id}/{role}", tag = "sites", operation_id = "addSiteMember",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("user_id" = Uuid, Path, description = "A user of the client."),
        ("role" = String, Path, description = "As what: words with `-` between them.", example = "quality-focal"),
        DryRun,
    ),
    responses((status = 200, description = "It is so.", body = MembershipAnswer))
)]
pub(crate) async fn put(
    state: State<Api>,
    caller: Caller,
    path: Path<(Uuid, Uuid, String)>,
    query: Query<DryRun>,
) -> Result<Json<MembershipAnswer>, Problem> {
    set(state, caller, path, query, true).await
}

/// Has a user no longer be something at a site. Their signatures stay.
#[utoipa::path(
    delete, path = "/v1/sites/{site_id}/members/{user_id}/{role}", tag = "sites", operation_id = "removeSiteMember",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("user_id" = Uuid, Path, description = "A user of the client."),
        ("role" = String, Path, description = "As what.", example = "quality-focal"),
        DryRun,
    ),
    responses((status = 200, description = "It is so.", body = MembershipAnswer))
)]
pub(crate) async fn remove(
    state: State<Api>,
    caller: Caller,
    path: Path<(Uuid, Uuid, String)>,
    query: Query<DryRun>,
) -> Result<Json<MembershipAnswer>, Problem> {
    set(state, caller, path, query, false).await
}

async fn set(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, user, role)): Path<(Uuid, Uuid, String)>,
    Query(DryRun { dry_run }): Query<DryRun>,
    there: bool,
) -> Result<Json<MembershipAnswer>, Problem> {
    let membership = Membership {
        user: UserId(user),
        role: site_role(&role)?,
    };
    let changed = api
        .services
        .set_site_member(&actor, site_id(site), &membership, there, dry_run)
        .await?;
    Ok(Json(MembershipAnswer { changed }))
}
