//! Version 1 of the interface. One file per endpoint; what several share is here.

use assay_service::{ClientRefused, NotAllowed, Overloaded, ReadError, StoreError};
use rust_decimal::Decimal;
use serde_json::Number;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Code, Problem};
use crate::state::Api;

mod configurations;
mod invocations;
mod plugins;
mod processes;
mod registrations;
mod sites;
mod validate;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(processes::create::create, processes::list::list))
        .routes(routes!(processes::get::get))
        .routes(routes!(validate::validate))
        .routes(routes!(configurations::put::put, configurations::list::list))
        .routes(routes!(configurations::get::get))
        .routes(routes!(configurations::activate::activate))
        .routes(routes!(plugins::create::create, plugins::list::list))
        .routes(routes!(plugins::get::get))
        .routes(routes!(plugins::yank::yank))
        .routes(routes!(plugins::activate::activate))
        .routes(routes!(plugins::activate::rollback))
        .routes(routes!(plugins::grants::grant, plugins::grants::revoke))
        .routes(routes!(registrations::list::list))
        .routes(routes!(registrations::get::get))
        .routes(routes!(invocations::get::get))
        .routes(routes!(invocations::replay::replay))
        .merge(sites())
}

fn sites() -> OpenApiRouter<Api> {
    use sites::{
        conflicts, create, demands, extensions, get, list, log, members, picture, signoffs, snapshots,
        versions,
    };
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list))
        .routes(routes!(get::get))
        .routes(routes!(members::list))
        .routes(routes!(members::put, members::remove))
        .routes(routes!(demands::policies))
        .routes(routes!(demands::set_policy, demands::remove_policy))
        .routes(routes!(demands::pins))
        .routes(routes!(demands::set_pin, demands::remove_pin))
        .routes(routes!(demands::set_resolver))
        .routes(routes!(extensions::list, extensions::enable))
        .routes(routes!(extensions::reconfigure, extensions::disable))
        .routes(routes!(extensions::dependencies))
        .routes(routes!(versions::list))
        .routes(routes!(versions::get))
        .routes(routes!(conflicts::list))
        .routes(routes!(conflicts::resolve))
        .routes(routes!(signoffs::of_extension, signoffs::sign))
        .routes(routes!(signoffs::list))
        .routes(routes!(signoffs::unsigned))
        .routes(routes!(log::of_extension))
        .routes(routes!(log::list))
        .routes(routes!(log::changes))
        .routes(routes!(snapshots::take, snapshots::list))
        .routes(routes!(snapshots::get))
        .routes(routes!(snapshots::compare))
        .routes(routes!(snapshots::rollback))
        .routes(routes!(picture::resolve))
        .routes(routes!(picture::graph))
}

/// A decimal as a JSON number with exactly its digits; a double would round it.
fn number(decimal: Decimal) -> Option<Number> {
    decimal.to_string().parse().ok()
}

fn not_found() -> Problem {
    Problem::new(
        Code::NotFound,
        "there is nothing with this id that this token may see; look at the list",
    )
}

fn wrong_parameter(name: &str, why: &str) -> Problem {
    Problem::new(
        Code::QueryInvalid,
        format!("query parameter `{name}`: {why}; see /openapi.json"),
    )
}

impl From<NotAllowed> for Problem {
    fn from(error: NotAllowed) -> Self {
        Self::new(Code::NotAllowed, error.to_string())
    }
}

impl From<ClientRefused> for Problem {
    fn from(error: ClientRefused) -> Self {
        let code = match error {
            ClientRefused::Suspended => Code::ClientSuspended,
            ClientRefused::Inactive | ClientRefused::Unknown => Code::ClientInactive,
        };
        Self::new(code, error.to_string())
    }
}

impl From<Overloaded> for Problem {
    fn from(error: Overloaded) -> Self {
        Self::new(Code::Overloaded, error.to_string()).retry_after(error.retry_after)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            Self::database_unavailable(error)
        } else {
            Self::internal(error)
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotAllowed(error) => error.into(),
            ReadError::Client(error) => error.into(),
            ReadError::Store(error) => error.into(),
        }
    }
}
