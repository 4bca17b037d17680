//! HTTP Signatures as Drone makes them: draft-cavage-http-signatures-07 with
//! HMAC-SHA256. `Signature` names the headers it covers; those must be `Date`, which
//! bounds its age, and `Digest`, which is the hash of the body.
use crate::{
    digests::{is_hmac, mac},
    header::{age, single},
    unauthorized,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use factotum_plugin_api::{
    hook::{Refusal, Request},
    jiff::{Timestamp, fmt::rfc2822::DateTimePrinter},
    secret::Secret,
};
use ring::{digest, hmac};
use subtle::ConstantTimeEq;

/// Checks signature, digest and age, in this order: nothing else is believed before.
pub(crate) fn check(given: &[u8], request: &Request, secrets: &[&Secret], now: Timestamp) -> Result<(), Refusal> {
    let wrong = || unauthorized("the signature in Signature is wrong");
    let fields = str::from_utf8(given).ok().and_then(fields).ok_or_else(wrong)?;
    let field = |name: &str| fields.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    if field("algorithm").is_none_or(|algorithm| algorithm != "hmac-sha256") {
        return Err(unauthorized("the algorithm in Signature is not hmac-sha256"));
    }
    let covered: Vec<String> = field("headers").unwrap_or_default().split(' ').map(str::to_ascii_lowercase).collect();
    let covers = |name: &str| covered.iter().any(|known| known == name);
    if !covers("date") || !covers("digest") {
        return Err(unauthorized("Signature does not cover both Date and Digest"));
    }
    let mut lines = vec![];
    for name in &covered {
        let value = single(request, name)?.ok_or_else(|| unauthorized(format!("there is no header {name}")))?;
        lines.push([name.as_bytes(), b": ", value].concat());
    }
    let tag = field("signature").and_then(|base64| STANDARD.decode(base64).ok()).ok_or_else(wrong)?;
    if !is_hmac(hmac::HMAC_SHA256, secrets, &[&lines.join(&b'\n')], &tag) {
        return Err(wrong());
    }
    let said = single(request, "digest")?.and_then(|value| value.strip_prefix(b"SHA-256="));
    let said = said.and_then(|base64| STANDARD.decode(base64).ok()).unwrap_or_default();
    if !bool::from(digest::digest(&digest::SHA256, &request.body).as_ref().ct_eq(&said)) {
        return Err(unauthorized("the Digest is not that of the body"));
    }
    let date = single(request, "date")?.and_then(|value| str::from_utf8(value).ok());
    age(
        date.and_then(|date| factotum_plugin_api::jiff::fmt::rfc2822::parse(date).ok()).map(|date| date.timestamp()),
        now,
    )
}

/// `name="value",…`: each name once, no escapes.
fn fields(text: &str) -> Option<Vec<(&str, &str)>> {
    let (mut fields, mut rest): (Vec<(&str, &str)>, _) = (vec![], text);
    loop {
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = after.split_once('"')?;
        let name = name.trim();
        if fields.iter().any(|(known, _)| *known == name) {
            return None;
        }
        fields.push((name, value));
        match after.trim_start() {
            "" => return Some(fields),
            after => rest = after.strip_prefix(',')?,
        }
    }
}

/// What Drone puts to a body.
pub(crate) fn sign(body: &[u8], key: &hmac::Key, now: Timestamp) -> Vec<(String, String)> {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).expect("a year of four digits");
    let digest = format!("SHA-256={}", STANDARD.encode(digest::digest(&digest::SHA256, body)));
    let covered = format!("date: {date}\ndigest: {digest}");
    let tag = STANDARD.encode(mac(key, &[covered.as_bytes()]));
    let signature = format!("keyId=\"hmac-key\",algorithm=\"hmac-sha256\",headers=\"date digest\",signature=\"{tag}\"");
    vec![("Date".into(), date), ("Digest".into(), digest), ("Signature".into(), signature)]
}
