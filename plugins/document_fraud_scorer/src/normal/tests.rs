use super::*;

#[test]
fn identifiers_with_and_without_their_country_are_the_same() {
    for (one, other) in [
        ("ESB58378431", "B58378431"),
        ("ES-B58378431", "b 58378431"),
        ("NL004495445B01", "004495445B01"),
        ("EL094259216", "GR094259216"),
    ] {
        assert_eq!(identifier(one), identifier(other), "{one} {other}");
        assert!(identifier(one).is_some());
    }
    assert_ne!(identifier("ESB58378431"), identifier("ESB58378432"));
    for none in ["", "n/a", "unknown", "0000000", "ES", "-", "12"] {
        assert_eq!(identifier(none), None, "{none}");
    }
}

#[test]
fn names_with_and_without_their_legal_form() {
    for (name, stem, form) in [
        ("Talleres Roca S.L.", "talleres roca", Some("sl")),
        ("TALLERES ROCA SL", "talleres roca", Some("sl")),
        ("Talleres  Roca, s. l.", "talleres roca", Some("sl")),
        ("Talleres Roca", "talleres roca", None),
        ("Huber GmbH & Co. KG", "huber", Some("gmbhcokg")),
        ("De Wit B.V.", "de wit", Some("bv")),
        ("Nowak Sp. z o.o.", "nowak", Some("spzoo")),
        ("S.A.", "s a", None),
    ] {
        assert_eq!(
            stem_and_form(name),
            (stem.to_owned(), form.map(str::to_owned)),
            "{name}"
        );
    }
}
