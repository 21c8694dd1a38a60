//! The interface's answers about sites, for people; and what they mean for the exit code.

use serde_json::Value;

use crate::failure::Exit;
use crate::output::{Output, visible};

/// What an answer means for whoever goes by the exit code: something was refused, is in conflict or not signed.
pub(super) fn exit(answer: &Value) -> Exit {
    let open = |item: &Value| item["resolved_at"].is_null() && item["found"]["severity"] == "error";
    let lacking = |item: &Value| item["aspects"].is_array() || open(item);
    if answer["verdict"] == "refused" || rows(answer, "items").any(lacking) {
        Exit::Failed
    } else {
        Exit::Done
    }
}

pub(super) fn sites(answer: &Value, output: &Output) {
    for site in rows(answer, "items") {
        site_line(site, output);
    }
    if rows(answer, "items").next().is_none() {
        output.note("the client has no sites; `assay site create NAME` makes one");
    }
    more(answer, output);
}

pub(super) fn site(answer: &Value, output: &Output) {
    site_line(answer, output);
}

fn site_line(site: &Value, output: &Output) {
    let state = if site["active"] == false {
        output.odd("inactive")
    } else {
        "active".to_owned()
    };
    output.line(&format!(
        "{}  {}  {state}, revision {}, resolved by {}",
        text(site, "site_id"),
        text(site, "name"),
        site["revision"],
        text(site, "resolver")
    ));
}

/// A site, how it stands, and what is enabled there.
pub(super) fn whole(answer: &Value, output: &Output) {
    let (site, status) = (&answer["site"], &answer["status"]);
    site_line(site, output);
    let figure = |field: &str| status[field].to_string();
    let stands = format!(
        "{} extensions, {} invalid, {} in conflict; {} conflicts unresolved",
        figure("total_extensions"),
        figure("invalid_configs"),
        figure("conflicting_configs"),
        figure("unresolved_conflicts")
    );
    output.line(&if status["needs_attention"] == true {
        output.bad(&stands)
    } else {
        output.good(&stands)
    });
    for one in rows(answer, "extensions") {
        let name = format!("{} {}", text(one, "extension_id"), text(one, "version"));
        let why = if one["requested"] == true {
            "requested"
        } else {
            "needed"
        };
        let forced = if one["forced"] == true { ", forced" } else { "" };
        output.line(&format!(
            "  {name}  {why}{forced}, configuration {} {}",
            one["config_version"],
            visible(&one["configuration"].to_string())
        ));
    }
}

/// What became of a change.
pub(super) fn change(answer: &Value, output: &Output) {
    let verdict = text(answer, "verdict");
    let refused = verdict == "refused";
    let painted = if refused {
        output.bad(&verdict)
    } else {
        output.good(&verdict)
    };
    let tried = if answer["dry_run"] == true {
        " (only tried)"
    } else {
        ""
    };
    output.line(&format!("{painted}{tried}, revision {}", answer["revision"]));
    for one in rows(answer, "extensions").filter(|one| one["difference"] != "kept") {
        let because: Vec<_> = lines(one, "because").collect();
        output.line(
            format!(
                "  {} {} {}  {}",
                text(one, "difference"),
                text(one, "extension_id"),
                text(one, "version"),
                because.join("; ")
            )
            .trim_end(),
        );
    }
    for id in lines(answer, "disabled") {
        output.line(&format!("  disabled {id}"));
    }
    list(
        output,
        "configurations",
        rows(answer, "problems").map(|problem| {
            let place = format!("{}{}", text(problem, "extension_id"), text(problem, "pointer"));
            format!("{} {place}: {}", output.bad("error"), text(problem, "message"))
        }),
    );
    list(
        output,
        "conflicts",
        rows(answer, "conflicts").map(|found| conflict_line(found, output)),
    );
    list(output, "warnings", lines(answer, "warnings"));
    list(output, "why", lines(answer, "explanation"));
    let fixes = rows(answer, "fixes").zip(1..);
    list(
        output,
        "what would mend it",
        fixes.map(|(fix, number)| format!("{number}. {}", text(fix, "text"))),
    );
    if let Some(snapshot) = answer["snapshot_id"].as_str() {
        output.line(&format!("snapshot before it: {}", visible(snapshot)));
    }
    if let Some(version) = answer["refused_version"].as_i64() {
        output.line(&format!("kept as version {version}"));
    }
}

fn conflict_line(found: &Value, output: &Output) -> String {
    let severity = match found["severity"].as_str() {
        Some("warning") => output.odd("warning"),
        _ => output.bad("error"),
    };
    format!(
        "{severity} {} {}: {}",
        text(found, "conflict_id"),
        text(found, "kind"),
        text(found, "reason")
    )
}

pub(super) fn conflicts(answer: &Value, output: &Output) {
    for conflict in rows(answer, "items") {
        let found = &conflict["found"];
        let resolved = conflict["resolved_at"].as_str();
        let state = match (resolved, conflict["forced_reason"].as_str()) {
            (Some(_), _) => format!(" (resolved: {})", text(conflict, "resolution_notes")),
            (None, Some(reason)) => format!(" (forced: {})", visible(reason)),
            _ => String::new(),
        };
        output.line(&format!("{}{state}", conflict_line(found, output)));
    }
    if rows(answer, "items").next().is_none() {
        output.line(&output.good("no conflicts"));
    }
    more(answer, output);
}

pub(super) fn resolved(answer: &Value, output: &Output) {
    output.line(&format!(
        "resolved {}: {}",
        text(&answer["found"], "conflict_id"),
        text(answer, "resolution_notes")
    ));
}

pub(super) fn signed(answer: &Value, output: &Output) {
    output.line(&format!("signed: {}", text(answer, "signoff_id")));
}

pub(super) fn unsigned(answer: &Value, output: &Output) {
    let mut any = false;
    for row in rows(answer, "items") {
        for aspect in rows(row, "aspects") {
            any = true;
            output.line(&format!(
                "{} version {}: {} by a {}",
                text(row, "extension_id"),
                row["config_version"],
                output.odd(&text(aspect, "aspect")),
                text(aspect, "role")
            ));
        }
    }
    if !any {
        output.line(&output.good("everything is signed"));
    }
}

pub(super) fn log(answer: &Value, output: &Output) {
    for entry in rows(answer, "items") {
        let reason = entry["reason"]
            .as_str()
            .map(|reason| format!(": {}", visible(reason)));
        let of = entry["extension_id"].as_str().unwrap_or("the site");
        output.line(&format!(
            "{}  {} {} by {}{}",
            text(entry, "changed_at"),
            text(entry, "action"),
            visible(of),
            text(entry, "changed_by"),
            reason.unwrap_or_default()
        ));
    }
    more(answer, output);
}

pub(super) fn snapshot(answer: &Value, output: &Output) {
    output.line(&text(answer, "snapshot_id"));
}

pub(super) fn snapshots(answer: &Value, output: &Output) {
    for one in rows(answer, "items") {
        let reason = one["reason"]
            .as_str()
            .map(|reason| format!(": {}", visible(reason)));
        output.line(&format!(
            "{}  {}  {} at revision {} by {}{}",
            text(one, "snapshot_id"),
            text(one, "snapshot_at"),
            text(one, "kind"),
            one["revision"],
            text(one, "created_by"),
            reason.unwrap_or_default()
        ));
    }
    more(answer, output);
}

pub(super) fn differences(answer: &Value, output: &Output) {
    for one in rows(answer, "items") {
        let name = format!("{} {}", text(one, "kind"), text(one, "id"));
        output.line(&match (one["before"].is_null(), one["after"].is_null()) {
            (true, _) => format!("{} {name}", output.good("+")),
            (_, true) => format!("{} {name}", output.bad("-")),
            _ => format!("{} {name}", output.odd("~")),
        });
        for field in ["version", "requested", "requested_range", "policy"] {
            let (was, is) = (&one["before"][field], &one["after"][field]);
            if one["before"].is_object() && one["after"].is_object() && was != is {
                output.line(&visible(&format!("    {field}: {was} -> {is}")));
            }
        }
        for field in rows(one, "configuration") {
            output.line(&visible(&format!(
                "    {}: {} -> {}",
                field["field"].as_str().unwrap_or_default(),
                field["before"],
                field["after"]
            )));
        }
        if one["secrets_differ"] == true {
            output.line("    what is secret differs");
        }
    }
    if rows(answer, "items").next().is_none() {
        output.line(&output.good("nothing differs"));
    }
}

/// That there is more than is shown.
fn more(answer: &Value, output: &Output) {
    if answer["next"].is_string() {
        output.note("there is more; the HTTP interface has it page by page");
    }
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

fn lines<'a>(of: &'a Value, field: &str) -> impl Iterator<Item = String> + use<'a> {
    rows(of, field).filter_map(Value::as_str).map(visible)
}

fn text(of: &Value, field: &str) -> String {
    visible(of.get(field).and_then(Value::as_str).unwrap_or_default())
}
