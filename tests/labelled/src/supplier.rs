//! Suppliers: who they are, how they number, when they bill and what.

mod words;

use chrono::{Datelike as _, Days, NaiveDate, Weekday};

use crate::dice::Dice;
use crate::invoice::{Dates, Invoice, Line};
use words::{COUNTRIES, FORMS, OWNERS, TRADES};

/// What a supplier sells, which decides when it bills and how its invoices look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Trade {
    /// The same amount each month, dated the first, sent before.
    #[default]
    Rent,
    /// Each month for the month before, dated its last day, weekend or not.
    Telecom,
    /// Weekly, many lines.
    Wholesale,
    /// Now and then, hours and material.
    Craft,
    /// The same amount each month, on the same day, weekend or not.
    Software,
    /// Events, billed on the day, often a Saturday.
    Catering,
    /// Each month, scores of lines of all sizes.
    Parts,
    /// Each month, scores of lines at the prices of a short list.
    Laundry,
    /// A fixed fee each month.
    Advice,
}

/// How numbers are made of a running one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Numbers {
    /// `2025-0114`, anew each year.
    #[default]
    Year,
    /// `R25/114`, anew each year.
    ShortYear,
    /// `INV-004512`, for ever.
    Running,
    /// `1023`, for ever.
    Plain,
    /// `114`, anew each year without saying so.
    PlainYearly,
    /// `20250914-2`.
    Day,
}

/// A supplier.
#[derive(Clone, Debug)]
pub(crate) struct Supplier {
    pub(crate) name: String,
    pub(crate) vat_id: String,
    pub(crate) ibans: Vec<String>,
    pub(crate) trade: Trade,
    numbers: Numbers,
    /// How far its numbers go on between two invoices to us, at most.
    pub(crate) step: i64,
    running: i64,
    year: i32,
    percent: i64,
    tax_by_line: bool,
    orders: bool,
    fee: i64,
    day: u64,
    items: Vec<(String, i64)>,
}

impl Supplier {
    /// The supplier of this place in the list: trades take turns.
    pub(crate) fn new(place: usize, first: NaiveDate, dice: &mut Dice) -> Self {
        let (trade, words, items) = TRADES.get(place % TRADES.len()).copied().unwrap_or_default();
        let (country, percent) = dice.pick(&COUNTRIES);
        let name = format!(
            "{} {} {}",
            dice.pick(words),
            dice.pick(&OWNERS),
            dice.pick(&FORMS)
        );
        let numbers = dice.pick(&[
            Numbers::Year,
            Numbers::Year,
            Numbers::ShortYear,
            Numbers::Running,
            Numbers::Running,
            Numbers::Plain,
            Numbers::PlainYearly,
            Numbers::Day,
        ]);
        let mut ibans = vec![iban(country, dice)];
        // Some always had two accounts and name one or the other.
        if dice.chance(8) {
            ibans.push(iban(country, dice));
        }
        Self {
            name,
            vat_id: format!("{country}{}", dice.digits(9)),
            ibans,
            trade,
            numbers,
            step: dice.pick(&[1, 2, 5, 12, 40]),
            running: dice.between(1, 4_000),
            year: first.year(),
            percent: if trade == Trade::Rent { 0 } else { percent },
            tax_by_line: dice.chance(25),
            orders: dice.chance(50),
            fee: fee(trade, dice),
            day: u64::try_from(dice.between(2, 27)).unwrap_or(2),
            items: items
                .iter()
                .map(|item| ((*item).to_owned(), price(trade, dice)))
                .collect(),
        }
    }

    /// The next number, of an invoice that is dated so.
    pub(crate) fn number(&mut self, issued: NaiveDate, dice: &mut Dice) -> String {
        let yearly = matches!(
            self.numbers,
            Numbers::Year | Numbers::ShortYear | Numbers::PlainYearly
        );
        if yearly && issued.year() > self.year {
            self.year = issued.year();
            self.running = 0;
        }
        self.running += dice.between(1, self.step);
        self.numbered(self.running, issued)
    }

    /// The running number behind the last one.
    pub(crate) fn running(&self) -> i64 {
        self.running
    }

    /// A new program, which counts from somewhere else.
    pub(crate) fn renumber(&mut self, dice: &mut Dice) {
        self.running += 1_000 * dice.between(3, 60);
    }

    /// This running number in the supplier's way.
    pub(crate) fn numbered(&self, running: i64, issued: NaiveDate) -> String {
        match self.numbers {
            Numbers::Year => format!("{}-{running:04}", issued.year()),
            Numbers::ShortYear => format!("R{}/{running}", issued.year() % 100),
            Numbers::Running => format!("INV-{running:06}"),
            Numbers::Plain | Numbers::PlainYearly => running.to_string(),
            Numbers::Day => format!("{}-{}", issued.format("%Y%m%d"), running % 7 + 1),
        }
    }

    /// Whether its numbers say something of their order.
    pub(crate) fn counts(&self) -> bool {
        !matches!(self.numbers, Numbers::Day)
    }

    /// The days on which it bills.
    pub(crate) fn days(&self, first: NaiveDate, last: NaiveDate, dice: &mut Dice) -> Vec<NaiveDate> {
        let mut days = Vec::new();
        let mut day = first;
        while day <= last {
            let begins = day.day() == 1;
            let ends = day.succ_opt().is_some_and(|next| next.month() != day.month());
            let due = match self.trade {
                Trade::Rent => begins,
                Trade::Telecom => ends,
                Trade::Wholesale => day.weekday() == Weekday::Tue && !dice.chance(15),
                Trade::Craft => is_workday(day) && dice.chance(7),
                Trade::Software => u64::from(day.day()) == self.day,
                Trade::Catering => {
                    let weekend = day.weekday() == Weekday::Sat && dice.chance(25);
                    weekend || (is_workday(day) && dice.chance(2))
                }
                Trade::Parts | Trade::Laundry | Trade::Advice => is_workday(day) && self.bills_by(day),
            };
            if due {
                days.push(day);
            }
            let Some(next) = day.checked_add_days(Days::new(1)) else {
                break;
            };
            day = next;
        }
        days
    }

    /// The first workday from its day of the month on.
    fn bills_by(&self, day: NaiveDate) -> bool {
        let from = day.with_day(u32::try_from(self.day.min(25)).unwrap_or(1));
        from.is_some_and(|from| {
            let ahead = from.iter_days().take(5).find(|day| is_workday(*day));
            ahead == Some(day)
        })
    }

    /// The invoice of a day.
    pub(crate) fn invoice(&mut self, issued: NaiveDate, dice: &mut Dice) -> Invoice {
        let iban = self
            .ibans
            .get(dice.place(self.ibans.len()))
            .cloned()
            .unwrap_or_default();
        let period =
            matches!(self.trade, Trade::Rent | Trade::Telecom | Trade::Software).then(|| month(issued));
        let orders = self.orders && !matches!(self.trade, Trade::Rent | Trade::Telecom | Trade::Software);
        Invoice {
            type_code: "380",
            number: self.number(issued, dice),
            issued,
            dates: Dates::Iso,
            due_days: 30,
            seller: self.name.clone(),
            vat_id: Some(self.vat_id.clone()),
            registration: None,
            iban,
            percent: self.percent,
            tax_by_line: self.tax_by_line,
            lines: self.lines(dice),
            order: orders.then(|| format!("PO-{}", dice.between(1_000, 99_999))),
            period: period.flatten(),
            preceding: None,
            note: dice.chance(20).then(|| "Thank you for your order".to_owned()),
            tampered: None,
        }
    }

    fn lines(&self, dice: &mut Dice) -> Vec<Line> {
        let listed = |place: usize, quantity: i64, price: Option<i64>| {
            let (item, own) = self.items.get(place).cloned().unwrap_or_default();
            Line {
                item,
                quantity,
                price: price.unwrap_or(own),
            }
        };
        match self.trade {
            Trade::Rent | Trade::Software | Trade::Advice => vec![listed(0, 100, Some(self.fee))],
            Trade::Telecom => {
                let count = dice.place(self.items.len()) + 1;
                (0..count)
                    .map(|place| listed(place, 100, Some(dice.between(900, 30_000))))
                    .collect()
            }
            Trade::Wholesale => {
                let count = dice.between(3, 14);
                let line = |_| listed(dice.place(self.items.len()), 100 * dice.between(1, 24), None);
                (0..count).map(line).collect()
            }
            Trade::Craft => {
                let hours = 25 * dice.between(4, 120);
                let mut lines = vec![listed(0, hours, None)];
                for place in 1..self.items.len() {
                    if dice.chance(50) {
                        let price = dice.grown(8).max(500);
                        lines.push(listed(place, 100, Some(price)));
                    }
                }
                lines
            }
            Trade::Catering => {
                let guests = 100 * dice.between(12, 90);
                let count = dice.place(self.items.len()) + 1;
                (0..count).map(|place| listed(place, guests, None)).collect()
            }
            Trade::Parts => {
                let count = dice.between(70, 130);
                let line = |index: i64| {
                    let (item, _) = self
                        .items
                        .get(dice.place(self.items.len()))
                        .cloned()
                        .unwrap_or_default();
                    Line {
                        item: format!("{item} {}", 1_000 + index * 7),
                        quantity: 100 * dice.between(1, 8),
                        price: dice.grown(12).max(5),
                    }
                };
                (0..count).map(line).collect()
            }
            Trade::Laundry => {
                let count = dice.between(60, 110);
                let line = |_| listed(dice.place(self.items.len()), 100 * dice.between(1, 40), None);
                (0..count).map(line).collect()
            }
        }
    }
}

fn fee(trade: Trade, dice: &mut Dice) -> i64 {
    match trade {
        // Rents and retainers are agreed in round numbers, some of them.
        Trade::Rent if dice.chance(50) => 50_000 * dice.between(2, 9),
        Trade::Advice if dice.chance(40) => 25_000 * dice.between(4, 20),
        Trade::Software => 100 * dice.between(19, 900) - 1,
        _ => dice.between(60_000, 600_000),
    }
}

fn price(trade: Trade, dice: &mut Dice) -> i64 {
    match trade {
        Trade::Craft => 50 * dice.between(70, 150),
        Trade::Catering => 50 * dice.between(6, 90),
        Trade::Laundry => 5 * dice.between(30, 160),
        _ => dice.grown(7).max(40),
    }
}

pub(crate) fn is_workday(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

fn month(day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let first = day.with_day(1)?;
    let next = first.checked_add_months(chrono::Months::new(1))?;
    Some((first, next.pred_opt()?))
}

/// An account with check digits that are right (ISO 13616).
pub(crate) fn iban(country: &str, dice: &mut Dice) -> String {
    let account = dice.digits(18);
    let numeric: String = format!("{account}{country}00")
        .chars()
        .map(|character| character.to_digit(36).unwrap_or_default().to_string())
        .collect();
    let rest = numeric
        .bytes()
        .fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("{country}{:02}{account}", 98 - rest)
}
