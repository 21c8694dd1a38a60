//! Payslips: the same people each month.

use chrono::{Datelike as _, NaiveDate, Weekday};
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::invoice::number;

/// Somebody who is paid each month.
#[derive(Clone, Debug)]
pub(crate) struct Employee {
    name: String,
    id: String,
    base: i64,
    percent: i64,
}

/// A payslip; amounts are cents.
#[derive(Clone, Debug)]
pub(crate) struct Payslip {
    employee: Employee,
    start: NaiveDate,
    end: NaiveDate,
    pub(crate) paid: NaiveDate,
    overtime: i64,
    /// Added to what is paid out and to nothing else.
    pub(crate) more_net: i64,
}

const FIRST: [&str; 8] = ["Ines", "Jan", "Rui", "Marta", "Ada", "Piet", "Sofia", "Lars"];
const LAST: [&str; 8] = [
    "Roca", "de Vries", "Matos", "Vidal", "Kok", "Berg", "Prat", "Moss",
];

impl Employee {
    pub(crate) fn new(place: usize, dice: &mut Dice) -> Self {
        Self {
            name: format!("{} {}", dice.pick(&FIRST), dice.pick(&LAST)),
            id: format!("E-{}", 10 + place),
            base: 100 * dice.between(1_800, 5_200),
            percent: dice.between(11, 34),
        }
    }

    /// The payslip of the month that a day lies in; paid on its last workday.
    pub(crate) fn payslip(&self, day: NaiveDate, dice: &mut Dice) -> Option<Payslip> {
        let start = day.with_day(1)?;
        let end = start.checked_add_months(chrono::Months::new(1))?.pred_opt()?;
        let paid = (20..=end.day())
            .rev()
            .filter_map(|day| end.with_day(day))
            .find(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))?;
        Some(Payslip {
            employee: self.clone(),
            start,
            end,
            paid,
            overtime: if dice.chance(30) {
                100 * dice.between(20, 400)
            } else {
                0
            },
            more_net: 0,
        })
    }
}

impl Payslip {
    pub(crate) fn data(&self) -> Value {
        let gross = self.employee.base + self.overtime;
        let tax = gross * self.employee.percent / 100;
        let mut lines = vec![
            json!({"code": "100", "description": "Base salary", "kind": "earning", "amount": number(self.employee.base)}),
            json!({"code": "700", "description": "Income tax", "kind": "deduction", "amount": number(tax)}),
        ];
        if self.overtime > 0 {
            lines.push(
                json!({"code": "200", "description": "Overtime", "kind": "earning", "amount": number(self.overtime)}),
            );
        }
        json!({
            "employee": {"name": self.employee.name, "id": self.employee.id},
            "employer": {"name": "Acme Corp", "tax_id": "ESB58378431"},
            "pay_period_start": self.start.to_string(), "pay_period_end": self.end.to_string(),
            "pay_date": self.paid.to_string(), "currency": "EUR", "lines": lines,
            "total_gross": number(gross), "total_deductions": number(tax), "total_net": number(gross - tax + self.more_net),
        })
    }
}
