//! Which refusals leave an audit row: those of requests that would have changed something, made by a caller of a known
//! client. Submissions leave `process.refused`, configurations `configuration.refused`, releases `plugin.refused`, sites
//! `site.refused`, for whatever reason they are refused: the caller's role, the body, or what the service found.
//!
//! Deliberately without a row: a missing or wrong token and the host owner's own requests (there is no client whose row
//! it would be), `POST /v1/validate` and everything that reads (they change nothing when they succeed), a change of a site
//! that was decided against (the site's own log has it), and 429 and 5xx
//! (not refused, only not served now).
//!
//! Invariant: a row holds nothing of what was sent but names of fields. A detail that repeats more is replaced by the
//! code's title.

use assay_domain::{Actor, ProcessTypeId};
use assay_service::Refusal;
use axum::extract::{RawPathParams, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;

use crate::problem::{Code, Pending, Problem};

/// Most characters of a reason, and of a pointer.
const REASON: usize = 1_000;
const POINTER: usize = 200;

/// Most pointers.
const POINTERS: usize = 20;

/// What to do should a request be refused.
pub(crate) struct Refusals {
    event: &'static str,
    actor: Actor,
    process_type: Option<ProcessTypeId>,
}

impl Refusals {
    /// None for a request whose refusal leaves no row.
    pub(crate) fn of(
        request: &Request,
        route: &str,
        actor: &Actor,
        parameters: Option<RawPathParams>,
    ) -> Option<Self> {
        if matches!(*request.method(), Method::GET | Method::HEAD) || actor.client.is_none() {
            return None;
        }
        let event = match route.split('/').nth(2)? {
            "processes" => "process.refused",
            "configurations" => "configuration.refused",
            "plugins" => "plugin.refused",
            "sites" if route != "/v1/sites/{site_id}/resolve" => "site.refused",
            _ => return None,
        };
        let named = parameters.and_then(|parameters| {
            let mut parameters = parameters.iter();
            let (_, value) = parameters.find(|(name, _)| *name == "process_type_id")?;
            value.parse().ok()
        });
        Some(Self {
            event,
            actor: actor.clone(),
            process_type: named,
        })
    }

    /// What there is to record, should the answer be a refusal.
    pub(crate) fn look(self, response: &Response) -> Option<(Actor, Refusal)> {
        let status = response.status();
        if !status.is_client_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return None;
        }
        let pending = response.extensions().get::<Pending>();
        let logged =
            pending.and_then(|pending| pending.look(|problem| problem.code() == Code::SiteChangeRefused));
        if logged == Some(true) {
            return None;
        }
        let refusal = pending
            .and_then(|pending| pending.look(|problem| refusal(self.event, problem)))
            .unwrap_or_else(|| refusal(self.event, &Problem::from(status)));
        let refusal = Refusal {
            process_type: self.process_type.or(refusal.process_type),
            ..refusal
        };
        Some((self.actor, refusal))
    }
}

fn refusal(event: &'static str, problem: &Problem) -> Refusal {
    let code = problem.code();
    let reason = if repeats(code) {
        code.title()
    } else {
        problem.detail()
    };
    Refusal {
        event,
        process_type: problem.process_type().cloned(),
        code: code.as_str(),
        reason: clip(reason, REASON),
        pointers: problem
            .pointers()
            .take(POINTERS)
            .map(|pointer| clip(pointer, POINTER))
            .collect(),
    }
}

/// Whether a code's details may repeat what was sent.
const fn repeats(code: Code) -> bool {
    matches!(
        code,
        Code::BodyInvalid
            | Code::ConfigurationInvalid
            | Code::DocumentMediaType
            | Code::JsonInvalid
            | Code::MediaTypeUnsupported
            | Code::PathInvalid
            | Code::QueryInvalid
            | Code::RequestInvalid
    )
}

/// Neither long nor with characters that Postgres can't hold.
fn clip(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}
