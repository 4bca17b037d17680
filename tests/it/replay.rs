//! Stored requests, run again: what follows with the routes of now, what a dry run
//! shows and leaves alone, and why some cannot be.
use crate::hooks::Post;
use factotum_plugin_api::{http::Peer as At, prelude::*};
use factotum_testing::{Bot, Peer};
use http::Method;
use plugin_travishook::TravisHook;

/// Keeps letters for its clients, and does with them as they say.
struct Clerk {
    host: Host,
    letters: Table<String, u32>,
    config: ClerkConfig,
}

/// Where the clerk reports
#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ClerkConfig {
    /// A server that hears of each letter
    server: Option<String>,
    /// Says nothing of letters
    silent: bool,
}
/// Count the letters of a client
#[derive(Args)]
struct CountArgs {
    /// Whose
    client: String,
}

impl Plugin for Clerk {
    const NAME: &'static str = "clerk";
    type Config = ClerkConfig;
    fn start(config: ClerkConfig, host: Host) -> Result<Self> {
        Ok(Clerk { letters: host.store.table("letters")?, host, config })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("clerk count", Access::EVERYONE, Self::count);
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/clerk/{client}/{*desk}", Proof::None, Self::letter).open_params(["client", "desk"]).post(
            "/secret/{token}",
            Proof::None,
            Self::secret,
        );
    }
}
impl Clerk {
    async fn count(&self, _: &Call, args: CountArgs) -> Result<Reply> {
        Ok(format!("{} letters", self.letters.get(&args.client).await?.unwrap_or(0)).into())
    }
    async fn letter(&self, request: &Request) -> Result<Outcome, Refusal> {
        let (client, desk) = (request.param("client").to_owned(), request.param("desk"));
        if self.config.silent {
            return Err(Refusal::Ignored("the clerk is silent".into()));
        }
        match &request.body[..] {
            b"panic" => panic!("on purpose"),
            b"hang" => {
                self.host.outbox.post(Notice::new(ChatId::new("console", "cellar"), "it has begun"), None).await?;
                std::future::pending().await
            }
            b"wrong" => return Err(Refusal::BadRequest("it is not signed".into())),
            _ => {}
        }
        let n = self.letters.get(&client).await?.unwrap_or(0) + 1;
        self.letters.put(&client, &n).await?;
        self.host.outbox.post(Notice::new(ChatId::new("console", "cellar"), "one more"), None).await?;
        self.host.outbox.tell_admins("letters", "there are letters").await?;
        if let Some(server) = &self.config.server {
            let client = self.host.http.client(At::new(server)?)?;
            client.get("/paper").await?;
            client.send(Method::POST, "/letters", |request| request).await?;
        }
        let text = Text::from(format!("{client} at {desk} of {}: ", request.path)) + bold(n);
        let key = request.query("token").unwrap_or("none").to_owned();
        Ok(Outcome::from(Notice::new(ChatId::new("console", "ops"), text)).summary(format!("token {key}")))
    }
    async fn secret(&self, _: &Request) -> Result<Outcome, Refusal> {
        Ok(Outcome::default())
    }
}

fn to(path: &str, body: &str) -> Sample {
    Sample { path: Some(path.into()), body: body.to_owned().into(), ..Sample::default() }
}
fn letter(number: &str, text: &str) -> Sample {
    let headers = [("x-stamp-token", "s3cret"), ("x-letter", number)];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Sample { path: Some("/letters".into()), headers: headers.into(), body: text.to_owned().into() }
}
/// What `ann` says, and what comes of it: what is posted elsewhere stands last, since
/// it may come before or after the answer.
async fn said(bot: &Bot, lines: &[&str]) -> String {
    for line in lines {
        bot.say("ann", line).await;
    }
    let transcript = bot.transcript();
    let (mut posted, told): (Vec<&str>, Vec<&str>) = transcript.lines().partition(|line| line.starts_with("bot@"));
    posted.sort_unstable(); // chats are in no order among themselves
    [told, posted].concat().join("\n") + "\n"
}

#[tokio::test]
async fn a_route_that_came_too_late_gets_its_message() {
    let bot = Bot::with::<TravisHook>().admin("ann").config("plugins.travishook.config_urls = []").start().await;
    bot.say("ann", "!travis route sathwikshetty33/travis-test console:dev passed").await;
    bot.say_privately("ann", "!travis token sathwikshetty33/travis-test s3cret").await;
    bot.transcript();
    let failed = include_bytes!("../fixtures/travis/derived-push-failed.json");
    bot.send::<TravisHook>(failed, Some("s3cret")).await;
    bot.say("ann", "!travis route sathwikshetty33/travis-test console:ops failed").await;
    let text = said(&bot, &["!requests replay 1 --dry-run", "!requests replay 1", "!requests replay"]).await;
    insta::assert_snapshot!(text, @r#"
    travishook > POST /travis 204
    ann     > !travis route sathwikshetty33/travis-test console:ops failed
    bot     > Done. Relaying messages from sathwikshetty33/travis-test to console:ops for events: failed.
    ann     > !requests replay 1 --dry-run
    bot     > #1 would be accepted with 204: failed → 1 chat. It would post:
              • to console:ops: [Travis CI] sathwikshetty33/travis-test #5 failed: branch main at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    ann     > !requests replay 1
    bot     > #1, run again as #2: accepted with 204: failed → 1 chat. It posts:
              • to console:ops: [Travis CI] sathwikshetty33/travis-test #5 failed: branch main at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    ann     > !requests replay
    bot     > REQUESTS is missing: Numbers of requests.
              Usage: !requests replay [OPTIONS] <REQUESTS>...
    bot@ops > [Travis CI] sathwikshetty33/travis-test #5 failed: branch main at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    "#);
}

#[tokio::test]
async fn a_replay_is_wanted_though_its_key_was_seen() {
    let bot = Bot::with::<Post>().admin("ann").start().await;
    bot.post("ci", letter("17", "Dear Ann")).await;
    bot.post("ci", letter("17", "Dear Ann")).await;
    // Nothing was decided before the first letter of that number.
    bot.post("ci", letter("18", "")).await;
    let text = said(&bot, &["!requests replay 1 2 #3 --dry-run", "!requests replay 1 2 3"]).await;
    bot.post("ci", letter("17", "Dear Ann")).await;
    let more = said(&bot, &["!requests", "!requests replay by"]).await;
    insta::assert_snapshot!(text + &more, @"
    ci      > POST /letters 204
    ci      > POST /letters 200: seen before
    ci      > POST /letters 204
    ann     > !requests replay 1 2 #3 --dry-run
    bot     > #1 would be accepted with 204: a letter. It would post:
              • to console:ops: Dear Ann
    bot     > #2 would be accepted with 204: a letter. It would post:
              • to console:ops: Dear Ann
    bot     > #3 would be ignored with 204: an empty letter. Nothing would follow.
    ann     > !requests replay 1 2 3
    bot     > #1, run again as #4: accepted with 204: a letter. It posts:
              • to console:ops: Dear Ann
    bot     > #2, run again as #5: accepted with 204: a letter. It posts:
              • to console:ops: Dear Ann
    bot     > #3, run again as #6: ignored with 204: an empty letter. Nothing follows.
    bot@ops > Dear Ann
    bot@ops > Dear Ann
    bot@ops > Dear Ann
    ci      > POST /letters 200: seen before
    ann     > !requests
    bot     > #7 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 200 duplicate: of request 1
              #6 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 ignored: an empty letter (replay of #3 by console:ann)
              #5 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 accepted: a letter (replay of #2 by console:ann)
              #4 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 accepted: a letter (replay of #1 by console:ann)
              #3 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 ignored: an empty letter
              #2 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 200 duplicate: of request 1
              #1 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 accepted: a letter
    ann     > !requests replay by
    bot     > REQUESTS: by is no whole number.
              Usage: !requests replay [OPTIONS] <REQUESTS>...
    ");
}

#[tokio::test]
async fn a_dry_run_has_no_effect() {
    let server = Peer::start().await;
    for path in ["/paper", "/letters"] {
        server.answer(path, 200, "");
    }
    let mut bot = Bot::with::<Clerk>().admin("ann").start().await;
    bot.post("ci", to("/clerk/bob%20b/2nd/left?token=seven&x=1", "Dear Bob")).await;
    bot.say("ann", "!clerk count 'bob b'").await;
    bot.transcript();
    insta::assert_snapshot!(said(&bot, &["!requests replay 1 --dry-run", "!clerk count 'bob b'", "!requests"]).await, @"
    ann     > !requests replay 1 --dry-run
    bot     > #1 would be accepted with 204: token ***. It would post:
              • to console:ops: bob b at 2nd/left of /clerk/bob%20b/2nd/left: 2
              • to console:cellar: one more
              • to the admins: there are letters
              Its handler saw *** for token, which is not kept.
    ann     > !clerk count 'bob b'
    bot     > 1 letters
    ann     > !requests
    bot     > #1 2026-11-20 10:00:00Z POST /clerk/bob%20b/2nd/left from 127.0.0.1: 204 accepted: token seven
    ");
    bot.configure(&format!("[plugins.clerk]\nserver = {:?}", server.url("/")));
    bot.say_privately("ann", "!reload").await;
    bot.transcript();
    insta::assert_snapshot!(said(&bot, &["!requests replay 1 --dry-run"]).await, @"
    ann     > !requests replay 1 --dry-run
    bot     > #1 would be refused with 503: a dry run sends no POST to other servers. It would post:
              • to console:cellar: one more
              • to the admins: there are letters
              Its handler saw *** for token, which is not kept.
    ");
    assert_eq!(server.asked(), ["/paper"]);
    insta::assert_snapshot!(said(&bot, &["!requests replay 1", "!clerk count 'bob b'"]).await, @"
    ann     > !requests replay 1
    bot     > #1, run again as #2: accepted with 204: token ***. It posts:
              • to console:ops: bob b at 2nd/left of /clerk/bob%20b/2nd/left: 2
              Its handler saw *** for token, which is not kept.
    ann     > !clerk count 'bob b'
    bot     > 2 letters
    bot@cellar > one more
    bot@ops > bob b at 2nd/left of /clerk/bob%20b/2nd/left: 2
    ");
    assert_eq!(server.asked(), ["/paper", "/letters"]);
}

#[tokio::test]
async fn what_a_handler_refuses_or_does_wrong_is_told() {
    let mut bot = Bot::with::<Clerk>().admin("ann").config("[plugins.clerk]\nsilent = true").start().await;
    for body in ["a letter", "wrong", "panic"] {
        bot.post("ci", to("/clerk/bob/1", body)).await;
    }
    bot.transcript();
    let silent = said(&bot, &["!requests replay 1 --dry-run", "!requests replay 1"]).await;
    bot.configure("");
    bot.say_privately("ann", "!reload").await;
    bot.transcript();
    let rest = said(&bot, &["!requests replay 2 3 --dry-run", "!requests replay 2 3", "!requests", "!incidents"]).await;
    insta::assert_snapshot!(silent + &rest, @"
    ann     > !requests replay 1 --dry-run
    bot     > #1 would be ignored with 204: the clerk is silent. Nothing would follow.
    ann     > !requests replay 1
    bot     > #1, run again as #4: ignored with 204: the clerk is silent. Nothing follows.
    ann     > !requests replay 2 3 --dry-run
    bot     > #2 would be refused with 400: it is not signed. Nothing would follow.
    bot     > #3 would be refused with 500: the handler panicked. Nothing would follow.
    ann     > !requests replay 2 3
    bot     > #2, run again as #5: refused with 400: it is not signed. Nothing follows.
    bot     > #3, run again as #6: refused with 500: the handler panicked. Nothing follows.
    ann     > !requests
    bot     > #6 2026-11-20 10:00:00Z POST /clerk/bob/1 from 127.0.0.1: 500 refused: the handler panicked (replay of #3 by console:ann)
              #5 2026-11-20 10:00:00Z POST /clerk/bob/1 from 127.0.0.1: 400 refused: it is not signed (replay of #2 by console:ann)
              #4 2026-11-20 10:00:00Z POST /clerk/bob/1 from 127.0.0.1: 204 ignored: the clerk is silent (replay of #1 by console:ann)
              #3 2026-11-20 10:00:00Z POST /clerk/bob/1 from 127.0.0.1: 204 ignored: the clerk is silent
              #2 2026-11-20 10:00:00Z POST /clerk/bob/1 from 127.0.0.1: 204 ignored: the clerk is silent
              #1 2026-11-20 10:00:00Z POST /clerk/bob/1 from 127.0.0.1: 204 ignored: the clerk is silent
    ann     > !incidents
    bot     > No incidents.
    ");
}

#[tokio::test]
async fn a_handler_that_hangs_is_cut_off() {
    let mut bot = Bot::with::<Clerk>().admin("ann").config("[plugins.clerk]\nsilent = true").start().await;
    bot.post("ci", to("/clerk/bob/1", "hang")).await;
    // The listener keeps its own limit until the next start, and so does a replay.
    bot.configure("[http]\nlisten = \"127.0.0.1:0\"\nhandler_timeout_secs = 30");
    bot.say_privately("ann", "!reload").await;
    bot.transcript();
    bot.begin_to_say("ann", "!requests replay 1");
    bot.posted("it has begun").await;
    bot.pass(Duration::from_secs(10)).await;
    insta::assert_snapshot!(said(&bot, &["!requests"]).await, @"
    ann     > !requests replay 1
    bot     > #1, run again as #2: refused with 503: the handler took too long. Nothing follows.
    ann     > !requests
    bot     > #2 2026-11-20 10:00:10Z POST /clerk/bob/1 from 127.0.0.1: 503 refused: the handler took too long (replay of #1 by console:ann)
              #1 2026-11-20 10:00:00Z POST /clerk/bob/1 from 127.0.0.1: 204 ignored: the clerk is silent
    bot@cellar > it has begun
    ");
}

#[tokio::test]
async fn what_was_not_kept_cannot_be_run_again() {
    let bot = Bot::with::<Post>().and::<Clerk>().admin("ann").start().await;
    bot.post("ci", to("/letters", "no stamp")).await;
    bot.post("ci", to("/secret/c4n4ry", "x")).await;
    bot.post("ci", to("/clerk/bob/1", "x")).await;
    bot.say("ann", "!plugin disable clerk").await;
    bot.transcript();
    let text = said(&bot, &["!requests replay 1 2 3 4 18446744073709551615", "!requests replay 2 --dry-run"]).await;
    bot.say("eve", "!requests replay 1").await;
    let shown = bot.transcript() + &said(&bot, &["!requests show 3"]).await;
    let shown: Vec<&str> = shown
        .lines()
        .filter(|line| line.contains("path: ") || line.contains("eve") || line.contains("for admins"))
        .collect();
    insta::assert_snapshot!(text + &shown.join("\n"), @"
    ann     > !requests replay 1 2 3 4 18446744073709551615
    bot     > #1 cannot be run again: its body was not kept, since its proof did not hold.
    bot     > #2 cannot be run again: what stood for {token} in its path may be a secret and was not kept.
    bot     > #3 cannot be run again: no plugin that is on serves POST /clerk/{client}/{*desk}.
    bot     > I know no request 4: none had that number, or it is too old.
    bot     > I know no request 18446744073709551615: none had that number, or it is too old.
    ann     > !requests replay 2 --dry-run
    bot     > #2 cannot be run again: what stood for {token} in its path may be a secret and was not kept.
    eve     > !requests replay 1
    bot     > !requests replay is for admins. !whoami shows who you are to me.
              path: client=bob desk=1
    ");
    let journal = std::fs::read(bot.folder().join("data/journal.db")).unwrap();
    let log = std::fs::read(bot.folder().join("data/journal.db-wal")).unwrap_or_default();
    assert!([journal, log].iter().all(|bytes| !bytes.windows(6).any(|window| window == b"c4n4ry")));
}

#[tokio::test]
async fn who_is_cut_off_among_many_has_heard_of_those_that_were_done() {
    let mut bot = Bot::with::<Clerk>().admin("ann").config("[plugins.clerk]\nsilent = true").start().await;
    for text in ["wrong", "hang", "y"] {
        bot.post("ci", to("/clerk/bob/1", text)).await;
    }
    bot.configure("[commands]\ntime_limit_secs = 5");
    bot.say_privately("ann", "!reload").await;
    bot.transcript();
    bot.begin_to_say("ann", "!requests replay 1 2 3");
    bot.posted("it has begun").await;
    bot.pass(Duration::from_secs(5)).await;
    let many: String = (1..=21).map(|id| format!(" {id}")).collect();
    let text = said(&bot, &[&format!("!requests replay{many}")]).await;
    insta::assert_snapshot!(text, @"
    ann     > !requests replay 1 2 3
    bot     > #1, run again as #4: refused with 400: it is not signed. Nothing follows.
    bot     > !requests replay took longer than 5 s; I have stopped it.
    ann     > !requests replay 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21
    bot     > I run at most 20 requests again at a time: please name fewer.
    bot@cellar > it has begun
    ");
}
