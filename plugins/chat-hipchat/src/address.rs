//! Addresses: a room's name or number, and users as mail or `@mention`, also `@12` for the
//! number of one.
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What an address looks like, for error messages.
pub(crate) const FORM: &str = "Dev room, 42, @ann or ann@example.org";
/// The longest name; HipChat's are at most 100 characters.
const NAME_MAX: usize = 100;
/// What may stand in a piece of a path as it is.
const PIECE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'@');

/// `word` in its one spelling; `None` when it can be no room and no user. What begins as
/// the chats of other networks do is theirs: a room of such a name has a number too.
pub(crate) fn parse(word: &str) -> Option<&str> {
    let word = word.trim();
    let fits = (1..=NAME_MAX).contains(&word.chars().count()) && !word.contains(char::is_control);
    (fits && !word.starts_with(['-', '#']) && !matches!(word, "." | ".." | "@")).then_some(word)
}

/// Whether it is a user.
pub(crate) fn is_user(address: &str) -> bool {
    address.contains('@')
}

/// The path that messages to it are posted to.
pub(crate) fn path(address: &str) -> String {
    if !is_user(address) {
        return format!("v2/room/{}/notification", utf8_percent_encode(address, PIECE));
    }
    let number = address.strip_prefix('@').filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    format!("v2/user/{}/message", utf8_percent_encode(number.unwrap_or(address), PIECE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use url::Url;

    #[test]
    fn addresses_and_their_paths() {
        let rows = [
            ("42", Some("v2/room/42/notification")),
            (" Dev room ", Some("v2/room/Dev%20room/notification")),
            ("a/b?c#d", Some("v2/room/a%2Fb%3Fc%23d/notification")),
            ("ümlaut", Some("v2/room/%C3%BCmlaut/notification")),
            ("@ann", Some("v2/user/@ann/message")),
            ("@12", Some("v2/user/12/message")),
            ("ann@example.org", Some("v2/user/ann@example.org/message")),
            ("", None),
            (".", None),
            ("..", None),
            ("@", None),
            ("-1001234", None),
            ("#dev", None),
            ("a\nb", None),
        ];
        for (word, expected) in rows {
            assert_eq!(parse(word).map(path).as_deref(), expected, "{word:?}");
        }
    }

    proptest! {
        #[test]
        fn no_address_leads_elsewhere(word in "\\PC{0,30}|[./%@:\\\\]{0,6}") {
            let base = Url::parse("https://chat.example.com/hip/").unwrap();
            if let Some(address) = parse(&word) {
                prop_assert_eq!(parse(address), Some(address));
                let url = base.join(&path(address)).unwrap();
                let pieces: Vec<&str> = url.path_segments().unwrap().collect();
                prop_assert!(matches!(pieces[..], ["hip", "v2", "room", _, "notification"] | ["hip", "v2", "user", _, "message"]), "{}", url);
            }
        }
    }
}
