//! How sure the extraction is: 1, less a tenth for every part missing that an invoice must have, less a twentieth
//! for every value that is not of its type; never below 0.
//!
//! Deliberately absent: whether what was read is right.

use assay_plugin_sdk::Decimal;
use serde_json::Value;

/// What an invoice must have: EN 16931 asks for it, and so does whoever pays.
const MANDATORY: [&str; 10] = [
    "/id",
    "/issue_date",
    "/type_code",
    "/currency",
    "/seller/name",
    "/buyer/name",
    "/totals/tax_exclusive",
    "/totals/tax_inclusive",
    "/totals/payable",
    "/lines/0",
];

/// The confidence in some data of which `unread` values are not of their type.
pub(crate) fn of(data: &Value, unread: usize) -> Decimal {
    let missing = MANDATORY
        .iter()
        .filter(|pointer| data.pointer(pointer).is_none())
        .count();
    // In twentieths: two for a missing part, one for an unread value.
    let lost = missing.saturating_mul(2).saturating_add(unread).min(20);
    Decimal::new(i64::try_from((20 - lost) * 5).unwrap_or_default(), 2).normalize()
}
