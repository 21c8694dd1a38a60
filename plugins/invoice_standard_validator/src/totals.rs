//! From the lines to what is to be paid.
//!
//! Invariant: a step is judged by what the invoice says of the step before it, so that one wrong total is one finding.

use assay_plugin_sdk::{Data, Decimal, Node, Report, decimal};

use crate::currency::Precision;
use crate::lines::{self, Lines};

/// Judges the totals.
pub(crate) fn judge(data: &Data, precision: Precision, lines: &Lines, report: &mut Report) {
    let totals = data.at("/totals");
    let mut judge = Judge {
        totals: &totals,
        precision,
        report,
    };
    let allowances = lines::parts(&data.root(), "allowances", judge.report);
    let charges = lines::parts(&data.root(), "charges", judge.report);
    let taxes: Option<Vec<Decimal>> = data
        .at("/taxes")
        .items()
        .map(|entry| judge.report.read(entry.field("tax_amount").amount()))
        .collect();

    let line_total = judge.step(
        "lines_total",
        "lines",
        lines.amounts.clone(),
        "the sum of the lines",
    );
    let allowances = judge.optional(
        "allowances_total",
        "allowances",
        allowances,
        "the sum of the allowances",
    );
    let charges = judge.optional("charges_total", "charges", charges, "the sum of the charges");
    let exclusive = terms([line_total, allowances.map(minus), charges]);
    let exclusive = judge.step(
        "tax_exclusive",
        "tax_exclusive",
        exclusive,
        "lines less allowances plus charges",
    );

    let tax_place = data.at("/tax_total");
    let tax = judge.report.read(tax_place.amount());
    let rates = taxes.filter(|taxes| !taxes.is_empty());
    for other in data.at("/more_tax_totals").items() {
        let message = "there is a second total of tax in the invoice's currency; one of them is wrong";
        judge
            .report
            .error("tax_total", &other, message)
            .expected(tax_place.shown())
            .actual(other.shown());
    }
    if tax.is_some() {
        judge.compare(
            "tax_total",
            &tax_place,
            tax,
            rates.clone(),
            "the sum of the taxes",
        );
    }
    let tax = match tax {
        Some(tax) => Some(vec![tax]),
        None if tax_place.is_missing() => Some(rates.unwrap_or_default()),
        None => None,
    };
    let inclusive = exclusive
        .zip(tax)
        .map(|(exclusive, tax)| exclusive.into_iter().chain(tax).collect());
    let inclusive = judge.step(
        "tax_inclusive",
        "tax_inclusive",
        inclusive,
        "the total without tax plus tax",
    );
    let prepaid = judge.value("prepaid").map(|prepaid| vec![-prepaid]);
    let rounding = judge.value("rounding").map(|rounding| vec![rounding]);
    let payable = terms([inclusive, prepaid, rounding]);
    judge.step(
        "payable",
        "payable",
        payable,
        "the total with tax less prepaid plus rounding",
    );
}

fn minus(parts: Vec<Decimal>) -> Vec<Decimal> {
    parts.into_iter().map(|part| -part).collect()
}

/// All terms of a sum; nothing if one is not known.
fn terms<const N: usize>(lists: [Option<Vec<Decimal>>; N]) -> Option<Vec<Decimal>> {
    let lists: Option<Vec<_>> = lists.into_iter().collect();
    Some(lists?.concat())
}

struct Judge<'j, 'd> {
    totals: &'j Node<'d>,
    precision: Precision,
    report: &'j mut Report,
}

impl Judge<'_, '_> {
    /// Judges a total by its parts and gives it, or its parts where the invoice does not say it.
    fn step(
        &mut self,
        rule: &str,
        name: &str,
        parts: Option<Vec<Decimal>>,
        what: &str,
    ) -> Option<Vec<Decimal>> {
        let place = self.totals.field(name);
        let total = self.report.read(place.amount());
        if let Some(total) = total {
            self.compare(rule, &place, Some(total), parts, what);
            return Some(vec![total]);
        }
        parts.filter(|_| place.is_missing())
    }

    /// The same for a total that is 0 if it is not said.
    fn optional(
        &mut self,
        rule: &str,
        name: &str,
        parts: Option<Vec<Decimal>>,
        what: &str,
    ) -> Option<Vec<Decimal>> {
        let place = self.totals.field(name);
        let total = self.value(name)?;
        self.compare(rule, &place, Some(total), parts, what);
        Some(vec![total])
    }

    /// A total that is 0 if it is not said; nothing if it can't be read.
    fn value(&mut self, name: &str) -> Option<Decimal> {
        let place = self.totals.field(name);
        match self.report.read(place.amount()) {
            None if place.is_missing() => Some(Decimal::ZERO),
            value => value,
        }
    }

    fn compare(
        &mut self,
        rule: &str,
        place: &Node<'_>,
        total: Option<Decimal>,
        parts: Option<Vec<Decimal>>,
        what: &str,
    ) {
        let wanted = parts.and_then(decimal::sum);
        if let (Some(total), Some(wanted)) = (total, wanted)
            && !decimal::is_within(total, wanted, self.precision.tolerance)
        {
            let message = format!("{} is {total}, but {what} is {wanted}", place.name());
            self.report
                .error(rule, place, message)
                .expected(wanted)
                .actual(place.shown());
        }
    }
}
