//! A host of a test's own, and how it is asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use assay_api::auth::{Auth, SigningKey, issue};
use assay_api::{ApiOptions, Draining};
use assay_domain::{Actor, ClientId, Limits, Role, SystemClock};
use assay_engine::{CacheOptions, Engine, EngineOptions};
use assay_service::sites::SiteOptions;
use assay_service::{
    IntakeLimits, Parts, QueueLimits, Services, Startup, SystemRandomness, Vault, WrittenKeys,
};
use assay_store::process_types::ProcessType;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::support::database::Database;

/// A running host with the two sample tenants.
pub(crate) struct Host {
    pub(crate) database: Database,
    pub(crate) url: String,
    pub(crate) acme: ClientId,
    pub(crate) globex: ClientId,
    pub(crate) draining: Draining,
    http: reqwest::Client,
    key: SigningKey,
    startup: Option<Startup>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A sample file.
pub(crate) fn sample(path: &str) -> Vec<u8> {
    std::fs::read(root().join("host/cli/samples").join(path)).unwrap()
}

pub(crate) fn sample_json(path: &str) -> Value {
    serde_json::from_slice(&sample(path)).unwrap()
}

/// The bytes of a built plugin.
pub(crate) fn built(name: &str) -> Vec<u8> {
    std::fs::read(root().join("plugins/built").join(format!("{name}.wasm"))).unwrap()
}

/// A sandbox whose compiled plugins are shared by all tests.
pub(crate) fn engine() -> Engine {
    let cache = CacheOptions {
        dir: Path::new(env!("CARGO_TARGET_TMPDIR")).join("api-compiled"),
        key: [7; 32],
        most_bytes: 1 << 30,
    };
    Engine::new(EngineOptions {
        cache: Some(cache),
        concurrent_calls: 8,
        ..EngineOptions::default()
    })
    .unwrap()
}

/// Sites with a key for what is secret there.
pub(crate) fn sites() -> SiteOptions {
    let keys = WrittenKeys::one("test", &[7; 32]);
    SiteOptions {
        vault: Vault::new(Arc::new(keys), Arc::new(SystemRandomness)),
        ..SiteOptions::default()
    }
}

impl Host {
    /// With both process types configured for Acme, and payroll for Globex.
    pub(crate) async fn new() -> Self {
        Self::with(IntakeLimits::default()).await
    }

    /// The same within these bounds.
    pub(crate) async fn with(intake: IntakeLimits) -> Self {
        Self::within(intake, QueueLimits::default()).await
    }

    /// The same with its work shared out so.
    pub(crate) async fn sharing(queue: QueueLimits) -> Self {
        Self::within(IntakeLimits::default(), queue).await
    }

    async fn within(intake: IntakeLimits, queue: QueueLimits) -> Self {
        let host = Self::bare(intake, queue).await;
        host.process_types().await;
        for plugin in [
            "payroll_standard_validator",
            "invoice_standard_validator",
            "ubl_invoice_extractor",
        ] {
            let answer = host.send_plugin(&host.platform(), built(plugin)).await;
            assert_eq!(answer.status, 201, "{answer:?}");
        }
        for (client, slug, process_type) in [
            (host.acme, "acme-corp", "payroll_v1"),
            (host.acme, "acme-corp", "simple_invoice"),
            (host.globex, "globex", "payroll_v1"),
        ] {
            let draft = sample_json(&format!("configurations/{slug}/{process_type}.json"));
            host.activate_for(client, process_type, &draft).await;
        }
        host
    }

    /// Without plugins, process types and configurations.
    pub(crate) async fn empty() -> Self {
        Self::bare(IntakeLimits::default(), QueueLimits::default()).await
    }

    async fn bare(intake: IntakeLimits, queue: QueueLimits) -> Self {
        let database = Database::new().await;
        let (acme, globex) = (database.client("acme").await, database.client("globex").await);
        let services = Services::with_sites(
            Parts {
                store: database.store.clone(),
                engine: engine(),
                clock: Arc::new(SystemClock),
                intake,
                limits_maximum: Limits::MAXIMUM,
                queue,
            },
            sites(),
        );
        let startup = services.startup().await.unwrap();
        let key = SigningKey::from_secret(&[1; 32]);
        let auth = Auth::new([key.verifying()], Arc::new(SystemClock));
        let draining = Draining::default();
        let options = ApiOptions {
            draining: draining.clone(),
            // One per process: nextest gives each test its own.
            metrics: assay_api::metrics::install().ok(),
            ..ApiOptions::default()
        };
        let router = assay_api::router(services, auth, options);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let head = Duration::from_secs(5);
        tokio::spawn(assay_api::serve(listener, router, head, std::future::pending()));
        Self {
            database,
            url,
            acme,
            globex,
            draining,
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(30))
                .build()
                .unwrap(),
            key,
            startup: Some(startup),
        }
    }

    /// Not taken for alive any more, and not looking for what others left: what a test leaves is there for its own hosts.
    pub(crate) fn unattended(mut self) -> Self {
        drop(self.startup.take());
        self
    }

    async fn process_types(&self) {
        let mut tx = self.database.store.begin_platform().await.unwrap();
        for id in ["payroll_v1", "simple_invoice", "switched_off", "not_configured"] {
            let new = ProcessType {
                id: id.parse().unwrap(),
                display_name: id.to_owned(),
                description: id.to_owned(),
                is_active: id != "switched_off",
                default_version: None,
            };
            tx.put_process_type(&new).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub(crate) fn token(&self, client: ClientId, role: Role) -> String {
        self.token_of(Some(client), role, Duration::from_mins(5))
    }

    pub(crate) fn platform(&self) -> String {
        self.token_of(None, Role::Platform, Duration::from_mins(5))
    }

    pub(crate) fn token_of(&self, client: Option<ClientId>, role: Role, life: Duration) -> String {
        self.issue(client, role, "test", life)
    }

    /// Of somebody in particular.
    pub(crate) fn token_as(&self, client: ClientId, role: Role, subject: &str) -> String {
        self.issue(Some(client), role, subject, Duration::from_mins(5))
    }

    fn issue(&self, client: Option<ClientId>, role: Role, subject: &str, life: Duration) -> String {
        let actor = Actor {
            client,
            role,
            subject: subject.to_owned(),
        };
        issue(&self.key, &actor, life, &SystemClock).unwrap()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer {
            status,
            headers,
            body,
            text,
        }
    }

    /// As Acme's viewer.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let token = self.token(self.acme, Role::Viewer);
        self.send(self.request(Method::GET, path).bearer_auth(token))
            .await
    }

    /// As Acme's operator.
    pub(crate) async fn post(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let token = self.token(self.acme, Role::Operator);
        let request = self.request(Method::POST, path).bearer_auth(token);
        self.send(request.header("content-type", content_type).body(body))
            .await
    }

    /// Submits one document that is data.
    pub(crate) async fn submit(&self, process_type: &str, data: &Value) -> Answer {
        let body =
            json!({"process_type_id": process_type, "documents": [{"file_name": "a.json", "data": data}]});
        self.post("/v1/processes", "application/json", body.to_string())
            .await
    }

    pub(crate) async fn configure(&self, client: ClientId, process_type: &str, draft: &Value) -> Answer {
        let path = format!("/v1/configurations/{process_type}");
        let request = self
            .request(Method::PUT, &path)
            .bearer_auth(self.token(client, Role::Admin));
        self.send(
            request
                .header("content-type", "application/json")
                .body(draft.to_string()),
        )
        .await
    }

    /// Saves a configuration and makes it the active one.
    pub(crate) async fn activate_for(&self, client: ClientId, process_type: &str, draft: &Value) {
        let answer = self.configure(client, process_type, draft).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let activate = format!("{}/activate", answer.header("location"));
        let admin = self.token(client, Role::Admin);
        let answer = self
            .send(self.request(Method::POST, &activate).bearer_auth(admin))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    pub(crate) async fn send_plugin(&self, token: &str, bytes: Vec<u8>) -> Answer {
        let request = self.request(Method::POST, "/v1/plugins").bearer_auth(token);
        self.send(request.header("content-type", "application/wasm").body(bytes))
            .await
    }

    /// How many rows a table has, whoever owns them.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let mut admin = self.database.admin().await;
        let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        sqlx::query_scalar(sql).fetch_one(&mut admin).await.unwrap()
    }

    /// Rows of everything that a submission writes.
    pub(crate) async fn written(&self) -> Vec<i64> {
        let mut counts = Vec::new();
        for table in ["processes", "documents", "plugin_invocations"] {
            counts.push(self.count(table).await);
        }
        counts
    }

    /// That a good document is still judged as it should be.
    pub(crate) async fn is_fine(&self) {
        let answer = self.submit("payroll_v1", &payslip()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body["verdict"].as_str()),
            (201, Some("accepted")),
            "{answer:?}"
        );
    }
}

pub(crate) fn payslip() -> Value {
    sample_json("documents/acme-corp/payroll_v1/ines_roca_2025-09.json")
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no header {name}: {self:?}"))
            .to_str()
            .unwrap()
    }

    /// That it is a problem, whole and with this status and code; returns its detail.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> &str {
        assert_eq!(
            (self.status.as_u16(), self.body["code"].as_str()),
            (status, Some(code)),
            "{self:?}"
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["type"], format!("/problems/{code}"));
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["instance"], self.header("x-request-id"));
        for field in ["title", "detail"] {
            assert!(
                self.body[field].as_str().is_some_and(|text| text.len() > 10),
                "{field}: {self:?}"
            );
        }
        self.body["detail"].as_str().unwrap()
    }

    /// The pointers of a problem.
    pub(crate) fn pointers(&self) -> Vec<&str> {
        let errors = self.body["errors"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect()
    }
}
