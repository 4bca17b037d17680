use super::*;
use factotum_plugin_api::hook::Made;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;

const NOW: i64 = 1_795_000_000;
const BODY: &[u8] = b"{\"id\":7}";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}
fn request(headers: &[(String, String)], body: &[u8]) -> Request {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::try_from(name.as_str()).unwrap(), HeaderValue::try_from(value.as_str()).unwrap());
    }
    let (path, params, query) = ("/x".into(), vec![], vec![]);
    let (peer, received_at) = ([127, 0, 0, 1].into(), at(NOW));
    let body = body.to_vec().into();
    Request {
        id: 1,
        method: Method::POST,
        path,
        params,
        query,
        headers: map,
        body,
        peer,
        received_at,
        made: Made::default(),
    }
}
/// Every scheme, as its sender has it.
fn schemes() -> Vec<Scheme> {
    vec![
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
fn secret() -> Secret {
    Secret::new("s3cret-of-a-hook")
}
fn signed(scheme: &Scheme) -> Vec<(String, String)> {
    scheme.sign(BODY, &secret(), at(NOW))
}
fn told(result: Result<(), Refusal>) -> String {
    match result {
        Ok(()) => "taken".into(),
        Err(refusal) => format!("{} {}", refusal.status().as_u16(), refusal.reason()),
    }
}
/// Headers as one would type them.
fn typed(text: &str) -> Vec<(String, String)> {
    text.lines().filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.into(), value.into())).collect()
}

#[test]
fn answers_that_others_have_published() {
    // CircleCI's table; and RFC 2202, case 2, for SHA-1.
    let rows = [
        ("hello world", "secret", "734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a"),
        ("lalala", "another-secret", "daa220016c8f29a8b214fbfc3671aeec2145cfb1e6790184ffb38b6d0425fa00"),
        (
            "an-important-request-payload",
            "hunter123",
            "9be2242094a9a8c00c64306f382a7f9d691de910b4a266f67bd314ef18ac49fa",
        ),
    ];
    for (body, key, hash) in rows {
        let key = [Secret::new(key)];
        let proves =
            |scheme: Scheme, header: &str| told(scheme.prove(&request(&typed(header), body.as_bytes()), &key, at(NOW)));
        assert_eq!(
            proves(Scheme::versioned("circleci-signature"), &format!("circleci-signature: v1={hash},v2=00")),
            "taken"
        );
        let github = Scheme::hmac_sha256("x-hub-signature-256", "sha256=");
        assert_eq!(proves(github, &format!("X-Hub-Signature-256: sha256={hash}")), "taken");
        assert_eq!(
            proves(Scheme::hmac_sha256("x-gitea-signature", ""), &format!("X-Gitea-Signature: {hash}")),
            "taken"
        );
    }
    let headers = typed("X-Hub-Signature: sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    let request = request(&headers, b"what do ya want for nothing?");
    let scheme = Scheme::hmac_sha1("X-Hub-Signature", "sha1=");
    assert_eq!(told(scheme.prove(&request, &[Secret::new("Jefe")], at(NOW))), "taken");
}

#[test]
fn each_scheme_right_wrong_absent_truncated_replayed() {
    let mut rows = vec![];
    for scheme in schemes() {
        let (right, ours) = (signed(&scheme), [secret()]);
        let with = |headers: &[(String, String)]| told(scheme.prove(&request(headers, BODY), &ours, at(NOW)));
        let changed = |change: fn(&mut String)| {
            let mut headers = right.clone();
            // Drone's signature is its last header; the others have it in the first.
            let at = if scheme == Scheme::HttpSignature { 2 } else { 0 };
            change(&mut headers[at].1);
            headers
        };
        let twice = [&right[..], &right[..]].concat();
        let other = told(scheme.prove(&request(&right, BODY), &[Secret::new("another")], at(NOW)));
        let rotated = [Secret::new("another"), secret(), Secret::new("a third")];
        let late = |by| told(scheme.prove(&request(&right, BODY), &ours, at(NOW + by)));
        rows.push(format!(
            "{}\n  right      {}\n  rotated    {}\n  wrong      {other}\n  absent     {}\n  empty      {}\n  truncated  {}\n  \
             twice      {}\n  no secret  {}\n  empty one  {}\n  5:00       {} {}\n  5:01       {} / {}",
            right.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(" | "),
            with(&right),
            told(scheme.prove(&request(&right, BODY), &rotated, at(NOW))),
            with(&[]),
            with(&changed(String::clear)),
            with(&changed(|value| value.truncate(value.len() - 1))),
            with(&twice),
            told(scheme.prove(&request(&right, BODY), &[], at(NOW))),
            told(scheme.prove(&request(&scheme.sign(BODY, &Secret::new(""), at(NOW)), BODY), &[Secret::new("")], at(NOW))),
            late(300),
            late(-300),
            late(301),
            late(-301),
        ));
    }
    insta::assert_snapshot!(rows.join("\n"), @r#"
    X-Hub-Signature-256: sha256=c976f368eaadf50c79d608e832bb62df7ea8bb54a9ba52104019417e124869ec
      right      taken
      rotated    taken
      wrong      401 the signature in X-Hub-Signature-256 is wrong
      absent     401 there is no signature in X-Hub-Signature-256
      empty      401 there is no signature in X-Hub-Signature-256
      truncated  401 the signature in X-Hub-Signature-256 is wrong
      twice      401 the header X-Hub-Signature-256 is there twice
      no secret  401 no secret is set to check it with
      empty one  401 no secret is set to check it with
      5:00       taken taken
      5:01       taken / taken
    X-Gitea-Signature: c976f368eaadf50c79d608e832bb62df7ea8bb54a9ba52104019417e124869ec
      right      taken
      rotated    taken
      wrong      401 the signature in X-Gitea-Signature is wrong
      absent     401 there is no signature in X-Gitea-Signature
      empty      401 there is no signature in X-Gitea-Signature
      truncated  401 the signature in X-Gitea-Signature is wrong
      twice      401 the header X-Gitea-Signature is there twice
      no secret  401 no secret is set to check it with
      empty one  401 no secret is set to check it with
      5:00       taken taken
      5:01       taken / taken
    X-Hub-Signature: sha1=4af076325cc78ac05c9765d50881f19bb7d17eac
      right      taken
      rotated    taken
      wrong      401 the signature in X-Hub-Signature is wrong
      absent     401 there is no signature in X-Hub-Signature
      empty      401 there is no signature in X-Hub-Signature
      truncated  401 the signature in X-Hub-Signature is wrong
      twice      401 the header X-Hub-Signature is there twice
      no secret  401 no secret is set to check it with
      empty one  401 no secret is set to check it with
      5:00       taken taken
      5:01       taken / taken
    X-Gitlab-Token: s3cret-of-a-hook
      right      taken
      rotated    taken
      wrong      401 the token in X-Gitlab-Token is wrong
      absent     401 there is no token in X-Gitlab-Token
      empty      401 there is no token in X-Gitlab-Token
      truncated  401 the token in X-Gitlab-Token is wrong
      twice      401 the header X-Gitlab-Token is there twice
      no secret  401 no secret is set to check it with
      empty one  401 there is no token in X-Gitlab-Token
      5:00       taken taken
      5:01       taken / taken
    X-Buildkite-Signature: timestamp=1795000000,signature=b79f56825bfc0a8ffa144e0279984d874e3eed61a9c95b605ec166624e7c7bf3
      right      taken
      rotated    taken
      wrong      401 the signature in X-Buildkite-Signature is wrong
      absent     401 there is no signature in X-Buildkite-Signature
      empty      401 there is no signature in X-Buildkite-Signature
      truncated  401 the signature in X-Buildkite-Signature is wrong
      twice      401 the header X-Buildkite-Signature is there twice
      no secret  401 no secret is set to check it with
      empty one  401 no secret is set to check it with
      5:00       taken taken
      5:01       401 it was signed 301s away from now / 401 it was signed 301s away from now
    X-Grafana-Alerting-Signature: a84e74be09c326117601521820a7b0759c874984ec6a1d8bbe51db3083651aa4 | X-Grafana-Alerting-Timestamp: 1795000000
      right      taken
      rotated    taken
      wrong      401 the signature in X-Grafana-Alerting-Signature is wrong
      absent     401 there is no signature in X-Grafana-Alerting-Signature
      empty      401 there is no signature in X-Grafana-Alerting-Signature
      truncated  401 the signature in X-Grafana-Alerting-Signature is wrong
      twice      401 the header X-Grafana-Alerting-Signature is there twice
      no secret  401 no secret is set to check it with
      empty one  401 no secret is set to check it with
      5:00       taken taken
      5:01       401 it was signed 301s away from now / 401 it was signed 301s away from now
    circleci-signature: v1=c976f368eaadf50c79d608e832bb62df7ea8bb54a9ba52104019417e124869ec
      right      taken
      rotated    taken
      wrong      401 the signature in circleci-signature is wrong
      absent     401 there is no signature in circleci-signature
      empty      401 there is no signature in circleci-signature
      truncated  401 the signature in circleci-signature is wrong
      twice      401 the header circleci-signature is there twice
      no secret  401 no secret is set to check it with
      empty one  401 no secret is set to check it with
      5:00       taken taken
      5:01       taken / taken
    Date: Wed, 18 Nov 2026 11:06:40 GMT | Digest: SHA-256=o8kOO3RI0j2erOvQ6/FcrhAOIfmyxojz+dI47c0m1n8= | Signature: keyId="hmac-key",algorithm="hmac-sha256",headers="date digest",signature="UsoPtkxw1BkZvy22WjO09nbKl40nTsc6mdgQEreYkHA="
      right      taken
      rotated    taken
      wrong      401 the signature in Signature is wrong
      absent     401 there is no signature in Signature
      empty      401 there is no signature in Signature
      truncated  401 the signature in Signature is wrong
      twice      401 the header signature is there twice
      no secret  401 no secret is set to check it with
      empty one  401 no secret is set to check it with
      5:00       taken taken
      5:01       401 it was signed 301s away from now / 401 it was signed 301s away from now
    Authorization: Basic ZmFjdG90dW06czNjcmV0LW9mLWEtaG9vaw==
      right      taken
      rotated    taken
      wrong      401 the Basic login in Authorization is wrong
      absent     401 there is no Basic login in Authorization
      empty      401 there is no Basic login in Authorization
      truncated  401 the Basic login in Authorization is wrong
      twice      401 the header authorization is there twice
      no secret  401 no secret is set to check it with
      empty one  401 no secret is set to check it with
      5:00       taken taken
      5:01       taken / taken
    Authorization: Bearer s3cret-of-a-hook
      right      taken
      rotated    taken
      wrong      401 the Bearer token in Authorization is wrong
      absent     401 there is no Bearer token in Authorization
      empty      401 there is no Bearer token in Authorization
      truncated  401 the Bearer token in Authorization is wrong
      twice      401 the header authorization is there twice
      no secret  401 no secret is set to check it with
      empty one  401 there is no Bearer token in Authorization
      5:00       taken taken
      5:01       taken / taken
    "#);
}

#[test]
fn the_first_that_is_given_decides() {
    let schemes =
        [Scheme::hmac_sha256("X-Hub-Signature-256", "sha256="), Scheme::hmac_sha1("X-Hub-Signature", "sha1=")];
    let [sha256, sha1] = schemes.clone().map(|scheme| signed(&scheme));
    let by = |headers: &[(String, String)]| told(prove_by(&schemes, &request(headers, BODY), &[secret()], at(NOW)));
    assert_eq!(by(&sha1), "taken");
    assert_eq!(by(&[sha1.clone(), sha256.clone()].concat()), "taken");
    let wrong = typed("X-Hub-Signature-256: sha256=00");
    assert_eq!(by(&[sha1, wrong].concat()), "401 the signature in X-Hub-Signature-256 is wrong");
    assert_eq!(by(&[]), "401 there is no signature in X-Hub-Signature-256 and no signature in X-Hub-Signature");
}

#[test]
fn odd_headers() {
    let rows = [
        (Scheme::versioned("s"), "s: v2=00"),
        (Scheme::versioned("s"), "s: v1=00,v1=00"),
        (Scheme::versioned("s"), "s: v1="),
        (Scheme::stamped("s"), "s: timestamp=1795000000"),
        (Scheme::stamped("s"), "s: timestamp=,signature=00"),
        (Scheme::stamped("s"), "s: timestamp=-1795000000,signature=00"),
        (Scheme::stamped("s"), "s: timestamp=99999999999999999999,signature=00"),
        (Scheme::stamped("s"), "s: timestamp=1795000000,timestamp=1,signature=00"),
        (Scheme::stamped_apart("s", "t"), "s: 00"),
        (Scheme::stamped_apart("s", "t"), "s: 00\nt: x"),
        (Scheme::hmac_sha256("s", "sha256="), "s: SHA256=00"),
        (Scheme::Basic, "Authorization: Bearer s3cret-of-a-hook"),
        (Scheme::Basic, "Authorization: Basic"),
        (Scheme::Basic, "Authorization: Basic ***"),
        (Scheme::Basic, "Authorization: Basic czNjcmV0LW9mLWEtaG9vaw=="), // the secret, but no login
        (Scheme::Basic, "Authorization: basic YW5uOnMzY3JldC1vZi1hLWhvb2s="), // ann:the secret
        (Scheme::Bearer, "Authorization: bearer  s3cret-of-a-hook"),
        (Scheme::HttpSignature, "Signature: x"),
        (Scheme::HttpSignature, "Signature: algorithm=\"rsa-sha256\",headers=\"date digest\",signature=\"AA==\""),
        (Scheme::HttpSignature, "Signature: algorithm=\"hmac-sha256\",headers=\"date\",signature=\"AA==\""),
        (Scheme::HttpSignature, "Signature: algorithm=\"hmac-sha256\",headers=\"date digest\",signature=\"AA==\""),
        (Scheme::HttpSignature, "Signature: headers=\"date\",headers=\"digest\""),
    ];
    let rows = rows.map(|(scheme, headers)| {
        format!("{headers:?}: {}", told(scheme.prove(&request(&typed(headers), BODY), &[secret()], at(NOW))))
    });
    insta::assert_snapshot!(rows.join("\n"), @r#"
    "s: v2=00": 401 the signature in s is wrong
    "s: v1=00,v1=00": 401 the signature in s is wrong
    "s: v1=": 401 the signature in s is wrong
    "s: timestamp=1795000000": 401 the signature in s is wrong
    "s: timestamp=,signature=00": 401 the signature has no time
    "s: timestamp=-1795000000,signature=00": 401 the signature has no time
    "s: timestamp=99999999999999999999,signature=00": 401 the signature has no time
    "s: timestamp=1795000000,timestamp=1,signature=00": 401 the signature has no time
    "s: 00": 401 there is no t
    "s: 00\nt: x": 401 the signature has no time
    "s: SHA256=00": 401 the signature in s is wrong
    "Authorization: Bearer s3cret-of-a-hook": 401 there is no Basic login in Authorization
    "Authorization: Basic": 401 there is no Basic login in Authorization
    "Authorization: Basic ***": 401 the Basic login in Authorization is wrong
    "Authorization: Basic czNjcmV0LW9mLWEtaG9vaw==": 401 the Basic login in Authorization is wrong
    "Authorization: basic YW5uOnMzY3JldC1vZi1hLWhvb2s=": taken
    "Authorization: bearer  s3cret-of-a-hook": taken
    "Signature: x": 401 the signature in Signature is wrong
    "Signature: algorithm=\"rsa-sha256\",headers=\"date digest\",signature=\"AA==\"": 401 the algorithm in Signature is not hmac-sha256
    "Signature: algorithm=\"hmac-sha256\",headers=\"date\",signature=\"AA==\"": 401 Signature does not cover both Date and Digest
    "Signature: algorithm=\"hmac-sha256\",headers=\"date digest\",signature=\"AA==\"": 401 there is no header date
    "Signature: headers=\"date\",headers=\"digest\"": 401 the signature in Signature is wrong
    "#);
}

#[test]
fn a_digest_or_a_date_of_somebody_else_is_refused() {
    let key = hmac::Key::new(SHA256, secret().expose().as_bytes());
    let told = |headers: &[(String, String)], body: &[u8]| {
        told(Scheme::HttpSignature.prove(&request(headers, body), &[secret()], at(NOW)))
    };
    let right = draft::sign(BODY, &key, at(NOW));
    assert_eq!(told(&right, b"another body"), "401 the Digest is not that of the body");
    let mut later = right.clone();
    later[0].1 = draft::sign(BODY, &key, at(NOW + 60))[0].1.clone();
    assert_eq!(told(&later, BODY), "401 the signature in Signature is wrong");
    let mut other = right.clone();
    other[1].1 = draft::sign(b"another body", &key, at(NOW))[1].1.clone();
    assert_eq!(told(&other, b"another body"), "401 the signature in Signature is wrong");
}

proptest! {
    #[test]
    fn what_is_signed_is_taken_and_a_changed_byte_of_the_body_is_not(
        which in 0..10usize, body in proptest::collection::vec(any::<u8>(), 1..200), at_byte in any::<prop::sample::Index>(), bit in 0..8u8,
    ) {
        let scheme = &schemes()[which];
        let headers = scheme.sign(&body, &secret(), at(NOW));
        prop_assert!(scheme.prove(&request(&headers, &body), &[secret()], at(NOW)).is_ok());
        let mut changed = body.clone();
        changed[at_byte.index(body.len())] ^= 1 << bit;
        // A token says who sent it and covers nothing.
        let covers = !matches!(scheme, Scheme::Token { .. } | Scheme::Basic | Scheme::Bearer);
        prop_assert_eq!(scheme.prove(&request(&headers, &changed), &[secret()], at(NOW)).is_err(), covers);
    }
    #[test]
    fn a_changed_character_of_the_proof_is_refused(
        which in 0..10usize, header in any::<prop::sample::Index>(), at_byte in any::<prop::sample::Index>(), new in "[!-~]",
    ) {
        let scheme = &schemes()[which];
        let right = signed(scheme);
        let mut headers = right.clone();
        let value = &mut headers[header.index(right.len())].1;
        let at_byte = at_byte.index(value.len());
        value.replace_range(at_byte..=at_byte, &new);
        // The names of authentication schemes and the key's name may be spelled as one
        // likes, and so may any user whose password is right.
        let meant = |headers: &[(String, String)]| headers.iter().map(|(_, value)| match scheme {
            Scheme::Basic => {
                let login = header::after_scheme(value.as_bytes(), b"basic").and_then(|login| STANDARD.decode(login).ok());
                login.and_then(|login| login.split(|byte| *byte == b':').nth(1).map(<[u8]>::to_vec))
            }
            Scheme::Bearer => header::after_scheme(value.as_bytes(), b"bearer").map(<[u8]>::to_vec),
            Scheme::HttpSignature => value.split_once("algorithm").map_or(Some(value.clone().into_bytes()), |(_, rest)| Some(rest.to_ascii_lowercase().into_bytes())),
            _ => Some(value.clone().into_bytes()),
        }).collect::<Vec<_>>();
        let same = meant(&headers) == meant(&right);
        let taken = scheme.prove(&request(&headers, BODY), &[secret()], at(NOW)).is_ok();
        prop_assert!(!taken || same, "taken though changed: {:?}", headers);
    }
    #[test]
    fn no_header_panics_and_none_is_right_by_chance(which in 0..10usize, value in "[ -~]{0,60}", other in "[ -~]{0,60}") {
        let scheme = &schemes()[which];
        let mut headers = signed(scheme);
        let last = headers.len() - 1;
        headers[0].1 = value.trim().to_owned();
        if last > 0 {
            headers[last].1 = other.trim().to_owned();
        }
        prop_assert!(scheme.prove(&request(&headers, BODY), &[secret()], at(NOW)).is_err());
    }
}
