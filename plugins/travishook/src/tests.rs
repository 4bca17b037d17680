//! The hook from request to outcome, and the keys with a server that tells them.
use super::*;
use crate::memory::Memory;
use factotum_plugin_api::{Registration, hook::Sample};
use http::{HeaderMap, HeaderValue, Method};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/travis/");
const ORG: &str = include_str!("../../../tests/fixtures/travis/travis-ci-org-2016.public.pem");
const COM: &str = include_str!("../../../tests/fixtures/travis/travis-ci-com-2016.public.pem");
const FAILED: &[u8] = include_bytes!("../../../tests/fixtures/travis/derived-push-failed.json");
const REPO: &str = "sathwikshetty33/travis-test";

struct Story {
    memory: Memory,
    travis: TravisHook,
    clock: Clock,
}

impl Story {
    fn new(config: Config) -> Self {
        let memory = Memory::default();
        let host = memory.host("travishook");
        let clock = host.clock.clone();
        Story { travis: TravisHook::start(config, host).unwrap(), memory, clock }
    }
    async fn say(&self, line: &str) -> String {
        let mut commands = Commands::default();
        self.travis.commands(&mut commands);
        self.memory.say(&self.travis, commands, line).await
    }
    /// The proof, then the handler, as the host does it.
    async fn post(&self, sample: Sample) -> String {
        let request = request(sample);
        let decided = match self.travis.proof(&request).await {
            Ok(()) => self.travis.request(&request).await,
            Err(refusal) => Err(refusal),
        };
        match decided {
            Ok(outcome) => {
                let posted = outcome.notices.iter().map(|notice| format!("\n  {}> {}", notice.to, notice.text.plain()));
                format!("{} {}{}", outcome.status.as_u16(), outcome.summary, posted.collect::<String>())
            }
            Err(refusal) => format!("{} {}", refusal.status().as_u16(), refusal.reason()),
        }
    }
}

fn request(sample: Sample) -> Request {
    let mut headers = HeaderMap::new();
    for (name, value) in sample.headers {
        let name: http::HeaderName = name.parse().unwrap();
        headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    Request {
        id: 1,
        method: Method::POST,
        path: "/travis".into(),
        params: vec![],
        query: vec![],
        headers,
        body: sample.body,
        peer: [127, 0, 0, 1].into(),
        received_at: "2026-11-20T10:00:00Z".parse().unwrap(),
    }
}
fn signed() -> Sample {
    sample::demo().request
}
fn hashed(token: &str) -> Sample {
    sample::make(FAILED, Some(&Secret::new(token))).unwrap()
}
fn with(mut sample: Sample, name: &str, value: &str) -> Sample {
    sample.headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
    if !value.is_empty() {
        sample.headers.push((name.into(), value.into()));
    }
    sample
}
fn pinned(pem: &str) -> Config {
    Config { public_keys: vec![pem.into()], ..asking(&[]) }
}
fn asking(urls: &[&str]) -> Config {
    Config { config_urls: urls.iter().map(|url| url.to_string()).collect(), ..Config::default() }
}

#[tokio::test]
async fn the_real_request_is_posted() {
    let (story, demo) = (Story::new(pinned(ORG)), sample::demo());
    insta::assert_snapshot!(story.say(demo.lines[0]).await, @"Done. Relaying messages from Kegsay/flow-jsdoc to console:ops for events: *.");
    insta::assert_snapshot!(story.post(demo.request).await, @r#"
    204 passed → 1 chat
      console:ops> [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    "#);
}

#[tokio::test]
async fn a_wrong_signature_is_refused() {
    let story = Story::new(pinned(ORG));
    story.say("travis route Kegsay/flow-jsdoc console:ops *").await;
    story.say("travis route o/r console:ops *").await;
    let mut changed = signed();
    let body = String::from_utf8(changed.body.to_vec()).unwrap();
    changed.body = body.replace("32", "33").into();
    let other = Story::new(pinned(COM));
    other.say("travis route Kegsay/flow-jsdoc console:ops *").await;
    let told = [
        story.post(changed).await,
        other.post(signed()).await,
        story.post(with(signed(), "Signature", "AAAA")).await,
        story.post(with(signed(), "Signature", "no base64")).await,
        story.post(with(signed(), "Travis-Repo-Slug", "o/r")).await,
        story.post(with(signed(), "Travis-Repo-Slug", "KEGSAY/flow-JSDOC")).await,
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    403 the signature is wrong
    403 the signature is wrong
    403 the signature is wrong
    403 the signature is wrong
    403 Travis-Repo-Slug is o/r, the payload is of Kegsay/flow-jsdoc
    204 passed → 1 chat
      console:ops> [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    "#);
}

#[tokio::test]
async fn each_step_has_its_answer() {
    let story = Story::new(asking(&[]));
    story.say(&format!("travis route {REPO} console:ops failed")).await;
    let (routed, body) = (hashed("s3cret"), |body: &str| Sample { body: body.to_owned().into(), ..hashed("s3cret") });
    let told = [
        ("no form", story.post(with(routed.clone(), "Content-Type", "application/json")).await),
        ("no type", story.post(with(routed.clone(), "Content-Type", "")).await),
        ("no slug", story.post(with(routed.clone(), "Travis-Repo-Slug", "")).await),
        ("odd slug", story.post(with(routed.clone(), "Travis-Repo-Slug", "x")).await),
        ("no proof", story.post(with(routed.clone(), "Authorization", "")).await),
        ("basic", story.post(with(routed.clone(), "Authorization", "Basic dTpw")).await),
        ("no payload", story.post(body("other=1")).await),
        ("no JSON", story.post(body("payload=%7B")).await),
        ("empty", story.post(body("")).await),
        ("no route", story.post(with(routed.clone(), "Travis-Repo-Slug", "o/r")).await),
        ("no credential", story.post(routed.clone()).await),
        ("told", story.memory.told()),
        ("token", story.say(&format!("travis token {REPO} s3cret")).await),
        ("right", story.post(routed.clone()).await),
        (
            "charset",
            story.post(with(routed.clone(), "Content-Type", "Application/X-WWW-form-urlencoded; charset=utf-8")).await,
        ),
        ("upper case", {
            let hash = proof::hash_of(REPO, &Secret::new("s3cret")).to_uppercase();
            story.post(with(routed.clone(), "Authorization", &hash)).await
        }),
        ("other token", story.post(hashed("other")).await),
        ("not ASCII", story.post(with(routed.clone(), "Authorization", "ü")).await),
        ("signed, no key", story.post(with(with(routed.clone(), "Authorization", ""), "Signature", "AAAA")).await),
        ("other repo", {
            story.say("travis route o/r console:ops").await;
            story.say("travis token o/r s3cret").await;
            let hash = proof::hash_of("o/r", &Secret::new("s3cret"));
            story.post(with(with(routed, "Travis-Repo-Slug", "o/r"), "Authorization", &hash)).await
        }),
    ];
    let lines: Vec<String> = told.iter().map(|(what, answer)| format!("{what}: {answer}")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    no form: 415 send application/x-www-form-urlencoded
    no type: 415 send application/x-www-form-urlencoded
    no slug: 400 there is no header Travis-Repo-Slug
    odd slug: 400 Travis-Repo-Slug is not owner/name
    no proof: 401 neither Signature nor a hash in Authorization
    basic: 401 neither Signature nor a hash in Authorization
    no payload: 400 the form has no field payload
    no JSON: 400 the payload is not JSON: EOF while parsing an object at line 1 column 1
    empty: 400 the form has no field payload
    no route: 204 o/r has no route
    no credential: 204 sathwikshetty33/travis-test has no token, and no public key is known
    told: no credential for sathwikshetty33/travis-test: Travis CI posts results of sathwikshetty33/travis-test, which are dropped: no token is set for it and no public key is known. Either configure public_key_files or config_urls, or set its token in a private chat: !travis token sathwikshetty33/travis-test TOKEN
    token: Token set for sathwikshetty33/travis-test.
    right: 204 failed → 1 chat
      console:ops> [Travis CI] sathwikshetty33/travis-test #5 failed: branch main at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    charset: 204 failed → 1 chat
      console:ops> [Travis CI] sathwikshetty33/travis-test #5 failed: branch main at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    upper case: 204 failed → 1 chat
      console:ops> [Travis CI] sathwikshetty33/travis-test #5 failed: branch main at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    other token: 403 the hash in Authorization is wrong
    not ASCII: 403 the hash in Authorization is wrong
    signed, no key: 403 the signature is wrong
    other repo: 403 Travis-Repo-Slug is o/r, the payload is of sathwikshetty33/travis-test
    "#);
}

#[tokio::test]
async fn a_null_status_is_dropped() {
    let story = Story::new(asking(&[]));
    story.say(&format!("travis route {REPO} console:ops *")).await;
    story.say(&format!("travis token {REPO} s3cret")).await;
    let file = std::fs::read(format!("{FIXTURES}derived-unknown-state-null-message.json")).unwrap();
    let sample = sample::make(&file, Some(&Secret::new("s3cret"))).unwrap();
    insta::assert_snapshot!(story.post(sample).await, @"204 build 277713381 of sathwikshetty33/travis-test has no status_message");
}

/// A server that tells a public key, and how often it was asked.
async fn api_server(pem: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/config", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            assert_ne!(socket.read(&mut [0; 4096]).await.unwrap(), 0, "a request came");
            let body = serde_json::json!({ "config": { "notifications": { "webhook": { "public_key": pem } } } });
            let body = body.to_string();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        }
    });
    (url, asked)
}
/// An address where nobody answers.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/config", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_key_is_fetched_when_it_is_needed() {
    let (url, asked) = api_server(ORG).await;
    let story = Story::new(asking(&[&url]));
    let mut told = vec![
        story.say("travis route Kegsay/flow-jsdoc console:ops *").await,
        story.travis.status().await.unwrap().plain(),
        story.post(signed()).await,
        story.travis.status().await.unwrap().plain(),
        story.say("travis route Kegsay/flow-jsdoc console:ops *").await,
    ];
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    for _ in 0..3 {
        told.push(story.post(with(signed(), "Signature", "AAAA")).await);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1, "asked a moment ago");
    story.clock.advance(Duration::from_secs(60));
    told.push(story.post(with(signed(), "Signature", "AAAA")).await);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    insta::assert_snapshot!(told.join("\n"), @r#"
    Done. Relaying messages from Kegsay/flow-jsdoc to console:ops for events: *.
    No token is set for Kegsay/flow-jsdoc. If its requests are not signed, set one in a private chat: !travis token Kegsay/flow-jsdoc TOKEN
    repositories: 1, routes: 1; public keys: 127.0.0.1 not known yet
    204 passed → 1 chat
      console:ops> [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    repositories: 1, routes: 1; public keys: 127.0.0.1 since 2026-11-20
    Updated. Relaying messages from Kegsay/flow-jsdoc to console:ops for events: *.
    403 the signature is wrong
    403 the signature is wrong
    403 the signature is wrong
    403 the signature is wrong
    "#);
}

#[tokio::test]
async fn a_key_that_cannot_be_had_is_our_fault() {
    let nobody = nobody().await;
    let story = Story::new(asking(&[&nobody]));
    story.say("travis route Kegsay/flow-jsdoc console:ops *").await;
    let hashed_only = with(with(hashed("x"), "Travis-Repo-Slug", "Kegsay/flow-jsdoc"), "Authorization", "00");
    let both = Config { public_keys: vec![COM.into()], ..asking(&[&nobody]) };
    let pinned = Story::new(both);
    pinned.say("travis route Kegsay/flow-jsdoc console:ops *").await;
    let told = [
        story.post(signed()).await,
        story.post(signed()).await,
        story.post(hashed_only).await,
        pinned.post(signed()).await,
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    503 the public key of 127.0.0.1 is not known: it could not be fetched
    503 the public key of 127.0.0.1 is not known: it could not be fetched
    204 Kegsay/flow-jsdoc has no token, and no public key is known
    403 the signature is wrong
    ");
}

#[test]
fn samples_are_made_of_either_file() {
    let secret = Secret::new("s3cret");
    let form = std::fs::read(format!("{FIXTURES}signed-2016-push-passed.form")).unwrap();
    let taken = sample::make(&form, None).unwrap();
    assert_eq!((&taken.body[..], taken.headers.len()), (&form[..], 2));
    let mut made = sample::make(FAILED, Some(&secret)).unwrap();
    let fields = request(made.clone()).form().unwrap();
    assert_eq!(payload::field(&fields).unwrap().as_bytes(), FAILED.trim_ascii_end());
    made.headers.sort();
    insta::assert_snapshot!(format!("{:#?}", made.headers), @r#"
    [
        (
            "Authorization",
            "f20c9aba74ee4651864cebe9c800a258c933e76793e560993e627ae7fc403846",
        ),
        (
            "Content-Type",
            "application/x-www-form-urlencoded",
        ),
        (
            "Travis-Repo-Slug",
            "sathwikshetty33/travis-test",
        ),
    ]
    "#);
    let mistakes = [&b"\xff"[..], b"x", b"{}", b"payload=x"].map(|file| match sample::make(file, None) {
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

#[test]
fn the_config_is_checked_at_start() {
    let wrong = |config| match TravisHook::start(config, Memory::default().host("travishook")) {
        Err(Error::User(text)) => text,
        _ => panic!("started"),
    };
    let file = |name: &str| Config { public_key_files: vec![PathBuf::from(name)], ..Config::default() };
    let told = [
        wrong(file("/nowhere/key.pem")),
        wrong(file("/dev/null")),
        wrong(pinned("x")),
        wrong(asking(&["https://api.example.org/config", "ftp://x"])),
        wrong(asking(&["nonsense"])),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    public_key_files: /nowhere/key.pem: No such file or directory (os error 2)
    public_key_files: /dev/null: there is no -----BEGIN PUBLIC KEY----- in it
    public_keys[0]: there is no -----BEGIN PUBLIC KEY----- in it
    config_urls[1]: a URL begins with https:// or http://
    config_urls[0]: not a URL: relative URL without a base
    ");
}

#[test]
fn the_registration_is_whole() {
    let registration = Registration::of::<TravisHook>("1", "about");
    let schema = serde_json::to_value((registration.config_schema)()).unwrap();
    for (name, field) in schema["properties"].as_object().unwrap() {
        assert!(field["description"].is_string(), "{name} is described");
    }
    assert_eq!(schema["properties"]["config_urls"]["default"][0], "https://api.travis-ci.com/config");
    let started = (registration.start)(sample::demo().config, Memory::default().host("travishook"));
    let started = started.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!((started.commands.entries.len(), started.hooks.0.len(), started.jobs.0.len()), (8, 1, 1));
}
