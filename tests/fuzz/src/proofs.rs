//! How senders prove their requests (`plugins/hook-proofs`): nothing panics, what is
//! taken has what the sender would have put there, and a signed request of which one
//! byte of the body was changed is refused.
//!
//! The first byte chooses the scheme; then come header lines, an empty line, the body.
use crate::input::Input;
use base64::{Engine, engine::general_purpose::STANDARD};
use factotum_plugin_api::{hook::Request, jiff::Timestamp, secret::Secret};
use hook_proofs::Scheme;

const SECRET: &str = "s3cret-of-a-hook";
const NOW: i64 = 1_795_000_000;

/// Proves a request by a scheme.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let schemes = schemes();
    let scheme = &schemes[usize::from(input.byte()) % schemes.len()];
    let rest = data.get(1..).unwrap_or_default();
    let end = rest.windows(2).position(|two| two == b"\n\n").unwrap_or(rest.len());
    let (head, body) = rest.split_at(end);
    let body = body.get(2..).unwrap_or_default();
    let lines = head.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at(colon);
        Some((name, value.get(1..)?.trim_ascii()))
    });
    let request = crate::travis::request(lines, body);
    if proves(scheme, &request) {
        let from = if is_stamped(scheme) { NOW - 300..=NOW + 300 } else { NOW..=NOW };
        let right = |at: i64| scheme.sign(body, &Secret::new(SECRET), time(at));
        let right = from.into_iter().any(|at| right(at).iter().all(|(name, value)| has(scheme, &request, name, value)));
        assert!(right, "taken by {scheme:?} without a right proof: {request:?}");
    }
    one_byte_is_changed(scheme, body, &mut input);
}

fn schemes() -> [Scheme; 10] {
    [
        Scheme::hmac_sha256("X-Hub-Signature-256", "sha256="),
        Scheme::hmac_sha256("X-Gitea-Signature", ""),
        Scheme::hmac_sha1("X-Hub-Signature", "sha1="),
        Scheme::token("X-Gitlab-Token"),
        Scheme::stamped("X-Buildkite-Signature"),
        Scheme::stamped_apart("X-Grafana-Alerting-Signature", "X-Grafana-Alerting-Timestamp"),
        Scheme::versioned("circleci-signature"),
        Scheme::HttpSignature,
        Scheme::Basic,
        Scheme::Bearer,
    ]
}
fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time of our days")
}
fn is_stamped(scheme: &Scheme) -> bool {
    matches!(scheme, Scheme::Stamped { .. } | Scheme::StampedApart { .. } | Scheme::HttpSignature)
}
fn proves(scheme: &Scheme, request: &Request) -> bool {
    match scheme.prove(request, &[Secret::new(SECRET)], time(NOW)) {
        Ok(()) => true,
        Err(refusal) => {
            assert!(refusal.status() == 401 && !refusal.reason().contains(SECRET), "{refusal:?}");
            false
        }
    }
}
/// Whether the sender gave this value, as this file reads it.
fn has(scheme: &Scheme, request: &Request, name: &str, value: &str) -> bool {
    let Some(given) = request.header(name) else { return false };
    let after_space = |value: &str| value.split_once(' ').map(|(_, rest)| rest.trim().to_owned()).unwrap_or_default();
    match scheme {
        Scheme::Bearer => after_space(given) == after_space(value),
        // Any user will do.
        Scheme::Basic => STANDARD
            .decode(after_space(given))
            .is_ok_and(|login| login == SECRET.as_bytes() || login.ends_with(format!(":{SECRET}").as_bytes())),
        _ => given.contains(value),
    }
}
fn one_byte_is_changed(scheme: &Scheme, body: &[u8], input: &mut Input) {
    let headers = scheme.sign(body, &Secret::new(SECRET), time(NOW));
    let lines = || headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    assert!(proves(scheme, &crate::travis::request(lines(), body)), "{headers:?}");
    let covers = !matches!(scheme, Scheme::Token { .. } | Scheme::Basic | Scheme::Bearer);
    if covers && !body.is_empty() {
        let (at, how) = (input.below(body.len()), input.byte().max(1));
        let mut changed = body.to_vec();
        changed[at] ^= how;
        assert!(!proves(scheme, &crate::travis::request(lines(), &changed)), "taken though changed: {headers:?}");
    }
}
