//! How finely a currency is counted, and so what a rounding is.

use assay_plugin_sdk::Decimal;

use crate::settings::Settings;

/// Currencies without a smaller unit in use: those of ISO 4217, and the forint, whose fillér is no longer counted.
const WHOLE: [&str; 18] = [
    "BIF", "CLP", "DJF", "GNF", "HUF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
    "XAF", "XOF", "XPF",
];
/// Currencies of a thousand smaller units (ISO 4217).
const THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// What an invoice's amounts are held to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Precision {
    /// Decimal places of the currency.
    pub(crate) places: u32,
    /// By how much a total or a tax amount may differ.
    pub(crate) tolerance: Decimal,
    /// By how much a line's amount may differ.
    pub(crate) line_tolerance: Decimal,
}

impl Precision {
    /// What the settings say, else one of the currency's smallest units; a currency that is not known has cents.
    pub(crate) fn of(currency: Option<&str>, settings: &Settings) -> Self {
        let places = match currency {
            Some(code) if WHOLE.contains(&code) => 0,
            Some(code) if THOUSANDTHS.contains(&code) => 3,
            _ => 2,
        };
        let unit = Decimal::new(1, places);
        Self {
            places,
            tolerance: settings.tolerance.unwrap_or(unit),
            line_tolerance: settings.line_tolerance.unwrap_or(unit),
        }
    }
}
