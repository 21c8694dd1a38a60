//! All documents so far, and the suppliers and people they are of.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, TimeDelta, Utc};

use crate::Labelled;
use crate::dice::Dice;
use crate::invoice::Invoice;
use crate::payslip::{Employee, Payslip};
use crate::supplier::{Supplier, Trade, iban};

/// Months that the sequence spans.
const MONTHS: u32 = 18;
/// Tries at one insertion; it may pick documents that do not suit.
const TRIES: usize = 40;

/// What a document is.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Invoice(Box<Invoice>),
    Payslip(Box<Payslip>),
}

/// A document in the making.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) content: Content,
    pub(crate) supplier: Option<usize>,
    /// The running number behind its number.
    pub(crate) running: i64,
    pub(crate) received: DateTime<Utc>,
    pub(crate) labels: BTreeSet<&'static str>,
    /// Nothing was done with it yet.
    pub(crate) plain: bool,
}

/// The documents, and where they come from.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) suppliers: Vec<Supplier>,
    pub(crate) entries: Vec<Entry>,
    /// Honest documents that are taken where an insertion found no place.
    reserve: Vec<Entry>,
    /// Accounts that suppliers changed to, which is no fraud and is to be seen.
    changed: Vec<String>,
}

/// Inserts documents or changes some; says how many came in, or that it found no place.
pub(crate) type Insert = fn(&mut Ledger, &mut Dice) -> Option<()>;

impl Ledger {
    /// What honest suppliers and employers send: at least `most` documents, of which `count` are taken.
    pub(crate) fn honest(most: usize, count: usize, dice: &mut Dice) -> Self {
        let first = NaiveDate::default().with_year(2025).unwrap_or_default();
        let last = first.checked_add_months(Months::new(MONTHS)).unwrap_or(first);
        let mut ledger = Self {
            suppliers: Vec::new(),
            entries: Vec::new(),
            reserve: Vec::new(),
            changed: Vec::new(),
        };
        let mut place = 0;
        while ledger.entries.len() < most {
            // Some are new within the time.
            let late = if dice.chance(30) { dice.between(30, 240) } else { 0 };
            let from = first + TimeDelta::days(late);
            ledger.add_supplier(place, from, last, dice);
            if place % 9 == 8 {
                ledger.add_employee(place, first, last, dice);
            }
            place += 1;
        }
        ledger.entries.sort_by_key(|entry| entry.received);
        ledger.reserve = ledger.entries.split_off(count.min(ledger.entries.len()));
        ledger
    }

    fn add_supplier(&mut self, place: usize, from: NaiveDate, last: NaiveDate, dice: &mut Dice) {
        let mut supplier = Supplier::new(place, from, dice);
        // Of two with the same name, each has its own VAT number.
        if let Some(namesake) = self.suppliers.last().filter(|_| place % 11 == 10) {
            supplier.name.clone_from(&namesake.name);
        }
        let days = supplier.days(from, last, dice);
        let middle = days.len() / 3 + dice.place(days.len() / 3 + 1);
        let moves = dice.chance(20) && supplier.ibans.len() == 1 && days.len() > 6;
        let renumbers = dice.chance(6) && days.len() > 6;
        for (index, day) in days.into_iter().enumerate() {
            if moves && index == middle {
                let country = supplier.vat_id.get(..2).unwrap_or("NL").to_owned();
                let account = iban(&country, dice);
                self.changed.push(account.clone());
                supplier.ibans = vec![account];
            }
            if renumbers && index == middle {
                supplier.renumber(dice);
            }
            let invoice = supplier.invoice(day, dice);
            let delay = match supplier.trade {
                Trade::Rent => dice.between(-4, 1),
                _ if dice.chance(4) => dice.between(18, 40),
                _ => dice.between(0, 4),
            };
            self.entries.push(Entry {
                content: Content::Invoice(Box::new(invoice)),
                supplier: Some(self.suppliers.len()),
                running: supplier.running(),
                received: received(day, delay, dice),
                labels: BTreeSet::new(),
                plain: true,
            });
        }
        self.suppliers.push(supplier);
    }

    fn add_employee(&mut self, place: usize, first: NaiveDate, last: NaiveDate, dice: &mut Dice) {
        let employee = Employee::new(place, dice);
        for month in 0..MONTHS {
            let day = first.checked_add_months(Months::new(month)).unwrap_or(last);
            let Some(payslip) = employee.payslip(day, dice) else {
                continue;
            };
            let delay = dice.between(-5, 0);
            self.entries.push(Entry {
                received: received(payslip.paid, delay, dice),
                content: Content::Payslip(Box::new(payslip)),
                supplier: None,
                running: 0,
                labels: BTreeSet::new(),
                plain: true,
            });
        }
    }

    /// Inserts so many times.
    pub(crate) fn repeat(&mut self, count: usize, dice: &mut Dice, insert: Insert) {
        for _ in 0..count {
            let _ = (0..TRIES).find_map(|_| insert(self, dice));
        }
    }

    /// A document that nothing was done with, marked as taken.
    pub(crate) fn take(&mut self, dice: &mut Dice, suits: impl Fn(&Entry) -> bool) -> Option<usize> {
        let place = dice.place(self.entries.len());
        let entry = self
            .entries
            .get_mut(place)
            .filter(|entry| entry.plain && suits(entry))?;
        entry.plain = false;
        Some(place)
    }

    /// A plain invoice, taken, with its supplier.
    pub(crate) fn take_invoice(&mut self, dice: &mut Dice) -> Option<(usize, Entry, Invoice, Supplier)> {
        let place = self.take(dice, |entry| matches!(entry.content, Content::Invoice(_)))?;
        let entry = self.entries.get(place)?.clone();
        let Content::Invoice(invoice) = &entry.content else {
            return None;
        };
        let supplier = self.suppliers.get(entry.supplier?)?.clone();
        Some((place, entry.clone(), invoice.as_ref().clone(), supplier))
    }

    /// The supplier's own invoices up to a day, the oldest first: running number and day.
    pub(crate) fn issued(&self, supplier: usize, until: NaiveDate) -> Vec<(i64, NaiveDate)> {
        let mut issued: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| entry.supplier == Some(supplier) && entry.running > 0)
            .filter_map(|entry| match &entry.content {
                Content::Invoice(invoice) if invoice.type_code == "380" => {
                    Some((entry.running, invoice.issued))
                }
                _ => None,
            })
            .filter(|(_, day)| *day <= until)
            .collect();
        issued.sort_unstable_by_key(|(running, day)| (*day, *running));
        issued
    }

    /// Whether a supplier uses a number at any time.
    pub(crate) fn is_used(&self, supplier: usize, number: &str) -> bool {
        self.entries.iter().chain(&self.reserve).any(|entry| {
            entry.supplier == Some(supplier)
                && matches!(&entry.content, Content::Invoice(invoice) if invoice.number == number)
        })
    }

    /// A new document. Running 0 keeps it out of its supplier's own numbers.
    pub(crate) fn insert(
        &mut self,
        invoice: Invoice,
        supplier: Option<usize>,
        received: DateTime<Utc>,
        labels: &[&'static str],
    ) {
        self.entries.push(Entry {
            content: Content::Invoice(Box::new(invoice)),
            supplier,
            running: 0,
            received,
            labels: labels.iter().copied().collect(),
            plain: false,
        });
    }

    /// The documents in order, so many.
    pub(crate) fn finish(mut self, documents: usize) -> Vec<Labelled> {
        let missing = documents
            .saturating_sub(self.entries.len())
            .min(self.reserve.len());
        self.entries.extend(self.reserve.drain(..missing));
        self.entries.sort_by_key(|entry| entry.received);
        // Of too many the last that nothing was done with make room, so that what was inserted stays.
        let mut many = self.entries.len().saturating_sub(documents);
        let mut kept: Vec<Entry> = Vec::with_capacity(self.entries.len());
        while let Some(entry) = self.entries.pop() {
            if many > 0 && entry.plain {
                many -= 1;
            } else {
                kept.push(entry);
            }
        }
        kept.reverse();
        self.entries = kept;
        for account in &self.changed {
            let first = self.entries.iter_mut().find(
                |entry| matches!(&entry.content, Content::Invoice(invoice) if invoice.iban == *account),
            );
            if let Some(first) = first {
                first.labels.insert("bank_account_changed");
            }
        }
        let labelled = self
            .entries
            .into_iter()
            .enumerate()
            .map(|(index, entry)| Labelled {
                id: format!("doc-{:05}", index + 1),
                received: entry.received,
                labels: entry.labels,
                data: match entry.content {
                    Content::Invoice(invoice) => invoice.data(),
                    Content::Payslip(payslip) => payslip.data(),
                },
            });
        labelled.take(documents).collect()
    }
}

/// A time within office hours, so many days after a day.
pub(crate) fn received(day: NaiveDate, delay: i64, dice: &mut Dice) -> DateTime<Utc> {
    let seconds = dice.between(7 * 3_600, 18 * 3_600);
    day.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::days(delay) + TimeDelta::seconds(seconds)
}

/// So many days later.
pub(crate) fn later(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_days(Days::new(u64::try_from(days).unwrap_or_default()))
        .unwrap_or(day)
}

/// The day itself, or the Monday after it.
pub(crate) fn workday(day: NaiveDate) -> NaiveDate {
    match day.weekday().number_from_monday() {
        6 => later(day, 2),
        7 => later(day, 1),
        _ => day,
    }
}
