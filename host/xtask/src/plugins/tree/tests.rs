use super::target;
use crate::toolchain::Target;

#[test]
fn the_target_is_as_written_else_by_name() {
    assert_eq!(target("spin", None).unwrap(), Target::Wasip2);
    assert_eq!(target("spin_wasip1", None).unwrap(), Target::Wasip1);
    assert_eq!(target("spin_wasip1", Some("wasip2")).unwrap(), Target::Wasip2);
    assert_eq!(target("spin", Some("wasm32-wasip1")).unwrap(), Target::Wasip1);
    let error = target("spin", Some("wasip3")).unwrap_err().to_string();
    assert!(error.contains("wasip3") && error.contains("wasip2"), "{error}");
}
