//! `/v1/sites/{site_id}/policies`, `/pins` and `/resolver`: what is asked of the extensions at a site, and by whom it is
//! resolved. Each is a change of the site like enabling something: resolved, and refused where it can't be followed.

use assay_service::sites::ChangeOptions;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use semver::Version;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ChangeAnswer, ChangeParameters, Whole, changed, extension_id, plugin_name, read, site_id};
use crate::extract::{Caller, Path, Query};
use crate::problem::{Code, Problem};
use crate::state::Api;

/// The policy that every provider of a capability must follow at a site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PolicyRow {
    /// The capability.
    #[schema(example = "mail")]
    capability: String,
    /// Its policy.
    #[schema(example = "encrypted")]
    policy: String,
}

/// A policy that is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyBody {
    /// The policy.
    #[schema(example = "encrypted", max_length = 128)]
    policy: String,
}

/// The version that an extension has at a site if it is there at all.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PinRow {
    /// The extension.
    #[schema(example = "forms")]
    extension_id: String,
    /// Its version.
    #[schema(example = "2.1.0")]
    version: String,
}

/// A pin that is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PinBody {
    /// The version.
    #[schema(example = "2.1.0")]
    version: String,
}

/// Who is to resolve a site.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolverBody {
    /// A plugin of the world `resolver`; its newest release in use answers.
    #[schema(example = "extension_resolver", pattern = "^[a-z][a-z0-9_]{0,62}$")]
    plugin_name: String,
}

/// A site's policies, by capability.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/policies", tag = "sites", operation_id = "listSitePolicies",
    params(("site_id" = Uuid, Path, description = "The site.")),
    responses((status = 200, description = "All of them.", body = Whole<PolicyRow>))
)]
pub(crate) async fn policies(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
) -> Result<Json<Whole<PolicyRow>>, Problem> {
    let (policies, _) = api.services.site_demands(&actor, site_id(site)).await?;
    let items = policies.into_iter().map(|policy| PolicyRow {
        capability: policy.capability,
        policy: policy.policy,
    });
    Ok(Json(Whole {
        items: items.collect(),
    }))
}

/// Sets a site's policy for a capability.
#[utoipa::path(
    put, path = "/v1/sites/{site_id}/policies/{capability}", tag = "sites", operation_id = "setSitePolicy",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("capability" = String, Path, description = "The capability.", example = "mail"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the site."),
        ChangeParameters,
    ),
    request_body = PolicyBody,
    responses((status = 200, description = "It is so, or would be.", body = ChangeAnswer))
)]
pub(crate) async fn set_policy(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, capability)): Path<(Uuid, String)>,
    Query(parameters): Query<ChangeParameters>,
    request: Request,
) -> Result<Response, Problem> {
    let options = parameters.options(request.headers())?;
    let PolicyBody { policy } = read(&api, request).await?;
    let done = api
        .services
        .set_site_policy(&actor, site_id(site), &capability, Some(&policy), &options)
        .await?;
    changed(done)
}

/// Takes a site's policy for a capability back.
#[utoipa::path(
    delete, path = "/v1/sites/{site_id}/policies/{capability}", tag = "sites", operation_id = "removeSitePolicy",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("capability" = String, Path, description = "The capability.", example = "mail"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the site."),
        ChangeParameters,
    ),
    responses((status = 200, description = "It is so, or would be.", body = ChangeAnswer))
)]
pub(crate) async fn remove_policy(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, capability)): Path<(Uuid, String)>,
    Query(parameters): Query<ChangeParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let options = parameters.options(&headers)?;
    let done = api
        .services
        .set_site_policy(&actor, site_id(site), &capability, None, &options)
        .await?;
    changed(done)
}

/// A site's pins, by extension.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/pins", tag = "sites", operation_id = "listSitePins",
    params(("site_id" = Uuid, Path, description = "The site.")),
    responses((status = 200, description = "All of them.", body = Whole<PinRow>))
)]
pub(crate) async fn pins(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
) -> Result<Json<Whole<PinRow>>, Problem> {
    let (_, pins) = api.services.site_demands(&actor, site_id(site)).await?;
    let items = pins.into_iter().map(|pin| PinRow {
        extension_id: pin.extension.to_string(),
        version: pin.version.to_string(),
    });
    Ok(Json(Whole {
        items: items.collect(),
    }))
}

/// Pins an extension to a version at a site, whether it is enabled there or not.
#[utoipa::path(
    put, path = "/v1/sites/{site_id}/pins/{extension_id}", tag = "sites", operation_id = "setSitePin",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("extension_id" = String, Path, description = "The extension.", example = "forms"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the site."),
        ChangeParameters,
    ),
    request_body = PinBody,
    responses((status = 200, description = "It is so, or would be.", body = ChangeAnswer))
)]
pub(crate) async fn set_pin(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, extension)): Path<(Uuid, String)>,
    Query(parameters): Query<ChangeParameters>,
    request: Request,
) -> Result<Response, Problem> {
    let (extension, options) = (extension_id(&extension)?, parameters.options(request.headers())?);
    let PinBody { version } = read(&api, request).await?;
    let plain = version.strip_prefix('v').unwrap_or(&version);
    let version: Version = plain.parse().map_err(|error| {
        let detail = "the version can't be read; see `errors`";
        Problem::new(Code::BodyInvalid, detail).at("/version", format!("is none of the form 1.2.3: {error}"))
    })?;
    pin(&api, &actor, site, &extension, Some(&version), &options).await
}

/// Takes a pin back.
#[utoipa::path(
    delete, path = "/v1/sites/{site_id}/pins/{extension_id}", tag = "sites", operation_id = "removeSitePin",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("extension_id" = String, Path, description = "The extension.", example = "forms"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the site."),
        ChangeParameters,
    ),
    responses((status = 200, description = "It is so, or would be.", body = ChangeAnswer))
)]
pub(crate) async fn remove_pin(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, extension)): Path<(Uuid, String)>,
    Query(parameters): Query<ChangeParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (extension, options) = (extension_id(&extension)?, parameters.options(&headers)?);
    pin(&api, &actor, site, &extension, None, &options).await
}

async fn pin(
    api: &Api,
    actor: &assay_domain::Actor,
    site: Uuid,
    extension: &assay_domain::ExtensionId,
    version: Option<&Version>,
    options: &ChangeOptions,
) -> Result<Response, Problem> {
    let done = api
        .services
        .set_site_pin(actor, site_id(site), extension, version, options)
        .await?;
    changed(done)
}

/// Has another plugin resolve a site: it resolves the site as it is, and is taken if its answer holds.
#[utoipa::path(
    put, path = "/v1/sites/{site_id}/resolver", tag = "sites", operation_id = "setSiteResolver",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the site."),
        ChangeParameters,
    ),
    request_body = ResolverBody,
    responses((status = 200, description = "It is so, or would be.", body = ChangeAnswer))
)]
pub(crate) async fn set_resolver(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
    Query(parameters): Query<ChangeParameters>,
    request: Request,
) -> Result<Response, Problem> {
    let options = parameters.options(request.headers())?;
    let body: ResolverBody = read(&api, request).await?;
    let resolver = plugin_name(&body.plugin_name)?;
    let done = api
        .services
        .set_site_resolver(&actor, site_id(site), &resolver, &options)
        .await?;
    changed(done)
}
