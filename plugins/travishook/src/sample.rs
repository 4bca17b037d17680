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
