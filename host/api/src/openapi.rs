//! The OpenAPI document, made from the handlers themselves; a committed copy is compared in a test.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::content::Content;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Access, ROUTES};
use crate::problem::{MEDIA_TYPE, ProblemDetails, ProblemPlace};
use crate::state::Api;
use crate::{health, metrics, v1};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Assay",
        description = "Documents in, verdicts out, decided by sandboxed plugins.\n\nEvery refusal is a problem \
                       (RFC 9457) with a stable `code`; `GET /problems` lists the codes."
    ),
    components(schemas(ProblemDetails, ProblemPlace)),
    modifiers(&Token),
    tags(
        (name = "processes", description = "Documents and their verdicts."),
        (name = "configurations", description = "What a client wants of a process type."),
        (name = "plugins", description = "What judges documents."),
        (name = "sites", description = "Places of a client, and the extensions that are enabled there."),
        (name = "operation", description = "For those who run the host.")
    )
)]
struct Document;

const TOKEN: &str = "token";

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("Signed with Ed25519; `assay token` makes one."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(TOKEN, SecurityScheme::Http(scheme));
    }
}

/// Every documented route.
pub(crate) fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::serve))
        .merge(v1::routes())
}

/// The OpenAPI document as JSON, as it is committed.
pub fn openapi() -> String {
    let mut document = documented().into_openapi();
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("GET", &mut item.get),
            ("PUT", &mut item.put),
            ("POST", &mut item.post),
            ("DELETE", &mut item.delete),
            ("PATCH", &mut item.patch),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                complete(operation, method, path);
            }
        }
    }
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Adds what every operation has: who may call it, and problems.
fn complete(operation: &mut Operation, method: &str, path: &str) {
    let problem = ResponseBuilder::new()
        .description("Why it was not done.")
        .content(
            MEDIA_TYPE,
            Content::new(Some(Ref::from_schema_name("ProblemDetails"))),
        )
        .build();
    operation
        .responses
        .responses
        .insert("default".to_owned(), RefOr::T(problem));
    let route = ROUTES
        .iter()
        .find(|route| route.method == method && route.path == path);
    if let Some(Access::Roles(roles)) = route.map(|route| route.access) {
        let names: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
        operation.security = Some(vec![SecurityRequirement::new(TOKEN, Vec::<String>::new())]);
        operation.extensions = Some(ExtensionsBuilder::new().add("x-roles", names).build());
    }
}

/// `GET /openapi.json`.
pub(crate) async fn serve() -> Response {
    ([(CONTENT_TYPE, "application/json")], openapi()).into_response()
}

#[cfg(test)]
mod tests;
