//! Whether a document adds up: lines, totals and taxes.
//!
//! Invariant: a step is judged by what the document says of the step before it; a document has one signal, however many
//! of its steps are wrong; a step that can't be computed exactly counts as wrong, or a huge number would switch it off.

use assay_plugin_sdk::{Data, Decimal, Node, decimal};

use crate::Signal;
use crate::document::{Document, Kind};
use crate::settings::Settings;

/// Half a cent, by which each line's own rounding may move a tax.
const HALF_CENT: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

/// The signal, if something does not add up.
pub(crate) fn signal(data: &Data, document: &Document, settings: &Settings) -> Option<Signal> {
    let mut steps = Steps {
        tolerance: settings.tolerance,
        wrong: Vec::new(),
    };
    if document.kind == Kind::Payslip {
        steps.payslip(data);
    } else {
        steps.invoice(data, document.lines.len());
    }
    let more = match steps.wrong.len() {
        0 | 1 => String::new(),
        2 => "; one more sum is wrong".to_owned(),
        wrong => format!("; {} more sums are wrong", wrong - 1),
    };
    let (pointer, reason) = steps.wrong.into_iter().next()?;
    let reason = reason + &more;
    Some(Signal {
        name: "arithmetic",
        weight: settings.weights.arithmetic,
        pointer,
        reason,
    })
}

struct Steps {
    tolerance: Decimal,
    wrong: Vec<(String, String)>,
}

impl Steps {
    fn invoice(&mut self, data: &Data, lines: usize) {
        let totals = data.at("/totals");
        let total = |name: &str| amount(&totals.field(name));
        for line in data.at("/lines").items() {
            self.line(&line);
        }
        self.sum(
            &totals.field("lines"),
            parts(data, "/lines", "amount"),
            "the sum of the lines",
        );
        let allowances = said_or_parts(data, &totals.field("allowances"), "/allowances", "amount");
        let charges = said_or_parts(data, &totals.field("charges"), "/charges", "amount");
        let exclusive = total("lines")
            .zip(allowances)
            .zip(charges)
            .map(|((lines, allowances), charges)| {
                let allowances = allowances.into_iter().map(|part| -part);
                std::iter::once(lines).chain(allowances).chain(charges).collect()
            });
        self.sum(
            &totals.field("tax_exclusive"),
            exclusive,
            "the lines less allowances plus charges",
        );
        for tax in data.at("/taxes").items() {
            self.tax(&tax, lines);
        }
        let taxes = parts(data, "/taxes", "tax_amount");
        self.sum(&data.at("/tax_total"), taxes, "the sum of the taxes");
        let tax = said_or_parts(data, &data.at("/tax_total"), "/taxes", "tax_amount");
        let inclusive = total("tax_exclusive")
            .zip(tax)
            .map(|(exclusive, tax)| std::iter::once(exclusive).chain(tax).collect());
        self.sum(
            &totals.field("tax_inclusive"),
            inclusive,
            "the total without tax plus tax",
        );
        let payable = total("tax_inclusive").map(|inclusive| {
            let prepaid = total("prepaid").map(|prepaid| -prepaid);
            std::iter::once(inclusive)
                .chain(prepaid)
                .chain(total("rounding"))
                .collect()
        });
        self.sum(
            &totals.field("payable"),
            payable,
            "the total with tax less what is prepaid plus rounding",
        );
    }

    fn payslip(&mut self, data: &Data) {
        let of_kind = |kind: &str| {
            let lines = data.at("/lines").list().ok().flatten()?;
            let mut amounts = Vec::new();
            for line in lines {
                let other = line.field("kind").as_text()?;
                let amount = amount(&line.field("amount"))?;
                if other == kind {
                    amounts.push(amount);
                }
            }
            Some(amounts)
        };
        let deducted = of_kind("deduction");
        let (gross, deductions) = (data.at("/total_gross"), data.at("/total_deductions"));
        self.sum(&gross, of_kind("earning"), "the sum of the earnings");
        self.sum(&deductions, deducted.clone(), "the sum of the deductions");
        let less = amount(&deductions).map(|total| vec![total]).or(deducted);
        let rest = amount(&gross).zip(less).map(|(gross, less)| {
            let less = less.into_iter().map(|part| -part);
            std::iter::once(gross).chain(less).collect()
        });
        self.sum(&data.at("/total_net"), rest, "gross less deductions");
    }

    /// A line's amount is quantity times price, less its allowances plus its charges.
    fn line(&mut self, line: &Node<'_>) {
        let place = line.field("amount");
        let price = line.field("price");
        let (Some(total), Some(quantity), Some(each)) = (
            amount(&place),
            amount(&line.field("quantity")),
            amount(&price.field("amount")),
        ) else {
            return;
        };
        let base = amount(&price.field("base_quantity")).unwrap_or(Decimal::ONE);
        let of = |name: &str| -> Vec<Decimal> {
            let items = line.field(name).items();
            items.filter_map(|item| amount(&item.field("amount"))).collect()
        };
        let less = of("allowances").into_iter().map(|part| -part);
        // Multiplied with the base instead of divided by it, so that it stays exact.
        let left = decimal::product(quantity, each).map(|product| {
            let others = less.chain(of("charges")).map(|part| decimal::product(part, base));
            std::iter::once(Some(product))
                .chain(others)
                .collect::<Option<Vec<_>>>()
        });
        let (Some(Some(left)), Some(right), Some(tolerance)) = (
            left,
            decimal::product(total, base),
            decimal::product(self.tolerance, base.abs()),
        ) else {
            return self.inexact(&place);
        };
        if !decimal::sum(left).is_some_and(|left| decimal::is_within(right, left, tolerance)) {
            let text = format!(
                "{} is {total}, but it is not quantity times price ({quantity} × {each})",
                place.name()
            );
            self.wrong.push((place.pointer().to_owned(), text));
        }
    }

    fn tax(&mut self, entry: &Node<'_>, lines: usize) {
        let place = entry.field("tax_amount");
        let (Some(tax), Some(base), Some(percent)) = (
            amount(&place),
            amount(&entry.field("taxable_amount")),
            amount(&entry.field("percent")),
        ) else {
            return;
        };
        let Some(exact) = decimal::percent_of(base, percent) else {
            return self.inexact(&place);
        };
        let tolerance = self.tolerance + HALF_CENT * Decimal::from(lines);
        if !decimal::sum([exact]).is_some_and(|exact| decimal::is_within(tax, exact, tolerance)) {
            let text = format!("{} is {tax}, but {percent} % of {base} is {exact}", place.name());
            self.wrong.push((place.pointer().to_owned(), text));
        }
    }

    fn sum(&mut self, place: &Node<'_>, parts: Option<Vec<Decimal>>, what: &str) {
        let (Some(total), Some(parts)) = (amount(place), parts) else {
            return;
        };
        let Some(sum) = decimal::sum(parts) else {
            return self.inexact(place);
        };
        if !decimal::is_within(total, sum, self.tolerance) {
            let text = format!("{} is {total}, but {what} is {sum}", place.name());
            self.wrong.push((place.pointer().to_owned(), text));
        }
    }

    fn inexact(&mut self, place: &Node<'_>) {
        let text = format!("{} has more digits than can be computed exactly", place.name());
        self.wrong.push((place.pointer().to_owned(), text));
    }
}

fn amount(place: &Node<'_>) -> Option<Decimal> {
    place.amount().ok().flatten()
}

/// A total, or what it is made of where it is not said; 0 where there is neither. Nothing if one of them can't be read.
fn said_or_parts(data: &Data, total: &Node<'_>, list: &str, field: &str) -> Option<Vec<Decimal>> {
    if !total.is_missing() {
        return amount(total).map(|total| vec![total]);
    }
    match data.at(list).list().ok()? {
        None => Some(Vec::new()),
        Some(items) if items.is_empty() => Some(Vec::new()),
        Some(_) => parts(data, list, field),
    }
}

/// The amounts of a list's items; nothing if there is no list, it is empty, or one can't be read.
fn parts(data: &Data, list: &str, field: &str) -> Option<Vec<Decimal>> {
    let items = data.at(list).list().ok().flatten()?;
    let amounts: Option<Vec<Decimal>> = items.iter().map(|item| amount(&item.field(field))).collect();
    amounts.filter(|amounts| !amounts.is_empty())
}
