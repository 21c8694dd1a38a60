//! The host as the benchmarks call it: over a database of their own and through its router, without a socket.
//!
//! Every client has the payroll process type; each document is sent as one that nobody has sent yet.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use assay_api::auth::{Auth, SigningKey, issue};
use assay_api::{ApiOptions, router};
use assay_domain::{Actor, ClientId, Clock, Limits, ReleaseId, Role, SystemClock};
use assay_engine::{Engine, EngineOptions};
use assay_service::{IntakeLimits, Parts, QueueLimits, Services, Startup};
use assay_store::clients::NewClient;
use assay_store::embedded::{Embedded, EmbeddedOptions};
use assay_store::process_types::ProcessType;
use assay_store::{ConnectOptions, Store};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use sqlx::{Connection, Executor, PgConnection};
use tower::ServiceExt;
use uuid::Uuid;

use crate::sample;

pub(crate) const PROCESS_TYPE: &str = "payroll_v1";

/// The host under test, or what stands in for it, as one client calls it.
pub(crate) struct Host {
    pub(crate) router: Router,
    pub(crate) token: String,
    /// What a host that serves does besides.
    pub(crate) _startup: Option<Arc<Startup>>,
}

impl Host {
    pub(crate) async fn submit(&self) {
        self.post("/v1/processes", sample::PAYROLL, StatusCode::CREATED)
            .await;
    }

    /// Sends a document that nobody has sent yet, and takes the whole answer.
    pub(crate) async fn post(&self, path: &str, document: &str, expected: StatusCode) {
        let (status, answer) = self.answer(path, document).await;
        assert_eq!(status, expected, "{}", String::from_utf8_lossy(&answer));
    }

    /// The same, whatever is answered.
    pub(crate) async fn send(&self, path: &str, document: &str) -> StatusCode {
        self.answer(path, document).await.0
    }

    async fn answer(&self, path: &str, document: &str) -> (StatusCode, Bytes) {
        let document = unique(document);
        let body = format!(r#"{{"process_type_id":"{PROCESS_TYPE}","documents":[{{"data":{document}}}]}}"#);
        self.send_json(path, body).await
    }

    /// Sends a body, and takes the whole answer.
    pub(crate) async fn send_json(&self, path: &str, body: String) -> (StatusCode, Bytes) {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let answer = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        assert!(!answer.is_empty());
        (status, answer)
    }
}

/// No two documents are the same, so that each is stored.
pub(crate) fn unique(document: &str) -> String {
    document.replace("A. Sample", &Uuid::new_v4().to_string())
}

/// A database of the benchmark's own.
pub(crate) async fn database(folder: &Path) -> Embedded {
    let options = EmbeddedOptions {
        folder: folder.to_owned(),
        bindir: None,
        search_path: None,
        durable: true,
    };
    Embedded::start(&options, |_| {}).await.unwrap()
}

/// A connection to the benchmark's own database that sees past every policy.
pub(crate) async fn admin(database: &Embedded) -> PgConnection {
    let (owner, admin) = (database.owner_url(), database.admin_url());
    let of = |url: &str| {
        let (server, query) = url.split_once('?').unwrap();
        let (server, name) = server.rsplit_once('/').unwrap();
        (server.to_owned(), name.to_owned(), query.to_owned())
    };
    let ((_, name, _), (server, _, query)) = (of(&owner), of(&admin));
    PgConnection::connect(&format!("{server}/{name}?{query}"))
        .await
        .unwrap()
}

/// What autovacuum does once a minute: a new database's plans are those of empty tables, and both sides would measure
/// these instead of what they do.
pub(crate) async fn analyze(database: &Embedded) {
    let mut owner = PgConnection::connect(&database.owner_url()).await.unwrap();
    owner.execute("ANALYZE").await.unwrap();
    owner.close().await.unwrap();
}

/// A host with the process type and its validator, and no client yet.
pub(crate) struct Setup {
    pub(crate) store: Store,
    pub(crate) services: Services,
    startup: Arc<Startup>,
    clock: Arc<dyn Clock>,
    router: Router,
    pub(crate) engine: Engine,
    pub(crate) key: SigningKey,
    pub(crate) release: ReleaseId,
}

impl Setup {
    pub(crate) async fn new(database: &Embedded, connections: u32, queue: QueueLimits) -> Self {
        assay_store::migrate::up(&database.owner_url()).await.unwrap();
        let connect = ConnectOptions {
            connections,
            ..ConnectOptions::default()
        };
        let store = Store::connect(&database.app_url(), connect).await.unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let mut tx = store.begin_platform().await.unwrap();
        tx.put_process_type(&ProcessType {
            id: PROCESS_TYPE.parse().unwrap(),
            display_name: "Payroll".into(),
            description: String::new(),
            is_active: true,
            default_version: None,
        })
        .await
        .unwrap();
        tx.commit().await.unwrap();

        let engine = Engine::new(EngineOptions::default()).unwrap();
        let services = Services::new(Parts {
            store: store.clone(),
            engine: engine.clone(),
            clock: Arc::clone(&clock),
            intake: IntakeLimits::default(),
            limits_maximum: Limits::MAXIMUM,
            queue,
        });
        let platform = Actor {
            client: None,
            role: Role::Platform,
            subject: "bench".into(),
        };
        let release = services
            .register_plugin(&platform, sample::component().into())
            .await
            .unwrap();
        let key = SigningKey::from_secret(&[7; 32]);
        let auth = Auth::new([key.verifying()], Arc::clone(&clock));
        Self {
            router: router(services.clone(), auth, ApiOptions::default()),
            store,
            startup: Arc::new(services.startup().await.unwrap()),
            services,
            clock,
            engine,
            key,
            release: release.release_id,
        }
    }

    /// A new client with this configuration.
    pub(crate) async fn client(&self, slug: &str, configuration: &Value) -> (Host, ClientId) {
        let id = ClientId::new(self.clock.now());
        let mut tx = self.store.begin_platform().await.unwrap();
        tx.insert_client(&NewClient { id, slug, name: slug })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let admin = Actor {
            client: Some(id),
            role: Role::Admin,
            subject: "bench".into(),
        };
        let process_type = PROCESS_TYPE.parse().unwrap();
        let saved = self
            .services
            .put_configuration(&admin, &process_type, configuration, None)
            .await
            .unwrap();
        self.services
            .activate_configuration(&admin, &process_type, saved.version)
            .await
            .unwrap();
        let token = issue(&self.key, &admin, Duration::from_hours(1), self.clock.as_ref()).unwrap();
        let host = Host {
            router: self.router.clone(),
            token,
            _startup: Some(Arc::clone(&self.startup)),
        };
        (host, id)
    }
}
