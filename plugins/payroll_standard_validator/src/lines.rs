//! The lines of a payslip, each by itself and against the others.

use std::collections::BTreeMap;

use assay_plugin_sdk::{Data, Decimal, Node, Report};

use crate::Settings;
use crate::period::Period;

/// The amounts of the lines by kind.
#[derive(Debug)]
pub(crate) struct Amounts {
    /// The earnings; nothing if a line could not be read.
    pub(crate) earnings: Option<Vec<Decimal>>,
    /// The deductions; nothing if a line could not be read.
    pub(crate) deductions: Option<Vec<Decimal>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Earning,
    Deduction,
}

/// Judges the lines; nothing if there are none.
pub(crate) fn judge(
    data: &Data,
    settings: &Settings,
    period: Option<Period>,
    report: &mut Report,
) -> Option<Amounts> {
    let currency = currency(&data.at("/currency"), report);
    let place = data.at("/lines");
    let lines = report.read(place.list()).unwrap_or_default();
    if lines.is_empty() {
        if settings.require_lines {
            report.error("lines_required", &place, "the payslip has no lines");
        }
        return None;
    }
    let mut amounts: Vec<Option<(Kind, Decimal)>> = Vec::with_capacity(lines.len());
    for line in &lines {
        let (kind, amount) = (kind(line, report), amount(line, report));
        amounts.push(kind.zip(amount));
        judge_date(line, period, report);
        judge_currency(line, currency.as_deref(), report);
    }
    duplicates(&lines, report);
    let all: Option<Vec<_>> = amounts.into_iter().collect();
    let of_kind = |wanted: Kind| -> Option<Vec<Decimal>> {
        let own = all.as_ref()?.iter().filter(|(kind, _)| *kind == wanted);
        Some(own.map(|(_, amount)| *amount).collect())
    };
    Some(Amounts {
        earnings: of_kind(Kind::Earning),
        deductions: of_kind(Kind::Deduction),
    })
}

fn kind(line: &Node<'_>, report: &mut Report) -> Option<Kind> {
    let place = line.field("kind");
    match report.read(place.text()) {
        Some("earning") => Some(Kind::Earning),
        Some("deduction") => Some(Kind::Deduction),
        None if !place.is_missing() => None,
        _ => {
            report
                .error("line_kind", &place, "a line is either an earning or a deduction")
                .expected("earning or deduction")
                .actual(place.shown());
            None
        }
    }
}

fn amount(line: &Node<'_>, report: &mut Report) -> Option<Decimal> {
    let place = line.field("amount");
    if place.is_missing() {
        report.error("line_amount", &place, "the line has no amount");
    }
    report.read(place.amount())
}

fn judge_date(line: &Node<'_>, period: Option<Period>, report: &mut Report) {
    let place = line.field("date");
    if let (Some(day), Some(period)) = (report.read(place.date()), period)
        && !period.contains(day)
    {
        let message = format!(
            "the line is of {day}, outside of the pay period {}",
            period.describe()
        );
        report
            .error("line_date", &place, message)
            .expected(period.describe())
            .actual(day);
    }
}

/// The payslip's currency, if it is one.
fn currency(place: &Node<'_>, report: &mut Report) -> Option<String> {
    let code = report.read(place.text())?;
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Some(code.to_owned());
    }
    report
        .error("currency", place, "a currency is three capital letters, as EUR")
        .actual(place.shown());
    None
}

fn judge_currency(line: &Node<'_>, currency: Option<&str>, report: &mut Report) {
    let place = line.field("currency");
    if let (Some(own), Some(currency)) = (report.read(place.text()), currency)
        && own != currency
    {
        let message = format!("the line is in another currency than the payslip, which is in {currency}");
        report
            .error("currency", &place, message)
            .expected(currency)
            .actual(place.shown());
    }
}

/// Lines that say the same in everything that a person would look at.
fn duplicates(lines: &[Node<'_>], report: &mut Report) {
    let mut seen: BTreeMap<[String; 5], &Node<'_>> = BTreeMap::new();
    for line in lines {
        // An amount is compared by its value: 10 and 10.00 are the same line.
        let amount = match line.field("amount").amount() {
            Ok(Some(amount)) => amount.normalize().to_string(),
            _ => continue,
        };
        let text = |name: &str| {
            line.field(name)
                .as_text()
                .unwrap_or_default()
                .trim()
                .to_lowercase()
        };
        let key = [
            text("code"),
            text("description"),
            text("kind"),
            text("date"),
            amount,
        ];
        if let Some(first) = seen.get(&key) {
            let message = format!("the line says the same as {}", first.name());
            report.warning("line_duplicate", line, message).review();
        } else {
            seen.insert(key, line);
        }
    }
}
