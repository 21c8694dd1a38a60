//! Secret settings: encrypted where they are kept, shown nowhere, bound to their place, and hashed without being told.

use std::fmt::Write as _;
use std::sync::Arc;

use assay_domain::{Actor, Digest, Limits, Role, SiteId, SystemClock};
use assay_service::sites::{ChangeOptions, PageQuery, SiteError, SiteOptions, Verdict};
use assay_service::{
    IntakeLimits, Parts, QueueLimits, SecretError, Services, SystemRandomness, Vault, WrittenKeys,
};
use assay_store::plugins::{Interfaces, NewRelease, Registered};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};

use super::place::{Place, id};
use crate::api::host::engine;

/// A setting that is a whole number, and secrets: on its own, in a list, and a whole object.
const SETTINGS: &str = "[settings]\ntype = \"object\"\n[settings.properties]\nsize = { type = \"integer\" }\n\
    key = { type = \"string\", minLength = 3, x-assay-secret = true }\n\
    all = { type = \"object\", x-assay-secret = true }\n\
    [settings.properties.users]\ntype = \"array\"\n[settings.properties.users.items.properties]\n\
    name = { type = \"string\" }\npassword = { type = \"string\", x-assay-secret = true }\n";

const HIDDEN: &str = "[secret]";

/// The digits of base64.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn vault(keys: &[(&str, u8)]) -> Vault {
    let mut text = String::new();
    for (id, byte) in keys {
        // 32 equal bytes as base64, by hand: the tests need no decoder.
        let bytes = [*byte; 32];
        let mut out = String::new();
        for part in bytes.chunks(3) {
            let n = u32::from(part[0]) << 16
                | u32::from(*part.get(1).unwrap_or(&0)) << 8
                | u32::from(*part.get(2).unwrap_or(&0));
            for place in 0..4 {
                let digit = (n >> (18 - 6 * place)) & 63;
                out.push(if place <= part.len() {
                    ALPHABET[digit as usize] as char
                } else {
                    '='
                });
            }
        }
        write!(text, "{id}:{out},").unwrap();
    }
    Vault::new(
        Arc::new(WrittenKeys::parse(&text).unwrap()),
        Arc::new(SystemRandomness),
    )
}

fn with(place: &Place, vault: Vault) -> Services {
    Services::with_sites(
        Parts {
            store: place.database.store.clone(),
            engine: engine(),
            clock: Arc::new(SystemClock),
            intake: IntakeLimits::default(),
            limits_maximum: Limits::MAXIMUM,
            queue: QueueLimits::default(),
        },
        SiteOptions {
            vault,
            ..SiteOptions::default()
        },
    )
}

fn owner() -> Actor {
    Actor {
        client: None,
        role: Role::Platform,
        subject: "owner".to_owned(),
    }
}

async fn put(
    services: &Services,
    place: &Place,
    site: SiteId,
    extension: &str,
    configuration: Value,
) -> Result<assay_service::sites::SiteChange, SiteError> {
    services
        .enable_extension(
            &place.admin,
            site,
            &id(extension),
            None,
            &configuration,
            &ChangeOptions::default(),
        )
        .await
}

/// Every table's text.
async fn everything(place: &Place) -> String {
    let mut admin = place.database.admin().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
             AND relname NOT IN ('plugin_releases', 'plugin_components')",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert!(tables.len() > 30, "{tables:?}");
    let mut all = String::new();
    for table in tables {
        // Bytes that are text are looked at as text too.
        let sql = AssertSqlSafe(format!(
            "SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} AS t"
        ));
        let row = sqlx::query(sql).fetch_one(&mut admin).await.unwrap();
        all.push_str(&row.get::<String, _>(0));
    }
    all
}

fn holds(text: &str, secret: &str) -> bool {
    let mut hex = String::new();
    for byte in secret.bytes() {
        write!(hex, "{byte:02x}").unwrap();
    }
    text.contains(secret) || text.contains(&hex)
}

const KEY: &str = "correct horse battery";
const PASSWORD: &str = "Tr0ub4dor&3";
const INNER: &str = "inner-71828182845";

fn configuration(size: i64) -> Value {
    json!({"size": size, "key": KEY, "all": {"deep": INNER}, "users": [{"name": "ann", "password": PASSWORD}]})
}

fn hidden(size: i64) -> Value {
    json!({"size": size, "key": HIDDEN, "all": HIDDEN, "users": [{"name": "ann", "password": HIDDEN}]})
}

/// Everything that the service says of a site, as text.
async fn said(place: &Place, site: SiteId) -> String {
    let (services, admin, page) = (
        &place.services,
        &place.admin,
        PageQuery {
            limit: 200,
            after: None,
        },
    );
    let log = services.site_log(admin, site, None, &page).await.unwrap();
    let versions = services
        .extension_versions(admin, site, &id("kept"), None, 100)
        .await
        .unwrap();
    let enabled = services.site_extensions(admin, site).await.unwrap();
    let snapshots = services.snapshots(admin, site, &page).await.unwrap();
    let mut all = format!("{log:?} {versions:?} {enabled:?} {snapshots:?}");
    for snapshot in &snapshots.items {
        let one = services.snapshot(admin, site, snapshot.id).await.unwrap();
        write!(all, "{one:?}").unwrap();
        let first = snapshots.items.last().unwrap().id;
        let diff = services
            .compare_snapshots(admin, site, first, snapshot.id)
            .await
            .unwrap();
        write!(all, "{diff:?} {}", serde_json::to_string(&diff).unwrap()).unwrap();
    }
    all
}

#[tokio::test]
async fn a_secret_is_nowhere_to_be_read_and_everywhere_of_use() {
    let mut place = Place::new().await;
    place.services = with(&place, vault(&[("a", 1)]));
    place.publish("kept", "1.0.0", SETTINGS).await;
    let (site, other) = (place.site("Plant").await, place.site("Other").await);
    let done = place.enable_with(site, "kept", configuration(1)).await;
    let again = place.enable_with(other, "kept", configuration(1)).await;
    assert_eq!(
        done.extensions[0].config_hash, again.extensions[0].config_hash,
        "equal configurations have equal hashes"
    );
    let shown = place.services.site_extensions(&place.admin, site).await.unwrap();
    assert_eq!(shown[0].configuration, hidden(1));

    // As it was read, with another size: what is secret stays.
    let services = &place.services;
    let options = ChangeOptions::default();
    let same = services
        .reconfigure_extension(&place.admin, site, &id("kept"), None, &hidden(1), &options)
        .await
        .unwrap();
    assert_eq!(same.verdict, Verdict::Unchanged);
    let good = services
        .take_snapshot(&place.admin, site, None, false)
        .await
        .unwrap();
    let larger = services
        .reconfigure_extension(&place.admin, site, &id("kept"), None, &hidden(2), &options)
        .await
        .unwrap();
    assert_eq!(larger.verdict, Verdict::Applied, "{larger:#?}");
    let direct = put(services, &place, other, "kept", configuration(2))
        .await
        .unwrap();
    assert_eq!(larger.extensions[0].config_hash, direct.extensions[0].config_hash);
    // Another secret is another hash; back again, the same.
    let mut changed = configuration(2);
    changed["key"] = json!("another secret");
    let differs = put(services, &place, other, "kept", changed).await.unwrap();
    assert_ne!(
        differs.extensions[0].config_hash,
        direct.extensions[0].config_hash
    );

    // To a newer release, and back to what the snapshot shows: the secrets come along.
    place.publish("kept", "1.1.0", SETTINGS).await;
    let newest = ChangeOptions {
        newest: true,
        ..ChangeOptions::default()
    };
    place.publish("bare", "1.0.0", "").await;
    let moved = services
        .enable_extension(&place.admin, site, &id("bare"), None, &json!({}), &newest)
        .await
        .unwrap();
    assert!(
        moved.extensions.iter().any(|one| one.version == "1.1.0"),
        "{moved:#?}"
    );
    let back = services
        .roll_back_site(&place.admin, site, good, &options)
        .await
        .unwrap();
    assert_eq!(back.verdict, Verdict::Applied, "{back:#?}");
    assert_eq!(back.extensions[0].config_hash, done.extensions[0].config_hash);

    // What is refused is kept without its secrets; a message of the schema does not say them.
    let wrong = json!({"size": "large", "key": "no", "all": PASSWORD, "users": [{"password": PASSWORD}]});
    let refused = put(services, &place, site, "kept", wrong).await.unwrap();
    assert_eq!(refused.verdict, Verdict::Refused);
    let told = format!("{refused:?} {}", serde_json::to_string(&refused).unwrap());
    // A mark where nothing is kept stands for nothing.
    let nothing = json!({"size": 1, "key": HIDDEN, "users": [{"name": "ann", "password": PASSWORD}, {"name": "new", "password": HIDDEN}]});
    let refused = put(services, &place, site, "kept", nothing).await.unwrap();
    assert_eq!(refused.verdict, Verdict::Refused);
    assert_eq!(refused.problems[0].pointer, "/users/1/password", "{refused:#?}");
    // Nobody knows what is secret in what nobody knows.
    let unknown = put(services, &place, site, "unheard-of", json!({"key": KEY}))
        .await
        .unwrap();
    assert_eq!(unknown.verdict, Verdict::Refused);

    let (all, said) = (everything(&place).await, said(&place, site).await);
    for secret in [KEY, PASSWORD, INNER, "another secret"] {
        assert!(!holds(&all, secret), "{secret} is in the database");
        assert!(!holds(&said, secret), "{secret} is shown");
        assert!(!told.contains(secret), "{secret} is told: {told}");
    }
    assert!(!said.contains("x-assay-secret"), "digests are not shown");
    // Nor can a digest be found by who has the database and guesses.
    for guess in [KEY, PASSWORD, "another secret"] {
        for text in [guess.to_owned(), json!(guess).to_string()] {
            assert!(!all.contains(&Digest::of(text.as_bytes()).to_string()));
        }
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_written() {
    let mut place = Place::new().await;
    place.services = with(&place, Vault::default());
    place.publish("kept", "1.0.0", SETTINGS).await;
    let site = place.site("Plant").await;
    let rows = place.counts().await;
    for configuration in [configuration(1), json!({"size": "x", "key": KEY})] {
        let tried = put(&place.services, &place, site, "kept", configuration).await;
        assert!(
            matches!(tried, Err(SiteError::Secret(SecretError::NoKey))),
            "{tried:?}"
        );
        let error = tried.unwrap_err().to_string();
        assert!(
            error.contains("ASSAY_SECRET_KEYS") && !error.contains(KEY),
            "{error}"
        );
    }
    assert_eq!(place.counts().await, rows);
    // What has no secret needs no key.
    place.enable_with(site, "kept", json!({"size": 1})).await;
    // A host with another key can't work with what is there, and says so.
    let first = with(&place, vault(&[("a", 1)]));
    put(&first, &place, site, "kept", configuration(1)).await.unwrap();
    let second = with(&place, vault(&[("b", 2)]));
    let rows = place.counts().await;
    let tried = put(&second, &place, site, "kept", hidden(2)).await;
    let Err(SiteError::Secret(SecretError::UnknownKey(key))) = tried else {
        panic!("{tried:?}");
    };
    assert_eq!(key, "a");
    assert_eq!(place.counts().await, rows);
}

#[tokio::test]
async fn a_ciphertext_that_is_moved_does_not_open() {
    let mut place = Place::new().await;
    place.services = with(&place, vault(&[("a", 1)]));
    place.publish("kept", "1.0.0", SETTINGS).await;
    let (site, other) = (place.site("Plant").await, place.site("Other").await);
    place
        .enable_with(site, "kept", json!({"key": "of the first site"}))
        .await;
    place
        .enable_with(other, "kept", json!({"key": "of the second site"}))
        .await;
    let mut admin = place.database.admin().await;
    // Whoever has the database copies the first site's ciphertext to the second one's row.
    sqlx::query(
        "UPDATE site_extension_config_secrets AS t SET key_id = f.key_id, nonce = f.nonce, ciphertext = f.ciphertext
         FROM site_extension_config_secrets AS f WHERE f.site_id = $1 AND t.site_id = $2",
    )
    .bind(site.0)
    .bind(other.0)
    .execute(&mut admin)
    .await
    .unwrap();
    let rows = place.counts().await;
    let options = ChangeOptions::default();
    let (services, kept) = (&place.services, id("kept"));
    let marked = json!({"size": 1, "key": HIDDEN});
    let tried = services
        .reconfigure_extension(&place.admin, other, &kept, None, &marked, &options)
        .await;
    assert!(
        matches!(tried, Err(SiteError::Secret(SecretError::Broken))),
        "{tried:?}"
    );
    assert_eq!(place.counts().await, rows);
    // Nor between the places of one version, nor with the row's names changed along.
    sqlx::query("UPDATE site_extension_config_secrets SET pointer = '/all' WHERE site_id = $1")
        .bind(site.0)
        .execute(&mut admin)
        .await
        .unwrap();
    let tried = services
        .reconfigure_extension(&place.admin, site, &kept, None, &marked, &options)
        .await;
    assert!(
        matches!(tried, Err(SiteError::Secret(SecretError::Missing))),
        "{tried:?}"
    );
    // The host itself can change a ciphertext and nothing else.
    let mut app = place.database.app().await;
    for change in [
        "UPDATE site_extension_config_secrets SET pointer = '/x'",
        "UPDATE site_extension_config_secrets SET site_id = version_id",
        "DELETE FROM site_extension_config_secrets",
        "DELETE FROM client_hash_keys",
    ] {
        let refused = sqlx::query(change).execute(&mut app).await.unwrap_err();
        assert_eq!(
            refused.as_database_error().unwrap().code().unwrap(),
            "42501",
            "{change}"
        );
    }
}

#[tokio::test]
async fn keys_are_changed_without_changing_a_hash() {
    let mut place = Place::new().await;
    place.services = with(&place, vault(&[("old", 1)]));
    place.publish("kept", "1.0.0", SETTINGS).await;
    let site = place.site("Plant").await;
    let done = place.enable_with(site, "kept", configuration(1)).await;
    place.enable_with(site, "kept", configuration(2)).await;

    let both = with(&place, vault(&[("new", 2), ("old", 1)]));
    let tried = both.rotate_secrets(&place.admin).await;
    assert!(
        matches!(tried, Err(SiteError::NotAllowed(_))),
        "the host's owner alone: {tried:?}"
    );
    let moved = both.rotate_secrets(&owner()).await.unwrap();
    // Two versions of three secrets each, and the client's key for digests.
    assert_eq!((moved.moved, moved.unreadable), (7, 0));
    assert_eq!(both.rotate_secrets(&owner()).await.unwrap().moved, 0);
    let uses = both.secret_keys(&owner()).await.unwrap();
    assert_eq!(uses.len(), 1);
    assert_eq!(
        (uses[0].key_id.as_str(), uses[0].secrets, uses[0].known),
        ("new", 7, true)
    );

    // The old key is gone: everything opens, and the same secrets have the same hash.
    let new = with(&place, vault(&[("new", 2)]));
    let options = ChangeOptions::default();
    let back = new
        .reconfigure_extension(&place.admin, site, &id("kept"), None, &hidden(1), &options)
        .await
        .unwrap();
    assert_eq!(back.extensions[0].config_hash, done.extensions[0].config_hash);
    let old = with(&place, vault(&[("old", 1)]));
    let tried = old
        .reconfigure_extension(&place.admin, site, &id("kept"), None, &hidden(3), &options)
        .await;
    assert!(
        matches!(tried, Err(SiteError::Secret(SecretError::UnknownKey(_)))),
        "{tried:?}"
    );
    let rotated = old.rotate_secrets(&owner()).await.unwrap();
    assert_eq!(rotated.moved, 0, "nothing that can't be opened is touched");
    assert!(rotated.unreadable > 0);
}

/// A plugin that repeats its settings where it says what is wrong with them.
#[tokio::test]
async fn a_plugin_that_tells_its_settings_is_not_repeated() {
    let mut place = Place::new().await;
    place.services = with(&place, vault(&[("a", 1)]));
    let text = format!(
        "manifest = 1\n[plugin]\nname = \"teller\"\nversion = \"1.0.0\"\ndescription = \"d\"\n\
         worlds = [\"validator\"]\n{SETTINGS}"
    );
    let manifest = assay_domain::Manifest::from_toml(&text).unwrap();
    let component =
        assay_engine::manifest::embed(&crate::engine::guest::bare("tells_settings"), &manifest).unwrap();
    let now = assay_domain::Clock::now(&SystemClock);
    let mut tx = place.database.store.begin_platform().await.unwrap();
    let registered = tx
        .register_release(&NewRelease {
            plugin_id: assay_domain::PluginId::new(now),
            id: assay_domain::ReleaseId::new(now),
            manifest: &manifest,
            interfaces: &Interfaces::default(),
            digest: Digest::of(&component),
            original_digest: Digest::of(&component),
            component: &component,
            original: None,
            created_at: now,
        })
        .await
        .unwrap();
    let Registered::New(release) = registered else {
        panic!("new");
    };
    tx.set_active(release.id, true, "root", now).await.unwrap();
    tx.commit().await.unwrap();
    let site = place.site("Plant").await;
    let tried = put(&place.services, &place, site, "teller", json!({"key": KEY}))
        .await
        .unwrap();
    assert_eq!(tried.verdict, Verdict::Refused);
    let told = format!("{tried:?} {}", serde_json::to_string(&tried).unwrap());
    assert!(!told.contains("horse"), "{told}");
    assert!(tried.problems[0].message.contains("not shown"), "{told}");
    assert!(!holds(&everything(&place).await, KEY));
    // Without a secret it is told as it is.
    let tried = put(&place.services, &place, site, "teller", json!({"size": 7}))
        .await
        .unwrap();
    assert_eq!(tried.problems[0].message, "{\"size\":7}");
}
