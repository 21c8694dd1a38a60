//! Who is on an invoice.

use crate::fields::Fields;
use crate::xml::Element;

/// `cac:Party`.
pub(crate) fn map(party: &mut Fields<'_>, element: &Element) {
    let legal = element.find(&["PartyLegalEntity"]);
    let legal_name = legal.and_then(|legal| legal.text_of("RegistrationName"));
    let trading_name = element.find(&["PartyName"]).and_then(|name| name.text_of("Name"));
    party.text("name", legal_name.or(trading_name));
    party.text("legal_name", legal_name);
    party.text("trading_name", trading_name);
    party.text("legal_id", legal.and_then(|legal| legal.text_of("CompanyID")));
    party.text(
        "legal_form",
        legal.and_then(|legal| legal.text_of("CompanyLegalForm")),
    );
    for (key, vat) in [("vat_id", true), ("tax_id", false)] {
        let scheme = element.all("PartyTaxScheme").find(|scheme| is_vat(scheme) == vat);
        party.text(key, scheme.and_then(|scheme| scheme.text_of("CompanyID")));
    }
    if let Some(endpoint) = element
        .value("EndpointID")
        .filter(|endpoint| !endpoint.text().is_empty())
    {
        party.object("endpoint", |fields| id(fields, endpoint));
    }
    let ids = element
        .all("PartyIdentification")
        .filter_map(|identification| identification.value("ID"));
    party.list("ids", ids, id);
    if let Some(place) = element.find(&["PostalAddress"]) {
        party.object("address", |fields| address(fields, place));
    }
    if let Some(contact) = element.find(&["Contact"]) {
        party.object("contact", |fields| {
            fields.text("name", contact.text_of("Name"));
            fields.text("phone", contact.text_of("Telephone"));
            fields.text("email", contact.text_of("ElectronicMail"));
        });
    }
}

/// A scheme that is not named is that of VAT: so it is for a tax representative, who has no other.
fn is_vat(scheme: &Element) -> bool {
    let name = scheme
        .find(&["TaxScheme"])
        .and_then(|scheme| scheme.text_of("ID"));
    name.is_none_or(|name| name.eq_ignore_ascii_case("VAT"))
}

/// An identifier with its scheme.
pub(crate) fn id(fields: &mut Fields<'_>, element: &Element) {
    fields.text("id", Some(element.text()));
    fields.text("scheme", element.attribute("schemeID"));
}

/// `cac:PostalAddress` and `cac:Address`.
pub(crate) fn address(fields: &mut Fields<'_>, element: &Element) {
    fields.text("street", element.text_of("StreetName"));
    fields.text("additional_street", element.text_of("AdditionalStreetName"));
    fields.text(
        "line",
        element
            .find(&["AddressLine"])
            .and_then(|line| line.text_of("Line")),
    );
    fields.text("city", element.text_of("CityName"));
    fields.text("postal_code", element.text_of("PostalZone"));
    fields.text("region", element.text_of("CountrySubentity"));
    fields.text(
        "country",
        element
            .find(&["Country"])
            .and_then(|country| country.text_of("IdentificationCode")),
    );
}
