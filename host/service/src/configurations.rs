//! Configurations: saved as a new version once everything in it was checked, active when somebody says so.
//!
//! Invariant: what is saved was accepted by the rule language, the schemas and every plugin that it uses, as they
//! were then (a scorer is used only with fraud detection on); a version never changes, and one version per client and
//! process type is active.

use assay_domain::{
    Actor, ClientId, ConfigId, Configuration, ConfigurationDraft, Digest, LimitRequest, Problem,
    ProcessTypeId, World, json,
};
use assay_store::configurations::{ConfigurationSummary, Inserted, NewConfiguration};
use assay_store::{Cursor, PageRequest, StoreError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{ClientRefused, Need, NotAllowed, client};
use crate::plan::{ChooseError, Chosen, choose};
use crate::processes::{ListError, ReadError, serve};
use crate::record::{Event, record};
use crate::schema::Schema;
use crate::{Inner, Services, settings};

/// How many numbers that can't be kept are listed.
const MOST_PROBLEMS: usize = 100;

/// Why a configuration was not saved.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The client is not served.
    #[error(transparent)]
    Client(#[from] ClientRefused),
    /// There is no such process type.
    #[error("there is no process type `{0}`; the host owner adds them")]
    UnknownProcessType(ProcessTypeId),
    /// It is no configuration.
    #[error("this is not a configuration: {}", .0.message)]
    Malformed(Problem),
    /// Parts of it are wrong; pointers lead into the configuration.
    #[error("the configuration has {} problem(s)", .0.len())]
    Invalid(Vec<Problem>),
    /// A plugin that it names could not check it.
    #[error("the configuration can't be checked: {0}")]
    Check(String),
    /// There is a newer version than the one that its author had seen.
    #[error("version {newest} is newer than the one that you had seen; look at it and save again")]
    Stale {
        /// The newest.
        newest: i32,
    },
    /// Somebody saved at the same moment.
    #[error("another version was saved at the same moment; look at it and save again")]
    Conflict,
    /// The database could not.
    #[error("the configuration could not be saved")]
    Store(#[from] StoreError),
}

/// Why a version was not activated.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// The role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The client is not served.
    #[error(transparent)]
    Client(#[from] ClientRefused),
    /// There is no such version.
    #[error("there is no such version")]
    NotFound,
    /// Somebody activated at the same moment.
    #[error("another version was activated at the same moment; look at it and try again")]
    Conflict,
    /// The database could not.
    #[error("the version could not be activated")]
    Store(#[from] StoreError),
}

/// A page of a configuration's versions.
#[derive(Clone, Debug)]
pub struct ConfigurationPage {
    /// Newest first.
    pub items: Vec<ConfigurationSummary>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl Services {
    /// Saves a configuration as a new version, not yet active. `after` is the newest version that its author had seen
    /// (0 for none); without it the new one comes after whatever is there.
    ///
    /// # Errors
    /// See [`PutError`]; all problems are listed at once.
    pub async fn put_configuration(
        &self,
        actor: &Actor,
        process_type: &ProcessTypeId,
        draft: &Value,
        after: Option<i32>,
    ) -> Result<Configuration, PutError> {
        let client = client(actor, Need::Configure)?;
        let mut problems = json::inexact(draft, MOST_PROBLEMS);
        no_lists(draft)?;
        let draft: ConfigurationDraft = serde_path_to_error::deserialize(draft).map_err(malformed)?;
        let inner = &self.inner;
        problems.extend(draft.problems());
        let limits = draft.limits.problems(&inner.limits_maximum);
        problems.extend(limits.into_iter().map(|problem| problem.within("/limits")));
        problems.extend(schema_problems(&draft).await);

        let mut tx = self.begin(client).await?;
        serve(&mut tx).await?.map_err(PutError::Client)?;
        if tx.process_type(process_type).await?.is_none() {
            return Err(PutError::UnknownProcessType(process_type.clone()));
        }
        let chosen = match choose(&mut tx, &draft).await? {
            Ok(chosen) => chosen,
            Err(errors) => {
                problems.extend(errors.into_iter().map(|(world, error)| unusable(world, &error)));
                Vec::new()
            }
        };
        tx.rollback().await?;
        problems.extend(inner.plugin_problems(client, &draft, &chosen).await?);
        if !problems.is_empty() {
            return Err(PutError::Invalid(problems));
        }

        let now = inner.clock.now();
        let new = NewConfiguration {
            id: ConfigId::new(now),
            process_type,
            draft: &draft,
            after,
            submitted_by: &actor.subject,
            created_at: now,
        };
        let mut tx = self.begin(client).await?;
        let saved = match tx.insert_configuration(&new).await {
            Ok(Inserted::Version(saved)) => saved,
            Ok(Inserted::Stale(newest)) => return Err(PutError::Stale { newest }),
            Err(error) if error.constraint().is_some() => {
                // Somebody took the next version's number at the same moment.
                return Err(after.map_or(PutError::Conflict, |after| PutError::Stale { newest: after + 1 }));
            }
            Err(error) => return Err(error.into()),
        };
        let event = Event::of(actor, "configuration.created", Uuid::now_v7())
            .about(process_type)
            .with(
                serde_json::json!({"config_id": saved.id, "version": saved.version, "sha256": saved.digest}),
            );
        record(&mut tx, inner.clock.as_ref(), &event).await?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Makes a version the one that processes use.
    ///
    /// # Errors
    /// See [`ActivateError`].
    pub async fn activate_configuration(
        &self,
        actor: &Actor,
        process_type: &ProcessTypeId,
        version: i32,
    ) -> Result<Configuration, ActivateError> {
        let client = client(actor, Need::Configure)?;
        let mut tx = self.begin(client).await?;
        serve(&mut tx).await?.map_err(ActivateError::Client)?;
        let now = self.inner.clock.now();
        match tx.activate_configuration(process_type, version, now).await {
            Err(error) if error.constraint().is_some() => return Err(ActivateError::Conflict),
            done => {
                if !done? {
                    return Err(ActivateError::NotFound);
                }
            }
        }
        let activated = tx
            .configuration(process_type, version)
            .await?
            .ok_or(ActivateError::NotFound)?;
        let event = Event::of(actor, "configuration.activated", Uuid::now_v7())
            .about(process_type)
            .with(serde_json::json!({"config_id": activated.id, "version": version, "sha256": activated.digest}));
        record(&mut tx, self.inner.clock.as_ref(), &event).await?;
        tx.commit().await?;
        Ok(activated)
    }

    /// The versions for a process type, newest first: at most `limit` (1 to 200) after the place `after`.
    ///
    /// # Errors
    /// The caller may not read, `after` is of another list, or the database can't.
    pub async fn configurations(
        &self,
        actor: &Actor,
        process_type: &ProcessTypeId,
        limit: u16,
        after: Option<&str>,
    ) -> Result<ConfigurationPage, ListError> {
        let list = json!(["configurations", actor.client, process_type]);
        let list = Digest::of(list.to_string().as_bytes());
        let after = after.map(|text| Cursor::of_text(text, list)).transpose()?;
        let mut tx = self.begin_read(actor).await?;
        let request = PageRequest::new(limit, after);
        let page = tx.configurations(process_type, &request).await;
        let page = page.map_err(ReadError::from)?;
        tx.rollback().await.map_err(ReadError::from)?;
        Ok(ConfigurationPage {
            items: page.items,
            next: page.next.map(|cursor| cursor.to_text(list)),
        })
    }

    /// One version.
    ///
    /// # Errors
    /// The caller may not read, or the database can't.
    pub async fn configuration(
        &self,
        actor: &Actor,
        process_type: &ProcessTypeId,
        version: i32,
    ) -> Result<Option<Configuration>, ReadError> {
        let mut tx = self.begin_read(actor).await?;
        Ok(tx.configuration(process_type, version).await?)
    }
}

impl Inner {
    async fn plugin_problems(
        &self,
        client: ClientId,
        draft: &ConfigurationDraft,
        chosen: &[Chosen],
    ) -> Result<Vec<Problem>, PutError> {
        let rules_text = json::canonical(&draft.validation_rules);
        let mut problems = Vec::new();
        for chosen in chosen {
            let world = chosen.pinned.world;
            // Checked within the plugin's own limits: the configuration's may be among what is wrong with it.
            let member = self
                .member(client, chosen, &rules_text, &LimitRequest::default())
                .await
                .map_err(|error| PutError::Check(format!("`{}`: {error}", chosen.pinned.name)))?;
            let rules = (world == World::Validator).then_some(&draft.validation_rules);
            let found = settings::problems(&self.engine, self.clock.as_ref(), &member, rules)
                .await
                .map_err(|error| PutError::Check(error.to_string()))?;
            problems.extend(found.into_iter().map(|problem| problem.within(prefix(world))));
        }
        Ok(problems)
    }
}

/// Where a plugin's part of a configuration is: the validator's stands at the top.
fn prefix(world: World) -> &'static str {
    match world {
        World::Validator => "",
        World::Extractor => "/extractor",
        World::Scorer => "/scorer",
        // No configuration of a process type names one.
        World::Resolver => "/resolver",
    }
}

fn unusable(world: World, error: &ChooseError) -> Problem {
    let field = match error {
        ChooseError::NoRelease { .. } => "plugin_range",
        ChooseError::Unknown { .. } | ChooseError::World { .. } => "plugin_name",
    };
    Problem::new(format!("{}/{field}", prefix(world)), error.to_string())
}

async fn schema_problems(draft: &ConfigurationDraft) -> Vec<Problem> {
    let schemas = [
        ("/input_schema", &draft.input_schema),
        ("/output_schema", &draft.output_schema),
    ];
    let mut problems = Vec::new();
    for (field, schema) in schemas {
        let Some(schema) = schema else { continue };
        let refused = Schema::compile(schema).await.err();
        problems.extend(refused.map(|problem| problem.within(field)));
    }
    problems
}

/// Refuses a list where an object belongs: it would be read by the order of its entries, and one that is empty as if nothing
/// were there.
fn no_lists(draft: &Value) -> Result<(), PutError> {
    let places = ["", "/limits", "/extractor", "/scorer"].into_iter();
    let lists = places.filter(|place| draft.pointer(place).is_some_and(Value::is_array));
    let problems: Vec<_> = lists
        .map(|place| Problem::new(place, "is a list; write an object with named fields"))
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(PutError::Invalid(problems))
    }
}

fn malformed(error: serde_path_to_error::Error<serde_json::Error>) -> PutError {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => json::push_pointer(&mut pointer, &index.to_string()),
            Segment::Map { key } => json::push_pointer(&mut pointer, key),
            Segment::Enum { variant } => json::push_pointer(&mut pointer, variant),
            Segment::Unknown => {}
        }
    }
    PutError::Malformed(Problem::new(pointer, error.into_inner().to_string()))
}
