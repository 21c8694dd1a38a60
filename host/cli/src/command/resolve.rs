//! `assay resolve`: the best set of extensions for a site, or why there is none, without a database.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use assay_resolver::graph::{Graph, svg};
use assay_resolver::{Catalog, Dialect, InputErrors, Options, Request, resolve};
use serde_json::{Value, json};

use crate::args::{DialectName, ResolveArguments, Shown};
use crate::failure::{Exit, UsageError};
use crate::output::{Format, Output, visible};

pub(crate) fn run(arguments: &ResolveArguments, shown: Shown, output: &Output) -> anyhow::Result<Exit> {
    let stdin = Path::new("-");
    if arguments.catalog == stdin && arguments.request == stdin {
        return Err(UsageError("only one of --catalog and --request can be `-`".to_owned()).into());
    }
    let mut catalog = read(&arguments.catalog)?;
    if let Some(dialect) = arguments.dialect {
        catalog = with_dialect(catalog, dialect)?;
    }
    let request = read(&arguments.request)?;
    let (catalog, request) = match parsed(&catalog, &request) {
        Ok(both) => both,
        Err(errors) => return Ok(refused(&errors, output)),
    };
    let options = Options {
        budget: arguments.budget,
    };
    let resolved = resolve(&catalog, &request, options);
    let answer = serde_json::to_value(&resolved)?;
    match shown {
        Shown::Human => human(&answer, output),
        Shown::Json => output.json(&resolved),
        Shown::Svg => output.line(svg(&Graph::of_answer(&answer)).trim_end()),
    }
    let error = |conflict: &Value| text(conflict, "severity") != "warning";
    Ok(
        if text(&answer, "status") == "resolved" && !rows(&answer, "conflicts").any(error) {
            Exit::Done
        } else {
            Exit::Failed
        },
    )
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.context("can't read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(path).map_err(|error| UsageError(format!("can't read {}: {error}", path.display())).into())
}

/// Both inputs, or what is wrong with either of them.
fn parsed(catalog: &[u8], request: &[u8]) -> Result<(Catalog, Request), InputErrors> {
    match Catalog::parse(catalog) {
        Ok(catalog) => {
            let request = Request::parse(request, catalog.dialect())?;
            Ok((catalog, request))
        }
        Err(mut errors) => {
            // Ranges hang on the dialect, which is not known now.
            if let Err(more) = Request::parse(request, Dialect::Cargo) {
                let known = more
                    .problems
                    .into_iter()
                    .filter(|problem| !problem.pointer.ends_with("/range"));
                errors.problems.extend(known);
                errors.more += more.more;
            }
            Err(errors)
        }
    }
}

/// The catalog with its dialect stated. What is no catalog at all is left to whoever reads it, who says where.
fn with_dialect(catalog: Vec<u8>, dialect: DialectName) -> anyhow::Result<Vec<u8>> {
    let name = match dialect {
        DialectName::Cargo => "cargo",
        DialectName::Node => "node",
    };
    let Ok(Value::Object(mut fields)) = serde_json::from_slice::<Value>(&catalog) else {
        return Ok(catalog);
    };
    match fields.get("dialect").filter(|stated| !stated.is_null()) {
        Some(stated) if stated != name => {
            let problem = format!("the catalog states the dialect {stated}; leave --dialect away");
            Err(UsageError(problem).into())
        }
        Some(_) => Ok(catalog),
        None => {
            fields.insert("dialect".to_owned(), json!(name));
            Ok(serde_json::to_vec(&fields)?)
        }
    }
}

/// Says everything that is wrong with the input.
fn refused(errors: &InputErrors, output: &Output) -> Exit {
    let problems = errors.problems.iter().map(ToString::to_string);
    match output.format {
        Format::Human => {
            problems.for_each(|problem| output.error(&problem));
            if errors.more > 0 {
                output.error(&format!("and {} more", errors.more));
            }
        }
        Format::Json => {
            let problems: Vec<_> = problems.collect();
            output.json(&json!({"error": problems.join("; "), "chain": problems, "more": errors.more}));
        }
    }
    Exit::Usage
}

fn human(answer: &Value, output: &Output) {
    let status = text(answer, "status");
    let count = rows(answer, "extensions").count();
    let count = if count == 1 {
        "1 extension".to_owned()
    } else {
        format!("{count} extensions")
    };
    let (painted, said) = match status {
        "resolved" => (output.good(status), count),
        "conflict" => (output.bad(status), "no set satisfies everything".to_owned()),
        _ => (
            output.odd(&visible(status)),
            "the budget was used up before it was certain".to_owned(),
        ),
    };
    let site = answer.get("site").and_then(Value::as_str);
    let site = site
        .map(|site| format!(" for {}", visible(site)))
        .unwrap_or_default();
    let decisions = answer
        .get("decisions")
        .map(|n| {
            if *n == json!(1) {
                " (1 decision)".to_owned()
            } else {
                format!(" ({n} decisions)")
            }
        })
        .unwrap_or_default();
    output.line(&format!("{painted} {said}{site}{decisions}"));
    extensions(answer, output);
    list(
        output,
        "conflicts",
        rows(answer, "conflicts").map(|conflict| {
            let severity = match text(conflict, "severity") {
                "warning" => output.odd("warning"),
                _ => output.bad("error"),
            };
            format!(
                "{severity} {}: {}",
                visible(text(conflict, "kind")),
                visible(text(conflict, "reason"))
            )
        }),
    );
    list(
        output,
        "warnings",
        lines(answer, "warnings").map(|warning| output.odd(&visible(warning))),
    );
    // A sentence that a conflict above has said already is not said again.
    let said: Vec<&str> = rows(answer, "conflicts")
        .map(|conflict| text(conflict, "reason"))
        .collect();
    let new = lines(answer, "explanation").filter(|line| !said.iter().any(|said| line.contains(said)));
    list(output, "why", new.map(visible));
    let fixes = rows(answer, "fixes").zip(1..);
    list(
        output,
        "what would mend it",
        fixes.map(|(fix, number)| {
            let effects: Vec<_> = lines(fix, "effects").map(visible).collect();
            let effects = if effects.is_empty() {
                String::new()
            } else {
                format!(" (then {})", effects.join("; "))
            };
            format!("{number}. {}{effects}", visible(text(fix, "text")))
        }),
    );
}

/// What is chosen, by level of activation; at last what is in none.
fn extensions(answer: &Value, output: &Output) {
    let chosen: Vec<_> = rows(answer, "extensions").collect();
    if chosen.is_empty() {
        return;
    }
    let width = chosen
        .iter()
        .map(|one| name(one).chars().count())
        .max()
        .unwrap_or_default();
    let line = |level: &str, one: &Value| {
        let because: Vec<_> = lines(one, "because").map(visible).collect();
        let name = name(one);
        let name = if one.get("requested") == Some(&Value::Bool(true)) {
            output.good(&format!("{name:<width$}"))
        } else {
            format!("{name:<width$}")
        };
        output.line(format!("  {level:>5}  {name}  {}", because.join("; ")).trim_end());
    };
    output.line("  level  extension");
    let mut left = chosen;
    for (level, ids) in rows(answer, "activation").enumerate() {
        let ids: Vec<&str> = ids
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let (here, later): (Vec<&Value>, Vec<&Value>) =
            left.into_iter().partition(|one| ids.contains(&text(one, "id")));
        left = later;
        for one in here {
            line(&level.to_string(), one);
        }
    }
    for one in left {
        line("-", one);
    }
}

fn name(chosen: &Value) -> String {
    visible(&format!("{} {}", text(chosen, "id"), text(chosen, "version")))
}

fn list(output: &Output, heading: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        output.line(&format!("{heading}:"));
    }
    lines.for_each(|line| output.line(&format!("  {line}")));
}

fn rows<'a>(of: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    of.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn lines<'a>(of: &'a Value, field: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    rows(of, field).filter_map(Value::as_str)
}

fn text<'a>(of: &'a Value, field: &str) -> &'a str {
    of.get(field).and_then(Value::as_str).unwrap_or_default()
}
