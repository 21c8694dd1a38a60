//! What a configuration may set.

use assay_plugin_sdk::settings::decimal;
use assay_plugin_sdk::{Decimal, FindingDraft, Part, Problem, Report, Severity};

/// The settings.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// By how much a total or a tax amount may differ.
    #[serde(with = "decimal")]
    pub(crate) tolerance: Decimal,
    /// By how much a line's amount may differ.
    #[serde(with = "decimal")]
    pub(crate) line_tolerance: Decimal,
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
        let cent = Decimal::new(1, 2);
        Self {
            tolerance: cent,
            line_tolerance: cent,
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
        .filter(|(_, tolerance)| tolerance.is_sign_negative() && !tolerance.is_zero())
        .map(|(pointer, _)| Problem {
            part: Part::Settings,
            pointer: pointer.to_owned(),
            message: "the tolerance is negative; write 0 to allow no difference".to_owned(),
        })
        .collect()
    }
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
