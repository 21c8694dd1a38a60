//! Tax per rate: amount, base, and that every line's rate is there once.

use std::collections::BTreeMap;

use assay_plugin_sdk::{Data, Decimal, Node, Report, decimal};

use crate::lines::{self, Lines};
use crate::settings::Settings;

/// Categories (UNCL 5305) on which no tax is due: zero, exempt, reverse charge, intra-Community, export, out of scope.
const UNTAXED: [&str; 6] = ["Z", "E", "AE", "K", "G", "O"];

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

    fn is_taxed(&self) -> bool {
        !UNTAXED.contains(&self.category.as_str())
    }
}

/// Judges the taxes.
pub(crate) fn judge(data: &Data, settings: &Settings, lines: &Lines, report: &mut Report) {
    let list = report.read(data.at("/taxes").list()).unwrap_or_default();
    let mut rates: BTreeMap<Rate, &Node<'_>> = BTreeMap::new();
    let mut complete = true;
    for entry in &list {
        let rate = Rate::of(entry, "category", "percent", report);
        amount(entry, rate.as_ref(), settings, report);
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
    bases(data, settings, lines, &rates, report);
}

/// A rate's tax is its base times its percentage.
fn amount(entry: &Node<'_>, rate: Option<&Rate>, settings: &Settings, report: &mut Report) {
    let place = entry.field("tax_amount");
    let base = report.read(entry.field("taxable_amount").amount());
    let (Some(rate), Some(base), Some(tax)) = (rate, base, report.read(place.amount())) else {
        return;
    };
    let percent = if rate.is_taxed() {
        rate.percent
    } else {
        Decimal::ZERO
    };
    let Some(exact) = decimal::percent_of(base, percent) else {
        lines::inexact(&place, report);
        return;
    };
    if !decimal::sum([exact]).is_some_and(|exact| decimal::is_within(tax, exact, settings.tolerance)) {
        let rounded = decimal::round(exact, 2);
        let message = format!("the tax on {base} at {} is {rounded}, not {tax}", rate.describe());
        report
            .error("tax_rate_amount", &place, message)
            .expected(rounded)
            .actual(place.shown());
    }
}

/// A rate's base is the sum of what is taxed at it.
fn bases(
    data: &Data,
    settings: &Settings,
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
            && !decimal::is_within(base, sum, settings.tolerance)
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
