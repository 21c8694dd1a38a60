//! The dates of an invoice, and its periods.

use assay_plugin_sdk::{Data, Node, Report};

/// Days that a tax point may lie from the issue.
const TAX_POINT_DAYS: u64 = 366;

/// Judges dates and periods.
pub(crate) fn judge(data: &Data, report: &mut Report) {
    let issued = report.read(data.at("/issue_date").date());
    let due_place = data.at("/due_date");
    if let (Some(issued), Some(due)) = (issued, report.read(due_place.date()))
        && due < issued
    {
        let message = format!("the invoice is due on {due}, before it was issued on {issued}");
        report
            .error("due_date", &due_place, message)
            .expected(issued)
            .actual(due);
    }
    let point_place = data.at("/tax_point_date");
    let point = report.read(point_place.date());
    if let (Some(issued), Some(point)) = (issued, point)
        && point.signed_duration_since(issued).num_days().unsigned_abs() > TAX_POINT_DAYS
    {
        let message = format!("the tax point {point} is more than a year from the issue on {issued}");
        report.warning("tax_point", &point_place, message).actual(point);
    }
    if point.is_some() && !data.at("/period/code").is_missing() {
        report.error(
            "tax_point",
            &point_place,
            "both a tax point date and a code for it are given; give one",
        );
    }
    period(&data.at("/period"), report);
    for line in data.at("/lines").items() {
        period(&line.field("period"), report);
    }
}

fn period(period: &Node<'_>, report: &mut Report) {
    let end_place = period.field("end");
    let start = report.read(period.field("start").date());
    let end = report.read(end_place.date());
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        let message = format!("the period ends on {end}, before it starts on {start}");
        report
            .error("period_order", &end_place, message)
            .expected(start)
            .actual(end);
    }
}
