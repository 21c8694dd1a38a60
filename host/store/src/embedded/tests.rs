use super::*;

fn options(folder: &Path) -> EmbeddedOptions {
    EmbeddedOptions {
        folder: folder.to_owned(),
        bindir: None,
        search_path: std::env::var_os("PATH"),
        durable: false,
    }
}

fn set_mode(folder: &Path, mode: u32) {
    let mode = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(mode);
    std::fs::set_permissions(folder, mode).unwrap();
}

/// The life of a cluster: made, stopped, found again with its data, left running, taken over, shared with nobody.
#[tokio::test]
async fn a_cluster_lives_on() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    set_mode(folder.path(), 0o755);
    let options = options(folder.path());

    let mut seen = Vec::new();
    let first = Embedded::start(&options, |step| seen.push(step)).await.unwrap();
    assert!(
        matches!(seen.first(), Some(Progress::Initializing { .. })),
        "{seen:?}"
    );
    let missing = crate::migrate::status(&first.owner_url()).await.unwrap().len();
    assert_eq!(crate::migrate::up(&first.owner_url()).await.unwrap(), missing);
    let taken = Embedded::start(&options, drop).await.unwrap_err();
    assert!(matches!(taken, EmbeddedError::InUse { .. }), "{taken:?}");
    first.stop().await.unwrap();

    let second = Embedded::start(&options, drop).await.unwrap();
    assert_eq!(
        crate::migrate::up(&second.owner_url()).await.unwrap(),
        0,
        "its data is there"
    );
    let pid = second.detach().unwrap();

    seen = Vec::new();
    let third = Embedded::start(&options, |step| seen.push(step)).await.unwrap();
    assert_eq!(seen, [Progress::Adopted { pid }]);
    crate::Store::connect(&third.app_url(), crate::ConnectOptions::default())
        .await
        .unwrap()
        .ping()
        .await
        .unwrap();
    // A number that belongs to another process by now does not keep the database from starting.
    let file = third.folder().join("data/postmaster.pid");
    third.stop().await.unwrap();
    std::fs::write(&file, format!("{}\n", std::process::id())).unwrap();
    let fourth = Embedded::start(&options, drop).await.unwrap();
    fourth.stop().await.unwrap();
}

/// As root, a folder that the server's user can't enter is replaced by one that it can.
#[tokio::test]
async fn a_closed_folder_is_replaced() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    set_mode(folder.path(), 0o700);
    let mut seen = Vec::new();
    let embedded = Embedded::start(&options(folder.path()), |step| seen.push(step))
        .await
        .unwrap();
    let Some(Progress::Moved { from, to }) = seen.first() else {
        panic!("{seen:?}");
    };
    assert_eq!(from, folder.path());
    let to = to.clone();
    assert_eq!(embedded.folder(), to);
    embedded.stop().await.unwrap();
    std::fs::remove_dir_all(to.parent().unwrap()).unwrap();
}
