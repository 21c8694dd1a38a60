//! `/v1/sites/{site_id}/extensions`: enabled, reconfigured, disabled, and listed.

use assay_service::sites::EnabledExtension;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::change::DependencyRow;
use super::{ChangeAnswer, ChangeParameters, Whole, changed, extension_id, of_body, read, site_id};
use crate::extract::{Caller, Path, Query};
use crate::problem::Problem;
use crate::state::Api;

/// An extension that is enabled at a site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnabledRow {
    /// The extension.
    #[schema(example = "portal")]
    extension_id: String,
    /// Its release.
    #[schema(example = "1.0.0")]
    version: String,
    /// The release's id.
    release_id: Uuid,
    /// The current version of its configuration.
    #[schema(example = 3)]
    config_version: i32,
    /// SHA-256 of the configuration as canonical JSON (RFC 8785), in hexadecimal digits.
    config_hash: String,
    /// The configuration; what the manifest marks as secret is hidden.
    #[schema(value_type = Object)]
    configuration: Value,
    /// Whether somebody asked for it; else another one needs it.
    requested: bool,
    /// With which range.
    #[schema(example = "^1")]
    requested_range: Option<String>,
    /// Whether the release accepts the configuration.
    validated: bool,
    /// What is wrong with it otherwise.
    #[schema(value_type = Vec<Object>)]
    validation_errors: Value,
    /// Extensions that it is in conflict with.
    detected_conflicts: Vec<String>,
    /// Whether it was enabled in spite of an error.
    forced: bool,
    /// Since when it is enabled.
    enabled_at: DateTime<Utc>,
    /// When it changed last.
    updated_at: DateTime<Utc>,
}

impl From<EnabledExtension> for EnabledRow {
    fn from(enabled: EnabledExtension) -> Self {
        Self {
            extension_id: enabled.extension.to_string(),
            version: enabled.version.to_string(),
            release_id: enabled.release.0,
            config_version: enabled.config_version,
            config_hash: enabled.config_hash.to_string(),
            configuration: enabled.configuration,
            requested: enabled.requested,
            requested_range: enabled.requested_range,
            validated: enabled.validated,
            validation_errors: enabled.validation_errors,
            detected_conflicts: enabled.detected_conflicts,
            forced: enabled.forced,
            enabled_at: enabled.enabled_at,
            updated_at: enabled.updated_at,
        }
    }
}

/// What is to be enabled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnableBody {
    /// The extension.
    #[schema(example = "portal", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    extension_id: String,
    /// Which of its releases will do, in Cargo's syntax; any without it.
    #[schema(example = "^1")]
    range: Option<String>,
    /// Its configuration at this site, by the schema in its manifest; empty without it.
    #[schema(value_type = Option<Object>, example = json!({"theme": "dark"}))]
    configuration: Option<Value>,
}

/// What an enabled extension is to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReconfigureBody {
    /// Which of its releases will do, in Cargo's syntax; as before without it.
    #[schema(example = "^1.2")]
    range: Option<String>,
    /// Its configuration at this site: all of it.
    #[schema(value_type = Object, example = json!({"theme": "light"}))]
    configuration: Value,
}

/// What is enabled at a site, newest first.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/extensions", tag = "sites", operation_id = "listSiteExtensions",
    params(("site_id" = Uuid, Path, description = "The site.")),
    responses((status = 200, description = "All of them.", body = Whole<EnabledRow>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
) -> Result<Json<Whole<EnabledRow>>, Problem> {
    let enabled = api.services.site_extensions(&actor, site_id(site)).await?;
    Ok(Json(Whole {
        items: enabled.into_iter().map(EnabledRow::from).collect(),
    }))
}

/// Enables an extension at a site, and what it needs with it.
///
/// The configuration is held against the manifest's schema and shown to the plugin; then the site is resolved. A change
/// that is refused leaves the site as it is and is kept as a version that never was the current one: the problem's `change`
/// says why, and what would mend it. Something that works is replaced or taken away only after a snapshot was made.
#[utoipa::path(
    post, path = "/v1/sites/{site_id}/extensions", tag = "sites", operation_id = "enableExtension",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the site."),
        ChangeParameters,
    ),
    request_body = EnableBody,
    responses((status = 200, description = "It is enabled, or would be.", body = ChangeAnswer,
        headers(("ETag" = String, description = "Of the site, for `If-Match`."))))
)]
pub(crate) async fn enable(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
    Query(parameters): Query<ChangeParameters>,
    request: Request,
) -> Result<Response, Problem> {
    let options = parameters.options(request.headers())?;
    let body: EnableBody = read(&api, request).await?;
    let extension = of_body("/extension_id", &body.extension_id)?;
    let configuration = body.configuration.unwrap_or_else(|| json!({}));
    let (site, range) = (site_id(site), body.range.as_deref());
    let done = api
        .services
        .enable_extension(&actor, site, &extension, range, &configuration, &options)
        .await?;
    changed(done)
}

/// Gives an enabled extension another configuration, and another range where one is given.
///
/// Signatures stay with the version that they are of: the new one needs its own.
#[utoipa::path(
    put, path = "/v1/sites/{site_id}/extensions/{extension_id}", tag = "sites", operation_id = "reconfigureExtension",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("extension_id" = String, Path, description = "The extension.", example = "portal"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the site."),
        ChangeParameters,
    ),
    request_body = ReconfigureBody,
    responses((status = 200, description = "It is so, or would be.", body = ChangeAnswer,
        headers(("ETag" = String, description = "Of the site, for `If-Match`."))))
)]
pub(crate) async fn reconfigure(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, extension)): Path<(Uuid, String)>,
    Query(parameters): Query<ChangeParameters>,
    request: Request,
) -> Result<Response, Problem> {
    let (extension, options) = (extension_id(&extension)?, parameters.options(request.headers())?);
    let body: ReconfigureBody = read(&api, request).await?;
    let (site, range) = (site_id(site), body.range.as_deref());
    let done = api
        .services
        .reconfigure_extension(&actor, site, &extension, range, &body.configuration, &options)
        .await?;
    changed(done)
}

/// Disables an extension, and what is there for it alone.
#[utoipa::path(
    delete, path = "/v1/sites/{site_id}/extensions/{extension_id}", tag = "sites", operation_id = "disableExtension",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("extension_id" = String, Path, description = "The extension.", example = "portal"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the site."),
        ChangeParameters,
    ),
    responses((status = 200, description = "It is disabled, or would be.", body = ChangeAnswer,
        headers(("ETag" = String, description = "Of the site, for `If-Match`."))))
)]
pub(crate) async fn disable(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, extension)): Path<(Uuid, String)>,
    Query(parameters): Query<ChangeParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (extension, options) = (extension_id(&extension)?, parameters.options(&headers)?);
    let done = api
        .services
        .disable_extension(&actor, site_id(site), &extension, &options)
        .await?;
    changed(done)
}

/// What a site's extensions require, and what meets it, as the resolver answered last.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/dependencies", tag = "sites", operation_id = "listSiteDependencies",
    params(("site_id" = Uuid, Path, description = "The site.")),
    responses((status = 200, description = "All of them.", body = Whole<DependencyRow>))
)]
pub(crate) async fn dependencies(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
) -> Result<Json<Whole<DependencyRow>>, Problem> {
    let rows = api.services.site_dependencies(&actor, site_id(site)).await?;
    Ok(Json(Whole {
        items: rows.into_iter().map(DependencyRow::from).collect(),
    }))
}
