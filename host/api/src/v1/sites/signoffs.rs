//! `/v1/sites/{site_id}/…/signoffs` and `/unsigned`: who signed which aspect of which version, and what nobody signed.

use assay_service::sites::{Signoff, SignoffRequest, Unsigned};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{DryRun, Listed, PageParameters, Whole, extension_id, of_body, read, site_id};
use crate::extract::{Caller, Path, Query};
use crate::problem::{Code, Problem};
use crate::state::Api;

/// A signature.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignoffRow {
    /// Its id.
    signoff_id: Uuid,
    /// Of which extension.
    #[schema(example = "portal")]
    extension_id: String,
    /// What of it.
    #[schema(example = "electronic-signature-validation")]
    aspect: String,
    /// Who signed: a user.
    signed_by: Uuid,
    /// As what.
    #[schema(example = "quality-focal")]
    signed_role: String,
    /// When.
    signed_at: DateTime<Utc>,
    /// Which version of the configuration.
    config_version: i32,
    /// SHA-256 of that configuration as canonical JSON (RFC 8785), in hexadecimal digits.
    config_hash: String,
    /// Whether that version is still the current one.
    current: bool,
    /// What the signer said.
    notes: Option<String>,
    /// What else there is.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

impl From<Signoff> for SignoffRow {
    fn from(signoff: Signoff) -> Self {
        Self {
            signoff_id: signoff.id.0,
            extension_id: signoff.extension.to_string(),
            aspect: signoff.aspect,
            signed_by: signoff.signed_by.0,
            signed_role: signoff.signed_role,
            signed_at: signoff.signed_at,
            config_version: signoff.config_version,
            config_hash: signoff.config_hash.to_string(),
            current: signoff.current,
            notes: signoff.notes,
            metadata: signoff.metadata,
        }
    }
}

/// What somebody signs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignoffBody {
    /// What of the extension; its manifest says which aspects there are, and which role signs them.
    #[schema(example = "electronic-signature-validation")]
    aspect: String,
    /// The version of the configuration that the signer looked at; it has to be the current one.
    #[schema(example = 3)]
    config_version: i32,
    /// What the signer says.
    #[schema(max_length = 4000)]
    notes: Option<String>,
    /// What else there is: an object.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

/// A signature that was made, or would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedAnswer {
    /// Its id.
    signoff_id: Uuid,
}

/// What nobody signed of an extension's current version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnsignedRow {
    /// The extension.
    #[schema(example = "portal")]
    extension_id: String,
    /// The current version of its configuration.
    config_version: i32,
    /// What is not signed.
    aspects: Vec<UnsignedAspect>,
}

/// An aspect that is not signed.
#[derive(Debug, Serialize, ToSchema)]
struct UnsignedAspect {
    /// The aspect.
    #[schema(example = "electronic-signature-validation")]
    aspect: String,
    /// The role at the site that signs it.
    #[schema(example = "quality-focal")]
    role: String,
}

impl From<Unsigned> for UnsignedRow {
    fn from(unsigned: Unsigned) -> Self {
        let aspects = unsigned.aspects.into_iter();
        Self {
            extension_id: unsigned.extension.to_string(),
            config_version: unsigned.config_version,
            aspects: aspects
                .map(|(aspect, role)| UnsignedAspect { aspect, role })
                .collect(),
        }
    }
}

/// Signs one aspect of the current version of an extension's configuration at a site.
///
/// Only a user signs, in the role at the site that the manifest names, and never a version of their own.
#[utoipa::path(
    post, path = "/v1/sites/{site_id}/extensions/{extension_id}/signoffs", tag = "sites", operation_id = "signExtension",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("extension_id" = String, Path, description = "The extension.", example = "portal"),
        DryRun,
    ),
    request_body = SignoffBody,
    responses((status = 201, description = "It is signed, or would be.", body = SignedAnswer))
)]
pub(crate) async fn sign(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, extension)): Path<(Uuid, String)>,
    Query(DryRun { dry_run }): Query<DryRun>,
    request: Request,
) -> Result<Response, Problem> {
    let extension = extension_id(&extension)?;
    let body: SignoffBody = read(&api, request).await?;
    if body
        .metadata
        .as_ref()
        .is_some_and(|metadata| !metadata.is_object())
    {
        let problem = Problem::new(Code::BodyInvalid, "the body has another form than expected");
        return Err(problem.at("/metadata", "is not an object"));
    }
    let wanted = SignoffRequest {
        extension,
        aspect: of_body("/aspect", &body.aspect)?,
        config_version: body.config_version,
        notes: body.notes,
        metadata: body.metadata,
    };
    let id = api
        .services
        .sign_extension(&actor, site_id(site), &wanted, dry_run)
        .await?;
    Ok((StatusCode::CREATED, Json(SignedAnswer { signoff_id: id.0 })).into_response())
}

/// The signatures of an extension at a site, newest first, those under earlier versions included.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/extensions/{extension_id}/signoffs", tag = "sites",
    operation_id = "listExtensionSignoffs",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("extension_id" = String, Path, description = "The extension.", example = "portal"),
        PageParameters,
    ),
    responses((status = 200, description = "A page.", body = Listed<SignoffRow>,
        headers(("Link" = String, description = "The next page, as `rel=\"next\"` (RFC 8288)."))))
)]
pub(crate) async fn of_extension(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, extension)): Path<(Uuid, String)>,
    Query(parameters): Query<PageParameters>,
) -> Result<Response, Problem> {
    let extension = extension_id(&extension)?;
    let page = api
        .services
        .site_signoffs(&actor, site_id(site), Some(&extension), &parameters.query(50)?)
        .await?;
    let listed = Listed {
        items: page.items.into_iter().map(SignoffRow::from).collect(),
        next: page.next,
    };
    let path = format!("/v1/sites/{site}/extensions/{extension}/signoffs");
    Ok(listed.answer(&path, parameters.limit))
}

/// All signatures at a site, newest first.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/signoffs", tag = "sites", operation_id = "listSiteSignoffs",
    params(("site_id" = Uuid, Path, description = "The site."), PageParameters),
    responses((status = 200, description = "A page.", body = Listed<SignoffRow>,
        headers(("Link" = String, description = "The next page, as `rel=\"next\"` (RFC 8288)."))))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
    Query(parameters): Query<PageParameters>,
) -> Result<Response, Problem> {
    let page = api
        .services
        .site_signoffs(&actor, site_id(site), None, &parameters.query(50)?)
        .await?;
    let listed = Listed {
        items: page.items.into_iter().map(SignoffRow::from).collect(),
        next: page.next,
    };
    Ok(listed.answer(&format!("/v1/sites/{site}/signoffs"), parameters.limit))
}

/// What nobody has signed of the current versions at a site.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/unsigned", tag = "sites", operation_id = "listUnsigned",
    params(("site_id" = Uuid, Path, description = "The site.")),
    responses((status = 200, description = "All of it.", body = Whole<UnsignedRow>))
)]
pub(crate) async fn unsigned(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
) -> Result<Json<Whole<UnsignedRow>>, Problem> {
    let unsigned = api.services.unsigned(&actor, site_id(site)).await?;
    Ok(Json(Whole {
        items: unsigned.into_iter().map(UnsignedRow::from).collect(),
    }))
}
