use super::os_release;

#[test]
fn os_release_fields_lose_their_quotes() {
    let text = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n";
    assert_eq!(os_release(text, "ID").as_deref(), Some("debian"));
    assert_eq!(os_release(text, "VERSION_ID").as_deref(), Some("12"));
    assert_eq!(os_release(text, "VERSION_CODENAME"), None);
}
