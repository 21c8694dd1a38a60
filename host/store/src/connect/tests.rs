use super::*;

#[test]
fn three_ways_to_write_an_address() {
    for scheme in ["postgres", "postgresql", "postgresql+psycopg"] {
        let options = parse(&format!("{scheme}://ann:secret@db.example:5433/assay")).unwrap();
        assert_eq!(options.get_host(), "db.example", "{scheme}");
        assert_eq!(options.get_port(), 5433);
        assert_eq!(options.get_username(), "ann");
        assert_eq!(options.get_database(), Some("assay"));
    }
}

#[test]
fn a_wrong_address_is_refused_without_repeating_it() {
    for wrong in ["", "mysql://ann:secret@h/d", "postgres://ann:secret@h:port/d"] {
        let error = parse(wrong).unwrap_err().to_string();
        assert!(error.contains("postgres://user@host"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}
