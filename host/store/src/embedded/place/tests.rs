use super::*;

#[test]
fn an_address_holds_any_path() {
    let place = Place {
        home: "/x".into(),
        sockets: "/a b/ä?&".into(),
        account: Account::choose(Some(1)).unwrap_or_else(|_| Account::choose(None).unwrap()),
        moved: false,
    };
    let options = crate::connect::parse(&place.url("me", "db")).unwrap();
    assert_eq!(options.get_socket().unwrap(), Path::new("/a b/ä?&"));
    assert_eq!(options.get_username(), "me");
}
