//! Sites over HTTP: every route, its answers as they are documented, and two clients at each other's sites.

mod attacks;
mod journey;
mod problems;

use assay_api::access::ROUTES;
use assay_domain::{ClientId, Clock, Role, SystemClock, UserId};
use assay_store::users::User;
use reqwest::Method;
use serde_json::{Value, json};

use super::place::{publish, resolver};
use crate::api::contract::Contract;
use crate::api::host::{Answer, Host};

/// A host with the resolver, and how a client's people ask it.
struct Web {
    host: Host,
    contract: Contract,
}

/// Somebody who asks.
#[derive(Clone, Copy)]
struct Who<'a>(ClientId, Role, &'a str);

impl Web {
    async fn new() -> Self {
        let host = Host::empty().await;
        resolver(&host.database.store).await;
        Self {
            host,
            contract: Contract::new(),
        }
    }

    fn admin(&self) -> Who<'static> {
        Who(self.host.acme, Role::Admin, "root")
    }

    fn rival(&self) -> Who<'static> {
        Who(self.host.globex, Role::Admin, "root")
    }

    async fn publish(&self, name: &str, version: &str, more: &str) {
        publish(&self.host.database.store, None, name, version, more).await;
    }

    /// Asks, and holds the answer against the document. `path` is below `/v1/sites`.
    async fn ask(&self, who: Who<'_>, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.ask_if(who, method, path, body, None).await
    }

    async fn ask_if(
        &self,
        Who(client, role, subject): Who<'_>,
        method: &str,
        path: &str,
        body: Option<Value>,
        if_match: Option<&str>,
    ) -> Answer {
        let token = self.host.token_as(client, role, subject);
        let verb: Method = method.parse().unwrap();
        let url = format!("/v1/sites{path}");
        let mut request = self.host.request(verb, &url).bearer_auth(token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        let answer = self.host.send(request).await;
        if answer.headers["content-type"] != "image/svg+xml" {
            let documented = documented(method, &url);
            self.contract.holds(&method.to_lowercase(), documented, &answer);
        }
        answer
    }

    async fn site(&self, who: Who<'_>, name: &str) -> String {
        let made = self.ask(who, "POST", "", Some(json!({"name": name}))).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.body["site_id"].as_str().unwrap().to_owned()
    }

    async fn enable(&self, who: Who<'_>, site: &str, extension: &str) -> Answer {
        let body = json!({"extension_id": extension});
        self.ask(who, "POST", &format!("/{site}/extensions"), Some(body))
            .await
    }

    /// A user of a client.
    async fn user(&self, client: ClientId, email: &str) -> UserId {
        let id = UserId::new(SystemClock.now());
        let mut tx = self.host.database.store.begin(client).await.unwrap();
        let user = User {
            id,
            email: email.to_owned(),
            role: Role::Operator,
        };
        tx.insert_user(&user).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// How many rows there are of everything that is written at sites.
    async fn rows(&self) -> Vec<i64> {
        let mut rows = Vec::new();
        for table in super::place::TABLES {
            rows.push(self.host.count(table).await);
        }
        rows
    }
}

/// The path in the table of routes that a path is of.
fn documented(method: &str, url: &str) -> &'static str {
    let path = url.split('?').next().unwrap();
    let parts: Vec<_> = path.split('/').collect();
    let fits = |route: &str| {
        let own: Vec<_> = route.split('/').collect();
        own.len() == parts.len()
            && own
                .iter()
                .zip(&parts)
                .all(|(own, part)| own.starts_with('{') || own == part)
    };
    let mut routes = ROUTES
        .iter()
        .filter(|route| route.method == method && fits(route.path));
    // What is written out is before what stands for anything.
    routes
        .next()
        .unwrap_or_else(|| panic!("{method} {path} is no route"))
        .path
}

/// The items of a list.
fn items(answer: &Answer) -> &Vec<Value> {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["items"].as_array().unwrap()
}
