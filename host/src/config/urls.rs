//! URLs in the config, as others may see them.
use url::Url;

const MASK: &str = "***";

/// `text` without the user, the password and the values of the query, if it is a
/// URL that has any: senders and relays take tokens there. A path stays; where it
/// is the secret, the field's type is `Secret`.
pub(super) fn without_secrets(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok().filter(Url::has_host)?;
    let user = !url.username().is_empty() || url.password().is_some();
    if !user && url.query().is_none() {
        return None;
    }
    if user {
        url.set_username(MASK).ok()?;
        url.set_password(None).ok()?;
    }
    let fields: Vec<String> = url.query_pairs().map(|(name, _)| format!("{name}={MASK}")).collect();
    if url.query().is_some() {
        url.set_query(Some(&fields.join("&")));
    }
    Some(url.into())
}

/// Whether `text` is a URL with a password in it.
pub(super) fn has_password(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| url.password().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_masked_and_the_rest_is_as_it_was() {
        let rows = [
            ("https://api.travis-ci.com/config", None),
            ("console:ops", None),
            ("a?b=c", None),
            ("mailto:user@host?subject=x", None),
            ("https://user:c4nary@ci.example:8443/a/b", Some("https://***@ci.example:8443/a/b")),
            ("https://c4nary@ci.example/", Some("https://***@ci.example/")),
            ("https://ci.example/a?token=c4nary&b=c4nary", Some("https://ci.example/a?token=***&b=***")),
            ("postgres://user:c4nary@db/x", Some("postgres://***@db/x")),
        ];
        for (text, masked) in rows {
            assert_eq!(without_secrets(text).as_deref(), masked, "{text}");
        }
    }
}
