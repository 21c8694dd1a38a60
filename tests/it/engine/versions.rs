//! Plugins of later minor versions of `assay:plugin`: taken as long as they use only what this host knows, else refused
//! with what it does not know. A later major version is another package.

use assay_engine::{Refused, manifest};
use wit_component::StringEncoding;
use wit_parser::Resolve;

use super::guest::{Host, a_manifest, component, done, of, root, text, told};

/// What a version of the package has besides, and where: text of the package that it replaces.
type Change = (&'static str, &'static str);

/// The component of a guest's text, built against a version of the package with changes.
fn built(version: &str, changes: &[Change], fields: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let of_version = |text: &str| text.replace("@1.0.0", &format!("@{version}"));
    let mut left: Vec<_> = changes.iter().collect();
    for file in std::fs::read_dir(root().join("wit/plugin-v1")).unwrap() {
        let file = file.unwrap();
        let Ok(mut text) = std::fs::read_to_string(file.path()) else {
            continue;
        };
        left.retain(|(old, new)| {
            let known = text.contains(old);
            text = text.replace(old, new);
            !known
        });
        std::fs::write(folder.path().join(file.file_name()), of_version(&text)).unwrap();
    }
    assert!(left.is_empty(), "{left:?} is nowhere in the package");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(folder.path()).unwrap();
    let module = wat::parse_str(format!("(module {})", of_version(fields))).unwrap();
    let module = of(module, &resolve, package, "validator", StringEncoding::UTF8);
    manifest::embed(&component(&module), &a_manifest("\"validator\"", "")).unwrap()
}

const MORE_IN_LOG: Change = (
    "interface log {",
    "interface log {\n  /// How many lines there are.\n  count: func() -> u64;",
);

/// A guest that uses what a later version has more of `log`.
fn counting() -> String {
    let import = "(import \"assay:plugin/log@1.0.0\" \"count\" (func $count (result i64)))";
    let start = "(func $start (drop (call $count))) (start $start)";
    format!("{import} {} {start}", text("fine"))
}

async fn refused(bytes: Vec<u8>) -> Refused {
    let host = Host::new();
    let refused = host.take(bytes).await.expect_err("it is refused");
    host.is_fine().await;
    refused
}

#[tokio::test]
async fn a_later_minor_version_is_taken_when_it_uses_only_what_is_known() {
    let host = Host::new();
    for version in ["1.0.7", "1.1.0", "1.27.3"] {
        // The later version has more; what the guest leaves alone is not imported.
        let bytes = built(version, &[MORE_IN_LOG], &text("flood_log_by_size"));
        let (candidate, plugin) = host.take(bytes).await.unwrap();
        let log = format!("assay:plugin/log@{version}");
        assert!(candidate.imports.contains(&log), "{:?}", candidate.imports);
        let call = host
            .engine
            .validate(&told(plugin, "{}"), &host.context(), "{}")
            .await;
        assert_eq!(call.log.len(), 1, "{version}");
        done(call);
    }
}

#[tokio::test]
async fn what_this_host_does_not_know_is_named() {
    let function = refused(built("1.1.0", &[MORE_IN_LOG], &counting())).await;
    assert!(function.has("import"), "{function}");
    for name in ["assay:plugin/log@1.1.0", "count"] {
        assert!(function.to_string().contains(name), "{name}: {function}");
    }

    let clock = "interface log {\n  count: func() -> u64;\n}\ninterface log-lines {";
    let interface: [Change; 2] = [
        ("interface log {", clock),
        ("import log;", "import log;\n  import log-lines;"),
    ];
    let lines = counting()
        .replace("plugin/log@", "plugin/log-lines@")
        .replace("count", "log");
    let lines = lines.replace("(result i64)", "(param i32 i32 i32)").replace(
        "(drop (call $log))",
        "(call $log (i32.const 0) (i32.const 0) (i32.const 0))",
    );
    let interface = refused(built("1.1.0", &interface, &lines)).await;
    assert!(interface.has("import"), "{interface}");
    assert!(
        interface.to_string().contains("`assay:plugin/log-lines@1.1.0`"),
        "{interface}"
    );
}

/// One more case of an enumeration is another type: what is returned might not be read.
#[tokio::test]
async fn a_type_that_grew_is_refused_by_the_functions_that_have_it() {
    let grown: Change = ("enum severity {", "enum severity {\n    fatal,");
    let refused = refused(built("1.1.0", &[grown], &text("fine"))).await;
    assert!(refused.has("world"), "{refused}");
    assert!(
        refused
            .to_string()
            .contains("`validate` of assay:plugin/validation@1"),
        "{refused}"
    );
}

#[tokio::test]
async fn another_major_version_is_another_package() {
    let refused = refused(built("2.0.0", &[], &text("flood_log_by_size"))).await;
    assert!(refused.has("import") && refused.has("world"), "{refused}");
    assert!(
        refused.to_string().contains("`assay:plugin/log@2.0.0`"),
        "{refused}"
    );
}
