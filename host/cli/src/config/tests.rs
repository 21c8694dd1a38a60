use super::*;

#[test]
fn passwords_are_not_shown() {
    for (url, shown) in [
        ("postgres://u:secret@host/db", "postgres://u:***@host/db"),
        (
            "postgresql+psycopg://u:p@ss@host:5432/db?sslmode=require",
            "postgresql+psycopg://u:***@host:5432/db?sslmode=require",
        ),
        (
            "postgres://host/db?user=u&password=secret",
            "postgres://host/db?user=u&password=***",
        ),
        ("postgres://u@host/db", "postgres://u@host/db"),
        ("postgres:///db?host=/tmp", "postgres:///db?host=/tmp"),
    ] {
        assert_eq!(redact(url), shown);
    }
}

#[test]
fn durations_are_read() {
    assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
    assert_eq!(duration("30m"), Ok(Duration::from_mins(30)));
    assert_eq!(duration("12h"), Ok(Duration::from_hours(12)));
    assert_eq!(duration("7d"), Ok(Duration::from_hours(168)));
    for text in [
        "",
        "1",
        "h",
        "1.5h",
        "-1h",
        "1w",
        "99999999999999999999d",
        "18446744073709551615d",
    ] {
        assert!(duration(text).is_err(), "{text}");
    }
}

#[test]
fn arguments_go_before_the_file_and_the_file_before_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("assay.toml");
    std::fs::write(
        &file,
        "connections = 5\nlisten = \"0.0.0.0:1\"\ndatabase_url = \"postgres://f/d\"\n",
    )
    .unwrap();
    let arguments = HostArguments {
        config: Some(file.clone()),
        connections: Some(7),
        database_url: Some(" ".to_owned()),
        ..HostArguments::default()
    };
    let config = Config::load(&arguments).unwrap();
    assert_eq!(config.connections, 7);
    assert_eq!(config.listen.port(), 1);
    assert_eq!(
        config.database_url.as_deref(),
        Some("postgres://f/d"),
        "an empty variable is none"
    );
    assert_eq!(config.concurrent_calls, 64);
    std::fs::write(&file, "conections = 5").unwrap();
    let error = Config::load(&arguments).unwrap_err();
    assert!(error.is::<UsageError>());
    assert!(error.to_string().contains("conections"), "{error}");
}
