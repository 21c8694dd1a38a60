//! Honest documents that look odd, besides those that come of how suppliers bill: rents that are round and dated ahead,
//! month ends on weekends, caterers on Saturdays, retainers near a limit, numbers that begin anew each January, taxes
//! rounded by line, two accounts, namesakes, new numbers of a new program.

use chrono::TimeDelta;

use crate::dice::Dice;
use crate::ledger::{Insert, Ledger, later, workday};
use crate::supplier::Supplier;

/// How many of a thousand documents, and what.
pub(crate) const KINDS: [(usize, Insert); 4] =
    [(30, credit_note), (15, correction), (20, twin), (5, reissue)];

/// As [`KINDS`], brought in last, so that what was there before stays what it is.
pub(crate) const LATER: [(usize, Insert); 2] = [(2, homonym), (2, next_period)];

/// A credit note for an invoice: the same lines, in a series of its own that meets the numbers of invoices.
fn credit_note(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, entry, invoice, supplier) = ledger.take_invoice(dice)?;
    let days = dice.between(3, 20);
    let mut note = invoice.clone();
    note.type_code = "381";
    note.issued = workday(later(invoice.issued, days));
    note.preceding = Some(invoice.number);
    note.number = if dice.chance(50) {
        format!("CN-{}", dice.between(1, 400))
    } else {
        supplier.numbered(entry.running - dice.between(0, 3), note.issued)
    };
    if dice.chance(50) {
        note.lines.truncate(1);
    }
    ledger.insert(note, entry.supplier, entry.received + TimeDelta::days(days), &[]);
    Some(())
}

/// A corrected invoice that says what it corrects, under the same number or another.
fn correction(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, entry, invoice, _) = ledger.take_invoice(dice)?;
    let days = dice.between(2, 10);
    let mut corrected = invoice.clone();
    corrected.type_code = "384";
    corrected.issued = if dice.chance(50) {
        invoice.issued
    } else {
        workday(later(invoice.issued, days))
    };
    corrected.preceding = Some(invoice.number.clone());
    if dice.chance(60) {
        corrected.number = format!("{}K", invoice.number);
    }
    if let Some(line) = corrected.lines.first_mut() {
        line.price = (line.price * dice.between(80, 97) / 100).max(1);
    }
    ledger.insert(
        corrected,
        entry.supplier,
        entry.received + TimeDelta::days(days),
        &[],
    );
    Some(())
}

/// A second delivery of the same on the same day: another number, mostly with another order or another place.
fn twin(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, entry, invoice, supplier) = ledger.take_invoice(dice)?;
    let place = entry.supplier?;
    let number = supplier.numbered(entry.running + 1, invoice.issued);
    if ledger.is_used(place, &number) {
        return None;
    }
    let mut twin = invoice;
    twin.number = number;
    if twin.order.is_some() {
        twin.order = Some(format!("PO-{}", dice.between(1_000, 99_999)));
    }
    if dice.chance(70) {
        for line in &mut twin.lines {
            line.item.push_str(" site 2");
        }
    }
    let received = entry.received + TimeDelta::minutes(dice.between(1, 90));
    ledger.insert(twin, Some(place), received, &[]);
    Some(())
}

/// Another firm of the same name but for its legal form, with a number and a day that both have.
fn homonym(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, entry, invoice, supplier) = ledger.take_invoice(dice)?;
    let (stem, _) = supplier.name.rsplit_once(' ')?;
    let other_form = dice.pick(&["AG", "Lda", "S.r.l.", "Oy", "A/S", "Kft"]);
    // A craftsman, whose sums are of all sizes, on a day when he works.
    let mut other = Supplier::new(3, invoice.issued, dice).invoice(workday(invoice.issued), dice);
    other.seller = format!("{stem} {other_form}");
    other.number = invoice.number;
    ledger.insert(
        other,
        None,
        entry.received + TimeDelta::hours(dice.between(1, 60)),
        &[],
    );
    Some(())
}

/// The same lines once more for the time after, under the next number: what is billed every month or week.
fn next_period(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, entry, mut invoice, supplier) = ledger.take_invoice(dice)?;
    let place = entry.supplier?;
    let days = dice.pick(&[7, 14, 28]);
    invoice.issued = later(invoice.issued, days);
    invoice.number = supplier.numbered(entry.running + 1, invoice.issued);
    invoice.period = invoice
        .period
        .map(|(start, end)| (later(start, days), later(end, days)));
    if ledger.is_used(place, &invoice.number) || workday(invoice.issued) != invoice.issued {
        return None;
    }
    ledger.insert(invoice, Some(place), entry.received + TimeDelta::days(days), &[]);
    Some(())
}

/// An invoice that the supplier mends and sends again under its number, without a word.
fn reissue(ledger: &mut Ledger, dice: &mut Dice) -> Option<()> {
    let (_, entry, mut invoice, _) = ledger.take_invoice(dice)?;
    let line = invoice.lines.first_mut()?;
    line.quantity = (line.quantity * dice.between(50, 90) / 100).max(1);
    let received = entry.received + TimeDelta::days(dice.between(3, 15));
    ledger.insert(invoice, entry.supplier, received, &[]);
    Some(())
}
