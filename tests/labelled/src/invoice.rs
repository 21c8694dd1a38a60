//! An invoice and its data, in the shape that `ubl_invoice_extractor` makes.
//!
//! Invariant: amounts are whole cents, and what is shown adds up unless it was tampered with.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) item: String,
    /// Hundredths.
    pub(crate) quantity: i64,
    /// Cents.
    pub(crate) price: i64,
}

/// Where somebody changed an amount, by how many cents, without the sums that follow from it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tampered {
    Payable(i64),
    Tax(i64),
    Lines(i64),
    FirstLine(i64),
}

/// How days are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Dates {
    /// `2026-03-14`
    #[default]
    Iso,
    /// `14.03.2026`
    Points,
}

/// An invoice or credit note.
#[derive(Clone, Debug)]
pub(crate) struct Invoice {
    pub(crate) type_code: &'static str,
    pub(crate) number: String,
    pub(crate) issued: NaiveDate,
    pub(crate) dates: Dates,
    pub(crate) due_days: u64,
    pub(crate) seller: String,
    pub(crate) vat_id: Option<String>,
    /// The number in a register of firms.
    pub(crate) registration: Option<String>,
    pub(crate) iban: String,
    pub(crate) percent: i64,
    /// The supplier rounds the tax of each line and adds them up.
    pub(crate) tax_by_line: bool,
    pub(crate) lines: Vec<Line>,
    pub(crate) order: Option<String>,
    pub(crate) period: Option<(NaiveDate, NaiveDate)>,
    pub(crate) preceding: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) tampered: Option<Tampered>,
}

/// Half cents away from zero.
fn share(cents: i64, of: i64, whole: i64) -> i64 {
    (cents * of + whole / 2) / whole
}

impl Line {
    pub(crate) fn amount(&self) -> i64 {
        share(self.quantity, self.price, 100)
    }
}

impl Invoice {
    pub(crate) fn is_credit_note(&self) -> bool {
        self.type_code == "381"
    }

    pub(crate) fn base(&self) -> i64 {
        self.lines.iter().map(Line::amount).sum()
    }

    fn tax(&self) -> i64 {
        let of = |cents: i64| share(cents, self.percent, 100);
        if self.tax_by_line {
            self.lines.iter().map(|line| of(line.amount())).sum()
        } else {
            of(self.base())
        }
    }

    pub(crate) fn payable(&self) -> i64 {
        self.base() + self.tax()
    }

    /// One line, priced so that this is to be paid; without tax where no price makes it so.
    pub(crate) fn charge(&mut self, item: &str, payable: i64) {
        self.lines = vec![Line {
            item: item.to_owned(),
            quantity: 100,
            price: 0,
        }];
        let near = payable * 100 / (100 + self.percent);
        for (price, percent) in [(near, self.percent), (near + 1, self.percent), (payable, 0)] {
            self.percent = percent;
            for line in &mut self.lines {
                line.price = price;
            }
            if self.payable() == payable {
                return;
            }
        }
    }

    /// The document's data.
    pub(crate) fn data(&self) -> Value {
        let by = |tampered: fn(Tampered) -> Option<i64>| self.tampered.and_then(tampered).unwrap_or_default();
        let first = by(|place| matches!(place, Tampered::FirstLine(_)).then_some(place.cents()));
        let lines_total =
            self.base() + by(|place| matches!(place, Tampered::Lines(_)).then_some(place.cents()));
        let tax = self.tax() + by(|place| matches!(place, Tampered::Tax(_)).then_some(place.cents()));
        let payable =
            self.payable() + by(|place| matches!(place, Tampered::Payable(_)).then_some(place.cents()));
        let category = if self.percent == 0 { "E" } else { "S" };
        let lines: Vec<Value> = self
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| {
                let more = if index == 0 { first } else { 0 };
                json!({
                    "id": (index + 1).to_string(),
                    "quantity": number(line.quantity),
                    "amount": number(line.amount() + more),
                    "item": {"name": line.item, "tax_category": category, "tax_percent": self.percent},
                    "price": {"amount": number(line.price)},
                })
            })
            .collect();
        let mut data = json!({
            "document_type": if self.is_credit_note() { "credit_note" } else { "invoice" },
            "type_code": self.type_code,
            "id": self.number,
            "issue_date": self.dates.write(self.issued),
            "currency": "EUR",
            "seller": {"name": self.seller},
            "buyer": {"name": "Acme Corp B.V.", "vat_id": "NL004495445B01"},
            "taxes": [{"taxable_amount": number(self.base()), "tax_amount": number(tax), "category": category, "percent": self.percent}],
            "tax_total": number(tax),
            "totals": {"lines": number(lines_total), "tax_exclusive": number(self.base()), "tax_inclusive": number(self.payable()),
                "payable": number(payable)},
            "lines": lines,
        });
        let mut put = |pointer: &str, key: &str, value: Option<Value>| {
            if let (Some(Value::Object(object)), Some(value)) = (data.pointer_mut(pointer), value) {
                object.insert(key.to_owned(), value);
            }
        };
        put("/seller", "vat_id", self.vat_id.clone().map(Value::from));
        put("/seller", "legal_id", self.registration.clone().map(Value::from));
        let due = self.issued.checked_add_days(Days::new(self.due_days));
        put("", "due_date", due.map(|due| due.to_string().into()));
        if !self.is_credit_note() {
            let means = json!({"means": [{"code": "58", "iban": self.iban}]});
            put("", "payment", Some(means));
        }
        let period = self
            .period
            .map(|(start, end)| json!({"start": start.to_string(), "end": end.to_string()}));
        put("", "period", period);
        let mut references = serde_json::Map::new();
        references.extend(self.order.clone().map(|order| ("order".to_owned(), order.into())));
        let preceding = self.preceding.clone().map(|id| json!([{"id": id}]));
        references.extend(preceding.map(|list| ("preceding".to_owned(), list)));
        put(
            "",
            "references",
            (!references.is_empty()).then_some(Value::Object(references)),
        );
        put("", "notes", self.note.clone().map(|note| json!([note])));
        data
    }
}

impl Dates {
    fn write(self, day: NaiveDate) -> String {
        match self {
            Self::Iso => day.to_string(),
            Self::Points => day.format("%d.%m.%Y").to_string(),
        }
    }
}

impl Tampered {
    fn cents(self) -> i64 {
        match self {
            Self::Payable(cents) | Self::Tax(cents) | Self::Lines(cents) | Self::FirstLine(cents) => cents,
        }
    }
}

/// Cents, or hundredths, as a number with two places.
pub(crate) fn number(cents: i64) -> Value {
    let text = Decimal::new(cents, 2).to_string();
    text.parse::<Number>().map_or(Value::String(text), Value::Number)
}
