//! Components that are small and a lot of work to compile are refused without compiling, and at once.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use assay_engine::manifest;

use super::guest::{Host, a_manifest};

fn packed(text: &str) -> Vec<u8> {
    let bytes = wat::parse_str(text).unwrap();
    manifest::embed(&bytes, &a_manifest("\"validator\"", "")).unwrap()
}

fn in_module(fields: &str) -> String {
    format!("(component (core module {fields}))")
}

/// Components in a row, each of which instantiates the one before it twice: `levels` double the innermost's parts.
fn doubling(levels: usize) -> String {
    let mut text =
        String::from("(component (component $c0 (core module $m) (core instance (instantiate $m)))");
    for level in 1..=levels {
        let below = level - 1;
        write!(
            text,
            "(component $c{level} (alias outer 1 $c{below} (component $below))
                (instance (instantiate $below)) (instance (instantiate $below)))"
        )
        .unwrap();
    }
    write!(text, "(instance (instantiate $c{levels})))").unwrap();
    text
}

/// The same with the component handed in, where what is instantiated is not seen.
fn handed_in() -> String {
    "(component
        (component $c (core module $m) (core instance (instantiate $m)))
        (component $twice (import \"c\" (component $given)) (instance (instantiate $given)) (instance (instantiate $given)))
        (instance (instantiate $twice (with \"c\" (component $c)))))"
        .to_owned()
}

fn deep(levels: usize) -> String {
    format!(
        "(component {}{})",
        "(component ".repeat(levels),
        ")".repeat(levels)
    )
}

#[tokio::test]
async fn what_would_take_too_long_is_refused_at_once() {
    let host = Host::new();
    let body = |bytes: usize| in_module(&format!("(func {})", "(drop (i32.const 0))".repeat(bytes / 3)));
    let frame = |constants: usize, locals: usize| {
        let (locals, body) = ("i32 ".repeat(locals), "(drop (i32.const 0))".repeat(constants));
        format!("(func (local {locals}) {body})")
    };
    let spread = "(core module (memory 1024) (data (i32.const 0) \"a\") (data (i32.const 67108863) \"b\"))";
    let cases = [
        ("functions", in_module(&"(func)".repeat(100_001))),
        ("bytes in one function", body((512 << 10) + 3)),
        (
            "bytes times locals in one function",
            in_module(&frame(10_000, 50_000)),
        ),
        (
            "bytes times locals in all functions",
            in_module(&frame(10_000, 3_000).repeat(12)),
        ),
        ("types", in_module(&"(type (func))".repeat(100_001))),
        (
            "core modules",
            format!("(component {})", "(core module)".repeat(129)),
        ),
        ("levels", deep(16)),
        (
            "data of its memories",
            format!("(component {})", spread.repeat(3)),
        ),
        ("definitions", doubling(30)),
        ("definitions", handed_in()),
    ];
    for (what, text) in cases {
        let bytes = packed(&text);
        assert!(
            bytes.len() < 2 << 20,
            "{what}: {} bytes are not small",
            bytes.len()
        );
        let begun = Instant::now();
        let refused = host.engine.check(bytes.into()).await.unwrap_err();
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{what}: {:?}",
            begun.elapsed()
        );
        assert!(
            refused
                .reasons
                .iter()
                .any(|reason| reason.code == "too-complex" && reason.message.contains(what)),
            "{what}: {refused}"
        );
    }
    host.is_fine().await;
}

#[tokio::test]
async fn what_is_within_the_bounds_is_counted_right() {
    let complexity = |text: &str| {
        let bytes = wat::parse_str(text).unwrap();
        assay_engine::inspect::inspect(&bytes).unwrap().complexity
    };
    // Each level: an alias and two instances, with twice what is below; at the bottom one core instance.
    let parts = |levels: u64| (0..levels).fold(1, |below, _| 3 + 2 * below) + 1;
    for levels in [1, 5, 10] {
        let found = complexity(&doubling(levels));
        assert_eq!(found.parts, parts(levels as u64));
        assert_eq!((found.modules, found.depth), (1, 3));
    }
    let found = complexity(&in_module(
        "(memory 3) (data (i32.const 10) \"abc\") (data (i32.const 100) \"d\") (data \"passive\")
         (func (local i32 i64 f32)) (func (param i32))",
    ));
    assert_eq!((found.image_bytes, found.functions, found.types), (91, 2, 2));
    assert_eq!(found.largest_frame, 3 * found.largest_body);
}

/// Real plugins, and what they are made of, are far from every bound.
#[tokio::test]
async fn first_party_plugins_are_far_from_the_bounds() {
    for entry in std::fs::read_dir(super::guest::root().join("plugins/built")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let found = assay_engine::inspect::inspect(&std::fs::read(&path).unwrap())
                .unwrap()
                .complexity;
            assert!(found.functions < 20_000 && found.parts < 20_000, "{found:?}");
            assert!(
                found.largest_body < 1 << 17 && found.largest_frame < 1 << 27,
                "{found:?}"
            );
        }
    }
}
