//! Migrations go up, down and up again, and belong to the owner.

use assay_store::migrate::{self, MigrateError};
use sqlx::{Executor, PgConnection};

use crate::support::database::Database;

/// All that the catalog knows of the schema, as sorted lines: relations with rights, columns, constraints, indexes,
/// policies, triggers, functions and types.
const SCHEMA: &str = "
SELECT line FROM (
    SELECT relkind::text || ' ' || relname || ' ' || relrowsecurity || relforcerowsecurity || ' '
        || coalesce(relacl::text, '') AS line, relnamespace AS namespace FROM pg_class WHERE relname NOT LIKE '!_sqlx%' ESCAPE '!'
    UNION ALL
    SELECT c.relname || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull || attstorage::text
        || ' ' || coalesce(pg_get_expr(adbin, adrelid), '') || ' ' || coalesce(attacl::text, ''), relnamespace
    FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND relname NOT LIKE '!_sqlx%' ESCAPE '!'
    UNION ALL
    SELECT conname || ' ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid), connamespace FROM pg_constraint
    WHERE conrelid <> 0 AND conname NOT LIKE '!_sqlx%' ESCAPE '!'
    UNION ALL
    SELECT pg_get_indexdef(indexrelid), relnamespace FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    WHERE relname NOT LIKE '!_sqlx%' ESCAPE '!'
    UNION ALL
    SELECT 'policy ' || polname || ' ' || c.relname || ' ' || polcmd::text || polpermissive || ' '
        || coalesce(pg_get_expr(polqual, polrelid), '') || ' ' || coalesce(pg_get_expr(polwithcheck, polrelid), ''), relnamespace
    FROM pg_policy JOIN pg_class c ON c.oid = polrelid
    UNION ALL
    SELECT pg_get_triggerdef(t.oid), relnamespace FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal
    UNION ALL
    SELECT pg_get_functiondef(oid) || coalesce(proacl::text, ''), pronamespace FROM pg_proc WHERE prokind = 'f'
    UNION ALL
    SELECT typname || ' ' || coalesce((SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum
        WHERE enumtypid = t.oid), ''), typnamespace FROM pg_type t WHERE typtype IN ('e', 'd')
) AS schema WHERE namespace = 'public'::regnamespace ORDER BY line";

async fn schema(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(SCHEMA).fetch_all(connection).await.unwrap()
}

#[tokio::test]
async fn down_takes_back_exactly_what_up_did() {
    let database = Database::new().await;
    database.store.close().await;
    let url = database.owner_url();
    let mut owner = database.owner().await;
    let full = schema(&mut owner).await;
    assert!(full.len() > 300, "{}", full.len());
    let all = migrate::status(url).await.unwrap();
    assert!(all.iter().all(|migration| migration.applied), "{all:?}");

    // One by one, so that a step that leaves something behind is named.
    let mut before = vec![full.clone()];
    for step in (0..all.len()).rev() {
        assert_eq!(migrate::down(url, 1).await.unwrap(), 1, "{:?}", all.get(step));
        before.push(schema(&mut owner).await);
    }
    assert_eq!(
        before.last(),
        Some(&Vec::new()),
        "something is left when all is taken back"
    );
    assert_eq!(migrate::down(url, 1).await.unwrap(), 0);
    let none = migrate::status(url).await.unwrap();
    assert!(none.iter().all(|migration| !migration.applied), "{none:?}");

    assert_eq!(migrate::up(url).await.unwrap(), all.len());
    assert_eq!(schema(&mut owner).await, full);
    assert_eq!(migrate::up(url).await.unwrap(), 0);
}

/// Rows that the older schema can't hold go with the migration, though they are append-only.
#[tokio::test]
async fn what_the_platform_did_does_not_keep_its_migration() {
    let database = Database::new().await;
    super::isolation::platform_acts(&database).await;
    database.store.close().await;
    let url = database.owner_url();
    let newer = migrate::status(url).await.unwrap();
    let newer = newer
        .iter()
        .rev()
        .take_while(|migration| migration.version >= 20_261_121_100_310)
        .count();
    assert_eq!(migrate::down(url, newer).await.unwrap(), newer);
    let mut admin = database.admin().await;
    for table in ["audit_logs", "docsafe_event_outbox"] {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut admin).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    let mut owner = database.owner().await;
    let refused = owner.execute("TRUNCATE audit_logs").await.unwrap_err();
    assert!(refused.to_string().contains("append-only"), "{refused}");
    assert_eq!(migrate::up(url).await.unwrap(), newer);
}

#[tokio::test]
async fn fresh_asks_for_the_name_and_leaves_other_objects() {
    let database = Database::new().await;
    let client = database.client("a").await;
    let mut owner = database.owner().await;
    owner.execute("CREATE TABLE not_ours (x int)").await.unwrap();
    let Err(MigrateError::NotConfirmed { database: name }) =
        migrate::fresh(database.owner_url(), "assay").await
    else {
        panic!("another database's name is no confirmation");
    };
    assert!(
        database
            .store
            .begin(client)
            .await
            .unwrap()
            .client()
            .await
            .unwrap()
            .is_some()
    );
    migrate::fresh(database.owner_url(), &name).await.unwrap();
    assert!(
        database
            .store
            .begin(client)
            .await
            .unwrap()
            .client()
            .await
            .unwrap()
            .is_none()
    );
    owner.execute("SELECT x FROM not_ours").await.unwrap();
}

#[tokio::test]
async fn the_host_can_not_migrate() {
    let database = Database::new().await;
    assert!(migrate::down(database.app_url(), 1).await.is_err());
    let status = migrate::status(database.owner_url()).await.unwrap();
    assert!(status.iter().all(|migration| migration.applied), "{status:?}");
}

#[tokio::test]
async fn what_was_changed_or_is_newer_is_refused() {
    let database = Database::new().await;
    let mut owner = database.owner().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (99990101000000, 'later', true, '', 0)";
    owner.execute(newer).await.unwrap();
    let refused = migrate::up(database.owner_url()).await.unwrap_err();
    assert!(
        matches!(
            refused,
            MigrateError::Unknown {
                version: 99_990_101_000_000
            }
        ),
        "{refused}"
    );
    owner
        .execute("DELETE FROM _sqlx_migrations WHERE description = 'later'")
        .await
        .unwrap();
    owner.execute("UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = (SELECT min(version) FROM _sqlx_migrations)").await.unwrap();
    let refused = migrate::up(database.owner_url()).await.unwrap_err();
    assert!(matches!(refused, MigrateError::Changed { .. }), "{refused}");
}
