//! A site from its making to its going back, over HTTP.

use assay_domain::Role;
use serde_json::json;

use super::{Web, Who, items};

const PORTAL: &str = "[extension]\nrequires = [{ extension = \"forms\", range = \"^1\" }]\n\
    signoff = [{ aspect = \"e-signature\", role = \"quality-focal\" }]\n\
    [settings]\ntype = \"object\"\nadditionalProperties = false\n\
    [settings.properties]\nsize = { type = \"integer\" }\nkey = { type = \"string\", x-assay-secret = true }\n";

const RIVAL: &str = "[extension]\nconflicts = [{ extension = \"forms\", scope = \"global\", severity = \"error\", \
    reason = \"both draw forms\" }]\n";

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_site_from_its_making_to_its_going_back() {
    let web = Web::new().await;
    web.publish("portal", "1.0.0", PORTAL).await;
    web.publish("forms", "1.0.0", "").await;
    web.publish("forms", "1.1.0", "").await;
    web.publish("rival", "1.0.0", RIVAL).await;
    let root = web.admin();
    let would = web
        .ask(root, "POST", "?dry_run=true", Some(json!({"name": "Plant"})))
        .await;
    assert_eq!(would.status, 201);
    assert_eq!(items(&web.ask(root, "GET", "", None).await).len(), 0);
    let site = web.site(root, "Plant").await;
    let at = |path: &str| format!("/{site}{path}");
    let get = async |path: &str| web.ask(root, "GET", &at(path), None).await;

    // People.
    let (ann, ben) = (
        web.user(web.host.acme, "ann@example.org").await,
        web.user(web.host.acme, "ben@example.org").await,
    );
    for (user, role) in [(ann, "engineer"), (ben, "quality-focal")] {
        let put = web
            .ask(root, "PUT", &at(&format!("/members/{user}/{role}")), None)
            .await;
        assert_eq!(put.body, json!({"changed": true}), "{put:?}");
    }
    assert_eq!(items(&get("/members").await)[1]["role"], "quality-focal");
    let (ann, ben) = (
        Who(web.host.acme, Role::Operator, "ann@example.org"),
        Who(web.host.acme, Role::Operator, "ben@example.org"),
    );

    // Tried, refused, and done.
    let enable =
        json!({"extension_id": "portal", "range": "^1", "configuration": {"size": 1, "key": "hidden"}});
    let dry = at("/extensions?dry_run=true");
    let rows = web.rows().await;
    let would = web.ask(ann, "POST", &dry, Some(enable.clone())).await;
    assert_eq!(
        (&would.body["verdict"], &would.body["dry_run"]),
        (&json!("applied"), &json!(true)),
        "{would:?}"
    );
    assert_eq!(web.rows().await, rows);
    let mut wrong = enable.clone();
    wrong["configuration"]["size"] = json!("large");
    let refused = web.ask(ann, "POST", &at("/extensions"), Some(wrong)).await;
    refused.problem(409, "site-change-refused");
    assert_eq!(refused.pointers(), ["/configuration/size"]);
    assert_eq!(refused.body["change"]["refused_version"], 1);
    let path = at("/extensions?reason=asked%20for");
    let done = web.ask(ann, "POST", &path, Some(enable)).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(done.body["activation"], json!([["forms"], ["portal"]]));
    assert_eq!(done.header("etag"), "\"1\"");
    let status = get("").await;
    assert_eq!(status.header("etag"), "\"1\"");
    assert_eq!(status.body["status"]["total_extensions"], 2);
    let enabled = get("/extensions").await;
    let portal = items(&enabled)
        .iter()
        .find(|one| one["extension_id"] == "portal")
        .unwrap();
    assert_eq!(portal["configuration"], json!({"size": 1, "key": "[secret]"}));
    assert_eq!(items(&get("/dependencies").await)[0]["resolved_version"], "1.1.0");

    // Versions, page by page.
    let first = get("/extensions/portal/versions?limit=1").await;
    assert_eq!(items(&first)[0]["config_version"], 2);
    let link = first.header("link").to_owned();
    let next = link
        .strip_prefix("</v1/sites")
        .unwrap()
        .split('>')
        .next()
        .unwrap();
    let second = web.ask(root, "GET", next, None).await;
    assert_eq!(items(&second)[0]["state"], "refused");
    assert!(second.body["next"].is_null(), "{second:?}");
    let one = get("/extensions/portal/versions/1").await;
    assert_eq!(one.body["validation_errors"][0]["pointer"], "/size");

    // Signed by somebody else, once; stale after a change.
    let unsigned = get("/unsigned").await;
    assert_eq!(
        items(&unsigned)[0]["aspects"],
        json!([{"aspect": "e-signature", "role": "quality-focal"}])
    );
    let sign = at("/extensions/portal/signoffs");
    let body = json!({"aspect": "e-signature", "config_version": 2, "notes": "seen"});
    let dry = format!("{sign}?dry_run=true");
    assert_eq!(web.ask(ben, "POST", &dry, Some(body.clone())).await.status, 201);
    let signed = web.ask(ben, "POST", &sign, Some(body.clone())).await;
    assert_eq!(signed.status, 201, "{signed:?}");
    web.ask(ben, "POST", &sign, Some(body.clone()))
        .await
        .problem(409, "signoff-exists");
    web.ask(ann, "POST", &sign, Some(body.clone()))
        .await
        .problem(403, "not-allowed");
    let unknown = json!({"aspect": "color", "config_version": 2});
    web.ask(ben, "POST", &sign, Some(unknown))
        .await
        .problem(422, "signoff-aspect-unknown");
    assert_eq!(items(&get("/unsigned").await).len(), 0);
    let snapshot = web.ask(root, "POST", &at("/snapshots?reason=before"), None).await;
    assert_eq!(snapshot.status, 201);
    let before = snapshot.body["snapshot_id"].as_str().unwrap().to_owned();
    let again = json!({"configuration": {"size": 2, "key": "other"}});
    let path = at("/extensions/portal");
    let stale = web
        .ask_if(ann, "PUT", &path, Some(again.clone()), Some("\"0\""))
        .await;
    stale.problem(412, "site-stale");
    let done = web.ask_if(ann, "PUT", &path, Some(again), Some("\"1\"")).await;
    assert_eq!(
        (&done.body["verdict"], done.body["snapshot_id"].is_string()),
        (&json!("applied"), true),
        "{done:?}"
    );
    web.ask(ben, "POST", &sign, Some(body))
        .await
        .problem(409, "signoff-stale");
    assert_eq!(items(&get("/unsigned").await)[0]["config_version"], 3);
    assert_eq!(
        items(&get("/extensions/portal/signoffs").await)[0]["current"],
        false
    );
    assert_eq!(items(&get("/signoffs?limit=1").await).len(), 1);

    // A conflict: refused, forced with a reason, shown in red, resolved with notes.
    let rival = web.enable(root, &site, "rival").await;
    rival.problem(409, "site-change-refused");
    assert_eq!(rival.body["change"]["conflicts"][0]["kind"], "explicit");
    assert!(!rival.body["change"]["fixes"].as_array().unwrap().is_empty());
    let body = json!({"extension_id": "rival"});
    let force = at("/extensions?force=true");
    web.ask(root, "POST", &force, Some(body.clone()))
        .await
        .problem(422, "reason-missing");
    let force = at("/extensions?force=true&reason=for%20a%20week");
    web.ask(ann, "POST", &force, Some(body.clone()))
        .await
        .problem(403, "not-allowed");
    let forced = web.ask(root, "POST", &force, Some(body)).await;
    assert_eq!(forced.body["forced"].as_array().unwrap().len(), 1, "{forced:?}");
    let open = get("/conflicts").await;
    let error = items(&open)
        .iter()
        .find(|one| one["found"]["severity"] == "error")
        .unwrap();
    let conflict = error["found"]["conflict_id"].as_str().unwrap();
    assert_eq!(error["forced_reason"], "for a week");
    let graph = get("/graph").await;
    assert_eq!(graph.header("content-type"), "image/svg+xml");
    assert!(graph.header("content-security-policy").contains("style-src"));
    assert!(graph.text.starts_with("<svg"), "{}", graph.text);
    for text in [
        "portal",
        "forms",
        "rival",
        " bad\"",
        "both draw forms",
        "Extensions of Plant",
    ] {
        assert!(graph.text.contains(text), "{text}: {}", graph.text);
    }
    let resolve = at(&format!("/conflicts/{conflict}/resolve"));
    web.ask(root, "POST", &resolve, Some(json!({"notes": " "})))
        .await
        .problem(422, "reason-missing");
    let notes = json!({"notes": "agreed"});
    let resolved = web.ask(root, "POST", &resolve, Some(notes.clone())).await;
    assert_eq!(resolved.body["resolution_notes"], "agreed", "{resolved:?}");
    web.ask(root, "POST", &resolve, Some(notes))
        .await
        .problem(404, "not-found");
    let left = get("/conflicts").await;
    let all = get("/conflicts?state=all").await;
    assert!(
        items(&left)
            .iter()
            .all(|one| one["found"]["severity"] == "warning")
    );
    assert_eq!(items(&all).len(), items(&left).len() + 1);

    // What the resolver says of the site as it is.
    let answer = web.ask(ann, "POST", &at("/resolve"), None).await;
    assert_eq!(answer.body["status"], "resolved", "{answer:?}");
    assert_eq!(answer.body["extensions"].as_array().unwrap().len(), 3);
    let found = answer.body["conflicts"].as_array().unwrap();
    assert!(
        found
            .iter()
            .any(|one| one["severity"] == "error" && one["id"] == conflict),
        "{found:#?}"
    );

    // Pins and policies.
    let pin = at("/pins/forms");
    let refused = web
        .ask(root, "PUT", &pin, Some(json!({"version": "3.0.0"})))
        .await;
    refused.problem(409, "site-change-refused");
    let set = web
        .ask(root, "PUT", &pin, Some(json!({"version": "v1.0.0"})))
        .await;
    assert_eq!(set.body["verdict"], "applied", "{set:?}");
    assert_eq!(items(&get("/pins").await)[0]["version"], "1.0.0");
    let policy = at("/policies/mail");
    let set = web
        .ask(root, "PUT", &policy, Some(json!({"policy": "encrypted"})))
        .await;
    assert_eq!(set.body["verdict"], "applied", "{set:?}");
    assert_eq!(items(&get("/policies").await).len(), 1);
    for path in [&pin, &policy] {
        let gone = web.ask(root, "DELETE", path, None).await;
        assert_eq!(gone.body["verdict"], "applied", "{gone:?}");
    }
    assert!(items(&get("/policies").await).is_empty() && items(&get("/pins").await).is_empty());

    // The log, of one extension and in all, and the last change of each.
    let log = get("/extensions/portal/log?limit=2").await;
    assert_eq!(items(&log)[0]["action"], "reconfigured");
    assert_eq!(items(&log).len(), 2);
    assert!(log.body["next"].is_string());
    let other = format!("/log?after={}", log.body["next"].as_str().unwrap());
    get(&other).await.problem(400, "query-invalid");
    assert!(items(&get("/log").await).len() > 10);
    let changes = get("/changes").await;
    let last: Vec<_> = items(&changes)
        .iter()
        .map(|one| {
            (
                one["extension_id"].as_str().unwrap(),
                one["action"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        last,
        [
            ("forms", "pin-removed"),
            ("portal", "reconfigured"),
            ("rival", "forced")
        ]
    );

    // Back to what was, and what differs.
    let gone = web.ask(root, "DELETE", &at("/extensions/rival"), None).await;
    assert_eq!(gone.body["disabled"], json!(["rival"]), "{gone:?}");
    let after = web.ask(root, "POST", &at("/snapshots"), None).await;
    let after = after.body["snapshot_id"].as_str().unwrap().to_owned();
    let differences = get(&format!("/snapshots/{before}/differences/{after}")).await;
    let portal = items(&differences)
        .iter()
        .find(|one| one["id"] == "portal")
        .unwrap();
    assert_eq!(
        portal["configuration"],
        json!([{"field": "/size", "before": 1, "after": 2}]),
        "{portal}"
    );
    let rollback = at(&format!("/snapshots/{before}/rollback"));
    let rows = web.rows().await;
    let would = web
        .ask(root, "POST", &format!("{rollback}?dry_run=true"), None)
        .await;
    assert_eq!(would.body["verdict"], "applied", "{would:?}");
    assert_eq!(web.rows().await, rows);
    let back = web.ask(root, "POST", &rollback, None).await;
    assert_eq!(back.body["verdict"], "applied", "{back:?}");
    let shown = get("/extensions").await;
    let portal = items(&shown)
        .iter()
        .find(|one| one["extension_id"] == "portal")
        .unwrap();
    assert_eq!(
        (&portal["configuration"]["size"], &portal["config_version"]),
        (&json!(1), &json!(4))
    );
    let kinds: Vec<_> = items(&get("/snapshots").await)
        .iter()
        .map(|one| one["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds[0], "before-rollback", "{kinds:?}");
    let shown = get(&format!("/snapshots/{before}")).await;
    assert_eq!(shown.body["snapshot"]["reason"], "before");
    assert_eq!(shown.body["signoffs"].as_array().unwrap().len(), 1);
    let gone = web.ask(root, "DELETE", &at("/extensions/forms"), None).await;
    gone.problem(409, "site-change-refused");
    let left = web.ask(root, "DELETE", &at("/members/not-a-uuid/x"), None).await;
    left.problem(400, "path-invalid");
}
