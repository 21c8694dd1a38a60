//! `assay site …`: what there is at a client's sites, and changes of it, through the interface that HTTP has too.
//!
//! Invariant: with `--format json` the result is the interface's own answer, problems included. Exit code 2 when what was
//! named is not there or not readable, 1 when it is refused, in conflict or broke.

#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value read by a key that it does not have is null"
)]

mod show;

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use assay_api::local::{Local, Reply, encoded, remedy};
use assay_domain::{Actor, Role};
use assay_store::Store;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::args::Shown;
use crate::args::site::{How, SiteArguments, SiteCommand, Told};
use crate::config::Config;
use crate::failure::{Exit, UsageError};
use crate::output::{Format, Output, visible};
use crate::{keys, wire};

/// Codes of problems for which whoever asked has to ask otherwise.
const ASKED_WRONGLY: [&str; 9] = [
    "body-invalid",
    "json-invalid",
    "not-found",
    "path-invalid",
    "query-invalid",
    "reason-missing",
    "signoff-aspect-unknown",
    "site-name-taken",
    "site-user-unknown",
];

/// How many sites of a page are asked for.
const PAGE: &str = "200";

pub(crate) async fn run(
    arguments: &SiteArguments,
    shown: Shown,
    config: &Config,
    output: &Output,
) -> anyhow::Result<Exit> {
    if shown == Shown::Json && matches!(arguments.command, SiteCommand::Graph(_)) {
        let what = "a graph is a picture; write --format svg, or look at `assay site show` for the facts";
        return Err(UsageError(what.to_owned()).into());
    }
    if let SiteCommand::Import(import) = &arguments.command {
        return super::import::run(import, arguments, config, output).await;
    }
    wire::on_store(config, output, async |store| {
        let actor = actor(store, arguments).await?;
        let services = wire::services(config, store.clone())?;
        let caller = Caller {
            local: Local::new(services, &keys::random()?),
            actor,
        };
        caller.run(&arguments.command, output).await
    })
    .await
}

/// For whom it is done, and who does it.
pub(super) async fn actor(store: &Store, arguments: &SiteArguments) -> anyhow::Result<Actor> {
    // Without a client, those that there are get listed.
    let client = wire::client(store, arguments.client.as_deref().unwrap_or_default()).await;
    let client = match (&arguments.client, client) {
        (None, Err(error)) => {
            return Err(error.context(UsageError(
                "name the client with --client or ASSAY_CLIENT".to_owned(),
            )));
        }
        (_, client) => client?,
    };
    let Some(name) = &arguments.user else {
        return Ok(Actor {
            client: Some(client),
            role: Role::Admin,
            subject: "cli".to_owned(),
        });
    };
    let mut tx = store.begin(client).await?;
    let users = tx.users().await?;
    tx.rollback().await?;
    let user = users
        .iter()
        .find(|user| user.email.eq_ignore_ascii_case(name) || user.id.to_string() == *name);
    let user = user.ok_or_else(|| {
        let known: Vec<_> = users.iter().map(|user| user.email.as_str()).collect();
        let known = if known.is_empty() {
            "it has none".to_owned()
        } else {
            format!("it has {}", known.join(", "))
        };
        UsageError(format!(
            "the client has no user `{}`; {known}",
            name.escape_default()
        ))
    })?;
    Ok(Actor {
        client: Some(client),
        role: user.role,
        subject: user.email.clone(),
    })
}

struct Caller {
    local: Local,
    actor: Actor,
}

impl Caller {
    async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Reply> {
        Ok(self.local.call(&self.actor, method, path, body, None).await?)
    }

    /// The path of a site that is named by its id or its name.
    async fn site(&self, name: &str) -> anyhow::Result<String> {
        if let Ok(id) = name.parse::<Uuid>() {
            return Ok(format!("/v1/sites/{id}"));
        }
        let (mut known, mut path) = (Vec::new(), format!("/v1/sites?limit={PAGE}"));
        loop {
            let page = self.call("GET", &path, None).await?;
            let answer = page.json();
            if !page.is_success() {
                let detail = answer["detail"].as_str().unwrap_or_default().to_owned();
                return Err(anyhow::anyhow!(detail));
            }
            for site in answer["items"].as_array().into_iter().flatten() {
                let own = site["name"].as_str().unwrap_or_default();
                if own == name {
                    return Ok(format!(
                        "/v1/sites/{}",
                        site["site_id"].as_str().unwrap_or_default()
                    ));
                }
                known.push(format!("`{}`", visible(own)));
            }
            match answer["next"].as_str() {
                Some(next) => path = format!("/v1/sites?limit={PAGE}&after={next}"),
                None => break,
            }
        }
        let known = match known.as_slice() {
            [] => "there are none; `assay site create` makes one".to_owned(),
            some => format!("there are {}", some.join(", ")),
        };
        Err(UsageError(format!(
            "the client has no site `{}`; {known}",
            name.escape_default()
        ))
        .into())
    }

    #[expect(clippy::too_many_lines, reason = "a line or two for each command")]
    async fn run(&self, command: &SiteCommand, output: &Output) -> anyhow::Result<Exit> {
        use SiteCommand as C;
        let (reply, show): (Reply, fn(&Value, &Output)) = match command {
            // Too large for the interface; it was done before this.
            C::Import(_) => return Ok(Exit::Done),
            C::List => (
                self.call("GET", &format!("/v1/sites?limit={PAGE}"), None).await?,
                show::sites,
            ),
            C::Create { name, dry_run } => {
                let path = format!("/v1/sites?dry_run={dry_run}");
                let body = json!({"name": name});
                (self.call("POST", &path, Some(&body)).await?, show::site)
            }
            C::Show(of) => {
                let site = self.site(&of.site).await?;
                let mut reply = self.call("GET", &site, None).await?;
                if reply.is_success() {
                    let enabled = self.call("GET", &format!("{site}/extensions"), None).await?;
                    let mut whole = reply.json();
                    if let Some(fields) = whole.as_object_mut() {
                        fields.insert("extensions".to_owned(), enabled.json()["items"].clone());
                    }
                    reply.text = whole.to_string();
                }
                (reply, show::whole)
            }
            C::Enable { of, told, how } => {
                let path = format!("{}/extensions", self.site(&of.site).await?);
                let body = json!({
                    "extension_id": of.extension, "range": told.range, "configuration": configuration(told)?,
                });
                (self.change("POST", &path, how, Some(&body)).await?, show::change)
            }
            C::Reconfigure { of, told, how } => {
                let path = format!("{}/extensions/{}", self.site(&of.site).await?, of.extension);
                let body = json!({"range": told.range, "configuration": configuration(told)?});
                (self.change("PUT", &path, how, Some(&body)).await?, show::change)
            }
            C::Disable { of, how } => {
                let path = format!("{}/extensions/{}", self.site(&of.site).await?, of.extension);
                (self.change("DELETE", &path, how, None).await?, show::change)
            }
            C::Resolver { of, plugin, how } => {
                let path = format!("{}/resolver", self.site(&of.site).await?);
                let body = json!({"plugin_name": plugin});
                (self.change("PUT", &path, how, Some(&body)).await?, show::change)
            }
            C::Conflicts { of, all } => {
                let state = if *all { "all" } else { "unresolved" };
                let path = format!(
                    "{}/conflicts?limit={PAGE}&state={state}",
                    self.site(&of.site).await?
                );
                (self.call("GET", &path, None).await?, show::conflicts)
            }
            C::ResolveConflict {
                of,
                conflict,
                notes,
                dry_run,
            } => {
                let site = self.site(&of.site).await?;
                let path = format!("{site}/conflicts/{}/resolve?dry_run={dry_run}", encoded(conflict));
                let body = json!({"notes": notes});
                (self.call("POST", &path, Some(&body)).await?, show::resolved)
            }
            C::Sign {
                of,
                aspect,
                config_version,
                notes,
                dry_run,
            } => {
                let site = self.site(&of.site).await?;
                let path = format!("{site}/extensions/{}/signoffs?dry_run={dry_run}", of.extension);
                let body = json!({"aspect": aspect, "config_version": config_version, "notes": notes});
                (self.call("POST", &path, Some(&body)).await?, show::signed)
            }
            C::Unsigned(of) => {
                let path = format!("{}/unsigned", self.site(&of.site).await?);
                (self.call("GET", &path, None).await?, show::unsigned)
            }
            C::Log { of, extension, limit } => {
                let site = self.site(&of.site).await?;
                let of = extension
                    .as_ref()
                    .map(|extension| format!("/extensions/{extension}"));
                let path = format!("{site}{}/log?limit={limit}", of.unwrap_or_default());
                (self.call("GET", &path, None).await?, show::log)
            }
            C::Snapshot { of, reason, dry_run } => {
                let site = self.site(&of.site).await?;
                let reason = reason
                    .as_deref()
                    .map(|reason| format!("&reason={}", encoded(reason)));
                let path = format!("{site}/snapshots?dry_run={dry_run}{}", reason.unwrap_or_default());
                (self.call("POST", &path, None).await?, show::snapshot)
            }
            C::Snapshots(of) => {
                let path = format!("{}/snapshots?limit={PAGE}", self.site(&of.site).await?);
                (self.call("GET", &path, None).await?, show::snapshots)
            }
            C::Diff { of, before, after } => {
                let site = self.site(&of.site).await?;
                let path = format!("{site}/snapshots/{before}/differences/{after}");
                (self.call("GET", &path, None).await?, show::differences)
            }
            C::Rollback { of, snapshot, how } => {
                let path = format!("{}/snapshots/{snapshot}/rollback", self.site(&of.site).await?);
                (self.change("POST", &path, how, None).await?, show::change)
            }
            C::Graph(of) => {
                let path = format!("{}/graph", self.site(&of.site).await?);
                let reply = self.call("GET", &path, None).await?;
                if reply.is_success() {
                    output.line(reply.text.trim_end());
                    return Ok(Exit::Done);
                }
                (reply, show::change)
            }
        };
        let answer = reply.json();
        if !reply.is_success() {
            return Ok(problem(&answer, output));
        }
        match output.format {
            Format::Json => output.json(&answer),
            Format::Human => show(&answer, output),
        }
        Ok(show::exit(&answer))
    }

    async fn change(
        &self,
        method: &str,
        path: &str,
        how: &How,
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        let reason = how
            .reason
            .as_deref()
            .map(|reason| format!("&reason={}", encoded(reason)));
        let path = format!(
            "{path}?dry_run={}&newest={}&force={}{}",
            how.dry_run,
            how.newest,
            how.force,
            reason.unwrap_or_default()
        );
        let tag = how.revision.map(|revision| format!("\"{revision}\""));
        Ok(self
            .local
            .call(&self.actor, method, &path, body, tag.as_deref())
            .await?)
    }
}

/// What an extension is told, from a file.
fn configuration(told: &Told) -> anyhow::Result<Value> {
    let Some(path) = &told.settings else {
        return Ok(json!({}));
    };
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .read_to_string(&mut text)
            .context("can't read standard input")?;
        return serde_json::from_str(&text)
            .map_err(|error| UsageError(format!("standard input is not JSON: {error}")).into());
    }
    let wrong = |error: &dyn std::fmt::Display| UsageError(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    if path.extension().is_some_and(|extension| extension == "toml") {
        return Ok(toml::from_str(&text).map_err(|error| wrong(&error))?);
    }
    Ok(serde_json::from_str(&text).map_err(|error| wrong(&error))?)
}

/// Says why it was not done, and what to do.
fn problem(answer: &Value, output: &Output) -> Exit {
    let code = answer["code"].as_str().unwrap_or_default();
    if output.format == Format::Json {
        output.json(answer);
    } else {
        output.error(answer["detail"].as_str().unwrap_or("the service said nothing"));
        for place in answer["errors"].as_array().into_iter().flatten() {
            let text = |field: &str| visible(place[field].as_str().unwrap_or_default());
            output.note(&format!("  {}: {}", text("pointer"), text("detail")));
        }
        if answer["change"].is_object() {
            show::change(&answer["change"], output);
        }
        if let Some(remedy) = remedy(code) {
            output.note(&format!("what to do: {remedy}"));
        }
    }
    if ASKED_WRONGLY.contains(&code) {
        Exit::Usage
    } else {
        Exit::Failed
    }
}
