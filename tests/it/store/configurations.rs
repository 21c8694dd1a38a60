//! Versions are added, activated, and never changed.

use assay_domain::{ConfigId, Digest};
use assay_store::configurations::{Inserted, NewConfiguration, canonical};
use assay_store::process_types::ProcessType;
use assay_store::{PageRequest, StoreError};
use sqlx::Executor;

use super::sample::{at, configure, draft, payroll, platform};
use crate::support::database::Database;

fn new(draft: &assay_domain::ConfigurationDraft, after: Option<i32>) -> NewConfiguration<'_> {
    static PAYROLL: std::sync::LazyLock<assay_domain::ProcessTypeId> = std::sync::LazyLock::new(payroll);
    NewConfiguration {
        id: ConfigId::new(at(0)),
        process_type: &PAYROLL,
        draft,
        after,
        submitted_by: "ann",
        created_at: at(0),
    }
}

#[tokio::test]
async fn a_version_follows_the_one_its_author_had_seen() {
    let database = Database::new().await;
    platform(&database.store).await;
    let client = database.client("a").await;
    let draft = draft("shared");
    let mut tx = database.store.begin(client).await.unwrap();
    for (after, version) in [(Some(0), 1), (None, 2), (Some(2), 3)] {
        let Inserted::Version(stored) = tx.insert_configuration(&new(&draft, after)).await.unwrap() else {
            panic!("{after:?} is the newest");
        };
        assert_eq!(
            (stored.version, stored.active, stored.client),
            (version, false, client)
        );
        assert_eq!(stored.draft, draft, "as it was written");
        assert_eq!(stored.digest, Digest::of(&canonical(&draft).unwrap()));
    }
    let stale = tx.insert_configuration(&new(&draft, Some(2))).await.unwrap();
    assert_eq!(stale, Inserted::Stale(3));
    let versions: Vec<_> = tx
        .configurations(&payroll(), &PageRequest::new(50, None))
        .await
        .unwrap()
        .items
        .iter()
        .map(|row| row.version)
        .collect();
    assert_eq!(versions, [3, 2, 1]);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn of_two_authors_at_the_same_moment_one_wins() {
    let database = Database::new().await;
    platform(&database.store).await;
    let client = database.client("a").await;
    let draft = draft("shared");
    let mut one = database.store.begin(client).await.unwrap();
    let mut two = database.store.begin(client).await.unwrap();
    one.insert_configuration(&new(&draft, Some(0))).await.unwrap();
    let second = new(&draft, Some(0));
    // The second waits for the first at the key of version 1.
    let second = two.insert_configuration(&second);
    let (committed, refused) = tokio::join!(
        async {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            one.commit().await
        },
        second
    );
    committed.unwrap();
    assert_eq!(
        refused.unwrap_err().constraint(),
        Some("configurations_version_key")
    );
}

#[tokio::test]
async fn one_version_is_active() {
    let database = Database::new().await;
    platform(&database.store).await;
    let client = database.client("a").await;
    let mut tx = database.store.begin(client).await.unwrap();
    assert!(tx.effective_configuration(&payroll()).await.unwrap().is_none());
    configure(&mut tx, "shared").await;
    tx.insert_configuration(&new(&draft("other"), Some(1)))
        .await
        .unwrap();
    let version =
        |found: Option<assay_domain::Configuration>| found.map(|found| (found.version, found.active));
    assert_eq!(
        version(tx.effective_configuration(&payroll()).await.unwrap()),
        Some((1, true))
    );
    assert!(tx.activate_configuration(&payroll(), 2, at(5)).await.unwrap());
    assert_eq!(
        version(tx.effective_configuration(&payroll()).await.unwrap()),
        Some((2, true))
    );
    assert_eq!(
        version(tx.configuration(&payroll(), 1).await.unwrap()),
        Some((1, false))
    );
    assert!(!tx.activate_configuration(&payroll(), 9, at(6)).await.unwrap());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn without_an_active_version_the_process_types_default_counts() {
    let database = Database::new().await;
    platform(&database.store).await;
    let client = database.client("a").await;
    let mut tx = database.store.begin(client).await.unwrap();
    tx.insert_configuration(&new(&draft("shared"), None))
        .await
        .unwrap();
    tx.insert_configuration(&new(&draft("shared"), None))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = database.store.begin_platform().await.unwrap();
    tx.put_process_type(&ProcessType {
        id: payroll(),
        display_name: "Payroll".into(),
        description: String::new(),
        is_active: true,
        default_version: Some(2),
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let mut tx = database.store.begin(client).await.unwrap();
    let found = tx.effective_configuration(&payroll()).await.unwrap().unwrap();
    assert_eq!((found.version, found.active), (2, false));
    assert!(tx.activate_configuration(&payroll(), 1, at(0)).await.unwrap());
    let found = tx.effective_configuration(&payroll()).await.unwrap().unwrap();
    assert_eq!(
        (found.version, found.active),
        (1, true),
        "an active one goes before"
    );
}

/// By trigger: even for whoever may do anything. A version that was active once stays as it was.
#[tokio::test]
async fn what_was_active_can_not_be_changed() {
    let database = Database::new().await;
    platform(&database.store).await;
    let client = database.client("a").await;
    let mut tx = database.store.begin(client).await.unwrap();
    configure(&mut tx, "shared").await;
    tx.insert_configuration(&new(&draft("other"), Some(1)))
        .await
        .unwrap();
    tx.activate_configuration(&payroll(), 2, at(1)).await.unwrap();
    tx.insert_configuration(&new(&draft("draft"), Some(2)))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut admin = database.admin().await;
    for change in [
        "UPDATE configurations SET plugin_name = 'x' WHERE version = 1",
        "UPDATE configurations SET fraud_threshold = 0 WHERE version = 2",
        "UPDATE configurations SET content = 'x', content_sha256 = sha256('x') WHERE version = 2",
        "UPDATE configurations SET activated_at = NULL, is_active = false WHERE version = 1",
        "DELETE FROM configurations WHERE version = 1",
    ] {
        let error = StoreError::from(admin.execute(change).await.unwrap_err());
        assert_eq!(
            error.constraint(),
            Some("configurations_freeze"),
            "{change}: {error:?}"
        );
    }
    // What never was may still go.
    admin
        .execute("DELETE FROM configurations WHERE version = 3")
        .await
        .unwrap();
    // The host has no right to any of it.
    let mut app = database.app().await;
    let refused = app
        .execute("UPDATE configurations SET plugin_name = 'x'")
        .await
        .unwrap_err();
    assert!(matches!(StoreError::from(refused), StoreError::Denied(_)));
}
