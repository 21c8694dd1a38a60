//! `assay check`: the configuration in effect, and what is wrong with it before a host is started with it.

use std::net::TcpListener;

use serde_json::json;

use crate::config::Config;
use crate::failure::Exit;
use crate::keys;
use crate::output::{Format, Output, visible};

pub(crate) fn run(config: &Config, output: &Output) -> anyhow::Result<Exit> {
    let mut problems = Vec::new();
    if let Err(error) = keys::verifying(config) {
        problems.push(format!("{error:#}"));
    }
    if let Err(error) = TcpListener::bind(config.listen) {
        problems.push(format!(
            "can't listen on {}: {error}; name another address with --listen",
            config.listen
        ));
    }
    let shown = serde_json::to_value(config)?;
    match output.format {
        Format::Json => output.json(&json!({"configuration": shown, "problems": problems})),
        Format::Human => {
            for (name, value) in shown.as_object().into_iter().flatten() {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                output.line(&format!("{name:<18} {}", visible(&value)));
            }
            for problem in &problems {
                output.line(&format!("{} {}", output.bad("problem"), visible(problem)));
            }
        }
    }
    Ok(if problems.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}
