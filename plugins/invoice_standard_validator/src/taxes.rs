//! Tax per rate: amount, base, and that every line's rate is there once.

use std::collections::BTreeMap;

use assay_plugin_sdk::{Data, Decimal, Node, Report, decimal};

use crate::currency::Precision;
use crate::lines::{self, Lines};

/// Categories (UNCL 5305) on which no tax is due: zero, exempt, reverse charge, intra-Community, export, out of scope.
const UNTAXED: [&str; 6] = ["Z", "E", "AE", "K", "G", "O"];

/// The category of what is taxed at a rate of its country.
const STANDARD: &str = "S";

/// A category of tax with its percentage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rate {
    category: String,
    percent: Decimal,
}

impl Rate {
    /// The rate that an object names; nothing without a category. A missing percentage is 0.
    pub(crate) fn of(owner: &Node<'_>, category: &str, percent: &str, report: &mut Report) -> Option<Self> {
        let category = report.read(owner.field(category).text())?;
        let place = owner.field(percent);
        let percent = report.read(place.amount());
        if percent.is_none() && !place.is_missing() {
            return None;
        }
        Some(Self {
            category: category.to_owned(),
            percent: percent.unwrap_or_default().normalize(),
        })
    }

    fn describe(&self) -> String {
        format!("{} {} %", self.category, self.percent)
    }
}

/// Judges the taxes.
pub(crate) fn judge(data: &Data, precision: Precision, lines: &Lines, report: &mut Report) {
    let list = report.read(data.at("/taxes").list()).unwrap_or_default();
    let mut rates: BTreeMap<Rate, &Node<'_>> = BTreeMap::new();
    let mut complete = true;
    for entry in &list {
        let rate = Rate::of(entry, "category", "percent", report);
        amount(entry, precision, report);
        match rate {
            None => complete = false,
            Some(rate) if rates.contains_key(&rate) => {
                let message = format!("the rate {} is there twice", rate.describe());
                report.error("tax_rate_duplicate", entry, message);
                complete = false;
            }
            Some(rate) => {
                rates.insert(rate, entry);
            }
        }
    }
    if list.is_empty() || !complete || !lines.all_rated {
        return;
    }
    bases(data, precision, lines, &rates, report);
}

/// A rate's tax is its base times its percentage.
fn amount(entry: &Node<'_>, precision: Precision, report: &mut Report) {
    let place = entry.field("tax_amount");
    let percent = percent(entry, report);
    // Where nothing is due, nothing is due on anything.
    let nothing = percent.filter(Decimal::is_zero);
    let base = report.read(entry.field("taxable_amount").amount()).or(nothing);
    let (Some(percent), Some(base), Some(tax)) = (percent, base, report.read(place.amount())) else {
        return;
    };
    let Some(exact) = decimal::percent_of(base, percent) else {
        lines::inexact(&place, report);
        return;
    };
    if !decimal::sum([exact]).is_some_and(|exact| decimal::is_within(tax, exact, precision.tolerance)) {
        let rounded = decimal::round(exact, precision.places);
        let message = format!("the tax on {base} at {percent} % is {rounded}, not {tax}");
        report
            .error("tax_rate_amount", &place, message)
            .expected(rounded)
            .actual(place.shown());
    }
}

/// The percentage that is due; nothing if the entry does not say it. One that does not go with the category is said.
fn percent(entry: &Node<'_>, report: &mut Report) -> Option<Decimal> {
    let place = entry.field("percent");
    let percent = report.read(place.amount());
    let Some(category) = entry.field("category").as_text() else {
        return percent;
    };
    let untaxed = UNTAXED.contains(&category);
    let wrong = match percent {
        Some(percent) if untaxed && !percent.is_zero() => {
            "no tax is due in this category, but a percentage is given"
        }
        Some(percent) if category == STANDARD && percent.is_zero() => {
            "a percentage of 0 has a category of its own (Z), or another if there is a reason for it"
        }
        None if !untaxed && place.is_missing() => "the percentage of the tax is not given",
        _ => return if untaxed { Some(Decimal::ZERO) } else { percent },
    };
    report
        .error(
            "tax_rate_percent",
            &place,
            format!("category {category}: {wrong}"),
        )
        .actual(place.shown());
    untaxed.then_some(Decimal::ZERO)
}

/// A rate's base is the sum of what is taxed at it.
fn bases(
    data: &Data,
    precision: Precision,
    lines: &Lines,
    rates: &BTreeMap<Rate, &Node<'_>>,
    report: &mut Report,
) {
    let mut made_of: BTreeMap<Rate, Vec<Decimal>> = BTreeMap::new();
    for (rate, amount, pointer) in &lines.rated {
        if !rates.contains_key(rate) && !made_of.contains_key(rate) {
            let message = format!(
                "the line is taxed at {}, which is not among the taxes",
                rate.describe()
            );
            report.error(
                "tax_rate_missing",
                format!("{pointer}/item/tax_category"),
                message,
            );
        }
        made_of.entry(rate.clone()).or_default().push(*amount);
    }
    for (name, sign) in [("allowances", -Decimal::ONE), ("charges", Decimal::ONE)] {
        for entry in data.root().field(name).items() {
            let rate = Rate::of(&entry, "tax_category", "tax_percent", report);
            let amount = report.read(entry.field("amount").amount());
            // Without its rate it can't be told which base it changes.
            let (Some(rate), Some(amount)) = (rate, amount) else {
                return;
            };
            made_of.entry(rate).or_default().push(amount * sign);
        }
    }
    for (rate, entry) in rates {
        let place = entry.field("taxable_amount");
        let parts = made_of.remove(rate).unwrap_or_default();
        if let (Some(base), Some(sum)) = (report.read(place.amount()), decimal::sum(parts))
            && !decimal::is_within(base, sum, precision.tolerance)
        {
            let message = format!(
                "{} is {base}, but what is taxed at {} is {sum}",
                place.name(),
                rate.describe()
            );
            report
                .error("tax_rate_base", &place, message)
                .expected(sum)
                .actual(place.shown());
        }
    }
}
