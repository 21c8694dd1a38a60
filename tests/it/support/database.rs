//! A database for each test: a copy of a migrated template, in one cluster per test run.
//!
//! nextest runs every test in a process of its own, so the first one starts the cluster, under a file lock, and leaves
//! it running; the others find it by the run's id. A watchdog stops it and removes its folder when the process that the
//! run belongs to is gone, however that ended. Tests work as `assay_app`, as the host does.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assay_domain::{ClientId, Clock, SystemClock};
use assay_store::clients::NewClient;
use assay_store::embedded::{Embedded, EmbeddedOptions};
use assay_store::{ConnectOptions, Store, migrate};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

/// Ends with the process `$1`: then stops the server `$2` and removes the folder `$3`.
const WATCHDOG: &str = r#"
while kill -0 "$1" 2>/dev/null; do sleep 0.3; done
kill -INT "$2"
for i in $(seq 100); do kill -0 "$2" 2>/dev/null || break; sleep 0.1; done
rm -rf "$3"
"#;

/// A migrated database of its own.
#[derive(Debug)]
pub(crate) struct Database {
    /// Connected as `assay_app`.
    pub(crate) store: Store,
    urls: Urls,
}

#[derive(Debug, Clone)]
struct Urls {
    admin: String,
    owner: String,
    app: String,
}

impl Urls {
    fn of(&self, database: &str) -> Self {
        let with = |url: &str| {
            let (before, query) = url.split_once('?').expect("a socket's address has a query");
            let (server, _) = before.rsplit_once('/').expect("an address names a database");
            format!("{server}/{database}?{query}")
        };
        Self {
            admin: with(&self.admin),
            owner: with(&self.owner),
            app: with(&self.app),
        }
    }
}

impl Database {
    /// A copy of the template.
    pub(crate) async fn new() -> Self {
        Self::with(ConnectOptions {
            connections: 4,
            ..ConnectOptions::default()
        })
        .await
    }

    /// A copy of the template, connected to in that way.
    pub(crate) async fn with(options: ConnectOptions) -> Self {
        let cluster = cluster().await;
        let name = format!("t_{}", Uuid::new_v4().simple());
        let mut admin = PgConnection::connect(&cluster.admin).await.unwrap();
        let create = format!("CREATE DATABASE {name} TEMPLATE assay OWNER assay_owner");
        admin.execute(AssertSqlSafe(create)).await.unwrap();
        admin.close().await.unwrap();
        let urls = cluster.of(&name);
        Self {
            store: Store::connect(&urls.app, options).await.unwrap(),
            urls,
        }
    }

    /// The address for the owner, as `DATABASE_URL` would be.
    pub(crate) fn owner_url(&self) -> &str {
        &self.urls.owner
    }

    /// The address for `assay_app`.
    pub(crate) fn app_url(&self) -> &str {
        &self.urls.app
    }

    /// A connection that sees past every policy.
    pub(crate) async fn admin(&self) -> PgConnection {
        PgConnection::connect(&self.urls.admin).await.unwrap()
    }

    /// A connection as the owner of the schema.
    pub(crate) async fn owner(&self) -> PgConnection {
        PgConnection::connect(&self.urls.owner).await.unwrap()
    }

    /// A connection as the host's role, outside of the store.
    pub(crate) async fn app(&self) -> PgConnection {
        PgConnection::connect(&self.urls.app).await.unwrap()
    }

    /// A new client.
    pub(crate) async fn client(&self, slug: &str) -> ClientId {
        let id = ClientId::new(SystemClock.now());
        let mut tx = self.store.begin_platform().await.unwrap();
        tx.insert_client(&NewClient { id, slug, name: slug })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }
}

/// A folder for a cluster of the test's own, which the server's user can enter.
pub(crate) fn cluster_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    // Whatever the umask is.
    let open_to_all = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    fs::set_permissions(folder.path(), open_to_all).unwrap();
    folder
}

/// How to run a cluster whose data need not last.
pub(crate) fn cluster_options(folder: &Path) -> EmbeddedOptions {
    EmbeddedOptions {
        folder: folder.to_owned(),
        bindir: None,
        search_path: std::env::var_os("PATH"),
        durable: false,
    }
}

/// The run's cluster, with the migrated database `assay` as the template.
async fn cluster() -> Urls {
    let run = std::env::var_os("NEXTEST_RUN_ID").and_then(|id| id.into_string().ok());
    // Under nextest the run is our parent; under `cargo test` we are it.
    let (key, watched) = match run {
        Some(id) => (id, std::os::unix::process::parent_id()),
        None => (format!("pid-{}", std::process::id()), std::process::id()),
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("it").join(key);
    fs::create_dir_all(&folder).unwrap();
    let ready = folder.join("ready");
    let lock = File::create(folder.join("starting")).unwrap();
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
        .await
        .unwrap()
        .unwrap();
    if let Some(urls) = read(&ready) {
        return urls;
    }
    let embedded = Embedded::start(&cluster_options(&folder), drop).await.unwrap();
    let urls = Urls {
        admin: embedded.admin_url(),
        owner: embedded.owner_url(),
        app: embedded.app_url(),
    };
    migrate::up(&urls.owner).await.unwrap();
    let pid = embedded.detach().unwrap();
    watch(watched, pid, &folder);
    fs::write(&ready, [urls.admin.as_str(), &urls.owner, &urls.app].join("\n")).unwrap();
    drop(lock);
    urls
}

fn read(ready: &PathBuf) -> Option<Urls> {
    let text = fs::read_to_string(ready).ok()?;
    let mut lines = text.lines().map(str::to_owned);
    Some(Urls {
        admin: lines.next()?,
        owner: lines.next()?,
        app: lines.next()?,
    })
}

/// In a process group of its own and without our pipes: it outlives this process, and nobody waits for it.
#[expect(clippy::zombie_processes, reason = "it is there to outlive this process")]
fn watch(run: u32, server: i32, folder: &Path) {
    Command::new("sh")
        .args(["-c", WATCHDOG, "watchdog", &run.to_string(), &server.to_string()])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
}
