//! What a configuration may set.

use std::collections::BTreeMap;

use assay_plugin_sdk::settings::decimal;
use assay_plugin_sdk::{Decimal, Part, Problem};

/// The settings; `plugin.toml` says what each is for.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    pub(crate) weights: Weights,
    #[serde(with = "decimal")]
    pub(crate) tolerance: Decimal,
    pub(crate) near_distance: u8,
    pub(crate) account_sightings: u32,
    pub(crate) approval_limits: BTreeMap<String, Vec<Amount>>,
    #[serde(with = "decimal")]
    pub(crate) below_limit_percent: Decimal,
    #[serde(with = "decimal")]
    pub(crate) round_unit: Decimal,
    pub(crate) first_digit_lines: u32,
    pub(crate) first_digit_span: u32,
    #[serde(with = "decimal")]
    pub(crate) first_digit_chi_square: Decimal,
    pub(crate) future_days: u32,
    pub(crate) sequence_days: u32,
    pub(crate) leap_factor: u32,
    pub(crate) leap_minimum: u32,
}

/// An exact decimal in a list.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Amount(#[serde(with = "decimal")] pub(crate) Decimal);

/// What each signal adds to the score.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Weights {
    #[serde(with = "decimal")]
    pub(crate) duplicate: Decimal,
    #[serde(with = "decimal")]
    pub(crate) near_duplicate: Decimal,
    #[serde(with = "decimal")]
    pub(crate) number_reused: Decimal,
    #[serde(with = "decimal")]
    pub(crate) bank_account_changed: Decimal,
    #[serde(with = "decimal")]
    pub(crate) arithmetic: Decimal,
    #[serde(with = "decimal")]
    pub(crate) number_sequence: Decimal,
    #[serde(with = "decimal")]
    pub(crate) first_digit: Decimal,
    #[serde(with = "decimal")]
    pub(crate) future_date: Decimal,
    #[serde(with = "decimal")]
    pub(crate) below_limit: Decimal,
    #[serde(with = "decimal")]
    pub(crate) round_amount: Decimal,
    #[serde(with = "decimal")]
    pub(crate) weekend_date: Decimal,
}

impl Default for Weights {
    fn default() -> Self {
        let tenths = |tenths: i64| Decimal::new(tenths, 1);
        Self {
            duplicate: tenths(9),
            near_duplicate: tenths(6),
            number_reused: tenths(5),
            bank_account_changed: tenths(7),
            arithmetic: tenths(5),
            number_sequence: tenths(3),
            first_digit: tenths(3),
            future_date: tenths(2),
            below_limit: tenths(2),
            round_amount: tenths(1),
            weekend_date: tenths(1),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let limits = [1_000, 5_000, 10_000].map(|limit| Amount(Decimal::from(limit)));
        Self {
            weights: Weights::default(),
            tolerance: Decimal::new(5, 2),
            near_distance: 5,
            account_sightings: 5,
            approval_limits: BTreeMap::from([("EUR".to_owned(), limits.to_vec())]),
            below_limit_percent: Decimal::TWO,
            round_unit: Decimal::from(1_000),
            first_digit_lines: 50,
            first_digit_span: 50,
            first_digit_chi_square: Decimal::new(2_612, 2),
            future_days: 1,
            sequence_days: 5,
            leap_factor: 20,
            leap_minimum: 100,
        }
    }
}

/// Below it a chi-square says nothing.
const LEAST_LINES: u32 = 30;
/// `find-near` takes no more.
const MOST_DISTANCE: u8 = 16;
const MOST_DAYS: u32 = 3_660;
/// What the months that are asked about hold.
const MOST_SEQUENCE_DAYS: u32 = 180;

impl Settings {
    /// What is wrong with them beyond their types.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |is_wrong: bool, pointer: String, message: &str| {
            if is_wrong {
                problems.push(Problem {
                    part: Part::Settings,
                    pointer,
                    message: message.to_owned(),
                });
            }
        };
        for (name, weight) in self.weights.named() {
            let outside = !(Decimal::ZERO..=Decimal::ONE).contains(&weight) || weight.scale() > 6;
            let message = "a weight is from 0 to 1, with at most 6 decimal places; 0 turns the signal off";
            wrong(outside, format!("/weights/{name}"), message);
        }
        let amounts = [
            ("/tolerance", self.tolerance),
            ("/below_limit_percent", self.below_limit_percent),
            ("/round_unit", self.round_unit),
            ("/first_digit_chi_square", self.first_digit_chi_square),
        ];
        let limits = self.approval_limits.iter().flat_map(|(currency, limits)| {
            let pointer = format!(
                "/approval_limits/{}",
                currency.replace('~', "~0").replace('/', "~1")
            );
            let limits = limits.iter().enumerate();
            limits.map(move |(index, limit)| (format!("{pointer}/{index}"), limit.0))
        });
        let amounts = amounts.map(|(pointer, amount)| (pointer.to_owned(), amount));
        for (pointer, amount) in amounts.into_iter().chain(limits) {
            let outside =
                !(Decimal::ZERO..Decimal::from(10_i64.pow(12))).contains(&amount) || amount.scale() > 6;
            let message = "it is not from 0 up to 1000000000000, with at most 6 decimal places";
            wrong(outside, pointer, message);
        }
        let sizes = [
            (
                "near_distance",
                u32::from(self.near_distance),
                0,
                u32::from(MOST_DISTANCE),
            ),
            ("account_sightings", self.account_sightings, 1, 1_000),
            ("first_digit_lines", self.first_digit_lines, LEAST_LINES, 100_000),
            ("first_digit_span", self.first_digit_span, 10, 1_000_000),
            ("future_days", self.future_days, 0, MOST_DAYS),
            ("sequence_days", self.sequence_days, 0, MOST_SEQUENCE_DAYS),
            ("leap_factor", self.leap_factor, 2, 1_000_000),
            ("leap_minimum", self.leap_minimum, 1, 1_000_000_000),
        ];
        for (name, size, least, most) in sizes {
            let message = format!("{size} is not from {least} to {most}");
            wrong(!(least..=most).contains(&size), format!("/{name}"), &message);
        }
        problems
    }
}

impl Weights {
    fn named(&self) -> [(&'static str, Decimal); 11] {
        [
            ("duplicate", self.duplicate),
            ("near_duplicate", self.near_duplicate),
            ("number_reused", self.number_reused),
            ("bank_account_changed", self.bank_account_changed),
            ("arithmetic", self.arithmetic),
            ("number_sequence", self.number_sequence),
            ("first_digit", self.first_digit),
            ("future_date", self.future_date),
            ("below_limit", self.below_limit),
            ("round_amount", self.round_amount),
            ("weekend_date", self.weekend_date),
        ]
    }
}
