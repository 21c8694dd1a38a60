use super::depends;

#[test]
fn a_dependency_is_found_by_its_prefix_among_others_only() {
    let listed = "libstd-rust-web-1.96\n  Depends: libc6\n  Depends: libllvm22\n  Conflicts: libllvm1\n";
    assert_eq!(depends(listed, "libllvm").as_deref(), Some("libllvm22"));
    assert_eq!(depends(listed, "lld"), None);
}
