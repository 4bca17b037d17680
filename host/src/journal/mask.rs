//! What of a request is not written down: the values of headers and query
//! fields that carry proofs and tokens.
use http::HeaderMap;

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

/// The headers as pairs, with secrets masked.
pub(super) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let hidden = value.is_sensitive() || is_secret(name.as_str());
        let value = if hidden { MASK.into() } else { String::from_utf8_lossy(value.as_bytes()).into_owned() };
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
        let fields = [("access_token".to_owned(), "canary".to_owned()), ("branch".to_owned(), "main".to_owned())];
        assert_eq!(query(&fields).iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), [MASK, "main"]);
    }
}
