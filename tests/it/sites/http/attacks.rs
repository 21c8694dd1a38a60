//! Two clients at each other's sites, and a client that mixes its own up: through every route.

use assay_api::access::ROUTES;
use assay_domain::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Web, Who};

/// What a client has of each kind.
struct Things {
    site: String,
    snapshot: String,
    conflict: String,
    user: String,
}

const EDGY: &str = "[extension]\nconflicts = [{ extension = \"b\", scope = \"global\", severity = \"warning\", reason = \"slow\" }]\n\
    signoff = [{ aspect = \"e-signature\", role = \"quality-focal\" }]\n";

async fn things(web: &Web, who: Who<'_>, site: &str) -> Things {
    let site = web.site(who, site).await;
    for extension in ["a", "b"] {
        let done = web.enable(who, &site, extension).await;
        assert_eq!(done.status, 200, "{done:?}");
    }
    let snapshot = web.ask(who, "POST", &format!("/{site}/snapshots"), None).await;
    let conflicts = web.ask(who, "GET", &format!("/{site}/conflicts"), None).await;
    let conflict = conflicts.body["items"][0]["found"]["conflict_id"].as_str();
    let user = web.user(who.0, &format!("{}@example.org", Uuid::new_v4())).await;
    Things {
        snapshot: snapshot.body["snapshot_id"].as_str().unwrap().to_owned(),
        conflict: conflict.unwrap_or_else(|| panic!("{conflicts:?}")).to_owned(),
        user: user.to_string(),
        site,
    }
}

/// A body that each route would take.
fn body(method: &str, path: &str) -> Option<Value> {
    let tail = path.rsplit('/').next().unwrap();
    Some(match (method, tail) {
        ("POST", "extensions") => json!({"extension_id": "a"}),
        ("PUT", "{extension_id}") if path.contains("/pins/") => json!({"version": "1.0.0"}),
        ("PUT", "{extension_id}") => json!({"configuration": {}}),
        ("PUT", "{capability}") => json!({"policy": "p"}),
        ("PUT", "resolver") => json!({"plugin_name": "extension_resolver"}),
        ("POST", "resolve") if path.contains("/conflicts/") => json!({"notes": "mine"}),
        ("POST", "signoffs") => json!({"aspect": "e-signature", "config_version": 1}),
        ("POST", "sites") => json!({"name": "x"}),
        _ => return None,
    })
}

fn filled(path: &str, site: &str, things: &Things) -> String {
    path.strip_prefix("/v1/sites")
        .unwrap()
        .replace("{site_id}", site)
        .replace("{snapshot_id}", &things.snapshot)
        .replace("{other_id}", &things.snapshot)
        .replace("{conflict_id}", &things.conflict)
        .replace("{user_id}", &things.user)
        .replace("{role}", "quality-focal")
        .replace("{extension_id}", "a")
        .replace("{config_version}", "1")
        .replace("{capability}", "mail")
}

#[tokio::test]
async fn no_route_leads_to_another_clients_site() {
    let web = Web::new().await;
    web.publish("a", "1.0.0", EDGY).await;
    web.publish("b", "1.0.0", "").await;
    let theirs = things(&web, web.admin(), "Plant").await;
    let own = things(&web, web.rival(), "Plant").await;
    let rows = web.rows().await;
    let mut tried = 0;
    for route in ROUTES.iter().filter(|route| route.path.starts_with("/v1/sites/")) {
        for query in ["", "?dry_run=true"] {
            let changes = route.method != "GET" && !route.path.ends_with("site_id}/resolve");
            if !query.is_empty() && !changes {
                continue;
            }
            // Their site with their things, and with one's own.
            for things in [&theirs, &own] {
                let path = filled(route.path, &theirs.site, things);
                let body = body(route.method, route.path);
                let answer = web
                    .ask(web.rival(), route.method, &format!("{path}{query}"), body)
                    .await;
                let said = answer.problem(404, "not-found").to_owned();
                // The same as for a site that never was.
                let path = filled(route.path, &Uuid::new_v4().to_string(), things);
                let body = self::body(route.method, route.path);
                let nothing = web
                    .ask(web.rival(), route.method, &format!("{path}{query}"), body)
                    .await;
                assert_eq!(nothing.problem(404, "not-found"), said);
                tried += 1;
            }
        }
    }
    assert!(tried > 80, "{tried}");
    assert_eq!(web.rows().await, rows, "nothing was written");

    // One's own site with their snapshot, conflict or user.
    let at = |path: &str| format!("/{}{path}", own.site);
    for (method, path) in [
        ("GET", format!("/snapshots/{}", theirs.snapshot)),
        (
            "GET",
            format!("/snapshots/{}/differences/{}", theirs.snapshot, own.snapshot),
        ),
        (
            "GET",
            format!("/snapshots/{}/differences/{}", own.snapshot, theirs.snapshot),
        ),
        ("POST", format!("/snapshots/{}/rollback", theirs.snapshot)),
    ] {
        let answer = web.ask(web.rival(), method, &at(&path), None).await;
        answer.problem(404, "not-found");
    }
    let member = at(&format!("/members/{}/quality-focal", theirs.user));
    web.ask(web.rival(), "PUT", &member, None)
        .await
        .problem(422, "site-user-unknown");
    assert_eq!(web.rows().await, rows, "nothing was written");
    // And what is theirs is as it was.
    let shown = web
        .ask(web.admin(), "GET", &format!("/{}", theirs.site), None)
        .await;
    assert_eq!(shown.body["site"]["revision"], 2, "{shown:?}");
}

#[tokio::test]
async fn a_client_that_mixes_its_own_sites_up_changes_neither() {
    let web = Web::new().await;
    web.publish("a", "1.0.0", EDGY).await;
    web.publish("b", "1.0.0", "").await;
    let one = things(&web, web.admin(), "One").await;
    let other = web.site(web.admin(), "Other").await;
    let rows = web.rows().await;
    let at = |path: String| format!("/{other}{path}");
    for (method, path, body) in [
        ("GET", format!("/snapshots/{}", one.snapshot), None),
        (
            "GET",
            format!("/snapshots/{}/differences/{}", one.snapshot, one.snapshot),
            None,
        ),
        ("POST", format!("/snapshots/{}/rollback", one.snapshot), None),
        (
            "POST",
            format!("/conflicts/{}/resolve", one.conflict),
            Some(json!({"notes": "x"})),
        ),
        ("GET", "/extensions/a/versions/1".to_owned(), None),
        (
            "PUT",
            "/extensions/a".to_owned(),
            Some(json!({"configuration": {}})),
        ),
        ("DELETE", "/extensions/a".to_owned(), None),
        (
            "POST",
            "/extensions/a/signoffs".to_owned(),
            Some(json!({"aspect": "e-signature", "config_version": 1})),
        ),
    ] {
        let who = web.admin();
        let answer = web.ask(who, method, &at(path.clone()), body).await;
        // A token that names no user signs nothing anywhere.
        let code = if path.ends_with("signoffs") {
            (403, "not-allowed")
        } else {
            (404, "not-found")
        };
        answer.problem(code.0, code.1);
    }
    // A cursor of one site's list is none of another's.
    let log = web
        .ask(web.admin(), "GET", &format!("/{}/log?limit=1", one.site), None)
        .await;
    let path = at(format!("/log?after={}", log.body["next"].as_str().unwrap()));
    web.ask(web.admin(), "GET", &path, None)
        .await
        .problem(400, "query-invalid");
    for list in [
        "/extensions",
        "/conflicts?state=all",
        "/snapshots",
        "/signoffs",
        "/unsigned",
        "/dependencies",
    ] {
        let answer = web.ask(web.admin(), "GET", &at(list.to_owned()), None).await;
        assert_eq!(answer.body["items"], json!([]), "{list}: {answer:?}");
    }
    assert_eq!(web.rows().await, rows, "nothing was written");
    // Who is a member of one is nothing at the other.
    let put = format!("/{}/members/{}/engineer", one.site, one.user);
    assert_eq!(web.ask(web.admin(), "PUT", &put, None).await.status, 200);
    let member = Who(web.host.acme, Role::Operator, &one.user);
    let done = web
        .ask(member, "DELETE", &format!("/{}/extensions/b", one.site), None)
        .await;
    assert_eq!(done.status, 200, "{done:?}");
    web.enable(member, &other, "b").await.problem(403, "not-allowed");
}
