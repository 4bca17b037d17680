//! Requests as Travis makes them: for `factotum hook send`, `factotum demo` and tests.
use crate::{
    payload::{self, Payload},
    proof::hash_of,
};
use factotum_plugin_api::{Demo, hook::Sample, prelude::*};
use serde_json::json;

const SIGNED: &[u8] = include_bytes!("../../../tests/fixtures/travis/signed-2016-push-passed.form");
const SIGNATURE: &str = include_str!("../../../tests/fixtures/travis/signed-2016-push-passed.signature.b64");
const KEY: &str = include_str!("../../../tests/fixtures/travis/travis-ci-org-2016.public.pem");

/// Makes a request of a payload as JSON, or of a whole body that begins with
/// `payload=`. With a secret, the repository's token, it carries the hash that
/// Travis sent until 2016; nobody but Travis can make a `Signature`.
///
/// # Errors
/// [`Error::User`] when the file is neither.
pub(crate) fn make(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    let (payload, body) = match file.starts_with(b"payload=") {
        true => {
            let form: Vec<_> = form_urlencoded::parse(file).into_owned().collect();
            let payload = payload::field(&form).map_err(|refusal| user_error(refusal.reason()))?;
            (Payload::of_json(payload), file.to_vec())
        }
        false => {
            let json = str::from_utf8(file).map_err(|_| user_error("the file is not text"))?.trim_end();
            let body = form_urlencoded::Serializer::new(String::new()).append_pair("payload", json).finish();
            (Payload::of_json(json), body.into_bytes())
        }
    };
    let slug = payload.map_err(user_error)?.repo.to_string();
    let mut headers = headers(&slug);
    headers.extend(secret.map(|token| ("Authorization".into(), hash_of(&slug, token))));
    Ok(Sample { path: None, headers, body: body.into() })
}

/// The real request of 2016 with its real key.
pub(crate) fn demo() -> Demo {
    let mut headers = headers("Kegsay/flow-jsdoc");
    headers.push(("Signature".into(), SIGNATURE.trim().into()));
    Demo {
        config: json!({ "public_keys": [KEY], "config_urls": [] }),
        lines: vec!["travis route Kegsay/flow-jsdoc console:ops *"],
        proof: "RSA signature valid",
        request: Sample { path: None, headers, body: SIGNED.into() },
    }
}

fn headers(slug: &str) -> Vec<(String, String)> {
    let form = "application/x-www-form-urlencoded";
    vec![("Content-Type".into(), form.into()), ("Travis-Repo-Slug".into(), slug.into())]
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &[u8] = include_bytes!("../../../tests/fixtures/travis/derived-push-failed.json");

    #[test]
    fn a_body_is_taken_as_it_is_and_a_payload_is_encoded() {
        let taken = make(SIGNED, None).unwrap();
        assert_eq!((&taken.body[..], taken.headers.len()), (SIGNED, 2));
        let made = make(FAILED, None).unwrap();
        let form: Vec<_> = form_urlencoded::parse(&made.body).into_owned().collect();
        assert_eq!(payload::field(&form).unwrap().as_bytes(), FAILED.trim_ascii_end());
        let hashed = make(FAILED, Some(&Secret::new("s3cret"))).unwrap();
        // printf 'sathwikshetty33/travis-tests3cret' | sha256sum
        let hash = "f20c9aba74ee4651864cebe9c800a258c933e76793e560993e627ae7fc403846";
        assert_eq!(hashed.headers.last().unwrap(), &("Authorization".to_owned(), hash.to_owned()));
    }

    #[test]
    fn what_is_no_payload_is_refused() {
        let mistakes = [&b"\xff"[..], b"x", b"{}", b"payload=x"].map(|file| match make(file, None) {
            Err(Error::User(text)) => text,
            other => panic!("{other:?}"),
        });
        insta::assert_snapshot!(mistakes.join("\n"), @"
        the file is not text
        the payload is not JSON: expected value at line 1 column 1
        the payload names no repository
        the payload is not JSON: expected value at line 1 column 1
        ");
    }
}
