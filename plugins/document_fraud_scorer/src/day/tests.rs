use super::*;

#[test]
fn one_day_in_many_forms_and_none_where_it_may_be_two() {
    let third = NaiveDate::from_ymd_opt(2026, 3, 3);
    for text in [
        "2026-03-03",
        "2026-03-03T10:00:00Z",
        "2026-03-03Z",
        "2026-03-03+01:00",
        "2026/03/03",
        "20260303",
        "03.03.2026",
        "3.3.2026",
        " 03/03/2026 ",
        "03-03-2026",
    ] {
        assert_eq!(read(text).and_then(|day| day.date), third, "{text}");
    }
    for (text, month, day) in [
        ("04.03.2026", 3, 4),
        ("25/03/2026", 3, 25),
        ("03/25/2026", 3, 25),
        ("25-03-2026", 3, 25),
    ] {
        let date = NaiveDate::from_ymd_opt(2026, month, day);
        assert_eq!(read(text).and_then(|day| day.date), date, "{text}");
    }
    for text in ["04/03/2026", "4-3-2026"] {
        assert_eq!(
            read(text),
            Some(Day {
                year: 2026,
                date: None
            }),
            "{text}"
        );
    }
    for text in [
        "",
        "2026",
        "2026-03",
        "2026-13-01",
        "31.02.2026",
        "03.03.26",
        "3 March 2026",
        "2026-03-03-04",
        "2026.03/03",
        "03.03.2026x",
        "99999999",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}
