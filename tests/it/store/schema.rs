//! What `pg_catalog` says about the migrated schema: rules that hold for every table, those to come included.

use sqlx::Executor;

use super::sample;
use crate::support::database::Database;

/// Each query lists what breaks a rule, in words.
const RULES: &[(&str, &str)] = &[
    (
        "every table has row-level security, forced, and a policy",
        "SELECT relname::text FROM pg_class c
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '_sqlx_migrations'
             AND NOT (relrowsecurity AND relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid))",
    ),
    (
        "every table with a client has a policy that names the tenant when reading and when writing",
        "SELECT c.relname::text FROM pg_class c
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'clients'
             AND NOT EXISTS (
                 SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*'
                     AND pg_get_expr(p.polqual, c.oid) LIKE '%( SELECT (NULLIF(current_setting(''app.current_client_id''%'
                     AND pg_get_expr(p.polwithcheck, c.oid) LIKE '%app.current_client_id%'
             )",
    ),
    (
        "no policy lets everything pass, except for reading what all clients share",
        "SELECT polname::text FROM pg_policy
         WHERE (pg_get_expr(polqual, polrelid) = 'true' AND polname NOT IN ('process_types_read', 'prompts_read'))
             OR pg_get_expr(polwithcheck, polrelid) = 'true'",
    ),
    (
        "unique keys of a client's tables begin with the client",
        "SELECT i.indexrelid::regclass::text FROM pg_index i
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'client_id'
             AND (a.attnotnull OR i.indrelid::regclass::text NOT IN ('plugins', 'plugin_releases'))
         WHERE i.indisunique AND i.indkey[0] <> a.attnum AND i.indexrelid <> 'clients_slug_key'::regclass",
    ),
    (
        "where the client may be missing, there is one platform: unique keys treat a missing one as a value",
        "SELECT i.indexrelid::regclass::text FROM pg_index i
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'client_id' AND NOT a.attnotnull
         WHERE i.indisunique AND a.attnum = ANY (i.indkey) AND NOT i.indnullsnotdistinct",
    ),
    (
        "foreign keys between clients' tables hold the client",
        "SELECT f.conname::text FROM pg_constraint f
         JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attname = 'client_id'
         JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attname = 'client_id'
             AND f.confrelid::regclass::text NOT IN ('plugins', 'plugin_releases')
         WHERE f.contype = 'f' AND NOT a.attnum = ANY (f.conkey)
             -- Another client is what a grant is about; the platform alone makes one.
             AND f.conname <> 'plugin_grants_grantee_fkey'",
    ),
    (
        "the host can't delete, truncate, refer to or put triggers on anything, nor update the logs",
        "SELECT grantee || ' ' || privilege_type || ' ' || table_name FROM information_schema.table_privileges
         WHERE table_schema = 'public' AND grantee IN ('assay_app', 'PUBLIC') AND (
             privilege_type IN ('DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'UPDATE')
             OR table_name LIKE 'audit_logs!_%' ESCAPE '!'
             -- The archive is filled by moving rows there, and in no other way.
             OR (table_name = 'configuration_audit_archive' AND privilege_type = 'INSERT'))
         UNION ALL
         SELECT 'update ' || table_name || '.' || column_name FROM information_schema.column_privileges
         WHERE grantee = 'assay_app' AND privilege_type = 'UPDATE'
             AND (table_name LIKE 'audit_logs%' OR table_name LIKE 'configuration_audit%'
                 OR table_name IN ('plugin_invocations', 'compliance_signoffs', 'configuration_snapshots')
                 OR column_name = 'client_id')",
    ),
    (
        "the worker has no table, and no function that is not listed",
        "SELECT table_name::text FROM information_schema.table_privileges WHERE grantee = 'assay_worker'
         UNION ALL SELECT table_name::text FROM information_schema.column_privileges WHERE grantee = 'assay_worker'
         UNION ALL SELECT oid::regprocedure::text FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace AND prosecdef AND has_function_privilege('assay_worker', oid, 'EXECUTE')
             AND oid <> ALL (ARRAY['abandoned_processes(uuid, integer)', 'prune_registrations(timestamptz, integer)',
                 'analyze_new_tables()']::regprocedure[])",
    ),
    (
        "a function across clients is the schema's owner's, the worker's alone to call, and searches the catalog first",
        "SELECT p.oid::regprocedure::text FROM pg_proc p
         WHERE p.prosecdef AND has_function_privilege('assay_worker', p.oid, 'EXECUTE')
             AND p.pronamespace = 'public'::regnamespace AND NOT (
             prosecdef AND proowner = (SELECT relowner FROM pg_class WHERE oid = 'processes'::regclass)
             AND NOT has_function_privilege('assay_app', oid, 'EXECUTE')
             AND has_function_privilege('assay_worker', oid, 'EXECUTE')
             AND array_to_string(proconfig, ',') = 'search_path=pg_catalog, public, pg_temp'
             AND (SELECT array_agg(grantee::regrole::text ORDER BY 1) FROM aclexplode(proacl))
                 = ARRAY[proowner::regrole::text, 'assay_worker'])",
    ),
    (
        "policies are for everybody, but those by which the owner's functions see what is under way and remove what ended",
        "SELECT polname::text FROM pg_policy WHERE polroles <> '{0}' AND NOT (
             (polname, polcmd) IN (('processes_unfinished', 'r'), ('plugin_registrations_ended', 'r'),
                 ('plugin_registrations_prune', 'd'))
             AND polroles = ARRAY[(SELECT relowner FROM pg_class WHERE oid = polrelid)])",
    ),
    (
        "functions have a fixed search path, and those with the owner's rights are not everybody's",
        "SELECT oid::regprocedure::text FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace AND (
             NOT coalesce(array_to_string(proconfig, ',') LIKE '%search_path=%', false)
             OR (prosecdef AND EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) x WHERE x.grantee = 0)))",
    ),
    (
        "constraints have names that were given",
        "SELECT conname::text FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND conname ~ '(_check|_key|_fkey)[0-9]+$' AND conparentid = 0
             AND conrelid <> 0",
    ),
    (
        "no view shows what its owner sees, and no materialized view is there at all",
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (relkind = 'm'
             OR (relkind = 'v' AND NOT coalesce(array_to_string(reloptions, ',') LIKE '%security_invoker=%', false)))",
    ),
    (
        "times have a zone",
        "SELECT attrelid::regclass || '.' || attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND atttypid = 'timestamp'::regtype",
    ),
    (
        "no number is a binary float",
        "SELECT attrelid::regclass || '.' || attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
             AND atttypid IN ('float4'::regtype, 'float8'::regtype)",
    ),
];

#[tokio::test]
async fn rules_hold_for_every_table() {
    let database = Database::new().await;
    let mut admin = database.admin().await;
    for (rule, query) in RULES {
        let broken: Vec<String> = sqlx::query_scalar(*query).fetch_all(&mut admin).await.unwrap();
        assert_eq!(broken, Vec::<String>::new(), "{rule}");
    }
}

#[tokio::test]
async fn the_roles_are_what_they_should_be() {
    let database = Database::new().await;
    let mut admin = database.admin().await;
    let unsafe_roles: Vec<String> = sqlx::query_scalar(
        "SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'assay!_%' ESCAPE '!' AND (rolsuper OR rolbypassrls
             OR (rolname <> 'assay_owner' AND (rolcreaterole OR rolcreatedb OR rolinherit)))",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert_eq!(unsafe_roles, Vec::<String>::new());
    let owned: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class WHERE relowner IN ('assay_app'::regrole, 'assay_worker'::regrole)",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert_eq!(owned, 0);
}

/// By privilege for the host, by trigger for whoever has the privilege.
#[tokio::test]
async fn the_audit_log_only_grows() {
    let database = Database::new().await;
    sample::everything(&database, "a").await;
    let changes = [
        "UPDATE audit_logs SET actor = 'nobody'",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs",
        "UPDATE audit_logs_default SET actor = 'nobody'",
        "DELETE FROM audit_logs_default",
        "TRUNCATE audit_logs_default",
    ];
    for (mut connection, code) in [(database.app().await, "42501"), (database.admin().await, "23001")] {
        for change in changes {
            let refused = connection.execute(change).await.unwrap_err();
            let refused = refused.as_database_error().unwrap().code().unwrap().into_owned();
            assert_eq!(refused, code, "{change}");
        }
    }
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_logs")
        .fetch_one(&mut database.admin().await)
        .await
        .unwrap();
    assert_eq!(rows, 2);
}

/// The host makes partitions ahead; what falls into no month is kept, and its month is left alone.
#[tokio::test]
async fn audit_partitions_are_made_ahead() {
    let database = Database::new().await;
    assert_eq!(
        database.store.ensure_audit_partitions(3).await.unwrap(),
        0,
        "made by the migration"
    );
    assert_eq!(database.store.ensure_audit_partitions(5).await.unwrap(), 2);
    let refused = database.store.ensure_audit_partitions(1_000).await;
    assert!(refused.is_err(), "{refused:?}");

    let client = sample::everything(&database, "a").await;
    let mut admin = database.admin().await;
    let month = "SELECT tableoid::regclass::text FROM audit_logs ORDER BY \"timestamp\"";
    let places: Vec<String> = sqlx::query_scalar(month).fetch_all(&mut admin).await.unwrap();
    assert_eq!(places.first().map(String::as_str), Some("audit_logs_default"));
    assert!(places.last().unwrap().starts_with("audit_logs_2"), "{places:?}");

    // A row in the month after the last partition keeps that month from being made, and nothing else.
    sqlx::query(
        "INSERT INTO audit_logs (client_id, audit_id, \"timestamp\", event_type, actor, result, correlation_id)
         VALUES ($1, gen_random_uuid(), now() + interval '6 months', 'x', 'x', 'SUCCESS', gen_random_uuid())",
    )
    .bind(client.0)
    .execute(&mut admin)
    .await
    .unwrap();
    assert_eq!(database.store.ensure_audit_partitions(8).await.unwrap(), 2);
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_logs")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(kept, 3);
}
