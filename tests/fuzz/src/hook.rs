//! `POST /travis`, headers and body: nothing panics, every refusal is a documented
//! one, nothing is accepted without a right proof, and a right request of which one
//! byte of what is proven was changed is refused.
//!
//! The bytes are header lines, an empty line, and the body; without an empty line
//! they are the body of a request with the headers of the real signed one.
use crate::travis::{self, SIGNATURE, SIGNED, SIGNED_BODY, SIGNED_PAYLOAD, TOKEN, WITH_TOKEN};
use base64::{Engine, engine::general_purpose::STANDARD};
use factotum_plugin_api::hook::Request;
use ring::digest;
use std::sync::Once;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const SLUG: &str = "travis-repo-slug";

/// Calls the hook.
pub fn run(data: &[u8]) {
    static ONCE: Once = Once::new();
    ONCE.call_once(right_ones_are_accepted);
    let request = read(data);
    match travis::prove(&request) {
        Ok(()) => assert!(is_right(&request), "accepted without a right proof: {request:?}"),
        Err(refusal) => assert!(!refusal.status().is_success() || refusal.status() == 204, "{refusal:?}"),
    }
    drop(travis::decide(&request));
    one_byte_is_changed(data);
}

fn read(data: &[u8]) -> Request {
    let text = String::from_utf8_lossy(data);
    if text.split_once("\n\n").is_none() {
        let headers = [FORM, (SLUG, SIGNED), ("signature", SIGNATURE.trim())];
        return made(&headers, data);
    }
    let end = data.windows(2).position(|two| two == b"\n\n").expect("the text has one too");
    let (head, body) = data.split_at(end);
    let lines = head.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at(colon);
        Some((name, value.get(1..)?.trim_ascii()))
    });
    travis::request(lines, body.get(2..).unwrap_or_default())
}
fn made(headers: &[(&str, &str)], body: &[u8]) -> Request {
    travis::request(headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())), body)
}

/// What Travis put into `Authorization`.
fn hash_of(slug: &str) -> String {
    let digest = digest::digest(&digest::SHA256, format!("{slug}{TOKEN}").as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the sender knows a token or has a signature, as this file reads it: there
/// is one right signature, since nobody but Travis can make another.
fn is_right(request: &Request) -> bool {
    let header = |name: &str| request.headers.get(name).map(|value| value.as_bytes().trim_ascii()).unwrap_or_default();
    let slug = String::from_utf8_lossy(header(SLUG)).into_owned();
    let has_token = WITH_TOKEN.iter().any(|repo| repo.eq_ignore_ascii_case(&slug));
    if has_token && header("authorization").to_ascii_lowercase() == hash_of(&slug).as_bytes() {
        return true;
    }
    let payload = form_urlencoded::parse(&request.body).find(|(name, _)| name == "payload");
    let signature: Vec<u8> = header("signature").iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let right = STANDARD.decode(SIGNATURE.trim()).expect("the real one is base64");
    payload.is_some_and(|(_, payload)| payload.as_bytes() == SIGNED_PAYLOAD)
        && STANDARD.decode(signature).is_ok_and(|signature| signature == right)
}

const HASHED_BODY: &str = "payload=%7B%22id%22%3A7%2C%22number%22%3A%225%22%2C%22status_message%22%3A%22Failed%22\
    %2C%22repository%22%3A%7B%22owner_name%22%3A%22o%22%2C%22name%22%3A%22r%22%7D%7D";

/// Else a hook that refuses everything would pass.
fn right_ones_are_accepted() {
    let signed = made(&[FORM, (SLUG, SIGNED), ("signature", SIGNATURE.trim())], SIGNED_BODY);
    let hashed = made(&[FORM, (SLUG, "o/r"), ("authorization", &hash_of("o/r"))], HASHED_BODY.as_bytes());
    for request in [signed, hashed] {
        assert!(travis::prove(&request).is_ok() && is_right(&request));
        assert_eq!(travis::decide(&request).map(|outcome| outcome.notices.len()).ok(), Some(1));
    }
}

/// The first bytes say what is changed, where, and how.
fn one_byte_is_changed(data: &[u8]) {
    let mut input = crate::input::Input::new(data);
    let (what, at, how) = (input.byte() % 4, input.below(1 << 16), input.byte().max(1));
    let change = |right: &[u8]| {
        let mut changed = right.to_vec();
        let at = at % changed.len();
        changed[at] ^= how;
        changed
    };
    let hash = hash_of("o/r");
    let hashed = |slug: &[u8], hash: &[u8]| {
        let headers = [(FORM.0.as_bytes(), FORM.1.as_bytes()), (SLUG.as_bytes(), slug), (b"authorization", hash)];
        travis::request(headers, HASHED_BODY.as_bytes())
    };
    let signed = |payload: &[u8], signature: &[u8]| {
        let body: String = form_urlencoded::byte_serialize(payload).collect();
        let headers = [FORM, (SLUG, SIGNED)].map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        let headers = headers.into_iter().chain([(&b"signature"[..], signature)]);
        travis::request(headers, format!("payload={body}").as_bytes())
    };
    let signature = SIGNATURE.trim().as_bytes();
    let request = match what {
        0 => hashed(b"o/r", &change(hash.as_bytes())),
        1 => hashed(&change(b"o/r"), hash.as_bytes()),
        2 => signed(SIGNED_PAYLOAD, &change(signature)),
        _ => signed(&change(SIGNED_PAYLOAD), signature),
    };
    // The case of a hash does not count.
    if what != 0 || !change(hash.as_bytes()).eq_ignore_ascii_case(hash.as_bytes()) {
        assert!(travis::prove(&request).is_err(), "accepted though changed: {request:?}");
    }
}
