//! What of a request is not written down: the values of headers and query
//! fields that carry proofs and tokens.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use factotum_plugin_api::secret::scrub;
use http::{HeaderMap, HeaderValue, header};

/// What stands for a value that is not written down.
pub(crate) const MASK: &str = "***";

/// A header or query field whose name has one of these carries a secret. Wider
/// than strictly needed: a masked value too many is a small loss.
const SECRET_WORDS: &[&str] =
    &["auth", "bearer", "cookie", "credential", "hmac", "key", "pass", "pwd", "secret", "sig", "token"];
/// What has a secret word in it and is none: `author`, `assignee`, `design`.
const HARMLESS_WORDS: &[&str] = &["author", "assign", "design"];

fn is_secret(name: &str) -> bool {
    // The longer word first: `authorization` is no author.
    let mut name = name.to_ascii_lowercase().replace("authoriz", "auth");
    for word in HARMLESS_WORDS {
        name = name.replace(word, " ");
    }
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// How Basic credentials begin.
const BASIC: &str = "Basic ";
/// A user name that stands where another would tell nothing: the secret is the other half.
const NOBODY: &[&str] = &["", "x-oauth-basic", "x-token-auth", "x-access-token"];
/// A longer user name is none: some senders put their token there.
const USER_CHARS: usize = 64;

/// The user of Basic credentials, where their other half is the secret.
fn basic_user(value: &HeaderValue) -> Option<String> {
    let (scheme, credentials) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case(BASIC.trim_end()) {
        return None;
    }
    let credentials = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (user, password) = credentials.split_once(':')?;
    let is_name = user.chars().count() <= USER_CHARS && !user.chars().any(char::is_control) && scrub(user) == user;
    (is_name && !NOBODY.contains(&user) && !NOBODY.contains(&password)).then(|| user.to_owned())
}

/// The user that masked headers name.
pub(super) fn user(headers: &[(String, String)]) -> Option<String> {
    let (_, value) = headers.iter().find(|(name, _)| name == header::AUTHORIZATION.as_str())?;
    let user = value.strip_prefix(BASIC)?.strip_suffix(MASK)?.strip_suffix(':')?;
    Some(user.to_owned())
}

/// The headers as pairs, with secrets masked.
pub(super) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let hidden = value.is_sensitive() || is_secret(name.as_str());
        let value = match basic_user(value).filter(|_| *name == header::AUTHORIZATION) {
            Some(user) => format!("{BASIC}{user}:{MASK}"),
            None if hidden => MASK.into(),
            None => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        };
        (name.as_str().to_owned(), value)
    };
    headers.iter().map(pair).collect()
}

/// The query's fields, with secrets masked.
pub(super) fn query(fields: &[(String, String)]) -> Vec<(String, String)> {
    let field =
        |(name, value): &(String, String)| (name.clone(), if is_secret(name) { MASK.into() } else { value.clone() });
    fields.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_basic_credentials_only_the_name_is_kept() {
        let rows = [
            ("Basic", "ann:canary", Some("ann")),
            ("basic", "ann:can:ary", Some("ann")),
            ("Basic", "канарейка:canary", Some("канарейка")),
            ("Basic", "canary:", None), // a token where the name should be
            ("Basic", "canary:x-oauth-basic", None),
            ("Basic", "x-access-token:canary", None),
            ("Basic", ":canary", None),
            ("Basic", "canary", None),
            ("Bearer", "ann:canary", None),
        ];
        for (scheme, credentials, name) in rows {
            let mut map = HeaderMap::new();
            let value = format!("{scheme} {}", STANDARD.encode(credentials));
            map.insert("authorization", value.parse().unwrap());
            let masked = headers(&map);
            let shown = name.map_or(MASK.to_owned(), |name| format!("Basic {name}:***"));
            assert_eq!(masked, [("authorization".to_owned(), shown)], "{credentials}");
            assert_eq!(user(&masked).as_deref(), name, "{credentials}");
            map.remove("authorization");
            map.insert("proxy-authorization", value.parse().unwrap());
            assert_eq!(headers(&map)[0].1, MASK);
        }
        assert_eq!(user(&headers(&HeaderMap::from_iter([(header::AUTHORIZATION, "Basic %%".parse().unwrap())]))), None);
    }
    #[test]
    fn secrets_are_masked_and_the_rest_is_kept() {
        let rows = [
            ("authorization", true),
            ("proxy-authorization", true),
            ("cookie", true),
            ("signature", true),
            ("x-hub-signature-256", true),
            ("x-gitlab-token", true),
            ("x-api-key", true),
            ("x-my-password", true),
            ("x-secret", true),
            ("x-hub-signature", true),
            ("x-auth", true),
            ("sig", true),
            ("x-sig", true),
            ("pass", true),
            ("db-pwd", true),
            ("x-bearer", true),
            ("x-credentials", true),
            ("x-author-token", true),
            ("author", false),
            ("x-assignee", false),
            ("x-github-delivery", false),
            ("x-github-hook-id", false),
            ("x-gitlab-event", false),
            ("content-type", false),
            ("x-github-event", false),
            ("user-agent", false),
        ];
        for (name, hidden) in rows {
            let mut map = HeaderMap::new();
            map.insert(name, "canary".parse().unwrap());
            let expected = if hidden { MASK } else { "canary" };
            assert_eq!(headers(&map), [(name.to_owned(), expected.to_owned())]);
        }
        for name in ["token", "secret", "password", "api_key", "API_KEY"] {
            assert_eq!(query(&[(name.to_owned(), "canary".to_owned())])[0].1, MASK, "{name}");
        }
        let fields = [("access_token".to_owned(), "canary".to_owned()), ("branch".to_owned(), "main".to_owned())];
        assert_eq!(query(&fields).iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), [MASK, "main"]);
    }
}
