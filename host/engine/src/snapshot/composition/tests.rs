use super::Composition;

fn component(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {fields})")).unwrap()
}

/// A component that holds a number and exports what reads it.
const COUNTER: &str = r#"
    (core module $m (global $g (export "g") (mut i32) (i32.const 7))
      (func (export "get") (result i32) (global.get $g)))
    (core instance $i (instantiate $m))
    (func (export "get") (result s32) (canon lift (core func $i "get")))"#;

/// What stays of the parts when nothing becomes of them.
fn again(component: &[u8]) -> Vec<u8> {
    let composition = Composition::of(component).unwrap();
    let parts: Vec<_> = composition.parts().iter().map(|part| part.to_vec()).collect();
    composition.rewritten(&parts)
}

fn reason(fields: &str) -> String {
    Composition::of(&component(fields)).unwrap_err().to_string()
}

#[test]
fn a_component_with_its_own_modules_is_one_part() {
    let whole = component(&format!(
        "{COUNTER} (component (type (func)) (import \"f\" (func (type 0))))"
    ));
    let composition = Composition::of(&whole).unwrap();
    assert_eq!(composition.parts(), [whole.as_slice()]);
    assert_eq!(composition.access(0), "wasmtime:wizer/access");
    assert_eq!(again(&whole), whole);
}

#[test]
fn what_is_composed_comes_apart_at_every_depth_and_together_as_it_was() {
    let whole = component(&format!(
        r#"(import "one" (instance))
        (component $a {COUNTER})
        (component $b (component $c {COUNTER}) (instance $c (instantiate $c)) (export "get" (func $c "get")))
        (component $never {COUNTER})
        (instance $b (instantiate $b))
        (instance $a (instantiate $a))
        (export "a" (func $a "get"))
        (export "b" (instance $b))
        (@custom "after" "all")"#
    ));
    let composition = Composition::of(&whole).unwrap();
    let named = |name: &str| component(&format!("{name} {COUNTER}"));
    assert_eq!(composition.parts(), [named("$a"), named("$c")]);
    assert_eq!(again(&whole), whole);
    let read: Vec<_> = (0..2).map(|part| composition.access(part)).collect();
    assert_eq!(read, ["assay:snapshot/part0", "assay:snapshot/part1"]);
}

#[test]
fn what_reads_a_part_is_exported_by_the_whole() {
    let whole = component(&format!(
        r"(component $b (component $c {COUNTER}) (instance $c (instantiate $c)))
        (instance $b (instantiate $b))"
    ));
    let composition = Composition::of(&whole).unwrap();
    let instrumented = component(&format!(
        r#"{COUNTER} (instance $access (export "g" (func 0))) (export "wasmtime:wizer/access" (instance $access))"#
    ));
    let joined = composition.instrumented(&[instrumented]);
    wasmparser::Validator::new().validate_all(&joined).unwrap();
    let exports = wasmparser::Parser::new(0)
        .parse_all(&joined)
        .filter_map(|payload| {
            let wasmparser::Payload::ComponentExportSection(section) = payload.unwrap() else {
                return None;
            };
            Some(section.into_iter().map(|export| export.unwrap().name.name))
        });
    let exports: Vec<_> = exports.flatten().collect();
    assert_eq!(
        exports,
        [
            "wasmtime:wizer/access",
            "get",
            "assay:snapshot/part0",
            "assay:snapshot/part0"
        ],
        "from the innermost outwards"
    );
}

#[test]
fn what_can_not_be_told_apart_says_why() {
    let two = format!("(component $a {COUNTER}) (instance (instantiate $a)) (instance (instantiate $a))");
    assert!(reason(&two).contains("instantiated more than once"));
    let beside = format!("{COUNTER} (component $a {COUNTER}) (instance (instantiate $a))");
    assert!(reason(&beside).contains("core modules beside components"));
    for travels in [
        format!(
            r#"(component $a {COUNTER}) (component $b (import "c" (component)))
            (instance (instantiate $b (with "c" (component $a))))"#
        ),
        format!(r#"(component $a {COUNTER}) (export "a" (component $a))"#),
        format!(
            r"(component $a {COUNTER}) (component $b (alias outer 1 0 (component $c)) (instance (instantiate $c)))
            (instance (instantiate $b))"
        ),
        format!(
            r#"(component $a {COUNTER}) (instance $i (export "a" (component $a)))
            (alias export $i "a" (component $c)) (instance (instantiate $c))"#
        ),
    ] {
        assert!(reason(&travels).contains("passed on"), "{travels}");
    }
}
