use super::*;

#[test]
fn addresses_are_read_as_people_write_them() {
    let rows = [
        ("video.example.com", Some("https://video.example.com/")),
        (" https://10.0.0.5:8443/admin?x#y ", Some("https://10.0.0.5:8443/")),
        ("http://127.0.0.1:80", Some("http://127.0.0.1/")),
        ("ftp://x", None),
        ("", None),
        ("https://user:secret@x", None),
    ];
    for (written, expected) in rows {
        assert_eq!(address(written).ok().as_ref().map(Url::as_str), expected, "{written}");
    }
}

#[test]
fn a_session_is_one_piece_of_a_path() {
    assert_eq!(piece("0000001b@domain#vcs"), "0000001b%40domain%23vcs");
    assert_eq!(piece("../x"), "..%2Fx");
    assert_eq!(piece(".."), "%2E%2E");
}
