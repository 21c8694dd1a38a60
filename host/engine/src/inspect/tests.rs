use super::*;

#[test]
fn a_component_says_what_it_imports_and_exports() {
    let bytes = wat::parse_str(
        r#"(component
            (import "wasi:cli/environment@0.2.0" (instance))
            (import "a" (func))
            (component (import "inner" (func)) (core module (memory 3)))
            (core module (table 7 funcref) (memory 2))
            (instance $i) (export "b:c/d@1.0.0" (instance $i)))"#,
    )
    .unwrap();
    let inspection = inspect(&bytes).unwrap();
    assert_eq!(inspection.kind, Kind::Component);
    assert_eq!(inspection.imports, ["a", "wasi:cli/environment@0.2.0"]);
    assert_eq!(inspection.exports, ["b:c/d@1.0.0"]);
    assert_eq!(
        (inspection.largest_memory, inspection.largest_table),
        (3 << 16, 7)
    );
    assert!(!inspection.uses_async);
    assert_eq!(inspection.manifest.unwrap_err()[0].code, "no-manifest");
}

#[test]
fn a_module_is_told_by_its_header() {
    let bytes =
        wat::parse_str(r#"(module (import "env" "f" (func)) (import "env" "g" (func)) (func (export "h")))"#);
    let inspection = inspect(&bytes.unwrap()).unwrap();
    assert_eq!(inspection.kind, Kind::Module);
    assert_eq!(
        (inspection.imports, inspection.exports),
        (vec!["env".to_owned()], vec!["h".to_owned()])
    );
}

#[test]
fn any_bytes_are_answered() {
    let whole = wat::parse_str("(component (core module (func (export \"f\"))))").unwrap();
    for length in 0..whole.len() {
        drop(inspect(&whole[..length]));
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[length] ^= 1 << bit;
            drop(inspect(&changed));
        }
    }
}
