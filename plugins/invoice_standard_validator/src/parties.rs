//! Seller and buyer, their VAT numbers, the accounts to be paid to, and the currency.

use assay_plugin_sdk::checksums::{iban, vat};
use assay_plugin_sdk::{Data, Node, Report};

use crate::settings::Settings;

/// Codes of means of payment that are a SEPA transfer or debit, which take an IBAN.
const SEPA: [&str; 2] = ["58", "59"];

/// Judges who pays whom, and where to.
pub(crate) fn judge(data: &Data, settings: &Settings, report: &mut Report) {
    currency(data, report);
    let numbers = ["/seller", "/buyer", "/tax_representative"].map(|party| {
        let place = data.at(party).field("vat_id");
        let number = vat::compact(report.read(place.text())?);
        if let Some(message) = vat::problem(&number) {
            let finding = settings.vat_number.say(report, "vat_number", &place, message);
            finding.map(|finding| finding.actual(number.as_str()));
        }
        Some(number)
    });
    let names = ["/seller/name", "/buyer/name"].map(|pointer| report.read(data.at(pointer).text()));
    same_party(&numbers, names, report);
    for means in data.at("/payment/means").items() {
        account(&means, settings, report);
    }
}

fn same_party(numbers: &[Option<String>; 3], names: [Option<&str>; 2], report: &mut Report) {
    let [seller, buyer, _] = numbers;
    let message = match names.map(|name| name.map(plain)) {
        _ if seller.is_some() && seller == buyer => "seller and buyer have the same VAT number",
        // With two numbers they are two companies, whatever their names.
        [Some(seller_name), Some(buyer_name)]
            if seller_name == buyer_name
                && !seller_name.is_empty()
                && (seller.is_none() || buyer.is_none()) =>
        {
            "seller and buyer have the same name"
        }
        _ => return,
    };
    report.error("same_party", "/buyer", message);
}

/// A name without what is written now so, now otherwise.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn account(means: &Node<'_>, settings: &Settings, report: &mut Report) {
    let place = means.field("iban");
    if let Some(text) = report.read(place.text()) {
        if let Some(message) = iban::problem(text) {
            let finding = settings.iban.say(report, "iban", &place, message);
            finding.map(|finding| finding.actual(place.shown()));
        }
        return;
    }
    let other = means.field("account");
    let sepa = means
        .field("code")
        .as_text()
        .is_some_and(|code| SEPA.contains(&code));
    if let Some(text) = report.read(other.text()).filter(|_| sepa) {
        let message = "a SEPA payment needs an IBAN; this is another kind of account";
        let finding = settings.iban.say(report, "iban", &other, message);
        finding.map(|finding| finding.actual(text));
    }
}

fn currency(data: &Data, report: &mut Report) {
    let place = data.at("/currency");
    let code = report.read(place.text());
    if code.is_some_and(|code| code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase())) {
        report
            .error("currency", &place, "a currency is three capital letters, as EUR")
            .actual(place.shown());
    }
    for entry in data.at("/foreign_amounts").items() {
        let (pointer, currency) = (entry.field("pointer"), entry.field("currency"));
        if let (Some(pointer), Some(other)) = (pointer.as_text(), report.read(currency.text())) {
            let message = format!(
                "the amount is in {other}, the invoice in {}",
                code.unwrap_or("no currency")
            );
            report
                .error("currency", pointer, message)
                .expected(place.shown())
                .actual(currency.shown());
        }
    }
}
