//! What a host sees to over all clients: what ended long ago goes, and new tables get statistics.

use assay_domain::{Clock, SystemClock};
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::sample;
use crate::support::database::Database;

async fn count(admin: &mut PgConnection, what: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {what}")))
        .fetch_one(admin)
        .await
        .unwrap()
}

#[tokio::test]
async fn registrations_that_ended_long_ago_are_removed_and_no_others() {
    let database = Database::new().await;
    let a = sample::everything(&database, "a").await;
    let mut admin = database.admin().await;
    let rows = format!(
        "DELETE FROM plugin_registrations;
         INSERT INTO plugin_registrations (client_id, registration_id, sha256, size, status, host_id, created_at, updated_at)
         SELECT client, gen_random_uuid(), sha256(status::bytea || age::text::bytea), 1, status, gen_random_uuid(),
             now() - interval '90 days', now() - age * interval '1 day'
         FROM unnest(ARRAY[NULL, '{a}'::uuid]) AS c (client), unnest(ARRAY['refused', 'failed', 'compiling']) AS s (status),
             unnest(ARRAY[0, 2, 40]) AS g (age)"
    );
    admin.execute(AssertSqlSafe(rows)).await.unwrap();
    let before = SystemClock.now() - chrono::TimeDelta::days(30);
    assert_eq!(database.store.prune_registrations(before, 3).await.unwrap(), 3);
    assert_eq!(database.store.prune_registrations(before, 100).await.unwrap(), 1);
    assert_eq!(count(&mut admin, "plugin_registrations").await, 14);
    let old = "plugin_registrations WHERE updated_at < now() - interval '30 days' AND status <> 'compiling'";
    assert_eq!(count(&mut admin, old).await, 0);
    // Whatever is asked for, what ended within a day stays.
    let now = SystemClock.now();
    assert_eq!(database.store.prune_registrations(now, 100).await.unwrap(), 4);
    assert_eq!(
        count(&mut admin, "plugin_registrations WHERE status <> 'compiling'").await,
        4
    );
}

#[tokio::test]
async fn a_table_that_has_rows_and_was_never_analysed_is() {
    let database = Database::new().await;
    let mut admin = database.admin().await;
    // Rows of a client before it has any; what autovacuum would do a minute later is not waited for.
    let rows = "INSERT INTO clients (client_id, slug, name)
        SELECT gen_random_uuid(), 'client-' || n, 'c' FROM generate_series(1, 500) AS n;
        SELECT pg_stat_force_next_flush()";
    admin.execute(rows).await.unwrap();
    let estimate = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'clients'::regclass";
    for _ in 0..200 {
        if database.store.analyze_new_tables().await.unwrap() > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let known: i64 = sqlx::query_scalar(estimate).fetch_one(&mut admin).await.unwrap();
    assert!(known >= 500, "{known}");
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(database.store.analyze_new_tables().await.unwrap(), 0);
}
