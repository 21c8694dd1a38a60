//! The lines of an invoice: each amount, and each line against the others.

use std::collections::BTreeMap;

use assay_plugin_sdk::{Data, Decimal, Node, Report, decimal};

use crate::currency::Precision;
use crate::settings::Weight;
use crate::taxes::Rate;

/// What the lines are made of.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// The amount of each line; nothing if one of them is missing or can't be read.
    pub(crate) amounts: Option<Vec<Decimal>>,
    /// The rate of each line that has a category of tax, with its amount and pointer.
    pub(crate) rated: Vec<(Rate, Decimal, String)>,
    /// Whether every line has a category of tax and an amount.
    pub(crate) all_rated: bool,
}

/// Judges the lines.
pub(crate) fn judge(data: &Data, precision: Precision, weight: Weight, report: &mut Report) -> Lines {
    let list = report.read(data.at("/lines").list()).unwrap_or_default();
    let mut amounts = Vec::with_capacity(list.len());
    let mut rated = Vec::with_capacity(list.len());
    for line in &list {
        let amount = report.read(line.field("amount").amount());
        amounts.push(amount);
        if let Some(amount) = amount {
            product(line, amount, precision, weight, report);
            let rate = Rate::of(&line.field("item"), "tax_category", "tax_percent", report);
            rated.extend(rate.map(|rate| (rate, amount, line.pointer().to_owned())));
        }
    }
    duplicates(&list, report);
    let all_rated = !list.is_empty() && rated.len() == list.len();
    let amounts = if list.is_empty() {
        None
    } else {
        amounts.into_iter().collect()
    };
    Lines {
        amounts,
        rated,
        all_rated,
    }
}

/// The sum of the allowances or charges of an invoice or a line; nothing if one can't be read.
pub(crate) fn parts(owner: &Node<'_>, name: &str, report: &mut Report) -> Option<Vec<Decimal>> {
    let list = owner.field(name);
    list.items()
        .map(|entry| report.read(entry.field("amount").amount()))
        .collect()
}

/// A line's amount is quantity times price over the price's base quantity, less allowances, plus charges.
fn product(line: &Node<'_>, amount: Decimal, precision: Precision, weight: Weight, report: &mut Report) {
    let price_place = line.field("price");
    let quantity = report.read(line.field("quantity").amount());
    let price = report.read(price_place.field("amount").amount());
    let base_place = price_place.field("base_quantity");
    let base = match report.read(base_place.amount()) {
        None if base_place.is_missing() => Some(Decimal::ONE),
        base => base,
    };
    let allowances = parts(line, "allowances", report);
    let charges = parts(line, "charges", report);
    let (Some(quantity), Some(price), Some(base)) = (quantity, price, base) else {
        return;
    };
    let (Some(allowances), Some(charges)) = (allowances, charges) else {
        return;
    };
    if base <= Decimal::ZERO {
        let message = "the price is for a base quantity that is not above 0";
        report
            .error("line_amount", &base_place, message)
            .actual(base_place.shown());
        return;
    }
    if weight == Weight::Off {
        return;
    }
    // Everything times the base quantity: a division might not be exact.
    let place = line.field("amount");
    let scaled = |number: Decimal| decimal::product(number, base);
    let wanted = || -> Option<(Decimal, decimal::Sum, Decimal)> {
        let net = charges
            .iter()
            .map(|charge| -*charge)
            .chain(allowances.iter().copied());
        let terms: Option<Vec<Decimal>> = net.map(scaled).collect();
        let sum = decimal::sum(terms?.into_iter().chain([scaled(amount)?]))?;
        Some((
            decimal::product(quantity, price)?,
            sum,
            scaled(precision.line_tolerance)?,
        ))
    };
    let Some((product, sum, tolerance)) = wanted() else {
        inexact(&place, report);
        return;
    };
    if !decimal::is_within(product, sum, tolerance) {
        // For people, so rounded as an invoice would be.
        let net = product.checked_div(base).map(|gross| {
            let parts = charges
                .iter()
                .copied()
                .chain(allowances.iter().map(|allowance| -*allowance));
            decimal::round(parts.fold(gross, Decimal::saturating_add), precision.places)
        });
        let per = if base == Decimal::ONE {
            String::new()
        } else {
            format!(" per {base}")
        };
        let with = if allowances.is_empty() && charges.is_empty() {
            ""
        } else {
            " with allowances and charges"
        };
        let makes = net.map_or_else(|| "another amount".to_owned(), |net| net.to_string());
        let message = format!(
            "{} is {amount}, but {quantity} × {price}{per}{with} is {makes}",
            place.name()
        );
        let expected = net.map(decimal::to_json);
        let finding = weight.say(report, "line_amount", &place, message);
        finding.map(|finding| finding.expected(expected).actual(place.shown()));
    }
}

/// Says that something can't be judged, which would otherwise pass in silence.
pub(crate) fn inexact(place: &Node<'_>, report: &mut Report) {
    let message = format!(
        "{} can't be judged exactly: a product has more than 28 digits",
        place.name()
    );
    report.error("inexact", place, message).actual(place.shown());
}

fn duplicates(lines: &[Node<'_>], report: &mut Report) {
    let mut ids: BTreeMap<&str, &Node<'_>> = BTreeMap::new();
    let mut contents: BTreeMap<Vec<String>, &Node<'_>> = BTreeMap::new();
    for line in lines {
        let id = line.field("id");
        if let Some(text) = report.read(id.text()) {
            if let Some(first) = ids.get(text) {
                let message = format!("the id {text:?} is also that of {}", first.name());
                report.error("line_id_duplicate", &id, message).actual(id.shown());
            } else {
                ids.insert(text, line);
            }
        }
        let Some(content) = content(line) else { continue };
        if let Some(first) = contents.get(&content) {
            let message = format!("the line says the same as {}", first.name());
            report.warning("line_duplicate", line, message).review();
        } else {
            contents.insert(content, line);
        }
    }
}

/// What makes two lines the same to a person: all but the id. Nothing for a line that says too little.
fn content(line: &Node<'_>) -> Option<Vec<String>> {
    let item = line.field("item");
    let price = line.field("price");
    let name = item.field("name").as_text()?;
    let mut content = vec![name.trim().to_lowercase()];
    for place in [
        line.field("amount"),
        line.field("quantity"),
        price.field("amount"),
        price.field("base_quantity"),
    ] {
        // Compared by value: 10 and 10.00 are the same.
        content.push(
            place
                .amount()
                .ok()?
                .map(|amount| amount.normalize().to_string())
                .unwrap_or_default(),
        );
    }
    let period = line.field("period");
    for place in [
        line.field("note"),
        line.field("unit"),
        line.field("order_line"),
        line.field("object_id"),
        line.field("accounting_cost"),
        period.field("start"),
        period.field("end"),
        item.field("description"),
        item.field("seller_id"),
        item.field("buyer_id"),
        item.field("standard_id"),
    ] {
        content.push(place.as_text().unwrap_or_default().trim().to_lowercase());
    }
    content.push(
        item.field("attributes")
            .value()
            .map(ToString::to_string)
            .unwrap_or_default(),
    );
    Some(content)
}
