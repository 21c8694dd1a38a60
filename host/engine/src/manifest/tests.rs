use super::*;
use crate::inspect::inspect;

fn manifest(version: &str) -> Manifest {
    let text = format!(
        "manifest = 1\n[plugin]\nname = \"a_plugin\"\nversion = \"{version}\"\ndescription = \"One.\"\n\
         authors = [\"A\", \"B\"]\nlicense = \"Apache-2.0\"\nsource = \"https://example.com/a\"\nworlds = [\"validator\"]\n"
    );
    Manifest::from_toml(&text).unwrap()
}

#[test]
fn what_is_embedded_is_read_back_and_replaced() {
    for text in ["(component (core module))", "(module)"] {
        let bare = wat::parse_str(text).unwrap();
        let first = embed(&bare, &manifest("1.0.0")).unwrap();
        assert_eq!(inspect(&first).unwrap().manifest.unwrap(), manifest("1.0.0"));
        let second = embed(&first, &manifest("2.0.0")).unwrap();
        assert_eq!(inspect(&second).unwrap().manifest.unwrap(), manifest("2.0.0"));
        let again = embed(&second, &manifest("2.0.0")).unwrap();
        assert_eq!(again, second, "embedding the same changes nothing");
        let section = SECTION.as_bytes();
        assert_eq!(
            again
                .windows(section.len())
                .filter(|window| *window == section)
                .count(),
            1
        );
    }
}

#[test]
fn the_standard_sections_are_there_for_other_tools() {
    let bytes = embed(&wat::parse_str("(component)").unwrap(), &manifest("1.2.3")).unwrap();
    let payload = wasm_metadata::Payload::from_binary(&bytes).unwrap();
    let metadata = payload.metadata();
    assert_eq!(metadata.name.as_deref(), Some("a_plugin"));
    assert_eq!(
        metadata.version.as_ref().map(ToString::to_string).as_deref(),
        Some("1.2.3")
    );
    assert_eq!(
        metadata.licenses.as_ref().map(ToString::to_string).as_deref(),
        Some("Apache-2.0")
    );
}

#[test]
fn a_manifest_within_a_core_module_is_found() {
    let json = serde_json::to_vec(&manifest("1.0.0").to_json()).unwrap();
    let escaped: Vec<_> = json.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let escaped = escaped.concat();
    let component = wat::parse_str(format!(
        "(component (core module (@custom \"{SECTION}\" \"{escaped}\")))"
    ));
    let inspection = inspect(&component.unwrap()).unwrap();
    assert_eq!(inspection.manifest.unwrap(), manifest("1.0.0"));
}

#[test]
fn two_manifests_are_one_too_many() {
    let (one, two) = (b"{}".as_slice(), b"[]".as_slice());
    assert_eq!(read(&[one, two], &[]).unwrap_err()[0].code, "manifest");
    assert_eq!(read(&[], &[one, two]).unwrap_err()[0].code, "manifest");
    assert_eq!(read(&[], &[]).unwrap_err()[0].code, "no-manifest");
}

#[test]
fn every_problem_is_told() {
    let json = br#"{"manifest":1,"plugin":{"name":"A","version":"x","description":"","worlds":["oracle"],"colour":1}}"#;
    let reasons = read(&[json], &[]).unwrap_err();
    assert!(reasons.len() >= 4, "{reasons:?}");
    assert!(reasons.iter().all(|reason| reason.code == "manifest"));
}

#[test]
fn padded_lengths_are_cut_out_whole() {
    // id 0, length 20 in five bytes, name of 14 bytes, data of 5.
    let mut bytes = b"\0asm\x01\0\0\0\0\x94\x80\x80\x80\0\x0eassay:manifest12345".to_vec();
    assert_eq!(without_manifest(&bytes).unwrap(), b"\0asm\x01\0\0\0");
    bytes.splice(8..8, *b"\0\x02\x01x");
    assert_eq!(without_manifest(&bytes).unwrap(), b"\0asm\x01\0\0\0\0\x02\x01x");
}
