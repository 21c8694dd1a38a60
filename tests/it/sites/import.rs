//! Taking over what a client has elsewhere.

use assay_domain::Role;
use assay_service::sites::{EntryReport, ImportOptions, ImportOutcome, PageQuery, SiteError};
use serde_json::{Value, json};

use super::place::{Place, actor, id};

const SETTINGS: &str = "[settings]\ntype = \"object\"\n[settings.properties]\nsize = { type = \"integer\" }\n\
    key = { type = \"string\", x-assay-secret = true }\n";

fn lines(entries: &[Value]) -> Vec<Vec<u8>> {
    entries
        .iter()
        .map(|entry| entry.to_string().into_bytes())
        .collect()
}

fn entry(site: &str, extension: &str, configuration: &Value) -> Value {
    json!({"site": site, "extension": extension, "configuration": configuration, "reason": "moved", "history": [
        {"at": "2024-03-01T10:00:00Z", "by": "ann@example.org", "action": "activated", "configuration": {"size": 1, "key": "older secret"}},
        {"at": "2024-06-01T10:00:00.5+02:00", "by": "somebody", "action": "reconfigured", "configuration": configuration, "reason": "why"},
        {"at": "2024-07-01T10:00:00Z", "by": "ann@example.org", "action": "signoff"}]})
}

async fn import(place: &Place, entries: &[Value], options: &ImportOptions) -> Vec<EntryReport> {
    let lines = lines(entries);
    let done = place
        .services
        .import_sites(&place.admin, 1, &lines, options)
        .await;
    done.unwrap()
}

fn outcomes(reports: &[EntryReport]) -> Vec<ImportOutcome> {
    reports.iter().map(|report| report.outcome).collect()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn entries_are_taken_over_once_with_their_history() {
    use ImportOutcome::{DoneBefore, Imported, Refused, Unchanged};
    let place = Place::new().await;
    place.publish("kept", "1.0.0", SETTINGS).await;
    place.publish("b", "1.0.0", "").await;
    place
        .publish(
            "needs_b",
            "1.0.0",
            "[[extension.requires]]\nextension = \"b\"\nrange = \"^1\"\n",
        )
        .await;
    let site = place.site("Plant").await;
    let (user, _) = place.member(site, "ann@example.org", "operator").await;
    let entries = [
        entry("Plant", "kept", &json!({"size": 2, "key": "the secret"})),
        entry("Plant", "needs-b", &json!({})),
        entry("Plant", "kept", &json!({"size": "wrong", "key": "wrong secret"})),
        entry("Plant", "nobody-has-it", &json!({"key": "lost secret"})),
        entry("New", "b", &json!({})),
    ];
    let rows = place.counts().await;
    let dry = ImportOptions {
        dry_run: true,
        make_sites: true,
    };
    let reports = import(&place, &entries, &dry).await;
    assert_eq!(
        outcomes(&reports),
        [Imported, Imported, Refused, Refused, Refused],
        "{reports:#?}"
    );
    assert_eq!(place.counts().await, rows, "a dry run writes nothing");

    let make = ImportOptions {
        make_sites: true,
        ..ImportOptions::default()
    };
    let reports = import(&place, &entries, &make).await;
    assert_eq!(
        outcomes(&reports),
        [Imported, Imported, Refused, Refused, Imported],
        "{reports:#?}"
    );
    assert_eq!(reports[2].problems[0].pointer, "/configuration/size");
    assert!(
        reports[3].problems[0].message.contains("no extension"),
        "{reports:#?}"
    );
    let told = format!("{reports:?}");
    assert!(!told.contains("secret\""), "{told}");
    let mut enabled = place.enabled(site).await;
    enabled.retain(|one| one.2);
    assert_eq!(enabled.len(), 2, "{enabled:?}");
    let versions = place
        .services
        .extension_versions(&place.admin, site, &id("kept"), None, 10)
        .await
        .unwrap();
    assert_eq!(versions.items.len(), 1, "what is refused leaves nothing behind");
    assert_eq!(
        versions.items[0].configuration,
        json!({"size": 2, "key": "[secret]"})
    );

    let query = PageQuery {
        limit: 100,
        after: None,
    };
    let log = place
        .services
        .site_log(&place.admin, site, Some(&id("kept")), &query)
        .await
        .unwrap();
    let seen: Vec<_> = log
        .items
        .iter()
        .rev()
        .map(|entry| (entry.action.as_str(), entry.actor.clone(), entry.at.to_rfc3339()))
        .collect();
    assert_eq!(
        seen[..3],
        [
            (
                "activated",
                user.to_string(),
                "2024-03-01T10:00:00+00:00".to_owned()
            ),
            (
                "reconfigured",
                "somebody".to_owned(),
                "2024-06-01T08:00:00.500+00:00".to_owned()
            ),
            (
                "signoff",
                user.to_string(),
                "2024-07-01T10:00:00+00:00".to_owned()
            ),
        ]
    );
    let past: Vec<_> = log.items.iter().rev().collect();
    assert_eq!(past[0].new_hash, past[1].old_hash);
    assert_eq!(
        past[1].new_hash,
        Some(versions.items[0].config_hash),
        "the same configuration, the same hash"
    );
    assert_eq!(past[0].details["imported"], true);
    let last: Vec<_> = past[3..].iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(last, ["activated", "imported"]);

    // The same again does nothing, in whatever order and on whatever lines; what was refused is tried again.
    let rows = place.counts().await;
    let reports = import(&place, &entries, &make).await;
    assert_eq!(
        outcomes(&reports),
        [DoneBefore, DoneBefore, Refused, Refused, DoneBefore]
    );
    assert_eq!(place.counts().await, rows);
    // What somebody changed meanwhile stays changed.
    place
        .enable_with(site, "kept", json!({"size": 9, "key": "the secret"}))
        .await;
    assert_eq!(
        outcomes(&import(&place, &entries[..1], &make).await),
        [DoneBefore]
    );
    // What is enabled just so already has its history kept.
    let own = entry("Plant", "kept", &json!({"size": 9, "key": "the secret"}));
    assert_eq!(
        outcomes(&import(&place, &[own.clone(), own], &make).await),
        [Unchanged, DoneBefore]
    );
    place.publish("nobody_has_it", "1.0.0", "").await;
    assert_eq!(outcomes(&import(&place, &entries[3..4], &make).await), [Imported]);
}

#[tokio::test]
async fn hostile_entries_are_reported_and_harm_nobody() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", "").await;
    let site = place.site("Plant").await;
    let good = entry("Plant", "a", &json!({})).to_string();
    let deep = format!(
        "{{\"site\":\"Plant\",\"extension\":\"a\",\"configuration\":{}{}}}",
        "{\"x\":".repeat(10_000),
        "}".repeat(10_000)
    );
    let with = |more: Value| {
        let mut one: Value = serde_json::from_str(&good).unwrap();
        for (key, value) in more.as_object().unwrap() {
            one[key] = value.clone();
        }
        one.to_string().into_bytes()
    };
    let past = |more: Value| with(json!({"history": [more]}));
    let hostile: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"not json".to_vec(),
        b"[1]".to_vec(),
        b"\"text\"".to_vec(),
        b"\xff\xfe{}".to_vec(),
        deep.into_bytes(),
        vec![b' '; 3 << 20],
        br#"{"site":"Plant","site":"Other","extension":"a","configuration":{}}"#.to_vec(),
        b"{\"site\":\"Plant\\u0000\",\"extension\":\"a\",\"configuration\":{}}".to_vec(),
        with(json!({"unknown": 1})),
        with(json!({"site": ""})),
        with(json!({"site": "x".repeat(257)})),
        with(json!({"site": "Elsewhere"})),
        with(json!({"extension": "Not Kebab"})),
        with(json!({"extension": "a".repeat(65)})),
        with(json!({"range": "not a range"})),
        with(json!({"configuration": [1]})),
        with(json!({"configuration": {"a": {"x-assay-secret": "00"}}})),
        with(json!({"configuration": {"n": "x".repeat(1_100_000)}})),
        with(json!({"reason": "r".repeat(5_000)})),
        past(json!({"at": "2999-01-01T00:00:00Z", "by": "a", "action": "activated"})),
        past(json!({"at": "1066-10-14T00:00:00Z", "by": "a", "action": "activated"})),
        past(json!({"at": "yesterday", "by": "a", "action": "activated"})),
        past(json!({"at": "2024-01-01T00:00:00Z", "by": "", "action": "activated"})),
        past(json!({"at": "2024-01-01T00:00:00Z", "by": "a", "action": "revalidated"})),
        past(json!({"at": "2024-01-01T00:00:00Z", "by": "a", "action": "activated", "configuration": 1})),
        with(json!({"history": [
            {"at": "2024-02-01T00:00:00Z", "by": "a", "action": "activated"},
            {"at": "2024-01-01T00:00:00Z", "by": "a", "action": "deactivated"}]})),
        with(
            json!({"history": vec![json!({"at": "2024-02-01T00:00:00Z", "by": "a", "action": "activated"}); 1_001]}),
        ),
    ];
    let rows = place.counts().await;
    let options = ImportOptions::default();
    let reports = place
        .services
        .import_sites(&place.admin, 100, &hostile, &options)
        .await
        .unwrap();
    assert_eq!(reports.len(), hostile.len());
    for (index, report) in reports.iter().enumerate() {
        let line = String::from_utf8_lossy(&hostile[index]);
        let line: String = line.chars().take(200).collect();
        assert_eq!(report.line, 100 + index as u64);
        assert_eq!(report.outcome, ImportOutcome::Refused, "{line}");
        assert!(
            !report.problems.is_empty() && report.problems.len() <= 20,
            "{line}"
        );
        let long = report
            .problems
            .iter()
            .map(|problem| problem.message.len())
            .max()
            .unwrap();
        assert!(long < 1_000, "{line}: {long}");
    }
    assert_eq!(place.counts().await, rows);
    let many = vec![good.into_bytes(); 1_001];
    let tried = place
        .services
        .import_sites(&place.admin, 1, &many, &options)
        .await;
    assert!(matches!(tried, Err(SiteError::Invalid(_))), "{tried:?}");

    // Another client, and who is no administrator.
    let rival = actor(place.database.client("globex").await, Role::Admin, "root");
    let reports = place
        .services
        .import_sites(&rival, 1, &many[..1], &options)
        .await
        .unwrap();
    assert_eq!(
        reports[0].problems[0].pointer, "/site",
        "another client's site is none"
    );
    let operator = actor(place.client, Role::Operator, "x");
    let tried = place
        .services
        .import_sites(&operator, 1, &many[..1], &options)
        .await;
    assert!(matches!(tried, Err(SiteError::NotAllowed(_))), "{tried:?}");
    assert_eq!(place.enabled(site).await, []);
}

/// Two runs at once over the same entries: each is done once.
#[tokio::test]
async fn two_runs_at_once_do_each_entry_once() {
    let place = Place::new().await;
    for name in ["a", "b", "c"] {
        place.publish(name, "1.0.0", "").await;
    }
    let (mut entries, mut sites) = (Vec::new(), Vec::new());
    for number in 0..4 {
        let name = format!("Plant {number}");
        sites.push(place.site(&name).await);
        for extension in ["a", "b", "c"] {
            entries.push(entry(&name, extension, &json!({"n": number})));
        }
    }
    let options = ImportOptions::default();
    let (one, two) = tokio::join!(
        import(&place, &entries, &options),
        import(&place, &entries, &options)
    );
    let done = |reports: &[EntryReport]| {
        outcomes(reports)
            .iter()
            .filter(|one| **one == ImportOutcome::Imported)
            .count()
    };
    assert_eq!(done(&one) + done(&two), 12, "{one:#?} {two:#?}");
    for site in sites {
        let log = place.log(site).await;
        let imported = log.iter().filter(|(action, _)| action == "imported").count();
        assert_eq!((imported, log.len()), (3, 1 + 3 * 5), "{log:?}");
    }
}

/// Many entries of many sites, most of them wrong or there already; `ASSAY_MANY=100000` for as many as an attacker has.
#[tokio::test]
async fn many_entries_are_taken_over_or_told() {
    let many: usize = std::env::var_os("ASSAY_MANY")
        .and_then(|n| n.to_str()?.parse().ok())
        .unwrap_or(400);
    let place = Place::new().await;
    for number in 0..10 {
        place.publish(&format!("e{number}"), "1.0.0", SETTINGS).await;
    }
    for number in 0..20 {
        place.site(&format!("Plant {number}")).await;
    }
    let line = |number: usize| {
        let (site, extension) = (format!("Plant {}", number % 20), format!("e{}", number / 20 % 10));
        let one = match number % 4 {
            0 | 1 => entry(
                &site,
                &extension,
                &json!({"size": number / 200, "key": format!("secret {number}")}),
            ),
            2 => entry(&site, &extension, &json!({"size": "wrong", "key": "x"})),
            _ => json!({"site": site, "extension": extension, "configuration": {}, "history": "nonsense"}),
        };
        one.to_string().into_bytes()
    };
    let options = ImportOptions::default();
    let mut outcomes = std::collections::BTreeMap::new();
    for run in ["first", "again"] {
        let start = std::time::Instant::now();
        for first in (0..many).step_by(500) {
            let lines: Vec<_> = (first..many.min(first + 500)).map(line).collect();
            let reports = place
                .services
                .import_sites(&place.admin, first as u64, &lines, &options);
            for report in reports.await.unwrap() {
                *outcomes.entry((run, report.outcome)).or_insert(0_usize) += 1;
            }
        }
        println!("{run}: {many} entries in {:?}: {outcomes:?}", start.elapsed());
    }
    assert_eq!(outcomes[&("first", ImportOutcome::Imported)], many / 2);
    assert_eq!(outcomes[&("first", ImportOutcome::Refused)], many / 2);
    assert_eq!(outcomes[&("again", ImportOutcome::DoneBefore)], many / 2);
}
