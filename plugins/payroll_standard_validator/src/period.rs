//! The pay period and the day of payment.

use assay_plugin_sdk::{Data, NaiveDate, Report};

use crate::Settings;

/// A pay period, both days included, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    start: NaiveDate,
    end: NaiveDate,
}

impl Period {
    /// Whether a day lies in it.
    pub(crate) fn contains(self, day: NaiveDate) -> bool {
        (self.start..=self.end).contains(&day)
    }

    /// The two days in words.
    pub(crate) fn describe(self) -> String {
        format!("{} to {}", self.start, self.end)
    }
}

/// Judges the period; nothing if it is not there or not in order.
pub(crate) fn judge(data: &Data, settings: &Settings, report: &mut Report) -> Option<Period> {
    let (from, to) = (data.at("/pay_period_start"), data.at("/pay_period_end"));
    let (start, end) = (report.read(from.date()), report.read(to.date()));
    let paid = data.at("/pay_date");
    if let (Some(start), Some(day)) = (start, report.read(paid.date()))
        && day < start
    {
        let message = format!("it was paid on {day}, before the pay period starts on {start}");
        report
            .warning("pay_date", &paid, message)
            .expected(start)
            .actual(day);
    }
    let (start, end) = (start?, end?);
    let days = end.signed_duration_since(start).num_days() + 1;
    if days < 1 {
        let message = format!("the pay period ends on {end}, before it starts on {start}");
        report
            .error("period_order", &to, message)
            .expected(start)
            .actual(end);
        return None;
    }
    let most = settings.max_period_days;
    if days > i64::from(most) {
        let message = format!("the pay period has {days} days, but may have at most {most}");
        report.error("period_length", &to, message);
    }
    Some(Period { start, end })
}
