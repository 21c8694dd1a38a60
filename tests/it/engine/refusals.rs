//! What is not taken, with every reason at once.

use assay_engine::{EngineOptions, Refused, manifest};

use super::guest::{Host, a_manifest, bare, of_world, packed};

async fn refused(host: &Host, bytes: impl Into<Vec<u8>>) -> Refused {
    let refused = host.take(bytes.into()).await.expect_err("it is refused");
    for reason in &refused.reasons {
        assert!(!reason.message.chars().any(char::is_control), "{reason}");
    }
    refused
}

fn codes(refused: &Refused) -> Vec<&str> {
    refused.reasons.iter().map(|reason| reason.code).collect()
}

#[tokio::test]
async fn what_is_not_wasm() {
    let host = Host::new();
    let cases: [(&str, &[u8]); 9] = [
        ("not-wasm", b""),
        ("not-wasm", b"\x89PNG\r\n\x1a\n\0\0"),
        ("text", b"(component)"),
        ("text", b"package assay:plugin@1.0.0;"),
        ("compiled", b"\x7fELF\x02\x01\x01"),
        ("truncated", b"\0asm"),
        ("truncated", b"\0asm\x0d\0"),
        ("not-wasm", b"\0asm\x02\0\0\0"),
        ("malformed", b"\0asm\x0d\0\x01\0\x63\x01\0"),
    ];
    for (code, bytes) in cases {
        let refused = refused(&host, bytes).await;
        assert_eq!(codes(&refused), [code], "{refused}");
    }
    host.is_fine().await;
}

#[tokio::test]
async fn what_is_cut_short_at_any_place() {
    let host = Host::new();
    let whole = packed("fine");
    for length in (0..whole.len()).step_by(whole.len() / 40) {
        // Where a section ends, only the manifest is missing.
        let refused = refused(&host, &whole[..length]).await;
        assert!(!refused.reasons.is_empty());
    }
    assert!(refused(&host, &whole[..whole.len() - 1]).await.has("truncated"));
    host.is_fine().await;
}

#[tokio::test]
async fn fifty_megabytes() {
    let host = Host::new();
    let mut bytes = packed("fine");
    bytes.resize(50 << 20, 0);
    assert_eq!(codes(&refused(&host, bytes).await), ["too-large"]);
    let small = Host::with(EngineOptions {
        component_bytes: 100,
        ..EngineOptions::default()
    });
    assert!(refused(&small, packed("fine")).await.has("too-large"));
}

#[tokio::test]
async fn a_core_module_that_is_no_plugin() {
    let host = Host::new();
    let empty = wat::parse_str("(module)").unwrap();
    let refused = refused(&host, empty).await;
    assert_eq!(codes(&refused), ["core-module", "no-manifest"]);
    assert!(refused.to_string().contains("component-type"), "{refused}");
}

#[tokio::test]
async fn a_module_with_foreign_imports() {
    let host = Host::new();
    let text = r#"(module (import "env" "abort" (func)) (memory (export "memory") 1))"#;
    let bytes = of_world(wat::parse_str(text).unwrap(), "validator");
    let refused = refused(&host, bytes).await;
    assert_eq!(codes(&refused), ["core-module", "no-manifest"], "{refused}");
    assert!(refused.to_string().contains("env"), "{refused}");
}

#[tokio::test]
async fn no_manifest() {
    let host = Host::new();
    let refused = refused(&host, bare("fine")).await;
    assert_eq!(codes(&refused), ["no-manifest"]);
}

#[tokio::test]
async fn a_manifest_that_lies() {
    let host = Host::new();
    let scorer = manifest::embed(&bare("fine"), &a_manifest("\"scorer\"", "")).unwrap();
    let refused = refused(&host, scorer).await;
    assert_eq!(codes(&refused), ["world", "world"], "{refused}");
    assert!(
        refused.to_string().contains("assay:plugin/scoring@1.0.0"),
        "{refused}"
    );
}

#[tokio::test]
async fn what_wasmtime_compiled_elsewhere() {
    let host = Host::new();
    let compiled = wasmtime::Engine::default()
        .precompile_component(&bare("fine"))
        .unwrap();
    assert_eq!(codes(&refused(&host, compiled).await), ["compiled"]);
    let compiled = wasmtime::Engine::default()
        .precompile_module(&super::guest::module("fine"))
        .unwrap();
    assert_eq!(codes(&refused(&host, compiled).await), ["compiled"]);
    host.is_fine().await;
}

/// A component with a custom section of the manifest's name at its end.
fn with_section(mut component: Vec<u8>, content: &[u8]) -> Vec<u8> {
    let name = manifest::SECTION.as_bytes();
    let leb128 = |mut number: usize| {
        let mut bytes = Vec::new();
        loop {
            let byte = u8::try_from(number % 128).unwrap();
            number /= 128;
            bytes.push(if number > 0 { byte | 128 } else { byte });
            if number == 0 {
                return bytes;
            }
        }
    };
    component.push(0);
    component.extend(leb128(1 + name.len() + content.len()));
    component.extend(leb128(name.len()));
    component.extend(name);
    component.extend(content);
    component
}

#[tokio::test]
async fn manifests_that_can_not_be_believed() {
    let host = Host::new();
    let honest = serde_json::to_string(&a_manifest("\"validator\"", "").to_json()).unwrap();
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(300 << 10));
    let deep = "[".repeat(100_000);
    let cases: [(&str, String); 10] = [
        ("`/plugin/name`", honest.replace("\"guest\"", "\"Gu\\u0007est\"")),
        ("`/plugin/version`", honest.replace("\"1.0.0\"", "\"newest\"")),
        (
            "`/plugin/worlds",
            honest.replace("\"validator\"", "\"administrator\""),
        ),
        ("twice", honest.replacen('{', "{\"manifest\":1,", 1)),
        ("U+0000", honest.replace("A guest.", "A\\u0000guest")),
        (
            "`/limits",
            honest.replacen('{', "{\"limits\":{\"deadline_ms\":-1},", 1),
        ),
        ("not JSON", honest.replacen('{', "", 1)),
        ("", String::new()),
        ("are allowed", large),
        ("within one another", deep),
    ];
    for (says, manifest) in cases {
        let refused = refused(&host, with_section(bare("fine"), manifest.as_bytes())).await;
        assert_eq!(refused.reasons[0].code, "manifest", "{says}: {refused}");
        assert!(refused.to_string().contains(says), "{says}: {refused}");
    }
    // Two of them, each good by itself.
    let other = honest.replace("A guest.", "Another guest.");
    let both = with_section(packed("fine"), other.as_bytes());
    let refused = refused(&host, both).await;
    assert_eq!(codes(&refused), ["manifest"], "{refused}");
    assert!(refused.to_string().contains("2 different"), "{refused}");
    host.is_fine().await;
}

#[tokio::test]
async fn every_strange_import_and_the_missing_permission_at_once() {
    let host = Host::new();
    let refused = refused(&host, packed("strange_imports")).await;
    let mut found = codes(&refused);
    found.sort_unstable();
    assert_eq!(
        found,
        ["import", "import", "import", "import", "permission"],
        "{refused}"
    );
    for name in [
        "wasi:cl1/environment",
        "wasi:sockets/",
        "wasi:http/",
        "wasi:cli/command",
        "`history`",
    ] {
        assert!(refused.to_string().contains(name), "{name}: {refused}");
    }
}

#[tokio::test]
async fn a_component_of_another_world() {
    let host = Host::new();
    let bytes = wat::parse_str(
        r#"(component
            (core module $m (func (export "f") (result i32) (i32.const 1)))
            (core instance $i (instantiate $m))
            (func $f (result u32) (canon lift (core func $i "f")))
            (instance $e (export "validate" (func $f)) (export "prepare" (func $f)))
            (export "assay:plugin/validation@1.0.0" (instance $e)))"#,
    )
    .unwrap();
    let bytes = manifest::embed(&bytes, &a_manifest("\"validator\"", "")).unwrap();
    let refused = refused(&host, bytes).await;
    assert_eq!(codes(&refused), ["world", "world", "world"], "{refused}");
    assert!(
        refused
            .to_string()
            .contains("`check-settings` of assay:plugin/validation@1.0.0"),
        "{refused}"
    );
}

#[tokio::test]
async fn the_asynchronous_component_model() {
    let host = Host::new();
    let bytes = wat::parse_str(
        r#"(component
            (core module $m (func (export "f")) (func (export "cb") (param i32 i32 i32) (result i32) (unreachable)))
            (core instance $i (instantiate $m))
            (core func $return (canon task.return)))"#,
    )
    .unwrap();
    let refused = refused(&host, bytes).await;
    assert!(refused.has("component-model-async"), "{refused}");
    assert!(refused.to_string().contains("disable-async"), "{refused}");
}

/// A component with this many more core instances, of an empty module.
fn with_instances(mut component: Vec<u8>, more: u8) -> Vec<u8> {
    // Section 1 is a core module, number 1 after the guest's own; section 2 instantiates it without arguments.
    component.extend_from_slice(b"\x01\x08\0asm\x01\0\0\0");
    let leb128 = |number: u16| [number % 128 + 128, number / 128].map(|byte| byte.to_le_bytes()[0]);
    component.push(2);
    component.extend(leb128(2 + 3 * u16::from(more)));
    component.extend(leb128(more.into()));
    component.extend([0, 1, 0].repeat(more.into()));
    component
}

#[tokio::test]
async fn more_core_instances_than_a_call_has_places_for() {
    let host = Host::new();
    let most = host.take(with_instances(packed("fine"), 100)).await;
    let plugin = super::guest::told(most.unwrap().1, "{}");
    super::guest::done(host.engine.validate(&plugin, &host.context(), "{}").await);
    let refused = refused(&host, with_instances(packed("fine"), 129)).await;
    assert_eq!(codes(&refused), ["too-large"], "{refused}");
    assert!(refused.to_string().contains("128"), "{refused}");
}

#[tokio::test]
async fn code_that_is_not_valid() {
    let host = Host::new();
    let mut bytes = packed("fine");
    // An instruction that does not exist, in place of the `i32.const 240; end` of a default export.
    let body = [0x41, 0xf0, 0x01, 0x0b];
    let at = bytes.windows(4).position(|window| window == body).unwrap();
    bytes[at] = 0xff;
    assert_eq!(codes(&refused(&host, bytes).await), ["compile"]);
    host.is_fine().await;
}
