//! From the elements of an invoice or credit note to JSON; README.md has the shape.
//!
//! Invariant: every field comes from one element, named here beside it.

mod line;
mod money;
mod party;

use assay_plugin_sdk::ExtractError;
use serde_json::{Map, Value};

use crate::fields::{Fields, Notes};
use crate::xml::Element;

/// The data of a document and how many of its values are not of their type.
pub(crate) fn map(root: &Element) -> Result<(Value, usize), ExtractError> {
    let credit = root.name() == "CreditNote";
    let mut notes = Notes {
        currency: root.text_of("DocumentCurrencyCode").map(str::to_owned),
        ..Notes::default()
    };
    let mut invoice = Fields::new(&mut notes, String::new());
    head(&mut invoice, root, credit);
    references(&mut invoice, root);
    parties(&mut invoice, root);
    money::map(&mut invoice, root);
    let lines = if credit { "CreditNoteLine" } else { "InvoiceLine" };
    invoice.list("lines", root.all(lines), |fields, element| {
        line::map(fields, element, credit);
    });
    let mut data = invoice.finish();
    let foreign: Vec<Value> = notes
        .foreign
        .iter()
        .map(|(pointer, currency)| foreign(pointer, currency))
        .collect();
    if !foreign.is_empty() {
        data.insert("foreign_amounts".to_owned(), foreign.into());
    }
    if data.len() <= 1 {
        return Err(ExtractError::Unsupported(format!("the {} is empty", root.name())));
    }
    Ok((Value::Object(data), notes.unread.len()))
}

fn foreign(pointer: &str, currency: &str) -> Value {
    let mut entry = Map::new();
    entry.insert("pointer".to_owned(), pointer.into());
    entry.insert("currency".to_owned(), currency.into());
    entry.into()
}

fn head(invoice: &mut Fields<'_>, root: &Element, credit: bool) {
    invoice.value("document_type", if credit { "credit_note" } else { "invoice" });
    invoice.text("customization_id", root.text_of("CustomizationID"));
    invoice.text("profile_id", root.text_of("ProfileID"));
    invoice.text("id", root.text_of("ID"));
    invoice.text(
        "type_code",
        root.text_of(if credit {
            "CreditNoteTypeCode"
        } else {
            "InvoiceTypeCode"
        }),
    );
    invoice.date("issue_date", root.value("IssueDate"));
    // A credit note has it with its means of payment.
    let due = root.value("DueDate");
    let due = due.or_else(|| {
        root.all("PaymentMeans")
            .find_map(|means| means.value("PaymentDueDate"))
    });
    invoice.date("due_date", due);
    invoice.date("tax_point_date", root.value("TaxPointDate"));
    invoice.text("currency", root.text_of("DocumentCurrencyCode"));
    invoice.text("tax_currency", root.text_of("TaxCurrencyCode"));
    invoice.text("buyer_reference", root.text_of("BuyerReference"));
    invoice.text("accounting_cost", root.text_of("AccountingCost"));
    let notes: Vec<Value> = root.values("Note").map(|note| note.text().into()).collect();
    if !notes.is_empty() {
        invoice.value("notes", notes);
    }
    if let Some(element) = root.find(&["InvoicePeriod"]) {
        invoice.object("period", |fields| period(fields, element));
    }
}

/// `cac:InvoicePeriod`.
fn period(fields: &mut Fields<'_>, element: &Element) {
    fields.date("start", element.value("StartDate"));
    fields.date("end", element.value("EndDate"));
    fields.text("code", element.text_of("DescriptionCode"));
}

fn references(invoice: &mut Fields<'_>, root: &Element) {
    invoice.object("references", |fields| {
        let order = root.find(&["OrderReference"]);
        fields.text("order", order.and_then(|order| order.text_of("ID")));
        fields.text(
            "sales_order",
            order.and_then(|order| order.text_of("SalesOrderID")),
        );
        for (key, name) in [
            ("contract", "ContractDocumentReference"),
            ("project", "ProjectReference"),
            ("despatch", "DespatchDocumentReference"),
            ("receipt", "ReceiptDocumentReference"),
            ("originator", "OriginatorDocumentReference"),
        ] {
            fields.text(
                key,
                root.all(name).next().and_then(|element| element.text_of("ID")),
            );
        }
        let preceding = root.all("BillingReference").filter_map(|reference| {
            let both = ["InvoiceDocumentReference", "CreditNoteDocumentReference"];
            both.into_iter().find_map(|name| reference.all(name).next())
        });
        fields.list("preceding", preceding, |fields, element| {
            fields.text("id", element.text_of("ID"));
            fields.date("issue_date", element.value("IssueDate"));
        });
        fields.list(
            "documents",
            root.all("AdditionalDocumentReference"),
            |fields, element| {
                fields.text("id", element.text_of("ID"));
                fields.text("type_code", element.text_of("DocumentTypeCode"));
                fields.text("description", element.text_of("DocumentDescription"));
                let uri = element.find(&["Attachment", "ExternalReference"]);
                fields.text("uri", uri.and_then(|external| external.text_of("URI")));
            },
        );
    });
}

fn parties(invoice: &mut Fields<'_>, root: &Element) {
    for (key, path) in [
        ("seller", ["AccountingSupplierParty", "Party"].as_slice()),
        ("buyer", &["AccountingCustomerParty", "Party"]),
        ("payee", &["PayeeParty"]),
        ("tax_representative", &["TaxRepresentativeParty"]),
    ] {
        if let Some(element) = root.find(path) {
            invoice.object(key, |fields| party::map(fields, element));
        }
    }
    if let Some(delivery) = root.find(&["Delivery"]) {
        invoice.object("delivery", |fields| {
            fields.date("date", delivery.value("ActualDeliveryDate"));
            let location = delivery.find(&["DeliveryLocation"]);
            fields.text(
                "location_id",
                location.and_then(|location| location.text_of("ID")),
            );
            let name = delivery.find(&["DeliveryParty", "PartyName"]);
            fields.text("name", name.and_then(|party| party.text_of("Name")));
            if let Some(address) = location.and_then(|location| location.find(&["Address"])) {
                fields.object("address", |fields| party::address(fields, address));
            }
        });
    }
}
