//! Each signal where it speaks, and what looks like it and is honest.

use assay_plugin_sdk::history::HistoryError;
use assay_plugin_sdk::log::Level;
use assay_plugin_sdk::testing::{self, Host, Scored};
use assay_plugin_sdk::{Decimal, parse_date};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::Fraud;

/// An invoice of one line, in whole euros.
fn invoice(number: &str, date: &str, total: i64) -> Value {
    json!({
        "document_type": "invoice", "type_code": "380", "id": number, "issue_date": date, "currency": "EUR",
        "seller": {"name": "Talleres Roca S.L.", "vat_id": "ESB58378431"},
        "payment": {"means": [{"iban": "ES9121000418450200051332"}]},
        "totals": {"lines": total, "tax_exclusive": total, "tax_inclusive": total, "payable": total},
        "lines": [{"quantity": 1, "amount": total, "item": {"name": "Maintenance of the presses"}, "price": {"amount": total}}],
    })
}

struct Told {
    host: Host,
    settings: Value,
}

impl Told {
    fn new(settings: Value) -> Self {
        let host = Host::new();
        host.set_today(parse_date("2026-09-30").unwrap());
        Self { host, settings }
    }

    fn score(&self, data: &Value) -> Scored {
        let scored = testing::score::<Fraud>(&self.settings, &Value::Null, data).unwrap();
        let sum: Decimal = scored.signals.iter().map(|signal| signal.weight).sum();
        assert_eq!(sum, scored.score);
        scored
    }

    fn remember(&self, id: &str, data: &Value) -> Scored {
        let scored = self.score(data);
        self.host
            .remember(id, "2026-09-01T00:00:00Z", &scored.observations);
        scored
    }

    fn names(&self, data: &Value) -> Vec<String> {
        self.score(data)
            .signals
            .into_iter()
            .map(|signal| signal.name)
            .collect()
    }
}

fn told() -> Told {
    Told::new(json!({}))
}

#[test]
fn fixtures() {
    let cases = testing::scorer_fixtures::<Fraud>(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"));
    assert!(
        cases.as_ref().is_ok_and(|cases| *cases >= 8),
        "{}",
        cases.unwrap_err()
    );
}

#[test]
fn the_same_written_differently_is_a_duplicate() {
    let told = told();
    told.remember("first", &invoice("2026-114", "2026-09-02", 412));
    let mut again = invoice("2026 114", "2026-09-02", 412);
    again["seller"]["name"] = "TALLERES ROCA".into();
    again["lines"][0]["amount"] = "412.00".into();
    let scored = told.score(&again);
    let reason = &scored.signal("duplicate").unwrap().reason;
    assert!(reason.contains("first"), "{reason}");
    assert_eq!(scored.signals.len(), 1, "{scored:?}");
    let mut other_currency = invoice("2026-115", "2026-09-02", 412);
    other_currency["currency"] = "SEK".into();
    assert!(told.names(&other_currency).iter().all(|name| name != "duplicate"));
}

/// A copy of the invoice that another of the tests remembers, with its seller as given.
fn of_seller(seller: Value) -> Value {
    let mut copy = invoice("2026-114", "2026-09-02", 412);
    copy["seller"] = seller;
    copy
}

#[test]
fn a_copy_is_found_under_each_identity_of_its_payee() {
    let sellers = [
        json!({"name": "Talleres Roca S.L.", "vat_id": "ESB58378431"}),
        json!({"name": "Talleres Roca S.L."}),
        json!({"name": "Talleres Roca S.L.", "vat_id": "B58378431"}),
        json!({"name": "Talleres Roca S.L.", "vat_id": "ESB58378432"}),
        json!({"name": "Talleres Roca S.L.", "registration_number": "4711-0815"}),
        json!({"name": "Talleres Roca SL"}),
        json!({"name": "Roca", "vat_id": "ES B-58378431"}),
        json!({"name": "Roca"}),
    ];
    for first in &sellers {
        for second in &sellers {
            let told = told();
            told.remember("first", &of_seller(first.clone()));
            let mut copy = of_seller(second.clone());
            assert_eq!(told.names(&copy), ["duplicate"], "{first} {second}");
            copy["issue_date"] = "02.09.2026".into();
            assert_eq!(told.names(&copy), ["duplicate"], "{first} {second}");
            // A day that may be another one is left out; then the name has to be the same.
            copy["issue_date"] = "02/09/2026".into();
            let is_named = |seller: &Value| seller["name"].as_str().unwrap().starts_with("Talleres");
            if is_named(first) && is_named(second) {
                let names = told.names(&copy);
                assert!(names.contains(&"near_duplicate".to_owned()), "{first} {second}");
            }
        }
    }
}

#[test]
fn namesakes_and_suppliers_with_one_collecting_account_are_others() {
    let told = told();
    told.remember(
        "first",
        &of_seller(json!({"name": "Talleres Roca S.L.", "vat_id": "ESB58378431"})),
    );
    let mut namesake = invoice("2026-114", "2026-09-02", 613);
    namesake["seller"] = json!({"name": "Talleres Roca GmbH", "vat_id": "DE811907980"});
    namesake["payment"]["means"][0]["iban"] = "DE89370400440532013000".into();
    namesake["lines"][0]["item"]["name"] = "Repair of a gate".into();
    assert_eq!(told.names(&namesake), [""; 0]);
    let mut collected = invoice("2026-114", "2026-09-02", 613);
    collected["seller"] = json!({"name": "Vidal Partners", "vat_id": "ESA12345674"});
    collected["lines"][0]["item"]["name"] = "Repair of a gate".into();
    assert_eq!(told.names(&collected), [""; 0]);
}

#[test]
fn a_changed_account_is_met_under_a_name_written_otherwise() {
    for name in ["Talleres Roca SL", "TALLERES ROCA, S. L.", "Talleres Roca"] {
        let told = told();
        told.remember("first", &invoice("2026-114", "2026-08-03", 412));
        let mut other = invoice("2026-120", "2026-09-02", 560);
        other["seller"] = json!({"name": name});
        other["payment"]["means"][0]["iban"] = "LT121000011101001000".into();
        assert_eq!(told.names(&other), ["bank_account_changed"], "{name}");
    }
}

#[test]
fn a_few_cents_in_one_of_several_lines_are_nearly_the_same() {
    let of = |number: &str, date: &str, cents: i64| {
        let mut many = invoice(number, date, 0);
        let items = [
            "Coffee",
            "Toner black",
            "Gloves",
            "Tape",
            "Labels",
            "Boxes",
            "Light tubes",
            "Hand soap",
        ];
        let amount = |index: i64| 1_117 + 730 * index + if index == 3 { cents } else { 0 };
        let text = |cents: i64| Value::from(format!("{}.{:02}", cents / 100, cents % 100));
        many["lines"] = (0..)
            .zip(items)
            .map(
                |(index, name)| json!({"quantity": 1, "amount": text(amount(index)), "item": {"name": name}}),
            )
            .collect();
        for name in ["lines", "tax_exclusive", "tax_inclusive", "payable"] {
            many["totals"][name] = text((0..8).map(amount).sum());
        }
        many
    };
    let told = told();
    told.remember("first", &of("2026-114", "2026-09-02", 0));
    for cents in [1, 7] {
        assert_eq!(
            told.names(&of("2026-181", "2026-09-02", cents)),
            ["near_duplicate"]
        );
        let names = told.names(&of("2026-114", "2026-09-02", cents));
        assert_eq!(names, ["near_duplicate", "number_reused"]);
    }
    assert_eq!(
        told.names(&of("2026-131", "2026-10-02", 0)),
        ["future_date"],
        "the next month's"
    );
    let names = told.names(&of("2026-114", "2026-09-02", -1_500));
    assert_eq!(names, ["number_reused"], "it asks for less: put right");
}

#[test]
fn an_ordinary_invoice_asks_twelve_questions() {
    let asked = |data: &Value| {
        let enough = |most: usize| {
            let told = told();
            told.remember("first", &invoice("2026-113", "2026-08-03", 99));
            told.host.fail_after(most, HistoryError::Exhausted);
            told.score(data);
            told.host.logged().is_empty()
        };
        (0..100).find(|most| enough(*most))
    };
    let ordinary = invoice("2026-114", "2026-09-02", 412);
    assert_eq!(asked(&ordinary), Some(12));
    assert_eq!(told().score(&ordinary).observations.len(), 22);
}

#[test]
fn a_mistyped_number_is_nearly_the_same_and_next_month_is_not() {
    let told = told();
    told.remember("august", &invoice("2026-114", "2026-08-03", 412));
    for copy in [
        invoice("2026-114A", "2026-08-03", 412),
        invoice("2O26-114", "2026-08-03", 412),
    ] {
        let scored = told.score(&copy);
        let near = scored.signal("near_duplicate").unwrap();
        assert!(near.reason.contains("august"), "{near:?}");
        assert_eq!(near.weight, Decimal::new(6, 1));
    }
    for honest in [
        invoice("2026-131", "2026-09-02", 412),
        invoice("2026-115", "2026-08-10", 412),
    ] {
        assert_eq!(told.names(&honest), [""; 0]);
    }
}

#[test]
fn another_day_with_the_same_number_is_a_number_used_again() {
    let told = told();
    told.remember("first", &invoice("2026-114", "2026-09-02", 412));
    let names = told.names(&invoice("2026-114", "2026-09-04", 412));
    assert_eq!(names, ["near_duplicate", "number_reused"]);
    let mut credit = invoice("2026-114", "2026-09-02", 412);
    credit["document_type"] = "credit_note".into();
    assert_eq!(
        told.names(&credit),
        [""; 0],
        "credit notes have numbers of their own"
    );
    let mut corrected = invoice("2026-114", "2026-09-02", 400);
    corrected["type_code"] = "384".into();
    corrected["references"] = json!({"preceding": [{"id": "2026-114"}]});
    assert_eq!(told.names(&corrected), [""; 0], "it says what it corrects");
    corrected["references"]["preceding"][0]["id"] = "2026-99".into();
    assert!(told.names(&corrected).contains(&"number_reused".to_owned()));
}

#[test]
fn numbers_without_a_year_may_begin_anew() {
    let told = told();
    told.remember("last year", &invoice("17", "2025-03-04", 90));
    assert_eq!(told.names(&invoice("17", "2026-03-04", 412)), [""; 0]);
    assert_eq!(told.names(&invoice("17", "2025-04-04", 412)), ["number_reused"]);
}

#[test]
fn a_changed_account_weighs_more_the_better_the_old_one_is_known() {
    let told = told();
    let other = |number: &str| {
        let mut changed = invoice(number, "2026-09-16", 500);
        changed["payment"]["means"][0]["iban"] = "LT12 1000 0111 0100 1000".into();
        changed
    };
    assert_eq!(told.names(&other("2026-1")), [""; 0], "the first of a supplier");
    let mut weights = Vec::new();
    for month in 1..=6 {
        told.remember(
            "one",
            &invoice(&format!("2026-10{month}"), &format!("2026-0{month}-02"), 412),
        );
        let scored = told.score(&other("2026-200"));
        let changed = scored.signal("bank_account_changed").unwrap();
        assert_eq!(changed.pointer, "/payment/means/0/iban");
        weights.push(changed.weight.to_string());
    }
    assert_eq!(weights, ["0.35", "0.4375", "0.525", "0.6125", "0.7", "0.7"]);
    let mut without_id = other("2026-300");
    without_id["seller"] = json!({"name": "talleres roca, s.l."});
    assert!(
        told.names(&without_id)
            .contains(&"bank_account_changed".to_owned())
    );
    told.remember("changed", &other("2026-200"));
    let names = told.names(&other("2026-210"));
    assert!(
        !names.contains(&"bank_account_changed".to_owned()),
        "it is known by now: {names:?}"
    );
}

#[test]
fn sums_add_up_within_the_tolerance() {
    let mut tax = invoice("1", "2026-09-02", 100);
    tax["taxes"] = json!([{"taxable_amount": 100, "tax_amount": "21.05", "percent": 21}]);
    tax["tax_total"] = "21.05".into();
    tax["totals"]["tax_inclusive"] = "121.05".into();
    tax["totals"]["payable"] = "121.05".into();
    assert_eq!(told().names(&tax), [""; 0]);
    for (pointer, wrong) in [
        ("/totals/payable", "212.05"),
        ("/totals/lines", "100.06"),
        ("/taxes/0/tax_amount", "21.20"),
        ("/lines/0/amount", "100.06"),
        ("/tax_total", "21.20"),
        ("/lines/0/price/amount", "9999999999999999999999999999"),
    ] {
        let mut broken = tax.clone();
        *broken.pointer_mut(pointer).unwrap() = wrong.into();
        if pointer.ends_with("price/amount") {
            broken["lines"][0]["quantity"] = "9999999999999999999999999999".into();
        }
        assert_eq!(told().names(&broken), ["arithmetic"], "{pointer}");
    }
    let strict = Told::new(json!({"tolerance": "0"}));
    assert_eq!(strict.names(&tax), ["arithmetic"]);
}

#[test]
fn payslips_are_scored_as_far_as_they_go() {
    let told = told();
    let slip = |net: &str| {
        json!({
            "employee": {"name": "Ines Roca", "id": "E-17"}, "employer": {"tax_id": "ESB58378431"},
            "pay_period_start": "2026-08-01", "pay_period_end": "2026-08-31", "pay_date": "2026-08-28", "currency": "EUR",
            "lines": [{"description": "Base salary", "kind": "earning", "amount": 2150},
                {"description": "Income tax", "kind": "deduction", "amount": 279.5}],
            "total_gross": 2150, "total_deductions": 279.5, "total_net": net,
        })
    };
    assert_eq!(told.remember("august", &slip("1870.50")).signals, []);
    assert_eq!(told.names(&slip("1870.50")), ["duplicate"]);
    assert!(told.names(&slip("1970.50")).contains(&"arithmetic".to_owned()));
}

#[test]
fn round_totals_and_totals_below_a_limit() {
    let told = told();
    assert_eq!(told.names(&invoice("1", "2026-09-02", 3_000)), ["round_amount"]);
    assert_eq!(told.names(&invoice("1", "2026-09-02", 4_990)), ["below_limit"]);
    for honest in [3_500, 4_890, 5_001, 5_100, 900] {
        assert_eq!(
            told.names(&invoice("1", "2026-09-02", honest)),
            [""; 0],
            "{honest}"
        );
    }
    assert_eq!(told.names(&invoice("1", "2026-09-02", -3_000)), [""; 0]);
    for month in [4, 5] {
        told.remember(
            "rent",
            &invoice(&month.to_string(), &format!("2026-0{month}-02"), 3_000),
        );
    }
    assert_eq!(
        told.names(&invoice("6", "2026-06-02", 3_000)),
        [""; 0],
        "that is its price"
    );
    let own =
        Told::new(json!({"approval_limits": {"SEK": [200]}, "below_limit_percent": 10, "round_unit": 0}));
    let mut crowns = invoice("1", "2026-09-02", 190);
    crowns["currency"] = "SEK".into();
    assert_eq!(own.names(&crowns), ["below_limit"]);
    assert_eq!(own.names(&invoice("1", "2026-09-02", 5_000)), [""; 0]);
}

#[test]
fn weekends_and_days_to_come() {
    let told = told();
    assert_eq!(told.names(&invoice("1", "2026-09-12", 90)), ["weekend_date"]);
    // Saturday 31 October ends a month, Sunday 1 November begins one.
    told.host.set_today(parse_date("2026-10-31").unwrap());
    for honest in ["2026-10-31", "2026-11-01", "2026-10-30"] {
        assert_eq!(told.names(&invoice("1", honest, 90)), [""; 0], "{honest}");
    }
    assert_eq!(told.names(&invoice("1", "2026-11-02", 90)), ["future_date"]);
    assert_eq!(
        told.names(&invoice("1", "2026-11-07", 90)),
        ["weekend_date", "future_date"]
    );
    for (number, day) in (0..).zip(["05", "08", "12", "14", "19"]) {
        told.remember(
            "event",
            &invoice(&format!("E{number}"), &format!("2026-09-{day}"), 90 + number),
        );
    }
    assert_eq!(
        told.names(&invoice("E6", "2026-09-26", 99)),
        [""; 0],
        "it often works on Saturdays"
    );
}

#[test]
fn digits_of_many_amounts() {
    let told = told();
    let of = |amounts: Vec<i64>| {
        let mut many = invoice("1", "2026-09-02", 1);
        let total: i64 = amounts.iter().sum();
        many["lines"] = amounts
            .iter()
            .map(|amount| json!({"amount": amount, "quantity": 1}))
            .collect();
        for name in ["lines", "tax_exclusive", "tax_inclusive", "payable"] {
            many["totals"][name] = total.into();
        }
        many
    };
    let grown: Vec<i64> = (0..80)
        .scan(100_i64, |amount, _| {
            *amount = *amount * 109 / 100 + 1;
            Some(*amount)
        })
        .collect();
    let made_up: Vec<i64> = (0..80)
        .map(|index| if index == 0 { 4 } else { 500 + 6 * index })
        .collect();
    assert_eq!(told.names(&of(grown)), [""; 0]);
    let scored = told.score(&of(made_up));
    let signal = scored.signal("first_digit").unwrap();
    assert_eq!(signal.pointer, "/lines");
    let close: Vec<i64> = (0..80).map(|index| 500 + 6 * index).collect();
    assert_eq!(told.names(&of(close)), [""; 0], "a price list");
    let same = vec![7; 80];
    assert_eq!(told.names(&of(same)), [""; 0], "one price");
    let few: Vec<i64> = (0..40)
        .map(|index| if index == 0 { 4 } else { 500 + 6 * index })
        .collect();
    assert_eq!(told.names(&of(few)), [""; 0], "too few to say");
}

#[test]
fn numbers_go_on_with_the_dates() {
    let told = told();
    for month in 3..=8 {
        told.remember(
            "one",
            &invoice(
                &format!("F-{}", 100 + 10 * month),
                &format!("2026-0{month}-03"),
                90 + month,
            ),
        );
    }
    for (number, date, expected) in [
        ("F-190", "2026-09-03", None),
        ("F-176", "2026-08-06", None),
        ("F-115", "2026-09-03", Some("back")),
        ("F-9190", "2026-09-03", Some("leap")),
        ("F-290", "2026-09-03", None),
        ("G-1", "2026-09-03", None),
        ("F-3", "2027-01-04", None),
        ("without digits", "2026-09-03", None),
    ] {
        let scored = told.score(&invoice(number, date, 412));
        let said = scored.signal("number_sequence");
        assert_eq!(said.is_some(), expected.is_some(), "{number} {date}: {scored:?}");
    }
    // One odd number makes nothing of the honest ones after it.
    told.remember("odd", &invoice("F-9190", "2026-09-03", 412));
    assert_eq!(told.names(&invoice("F-191", "2026-09-16", 413)), [""; 0]);
}

#[test]
fn without_history_the_rest_is_said_and_one_line_logged() {
    for (answered, error) in [
        (0, HistoryError::Denied),
        (0, HistoryError::Unavailable("down".into())),
        (3, HistoryError::Exhausted),
    ] {
        let told = told();
        told.remember("first", &invoice("2026-114", "2026-09-12", 3_000));
        let before = told.host.logged().len();
        told.host.fail_after(answered, error);
        let scored = told.score(&invoice("2026-114A", "2026-09-12", 3_000));
        let names: Vec<_> = scored.signals.iter().map(|signal| signal.name.as_str()).collect();
        assert_eq!(names, ["weekend_date", "round_amount"]);
        let logged = told.host.logged();
        assert_eq!(logged.len(), before + 1, "{logged:?}");
        assert_eq!(logged[before].0, Level::Warn);
        assert!(logged[before].1.contains("left out"), "{logged:?}");
        assert!(!scored.observations.is_empty());
    }
}

#[test]
fn a_weight_of_0_turns_a_signal_off() {
    let quiet = Told::new(json!({"weights": {"round_amount": 0, "weekend_date": "0.25"}}));
    let scored = quiet.score(&invoice("1", "2026-09-12", 3_000));
    assert_eq!(scored.score, Decimal::new(25, 2));
    assert_eq!(scored.signals.len(), 1);
}

#[test]
fn wrong_settings_are_said_all_at_once() {
    let wrong = json!({"weights": {"duplicate": "1.5"}, "near_distance": 17, "tolerance": "-1", "account_sightings": 0,
        "approval_limits": {"EUR": ["5", "-5"]}, "first_digit_lines": 3});
    let problems = testing::check_scorer::<Fraud>(&wrong.to_string(), "");
    let mut pointers: Vec<_> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "/account_sightings",
            "/approval_limits/EUR/1",
            "/first_digit_lines",
            "/near_distance",
            "/tolerance",
            "/weights/duplicate"
        ]
    );
    assert_eq!(
        testing::check_scorer::<Fraud>(r#"{"weights":{"unknown":1}}"#, "").len(),
        1
    );
    assert_eq!(testing::check_scorer::<Fraud>("", ""), []);
}

#[test]
fn only_an_object_is_a_document() {
    for other in [json!([]), json!("text"), json!(1), Value::Null] {
        let error = testing::score::<Fraud>(&json!({}), &Value::Null, &other).unwrap_err();
        assert!(error.contains("Unsupported"), "{error}");
    }
    assert_eq!(told().score(&json!({})).observations, []);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut long = invoice(&"9".repeat(100_000), "2026-09-02", 412);
    long["seller"] = json!({"name": "n".repeat(100_000), "vat_id": "1".repeat(100_000), "tax_id": "2".repeat(9_999),
        "legal_id": "3".repeat(9_999), "registration_number": "4".repeat(9_999)});
    let means: Vec<_> = (0..1_000)
        .map(|index| json!({"iban": format!("{index}{}", "x".repeat(5_000))}))
        .collect();
    long["payment"]["means"] = means.into();
    let scored = told().score(&long);
    assert!(
        scored
            .signals
            .iter()
            .all(|signal| !signal.name.starts_with("limit:")),
        "{scored:?}"
    );
    assert!(
        (8..=44).contains(&scored.observations.len()),
        "{}",
        scored.observations.len()
    );
}

/// Any JSON, often with the names that are looked for.
fn anything() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "id",
        "issue_date",
        "seller",
        "vat_id",
        "name",
        "lines",
        "amount",
        "quantity",
        "price",
        "totals",
        "payable",
        "taxes",
        "payment",
        "means",
        "iban",
        "employee",
        "pay_date",
        "kind",
        "item",
        "references",
        "preceding",
        "type_code",
        "currency",
        "total_net",
        "taxable_amount",
        "tax_amount",
        "percent",
        "tax_exclusive",
        "tax_inclusive",
        "period",
        "start",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "-?[0-9]{1,30}(\\.[0-9]{1,12})?".prop_map(Value::from),
        "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]".prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(Value::from("384")),
    ];
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|fields| {
                let fields: Map<String, Value> = fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect();
                Value::from(fields)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_has_a_score_that_is_the_sum_and_always_the_same(documents in prop::collection::vec(anything(), 1..5)) {
        let run = || {
            let told = told();
            let score = |data: &Value| testing::score::<Fraud>(&json!({}), &Value::Null, data);
            let scored: Vec<_> = documents
                .iter()
                .enumerate()
                .filter_map(|(index, data)| {
                    let scored = score(data).ok()?;
                    told.host.remember(&index.to_string(), "2026-09-01T00:00:00Z", &scored.observations);
                    Some(scored)
                })
                .collect();
            assert_eq!(scored.len(), documents.iter().filter(|data| data.is_object()).count());
            scored
        };
        let scored = run();
        for one in &scored {
            prop_assert!((Decimal::ZERO..=Decimal::ONE).contains(&one.score));
            prop_assert_eq!(one.signals.iter().map(|signal| signal.weight).sum::<Decimal>(), one.score);
        }
        prop_assert_eq!(scored, run());
    }
}
