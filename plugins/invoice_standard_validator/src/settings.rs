//! What a configuration may set.

use assay_plugin_sdk::settings::decimal;
use assay_plugin_sdk::{Decimal, FindingDraft, Part, Problem, Report, Severity};

/// The settings.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// By how much a total or a tax amount may differ; nothing for the currency's smallest unit.
    #[serde(deserialize_with = "given")]
    pub(crate) tolerance: Option<Decimal>,
    /// By how much a line's amount may differ; nothing for the currency's smallest unit.
    #[serde(deserialize_with = "given")]
    pub(crate) line_tolerance: Option<Decimal>,
    /// What a line is whose amount is not quantity times price.
    pub(crate) line_amount: Weight,
    /// What a wrong IBAN is.
    pub(crate) iban: Weight,
    /// What a wrong VAT number is.
    pub(crate) vat_number: Weight,
}

/// What a finding that may be set weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Weight {
    /// The invoice is rejected.
    Error,
    /// A warning that asks for a person to look.
    Review,
    /// A warning.
    Warning,
    /// Nothing is said.
    Off,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tolerance: None,
            line_tolerance: None,
            line_amount: Weight::Review,
            iban: Weight::Review,
            vat_number: Weight::Warning,
        }
    }
}

impl Settings {
    /// What is wrong with them beyond their types.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        [
            ("/tolerance", self.tolerance),
            ("/line_tolerance", self.line_tolerance),
        ]
        .into_iter()
        .filter(|(_, tolerance)| tolerance.is_some_and(|tolerance| tolerance < Decimal::ZERO))
        .map(|(pointer, _)| Problem {
            part: Part::Settings,
            pointer: pointer.to_owned(),
            message: "the tolerance is negative; write 0 to allow no difference".to_owned(),
        })
        .collect()
    }
}

fn given<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<Decimal>, D::Error> {
    decimal::deserialize(input).map(Some)
}

impl Weight {
    /// Says a finding of this weight, if any.
    pub(crate) fn say<'r>(
        self,
        report: &'r mut Report,
        rule: &str,
        at: impl AsRef<str>,
        message: impl Into<String>,
    ) -> Option<FindingDraft<'r>> {
        let severity = match self {
            Self::Error => Severity::Error,
            Self::Review | Self::Warning => Severity::Warning,
            Self::Off => return None,
        };
        let finding = report.say(severity, rule, at, message);
        Some(if self == Self::Review {
            finding.review()
        } else {
            finding
        })
    }
}
