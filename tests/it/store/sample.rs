//! One client with a row in every table that a client can own.

use assay_domain::{
    AuditId, AuditResult, ClientId, ConfigId, ConfigurationDraft, Digest, DocumentId, ErrorCode, EventId,
    Failure, IngestionSource, InvocationId, Limits, Manifest, NotificationId, Observation, Outcome, Phase,
    PluginId, ProcessId, ProcessTypeId, RegistrationId, ReleaseId, Role, SignoffId, SiteId, SnapshotId,
    Stage, Usage, UserId, VersionId, World,
};
use assay_store::audit::NewAudit;
use assay_store::configurations::{Inserted, NewConfiguration};
use assay_store::documents::NewDocument;
use assay_store::history::Remembered;
use assay_store::invocations::Invocation;
use assay_store::notifications::{NewNotification, NotificationSeverity, NotificationType};
use assay_store::outbox::{ActorType, NewEvent};
use assay_store::plugins::{Interfaces, NewRelease, Registered, Release};
use assay_store::process_types::ProcessType;
use assay_store::processes::NewProcess;
use assay_store::registrations::NewRegistration;
use assay_store::users::User;
use assay_store::{Store, Tx};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};
use uuid::Uuid;

use crate::support::database::Database;

/// A time that the database holds as it is.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

pub(crate) fn payroll() -> ProcessTypeId {
    "payroll_v1".parse().unwrap()
}

pub(crate) fn draft(plugin: &str) -> ConfigurationDraft {
    serde_json::from_value(json!({
        "plugin_name": plugin,
        "plugin_range": "^1",
        "settings": {"currency": "EUR"},
        "output_schema": {"type": "object"},
        "validation_rules": [{"id": "net", "rule": "less_than_or_equal", "field": "net", "compare_to": "gross"}],
        "confidence_threshold": 0.80,
        "fraud_threshold": 0.7
    }))
    .unwrap()
}

pub(crate) fn manifest(name: &str, version: &str) -> Manifest {
    let text = format!(
        "manifest = 1\n[plugin]\nname = \"{name}\"\nversion = \"{version}\"\ndescription = \"d\"\nworlds = [\"validator\"]\n"
    );
    Manifest::from_toml(&text).unwrap()
}

/// Registers a release in a transaction that is begun.
pub(crate) async fn register(tx: &mut Tx, name: &str, version: &str, component: &[u8]) -> Registered {
    tx.register_release(&NewRelease {
        plugin_id: PluginId::new(at(0)),
        id: ReleaseId::new(at(0)),
        manifest: &manifest(name, version),
        interfaces: &Interfaces::default(),
        digest: Digest::of(component),
        original_digest: Digest::of(component),
        component,
        original: None,
        created_at: at(0),
    })
    .await
    .unwrap()
}

/// What all clients share: the process type `payroll_v1` and the platform's plugin `shared` 1.0.0.
pub(crate) async fn platform(store: &Store) -> Release {
    let mut tx = store.begin_platform().await.unwrap();
    tx.put_process_type(&ProcessType {
        id: payroll(),
        display_name: "Payroll".into(),
        description: String::new(),
        is_active: true,
        default_version: None,
    })
    .await
    .unwrap();
    let registered = register(&mut tx, "shared", "1.0.0", b"shared component").await;
    tx.commit().await.unwrap();
    match registered {
        Registered::New(release) | Registered::Known(release) => release,
        Registered::Taken(_) => panic!("the same bytes are not taken"),
    }
}

pub(crate) fn document(id: DocumentId, position: i32, content: &[u8]) -> NewDocument<'_> {
    NewDocument {
        id,
        position,
        file_name: Some("payroll.json"),
        media_type: "application/json",
        content,
        digest: Digest::of(content),
    }
}

/// A new process of the client's configuration version 1, with one document.
pub(crate) async fn process(
    tx: &mut Tx,
    seconds: i64,
    release: ReleaseId,
    content: &[u8],
) -> (ProcessId, DocumentId) {
    let (process, document_id) = (ProcessId::new(at(seconds)), DocumentId::new(at(seconds)));
    tx.insert_process(&NewProcess {
        id: process,
        process_type: &payroll(),
        config_version: 1,
        source: IngestionSource::Api,
        correlation_id: Uuid::new_v4(),
        host: Uuid::new_v4(),
        received_event: None,
        submitted_by: "ann",
        received_at: at(seconds),
        input: Some(&json!({"amount": 1.10})),
        releases: &[(World::Validator, release)],
        documents: &[document(document_id, 0, content)],
    })
    .await
    .unwrap();
    (process, document_id)
}

/// A call that failed.
pub(crate) fn invocation(process: ProcessId, document: DocumentId, release: ReleaseId) -> Invocation {
    let digest = Digest::of(b"{}");
    Invocation {
        id: InvocationId::new(at(1)),
        process,
        document: Some(document),
        release,
        world: World::Validator,
        limits: Limits::DEFAULT,
        usage: Usage {
            call_us: 1_234,
            ..Usage::default()
        },
        outcome: Outcome::Failed(Failure {
            code: ErrorCode::Trap,
            phase: Phase::HostCall,
            message: "unreachable".into(),
            backtrace: vec!["validate".into(), "start".into()],
        }),
        input: digest,
        settings: digest,
        rules: digest,
        configuration: digest,
        log: Vec::new(),
        host_answers: json!([]),
        received_at: at(0),
        replayable: true,
    }
}

/// An upload that somebody works on.
pub(crate) async fn registration(tx: &mut Tx) -> RegistrationId {
    let id = RegistrationId::new(at(0));
    let new = NewRegistration {
        id,
        digest: Digest::of(b"own component"),
        size: 13,
        host: Uuid::new_v4(),
        created_at: at(0),
    };
    assert!(tx.begin_registration(&new).await.unwrap());
    id
}

/// Adds configuration version 1 and makes it active.
pub(crate) async fn configure(tx: &mut Tx, plugin: &str) {
    let inserted = tx
        .insert_configuration(&NewConfiguration {
            id: ConfigId::new(at(0)),
            process_type: &payroll(),
            draft: &draft(plugin),
            after: Some(0),
            submitted_by: "ann",
            created_at: at(0),
        })
        .await
        .unwrap();
    assert!(matches!(inserted, Inserted::Version(_)), "{inserted:?}");
    assert!(tx.activate_configuration(&payroll(), 1, at(0)).await.unwrap());
}

/// A site with a row in each of its tables.
#[expect(clippy::too_many_lines, reason = "a row for each table")]
async fn site(tx: &mut Tx, user: UserId, release: ReleaseId) {
    use assay_store::sites::{
        Author, Dependency, FoundConflict, KnownAnswer, NewEntry, NewSignoff, NewSnapshot, NewVersion, Pin,
        Policy, Sealed, SnapshotSchedule, StoredSecret,
    };
    // The same name and extension at every client.
    let (site, extension) = (SiteId::new(at(0)), "own".parse().unwrap());
    tx.insert_site(site, "Plant", at(0)).await.unwrap();
    let role = "quality-manager".parse().unwrap();
    assert!(tx.add_site_member(site, user, &role, "ann", at(0)).await.unwrap());
    let policy = Policy {
        capability: "signing".into(),
        policy: "two-factor".into(),
    };
    tx.set_site_policy(site, &policy, "ann", at(0)).await.unwrap();
    let pin = Pin {
        extension: "own".parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
    };
    tx.set_site_pin(site, &pin, "ann", at(0)).await.unwrap();
    let author = Author {
        name: "bob".into(),
        user: None,
    };
    let none = json!([]);
    let version = NewVersion {
        id: VersionId::new(at(0)),
        site,
        extension: &extension,
        version: Some("1.0.0"),
        release: Some(release),
        requested: true,
        requested_range: Some("^1"),
        configuration: &json!({"a": 1}),
        secret_pointers: &[],
        canonical: "{\"a\":1}",
        active: true,
        validation_errors: &none,
        conflicts: &none,
        reason: None,
        forced_reason: None,
        author: &author,
        at: at(0),
    };
    assert_eq!(tx.insert_config_version(&version).await.unwrap(), 1);
    let sealed = Sealed {
        key_id: "k".into(),
        nonce: vec![1; 12],
        ciphertext: vec![2; 48],
    };
    tx.insert_hash_key(&sealed).await.unwrap();
    let secret = StoredSecret {
        version: version.id,
        site,
        extension: "own".parse().unwrap(),
        pointer: "/a".into(),
        sealed,
    };
    tx.insert_secrets(&[secret]).await.unwrap();
    let config_hash = Digest::of(b"{\"a\":1}");
    let signoff = NewSignoff {
        id: SignoffId::new(at(0)),
        site,
        extension: &extension,
        aspect: &"tax-tables".parse().unwrap(),
        signed_by: user,
        role: &role,
        config_version: 1,
        config_hash,
        author: "bob",
        notes: None,
        metadata: None,
        at: at(0),
    };
    tx.insert_signoff(&signoff).await.unwrap();
    for seconds in [0, 1] {
        let entry = NewEntry {
            id: AuditId::new(at(seconds)),
            site,
            extension: Some(&extension),
            action: "activated",
            author: &author,
            at: at(seconds),
            old_hash: None,
            new_hash: Some(config_hash),
            reason: None,
            details: &json!({}),
        };
        tx.log_site(&entry).await.unwrap();
    }
    assert_eq!(tx.archive_site_log(at(1), 10).await.unwrap(), 1);
    let dependency = Dependency {
        extension_id: "own".into(),
        dependency_type: "capability".into(),
        dependency_id: "signing".into(),
        range: "^1".into(),
        optional: false,
        min_version: None,
        resolved_version: None,
        resolved_provider: None,
        satisfied: false,
        reason: None,
    };
    tx.put_dependencies(site, &[dependency], config_hash, at(0), at(1))
        .await
        .unwrap();
    let known = KnownAnswer {
        revision: 0,
        catalog_stamp: String::new(),
        key: config_hash,
        cached_at: at(0),
        expires_at: at(1),
        checked: Some(config_hash),
        checked_stamp: None,
    };
    tx.put_site_answer(site, &known).await.unwrap();
    assert_eq!(tx.site_answer(site).await.unwrap(), Some(known));
    let schedule = SnapshotSchedule {
        every_seconds: Some(3_600),
        keep: Some(10),
    };
    tx.set_snapshot_schedule(site, &schedule, "ann", at(0))
        .await
        .unwrap();
    assert!(
        tx.insert_import(site, &extension, config_hash, at(0))
            .await
            .unwrap()
    );
    let conflict = FoundConflict {
        conflict_id: "c1".into(),
        extension_id_1: Some("own".into()),
        extension_id_2: None,
        extensions: vec!["own".into()],
        conflict_type: "dependency".into(),
        kind: "missing".into(),
        scope: None,
        capability: Some("signing".into()),
        resource: None,
        policy_1: None,
        policy_2: None,
        severity: "error".into(),
        reason: "nobody provides it".into(),
    };
    tx.put_conflicts(site, &[conflict], at(0)).await.unwrap();
    tx.insert_snapshot(&NewSnapshot {
        id: SnapshotId::new(at(0)),
        site,
        kind: "manual",
        revision: 0,
        configurations: &none,
        signoffs: &none,
        pins: &none,
        policies: &none,
        reason: None,
        author: &author,
        at: at(0),
    })
    .await
    .unwrap();
}

/// One of each kind.
fn observations() -> [Observation; 3] {
    [
        Observation::Exact {
            name: "content".into(),
            value: "a".into(),
        },
        Observation::Near {
            name: "text".into(),
            bits: u64::MAX,
        },
        Observation::Value {
            subject: "supplier:1".into(),
            field: "iban".into(),
            value: "ES1".into(),
        },
    ]
}

/// A client with a row in every table.
pub(crate) async fn everything(database: &Database, slug: &str) -> ClientId {
    let shared = platform(&database.store).await;
    let client = database.client(slug).await;
    let friend = database.client(&format!("friend-of-{slug}")).await;
    let mut tx = database.store.begin(client).await.unwrap();
    let user = UserId::new(at(0));
    // The same address, plugin name and document at every client: none of them is taken elsewhere.
    tx.insert_user(&User {
        id: user,
        email: "ann@example.org".into(),
        role: Role::Operator,
    })
    .await
    .unwrap();
    let own = match register(&mut tx, "own", "1.0.0", b"own component").await {
        Registered::New(release) => release,
        other => panic!("{other:?}"),
    };
    tx.set_active(own.id, true, "ann", at(0)).await.unwrap();
    tx.grant_plugin(own.plugin, friend, "ann", at(0)).await.unwrap();
    registration(&mut tx).await;
    configure(&mut tx, "shared").await;
    let (process, document) = process(&mut tx, 0, shared.id, b"{\"net\":1}").await;
    tx.insert_invocation(&invocation(process, document, shared.id))
        .await
        .unwrap();
    let correlation_id = Uuid::new_v4();
    tx.remember(&[Remembered {
        document,
        process,
        seen_at: at(0),
        observations: &observations(),
    }])
    .await
    .unwrap();
    // One row in a month that has a partition and one in a month that has none.
    for time in [
        assay_domain::Clock::now(&assay_domain::SystemClock),
        at(-900_000_000),
    ] {
        tx.insert_audit(&NewAudit {
            id: AuditId::new(time),
            at: time,
            event_type: "process.received",
            actor: "ann",
            result: AuditResult::Success,
            process: Some(process),
            process_type: Some(&payroll()),
            stage: Some(Stage::Ingest),
            plugin: None,
            document_urls: &["sha256:00".to_owned()],
            payload: &json!({"n": 1}),
            error_message: None,
            error_stack: None,
            correlation_id,
        })
        .await
        .unwrap();
    }
    tx.insert_event(&NewEvent {
        id: EventId::new(at(0)),
        idempotency_key: "first",
        event_type: "workflow.started",
        actor_type: ActorType::Service,
        actor_id: "assay",
        document: Some(document),
        payload: &json!({}),
        correlation_id,
        causation_id: None,
        at: at(0),
    })
    .await
    .unwrap();
    tx.insert_notification(&NewNotification {
        id: NotificationId::new(at(0)),
        process: Some(process),
        user: Some(user),
        kind: NotificationType::HitlRequired,
        severity: NotificationSeverity::Warning,
        title: "t",
        message: "m",
        at: at(0),
    })
    .await
    .unwrap();
    site(&mut tx, user, own.id).await;
    tx.commit().await.unwrap();
    // Nothing writes output actions yet.
    let mut app = database.app().await;
    let insert = format!(
        "BEGIN; SELECT set_config('app.current_client_id', '{client}', true);
         INSERT INTO output_actions (client_id, action_id, process_id, action_type)
             VALUES ('{client}', '{}', '{process}', 'webhook'); COMMIT",
        Uuid::new_v4()
    );
    app.execute(AssertSqlSafe(insert)).await.unwrap();
    client
}
