//! From a request to its answer, to what is kept of it, and to the chat: each
//! refusal, each limit, and what a handler may do wrong.
use factotum_host::journal::Filter;
use factotum_plugin_api::{
    prelude::*,
    store::{Schema, Table},
};
use factotum_testing::{Bot, Trouble};
use http::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Takes letters, in every way that a hook can take something.
pub(crate) struct Post {
    to: ChatId,
}

/// Where letters go
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PostConfig {
    /// Chat that gets the letters
    to: ChatId,
}
impl Default for PostConfig {
    fn default() -> Self {
        PostConfig { to: ChatId::new("console", "ops") }
    }
}

impl Plugin for Post {
    const NAME: &'static str = "post";
    type Config = PostConfig;
    fn start(config: PostConfig, _: Host) -> Result<Self> {
        Ok(Post { to: config.to })
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks
            .post("/letters", Self::stamp, Self::letter)
            .sample(|file, secret| {
                let stamp = secret.map(|secret| ("X-Stamp-Token".to_owned(), secret.expose().to_owned()));
                Ok(Sample { path: None, headers: stamp.into_iter().collect(), body: file.to_vec().into() })
            })
            .get("/letters", Proof::None, Self::counter)
            .post("/letters/{street}", Proof::None, Self::delivered)
            .get("/archive/{*rest}", Proof::None, Self::archive);
    }
}
register!(Post);

impl Post {
    async fn stamp(&self, request: &Request) -> Result<(), Refusal> {
        match request.header("x-stamp-token") {
            None => Err(Refusal::Unauthorized("there is no X-Stamp-Token".into())),
            Some(stamp) if Secret::new("s3cret").matches(stamp.as_bytes()) => Ok(()),
            Some(_) => Err(Refusal::Forbidden("the stamp is wrong".into())),
        }
    }
    async fn letter(&self, request: &Request) -> Result<Outcome, Refusal> {
        let text = std::str::from_utf8(&request.body).map_err(|_| Refusal::BadRequest("not text".into()))?;
        if text.is_empty() {
            return Err(Refusal::Ignored("an empty letter".into()));
        }
        let outcome = Outcome::from(Notice::new(self.to.clone(), text)).summary("a letter");
        Ok(match request.header("x-letter") {
            Some(number) => outcome.once(number),
            None => outcome,
        })
    }
    async fn counter(&self, request: &Request) -> Result<Outcome, Refusal> {
        let who = request.query("who").unwrap_or("stranger");
        Ok(Outcome::default().answer(StatusCode::OK, format!("no letters for {who}\n")))
    }
    async fn delivered(&self, request: &Request) -> Result<Outcome, Refusal> {
        Ok(Outcome::default().answer(StatusCode::ACCEPTED, format!("to {}\n", request.param("street"))))
    }
    async fn archive(&self, request: &Request) -> Result<Outcome, Refusal> {
        Ok(Outcome::default().answer(StatusCode::OK, format!("{}\n", request.param("rest"))))
    }
}

/// Does what a handler should not.
struct Clumsy {
    host: Host,
    newer: Table<String, u32>,
    older: Table<String, u32>,
}

impl Plugin for Clumsy {
    const NAME: &'static str = "clumsy";
    type Config = NoConfig;
    fn start(_: NoConfig, host: Host) -> Result<Self> {
        let newer = Schema { number: 2, upgrade: |_, value| Ok(value) };
        let (newer, older) = (host.store.table_of("cups", newer)?, host.store.table("cups")?);
        Ok(Clumsy { host, newer, older })
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks
            .post("/clumsy/refuse/{how}", Proof::None, Self::refuse)
            .post("/clumsy/panic", Proof::None, Self::panic)
            .post("/clumsy/panic/proof", Self::panicking_proof, Self::panic)
            .post("/clumsy/hang", Proof::None, Self::hang)
            .post("/clumsy/drop", Proof::None, Self::drop_a_cup);
    }
}
impl Clumsy {
    async fn refuse(&self, request: &Request) -> Result<Outcome, Refusal> {
        let why = "why it was".to_owned();
        Err(match request.param("how") {
            "bad" => Refusal::BadRequest(why),
            "unauthorized" => Refusal::Unauthorized(why),
            "forbidden" => Refusal::Forbidden(why),
            "missing" => Refusal::NotFound(why),
            "type" => Refusal::UnsupportedMediaType(why),
            "ignored" => Refusal::Ignored(why),
            "many" => Refusal::TooMany(why),
            _ => Refusal::Internal(anyhow::anyhow!("the disk").context(why)),
        })
    }
    async fn panic(&self, _: &Request) -> Result<Outcome, Refusal> {
        panic!("on purpose")
    }
    async fn panicking_proof(&self, _: &Request) -> Result<(), Refusal> {
        panic!("on purpose")
    }
    async fn hang(&self, _: &Request) -> Result<Outcome, Refusal> {
        self.host.outbox.post(Notice::new(ChatId::new("console", "ops"), "it has begun"), None).await?;
        std::future::pending().await
    }
    async fn drop_a_cup(&self, _: &Request) -> Result<Outcome, Refusal> {
        self.newer.put(&"cup".to_owned(), &1).await?;
        self.older.get(&"cup".to_owned()).await?; // of a schema that it does not know
        Ok(Outcome::default())
    }
}

/// Wants a path that is taken.
struct Rival<const WANTS: usize>;
const WANTED: [&str; 5] = ["/letters", "/letters/{number}", "/healthz", "letters", "/{a}-{b}"];

impl<const WANTS: usize> Plugin for Rival<WANTS> {
    const NAME: &'static str = "rival";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Rival)
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.get(WANTED[WANTS], Proof::None, Self::nothing);
    }
}
impl<const WANTS: usize> Rival<WANTS> {
    async fn nothing(&self, _: &Request) -> Result<Outcome, Refusal> {
        Ok(Outcome::default())
    }
}

fn letter(stamp: &str, number: &str, text: &str) -> Sample {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = [("x-stamp-token", stamp), ("x-letter", number)].into_iter().filter(|(_, value)| !value.is_empty());
    let headers = headers.map(|(name, value)| pair(name, value)).collect();
    Sample { path: Some("/letters".into()), headers, body: text.to_owned().into() }
}
fn to(path: &str) -> Sample {
    Sample { path: Some(path.into()), body: "a cup".into(), ..Sample::default() }
}

/// The transcript without the hosts' ports, which are others on each run.
pub(crate) fn transcript(bot: &Bot) -> String {
    let transcript = bot.transcript();
    let mut pieces = transcript.split("127.0.0.1:");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let after = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        shown += if after == piece { "127.0.0.1:" } else { "127.0.0.1:PORT" };
        shown += after;
    }
    shown
}

/// Incidents that have no request are noted without waiting for the disk.
pub(crate) async fn noted(bot: &Bot, incidents: usize) {
    let journal = &bot.host().shared.journal;
    while journal.incidents(&Filter::default(), 1_000).await.unwrap().len() < incidents {
        tokio::task::yield_now().await;
    }
}

/// A request by hand, and the whole answer.
async fn raw(bot: &Bot, request: &str) -> String {
    let mut stream = TcpStream::connect(bot.host().http()).await.unwrap();
    stream.write_all(format!("{request}\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let shown = answer.lines().filter(|line| !line.starts_with("date:")).collect::<Vec<_>>().join("\n");
    shown.trim_end().to_owned()
}

#[tokio::test]
async fn a_hook_has_a_method_a_path_and_a_query() {
    let bot = Bot::with::<Post>().start().await;
    bot.post("ci", letter("s3cret", "", "Dear Ann")).await;
    for path in ["/letters", "/letters?who=Ann+%26+Bob&who=Eve", "/archive/2026/11%2F20/a+b%20c", "/archive/x?y=z"] {
        bot.call("ci", Method::GET, path, |request| request).await;
    }
    for path in ["/letters/Elm%20Street%2F5", "/letters/%C3%BC%FF", "/letters/%7Bstreet%7D"] {
        bot.call("ci", Method::POST, path, |request| request).await;
    }
    insta::assert_snapshot!(transcript(&bot), @"
    ci      > POST /letters 204
    bot@ops > Dear Ann
    ci      > GET /letters 200: no letters for stranger
    ci      > GET /letters?who=Ann+%26+Bob&who=Eve 200: no letters for Ann & Bob
    ci      > GET /archive/2026/11%2F20/a+b%20c 200: 2026/11/20/a+b c
    ci      > GET /archive/x?y=z 200: x
    ci      > POST /letters/Elm%20Street%2F5 202: to Elm Street/5
    ci      > POST /letters/%C3%BC%FF 202: to ü�
    ci      > POST /letters/%7Bstreet%7D 202: to {street}
    ");
}

#[tokio::test]
async fn the_proof_runs_first_and_a_body_is_kept_only_after_it_held() {
    let bot = Bot::with::<Post>().admin("ann").start().await;
    bot.post("ci", letter("", "", "no stamp")).await;
    bot.post("ci", letter("canary", "", "wrong stamp")).await;
    bot.post("ci", letter("s3cret", "", "")).await;
    bot.post("ci", letter("s3cret", "17", "Dear Ann")).await;
    bot.say("ann", "!requests").await;
    for id in 1..=4 {
        bot.say("ann", &format!("!requests show {id}")).await;
    }
    bot.say("ann", "!incidents").await;
    let text = transcript(&bot);
    assert!(!text.contains("canary") && !text.contains("s3cret"), "{text}");
    insta::assert_snapshot!(text, @"
    ci      > POST /letters 401
    ci      > POST /letters 403
    ci      > POST /letters 204
    ci      > POST /letters 204
    bot@ops > Dear Ann
    ann     > !requests
    bot     > #4 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 accepted: a letter
              #3 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 ignored: an empty letter
              #2 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 403 refused: the stamp is wrong
              #1 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 401 refused: there is no X-Stamp-Token
    ann     > !requests show 1
    bot     > #1 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 401 refused: there is no X-Stamp-Token
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 8
              The body was not kept, since its proof did not hold.
              It led to no notice.
    ann     > !requests show 2
    bot     > #2 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 403 refused: the stamp is wrong
              x-stamp-token: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 11
              The body was not kept, since its proof did not hold.
              It led to no notice.
    ann     > !requests show 3
    bot     > #3 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 ignored: an empty letter
              x-stamp-token: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              The body is empty.
              It led to no notice.
    ann     > !requests show 4
    bot     > #4 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 accepted: a letter
              x-stamp-token: ***
              x-letter: 17
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 8
              Dear Ann
              notice #1 to console:ops sent after 1 try
              • 2026-11-20 10:00:00Z posted: m1 (took 0 ms)
    ann     > !incidents
    bot     > #2 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 2)
              #1 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /letters: there is no X-Stamp-Token (!requests show 1)
    ");
}

#[tokio::test]
async fn each_refusal_has_its_answer_its_row_and_its_incident() {
    let bot = Bot::with::<Clumsy>().admin("ann").start().await;
    for how in ["bad", "unauthorized", "forbidden", "missing", "type", "ignored", "many", "internal"] {
        bot.post("ci", to(&format!("/clumsy/refuse/{how}"))).await;
    }
    bot.say("ann", "!requests").await;
    bot.say("ann", "!incidents").await;
    insta::assert_snapshot!(transcript(&bot), @"
    ci      > POST /clumsy/refuse/bad 400: why it was
    ci      > POST /clumsy/refuse/unauthorized 401
    ci      > POST /clumsy/refuse/forbidden 403
    ci      > POST /clumsy/refuse/missing 404: why it was
    ci      > POST /clumsy/refuse/type 415: why it was
    ci      > POST /clumsy/refuse/ignored 204
    ci      > POST /clumsy/refuse/many 429: why it was
    ci      > POST /clumsy/refuse/internal 503: try again
    ann     > !requests
    bot     > #8 2026-11-20 10:00:00Z POST /clumsy/refuse/… from 127.0.0.1: 503 refused: why it was: the disk
              #7 2026-11-20 10:00:00Z POST /clumsy/refuse/… from 127.0.0.1: 429 refused: why it was
              #6 2026-11-20 10:00:00Z POST /clumsy/refuse/… from 127.0.0.1: 204 ignored: why it was
              #5 2026-11-20 10:00:00Z POST /clumsy/refuse/… from 127.0.0.1: 415 refused: why it was
              #4 2026-11-20 10:00:00Z POST /clumsy/refuse/… from 127.0.0.1: 404 refused: why it was
              #3 2026-11-20 10:00:00Z POST /clumsy/refuse/… from 127.0.0.1: 403 refused: why it was
              #2 2026-11-20 10:00:00Z POST /clumsy/refuse/… from 127.0.0.1: 401 refused: why it was
              #1 2026-11-20 10:00:00Z POST /clumsy/refuse/… from 127.0.0.1: 400 refused: why it was
    ann     > !incidents
    bot     > #7 2026-11-20 10:00:00Z handler failed from 127.0.0.1 at /clumsy/refuse/…: why it was: the disk (!requests show 8)
              #6 2026-11-20 10:00:00Z too many from 127.0.0.1 at /clumsy/refuse/…: why it was (!requests show 7)
              #5 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /clumsy/refuse/…: why it was (!requests show 5)
              #4 2026-11-20 10:00:00Z not found from 127.0.0.1 at /clumsy/refuse/…: why it was (!requests show 4)
              #3 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /clumsy/refuse/…: why it was (!requests show 3)
              #2 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /clumsy/refuse/…: why it was (!requests show 2)
              #1 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /clumsy/refuse/…: why it was (!requests show 1)
    ");
    insta::assert_snapshot!(raw(&bot, "POST /clumsy/refuse/many HTTP/1.1").await, @"
    HTTP/1.1 429 Too Many Requests
    retry-after: 10
    content-type: text/plain; charset=utf-8
    content-length: 11
    connection: close

    why it was
    ");
    insta::assert_snapshot!(raw(&bot, "POST /clumsy/refuse/internal HTTP/1.1").await, @"
    HTTP/1.1 503 Service Unavailable
    retry-after: 10
    content-type: text/plain; charset=utf-8
    content-length: 10
    connection: close

    try again
    ");
}

#[tokio::test]
async fn the_same_letter_twice_is_posted_once() {
    let mut bot = Bot::with::<Post>().admin("ann").start().await;
    for number in ["17", "17", "18"] {
        bot.post("ci", letter("s3cret", number, "Dear Ann")).await;
    }
    bot.restart().await;
    bot.post("ci", letter("s3cret", "17", "Dear Ann")).await;
    bot.pass(Duration::from_secs(7 * 86_400)).await;
    bot.post("ci", letter("s3cret", "17", "Dear Ann, a week later")).await;
    bot.say("ann", "!requests").await;
    insta::assert_snapshot!(transcript(&bot), @"
    ci      > POST /letters 204
    bot@ops > Dear Ann
    ci      > POST /letters 200: seen before
    ci      > POST /letters 204
    bot@ops > Dear Ann
    ci      > POST /letters 200: seen before
    ci      > POST /letters 204
    bot@ops > Dear Ann, a week later
    ann     > !requests
    bot     > #5 2026-11-27 10:00:00Z POST /letters from 127.0.0.1: 204 accepted: a letter
              #4 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 200 duplicate: of request 1
              #3 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 accepted: a letter
              #2 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 200 duplicate: of request 1
              #1 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 accepted: a letter
    ");
}

#[tokio::test]
async fn a_handler_that_panics_or_fails_costs_its_request_and_is_kept() {
    let bot = Bot::with::<Clumsy>().admin("ann").start().await;
    for path in ["/clumsy/panic", "/clumsy/panic/proof", "/clumsy/drop"] {
        bot.post("ci", to(path)).await;
    }
    bot.say("ann", "!requests").await;
    bot.say("ann", "!requests show 1").await;
    bot.say("ann", "!requests show 2").await;
    bot.say("ann", "!incidents").await;
    insta::assert_snapshot!(transcript(&bot), @"
    ci      > POST /clumsy/panic 500: the handler failed
    ci      > POST /clumsy/panic/proof 500: the handler failed
    ci      > POST /clumsy/drop 503: try again
    ann     > !requests
    bot     > #3 2026-11-20 10:00:00Z POST /clumsy/drop from 127.0.0.1: 503 refused: clumsy.cups has schema 2; this version knows 1
              #2 2026-11-20 10:00:00Z POST /clumsy/panic/proof from 127.0.0.1: 500 refused: the handler panicked
              #1 2026-11-20 10:00:00Z POST /clumsy/panic from 127.0.0.1: 500 refused: the handler panicked
    ann     > !requests show 1
    bot     > #1 2026-11-20 10:00:00Z POST /clumsy/panic from 127.0.0.1: 500 refused: the handler panicked
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 5
              a cup
              It led to no notice.
    ann     > !requests show 2
    bot     > #2 2026-11-20 10:00:00Z POST /clumsy/panic/proof from 127.0.0.1: 500 refused: the handler panicked
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 5
              The body was not kept, since its proof did not hold.
              It led to no notice.
    ann     > !incidents
    bot     > #3 2026-11-20 10:00:00Z handler failed from 127.0.0.1 at /clumsy/drop: clumsy.cups has schema 2; this version knows 1 (!requests show 3)
              #2 2026-11-20 10:00:00Z handler failed from 127.0.0.1 at /clumsy/panic/proof: the handler panicked (!requests show 2)
              #1 2026-11-20 10:00:00Z handler failed from 127.0.0.1 at /clumsy/panic: the handler panicked (!requests show 1)
    ");
}

#[tokio::test]
async fn a_handler_that_hangs_is_answered_for_after_its_time() {
    let http = "[http]\nlisten = \"127.0.0.1:0\"\nhandler_timeout_secs = 5";
    let bot = Bot::with::<Clumsy>().config(http).admin("ann").start().await;
    let answer = bot.begin_to_post("ci", to("/clumsy/hang"));
    bot.posted("it has begun").await;
    bot.clock().advance(Duration::from_secs(4));
    bot.say("ann", "!echo others go on").await;
    bot.clock().advance(Duration::from_secs(1));
    answer.await.unwrap();
    bot.say("ann", "!requests").await;
    insta::assert_snapshot!(transcript(&bot), @"
    ci      > POST /clumsy/hang 503: try again
    bot@ops > it has begun
    ann     > !echo others go on
    bot     > others go on
    ann     > !requests
    bot     > #1 2026-11-20 10:00:00Z POST /clumsy/hang from 127.0.0.1: 503 refused: the handler took too long
    ");
}

#[tokio::test]
async fn what_nobody_serves_is_refused_and_noted() {
    let bot = Bot::with::<Post>().admin("ann").start().await;
    insta::assert_snapshot!(raw(&bot, "POST /lettres HTTP/1.1").await, @"
    HTTP/1.1 404 Not Found
    connection: close
    content-length: 0
    ");
    noted(&bot, 1).await;
    insta::assert_snapshot!(raw(&bot, "PUT /letters HTTP/1.1").await, @"
    HTTP/1.1 405 Method Not Allowed
    allow: POST, GET
    connection: close
    content-length: 0
    ");
    noted(&bot, 2).await;
    let huge = |request: factotum_plugin_api::reqwest::RequestBuilder| request.body(vec![b'a'; 2 << 20]);
    bot.call("ci", Method::POST, "/letters", huge).await;
    noted(&bot, 3).await;
    bot.say("ann", "!incidents").await;
    bot.say("ann", "!requests").await;
    insta::assert_snapshot!(transcript(&bot), @"
    ci      > POST /letters 413: the body is too large
    ann     > !incidents
    bot     > #3 2026-11-20 10:00:00Z limit from 127.0.0.1 at /letters: the body is too large
              #2 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /letters: PUT, where POST, GET is answered
              #1 2026-11-20 10:00:00Z not found from 127.0.0.1 at /lettres: there is no such hook (POST)
    ann     > !requests
    bot     > No requests.
    ");
}

#[tokio::test]
async fn what_stands_for_a_parameter_is_kept_nowhere() {
    let bot = Bot::with::<Post>().and::<Clumsy>().admin("ann").start().await;
    bot.post("ci", to("/letters/canary")).await;
    bot.post("ci", to("/clumsy/refuse/canary")).await;
    raw(&bot, "PUT /letters/canary HTTP/1.1").await;
    noted(&bot, 2).await;
    raw(&bot, "POST /lettres/canary HTTP/1.1").await;
    noted(&bot, 3).await;
    bot.transcript();
    for line in ["!requests", "!requests show 1", "!incidents"] {
        bot.say("ann", line).await;
    }
    let text = transcript(&bot);
    assert!(!text.contains("canary"), "{text}");
    insta::assert_snapshot!(text, @"
    ann     > !requests
    bot     > #2 2026-11-20 10:00:00Z POST /clumsy/refuse/… from 127.0.0.1: 503 refused: why it was: the disk
              #1 2026-11-20 10:00:00Z POST /letters/… from 127.0.0.1: 202 accepted
    ann     > !requests show 1
    bot     > #1 2026-11-20 10:00:00Z POST /letters/… from 127.0.0.1: 202 accepted
              path: street=***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 5
              a cup
              It led to no notice.
    ann     > !incidents
    bot     > #3 2026-11-20 10:00:00Z not found from 127.0.0.1 at /lettres/…: there is no such hook (POST)
              #2 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /letters/…: PUT, where POST is answered
              #1 2026-11-20 10:00:00Z handler failed from 127.0.0.1 at /clumsy/refuse/…: why it was: the disk (!requests show 2)
    ");
}

#[tokio::test]
async fn health_pages_are_there_without_any_plugin() {
    let bot = Bot::bare().start().await;
    for path in ["/healthz", "/readyz"] {
        bot.call("probe", Method::GET, path, |request| request).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    probe   > GET /healthz 200: ok
    probe   > GET /readyz 200: ready
    ");
}

#[tokio::test]
async fn hooks_in_each_others_way_refuse_to_start() {
    let errors = [
        Bot::with::<Post>().and::<Rival<0>>().try_start().await,
        Bot::with::<Post>().and::<Rival<1>>().try_start().await,
        Bot::with::<Rival<2>>().try_start().await,
        Bot::with::<Rival<3>>().try_start().await,
        Bot::with::<Rival<4>>().try_start().await,
        // Nothing may be in the way of turning it on.
        Bot::with::<Post>().and::<Rival<0>>().config("[plugins.rival]\nenabled = false").try_start().await,
    ];
    let errors = errors.map(|started| format!("{:#}", started.err().expect("it does not start")));
    insta::assert_snapshot!(errors.join("\n"), @r#"
    the plugins post and rival both have a hook /letters
    the hooks /letters/{street} of the plugin post and /letters/{number} of rival could mean the same path
    the plugin rival has a hook /healthz, which is the host's own
    the plugin rival has a hook "letters": a path begins with /
    the plugin rival has a hook "/{a}-{b}": Only one parameter is allowed per path segment
    the plugins post and rival both have a hook /letters
    "#);
}

#[tokio::test]
async fn what_was_answered_204_is_on_disk() {
    let mut bot = Bot::with::<Post>().admin("ann").start().await;
    bot.script().down();
    bot.post("ci", letter("s3cret", "", "Dear Ann")).await;
    bot.restart().await;
    bot.post("ci", letter("s3cret", "", "Dear Bob")).await;
    bot.restart().await;
    bot.script().up();
    bot.pass(Duration::from_secs(5)).await;
    bot.say("ann", "!requests show 1").await;
    insta::assert_snapshot!(transcript(&bot), @"
    ci      > POST /letters 204
    ci      > POST /letters 204
    bot@ops > Dear Ann
    bot@ops > Dear Bob
    ann     > !requests show 1
    bot     > #1 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 accepted: a letter
              x-stamp-token: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 8
              Dear Ann
              notice #1 to console:ops sent after 2 tries
              • 2026-11-20 10:00:00Z retry: the network is down (took 0 ms)
              • 2026-11-20 10:00:05Z posted: m1 (took 0 ms)
    ");
}

#[tokio::test]
async fn a_letter_that_its_chat_refuses_is_explained() {
    let bot = Bot::with::<Post>().admin("ann").start().await;
    bot.script().fail_next_in("ops", Trouble::Transient);
    bot.script().fail_next_in("ops", Trouble::Permanent("the bot was removed"));
    bot.post("ci", letter("s3cret", "", "Dear Ann")).await;
    bot.pass(Duration::from_secs(2)).await;
    bot.say("ann", "!requests show 1").await;
    insta::assert_snapshot!(transcript(&bot), @"
    ci      > POST /letters 204
    bot     > [host] A notice did not reach console:ops: the bot was removed. !outbox retry 1 tries again.
    ann     > !requests show 1
    bot     > #1 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 accepted: a letter
              x-stamp-token: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 8
              Dear Ann
              notice #1 to console:ops dead after 2 tries: the bot was removed
              • 2026-11-20 10:00:00Z retry: the network is down (took 0 ms)
              • 2026-11-20 10:00:02Z refused: the bot was removed (took 0 ms)
    ");
}

#[tokio::test]
async fn a_flood_is_counted_and_does_not_fill_the_disk() {
    let bot = Bot::with::<Post>().admin("ann").start().await;
    for _ in 0..500 {
        let answer = bot.post("eve", letter("wrong", "", "spam")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let journal = &bot.host().shared.journal;
    assert_eq!(journal.requests(&Filter::default(), 1_000).await.unwrap().len(), 60);
    bot.transcript();
    bot.pass(Duration::from_secs(60)).await;
    bot.post("eve", letter("wrong", "", "spam")).await;
    bot.say("ann", "!incidents left out").await;
    bot.say("ann", "!incidents before 61").await;
    insta::assert_snapshot!(transcript(&bot), @"
    eve     > POST /letters 403
    ann     > !incidents left out
    bot     > #61 2026-11-20 10:01:00Z left out from 127.0.0.1: 440 more refusals of this address were left out
    ann     > !incidents before 61
    bot     > #60 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 60)
              #59 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 59)
              #58 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 58)
              #57 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 57)
              #56 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 56)
              #55 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 55)
              #54 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 54)
              #53 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 53)
              #52 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 52)
              #51 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 51)
              #50 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 50)
              #49 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 49)
              #48 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 48)
              #47 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 47)
              #46 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /letters: the stamp is wrong (!requests show 46)
              Older ones: !incidents before 46
    ");
}

/// During an outage of what a proof needs each request fails, whoever sends it.
#[tokio::test]
async fn failures_that_strangers_can_cause_do_not_fill_the_disk() {
    let bot = Bot::with::<Clumsy>().admin("ann").start().await;
    for _ in 0..100 {
        assert_eq!(bot.post("eve", to("/clumsy/panic/proof")).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
    let journal = &bot.host().shared.journal;
    assert_eq!(journal.requests(&Filter::default(), 1_000).await.unwrap().len(), 60);
    bot.transcript();
    bot.pass(Duration::from_secs(60)).await;
    bot.post("eve", to("/clumsy/panic/proof")).await;
    bot.say("ann", "!incidents left out").await;
    insta::assert_snapshot!(transcript(&bot), @"
    eve     > POST /clumsy/panic/proof 500: the handler failed
    ann     > !incidents left out
    bot     > #61 2026-11-20 10:01:00Z left out from 127.0.0.1: 40 more refusals of this address were left out
    ");
}

#[tokio::test]
async fn what_a_flood_left_out_is_told_when_it_is_over() {
    let proxied = "[http]\nlisten = \"127.0.0.1:0\"\ntrusted_proxies = [\"127.0.0.1\"]";
    let bot = Bot::with::<Post>().config(proxied).admin("ann").start().await;
    // Endless addresses, as a stranger with IPv6 has them; then one that insists; then another path.
    let mut stream = TcpStream::connect(bot.host().http()).await.unwrap();
    for n in 0..=700 {
        let address = if n < 640 { format!("2001:db8:{n:x}::1") } else { "192.0.2.1".into() };
        let (path, address) = if n < 700 { ("/letters", address.as_str()) } else { ("/lettres", "192.0.2.2") };
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\nX-Stamp-Token: wrong\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![];
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        assert!(answer.starts_with(if n < 700 { b"HTTP/1.1 403" } else { b"HTTP/1.1 404" }));
    }
    bot.transcript();
    bot.clock().advance(Duration::from_secs(65));
    noted(&bot, 611).await;
    bot.say("ann", "!incidents left out").await;
    insta::assert_snapshot!(transcript(&bot), @"
    ann     > !incidents left out
    bot     > #611 2026-11-20 10:01:05Z left out: 32 more refusals of 32 other addresses were left out
              #610 2026-11-20 10:01:05Z left out from 2001:db8:25f::: 1 more refusals of this address were left out
              #609 2026-11-20 10:01:05Z left out from 2001:db8:25e::: 1 more refusals of this address were left out
              #608 2026-11-20 10:01:05Z left out from 2001:db8:25d::: 1 more refusals of this address were left out
              #607 2026-11-20 10:01:05Z left out from 2001:db8:25c::: 1 more refusals of this address were left out
              #606 2026-11-20 10:01:05Z left out from 2001:db8:25b::: 1 more refusals of this address were left out
              #605 2026-11-20 10:01:05Z left out from 2001:db8:25a::: 1 more refusals of this address were left out
              #604 2026-11-20 10:01:05Z left out from 2001:db8:259::: 1 more refusals of this address were left out
              #603 2026-11-20 10:01:05Z left out from 2001:db8:258::: 1 more refusals of this address were left out
              #602 2026-11-20 10:01:05Z left out from 192.0.2.2: 1 more refusals of this address were left out
              #601 2026-11-20 10:01:05Z left out from 192.0.2.1: 60 more refusals of this address were left out
    ");
}
