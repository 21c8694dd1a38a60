//! Settings and rules against the plugin that will get them: the manifest's schema, the rule language, and the
//! plugin's own word, in this order and all problems at once.

use std::sync::Arc;

use assay_domain::{Clock, Outcome, Problem};
use assay_engine::{CallContext, Engine, SettingsPart};
use serde_json::Value;
use tokio::time::Instant;

use crate::judge::Member;
use crate::schema::Schema;

/// How many problems of one kind are listed.
const MOST: usize = 100;

/// The plugin could not say.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{plugin}` could not check its settings: {message}")]
pub(crate) struct CheckError {
    pub(crate) plugin: String,
    pub(crate) message: String,
}

/// What is wrong; pointers begin with `/settings` or `/validation_rules`. `rules` are none for a plugin that takes none.
pub(crate) async fn problems(
    engine: &Engine,
    clock: &dyn Clock,
    member: &Member,
    rules: Option<&Value>,
) -> Result<Vec<Problem>, CheckError> {
    let manifest = &member.manifest;
    let settings: Arc<Value> = Arc::new(serde_json::from_str(member.told.settings()).unwrap_or_default());
    let mut problems = Vec::new();
    if let Some(schema) = &manifest.settings {
        match Schema::compile(schema).await {
            Ok(schema) => match schema.problems(&settings, MOST).await {
                Ok(found) => problems.extend(found.into_iter().map(|p| p.within("/settings"))),
                Err(too_much) => problems.push(Problem::new("/settings", too_much.to_string())),
            },
            Err(problem) => problems.push(Problem::new(
                "/settings",
                format!(
                    "the plugin's own settings schema is wrong at `{}`: {}",
                    problem.pointer, problem.message
                ),
            )),
        }
    }
    if let (Some(rules), Some(language)) = (rules, &manifest.rules) {
        let ours = semver::Version::parse(assay_rules::LANGUAGE_VERSION).ok();
        // Another language version is the plugin's to check; ours is checked here too, before the guest runs.
        if ours.is_some_and(|ours| language.matches(&ours)) {
            let found = assay_rules::check(rules).into_iter().take(MOST);
            problems.extend(found.map(|p| Problem::new(p.pointer, p.message).within("/validation_rules")));
        }
    }
    if !problems.is_empty() {
        return Ok(problems);
    }
    let context = CallContext {
        limits: member.limits,
        received: clock.now(),
        deadline: Instant::now() + std::time::Duration::from_millis(member.limits.deadline_ms),
        seed: member.told.settings_digest(),
        history: None,
        granted: &manifest.permissions,
    };
    let failed = |message: String| CheckError {
        plugin: member.release.name.to_string(),
        message,
    };
    match engine.check_settings(&member.told, &context).await.outcome {
        Outcome::Done(found) => Ok(found
            .into_iter()
            .take(MOST)
            .map(|found| Problem::new(found.pointer, found.message).within(part(found.part)))
            .collect()),
        Outcome::Declined { message, .. } => Err(failed(message)),
        Outcome::Failed(failure) => Err(failed(failure.to_string())),
    }
}

const fn part(part: SettingsPart) -> &'static str {
    match part {
        SettingsPart::Settings => "/settings",
        SettingsPart::Rules => "/validation_rules",
    }
}
