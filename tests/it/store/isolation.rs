//! Every tenant table, tried as another client, as nobody and as an empty name.

use assay_domain::{AuditId, AuditResult, ClientId, EventId};
use assay_store::audit::NewAudit;
use assay_store::outbox::{ActorType, NewEvent};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use uuid::Uuid;

use super::sample::{self, at};
use crate::support::database::Database;

/// What a statement did, or that it was refused.
type Tried = Result<u64, String>;

/// Tables that have a client, partitions included.
async fn tenant_tables(admin: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id'
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped ORDER BY 1",
    )
    .fetch_all(admin)
    .await
    .unwrap()
}

/// Runs one statement as `assay_app` for `tenant` (none: nothing is set), and takes it back.
async fn try_as(
    app: &mut PgConnection,
    tenant: Option<&str>,
    statement: &str,
    row: Option<&serde_json::Value>,
) -> Tried {
    let mut tx = app.begin().await.unwrap();
    if let Some(tenant) = tenant {
        sqlx::query("SELECT set_config('app.current_client_id', $1, true)")
            .bind(tenant)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    let mut query = sqlx::query(AssertSqlSafe(statement.to_owned()));
    if let Some(row) = row {
        query = query.bind(row);
    }
    let done = query.execute(&mut *tx).await;
    tx.rollback().await.unwrap();
    done.map(|done| done.rows_affected()).map_err(|error| {
        error
            .as_database_error()
            .and_then(|error| error.code().map(std::borrow::Cow::into_owned))
            .unwrap_or_else(|| error.to_string())
    })
}

/// Everything that `victim`'s rows let others do; empty when nothing.
async fn leaks(database: &Database, victim: ClientId, other: ClientId) -> Vec<String> {
    let mut admin = database.admin().await;
    let mut app = database.app().await;
    let tables = tenant_tables(&mut admin).await;
    assert!(tables.len() > 15, "{tables:?}");
    let mut leaks = Vec::new();
    for table in tables {
        let rows: Vec<serde_json::Value> = sqlx::query(AssertSqlSafe(format!(
            "SELECT to_jsonb(t) FROM {table} AS t WHERE client_id = $1 LIMIT 1"
        )))
        .bind(victim.0)
        .fetch_all(&mut admin)
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
        // A future month's partition is empty; what is inserted there is taken from the table.
        let partition = table.starts_with("audit_logs_");
        let Some(row) = rows.first() else {
            assert!(partition, "the sample has no row in {table}: add one");
            continue;
        };
        let own = try_as(
            &mut app,
            Some(&victim.to_string()),
            &format!("SELECT 1 FROM {table}"),
            None,
        )
        .await;
        // Partitions are not granted at all, until the test grants them.
        if own != Ok(0) && own != Err("42501".into()) {
            assert!(own.unwrap() > 0, "{table} is hidden from its own client");
        } else {
            assert!(partition, "{table} is hidden from its own client: {own:?}");
        }
        let insert = format!("INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1)");
        let mine = format!("client_id = '{victim}'");
        let other = other.to_string();
        for tenant in [Some(other.as_str()), None, Some("")] {
            for statement in [
                format!("SELECT 1 FROM {table} WHERE {mine}"),
                format!("UPDATE {table} SET client_id = client_id WHERE {mine}"),
                format!("DELETE FROM {table} WHERE {mine}"),
            ] {
                let tried = try_as(&mut app, tenant, &statement, None).await;
                // 42501: no privilege, or refused by a policy.
                if tried != Ok(0) && tried != Err("42501".into()) {
                    leaks.push(format!("as {tenant:?}: {statement}: {tried:?}"));
                }
            }
            // A policy refuses before any key is looked at: nobody learns that the row exists.
            let tried = try_as(&mut app, tenant, &insert, Some(row)).await;
            if tried != Err("42501".into()) {
                leaks.push(format!("as {tenant:?}: insert into {table}: {tried:?}"));
            }
            if tenant != Some(other.as_str()) && table != "plugins" && table != "plugin_releases" {
                let all = try_as(&mut app, tenant, &format!("SELECT 1 FROM {table}"), None).await;
                if all != Ok(0) && all != Err("42501".into()) {
                    leaks.push(format!("as {tenant:?}: {table} shows {all:?}"));
                }
            }
        }
    }
    leaks
}

#[tokio::test]
async fn no_client_reaches_another_one() {
    let database = Database::new().await;
    let (a, b) = (
        sample::everything(&database, "a").await,
        sample::everything(&database, "b").await,
    );
    assert_eq!(leaks(&database, a, b).await, Vec::<String>::new());
    // The same with every privilege, on partitions too: the policies hold alone.
    let grant = "GRANT ALL ON ALL TABLES IN SCHEMA public TO assay_app";
    database.owner().await.execute(grant).await.unwrap();
    assert_eq!(leaks(&database, a, b).await, Vec::<String>::new());
}

/// The test above can fail: it sees every single table whose policy is gone or says nothing.
#[tokio::test]
async fn a_missing_policy_is_noticed() {
    let database = Database::new().await;
    let (a, b) = (
        sample::everything(&database, "a").await,
        sample::everything(&database, "b").await,
    );
    let mut owner = database.owner().await;
    owner
        .execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO assay_app")
        .await
        .unwrap();
    for table in [
        "documents",
        "audit_logs",
        "audit_logs_default",
        "plugin_releases",
        "clients",
    ] {
        let open = format!("CREATE POLICY open ON {table} USING (true)");
        owner.execute(AssertSqlSafe(open)).await.unwrap();
        let found = leaks(&database, a, b).await;
        assert!(
            found.iter().any(|leak| leak.contains(table)),
            "{table}: {found:?}"
        );
        owner
            .execute(AssertSqlSafe(format!("DROP POLICY open ON {table}")))
            .await
            .unwrap();
    }
    owner
        .execute("ALTER TABLE notifications DISABLE ROW LEVEL SECURITY")
        .await
        .unwrap();
    let found = leaks(&database, a, b).await;
    assert!(
        found.iter().any(|leak| leak.contains("notifications")),
        "{found:?}"
    );
}

/// What all clients share is read by each of them and written by the platform alone.
#[tokio::test]
async fn shared_tables_are_the_platforms() {
    let database = Database::new().await;
    let client = sample::everything(&database, "a").await.to_string();
    let mut app = database.app().await;
    for (statement, affected) in [
        ("SELECT 1 FROM process_types", Ok(1)),
        ("UPDATE process_types SET is_active = false", Ok(0)),
        (
            "INSERT INTO process_types (process_type_id, display_name) VALUES ('x', 'x')",
            Err("42501".into()),
        ),
        ("SELECT 1 FROM plugins WHERE client_id IS NULL", Ok(1)),
        (
            "UPDATE plugins SET description = 'x' WHERE client_id IS NULL",
            Ok(0),
        ),
        (
            "INSERT INTO plugins (plugin_id, name) VALUES (gen_random_uuid(), 'x')",
            Err("42501".into()),
        ),
        (
            "UPDATE plugin_releases SET status = 'yanked', yanked_at = now() WHERE client_id IS NULL",
            Ok(0),
        ),
        ("UPDATE clients SET name = 'x'", Ok(0)),
        (
            "INSERT INTO clients (client_id, slug, name) VALUES (gen_random_uuid(), 'x', 'x')",
            Err("42501".into()),
        ),
    ] {
        assert_eq!(
            try_as(&mut app, Some(&client), statement, None).await,
            affected,
            "{statement}"
        );
    }
}

/// Across clients there is one question, and its answer is ids: of work whose host is gone, oldest first.
#[tokio::test]
async fn the_worker_sees_what_hosts_that_are_gone_left_and_nothing_else() {
    let database = Database::new().await;
    let (a, b) = (
        sample::everything(&database, "a").await,
        sample::everything(&database, "b").await,
    );
    let (lives, gone) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    let _announcement = database.store.announce(lives).await.unwrap();
    let mut admin = database.admin().await;
    // The older one's host lives: it stands in nobody's way.
    for (client, host, at) in [(a, lives, "2026-01-01"), (b, gone, "2026-01-02")] {
        let change = format!(
            "UPDATE processes SET host_id = '{host}', created_at = '{at}' WHERE client_id = '{client}'"
        );
        admin.execute(AssertSqlSafe(change)).await.unwrap();
    }
    let found = database
        .store
        .abandoned_processes(uuid::Uuid::new_v4(), 1)
        .await
        .unwrap();
    assert_eq!(
        found
            .iter()
            .map(|left| (left.client, left.host))
            .collect::<Vec<_>>(),
        [(b, gone)]
    );
    let own = database.store.abandoned_processes(gone, 10).await.unwrap();
    assert_eq!(own, [], "nobody takes over from himself");

    let mut app = database.app().await;
    let call = "SELECT * FROM abandoned_processes(gen_random_uuid(), 10)";
    assert_eq!(try_as(&mut app, None, call, None).await, Err("42501".into()));
    app.execute("SET ROLE assay_worker").await.unwrap();
    assert_eq!(try_as(&mut app, None, call, None).await, Ok(1));
    for table in tenant_tables(&mut admin).await {
        let read = format!("SELECT 1 FROM {table}");
        let tried = try_as(&mut app, Some(&b.to_string()), &read, None).await;
        assert_eq!(tried, Err("42501".into()), "{table}");
    }

    // The owner himself, whose rights the function has, sees no more than what is under way.
    let done = "UPDATE processes SET status = 'cancelled'";
    admin.execute(done).await.unwrap();
    assert_eq!(try_as(&mut app, None, call, None).await, Ok(0));
    let mut owner = database.owner().await;
    assert_eq!(
        try_as(&mut owner, None, "SELECT 1 FROM processes", None).await,
        Ok(0)
    );
}

/// Tables in which a row without a client is the platform's, and no client's to see.
const PLATFORM: [&str; 2] = ["audit_logs", "docsafe_event_outbox"];

/// A row of the platform in each of them.
pub(super) async fn platform_acts(database: &Database) {
    let mut tx = database.store.begin_platform().await.unwrap();
    for time in [
        assay_domain::Clock::now(&assay_domain::SystemClock),
        at(-900_000_000),
    ] {
        tx.insert_audit(&NewAudit {
            id: AuditId::new(time),
            at: time,
            event_type: "plugin.registered",
            actor: "root",
            result: AuditResult::Success,
            process: None,
            process_type: None,
            stage: None,
            plugin: None,
            document_urls: &[],
            payload: &json!({}),
            error_message: None,
            error_stack: None,
            correlation_id: Uuid::new_v4(),
        })
        .await
        .unwrap();
    }
    let event = NewEvent {
        id: EventId::new(at(0)),
        idempotency_key: "first",
        event_type: "plugin.registered",
        actor_type: ActorType::Service,
        actor_id: "root",
        document: None,
        payload: &json!({}),
        correlation_id: Uuid::new_v4(),
        causation_id: None,
        at: at(0),
    };
    tx.insert_event(&event).await.unwrap();
    tx.commit().await.unwrap();
    // Once per client holds for the platform too, though it has none.
    let mut tx = database.store.begin_platform().await.unwrap();
    let again = NewEvent {
        id: EventId::new(at(1)),
        ..event
    };
    let refused = tx.insert_event(&again).await.unwrap_err();
    assert_eq!(refused.constraint(), Some("docsafe_event_outbox_idempotency_key"));
}

/// What the platform's rows let clients do, and its own transaction keeps from it; empty when nothing.
async fn platform_leaks(database: &Database, client: ClientId) -> Vec<String> {
    let mut admin = database.admin().await;
    let mut app = database.app().await;
    let mut leaks = Vec::new();
    let tables = tenant_tables(&mut admin).await;
    let tables = tables
        .into_iter()
        .filter(|table| PLATFORM.iter().any(|name| table.starts_with(name)));
    let client = client.to_string();
    for table in tables {
        let row: Option<serde_json::Value> = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT to_jsonb(t) FROM {table} AS t WHERE client_id IS NULL LIMIT 1"
        )))
        .fetch_optional(&mut admin)
        .await
        .unwrap();
        let Some(row) = row else {
            assert!(
                table.starts_with("audit_logs_"),
                "the platform has no row in {table}"
            );
            continue;
        };
        let insert = format!("INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1)");
        for tenant in [Some(client.as_str()), None, Some("")] {
            for statement in [
                format!("SELECT 1 FROM {table} WHERE client_id IS NULL"),
                format!("UPDATE {table} SET client_id = client_id WHERE client_id IS NULL"),
                format!("DELETE FROM {table} WHERE client_id IS NULL"),
            ] {
                let tried = try_as(&mut app, tenant, &statement, None).await;
                if tried != Ok(0) && tried != Err("42501".into()) {
                    leaks.push(format!("as {tenant:?}: {statement}: {tried:?}"));
                }
            }
            let tried = try_as(&mut app, tenant, &insert, Some(&row)).await;
            if tried != Err("42501".into()) {
                leaks.push(format!("as {tenant:?}: insert into {table}: {tried:?}"));
            }
        }
    }
    leaks
}

#[tokio::test]
async fn the_platforms_rows_are_its_own() {
    let database = Database::new().await;
    let client = sample::everything(&database, "a").await;
    platform_acts(&database).await;
    assert_eq!(platform_leaks(&database, client).await, Vec::<String>::new());
    let mut owner = database.owner().await;
    owner
        .execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO assay_app")
        .await
        .unwrap();
    assert_eq!(platform_leaks(&database, client).await, Vec::<String>::new());

    // The platform sees its own and no client's, and lays nothing on a client.
    let mut app = database.app().await;
    let mut tx = app.begin().await.unwrap();
    tx.execute("SELECT set_config('app.platform', 'on', true)")
        .await
        .unwrap();
    for (table, rows) in [("audit_logs", 2), ("docsafe_event_outbox", 1)] {
        let seen = format!("SELECT client_id FROM {table}");
        let seen: Vec<Option<Uuid>> = sqlx::query_scalar(AssertSqlSafe(seen))
            .fetch_all(&mut *tx)
            .await
            .unwrap();
        assert_eq!(seen, vec![None; rows], "{table}");
    }
    let other = "INSERT INTO audit_logs (client_id, audit_id, \"timestamp\", event_type, actor, result, correlation_id)
        VALUES ($1, gen_random_uuid(), now(), 'x', 'x', 'SUCCESS', gen_random_uuid())";
    let refused = sqlx::query(other).bind(client.0).execute(&mut *tx).await;
    assert!(refused.is_err(), "{refused:?}");
    tx.rollback().await.unwrap();

    // The test can fail.
    for table in PLATFORM {
        let open = format!("CREATE POLICY open ON {table} FOR SELECT USING (true)");
        owner.execute(AssertSqlSafe(open)).await.unwrap();
        let found = platform_leaks(&database, client).await;
        assert!(
            found.iter().any(|leak| leak.contains(table)),
            "{table}: {found:?}"
        );
    }
}

/// A null passes every composite foreign key: checks keep the platform's rows from naming what a client owns.
#[tokio::test]
async fn the_platforms_rows_refer_to_no_clients_rows() {
    let database = Database::new().await;
    sample::everything(&database, "a").await;
    let mut admin = database.admin().await;
    for (insert, constraint) in [
        (
            "INSERT INTO audit_logs (process_id, audit_id, \"timestamp\", event_type, actor, result, correlation_id)
             SELECT process_id, gen_random_uuid(), now(), 'x', 'x', 'SUCCESS', gen_random_uuid() FROM processes",
            "audit_logs_platform_check",
        ),
        (
            "INSERT INTO docsafe_event_outbox (causation_id, event_id, idempotency_key, event_type, actor_type, actor_id,
                 org_id, payload, correlation_id)
             SELECT event_id, gen_random_uuid(), 'x', 'x.x', 'service', 'x', 'x', '{}', gen_random_uuid()
             FROM docsafe_event_outbox",
            "docsafe_event_outbox_platform_check",
        ),
    ] {
        let refused = admin.execute(insert).await.unwrap_err();
        let refused = assay_store::StoreError::from(refused);
        assert_eq!(refused.constraint(), Some(constraint));
    }
}
