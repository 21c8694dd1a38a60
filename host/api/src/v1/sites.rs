//! Sites of a client, and what is enabled, found, signed and kept there.
//!
//! Everything lies below `/v1/sites/{site_id}`, and what is another client's, or of another site, is not there: 404, the
//! same as for what never was.

use assay_domain::{ExtensionId, JsonLimits, NameError, PluginName, SiteId, SiteRole, json};
use assay_service::SecretError;
use assay_service::sites::{ChangeOptions, PageQuery, SiteChange, SiteError, Verdict};
use axum::Json;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{ETAG, IF_MATCH, LINK};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::extract::{BodyLimits, body, content_type, json_problem};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::v1::{not_found, wrong_parameter};

mod change;
pub(crate) mod conflicts;
pub(crate) mod create;
pub(crate) mod demands;
pub(crate) mod extensions;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod members;
pub(crate) mod picture;
pub(crate) mod signoffs;
pub(crate) mod snapshots;
pub(crate) mod versions;

pub(crate) use change::ChangeAnswer;

/// Most items of a page.
const MOST: u16 = 200;

/// Most characters of a reason.
const REASON: usize = 4_000;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParameters {
    /// At most this many, 1 to 200; without it 50, of logs 100.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// Those after this place: `next` of the page before.
    after: Option<String>,
}

impl PageParameters {
    fn limit(&self, usual: u16) -> Result<u16, Problem> {
        limited(self.limit, usual)
    }

    fn query(&self, usual: u16) -> Result<PageQuery, Problem> {
        Ok(PageQuery {
            limit: self.limit(usual)?,
            after: self.after.clone(),
        })
    }
}

/// A limit within its bounds.
fn limited(given: Option<u16>, usual: u16) -> Result<u16, Problem> {
    let limit = given.unwrap_or(usual);
    if (1..=MOST).contains(&limit) {
        return Ok(limit);
    }
    Err(wrong_parameter(
        "limit",
        &format!("{limit} is outside 1 to {MOST}"),
    ))
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T: ToSchema> {
    /// What is on the page.
    items: Vec<T>,
    /// What to pass as `after` for the next page; null on the last.
    next: Option<String>,
}

impl<T: ToSchema + Serialize> Listed<T> {
    /// With a link to the next page. `path` has the filters, if any, after a `?`.
    fn answer(self, path: &str, limit: Option<u16>) -> Response {
        let join = if path.contains('?') { '&' } else { '?' };
        let link = self.next.as_deref().map(|next| {
            let limit = limit.map(|limit| format!("&limit={limit}")).unwrap_or_default();
            format!("<{path}{join}after={next}{limit}>; rel=\"next\"")
        });
        let mut response = Json(self).into_response();
        if let Some(link) = link.and_then(|link| link.parse().ok()) {
            response.headers_mut().insert(LINK, link);
        }
        response
    }
}

/// All of a list that is not long.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Whole<T: ToSchema> {
    /// What there is.
    items: Vec<T>,
}

/// Whether it is only tried.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DryRun {
    /// Says what would happen, and writes nothing.
    #[serde(default)]
    dry_run: bool,
}

/// How a site is changed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangeParameters {
    /// Says what would happen, and writes nothing; that it would be refused is then part of the answer.
    #[serde(default)]
    dry_run: bool,
    /// Prefers the newest versions of everything to changing as little as possible.
    #[serde(default)]
    newest: bool,
    /// Goes ahead in spite of conflicts that are errors; needs a reason and the role `admin`. What is missing can't be
    /// had so.
    #[serde(default)]
    force: bool,
    /// Why it is done; the log shows it.
    #[param(max_length = 4000, example = "asked for in ticket 4711")]
    reason: Option<String>,
}

impl ChangeParameters {
    fn options(&self, headers: &HeaderMap) -> Result<ChangeOptions, Problem> {
        if let Some(reason) = &self.reason {
            reasonable(reason)?;
        }
        Ok(ChangeOptions {
            dry_run: self.dry_run,
            newest: self.newest,
            force: self.force.then(|| self.reason.clone().unwrap_or_default()),
            reason: self.reason.clone(),
            revision: revision(headers)?,
        })
    }
}

fn reasonable(reason: &str) -> Result<(), Problem> {
    if reason.chars().count() > REASON || reason.contains('\0') {
        let why = format!("has more than {REASON} characters, or U+0000");
        return Err(wrong_parameter("reason", &why));
    }
    Ok(())
}

/// The revision that `If-Match` names.
fn revision(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(IF_MATCH) else {
        return Ok(None);
    };
    let wrong = || {
        let detail =
            "the header `if-match` is no entity tag of a site; send its `ETag` as it came, in its quotes";
        Problem::new(Code::RequestInvalid, detail)
    };
    let text = value.to_str().map_err(|_| wrong())?.trim();
    if text == "*" {
        return Ok(None);
    }
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner
        .and_then(|text| text.parse().ok())
        .map(Some)
        .ok_or_else(wrong)
}

/// The strong entity tag of a site at a revision.
fn tag(revision: i64) -> String {
    format!("\"{revision}\"")
}

/// What became of a change: the answer, or the problem where it was refused and not only tried.
fn changed(change: SiteChange) -> Result<Response, Problem> {
    let refused = change.verdict == Verdict::Refused && !change.dry_run;
    let (problems, conflicts) = (change.problems.len(), change.conflicts.len());
    let tag = tag(change.revision);
    let answer = ChangeAnswer::from(change);
    if !refused {
        return Ok(([(ETAG, tag)], Json(answer)).into_response());
    }
    let detail = format!(
        "the change is refused, and the site stays as it is: {problems} problem(s) with configurations and {conflicts} \
         conflict(s); `change` has them, with why and what would mend it"
    );
    let places: Vec<_> = answer.places().collect();
    let whole = serde_json::to_value(answer).map_err(Problem::internal)?;
    let problem = Problem::new(Code::SiteChangeRefused, detail).with_change(whole);
    Err(places
        .into_iter()
        .fold(problem, |problem, (pointer, said)| problem.at(pointer, said)))
}

/// A JSON body of a known form.
async fn read<T: DeserializeOwned>(api: &Api, request: Request) -> Result<T, Problem> {
    if content_type(request.headers()).as_deref() != Some("application/json") {
        let detail = "send the body as application/json";
        return Err(Problem::new(Code::MediaTypeUnsupported, detail));
    }
    let limits = BodyLimits {
        bytes: api.options.configuration_bytes,
        time: api.options.body_timeout,
    };
    let bytes = body(request, limits).await?;
    let value = json::parse(&bytes, JsonLimits::bytes(bytes.len())).map_err(|error| {
        let problem = Problem::new(Code::JsonInvalid, format!("the body can't be read: {error}"));
        match error.pointer() {
            Some(pointer) => problem.at(pointer, error.to_string()),
            None => problem,
        }
    })?;
    T::deserialize(value).map_err(|error| json_problem(&error))
}

fn site_id(id: Uuid) -> SiteId {
    SiteId(id)
}

fn named<T: std::str::FromStr<Err = NameError>>(text: &str) -> Result<T, Problem> {
    text.parse()
        .map_err(|error: NameError| Problem::new(Code::PathInvalid, error.to_string()))
}

fn extension_id(text: &str) -> Result<ExtensionId, Problem> {
    named(text)
}

fn site_role(text: &str) -> Result<SiteRole, Problem> {
    named(text)
}

/// A name in a body.
fn of_body<T: std::str::FromStr<Err = NameError>>(pointer: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: NameError| {
        let detail = "a field of the body has not the form that it must have; see `errors`";
        Problem::new(Code::BodyInvalid, detail).at(pointer, error.to_string())
    })
}

fn plugin_name(text: &str) -> Result<PluginName, Problem> {
    of_body("/plugin_name", text)
}

impl From<SiteError> for Problem {
    fn from(error: SiteError) -> Self {
        use SiteError as E;
        let text = error.to_string();
        match error {
            E::NotAllowed(error) => error.into(),
            E::Client(error) => error.into(),
            E::NotAMember | E::NotAUser(_) | E::SiteRole { .. } => Self::new(Code::NotAllowed, text),
            E::NotFound(_) => not_found(),
            E::NotEnabled(_) | E::NoVersion { .. } | E::NoSnapshot(_) | E::NoConflict(_) => {
                Self::new(Code::NotFound, text)
            }
            E::Secret(SecretError::TooMany(_)) => Self::new(Code::BodyInvalid, text),
            E::Secret(_) => Self::new(Code::SecretUnusable, text),
            E::Inactive(_) => Self::new(Code::SiteInactive, text),
            E::Name => Self::new(Code::BodyInvalid, format!("{text}; see `errors`")).at("/name", text),
            E::NameTaken(_) => Self::new(Code::SiteNameTaken, text),
            E::NoUser(_) => Self::new(Code::SiteUserUnknown, text),
            E::Invalid(places) => {
                let detail =
                    "what was asked can't be read; nothing was written. Correct the places in `errors`";
                let places = places.into_iter().map(of_request);
                Self::new(Code::BodyInvalid, detail).places("", places.collect())
            }
            E::NoReason(_) => Self::new(Code::ReasonMissing, text),
            E::Check(_) => Self::new(Code::PluginUnusable, text),
            E::NoResolver { .. } => Self::new(Code::ResolverUnusable, text),
            E::Resolver(_) => Self::new(Code::ResolverFailed, text),
            E::Overloaded(error) => error.into(),
            E::Moved { .. } => Self::new(Code::SiteStale, text),
            E::Contended(_) | E::ImportedMeanwhile => Self::new(Code::SiteContended, text),
            E::OwnVersion => Self::new(Code::SignoffOwnVersion, text),
            E::NoAspect { .. } => Self::new(Code::SignoffAspectUnknown, text),
            E::StaleVersion { .. } => Self::new(Code::SignoffStale, text),
            E::SignedAlready => Self::new(Code::SignoffExists, text),
            E::Cursor(error) => wrong_parameter("after", &error.to_string()),
            E::Store(error) => error.into(),
            broken @ E::Snapshot(_) => Self::internal(broken),
        }
    }
}

/// A place in the resolver's request is one in the body that led to it, where there is one.
fn of_request(place: assay_domain::Problem) -> assay_domain::Problem {
    let pointer = match place.pointer.as_str() {
        pointer if pointer.starts_with("/requested/") && pointer.ends_with("/range") => "/range".to_owned(),
        _ => place.pointer,
    };
    assay_domain::Problem::new(pointer, place.message)
}
