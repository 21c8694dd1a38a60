//! `post-validate`: documents per second that are judged over the router and not stored, against an axum handler that
//! does only what no host can leave out: it verifies the same token (Ed25519, by jsonwebtoken), parses the same body,
//! makes the same call of the same prepared plugin and answers with what it said.
//!
//! Payroll of two kilobytes with forty rules and no scorer. Both routers are called in turn, without a socket, by eight
//! callers that each send the next document when they have the whole answer. What the handler does not do is the host's
//! own: it looks up tenant, configuration and releases in the database, holds the document against size and form, checks
//! the result and answers with the whole process.

use std::sync::Arc;

use assay_domain::{Digest, Outcome};
use assay_engine::{Engine, Prepared};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::Value;

use crate::host::{Host, database};
use crate::measure::{Better, Row};
use crate::post_process::{alternate, prepare};
use crate::{prepared_rules, sample};

/// What the handler has.
struct Bare {
    engine: Engine,
    plugin: Arc<Prepared>,
    key: DecodingKey,
    validation: Validation,
}

async fn judge(State(bare): State<Arc<Bare>>, headers: HeaderMap, body: String) -> impl IntoResponse {
    let token = headers[header::AUTHORIZATION].to_str().unwrap();
    let token = token.strip_prefix("Bearer ").unwrap();
    decode::<serde_json::Value>(token, &bare.key, &bare.validation).unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    let data = body["documents"][0]["data"].to_string();
    let context = sample::context(Digest::of(data.as_bytes()));
    let call = bare.engine.validate(&bare.plugin, &context, &data).await;
    assert!(matches!(call.outcome, Outcome::Done(_)), "{:?}", call.outcome);
    ([(header::CONTENT_TYPE, "application/json")], call.output)
}

pub(crate) fn run() -> Row {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (rules, payroll) = (
        prepared_rules::rules(prepared_rules::ASCII),
        Arc::new(prepared_rules::payroll()),
    );
    let figures = runtime.block_on(async {
        let database = database(folder.path()).await;
        let (host, key, plain) = prepare(&database, &rules).await;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&["assay"]);
        validation.set_audience(&["assay"]);
        let bare = Bare {
            engine: plain.engine.clone(),
            plugin: Arc::clone(&plain.plugin),
            key: DecodingKey::from_ed_pem(key.to_pem().unwrap().as_bytes()).unwrap(),
            validation,
        };
        let bare = Host {
            router: Router::new()
                .route("/v1/validate", post(judge))
                .with_state(Arc::new(bare)),
            token: host.token.clone(),
            _startup: None,
        };
        let judges = |host: &Arc<Host>| {
            let (host, payroll) = (Arc::clone(host), Arc::clone(&payroll));
            async move { host.post("/v1/validate", &payroll, StatusCode::OK).await }
        };
        let (host, bare) = (Arc::new(host), Arc::new(bare));
        let figures = alternate(&database, || judges(&host), || judges(&bare)).await;
        drop((host, bare, plain));
        database.stop().await.unwrap();
        figures
    });
    Row::new("post-validate", "docs/s", figures, 0.7, Better::Higher)
}
