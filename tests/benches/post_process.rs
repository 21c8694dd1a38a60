//! `post-process`: documents per second that are accepted over the router, judged and stored, against the same
//! statements sent by plain sqlx with as many connections, and the same plugin call between them.
//!
//! Both sides work on one database, in turn, as the same role. The router is called without a socket.

use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_api::auth::VerifyingKey;
use assay_domain::{Digest, Limits};
use assay_engine::{Engine, Prepared};
use assay_service::QueueLimits;
use assay_store::embedded::Embedded;
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, Postgres, Transaction};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::host::{Host, PROCESS_TYPE, Setup, analyze, database, unique};
use crate::measure::{Better, Row, median};
use crate::sample;

const CONNECTIONS: u32 = 4;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);

/// The statements alone.
pub(crate) struct Plain {
    pool: PgPool,
    pub(crate) engine: Engine,
    pub(crate) plugin: Arc<Prepared>,
    client: Uuid,
    release: Uuid,
}

impl Plain {
    /// As the host's: a commit that nobody is told of does not wait for the disk.
    async fn begin(&self, provisional: bool) -> Transaction<'static, Postgres> {
        let flushed = if provisional { "off" } else { "on" };
        let begin = format!(
            "BEGIN; SELECT set_config('app.current_client_id', '{}', true), set_config('app.platform', '', true), \
             set_config('synchronous_commit', '{flushed}', true)",
            self.client
        );
        self.pool.begin_with(sqlx::AssertSqlSafe(begin)).await.unwrap()
    }

    async fn submit(&self) {
        let data = unique(sample::PAYROLL);
        let digest = Digest::of(data.as_bytes());
        let (process, document, received) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        self.accept((process, document, received), &data, digest).await;
        let context = sample::context(digest);
        let call = self.engine.validate(&self.plugin, &context, &data).await;
        let usage = serde_json::to_value(call.usage).unwrap();
        self.finish((process, document, received), &data, digest, &call.output, &usage)
            .await;
    }

    async fn accept(&self, (process, document, received): (Uuid, Uuid, Uuid), data: &str, digest: Digest) {
        let mut tx = self.begin(true).await;
        sqlx::query("SELECT client_id, slug, name, status FROM clients WHERE client_id = $1")
            .bind(self.client)
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        sqlx::query(
            "SELECT process_type_id, display_name, description, is_active, default_version
             FROM process_types WHERE process_type_id = $1",
        )
        .bind(PROCESS_TYPE)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "SELECT c.client_id, c.config_id, c.process_type_id, c.version, c.is_active, c.content, c.content_sha256,
                 c.submitted_by, c.created_at
             FROM configurations AS c JOIN process_types AS t USING (process_type_id)
             WHERE process_type_id = $1 AND (c.is_active OR c.version = t.default_version)
             ORDER BY c.is_active DESC LIMIT 1",
        )
        .bind(PROCESS_TYPE)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        let plugin: Uuid = sqlx::query_scalar(
            "SELECT plugin_id FROM plugins WHERE name = $1 ORDER BY client_id NULLS LAST LIMIT 1",
        )
        .bind("payroll_standard_validator")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "SELECT release_id, plugin_id, client_id, sha256, original_sha256, octet_length(component)::bigint,
                 manifest, imports, exports, created_at, yanked_at
             FROM plugin_releases WHERE plugin_id = $1",
        )
        .bind(plugin)
        .fetch_all(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "WITH process AS (
                 INSERT INTO processes (
                     client_id, process_id, process_type_id, config_version, ingestion_source, correlation_id,
                     received_at, created_at, input, host_id, submitted_by, received_event_id
                 )
                 VALUES ($1, $2, $3, 1, 'api', $2, now(), now(), '{}', $2, 'bench', $6)
             )
             INSERT INTO process_releases (client_id, process_id, world, release_id)
             SELECT $1, $2, world, release_id FROM unnest($4::text[], $5::uuid[]) AS pinned (world, release_id)",
        )
        .bind(self.client)
        .bind(process)
        .bind(PROCESS_TYPE)
        .bind(vec!["validator"])
        .bind(vec![self.release])
        .bind(received)
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "WITH content AS (
                 INSERT INTO document_contents (client_id, sha256, bytes, size, media_type)
                 VALUES ($1, $2, $3, octet_length($3), 'application/json')
                 ON CONFLICT (client_id, sha256) DO NOTHING
             )
             INSERT INTO documents (
                 client_id, document_id, process_id, position, storage_url, storage_provider, content_sha256,
                 file_name, file_size, mime_type
             )
             VALUES ($1, $4, $5, 0, 'sha256:' || encode($2, 'hex'), 'database', $2, NULL, octet_length($3),
                 'application/json')",
        )
        .bind(self.client)
        .bind(digest.as_bytes().as_slice())
        .bind(data.as_bytes())
        .bind(document)
        .bind(process)
        .execute(&mut *tx)
        .await
        .unwrap();
        let event = (received, None, "process.received", "INGEST");
        self.record(&mut tx, process, event).await;
        tx.commit().await.unwrap();
    }

    async fn finish(
        &self,
        (process, document, received): (Uuid, Uuid, Uuid),
        data: &str,
        digest: Digest,
        output: &[u8],
        usage: &Value,
    ) {
        let mut tx = self.begin(false).await;
        sqlx::query(
            "UPDATE processes SET status = 'completed', current_stage = 'OUTPUT', verdict = 'accepted',
                 requires_review = false, overall_confidence = 1, extraction_result = $2, validation_result = $3,
                 final_output = $4, error = NULL, completed_at = now()
             WHERE process_id = $1 AND status = 'pending'",
        )
        .bind(process)
        .bind(json!({"documents": [{"document": 0, "status": "completed", "confidence": 1}]}))
        .bind(json!({"findings": []}))
        .bind(json!({"verdict": "accepted", "overall_confidence": 1, "requires_review": false}))
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "UPDATE documents SET status = 'completed', extracted_data = $2, extraction_confidence = 1,
                 fraud_score = NULL, fraud_flags = NULL
             WHERE document_id = $1",
        )
        .bind(document)
        .bind(serde_json::from_str::<Value>(data).unwrap())
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO plugin_invocations (
                 client_id, invocation_id, process_id, document_id, release_id, world, limits, usage, outcome,
                 input_sha256, settings_sha256, rules_sha256, config_sha256, output, output_sha256, log,
                 host_answers, received_at, replayable, duration_us
             )
             VALUES ($1, $2, $2, $3, $4, 'validator', $5, $6, 'done', $7, $7, $7, $7, $8, $9, '[]', '[]', now(),
                 true, 100)",
        )
        .bind(self.client)
        .bind(process)
        .bind(document)
        .bind(self.release)
        .bind(serde_json::to_value(Limits::DEFAULT).unwrap())
        .bind(usage)
        .bind(digest.as_bytes().as_slice())
        .bind(output)
        .bind(Digest::of(output).as_bytes().as_slice())
        .execute(&mut *tx)
        .await
        .unwrap();
        let event = (
            Uuid::now_v7(),
            Some(received),
            "process.completed",
            "INTELLIGENT_PROCESS",
        );
        self.record(&mut tx, process, event).await;
        tx.commit().await.unwrap();
    }

    async fn record(
        &self,
        tx: &mut Transaction<'static, Postgres>,
        process: Uuid,
        (id, cause, event, stage): (Uuid, Option<Uuid>, &str, &str),
    ) {
        let payload = json!({"process_id": process, "process_type_id": PROCESS_TYPE, "config_version": 1});
        sqlx::query(
            r#"INSERT INTO audit_logs (
                 client_id, audit_id, "timestamp", event_type, actor, result, process_id, process_type_id, stage_type,
                 document_urls, payload, correlation_id
             )
             VALUES ($1, $2, now(), $3, 'bench', 'SUCCESS', $4, $5, $6, $7, $8, $4)"#,
        )
        .bind(self.client)
        .bind(Uuid::now_v7())
        .bind(event)
        .bind(process)
        .bind(PROCESS_TYPE)
        .bind(stage)
        .bind(vec![format!("sha256:{process}")])
        .bind(&payload)
        .execute(&mut **tx)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO docsafe_event_outbox (
                 client_id, event_id, idempotency_key, event_type, actor_type, actor_id, org_id, payload,
                 correlation_id, causation_id, next_attempt_at, created_at
             )
             VALUES ($1::uuid, $2::uuid, $2::uuid::text, $3, 'user', 'bench', $1::uuid::text, $4, $5, $6, now(),
                 now())",
        )
        .bind(self.client)
        .bind(id)
        .bind(event)
        .bind(&payload)
        .bind(process)
        .bind(cause)
        .execute(&mut **tx)
        .await
        .unwrap();
    }
}

/// Documents per second, with twice as many callers as connections.
pub(crate) async fn rate<F: Future<Output = ()> + Send + 'static>(submit: impl Fn() -> F) -> f64 {
    let start = Instant::now();
    let (mut running, mut done) = (JoinSet::new(), 0_u32);
    for _ in 0..2 * CONNECTIONS {
        running.spawn(submit());
    }
    while let Some(finished) = running.join_next().await {
        finished.unwrap();
        done += 1;
        if start.elapsed() < ROUND {
            running.spawn(submit());
        }
    }
    f64::from(done) / start.elapsed().as_secs_f64()
}

/// Medians of the rounds' rates of both, in turn.
pub(crate) async fn alternate<V, F>(
    database: &Embedded,
    value: impl Fn() -> V,
    floor: impl Fn() -> F,
) -> (f64, f64)
where
    V: Future<Output = ()> + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let (mut values, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..=ROUNDS {
        analyze(database).await;
        floors.push(rate(&floor).await);
        values.push(rate(&value).await);
    }
    // The first round warms up.
    values.remove(0);
    floors.remove(0);
    (median(values), median(floors))
}

pub(crate) fn run() -> Row {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (value, floor) = runtime.block_on(async {
        let database = database(folder.path()).await;
        let (host, _, plain) = prepare(&database, sample::RULES).await;
        let (host, plain) = (Arc::new(host), Arc::new(plain));
        let host_submits = || {
            let host = Arc::clone(&host);
            async move { host.submit().await }
        };
        let plain_submits = || {
            let plain = Arc::clone(&plain);
            async move { plain.submit().await }
        };
        let figures = alternate(&database, host_submits, plain_submits).await;
        drop((host, plain));
        database.stop().await.unwrap();
        figures
    });
    Row::new("post-process", "docs/s", (value, floor), 0.6, Better::Higher)
}

/// The host with these rules, the key that its tokens are verified with, and the statements alone.
pub(crate) async fn prepare(database: &Embedded, rules: &str) -> (Host, VerifyingKey, Plain) {
    let rules_value: Value = serde_json::from_str(rules).unwrap();
    let draft = json!({"plugin_name": "payroll_standard_validator", "validation_rules": rules_value});
    let setup = Setup::new(database, CONNECTIONS, QueueLimits::default()).await;
    let (host, client) = setup.client("bench", &draft).await;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false);
    let pool = pool.connect(&database.app_url()).await.unwrap();
    let engine = setup.engine.clone();
    let plugin = sample::prepared(&engine, &sample::component(), rules, true).await;
    (
        host,
        setup.key.verifying(),
        Plain {
            pool,
            engine,
            plugin,
            client: client.0,
            release: setup.release.0,
        },
    )
}
