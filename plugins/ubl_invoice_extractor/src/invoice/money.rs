//! What is to be paid, how, and what it is made of.

use crate::fields::Fields;
use crate::xml::Element;

/// Payment, allowances and charges, taxes, totals.
pub(crate) fn map(invoice: &mut Fields<'_>, root: &Element) {
    payment(invoice, root);
    allowances(invoice, root);
    taxes(invoice, root);
    if let Some(totals) = root.find(&["LegalMonetaryTotal"]) {
        invoice.object("totals", |fields| {
            for (key, name) in [
                ("lines", "LineExtensionAmount"),
                ("allowances", "AllowanceTotalAmount"),
                ("charges", "ChargeTotalAmount"),
                ("tax_exclusive", "TaxExclusiveAmount"),
                ("tax_inclusive", "TaxInclusiveAmount"),
                ("prepaid", "PrepaidAmount"),
                ("rounding", "PayableRoundingAmount"),
                ("payable", "PayableAmount"),
            ] {
                fields.amount(key, totals.value(name));
            }
        });
    }
}

fn payment(invoice: &mut Fields<'_>, root: &Element) {
    invoice.object("payment", |fields| {
        fields.text(
            "terms",
            root.find(&["PaymentTerms"])
                .and_then(|terms| terms.text_of("Note")),
        );
        fields.list("means", root.all("PaymentMeans"), |fields, means| {
            let code = means.value("PaymentMeansCode");
            fields.text("code", code.map(Element::text));
            fields.text("name", code.and_then(|code| code.attribute("name")));
            fields.text("id", means.text_of("PaymentID"));
            if let Some(account) = means.find(&["PayeeFinancialAccount"]) {
                account_id(fields, account.text_of("ID"));
                fields.text("account_name", account.text_of("Name"));
                let branch = account.find(&["FinancialInstitutionBranch"]);
                fields.text("bic", branch.and_then(|branch| branch.text_of("ID")));
            }
            if let Some(card) = means.find(&["CardAccount"]) {
                fields.text("card", card.text_of("PrimaryAccountNumberID"));
                fields.text("card_holder", card.text_of("HolderName"));
            }
            if let Some(mandate) = means.find(&["PaymentMandate"]) {
                fields.text("mandate", mandate.text_of("ID"));
                let debited = mandate.find(&["PayerFinancialAccount"]);
                fields.text(
                    "debited_account",
                    debited.and_then(|account| account.text_of("ID")),
                );
            }
        });
    });
}

/// An account that starts as an IBAN does is one, written without its spaces; whether it is right is not said here.
fn account_id(fields: &mut Fields<'_>, account: Option<&str>) {
    let Some(account) = account else { return };
    let mut compact = account.to_owned();
    compact.retain(|character| !character.is_whitespace());
    let compact = compact.to_ascii_uppercase();
    let looks = matches!(compact.as_bytes(), [a, b, c, d, ..]
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit());
    if looks {
        fields.text("iban", Some(&compact));
    } else {
        fields.text("account", Some(account));
    }
}

/// `cac:AllowanceCharge` of an invoice, a line or a price, in two lists.
pub(crate) fn allowances(fields: &mut Fields<'_>, element: &Element) {
    for (key, wanted) in [("allowances", false), ("charges", true)] {
        let own = element
            .all("AllowanceCharge")
            .filter(|entry| is_charge(entry) == wanted);
        fields.list(key, own, |fields, entry| {
            fields.amount("amount", entry.value("Amount"));
            fields.amount("base", entry.value("BaseAmount"));
            fields.number("percent", entry.value("MultiplierFactorNumeric"));
            fields.text("reason", entry.text_of("AllowanceChargeReason"));
            fields.text("reason_code", entry.text_of("AllowanceChargeReasonCode"));
            if let Some(category) = entry.find(&["TaxCategory"]) {
                fields.text("tax_category", category.text_of("ID"));
                fields.number("tax_percent", category.value("Percent"));
            }
        });
    }
}

fn is_charge(entry: &Element) -> bool {
    matches!(entry.text_of("ChargeIndicator"), Some("true" | "1"))
}

/// `cac:TaxTotal`: one in the document's currency with the rates, and perhaps one in the tax currency. More than one in
/// the document's currency is wrong, and kept for a validator to see.
fn taxes(invoice: &mut Fields<'_>, root: &Element) {
    let document = root.text_of("DocumentCurrencyCode");
    let tax = root
        .text_of("TaxCurrencyCode")
        .filter(|tax| Some(*tax) != document);
    let currency = |total: &Element| {
        total
            .value("TaxAmount")
            .and_then(|amount| amount.attribute("currencyID"))
            .map(str::to_owned)
    };
    let (in_tax, own): (Vec<_>, Vec<_>) = root
        .all("TaxTotal")
        .partition(|total| tax.is_some() && currency(total).as_deref() == tax);
    invoice.amount(
        "tax_total",
        own.first().and_then(|total| total.value("TaxAmount")),
    );
    let more: Vec<_> = own
        .iter()
        .skip(1)
        .filter_map(|total| total.value("TaxAmount"))
        .collect();
    invoice.numbers("more_tax_totals", &more);
    // That it is in another currency is what it is for.
    invoice.number(
        "tax_total_in_tax_currency",
        in_tax.first().and_then(|total| total.value("TaxAmount")),
    );
    let rates = own.into_iter().flat_map(|total| total.all("TaxSubtotal"));
    invoice.list("taxes", rates, |fields, rate| {
        fields.amount("taxable_amount", rate.value("TaxableAmount"));
        fields.amount("tax_amount", rate.value("TaxAmount"));
        if let Some(category) = rate.find(&["TaxCategory"]) {
            fields.text("category", category.text_of("ID"));
            fields.number("percent", category.value("Percent"));
            fields.text("exemption_reason", category.text_of("TaxExemptionReason"));
            fields.text("exemption_code", category.text_of("TaxExemptionReasonCode"));
        }
    });
}
