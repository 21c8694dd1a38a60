//! Judging without a database, for authors and CI: the same plan, the same judge, nothing stored.
//!
//! Absent: configurations, output schemas and thresholds of clients; what is asked for is given here.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use assay_domain::{
    Clock, Finding, Limits, LogLine, Problem, Signal, Thresholds, Usage, Verdict, World, json,
};
use assay_engine::{Engine, Prepared, Refused};
use bytes::Bytes;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use crate::intake::{DocumentError, Intake, IntakeLimits, SubmittedDocument};
use crate::judge::{Judged, Member, PinnedRelease, Plan, judge, micros};
use crate::plan::readable_by;
use crate::process_error::{ProcessError, outcome_name};
use crate::settings;

/// How many numbers that can't be kept are listed.
const MOST_PROBLEMS: usize = 100;

/// Why nothing could be judged.
#[derive(Debug, thiserror::Error)]
pub enum StandaloneError {
    /// A component was refused.
    #[error("the component `{name}` is refused")]
    Refused {
        /// Its file or name.
        name: String,
        /// Why.
        #[source]
        refused: Refused,
    },
    /// The component exports another world than is needed.
    #[error("`{name}` is no {world}; it exports {}", .exports.iter().map(|world| world.as_str()).collect::<Vec<_>>().join(", "))]
    World {
        /// Its file or name.
        name: String,
        /// What is needed.
        world: World,
        /// What it exports.
        exports: Vec<World>,
    },
    /// Settings or rules are wrong; pointers begin with `/settings` or `/validation_rules`.
    #[error("settings or rules are wrong")]
    Invalid(Vec<Problem>),
    /// The plugin's own check failed.
    #[error("the plugin could not check its settings: {0}")]
    Check(String),
    /// The document can't be taken.
    #[error("the document can't be taken")]
    Document(#[source] DocumentError),
}

/// A component to be run, with the name to call it by in messages.
#[derive(Clone, Debug)]
pub struct Component {
    /// The file or the plugin's name.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A validator, its settings and rules, and extractors for documents that are not data: ready to judge.
#[derive(Debug)]
pub struct Standalone {
    engine: Engine,
    clock: Arc<dyn Clock>,
    plan: Plan,
}

/// What was said of one document.
#[derive(Clone, Debug, Serialize)]
pub struct StandaloneVerdict {
    /// None when something broke.
    pub verdict: Option<Verdict>,
    /// What the validator said.
    pub findings: Vec<Finding>,
    /// What broke.
    pub error: Option<ProcessError>,
    /// The extraction's confidence; 1 for data.
    pub overall_confidence: Option<Decimal>,
    /// The scorer's.
    pub fraud_score: Option<Decimal>,
    /// The scorer's reasons.
    pub fraud_flags: Option<Vec<Signal>>,
    /// The data, submitted or extracted.
    pub extracted_data: Option<Value>,
    /// The calls that were made, in order.
    pub invocations: Vec<StandaloneCall>,
}

/// One call.
#[derive(Clone, Debug, Serialize)]
pub struct StandaloneCall {
    /// Which release.
    pub release: PinnedRelease,
    /// `done`, `declined` or `failed`.
    pub outcome: String,
    /// What it used up.
    pub usage: Usage,
    /// What it logged.
    pub log: Vec<LogLine>,
}

impl Standalone {
    /// Loads the plugins and checks settings and rules as saving a configuration would.
    ///
    /// # Errors
    /// What is wrong with a component, the settings or the rules: all of it.
    pub async fn prepare(
        engine: Engine,
        clock: Arc<dyn Clock>,
        validator: Component,
        extractors: Vec<Component>,
        scorer: Option<Component>,
        plugin_settings: &Value,
        rules: &Value,
    ) -> Result<Self, StandaloneError> {
        let mut members = Vec::new();
        let empty = Value::Object(serde_json::Map::new());
        for component in extractors {
            members.push(load(&engine, component, World::Extractor, &empty, rules).await?);
        }
        let (own_clock, rules) = (clock.as_ref(), Some(rules));
        let validator = checked(
            &engine,
            own_clock,
            validator,
            World::Validator,
            plugin_settings,
            rules,
        )
        .await?;
        let scorer = match scorer {
            Some(scorer) => Some(checked(&engine, own_clock, scorer, World::Scorer, &empty, None).await?),
            None => None,
        };
        let thresholds = Thresholds {
            confidence: Decimal::ZERO,
            fraud: Decimal::TWO,
            hitl: false,
        };
        let plan = Plan {
            extractors: members,
            validator,
            scorer,
            output_schema: None,
            together: None,
            thresholds,
        };
        Ok(Self { engine, clock, plan })
    }

    /// Judges one document.
    ///
    /// # Errors
    /// The document can't be taken: too large, not JSON, of a type that nothing reads.
    pub async fn judge(
        &self,
        document: SubmittedDocument,
        limits: &IntakeLimits,
    ) -> Result<StandaloneVerdict, StandaloneError> {
        let documents = Intake::all(&[document], limits).map_err(StandaloneError::Document)?;
        let extractors = self.plan.extractors.iter();
        let reads = extractors.flat_map(|member| member.manifest.media_types.clone());
        readable_by(&documents, reads).map_err(StandaloneError::Document)?;
        let received = self.clock.now();
        let judged = judge(
            &self.engine,
            self.clock.as_ref(),
            &self.plan,
            &documents,
            received,
            None,
        )
        .await;
        // They share their data with the verdict.
        drop(documents);
        Ok(verdict(judged))
    }
}

fn verdict(judged: Judged) -> StandaloneVerdict {
    let (verdict, error) = match judged.outcome {
        Ok(decision) => (Some(decision.verdict), None),
        Err(error) => (None, Some(error)),
    };
    let document = judged.documents.into_iter().next();
    let (findings, extracted_data, fraud_score, fraud_flags) = document.map_or_else(
        || (Vec::new(), None, None, None),
        |document| (document.findings, document.data, document.score, document.signals),
    );
    let invocations = judged.invocations.into_iter().map(|call| StandaloneCall {
        release: call.release,
        outcome: outcome_name(&call.outcome).to_owned(),
        usage: call.usage,
        log: call.log,
    });
    StandaloneVerdict {
        verdict,
        findings,
        error,
        overall_confidence: judged.confidence,
        fraud_score,
        fraud_flags,
        extracted_data: extracted_data.map(Arc::unwrap_or_clone),
        invocations: invocations.collect(),
    }
}

/// Loads a plugin and checks what it is told, as saving a configuration would.
pub(crate) async fn checked(
    engine: &Engine,
    clock: &dyn Clock,
    component: Component,
    world: World,
    plugin_settings: &Value,
    rules: Option<&Value>,
) -> Result<Member, StandaloneError> {
    let parts = [("/settings", Some(plugin_settings)), ("/validation_rules", rules)];
    let inexact = parts.into_iter().flat_map(|(field, part)| {
        let problems = part.map_or_else(Vec::new, |part| json::inexact(part, MOST_PROBLEMS));
        problems.into_iter().map(move |problem| problem.within(field))
    });
    let inexact: Vec<_> = inexact.collect();
    if !inexact.is_empty() {
        return Err(StandaloneError::Invalid(inexact));
    }
    let member = load(
        engine,
        component,
        world,
        plugin_settings,
        rules.unwrap_or(&Value::Null),
    )
    .await?;
    let problems = settings::problems(engine, clock, &member, rules)
        .await
        .map_err(|error| StandaloneError::Check(error.to_string()))?;
    if problems.is_empty() {
        Ok(member)
    } else {
        Err(StandaloneError::Invalid(problems))
    }
}

async fn load(
    engine: &Engine,
    component: Component,
    world: World,
    plugin_settings: &Value,
    rules: &Value,
) -> Result<Member, StandaloneError> {
    let Component { name, bytes } = component;
    let start = Instant::now();
    let refused = |refused| StandaloneError::Refused {
        name: name.clone(),
        refused,
    };
    let candidate = engine.check(bytes).await.map_err(refused)?;
    let manifest = &candidate.manifest;
    if !manifest.worlds.contains(&world) {
        return Err(StandaloneError::World {
            name,
            world,
            exports: manifest.worlds.clone(),
        });
    }
    let compiled = engine.compile(&candidate).await.map_err(refused)?;
    let plugin = engine.publish(compiled).await;
    let (manifest, sha256) = (candidate.manifest, candidate.digest);
    let release = PinnedRelease::of(&manifest, sha256, world);
    Ok(Member {
        release,
        release_id: None,
        loaded_us: Arc::new(AtomicU64::new(micros(start.elapsed()))),
        told: Arc::new(Prepared::new(
            plugin,
            world,
            json::canonical(plugin_settings),
            json::canonical(rules),
        )),
        limits: Limits::DEFAULT.with(&manifest.limits, &Limits::MAXIMUM),
        manifest,
    })
}
