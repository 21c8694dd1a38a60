//! Fraud, by how it is done: copies that are to be paid again, accounts that are exchanged, sums that are raised,
//! invoices that were never earned.

use chrono::{Datelike as _, TimeDelta};

use crate::dice::Dice;
use crate::invoice::{Dates, Invoice, Line, Tampered};
use crate::ledger::{Content, Insert, Ledger, later, received, workday};
use crate::supplier::{Supplier, iban};

/// How many of a thousand documents, and what. The first six and the last two bring a document in, the others change one
/// that is there.
pub(crate) const KINDS: [(usize, Insert); 11] = [
    (22, duplicate),
    (28, near_duplicate),
    (15, number_reused),
    (20, number_sequence),
    (40, invented),
    (15, invented_digits),
    (25, account_exchanged),
    (25, sums_raised),
    (17, dated_ahead),
    (8, disguised),
    (3, altered),
];

/// The same document once more, weeks later, perhaps typed in anew.
fn duplicate(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let place = ledger.take(dice, |_| true)?;
    let mut copy = ledger.entries.get(place)?.clone();
    copy.received += TimeDelta::days(dice.between(4, 70));
    copy.running = 0;
    copy.labels.insert("duplicate");
    if let Content::Invoice(invoice) = &mut copy.content {
        match dice.between(1, 4) {
            1 => invoice.number = invoice.number.replace(['-', '/'], " "),
            2 => invoice.number = invoice.number.to_lowercase(),
            3 => invoice.note = Some("second notice, please pay at once".to_owned()),
            _ => invoice.due_days = 8,
        }
    }
    ledger.entries.push(copy);
    Some(())
}

/// A copy with something changed so that it passes for another.
fn near_duplicate(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, entry, mut invoice, supplier) = ledger.take_invoice(dice)?;
    let place = entry.supplier?;
    let labels: &[&'static str] = match dice.between(1, 100) {
        1..=40 => {
            invoice.number = mistyped(&invoice.number, dice);
            &["near_duplicate"]
        }
        41..=65 => {
            invoice.issued = later(invoice.issued, dice.between(1, 6));
            &["near_duplicate", "number_reused"]
        }
        66..=85 => {
            let enough = invoice.lines.len() >= 4;
            let line = dice.place(invoice.lines.len());
            let raised = invoice.lines.get_mut(line).filter(|_| enough)?;
            raised.quantity = raised.quantity * dice.between(110, 160) / 100;
            &["near_duplicate", "number_reused"]
        }
        _ => {
            invoice.issued = later(invoice.issued, dice.between(0, 3));
            invoice.number = supplier.numbered(entry.running + 1, invoice.issued);
            &["near_duplicate"]
        }
    };
    let anew = !labels.contains(&"number_reused");
    if anew && ledger.is_used(place, &invoice.number) {
        return None;
    }
    let received = entry.received + TimeDelta::days(dice.between(7, 60));
    ledger.insert(invoice, Some(place), received, labels);
    Some(())
}

fn mistyped(number: &str, dice: &mut Dice) -> String {
    match dice.between(1, 4) {
        1 => format!("{number}A"),
        2 if number.contains('0') => number.replacen('0', "O", 1),
        3 => format!("{number}/1"),
        _ => {
            let last = number.chars().next_back().unwrap_or('1');
            format!("{number}{last}")
        }
    }
}

/// The same document once more, of a payee who goes by something else: what a register would tell at once, and a
/// comparison of texts does not.
fn disguised(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (place, entry, mut copy, _) = ledger.take_invoice(dice)?;
    let way = dice.between(1, 6);
    // Without account and VAT number a credit note is of a name alone.
    if copy.is_credit_note() || copy.issued != workday(copy.issued) {
        return None;
    }
    let bare = copy.vat_id.as_deref()?.get(2..)?.to_owned();
    match way {
        1 => copy.vat_id = None,
        2 => copy.vat_id = Some(bare),
        3 => copy.vat_id = Some(mistyped_digit(copy.vat_id.as_deref()?)),
        4 => {
            copy.vat_id = None;
            copy.registration = Some(dice.digits(8));
        }
        5 => copy.dates = Dates::Points,
        _ => {
            copy.vat_id = None;
            copy.seller = respelled(&copy.seller);
        }
    }
    let received = ledger.entries.get(place)?.received + TimeDelta::days(dice.between(1, 60));
    ledger.insert(copy, entry.supplier, received, &["duplicate"]);
    Some(())
}

/// A copy of many lines under another number, with a few cents more in one of them.
fn altered(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, entry, mut copy, _) = ledger.take_invoice(dice)?;
    let line = dice.place(copy.lines.len());
    let many = copy.lines.len() >= 3 && !copy.is_credit_note() && copy.issued == workday(copy.issued);
    copy.number = mistyped(&copy.number, dice);
    if !many || ledger.is_used(entry.supplier?, &copy.number) {
        return None;
    }
    let raised = copy.lines.get_mut(line)?;
    raised.price += dice.between(1, 9);
    if dice.chance(40) {
        copy.vat_id = copy.vat_id.as_deref()?.get(2..).map(str::to_owned);
    }
    let received = entry.received + TimeDelta::days(dice.between(1, 60));
    ledger.insert(copy, entry.supplier, received, &["near_duplicate"]);
    Some(())
}

fn mistyped_digit(id: &str) -> String {
    let mut characters: Vec<char> = id.chars().collect();
    if let Some(last) = characters.last_mut() {
        *last = if *last == '7' { '1' } else { '7' };
    }
    characters.into_iter().collect()
}

/// The same name with its legal form written otherwise, or in capitals.
fn respelled(name: &str) -> String {
    if name.contains('.') {
        name.replace('.', "")
    } else {
        name.to_uppercase()
    }
}

/// A number of weeks ago on an invoice for something else.
fn number_reused(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, entry, invoice, mut supplier) = ledger.take_invoice(dice)?;
    let place = entry.supplier?;
    let issued = workday(later(invoice.issued, dice.between(20, 80)));
    if issued.year() != invoice.issued.year() {
        return None;
    }
    let mut other = supplier.invoice(issued, dice);
    other.number.clone_from(&invoice.number);
    other.iban = invoice.iban;
    other.charge("Additional services", dice.between(41_300, 930_000));
    let delay = dice.between(0, 4);
    ledger.insert(
        other,
        Some(place),
        received(issued, delay, dice),
        &["number_reused"],
    );
    Some(())
}

/// An invoice in the supplier's name whose number is far from where the supplier is.
fn number_sequence(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, entry, invoice, mut supplier) = ledger.take_invoice(dice)?;
    let place = entry.supplier.filter(|_| supplier.counts())?;
    let issued = workday(later(invoice.issued, dice.between(1, 9)));
    let before: Vec<i64> = ledger
        .issued(place, issued)
        .into_iter()
        .filter(|(_, day)| day.year() == issued.year())
        .map(|(running, _)| running)
        .collect();
    let (oldest, newest) = (*before.first()?, *before.last()?);
    if before.len() < 5 {
        return None;
    }
    let running = if dice.chance(50) {
        newest + 150 + supplier.step * dice.between(50, 300)
    } else {
        oldest - dice.between(2, 40)
    };
    let number = supplier.numbered(running, issued);
    if running < 1 || ledger.is_used(place, &number) {
        return None;
    }
    let mut other = supplier.invoice(issued, dice);
    other.number = number;
    other.iban = invoice.iban;
    let delay = dice.between(0, 4);
    ledger.insert(
        other,
        Some(place),
        received(issued, delay, dice),
        &["number_sequence"],
    );
    Some(())
}

/// An invoice for nothing, of a known supplier or of one that nobody knows: a sum that was made up, on a day when
/// nobody works.
fn invented(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, entry, invoice, own) = ledger.take_invoice(dice)?;
    let mut issued = workday(later(invoice.issued, dice.between(1, 9)));
    let mut labels = Vec::new();
    if dice.chance(45) {
        issued = issued
            + TimeDelta::days(6 - i64::from(issued.weekday().number_from_monday()) + dice.between(0, 1));
        labels.push("weekend_date");
    }
    let known = dice.chance(60);
    let number = own.numbered(entry.running + 1, issued);
    let (place, mut supplier) = if known && !ledger.is_used(entry.supplier?, &number) {
        (entry.supplier, own)
    } else {
        (None, Supplier::new(dice.place(64), issued, dice))
    };
    let mut made_up = supplier.invoice(issued, dice);
    if place.is_some() {
        made_up.number = number;
        made_up.iban = invoice.iban;
    }
    let payable = match dice.between(1, 100) {
        1..=45 => {
            labels.push("round_amount");
            let unit = if dice.chance(85) { 100_000 } else { 50_000 };
            unit * dice.between(2, 18)
        }
        46..=90 => {
            labels.push("below_limit");
            let limit = dice.pick(&[100_000, 500_000, 1_000_000]);
            limit - 100 * dice.between(2, 90)
        }
        _ if labels.is_empty() => return None,
        _ => dice.between(31_000, 870_000),
    };
    made_up.charge("Consulting services as agreed", payable);
    let delay = dice.between(1, 5);
    ledger.insert(made_up, place, received(issued, delay, dice), &labels);
    Some(())
}

/// Scores of lines with amounts out of somebody's head.
fn invented_digits(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, _, invoice, _) = ledger.take_invoice(dice)?;
    let issued = workday(later(invoice.issued, dice.between(1, 9)));
    let mut shell = Supplier::new(dice.place(64), issued, dice);
    let mut made_up: Invoice = shell.invoice(issued, dice);
    let count = dice.between(60, 120);
    made_up.lines = (1..=count)
        .map(|index| Line {
            item: format!("Position {index}"),
            quantity: 100,
            price: match dice.between(1, 10) {
                1 => dice.between(150, 9_900),
                2..=4 => dice.between(40_000, 90_000),
                _ => dice.between(10_000, 99_900),
            },
        })
        .collect();
    let delay = dice.between(1, 5);
    ledger.insert(made_up, None, received(issued, delay, dice), &["first_digit"]);
    Some(())
}

/// An invoice that was intercepted: everything is right but the account, and sometimes who the sender says to be.
fn account_exchanged(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (place, entry, mut invoice, supplier) = ledger.take_invoice(dice)?;
    let earlier = ledger
        .entries
        .iter()
        .filter(|other| other.supplier == entry.supplier && other.received < entry.received)
        .count();
    if earlier == 0 {
        return None;
    }
    let other_country = dice.pick(&["LT", "GB", "DE", "EE"]);
    invoice.iban = iban(other_country, dice);
    match dice.between(1, 100) {
        1..=25 => invoice.vat_id = None,
        26..=35 => invoice.vat_id = Some(format!("{other_country}{}", dice.digits(9))),
        36..=45 => invoice.seller = supplier.name.to_uppercase(),
        _ => {}
    }
    change(ledger, place, invoice, "bank_account_changed")
}

/// A sum that was raised without what it is made of.
fn sums_raised(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let place = ledger.take(dice, |_| true)?;
    let cents = if dice.chance(15) {
        dice.between(3, 40)
    } else {
        dice.between(100, 60_000)
    };
    let entry = ledger.entries.get_mut(place)?;
    match &mut entry.content {
        Content::Invoice(invoice) => {
            invoice.tampered = Some(match dice.between(1, 4) {
                1 => Tampered::Tax(cents),
                2 => Tampered::Lines(cents),
                3 => Tampered::FirstLine(cents),
                _ => Tampered::Payable(cents),
            });
        }
        Content::Payslip(payslip) => payslip.more_net = cents,
    }
    entry.labels.insert("arithmetic");
    Some(())
}

/// An invoice dated weeks ahead.
fn dated_ahead(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (place, entry, mut invoice, _) = ledger.take_invoice(dice)?;
    invoice.issued = workday(later(entry.received.date_naive(), dice.between(2, 60)));
    change(ledger, place, invoice, "future_date")
}

fn change(ledger: &mut Ledger, place: usize, invoice: Invoice, label: &'static str) -> Option<()> {
    let entry = ledger.entries.get_mut(place)?;
    entry.content = Content::Invoice(Box::new(invoice));
    entry.labels.insert(label);
    Some(())
}
