//! What networks serve over HTTP, how they fare, and how fast they are written to.
use crate::hooks::transcript;
use factotum_plugin_api::{
    chat::{Inbox, Limits, Message, Network, NetworkKind, PostError},
    hook::Sample,
    prelude::*,
    user_error,
};
use factotum_testing::{Bot, Trouble};
use std::sync::{Mutex, OnceLock};

/// A network whose server posts what it hears.
struct Wire {
    config: WireConfig,
    inbox: OnceLock<Inbox>,
}
/// A network by wire
#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct WireConfig {
    /// Where it is called; nowhere when empty
    path: String,
    /// What its server knows
    token: Option<Secret>,
    /// Whether its server refuses the token
    refused: bool,
}
/// What was posted by wire.
static POSTED: Mutex<Vec<String>> = Mutex::new(vec![]);

impl NetworkKind for Wire {
    const KIND: &'static str = "wire";
    type Config = WireConfig;
    fn connect(_: &str, config: WireConfig, _: Host) -> Result<Self> {
        match &config.token {
            Some(token) if config.refused => {
                Err(user_error(format!("http://127.0.0.1/bot{}/getMe was refused", token.expose())))
            }
            _ => Ok(Wire { config, inbox: OnceLock::new() }),
        }
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        if !self.config.path.is_empty() {
            hooks.post(self.config.path.as_str(), Self::proof, Self::heard);
        }
    }
}
impl Wire {
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        match request.header("x-wire-token") {
            Some("s3cret") => Ok(()),
            _ => Err(Refusal::Forbidden("the token is another".into())),
        }
    }
    /// `ann !echo hello`
    async fn heard(&self, request: &Request) -> Result<Outcome, Refusal> {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let Some((who, line)) = body.split_once(' ') else {
            return Err(Refusal::BadRequest("nobody says it".into()));
        };
        let inbox = self.inbox.get().ok_or_else(|| Refusal::TooMany("not yet".into()))?;
        inbox.put(Incoming::new(ChatId::new("wire", who), Sender::new("wire", who, who), true, line)).await?;
        Ok(Outcome::default().summary("1 message"))
    }
}
#[async_trait::async_trait]
impl Network for Wire {
    async fn run(&self, inbox: Inbox) -> Result<()> {
        self.inbox.set(inbox).ok();
        std::future::pending().await
    }
    async fn post(&self, address: &str, message: &Message) -> Result<String, PostError> {
        POSTED.lock().unwrap().push(format!("{address}: {}", message.text.plain()));
        Ok("1".into())
    }
    fn limits(&self) -> Limits {
        Limits::default()
    }
    fn parse_chat(&self, _: &str) -> Option<String> {
        None
    }
    fn address_form(&self) -> &'static str {
        "bob"
    }
    fn private_chat(&self, _: &str) -> Option<String> {
        None
    }
}
factotum_plugin_api::register_network!(Wire);

/// Serves paths of its own.
struct Lane;
impl Plugin for Lane {
    const NAME: &'static str = "lane";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Lane)
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.get("/lane", Proof::None, Self::nothing).get("/lane/{place}", Proof::None, Self::nothing);
    }
}
impl Lane {
    async fn nothing(&self, _: &Request) -> Result<Outcome, Refusal> {
        Ok(Outcome::default())
    }
}

fn call(path: &str, token: &str, body: &str) -> Sample {
    let headers = vec![("x-wire-token".to_owned(), token.to_owned())];
    Sample { path: Some(path.to_owned()), headers, body: body.to_owned().into() }
}

#[tokio::test]
async fn what_a_network_serves_is_answered_and_found_without_what_people_said() {
    let config = "[chats.wire]\nnetwork = \"wire\"\npath = \"/wire/{key}\"";
    let bot = Bot::bare().admin("ann").admin("wire:eve").config(config).start().await;
    bot.post("server", call("/wire/k3y", "s3cret", "bob !echo a typed canary")).await;
    bot.post("server", call("/wire/k3y", "s3cret", "a-typed-canary")).await;
    bot.post("server", call("/wire/k3y", "guessed", "bob !echo a typed canary")).await;
    assert_eq!(*POSTED.lock().unwrap(), ["bob: a typed canary"]);
    bot.say("ann", "!requests").await;
    bot.say("ann", "!requests show 1").await;
    bot.say("ann", "!requests show 2").await;
    bot.say("ann", "!incidents").await;
    bot.say("ann", "!requests replay 1").await;
    bot.say("ann", "!requests replay 2").await;
    let shown = transcript(&bot);
    for secret in ["canary", "k3y", "s3cret", "guessed"] {
        assert!(!shown.replace("/wire/k3y", "").contains(secret), "{secret} in {shown}");
    }
    insta::assert_snapshot!(shown, @"
    server  > POST /wire/k3y 204
    server  > POST /wire/k3y 400: nobody says it
    server  > POST /wire/k3y 403
    ann     > !requests
    bot     > #3 2026-11-20 10:00:00Z POST /wire/… from 127.0.0.1: 403 refused: the token is another
              #2 2026-11-20 10:00:00Z POST /wire/… from 127.0.0.1: 400 refused: nobody says it
              #1 2026-11-20 10:00:00Z POST /wire/… from 127.0.0.1: 204 accepted: 1 message
    ann     > !requests show 1
    bot     > #1 2026-11-20 10:00:00Z POST /wire/… from 127.0.0.1: 204 accepted: 1 message
              x-wire-token: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 24
              The body was not kept: what people say to a chat network is not.
              It led to no notice.
    ann     > !requests show 2
    bot     > #2 2026-11-20 10:00:00Z POST /wire/… from 127.0.0.1: 400 refused: nobody says it
              x-wire-token: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 14
              The body was not kept: what people say to a chat network is not.
              It led to no notice.
    ann     > !incidents
    bot     > #2 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /wire/…: the token is another (!requests show 3)
              #1 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /wire/…: nobody says it (!requests show 2)
    ann     > !requests replay 1
    bot     > #1 cannot be run again: it came to a chat network: what people say is not kept.
    ann     > !requests replay 2
    bot     > #2 cannot be run again: it came to a chat network: what people say is not kept.
    ");
    let metrics = bot.call("prometheus", http::Method::GET, "/metrics", |request| request).await;
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    let counted = "factotum_requests_total{plugin=\"wire\",outcome=\"accepted\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
    for file in ["journal.db", "journal.db-wal"] {
        let kept = std::fs::read(bot.folder().join("data").join(file)).unwrap();
        assert!(!kept.windows(6).any(|bytes| bytes == b"canary"), "{file}");
    }
}

#[tokio::test]
async fn a_hook_that_a_network_and_a_plugin_both_have_stops_the_start() {
    let wire = |path: &str| format!("[chats.wire]\nnetwork = \"wire\"\npath = \"{path}\"");
    let mut said = vec![];
    for path in ["/lane", "/lane/{other}", "wire", "/metrics"] {
        let bot = Bot::with::<Lane>().admin("wire:eve").config(&wire(path)).try_start().await;
        said.push(format!("{:#}", bot.err().expect("it does not start")));
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    the network wire and the plugin lane both have a hook /lane
    the hooks /lane/{other} of the network wire and /lane/{place} of the plugin lane could mean the same path
    the network wire has a hook "wire": a path begins with /
    the network wire has a hook /metrics, which is the host's own
    "#);
}

#[tokio::test]
async fn a_network_that_does_not_start_says_why_without_its_token() {
    let config = "[chats.wire]\nnetwork = \"wire\"\ntoken = \"123:t0ken-canary\"\nrefused = true";
    let bot = Bot::bare().admin("wire:eve").config(config).try_start().await;
    insta::assert_snapshot!(format!("{:#}", bot.err().expect("it does not start")), @"chats.wire: http://127.0.0.1/bot***/getMe was refused");
}

#[tokio::test]
async fn a_network_that_is_up_and_not_well_says_so_to_admins() {
    let bot = Bot::bare().admin("ann").start().await;
    bot.script().ailing("another bot listens with this token");
    bot.say("eve", "!status").await;
    bot.say("ann", "!status").await;
    let metrics = bot.call("prometheus", http::Method::GET, "/metrics", |request| request).await;
    assert!(String::from_utf8_lossy(&metrics.body).contains("factotum_network_up{network=\"console\"} 1"));
    let shown = transcript(&bot);
    let lines: Vec<&str> = shown.lines().filter(|line| line.contains("console")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    console connected, but not well since 2026-11-20 10:00:00Z
    console connected, but not well since 2026-11-20 10:00:00Z: another bot listens with this token
    factotum_outbox_waiting{network="console"} 0
    factotum_outbox_oldest_seconds{network="console"} 0.0
    factotum_outbox_dead{network="console"} 0
    factotum_network_up{network="console"} 1
    "#);
    bot.script().up();
    bot.pass(Duration::from_secs(60)).await;
    bot.say("ann", "!status").await;
    let shown = transcript(&bot);
    let lines: Vec<&str> = shown.lines().filter(|line| line.contains("console")).collect();
    insta::assert_snapshot!(lines.join("\n"), @"          console connected; last error 2026-11-20 10:00:00Z: another bot listens with this token");
}

#[tokio::test]
async fn replies_keep_the_pace_and_leave_a_chat_alone_that_asked_for_it() {
    let secs = Duration::from_secs;
    let bot = Bot::bare().admin("ann").start().await;
    bot.script().pace(1, secs(3));
    bot.say("ann", "!echo one").await;
    bot.begin_to_say("ann", "!echo two");
    turns().await;
    bot.clock().advance(secs(2));
    turns().await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !echo one
    bot     > one
    ann     > !echo two
    ");
    bot.pass(secs(1)).await;
    bot.pass(secs(3)).await;
    assert_eq!(bot.transcript(), "bot     > two\n");
    // The pause that the first asks for holds for the second as well.
    bot.script().fail_next(Trouble::RetryAfter(secs(20)));
    bot.begin_to_say("ann", "!echo three");
    turns().await;
    bot.begin_to_say("bob", "!echo four");
    turns().await;
    bot.clock().advance(secs(19));
    turns().await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !echo three
    bob     > !echo four
    ");
    let (mut said, mut seconds) = (String::new(), 0);
    while !(said.contains("> three") && said.contains("> four")) {
        bot.clock().advance(secs(1));
        turns().await;
        said += &bot.transcript();
        seconds += 1;
        assert!(seconds < 1000, "{said}");
    }
    assert!(seconds > 3, "they share the pace of their room");
    bot.pass(secs(3)).await;
    // Longer than a person would wait: given up at once.
    bot.pass(secs(3)).await;
    bot.script().fail_next(Trouble::RetryAfter(secs(61)));
    bot.say("ann", "!echo five").await;
    bot.say("bob", "!echo six").await;
    bot.say_in("ops", "bob", "!echo elsewhere").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !echo five
    bob     > !echo six
    bob@ops > !echo elsewhere
    bot@ops > elsewhere
    ");
}

/// Lets everything run that waits neither for the clock nor for a disk.
async fn turns() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_route_to_where_the_bot_cannot_post_is_made_with_a_warning() {
    let bot = crate::travis::travis(crate::travis::NO_KEYS).start().await;
    bot.script().out_of_reach("dev", "chat not found");
    bot.say("ann", "!travis route o/r dev").await;
    bot.say("ann", "!travis route o/r ops").await;
    // One that does not answer is not waited for.
    bot.script().hold("slow");
    bot.begin_to_say("ann", "!travis route o/r slow");
    let mut said = bot.transcript();
    for _ in 0..1000 {
        bot.clock().advance(Duration::from_millis(100));
        turns().await;
        said += &bot.transcript();
        if said.contains("to console:slow for") {
            break;
        }
    }
    insta::assert_snapshot!(said, @"
    ann     > !travis route o/r dev
    bot     > Done. Relaying messages from o/r to console:dev for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
              I cannot post to console:dev now: chat not found. Add me there.
    ann     > !travis route o/r ops
    bot     > Done. Relaying messages from o/r to console:ops for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis route o/r slow
    bot     > Done. Relaying messages from o/r to console:slow for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ");
}

/// Nobody can say anything there, so nobody needs to be in charge.
#[tokio::test]
async fn a_network_that_only_posts_starts_without_an_admin() {
    let only = "[chats.hipchat]\ntoken = \"t\"\nendpoint = \"http://127.0.0.1:1\"\n";
    let bot = Bot::bare().config(only).start().await;
    assert!(bot.host().shared.networks().get("hipchat").is_some());
    let both = format!("{only}[chats.telegram]\ntoken = \"1:x\"\n");
    let error = Bot::bare().config(&both).try_start().await.err().expect("people can speak there");
    assert!(format!("{error:#}").contains("chats.telegram: a chat network does not start"), "{error:#}");
}

/// A network whose rooms have any name.
struct Anywhere;
#[async_trait::async_trait]
impl Network for Anywhere {
    async fn run(&self, _: Inbox) -> Result<()> {
        std::future::pending().await
    }
    async fn post(&self, _: &str, _: &Message) -> Result<String, PostError> {
        Ok(String::new())
    }
    fn limits(&self) -> Limits {
        Limits::default()
    }
    fn parse_chat(&self, word: &str) -> Option<String> {
        Some(word.to_owned())
    }
    fn address_form(&self) -> &'static str {
        "Room"
    }
    fn private_chat(&self, _: &str) -> Option<String> {
        None
    }
}

#[tokio::test]
async fn a_chat_of_a_network_that_is_not_loaded_is_no_room_of_another() {
    let bot = Bot::bare().admin("ann").network("x", std::sync::Arc::new(Anywhere)).start().await;
    let lines = [
        "!group --chat telegram:-1001234",
        "!silence --chat irc:#dev nightly 1h",
        "!silence --chat x:irc:#dev nightly 1h",
        "!group off --chat 'Dev Room'",
        "!quiet --chat x:dev",
    ];
    for line in lines {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(transcript(&bot), @r#"
    ann     > !group --chat telegram:-1001234
    bot     > --chat: "telegram:-1001234" is no chat of a loaded network: one is like console:ops or x:Room
              Usage: !group [OPTIONS] [WORDS]...
    ann     > !silence --chat irc:#dev nightly 1h
    bot     > --chat: "irc:#dev" is no chat of a loaded network: one is like console:ops or x:Room
              Usage: !silence [OPTIONS] [WORDS]...
    ann     > !silence --chat x:irc:#dev nightly 1h
    bot     > Silence #1: notices with nightly stay out of x:irc:#dev until 2026-11-20 11:00:00Z. !silence end 1 ends it before.
    ann     > !group off --chat 'Dev Room'
    bot     > x:Dev Room: Every notice is a message of its own. !group after 5 --chat "x:Dev Room" changes that, !group on --chat "x:Dev Room" goes back to what the config says.
    ann     > !quiet --chat x:dev
    bot     > x:dev: There are no quiet hours. !quiet 22:00-07:00 --zone Europe/Berlin --chat x:dev would set some.
    "#);
}
