use super::*;

#[test]
fn passwd_is_read_by_name_and_by_id() {
    let passwd =
        "root:x:0:0::/root:/bin/sh\nbroken\nnobody:x:65534:65533::/:/bin/false\npg:x:101:104:a,b:/v:/s\n";
    assert_eq!(find(passwd, |name, _| name == "nobody"), Some((65_534, 65_533)));
    assert_eq!(find(passwd, |_, uid| uid == 101), Some((101, 104)));
    assert_eq!(find(passwd, |name, _| name == "broken"), None);
}
