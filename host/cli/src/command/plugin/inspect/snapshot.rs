//! Whether the calls of a plugin start from a snapshot of what it had prepared, tried once for each of its worlds.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Clock as _, Digest, Limits, Outcome, SystemClock, World, json};
use assay_engine::{CallContext, Candidate, Engine, Plugin, Prepared};
use serde::Serialize;
use serde_json::Value;

use crate::args::InspectArguments;
use crate::command::run::value;
use crate::output::size;

/// What came of trying it for one world.
#[derive(Debug, Serialize)]
pub(super) struct Tried {
    pub(super) world: World,
    /// Whether there can be one.
    possible: bool,
    /// Bytes of the snapshot.
    bytes: Option<usize>,
    /// How long preparing took.
    prepared_us: Option<u128>,
    /// Why there can be none.
    reason: Option<String>,
}

impl Tried {
    /// `yes` or `no`, and more.
    pub(super) fn sentence(&self) -> String {
        match (self.bytes, self.prepared_us, &self.reason) {
            (Some(bytes), Some(us), None) => {
                let (ms, rest) = (us / 1_000, us % 1_000 / 100);
                format!("yes ({}, prepared in {ms}.{rest} ms)", size(bytes))
            }
            (_, _, reason) => format!("no: {}", reason.as_deref().unwrap_or_default()),
        }
    }
}

/// Prepares it with what was given, else with empty settings and no rules.
pub(super) async fn tried(
    engine: &Engine,
    candidate: &Candidate,
    plugin: &Arc<Plugin>,
    arguments: &InspectArguments,
) -> anyhow::Result<Vec<Tried>> {
    let given = arguments.settings.is_some() || arguments.rules.is_some();
    let or = |path: Option<&std::path::Path>, default: Value| path.map_or(Ok(default), value);
    let settings = or(
        arguments.settings.as_deref(),
        Value::Object(serde_json::Map::new()),
    )?;
    let rules = or(arguments.rules.as_deref(), Value::Array(Vec::new()))?;
    let (settings, rules) = (json::canonical(&settings), json::canonical(&rules));
    let mut all = Vec::new();
    for world in plugin.worlds() {
        let told = Prepared::new(Arc::clone(plugin), world, settings.as_str(), rules.as_str());
        let told = Arc::new(told);
        let tried = engine.try_snapshot(&told, candidate.component.clone()).await;
        all.push(match tried {
            Ok(trial) => Tried {
                world,
                possible: true,
                bytes: Some(trial.bytes),
                prepared_us: Some(trial.prepared.as_micros()),
                reason: None,
            },
            Err(none) => Tried {
                world,
                possible: false,
                bytes: None,
                prepared_us: None,
                reason: Some(
                    needs(engine, candidate, &told, given)
                        .await
                        .unwrap_or(none.to_string()),
                ),
            },
        });
    }
    Ok(all)
}

/// What it finds wrong with its settings and rules, should that be why.
async fn needs(engine: &Engine, candidate: &Candidate, told: &Prepared, given: bool) -> Option<String> {
    let limits = Limits::DEFAULT.with(&candidate.manifest.limits, &Limits::MAXIMUM);
    let context = CallContext {
        limits,
        received: SystemClock.now(),
        deadline: tokio::time::Instant::now() + Duration::from_millis(limits.deadline_ms),
        seed: Digest::of(b"inspect"),
        history: None,
        granted: &candidate.manifest.permissions,
    };
    let Outcome::Done(problems) = engine.check_settings(told, &context).await.outcome else {
        return None;
    };
    let problem = problems.first()?;
    let part = problem.part.as_str();
    let what = if given {
        "it refuses what it was given"
    } else {
        "preparing needs settings or rules (pass --settings FILE, --rules FILE)"
    };
    Some(format!(
        "{what}: {part} `{}`: {}",
        problem.pointer, problem.message
    ))
}
