//! Releases are registered once, never changed, and seen by those who may.

use assay_domain::{Digest, PluginId, ReleaseId, World};
use assay_store::StoreError;
use assay_store::plugins::{Interfaces, NewRelease, Registered};
use assay_store::processes::NewProcess;
use sqlx::Executor;
use uuid::Uuid;

use super::sample::{at, configure, invocation, manifest, payroll, platform, process, register};
use crate::support::database::Database;

#[tokio::test]
async fn the_same_bytes_again_are_fine_and_others_are_not() {
    let database = Database::new().await;
    let mut tx = database.store.begin_platform().await.unwrap();
    let Registered::New(first) = register(&mut tx, "p", "1.0.0", b"one").await else {
        panic!("it is new");
    };
    assert_eq!(
        (first.digest, first.original_digest, first.size),
        (Digest::of(b"one"), Digest::of(b"one"), 3)
    );
    assert_eq!(
        register(&mut tx, "p", "1.0.0", b"one").await,
        Registered::Known(first.clone())
    );
    assert_eq!(
        register(&mut tx, "p", "1.0.0", b"two").await,
        Registered::Taken(first.clone())
    );
    // A module that was wrapped is known by what was uploaded, however it is wrapped now.
    for (component, known) in [(&b"wrapped"[..], false), (b"wrapped otherwise", true)] {
        let registered = tx
            .register_release(&NewRelease {
                plugin_id: PluginId::new(at(0)),
                id: ReleaseId::new(at(0)),
                manifest: &manifest("p", "2.0.0"),
                interfaces: &Interfaces::default(),
                digest: Digest::of(component),
                original_digest: Digest::of(b"module"),
                component,
                original: Some(b"module"),
                created_at: at(0),
            })
            .await
            .unwrap();
        assert_eq!(
            matches!(registered, Registered::Known(_)),
            known,
            "{registered:?}"
        );
    }
    register(&mut tx, "p", "10.0.0", b"ten").await;
    tx.commit().await.unwrap();

    let mut tx = database.store.begin_platform().await.unwrap();
    let plugin = tx.plugin(&"p".parse().unwrap()).await.unwrap().unwrap();
    let releases = tx.releases(plugin.id).await.unwrap();
    let versions: Vec<_> = releases
        .iter()
        .map(|release| release.manifest.version.to_string())
        .collect();
    assert_eq!(versions, ["10.0.0", "2.0.0", "1.0.0"], "by version, not by text");
    assert_eq!(
        tx.component(Digest::of(b"wrapped")).await.unwrap().as_deref(),
        Some(&b"wrapped"[..])
    );
    assert_eq!(tx.component(Digest::of(b"two")).await.unwrap(), None);
    assert!(tx.yank_release(first.id, at(9)).await.unwrap());
    assert!(!tx.yank_release(first.id, at(10)).await.unwrap(), "once");
    assert_eq!(
        tx.release(first.id).await.unwrap().unwrap().yanked_at,
        Some(at(9))
    );
}

#[tokio::test]
async fn a_plugin_is_described_by_its_newest_release() {
    let database = Database::new().await;
    let mut tx = database.store.begin_platform().await.unwrap();
    let mut releases = Vec::new();
    for version in ["1.0.0", "2.0.0", "1.10.0", "1.9.0"] {
        let mut manifest = manifest("p", version);
        version.clone_into(&mut manifest.description);
        let component = version.as_bytes();
        let digest = Digest::of(component);
        let registered = tx
            .register_release(&NewRelease {
                plugin_id: PluginId::new(at(0)),
                id: ReleaseId::new(at(0)),
                manifest: &manifest,
                interfaces: &Interfaces::default(),
                digest,
                original_digest: digest,
                component,
                original: None,
                created_at: at(0),
            })
            .await
            .unwrap();
        let Registered::New(release) = registered else {
            panic!("{registered:?} is not new");
        };
        releases.push(release);
        let newest = if releases.len() == 1 { "1.0.0" } else { "2.0.0" };
        assert_eq!(tx.plugins().await.unwrap()[0].description, newest);
    }
    // Taking away the newest leaves the next one, by version and not by text; the last one is kept.
    for (yanked, described) in [(1, "1.10.0"), (2, "1.9.0"), (0, "1.9.0"), (3, "1.9.0")] {
        assert!(tx.yank_release(releases[yanked].id, at(1)).await.unwrap());
        let plugin = tx.plugins().await.unwrap().remove(0);
        assert_eq!(plugin.description, described);
        let newest = tx.newest_releases().await.unwrap();
        let newest = newest.get(&plugin.id).map(|newest| newest.version.to_string());
        assert_eq!(newest.as_deref(), (yanked != 3).then_some(described));
    }
}

/// What an older host did not write can be added once, by whom the release belongs to, and nothing else with it.
#[tokio::test]
async fn interfaces_are_added_once() {
    let database = Database::new().await;
    let shared = platform(&database.store).await;
    let client = database.client("a").await;
    let mut admin = database.admin().await;
    admin
        .execute(
            "SET session_replication_role = replica; UPDATE plugin_releases SET imports = NULL, exports = NULL;
             SET session_replication_role = origin",
        )
        .await
        .unwrap();
    let found = |name: &str| Interfaces {
        imports: vec![name.to_owned()],
        exports: Vec::new(),
    };
    let mut tx = database.store.begin(client).await.unwrap();
    assert_eq!(tx.release(shared.id).await.unwrap().unwrap().interfaces, None);
    tx.set_interfaces(shared.id, &found("a client's")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = database.store.begin_platform().await.unwrap();
    assert_eq!(tx.release(shared.id).await.unwrap().unwrap().interfaces, None);
    for name in ["first", "second"] {
        tx.set_interfaces(shared.id, &found(name)).await.unwrap();
    }
    let there = tx.release(shared.id).await.unwrap().unwrap().interfaces;
    assert_eq!(there, Some(found("first")));
    tx.commit().await.unwrap();
    let error = admin
        .execute("UPDATE plugin_releases SET imports = '{}'")
        .await
        .unwrap_err();
    assert_eq!(
        StoreError::from(error).constraint(),
        Some("plugin_releases_freeze")
    );
}

#[tokio::test]
async fn a_release_can_not_be_edited() {
    let database = Database::new().await;
    platform(&database.store).await;
    let mut admin = database.admin().await;
    for change in [
        "UPDATE plugin_releases SET version = '2.0.0'",
        "UPDATE plugin_releases SET component = 'x', sha256 = sha256('x'), original_sha256 = sha256('x')",
        "UPDATE plugin_releases SET manifest = '{}', status = 'yanked', yanked_at = now()",
    ] {
        let error = StoreError::from(admin.execute(change).await.unwrap_err());
        assert_eq!(
            error.constraint(),
            Some("plugin_releases_freeze"),
            "{change}: {error:?}"
        );
    }
    admin
        .execute("UPDATE plugin_releases SET status = 'yanked', yanked_at = now()")
        .await
        .unwrap();
    let back = admin
        .execute("UPDATE plugin_releases SET status = 'registered', yanked_at = NULL")
        .await;
    assert!(back.is_err(), "a yanked release stays yanked");
}

#[tokio::test]
async fn a_clients_own_plugin_goes_before_the_platforms() {
    let database = Database::new().await;
    let shared = platform(&database.store).await;
    let (a, b) = (database.client("a").await, database.client("b").await);
    let mut tx = database.store.begin(a).await.unwrap();
    let Registered::New(own) = register(&mut tx, "shared", "1.0.0", b"a's own").await else {
        panic!("the platform's release of that name is another plugin's");
    };
    assert_eq!(own.owner, Some(a));
    assert_eq!(
        tx.plugin(&"shared".parse().unwrap()).await.unwrap().unwrap().id,
        own.plugin
    );
    let listed: Vec<_> = tx
        .plugins()
        .await
        .unwrap()
        .iter()
        .map(|plugin| plugin.id)
        .collect();
    assert_eq!(listed, [own.plugin], "the platform's has no name for this client");
    tx.commit().await.unwrap();

    let mut tx = database.store.begin(b).await.unwrap();
    assert_eq!(
        tx.plugin(&"shared".parse().unwrap()).await.unwrap().unwrap().id,
        shared.plugin
    );
    assert_eq!(tx.release(own.id).await.unwrap(), None);
    assert_eq!(tx.component(own.digest).await.unwrap(), None);
    assert_eq!(tx.releases(own.plugin).await.unwrap(), []);
    assert!(!tx.yank_release(own.id, at(0)).await.unwrap());
    assert!(
        !tx.yank_release(shared.id, at(0)).await.unwrap(),
        "the platform's is not a client's to yank"
    );
}

/// Key checks pass row-level security: the policy has to refuse another client's release, and does not say whether it
/// exists.
#[tokio::test]
async fn another_clients_release_can_be_neither_pinned_nor_called() {
    let database = Database::new().await;
    let shared = platform(&database.store).await;
    let (a, b) = (database.client("a").await, database.client("b").await);
    let mut tx = database.store.begin(a).await.unwrap();
    let Registered::New(own) = register(&mut tx, "own", "1.0.0", b"a's own").await else {
        panic!("it is new");
    };
    tx.commit().await.unwrap();
    let mut tx = database.store.begin(b).await.unwrap();
    configure(&mut tx, "shared").await;
    let (process_id, document) = process(&mut tx, 0, shared.id, b"1").await;
    tx.commit().await.unwrap();
    for release in [own.id, ReleaseId::new(at(7))] {
        let mut tx = database.store.begin(b).await.unwrap();
        let new = NewProcess {
            id: assay_domain::ProcessId::new(at(1)),
            process_type: &payroll(),
            config_version: 1,
            source: assay_domain::IngestionSource::Api,
            correlation_id: Uuid::new_v4(),
            host: Uuid::new_v4(),
            received_event: None,
            submitted_by: "eve",
            received_at: at(1),
            input: None,
            releases: &[(World::Validator, release)],
            documents: &[],
        };
        let refused = tx.insert_process(&new).await.unwrap_err();
        assert!(matches!(refused, StoreError::Denied(_)), "{refused:?}");
        drop(tx);
        let mut tx = database.store.begin(b).await.unwrap();
        let refused = tx
            .insert_invocation(&invocation(process_id, document, release))
            .await
            .unwrap_err();
        assert!(matches!(refused, StoreError::Denied(_)), "{refused:?}");
    }
}
