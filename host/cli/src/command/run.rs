//! `assay run`: a validator on files, without a database, as a host would run it.

use std::path::Path;

use anyhow::Context as _;
use assay_domain::{Severity, Signal, Verdict, World};
use assay_engine::inspect::inspect;
use assay_engine::{Engine, EngineOptions};
use assay_service::{
    Component, IntakeLimits, Standalone, StandaloneError, StandaloneVerdict, SubmittedDocument,
};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::args::RunArguments;
use crate::config::Config;
use crate::failure::{Exit, UsageError};
use crate::output::{Format, Output, visible};
use crate::{builtin, media, wire};

pub(crate) async fn run(arguments: &RunArguments, config: &Config, output: &Output) -> anyhow::Result<Exit> {
    let empty = || Value::Object(Map::new());
    let settings = arguments.settings.as_deref().map_or_else(|| Ok(empty()), value)?;
    let rules = arguments
        .rules
        .as_deref()
        .map_or_else(|| Ok(Value::Null), value)?;
    let files = arguments
        .files
        .iter()
        .map(|path| document(path, arguments.media_type.as_deref()));
    let files = files.collect::<anyhow::Result<Vec<_>>>()?;
    let extractors = extractors(arguments, &files)?;
    let validator = Component {
        name: arguments.plugin.clone(),
        bytes: builtin::plugin(&arguments.plugin)?,
    };
    let scorer = arguments.scorer.as_ref().map(|name| {
        builtin::plugin(name).map(|bytes| Component {
            name: name.clone(),
            bytes,
        })
    });
    let options = EngineOptions {
        concurrent_calls: config.concurrent_calls.min(4),
        ..wire::sandbox()
    };
    let standalone = Standalone::prepare(
        Engine::new(options)?,
        wire::clock(),
        validator,
        extractors,
        scorer.transpose()?,
        &settings,
        &rules,
    )
    .await
    .map_err(wrong)?;
    let mut exit = Exit::Done;
    let mut rows = Vec::new();
    for (path, document) in arguments.files.iter().zip(files) {
        let row = match standalone.judge(document, &IntakeLimits::default()).await {
            Ok(verdict) => {
                let error = verdict
                    .findings
                    .iter()
                    .any(|finding| finding.severity == Severity::Error);
                if error || verdict.error.is_some() {
                    exit = Exit::Failed;
                }
                if output.format == Format::Human {
                    human(path, &verdict, output);
                }
                shown(path, &verdict)?
            }
            Err(error) => {
                exit = Exit::Failed;
                let message = format!("{:#}", anyhow::Error::new(error));
                if output.format == Format::Human {
                    output.line(&format!(
                        "{} {}: {}",
                        output.bad("failed"),
                        path.display(),
                        visible(&message)
                    ));
                }
                json!({"file": path, "verdict": null, "findings": [], "error": {"code": "document", "message": message}})
            }
        };
        rows.push(row);
    }
    if output.format == Format::Json {
        match (rows.len(), rows.pop()) {
            (1, Some(row)) => output.json(&row),
            (_, Some(row)) => {
                rows.push(row);
                output.json(&rows);
            }
            (_, None) => {}
        }
    }
    Ok(exit)
}

/// Settings or rules, from JSON or TOML.
pub(super) fn value(path: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    let wrong = |error: String| UsageError(format!("{} can't be read: {error}", path.display()));
    if path.extension().is_some_and(|extension| extension == "toml") {
        let table: toml::Value = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        return Ok(serde_json::to_value(table)?);
    }
    let limits = assay_domain::JsonLimits::bytes(text.len());
    Ok(assay_domain::json::parse(text.as_bytes(), limits).map_err(|error| wrong(error.to_string()))?)
}

fn document(path: &Path, media_type: Option<&str>) -> anyhow::Result<SubmittedDocument> {
    let content = std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(SubmittedDocument {
        file_name: path.file_name().map(|name| name.to_string_lossy().into_owned()),
        media_type: media_type.map_or_else(|| media::type_of(path, &content).to_owned(), str::to_owned),
        content: content.into(),
    })
}

/// The extractor that was named, else those of this program that read what was given: compiling others costs a second.
fn extractors(arguments: &RunArguments, files: &[SubmittedDocument]) -> anyhow::Result<Vec<Component>> {
    if let Some(name) = &arguments.extractor {
        let bytes = builtin::plugin(name)?;
        return Ok(vec![Component {
            name: name.clone(),
            bytes,
        }]);
    }
    let needed = |plugin: &builtin::Builtin| {
        let manifest = inspect(plugin.bytes).ok().and_then(|looked| looked.manifest.ok());
        manifest.is_some_and(|manifest| {
            manifest.worlds.contains(&World::Extractor)
                && files
                    .iter()
                    .any(|file| manifest.media_types.contains(&file.media_type))
        })
    };
    let component = |plugin: builtin::Builtin| Component {
        name: plugin.name.to_owned(),
        bytes: Bytes::from_static(plugin.bytes),
    };
    Ok(builtin::plugins()
        .into_iter()
        .filter(needed)
        .map(component)
        .collect())
}

/// What is wrong with settings, rules or a component is the caller's to mend.
pub(super) fn wrong(error: StandaloneError) -> anyhow::Error {
    let text = match &error {
        StandaloneError::Invalid(problems) => {
            let listed: Vec<_> = problems
                .iter()
                .map(|problem| format!("{}: {}", problem.pointer, problem.message))
                .collect();
            format!("{error}: {}", listed.join("; "))
        }
        StandaloneError::Refused { .. } | StandaloneError::World { .. } => {
            format!("{:#}", anyhow::Error::new(error))
        }
        _ => return error.into(),
    };
    UsageError(text).into()
}

fn shown(path: &Path, verdict: &StandaloneVerdict) -> anyhow::Result<Value> {
    let mut shown = serde_json::to_value(verdict)?;
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("file".to_owned(), json!(path));
    }
    Ok(shown)
}

/// One reason of a score, for a person.
pub(super) fn signal_line(signal: &Signal, output: &Output) -> String {
    let pointer = if signal.pointer.is_empty() {
        "/"
    } else {
        &signal.pointer
    };
    format!(
        "  {} {} {}: {}",
        output.odd(&signal.weight.normalize().to_string()),
        visible(&signal.name),
        visible(pointer),
        visible(&signal.reason)
    )
}

fn human(path: &Path, verdict: &StandaloneVerdict, output: &Output) {
    let word = match verdict.verdict {
        Some(Verdict::Accepted) => output.good("accepted"),
        Some(Verdict::Rejected) => output.bad("rejected"),
        Some(Verdict::Review) => output.odd("review"),
        None => output.bad("failed"),
    };
    let micros: u64 = verdict.invocations.iter().map(|call| call.usage.total_us()).sum();
    output.line(&format!(
        "{word} {} ({}.{:03} ms)",
        path.display(),
        micros / 1_000,
        micros % 1_000
    ));
    if let Some(error) = &verdict.error {
        let plugin = error
            .plugin
            .as_ref()
            .map_or_else(String::new, |plugin| format!("{plugin}: "));
        let case = error.case.as_deref().unwrap_or(&error.code);
        output.line(&format!(
            "  {plugin}{}: {}",
            visible(case),
            visible(&error.message)
        ));
        for frame in &error.backtrace {
            output.line(&format!("    at {}", visible(frame)));
        }
    }
    for finding in &verdict.findings {
        let pointer = if finding.pointer.is_empty() {
            "/"
        } else {
            &finding.pointer
        };
        let severity = match finding.severity {
            Severity::Error => output.bad("error"),
            Severity::Warning => output.odd("warning"),
            Severity::Info => "info".to_owned(),
        };
        output.line(&format!(
            "  {severity} {} {}: {}",
            visible(&finding.rule),
            visible(pointer),
            visible(&finding.message)
        ));
    }
    if let Some(score) = verdict.fraud_score {
        output.line(&format!("  score {}", score.normalize()));
    }
    for signal in verdict.fraud_flags.iter().flatten() {
        output.line(&signal_line(signal, output));
    }
    for call in &verdict.invocations {
        for line in &call.log {
            output.line(&format!(
                "  {} ({}): {}",
                call.release.name,
                visible(&line.source),
                visible(&line.message)
            ));
        }
    }
}
