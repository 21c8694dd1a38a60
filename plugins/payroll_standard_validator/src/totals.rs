//! Lines to totals, and gross less deductions to net.

use assay_plugin_sdk::{Data, Decimal, Node, Report, decimal};

use crate::Settings;
use crate::lines::Amounts;

/// Judges the totals; `lines` is nothing if there are no lines.
pub(crate) fn judge(data: &Data, settings: &Settings, lines: Option<&Amounts>, report: &mut Report) {
    let places = ["/total_gross", "/total_deductions", "/total_net"].map(|pointer| data.at(pointer));
    let [gross, deductions, net] = places.each_ref().map(|place| report.read(place.amount()));
    let [gross_place, deductions_place, net_place] = &places;
    let earned = lines.and_then(|lines| lines.earnings.clone());
    let deducted = lines.and_then(|lines| lines.deductions.clone());

    let mut compare =
        |rule: &str, place: &Node<'_>, total: Option<Decimal>, parts: Option<Vec<Decimal>>, what: &str| {
            let wanted = parts.and_then(decimal::sum);
            if let (Some(total), Some(wanted)) = (total, wanted)
                && !decimal::is_within(total, wanted, settings.tolerance)
            {
                let message = format!("{} is {total}, but {what} is {wanted}", place.name());
                report
                    .error(rule, place, message)
                    .expected(wanted)
                    .actual(place.shown());
            }
        };
    compare(
        "gross_total",
        gross_place,
        gross,
        earned,
        "the sum of the earnings",
    );
    compare(
        "deductions_total",
        deductions_place,
        deductions,
        deducted.clone(),
        "the sum of the deductions",
    );

    // Without a total of the deductions, their lines stand for it.
    let deductions = match deductions {
        Some(total) => Some(vec![total]),
        None => deducted.filter(|_| deductions_place.is_missing()),
    };
    let rest = gross.zip(deductions).map(|(gross, deductions)| {
        let taken = deductions.into_iter().map(|amount| -amount);
        std::iter::once(gross).chain(taken).collect()
    });
    compare("net_total", net_place, net, rest, "gross less deductions");
}
