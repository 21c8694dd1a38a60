//! What the signals look at, of an invoice or a payslip alike.
//!
//! Invariant: what is missing or of another type is not there; nothing here fails.

use assay_plugin_sdk::{Data, Decimal, NaiveDate, Node};

use crate::payee::{self, Payee, text};
use crate::{day, normal};

/// Accounts of one document that are looked at.
const MAX_ACCOUNTS: usize = 3;
/// Numbers of corrected documents that are looked at.
const MAX_CORRECTED: usize = 3;
/// UNCL 1001: corrected invoice.
const CORRECTED_INVOICE: &str = "384";

/// What kind of document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An invoice, and whatever is nothing else.
    Invoice,
    /// A credit note: nobody is paid.
    CreditNote,
    /// A payslip.
    Payslip,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) pointer: String,
    pub(crate) value: T,
}

/// One line.
#[derive(Debug)]
pub(crate) struct Line {
    /// What was sold or paid, in words.
    pub(crate) text: String,
    pub(crate) quantity: Option<Decimal>,
    pub(crate) amount: Option<Decimal>,
}

/// A document.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) kind: Kind,
    /// Who is to be paid.
    pub(crate) payee: Payee,
    pub(crate) number: Option<At<String>>,
    /// The day of issue, or the day of payment of a payslip.
    pub(crate) date: Option<At<NaiveDate>>,
    /// Its year, which is known even where the day may be one of two.
    pub(crate) year: Option<i32>,
    /// The first day that the document can't be from before: the issue, or the start of the pay period.
    pub(crate) begins: Option<At<NaiveDate>>,
    pub(crate) currency: String,
    /// What is to be paid.
    pub(crate) total: Option<At<Decimal>>,
    pub(crate) lines: Vec<Line>,
    /// Where the money goes, compact.
    pub(crate) accounts: Vec<At<String>>,
    /// What tells two deliveries of the same apart: period, order, reference, place.
    pub(crate) marks: Vec<String>,
    /// The numbers of the documents that this one says it corrects.
    pub(crate) corrects: Vec<String>,
}

impl Kind {
    /// The name in fingerprints.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
            Self::Payslip => "payslip",
        }
    }
}

impl Document {
    /// Reads the data.
    pub(crate) fn read(data: &Data) -> Self {
        let is_payslip = !data.at("/employee").is_missing() || !data.at("/pay_period_start").is_missing();
        if is_payslip {
            Self::payslip(data)
        } else {
            Self::invoice(data)
        }
    }

    fn invoice(data: &Data) -> Self {
        let kind = match data.at("/document_type").as_text() {
            Some("credit_note") => Kind::CreditNote,
            _ => Kind::Invoice,
        };
        let issued = date(&data.at("/issue_date"));
        let marks = [
            "/period/start",
            "/period/end",
            "/references/order",
            "/references/contract",
            "/references/despatch",
            "/buyer_reference",
            "/delivery/date",
            "/delivery/location_id",
            "/delivery/name",
        ];
        let accounts = data.at("/payment/means").items().filter_map(|means| {
            let iban = account(&means.field("iban"));
            iban.or_else(|| account(&means.field("account")))
        });
        let accounts: Vec<_> = accounts.take(MAX_ACCOUNTS).collect();
        let preceding = data.at("/references/preceding").items();
        let corrects = preceding
            .filter_map(|other| text(&other.field("id")))
            .map(|id| normal::compact(&id))
            .filter(|_| text(&data.at("/type_code")).is_some_and(|code| code == CORRECTED_INVOICE));
        Self {
            kind,
            payee: payee::seller(data, &accounts),
            number: number(&data.at("/id")),
            begins: issued.clone(),
            date: issued,
            year: year(&data.at("/issue_date")),
            currency: currency(data),
            total: amount(&data.at("/totals/payable")).or_else(|| amount(&data.at("/totals/tax_inclusive"))),
            lines: lines(data),
            accounts,
            marks: of_places(data, &marks),
            corrects: corrects.take(MAX_CORRECTED).collect(),
        }
    }

    fn payslip(data: &Data) -> Self {
        let accounts = ["/employee/iban", "/employee/account", "/payment/iban"];
        Self {
            kind: Kind::Payslip,
            payee: payee::employee(data),
            number: number(&data.at("/id")),
            date: date(&data.at("/pay_date")).or_else(|| date(&data.at("/pay_period_end"))),
            year: year(&data.at("/pay_date")).or_else(|| year(&data.at("/pay_period_end"))),
            begins: date(&data.at("/pay_period_start")),
            currency: currency(data),
            total: amount(&data.at("/total_net")),
            lines: lines(data),
            accounts: accounts
                .iter()
                .filter_map(|pointer| account(&data.at(pointer)))
                .take(1)
                .collect(),
            marks: of_places(data, &["/pay_period_start", "/pay_period_end"]),
            corrects: Vec::new(),
        }
    }

    /// The subject that numbers, days and totals are remembered under.
    pub(crate) fn subject(&self) -> Option<&str> {
        self.payee.first().map(|key| key.subject.as_str())
    }

    /// Total and currency as they are remembered.
    pub(crate) fn total_text(&self) -> Option<String> {
        let total = self.total.as_ref()?;
        Some(normal::kept(format!(
            "{} {}",
            self.currency,
            total.value.normalize()
        )))
    }
}

fn currency(data: &Data) -> String {
    let code = data.at("/currency").as_text().map(normal::compact);
    normal::kept(code.unwrap_or_default())
}

fn number(place: &Node<'_>) -> Option<At<String>> {
    let value = text(place).filter(|number| !normal::compact(number).is_empty())?;
    Some(At {
        pointer: place.pointer().to_owned(),
        value,
    })
}

fn account(place: &Node<'_>) -> Option<At<String>> {
    let value = normal::kept(normal::compact(&text(place)?));
    (!value.is_empty()).then(|| At {
        pointer: place.pointer().to_owned(),
        value,
    })
}

fn date(place: &Node<'_>) -> Option<At<NaiveDate>> {
    let value = day::read(place.as_text()?)?.date?;
    Some(At {
        pointer: place.pointer().to_owned(),
        value,
    })
}

fn year(place: &Node<'_>) -> Option<i32> {
    Some(day::read(place.as_text()?)?.year)
}

fn amount(place: &Node<'_>) -> Option<At<Decimal>> {
    let value = place.amount().ok().flatten()?;
    Some(At {
        pointer: place.pointer().to_owned(),
        value,
    })
}

fn of_places(data: &Data, places: &[&str]) -> Vec<String> {
    let mark = |pointer: &&str| {
        let value = normal::compact(&text(&data.at(pointer))?);
        (!value.is_empty()).then(|| format!("{pointer} {value}"))
    };
    places.iter().filter_map(mark).collect()
}

/// The lines; `kind` tells a payslip's earnings and deductions apart.
fn lines(data: &Data) -> Vec<Line> {
    let line = |line: Node<'_>| {
        let item = line.field("item");
        let texts = [
            item.field("name"),
            item.field("description"),
            line.field("code"),
            line.field("description"),
            line.field("kind"),
        ];
        let texts = texts.iter().filter_map(Node::as_text).map(normal::spaced);
        Line {
            text: texts.collect::<Vec<_>>().join(" "),
            quantity: line.field("quantity").amount().ok().flatten(),
            amount: line.field("amount").amount().ok().flatten(),
        }
    };
    data.at("/lines").items().map(line).collect()
}
