//! The list of processes on a table with many of them: every filter is found by an index, as the host sees the table.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor};

use super::sample::{configure, platform};
use crate::support::database::Database;

/// The statement that the host uses.
const LIST: &str = include_str!("../../../host/store/src/processes/list.sql");

/// One in a thousand failed, one in five hundred goes to review; every process type but one is rare.
const FILL: &str = "INSERT INTO processes (client_id, process_id, process_type_id, config_version, status, verdict,
    error, ingestion_source, correlation_id, host_id, submitted_by, received_at, created_at)
    SELECT c.client_id, gen_random_uuid(), CASE WHEN n % 1000 = 1 THEN 'rare' ELSE 'payroll_v1' END, 1,
        CASE WHEN n % 1000 = 0 THEN 'failed' ELSE 'completed' END,
        CASE WHEN n % 1000 = 0 THEN NULL WHEN n % 500 = 1 THEN 'review' ELSE 'accepted' END,
        CASE WHEN n % 1000 = 0 THEN '{}'::jsonb END, 'api', md5((n / 4)::text)::uuid, gen_random_uuid(), 'ann', at, at
    FROM clients AS c, generate_series(1, 50000) AS n,
        LATERAL (SELECT timestamptz '2026-01-01' + n * interval '1 minute') AS t (at)";

#[tokio::test]
async fn a_page_is_read_and_not_searched_for() {
    let database = Database::new().await;
    platform(&database.store).await;
    let mut clients = Vec::new();
    for slug in ["a", "b"] {
        let client = database.client(slug).await;
        let mut tx = database.store.begin(client).await.unwrap();
        configure(&mut tx, "shared").await;
        tx.commit().await.unwrap();
        clients.push(client);
    }
    let mut admin = database.admin().await;
    for statement in [
        "INSERT INTO process_types (process_type_id, display_name) VALUES ('rare', 'Rare')",
        "INSERT INTO configurations SELECT (jsonb_populate_record(c, jsonb_build_object(
             'process_type_id', 'rare', 'config_id', gen_random_uuid()))).* FROM configurations AS c",
        // Keys are not checked row by row: that would take most of the test.
        "SET session_replication_role = replica",
        FILL,
        "VACUUM ANALYZE processes",
    ] {
        admin.execute(statement).await.unwrap();
    }
    let mut app = database.app().await;
    let tenant = format!(
        "BEGIN; SELECT set_config('app.current_client_id', '{}', true)",
        clients[0]
    );
    app.execute(AssertSqlSafe(tenant)).await.unwrap();
    // Values of list.sql from $4 on, and how many rows there are.
    for (filter, expected) in [
        ([None, None, None, None, None, None, None], 51),
        ([Some("failed"), None, None, None, None, None, None], 50),
        ([None, Some("review"), None, None, None, None, None], 51),
        ([None, Some("rejected"), None, None, None, None, None], 0),
        ([None, None, Some("rare"), None, None, None, None], 50),
        ([None, None, Some("nobody_has_it"), None, None, None, None], 0),
        ([None, None, None, Some("api"), None, None, None], 51),
        (
            [
                None,
                None,
                None,
                None,
                Some("202cb962-ac59-075b-964b-07152d234b70"),
                None,
                None,
            ],
            4,
        ),
        (
            [
                None,
                None,
                None,
                None,
                None,
                Some("2026-01-02T00:00:00Z"),
                Some("2026-01-02T00:10:00Z"),
            ],
            10,
        ),
        (
            [
                Some("completed"),
                Some("review"),
                Some("rare"),
                None,
                None,
                None,
                None,
            ],
            50,
        ),
    ] {
        let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {LIST}");
        let mut query = sqlx::query_scalar::<_, Value>(AssertSqlSafe(explain))
            .bind(chrono::DateTime::from_timestamp(4_000_000_000, 0).unwrap())
            .bind(uuid::Uuid::max())
            .bind(51_i64);
        let [status, verdict, process_type, source, correlation, from, to] = filter;
        let time =
            |text: Option<&str>| text.map(|text| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        query = query.bind(status).bind(verdict).bind(process_type).bind(source);
        query = query
            .bind(correlation.map(|id| id.parse::<uuid::Uuid>().unwrap()))
            .bind(time(from))
            .bind(time(to));
        let plan = query.fetch_one(&mut app).await.unwrap();
        let plan = &plan[0]["Plan"];
        assert_eq!(
            plan["Actual Rows"].as_f64(),
            Some(f64::from(expected)),
            "{filter:?}: {plan:#}"
        );
        let text = plan.to_string();
        assert!(!text.contains("Seq Scan"), "{filter:?}: {plan:#}");
        assert!(
            removed(plan) <= 51.0,
            "{filter:?} reads what it does not show: {plan:#}"
        );
    }
}

/// Rows that were read for nothing.
fn removed(plan: &Value) -> f64 {
    let own = plan["Rows Removed by Filter"].as_f64().unwrap_or_default();
    let below = plan["Plans"].as_array().map(Vec::as_slice).unwrap_or_default();
    own + below.iter().map(removed).sum::<f64>()
}
