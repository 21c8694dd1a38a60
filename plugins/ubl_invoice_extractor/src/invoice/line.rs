//! A line of an invoice or credit note.

use serde_json::Value;

use crate::fields::Fields;
use crate::xml::Element;

/// `cac:InvoiceLine` and `cac:CreditNoteLine`.
pub(crate) fn map(line: &mut Fields<'_>, element: &Element, credit: bool) {
    line.text("id", element.text_of("ID"));
    line.text("note", element.text_of("Note"));
    let quantity = element.value(if credit {
        "CreditedQuantity"
    } else {
        "InvoicedQuantity"
    });
    line.number("quantity", quantity);
    line.text(
        "unit",
        quantity.and_then(|quantity| quantity.attribute("unitCode")),
    );
    line.amount("amount", element.value("LineExtensionAmount"));
    line.text("accounting_cost", element.text_of("AccountingCost"));
    line.text(
        "order_line",
        element
            .find(&["OrderLineReference"])
            .and_then(|order| order.text_of("LineID")),
    );
    line.text(
        "object_id",
        element
            .find(&["DocumentReference"])
            .and_then(|object| object.text_of("ID")),
    );
    if let Some(period) = element.find(&["InvoicePeriod"]) {
        line.object("period", |fields| super::period(fields, period));
    }
    super::money::allowances(line, element);
    if let Some(part) = element.find(&["Item"]) {
        line.object("item", |fields| item(fields, part));
    }
    if let Some(part) = element.find(&["Price"]) {
        line.object("price", |fields| price(fields, part));
    }
}

fn item(item: &mut Fields<'_>, element: &Element) {
    item.text("name", element.text_of("Name"));
    let description: Vec<&str> = element.values("Description").map(Element::text).collect();
    item.text("description", Some(&description.join("\n")));
    for (key, name) in [
        ("seller_id", "SellersItemIdentification"),
        ("buyer_id", "BuyersItemIdentification"),
        ("standard_id", "StandardItemIdentification"),
    ] {
        item.text(
            key,
            element
                .all(name)
                .next()
                .and_then(|identification| identification.text_of("ID")),
        );
    }
    let origin = element.find(&["OriginCountry"]);
    item.text(
        "origin_country",
        origin.and_then(|country| country.text_of("IdentificationCode")),
    );
    let codes = element
        .all("CommodityClassification")
        .filter_map(|entry| entry.value("ItemClassificationCode"));
    item.list("classifications", codes, |fields, code| {
        fields.text("code", Some(code.text()));
        fields.text("list", code.attribute("listID"));
        fields.text("version", code.attribute("listVersionID"));
    });
    if let Some(category) = element.find(&["ClassifiedTaxCategory"]) {
        item.text("tax_category", category.text_of("ID"));
        item.number("tax_percent", category.value("Percent"));
    }
    item.list(
        "attributes",
        element.all("AdditionalItemProperty"),
        |fields, property| {
            fields.text("name", property.text_of("Name"));
            fields.value(
                "value",
                property.text_of("Value").map_or(Value::Null, Value::from),
            );
        },
    );
}

fn price(price: &mut Fields<'_>, element: &Element) {
    price.amount("amount", element.value("PriceAmount"));
    let base = element.value("BaseQuantity");
    price.number("base_quantity", base);
    price.text("base_unit", base.and_then(|base| base.attribute("unitCode")));
    if let Some(allowance) = element.find(&["AllowanceCharge"]) {
        price.amount("discount", allowance.value("Amount"));
        price.amount("gross_amount", allowance.value("BaseAmount"));
    }
}
