//! What a guest can be asked to do, one type each.
//!
//! Invariant: a job only calls the guest; what came back is checked afterwards, outside of the store.

use std::fmt::Write;
use std::future::Future;

use assay_domain::{Limits, Phase, World};
use serde::Serialize;
use wasmtime::Store;
use wasmtime::component::Instance;

use crate::bindings::{extraction, resolution, scoring, types, validation};
use crate::call::Document;
use crate::escape::message;
use crate::load::Plugin;
use crate::prepared::Prepared;
use crate::result::{self, BadOutput, Extracted, Report, Resolution, ScoreReport, SettingsProblem};
use crate::state::State;

/// What the guest said, not yet checked.
pub(crate) enum Said<R> {
    Done(R),
    /// Its own error: the WIT case, and the message without control characters.
    Declined(&'static str, String),
}

pub(crate) trait Job: Sync {
    type Raw: Send;
    type Done: Serialize;

    fn run(
        &self,
        store: &mut Store<State>,
        instance: &Instance,
    ) -> impl Future<Output = wasmtime::Result<Said<Self::Raw>>> + Send;

    fn check(raw: Self::Raw, limits: &Limits) -> Result<Self::Done, BadOutput>;

    /// The result as JSON, always the same bytes for the same result.
    fn output(done: &Self::Done) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(done)
    }
}

pub(crate) struct Extract<'a> {
    pub(crate) guest: &'a extraction::GuestIndices,
    pub(crate) told: Option<&'a Prepared>,
    pub(crate) document: Document<'a>,
}

impl Job for Extract<'_> {
    type Raw = extraction::Extracted;
    type Done = Extracted;

    async fn run(&self, store: &mut Store<State>, instance: &Instance) -> wasmtime::Result<Said<Self::Raw>> {
        use extraction::ExtractError as E;
        let guest = self.guest.load(&mut *store, instance)?;
        if let Some(told) = self.told {
            store.data_mut().progress.enter(Phase::Prepare);
            if let Err(error) = guest.call_prepare(&mut *store, told.settings()).await? {
                return Ok(unprepared(error));
            }
        }
        store.data_mut().begin();
        let document = types::Document {
            content: self.document.content,
            media_type: self.document.media_type,
            name: self.document.name,
        };
        Ok(match guest.call_extract(&mut *store, document).await? {
            Ok(extracted) => Said::Done(extracted),
            Err(E::NotPrepared) => not_prepared(),
            Err(E::Unsupported(text)) => Said::Declined("unsupported", message(text)),
            Err(E::Malformed(text)) => Said::Declined("malformed", message(text)),
            Err(E::Hostile(text)) => Said::Declined("hostile", message(text)),
            Err(E::Encoding(text)) => Said::Declined("encoding", message(text)),
            Err(E::Other(text)) => Said::Declined("other", message(text)),
        })
    }

    fn check(raw: Self::Raw, limits: &Limits) -> Result<Extracted, BadOutput> {
        result::extracted(&raw, limits)
    }
}

pub(crate) struct Validate<'a> {
    pub(crate) guest: &'a validation::GuestIndices,
    pub(crate) told: Option<&'a Prepared>,
    pub(crate) data: &'a str,
}

impl Job for Validate<'_> {
    type Raw = validation::Report;
    type Done = Report;

    async fn run(&self, store: &mut Store<State>, instance: &Instance) -> wasmtime::Result<Said<Self::Raw>> {
        use validation::ValidateError as E;
        let guest = self.guest.load(&mut *store, instance)?;
        if let Some(told) = self.told {
            store.data_mut().progress.enter(Phase::Prepare);
            let prepared = guest
                .call_prepare(&mut *store, told.settings(), told.rules())
                .await?;
            if let Err(error) = prepared {
                return Ok(unprepared(error));
            }
        }
        store.data_mut().begin();
        Ok(match guest.call_validate(&mut *store, self.data).await? {
            Ok(report) => Said::Done(report),
            Err(E::NotPrepared) => not_prepared(),
            Err(E::Unsupported(text)) => Said::Declined("unsupported", message(text)),
            Err(E::Other(text)) => Said::Declined("other", message(text)),
        })
    }

    fn check(raw: Self::Raw, limits: &Limits) -> Result<Report, BadOutput> {
        result::report(raw, limits)
    }
}

pub(crate) struct Score<'a> {
    pub(crate) guest: &'a scoring::GuestIndices,
    pub(crate) told: Option<&'a Prepared>,
    pub(crate) data: &'a str,
}

impl Job for Score<'_> {
    type Raw = scoring::ScoreReport;
    type Done = ScoreReport;

    async fn run(&self, store: &mut Store<State>, instance: &Instance) -> wasmtime::Result<Said<Self::Raw>> {
        use scoring::ScoreError as E;
        let guest = self.guest.load(&mut *store, instance)?;
        if let Some(told) = self.told {
            store.data_mut().progress.enter(Phase::Prepare);
            let prepared = guest
                .call_prepare(&mut *store, told.settings(), told.rules())
                .await?;
            if let Err(error) = prepared {
                return Ok(unprepared(error));
            }
        }
        store.data_mut().begin();
        Ok(match guest.call_score(&mut *store, self.data).await? {
            Ok(report) => Said::Done(report),
            Err(E::NotPrepared) => not_prepared(),
            Err(E::Unsupported(text)) => Said::Declined("unsupported", message(text)),
            Err(E::Other(text)) => Said::Declined("other", message(text)),
        })
    }

    fn check(raw: Self::Raw, limits: &Limits) -> Result<ScoreReport, BadOutput> {
        result::score_report(raw, limits)
    }
}

pub(crate) struct Resolve<'a> {
    pub(crate) guest: &'a resolution::GuestIndices,
    pub(crate) told: Option<&'a Prepared>,
    pub(crate) catalog: &'a str,
    pub(crate) request: &'a str,
}

impl Job for Resolve<'_> {
    type Raw = String;
    type Done = Resolution;

    async fn run(&self, store: &mut Store<State>, instance: &Instance) -> wasmtime::Result<Said<Self::Raw>> {
        use resolution::ResolveError as E;
        let guest = self.guest.load(&mut *store, instance)?;
        if let Some(told) = self.told {
            store.data_mut().progress.enter(Phase::Prepare);
            if let Err(error) = guest.call_prepare(&mut *store, told.settings()).await? {
                return Ok(unprepared(error));
            }
        }
        store.data_mut().begin();
        Ok(
            match guest
                .call_resolve(&mut *store, self.catalog, self.request)
                .await?
            {
                Ok(answer) => Said::Done(answer),
                Err(E::NotPrepared) => not_prepared(),
                Err(E::Invalid(problems)) => Said::Declined("invalid", message(listed(&problems))),
                Err(E::Other(text)) => Said::Declined("other", message(text)),
            },
        )
    }

    fn check(raw: Self::Raw, limits: &Limits) -> Result<Resolution, BadOutput> {
        result::resolution(raw, limits)
    }

    fn output(done: &Resolution) -> serde_json::Result<Vec<u8>> {
        Ok(done.answer.clone().into_bytes())
    }
}

/// What is wrong with a catalog or a request, as one line.
fn listed(problems: &[resolution::InputProblem]) -> String {
    let mut text = format!("{} problems", problems.len());
    for problem in problems.iter().take(8) {
        let input = match problem.input {
            resolution::Input::Catalog => "catalog",
            resolution::Input::Request => "request",
        };
        // Writing to a string does not fail.
        let _ = write!(text, "; {input} `{}`: {}", problem.pointer, problem.message);
    }
    text
}

/// What every world has: `check-settings` and `prepare`.
pub(crate) enum Guest<'a> {
    Extractor(&'a extraction::GuestIndices),
    Validator(&'a validation::GuestIndices),
    Scorer(&'a scoring::GuestIndices),
    Resolver(&'a resolution::GuestIndices),
}

impl<'a> Guest<'a> {
    pub(crate) fn of(plugin: &'a Plugin, world: World) -> Option<Self> {
        match world {
            World::Extractor => plugin.extraction.as_ref().map(Self::Extractor),
            World::Validator => plugin.validation.as_ref().map(Self::Validator),
            World::Scorer => plugin.scoring.as_ref().map(Self::Scorer),
            World::Resolver => plugin.resolution.as_ref().map(Self::Resolver),
        }
    }

    pub(crate) async fn prepare(
        &self,
        store: &mut Store<State>,
        instance: &Instance,
        told: &Prepared,
    ) -> wasmtime::Result<Result<(), types::PrepareError>> {
        let (settings, rules) = (told.settings(), told.rules());
        match self {
            Self::Extractor(guest) => {
                let guest = guest.load(&mut *store, instance)?;
                guest.call_prepare(store, settings).await
            }
            Self::Validator(guest) => {
                let guest = guest.load(&mut *store, instance)?;
                guest.call_prepare(store, settings, rules).await
            }
            Self::Scorer(guest) => {
                let guest = guest.load(&mut *store, instance)?;
                guest.call_prepare(store, settings, rules).await
            }
            Self::Resolver(guest) => {
                let guest = guest.load(&mut *store, instance)?;
                guest.call_prepare(store, settings).await
            }
        }
    }
}

pub(crate) struct CheckSettings<'a> {
    pub(crate) guest: Guest<'a>,
    pub(crate) told: &'a Prepared,
}

impl Job for CheckSettings<'_> {
    type Raw = Vec<types::Problem>;
    type Done = Vec<SettingsProblem>;

    async fn run(&self, store: &mut Store<State>, instance: &Instance) -> wasmtime::Result<Said<Self::Raw>> {
        let (settings, rules) = (self.told.settings(), self.told.rules());
        store.data_mut().progress.enter(Phase::Prepare);
        let problems = match self.guest {
            Guest::Extractor(guest) => {
                let guest = guest.load(&mut *store, instance)?;
                guest.call_check_settings(&mut *store, settings).await?
            }
            Guest::Validator(guest) => {
                let guest = guest.load(&mut *store, instance)?;
                guest.call_check_settings(&mut *store, settings, rules).await?
            }
            Guest::Scorer(guest) => {
                let guest = guest.load(&mut *store, instance)?;
                guest.call_check_settings(&mut *store, settings, rules).await?
            }
            Guest::Resolver(guest) => {
                let guest = guest.load(&mut *store, instance)?;
                guest.call_check_settings(&mut *store, settings).await?
            }
        };
        Ok(Said::Done(problems))
    }

    fn check(raw: Self::Raw, limits: &Limits) -> Result<Vec<SettingsProblem>, BadOutput> {
        result::problems(raw, limits)
    }
}

fn unprepared<R>(error: types::PrepareError) -> Said<R> {
    match error {
        types::PrepareError::Invalid(problems) => {
            let mut text = format!("{} problems in settings or rules", problems.len());
            for problem in problems.iter().take(8) {
                let part = match problem.part {
                    types::Part::Settings => "settings",
                    types::Part::Rules => "rules",
                };
                // Writing to a string does not fail.
                let _ = write!(text, "; {part} `{}`: {}", problem.pointer, problem.message);
            }
            Said::Declined("invalid", message(text))
        }
        types::PrepareError::Other(text) => Said::Declined("other", message(text)),
    }
}

fn not_prepared<R>() -> Said<R> {
    let text = "the plugin says that it was not prepared, although `prepare` succeeded";
    Said::Declined("not-prepared", text.to_owned())
}
