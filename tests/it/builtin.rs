//! The host's own commands, as an admin and as anybody else reads their answers.
//! `!config` has tests of its own.
use crate::hooks::{noted, transcript};
use factotum_host::journal::Filter;
use factotum_plugin_api::chat::{Inbox, Incoming, Limits, Message, Network, PostError};
use factotum_plugin_api::prelude::*;
use factotum_testing::{Bot, Builder, Trouble};
use http::{Method, StatusCode};
use std::sync::Arc;

/// A plugin with something of everything.
struct Parrot {
    host: Host,
    born: factotum_plugin_api::jiff::Timestamp,
}

/// Say it twice
#[derive(Args)]
struct SayArgs {
    /// What to say
    #[arg(required = true)]
    words: Vec<String>,
    /// How it is said
    #[arg(long, default_value = "aloud")]
    voice: Voice,
}
#[derive(Clone, ValueEnum)]
enum Voice {
    Aloud,
    Hoarse,
}
/// Say how old the parrot is
#[derive(Args)]
struct AgeArgs {}
/// Teach the parrot
#[derive(Args)]
struct TeachArgs {
    /// The word that it is to keep to itself
    word: Secret,
}

impl Plugin for Parrot {
    const NAME: &'static str = "parrot";
    type Config = NoConfig;
    fn start(_: NoConfig, host: Host) -> Result<Self> {
        Ok(Parrot { born: host.clock.now(), host })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands
            .on("parrot say", Access::EVERYONE, Self::say)
            .alias("squawk")
            .on("parrot", Access::EVERYONE, Self::age)
            .on("parrot teach", Access::role("keepers").confirmed(), Self::teach);
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/parrot", Proof::None, Self::hear).get("/parrot/{what}", Proof::None, Self::ask);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.every("molt", Duration::from_secs(3600), Self::molt);
    }
    async fn status(&self) -> Result<Text> {
        Ok("3 feathers left".into())
    }
}
impl Parrot {
    async fn say(&self, _: &Call, args: SayArgs) -> Result<Reply> {
        let words = args.words.join(" ");
        Ok(match args.voice {
            Voice::Aloud => format!("{words}, {words}!"),
            Voice::Hoarse => format!("{words}, {words} …"),
        }
        .into())
    }
    async fn age(&self, _: &Call, _: AgeArgs) -> Result<Reply> {
        Ok(format!("born at {}", self.born.strftime("%H:%M")).into())
    }
    async fn teach(&self, _: &Call, args: TeachArgs) -> Result<Reply> {
        Ok(format!("I know a word of {} letters", args.word.expose().len()).into())
    }
    async fn hear(&self, request: &Request) -> Result<Outcome, Refusal> {
        let words: String = request.json()?;
        if words == "hush" {
            return Err(Refusal::Ignored("it is night".into()));
        }
        let notice = |room| Notice::new(ChatId::new("console", room), format!("{words}, {words}!"));
        let rooms = if words.len() > 40 { vec!["ops", "dev"] } else { vec!["ops"] };
        Ok(rooms.into_iter().map(notice).collect::<Outcome>().summary(format!("{} letters", words.len())))
    }
    async fn ask(&self, _: &Request) -> Result<Outcome, Refusal> {
        Ok(Outcome::default().answer(StatusCode::OK, "a parrot\n"))
    }
    async fn molt(&self, tick: &Tick) -> Result<()> {
        let text = format!("a feather at {}", tick.at.strftime("%H:%M"));
        self.host.outbox.post(Notice::new(ChatId::new("console", "cage"), text), None).await?;
        Ok(())
    }
}

/// A plugin that cannot say how it stands.
struct Sphinx;
impl Plugin for Sphinx {
    const NAME: &'static str = "sphinx";
    type Config = Riddle;
    fn start(_: Riddle, _: Host) -> Result<Self> {
        Ok(Sphinx)
    }
    async fn status(&self) -> Result<Text> {
        Err(anyhow::anyhow!("canary").into())
    }
}
/// A riddle
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Riddle {
    /// What it asks
    #[expect(dead_code, reason = "nobody has answered it")]
    question: String,
}

/// No chance in the pauses of the outbox.
const EXACT: &str = "[outbox]\njitter = 0.0";
const KEEPERS: &str = "[access.roles]\nkeepers = [\"console:bob\"]";

/// A bot with the parrot, whose first feather has fallen.
async fn parrot(more: Builder) -> Bot {
    let bot = more.and::<Parrot>().admin("ann").start().await;
    bot.posted("a feather at 10:00").await;
    bot.transcript();
    bot
}

fn hear(words: &str) -> Sample {
    let body = serde_json::to_vec(words).unwrap().into();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = vec![pair("content-type", "application/json"), pair("x-gitlab-token", "canary")];
    Sample { path: Some("/parrot".into()), headers, body }
}

#[tokio::test]
async fn help_shows_what_the_sender_may_run() {
    let bot = parrot(Bot::bare().config(KEEPERS)).await;
    for who in ["ann", "bob", "eve"] {
        bot.say(who, "!help").await;
    }
    bot.say("ann", "!help host").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !help
    bot     > • host: !about, !acl, !apropos, !cancel, !commands, !config, !echo, !getid, !group, !help, !history, !incidents, !lang, !log, !outbox, !plugin, !quiet, !reload, !repos, !requests, !running, !silence, !status, !whoami. The bot itself – !help host
              • parrot: say, teach. under test – !help parrot
              !help COMMAND explains one command.
    bob     > !help
    bot     > host
              • !about: Say what this bot is
              • !apropos <WORDS>...: Find commands by what they are called and what their help says
              • !cancel [WHICH]: End what you run in this chat; your lines that wait behind it are run
              • !commands [FORM]: List the commands you may run, in one line
              • !echo <WORDS>...: Say it back
              • !getid: Show your id and that of this chat, for the config and for routes
              • !help [COMMAND]...: List the commands you may run, or explain one
              • !history: List your last commands in this chat: !! repeats the last one, !3 the third last
              • !lang [LANGUAGE]: Show the language of answers, or choose one: in private for yourself, in a group for all of it
              • !lang me <LANGUAGE>: Choose the language that you are answered in
              • !plugin info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
              • !plugin list: List the plugins of this binary, and those it was built without
              • !repos: List the plugins of this binary, and those it was built without
              • !repos info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
              • !repos search <WORDS>...: Find plugins by name or by what they do
              • !status: Show how the host, its chats and its plugins stand
              • !whoami: Show who you are to the bot
              parrot
              • !parrot: Say how old the parrot is
              • !parrot say [OPTIONS] <WORDS>...: Say it twice
              • !parrot teach <WORD>: Teach the parrot (in private)
              !help COMMAND says more on one of them.
    eve     > !help
    bot     > host
              • !about: Say what this bot is
              • !apropos <WORDS>...: Find commands by what they are called and what their help says
              • !cancel [WHICH]: End what you run in this chat; your lines that wait behind it are run
              • !commands [FORM]: List the commands you may run, in one line
              • !echo <WORDS>...: Say it back
              • !getid: Show your id and that of this chat, for the config and for routes
              • !help [COMMAND]...: List the commands you may run, or explain one
              • !history: List your last commands in this chat: !! repeats the last one, !3 the third last
              • !lang [LANGUAGE]: Show the language of answers, or choose one: in private for yourself, in a group for all of it
              • !lang me <LANGUAGE>: Choose the language that you are answered in
              • !plugin info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
              • !plugin list: List the plugins of this binary, and those it was built without
              • !repos: List the plugins of this binary, and those it was built without
              • !repos info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
              • !repos search <WORDS>...: Find plugins by name or by what they do
              • !status: Show how the host, its chats and its plugins stand
              • !whoami: Show who you are to the bot
              parrot
              • !parrot: Say how old the parrot is
              • !parrot say [OPTIONS] <WORDS>...: Say it twice
              !help COMMAND says more on one of them.
    ann     > !help host
    bot     > host
              • !about: Say what this bot is
              • !acl: List the roles, the rules of the config and what plugins have granted
              • !acl why <SENDER> <COMMAND>...: Explain whether a sender may run a command, and which rule says so
              • !apropos <WORDS>...: Find commands by what they are called and what their help says
              • !cancel [WHICH]: End what you run in this chat; your lines that wait behind it are run
              • !commands [FORM]: List the commands you may run, in one line
              • !config [SECTION]: Show the config: each value and where it comes from; secrets are masked (in private)
              • !echo <WORDS>...: Say it back
              • !getid: Show your id and that of this chat, for the config and for routes
              • !group [OPTIONS] [WORDS]...: Show when good notices come as one message in this chat, or set it
              • !help [COMMAND]...: List the commands you may run, or explain one
              • !history: List your last commands in this chat: !! repeats the last one, !3 the third last
              • !incidents [OPTIONS] [FILTER]...: List the newest refusals and limits hit
              • !lang [LANGUAGE]: Show the language of answers, or choose one: in private for yourself, in a group for all of it
              • !lang chat <LANGUAGE>: Choose the language of this chat
              • !lang me <LANGUAGE>: Choose the language that you are answered in
              • !log tail [FILTER]...: Show the last lines of the host's log (in private)
              • !outbox drop <NOTICES>...: Take notices out of the outbox for good
              • !outbox list [FILTER]...: List the notices that wait or were given up
              • !outbox retry <NOTICES>...: Try notices again at once: dead letters, or waiting ones before their time
              • !plugin disable <PLUGIN>: Turn a plugin off: its commands, hooks and jobs are gone until it is enabled
              • !plugin enable <PLUGIN>: Turn a plugin on
              • !plugin info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
              • !plugin list: List the plugins of this binary, and those it was built without
              • !quiet [OPTIONS] [HOURS] [HOLD]: Show the quiet hours of this chat, or set them: within them notices ring no phone
              • !quiet off [OPTIONS]: Take the quiet hours of this chat away; what waits for their end is posted at once
              • !reload: Read the config anew: with a mistake in it nothing changes (in private)
              • !repos: List the plugins of this binary, and those it was built without
              • !repos info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
              • !repos search <WORDS>...: Find plugins by name or by what they do
              • !requests [OPTIONS] [FILTER]...: List the newest requests that hooks got
              • !requests replay [OPTIONS] <REQUESTS>...: Run stored requests through their hooks again, with the routes of now, and post what follows
              • !requests show [OPTIONS] <ID>: Show a request: headers, body, what was decided and why, each attempt
              • !running: List the commands that run: who runs what, where, and for how long
              • !silence [OPTIONS] [WORDS]...: Keep notices out of this chat for a while, or list the silences of now
              • !silence end <ID>: End a silence before its time
              • !status: Show how the host, its chats and its plugins stand
              • !whoami: Show who you are to the bot
    ");
}

#[tokio::test]
async fn help_explains_a_group_or_a_command() {
    let bot = parrot(Bot::bare().config(KEEPERS)).await;
    for words in ["parrot", "parrot say", "!Squawk", "parrot teach", "outbox", "host"] {
        bot.say("bob", &format!("!help {words}")).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !help parrot
    bot     > !parrot
              Say how old the parrot is.
              It is for everyone, unless a rule of the config says otherwise.
              parrot
              • !parrot say [OPTIONS] <WORDS>...: Say it twice
              • !parrot teach <WORD>: Teach the parrot (in private)
    bob     > !help parrot say
    bot     > !parrot say [OPTIONS] <WORDS>...
              Say it twice.
              • WORDS: What to say
              • --voice: How it is said (aloud or hoarse)
              Also: !squawk
              It is for everyone, unless a rule of the config says otherwise.
    bob     > !help !Squawk
    bot     > !parrot say [OPTIONS] <WORDS>...
              Say it twice.
              • WORDS: What to say
              • --voice: How it is said (aloud or hoarse)
              Also: !squawk
              It is for everyone, unless a rule of the config says otherwise.
    bob     > !help parrot teach
    bot     > !parrot teach <WORD>
              Teach the parrot.
              • WORD: The word that it is to keep to itself
              It is for keepers and admins, unless a rule of the config says otherwise. It is run in private only. It asks before it does anything.
    bob     > !help outbox
    bot     > There is no command !outbox. Try !help.
    bob     > !help host
    bot     > host
              • !about: Say what this bot is
              • !apropos <WORDS>...: Find commands by what they are called and what their help says
              • !cancel [WHICH]: End what you run in this chat; your lines that wait behind it are run
              • !commands [FORM]: List the commands you may run, in one line
              • !echo <WORDS>...: Say it back
              • !getid: Show your id and that of this chat, for the config and for routes
              • !help [COMMAND]...: List the commands you may run, or explain one
              • !history: List your last commands in this chat: !! repeats the last one, !3 the third last
              • !lang [LANGUAGE]: Show the language of answers, or choose one: in private for yourself, in a group for all of it
              • !lang me <LANGUAGE>: Choose the language that you are answered in
              • !plugin info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
              • !plugin list: List the plugins of this binary, and those it was built without
              • !repos: List the plugins of this binary, and those it was built without
              • !repos info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
              • !repos search <WORDS>...: Find plugins by name or by what they do
              • !status: Show how the host, its chats and its plugins stand
              • !whoami: Show who you are to the bot
    ");
}

#[tokio::test]
async fn about_whoami_and_echo() {
    let bot = Bot::bare().admin("ann").config(KEEPERS).start().await;
    bot.say("eve", "!about").await;
    bot.say_in("ops", "ann", "!whoami").await;
    bot.say_privately("bob", "!whoami").await;
    bot.say("eve", "!whoami").await;
    bot.say("eve", "!echo  two   spaces are one, #and <b>this</b> stays").await;
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !about
    bot     > Factotum 0.1.0: I am a bot that tells chats what happens on your servers, such as how a build went, and that runs commands for you. What I can do comes from plugins: !repos lists them, !help lists what you may ask of me.
    ann@ops > !whoami
    bot@ops > You are ann, console:ann, in console:ops. You are an admin.
    bob     > !whoami
    bot     > You are bob, console:bob, in private (console:bob). Roles: keepers.
    eve     > !whoami
    bot     > You are eve, console:eve, in console:lobby.
    eve     > !echo  two   spaces are one, #and <b>this</b> stays
    bot     > two spaces are one, #and <b>this</b> stays
    ");
}

#[tokio::test]
async fn status_tells_how_the_host_its_chats_and_its_plugins_stand() {
    let riddle = "[plugins.sphinx]\nquestion = \"?\"\n[outbox]\njitter = 0.0";
    let bot = parrot(Bot::with::<Sphinx>().config(riddle).scripted("libera")).await;
    bot.pass(Duration::from_secs(3 * 86_400 + 7_200 + 59)).await;
    bot.posted("a feather at 12:00").await;
    bot.settled().await;
    bot.transcript();
    bot.say("ann", "!status").await;
    bot.say("eve", "!status").await;
    let text = transcript(&bot);
    assert!(!text.contains("canary"), "{text}");
    insta::assert_snapshot!(text, @"
    ann     > !status
    bot     > factotum 0.1.0, up 3 d 2 h
              console connected
              libera connected
              plugins on: parrot, sphinx
              parrot 3 feathers left
              sphinx did not say how it stands; the log of the host says why
              journal under 10 MB
              hooks at http://127.0.0.1:PORT
    eve     > !status
    bot     > factotum 0.1.0, up 3 d 2 h
              console connected
              libera connected
              plugins on: parrot, sphinx
              parrot 3 feathers left
              sphinx did not say how it stands; the log of the host says why
    ");
}

#[tokio::test]
async fn status_tells_of_a_backlog_and_of_dead_letters() {
    let bot = parrot(Bot::bare().config(EXACT)).await;
    bot.script().fail_next_in("ops", Trouble::Permanent("the bot was removed"));
    bot.post("zoo", hear("ahoy")).await;
    bot.script().fail_next_in("ops", Trouble::RetryAfter(Duration::from_secs(600)));
    bot.post("zoo", hear("aloha")).await;
    bot.post("zoo", hear("ahem")).await;
    bot.transcript();
    bot.pass(Duration::from_secs(300)).await;
    bot.say("ann", "!status").await;
    insta::assert_snapshot!(transcript(&bot), @"
    ann     > !status
    bot     > factotum 0.1.0, up 5 min
              console connected; 2 waiting, the oldest for 5 min, next try 2026-11-20 10:10:00Z; 1 given up: !outbox list dead; last error 2026-11-20 10:00:00Z: asked to wait 600 s
              plugins on: parrot
              parrot 3 feathers left
              journal under 10 MB
              hooks at http://127.0.0.1:PORT
    ");
}

#[tokio::test]
async fn status_tells_since_when_a_network_is_down_and_what_went_wrong() {
    let bot = parrot(Bot::bare().config(EXACT).scripted("libera")).await;
    bot.script().fail_next_in("ops", Trouble::Transient);
    bot.post("zoo", hear("ahoy")).await;
    bot.pass(Duration::from_secs(60)).await;
    bot.say("ann", "!status").await;
    bot.script().down();
    bot.post("zoo", hear("aloha")).await;
    bot.pass(Duration::from_secs(300)).await;
    // An answer cannot be posted while its network is down: it is asked on the other.
    for who in ["ann", "eve"] {
        let sender = Sender::new("console", who, who);
        bot.hear(Incoming::new(ChatId::new("libera", "#ops"), sender, false, "!status")).await.unwrap();
        bot.settled().await;
    }
    insta::assert_snapshot!(transcript(&bot), @"
    zoo     > POST /parrot 204
    bot@ops > ahoy, ahoy!
    ann     > !status
    bot     > factotum 0.1.0, up 1 min
              console connected; last error 2026-11-20 10:00:00Z: the network is down
              libera connected
              plugins on: parrot
              parrot 3 feathers left
              journal under 10 MB
              hooks at http://127.0.0.1:PORT
    zoo     > POST /parrot 204
    ann@#ops > !status
    bot@libera:#ops > factotum 0.1.0, up 6 min
              console not connected since 2026-11-20 10:01:00Z: the network is down; 1 waiting, the oldest for 5 min, next try 2026-11-20 10:06:02Z
              libera connected
              plugins on: parrot
              parrot 3 feathers left
              journal under 10 MB
              hooks at http://127.0.0.1:PORT
    eve@#ops > !status
    bot@libera:#ops > factotum 0.1.0, up 6 min
              console not connected since 2026-11-20 10:01:00Z; 1 waiting, the oldest for 5 min
              libera connected
              plugins on: parrot
              parrot 3 feathers left
    ");
}

/// A network that ends for good when it is told to.
struct Mortal(tokio::sync::Notify);
#[async_trait::async_trait]
impl Network for Mortal {
    async fn run(&self, _: Inbox) -> Result<()> {
        self.0.notified().await;
        Err(anyhow::anyhow!("wrong token").into())
    }
    async fn post(&self, _: &str, _: &Message) -> Result<String, PostError> {
        Err(PostError::Transient(anyhow::anyhow!("not connected")))
    }
    fn limits(&self) -> Limits {
        Limits::default()
    }
    fn parse_chat(&self, word: &str) -> Option<String> {
        word.starts_with('+').then(|| word.to_owned())
    }
    fn address_form(&self) -> &'static str {
        "+49"
    }
    fn private_chat(&self, account: &str) -> Option<String> {
        Some(account.to_owned())
    }
}

#[tokio::test]
async fn a_network_that_has_given_up_is_shown_and_the_admins_are_told_on_another() {
    let mortal = Arc::new(Mortal(tokio::sync::Notify::new()));
    let bot = parrot(Bot::bare().config(EXACT).network("sms", mortal.clone())).await;
    mortal.0.notify_one();
    bot.posted("has given up").await;
    bot.pass(Duration::from_secs(60)).await;
    bot.say("ann", "!status").await;
    bot.say("eve", "!status").await;
    insta::assert_snapshot!(transcript(&bot), @"
    bot     > [host] The network sms has given up: wrong token. Nothing is read there any more: mend it in the config and start me again. !status shows what waits for it.
    ann     > !status
    bot     > factotum 0.1.0, up 1 min
              console connected
              sms has given up since 2026-11-20 10:00:00Z: wrong token
              plugins on: parrot
              parrot 3 feathers left
              journal under 10 MB
              hooks at http://127.0.0.1:PORT
    eve     > !status
    bot     > factotum 0.1.0, up 1 min
              console connected
              sms has given up since 2026-11-20 10:00:00Z
              plugins on: parrot
              parrot 3 feathers left
    ");
}

#[tokio::test]
async fn the_log_is_for_admins_in_private() {
    let bot = parrot(Bot::bare()).await;
    bot.say("ann", "!log tail").await;
    bot.say_privately("eve", "!log tail").await;
    bot.say_privately("ann", "!log tail").await;
    bot.say_privately("ann", "!log 5 warn travis").await;
    insta::assert_snapshot!(transcript(&bot), @"
    ann     > !log tail
    bot     > Please ask me !log tail in a private chat.
    eve     > !log tail
    bot     > !log tail is for admins. !whoami shows who you are to me.
    ann     > !log tail
    bot     > No lines in the log since I was started.
    ann     > !log 5 warn travis
    bot     > Nothing like that.
    ");
}

#[tokio::test]
async fn plugins_are_listed_with_those_left_out() {
    let bot = parrot(Bot::with::<Sphinx>().left_out("macaw", "birds")).await;
    for line in [
        "!repos",
        "!repos list",
        "!repos search PAR",
        "!repos search mac",
        "!repos search under test",
        "!repos search penguin",
        "!repos info Parrot",
        "!repos info sphinx",
        "!repos info macaw",
        "!repos info penguin",
        "!plugin list",
        "!plugin info parrot",
        "!plugin enable macaw",
        "!plugin enable sphinx",
        "!plugin disable sphinx",
        "!plugin disable penguin",
        "!plugin enable parrot",
    ] {
        bot.say("ann", line).await;
    }
    bot.say("eve", "!repos").await;
    bot.say("eve", "!plugin disable parrot").await;
    insta::assert_snapshot!(transcript(&bot), @"
    ann     > !repos
    bot     > parrot 0.0.0, on: under test
              sphinx 0.0.0, off until the config has plugins.sphinx.question: under test
              macaw is not in this binary: build it with --features birds
    ann     > !repos list
    bot     > There is no command !repos list. Did you mean !repos?
    ann     > !repos search PAR
    bot     > parrot 0.0.0, on: under test
    ann     > !repos search mac
    bot     > macaw is not in this binary: build it with --features birds
    ann     > !repos search under test
    bot     > parrot 0.0.0, on: under test
              sphinx 0.0.0, off until the config has plugins.sphinx.question: under test
    ann     > !repos search penguin
    bot     > No such plugin.
    ann     > !repos info Parrot
    bot     > parrot 0.0.0, on: under test
              commands: !parrot say, !parrot, !parrot teach
              hooks: POST http://127.0.0.1:PORT/parrot, GET http://127.0.0.1:PORT/parrot/{what}
              jobs: molt
    ann     > !repos info sphinx
    bot     > sphinx 0.0.0, off until the config has plugins.sphinx.question: under test
    ann     > !repos info macaw
    bot     > macaw is not in this binary: build it with --features birds
    ann     > !repos info penguin
    bot     > There is no plugin penguin. !repos lists those that there are.
    ann     > !plugin list
    bot     > parrot 0.0.0, on: under test
              sphinx 0.0.0, off until the config has plugins.sphinx.question: under test
              macaw is not in this binary: build it with --features birds
    ann     > !plugin info parrot
    bot     > parrot 0.0.0, on: under test
              commands: !parrot say, !parrot, !parrot teach
              hooks: POST http://127.0.0.1:PORT/parrot, GET http://127.0.0.1:PORT/parrot/{what}
              jobs: molt
    ann     > !plugin enable macaw
    bot     > macaw is not in this binary: build it with --features birds
    ann     > !plugin enable sphinx
    bot     > sphinx needs in the config: plugins.sphinx.question
    ann     > !plugin disable sphinx
    bot     > sphinx is already off.
    ann     > !plugin disable penguin
    bot     > There is no plugin penguin. !repos lists those that there are.
    ann     > !plugin enable parrot
    bot     > parrot is already on.
    eve     > !repos
    bot     > parrot 0.0.0, on: under test
              sphinx 0.0.0, off until the config has plugins.sphinx.question: under test
              macaw is not in this binary: build it with --features birds
    eve     > !plugin disable parrot
    bot     > !plugin disable is for admins. !whoami shows who you are to me.
    ");
}

#[tokio::test]
async fn a_disabled_plugin_is_closed_until_it_is_enabled() {
    let mut bot = parrot(Bot::bare()).await;
    bot.say("eve", "!parrot").await;
    bot.say("ann", "!plugin disable Parrot").await;
    bot.say("ann", "!plugin disable parrot").await;
    let closed = async |bot: &Bot| {
        bot.say("eve", "!parrot").await;
        bot.say("eve", "!help parrot").await;
        bot.post("zoo", hear("ahoy")).await;
        bot.call("zoo", Method::GET, "/parrot/x", |request| request).await;
        bot.say("eve", "!plugin info parrot").await;
        bot.say("eve", "!repos").await;
    };
    closed(&bot).await;
    bot.pass(Duration::from_secs(7_200)).await;
    bot.restart().await;
    closed(&bot).await;
    bot.script().hold("cage");
    bot.begin_to_say("ann", "!plugin enable parrot");
    bot.posted("parrot is now on.").await;
    bot.script().release();
    bot.posted("a feather at 12:00").await;
    bot.say("eve", "!parrot").await;
    bot.post("zoo", hear("ahoy")).await;
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !parrot
    bot     > born at 10:00
    ann     > !plugin disable Parrot
    bot     > parrot is now off.
    ann     > !plugin disable parrot
    bot     > parrot is already off.
    eve     > !parrot
    bot     > There is no command !parrot. Try !help.
    eve     > !help parrot
    bot     > There is no command !parrot. Try !help.
    zoo     > POST /parrot 404
    zoo     > GET /parrot/x 404
    eve     > !plugin info parrot
    bot     > parrot 0.0.0, off: under test
    eve     > !repos
    bot     > parrot 0.0.0, off: under test
    eve     > !parrot
    bot     > There is no command !parrot. Try !help.
    eve     > !help parrot
    bot     > There is no command !parrot. Try !help.
    zoo     > POST /parrot 404
    zoo     > GET /parrot/x 404
    eve     > !plugin info parrot
    bot     > parrot 0.0.0, off: under test
    eve     > !repos
    bot     > parrot 0.0.0, off: under test
    ann     > !plugin enable parrot
    bot     > parrot is now on.
    bot@cage > a feather at 12:00
    eve     > !parrot
    bot     > born at 12:00
    zoo     > POST /parrot 204
    bot@ops > ahoy, ahoy!
    ");
    // Its job begins again too, and nobody knows which of them is first.
    bot.restart().await;
    bot.say("eve", "!parrot").await;
    bot.posted("bot     > born at 12:00").await;
}

#[tokio::test]
async fn a_question_for_a_plugin_names_those_that_fit() {
    let bot = parrot(Bot::bare()).await;
    for line in ["!plugin enable", "!nay", "!plugin disable", "1", "!plugin enable", "parrot"] {
        bot.say_privately("ann", line).await;
    }
    // Its job has begun again.
    bot.posted("a feather").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !plugin enable
    bot     > The plugin? (!nay leaves)
    ann     > !nay
    bot     > Never mind.
    ann     > !plugin disable
    bot     > The plugin? (!nay leaves)
              1. parrot
    ann     > 1
    bot     > parrot is now off.
    ann     > !plugin enable
    bot     > The plugin? (!nay leaves)
              1. parrot
    ann     > parrot
    bot     > parrot is now on.
    bot@cage > a feather at 10:00
    ");
}

#[tokio::test]
async fn a_plugin_that_the_config_turns_off_stays_off() {
    let bot = Bot::with::<Parrot>().admin("ann").config("[plugins.parrot]\nenabled = false").start().await;
    for line in ["!repos", "!parrot", "!plugin enable parrot", "!plugin disable parrot", "!plugin info parrot"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !repos
    bot     > parrot 0.0.0, off by the config: under test
    ann     > !parrot
    bot     > There is no command !parrot. Try !help.
    ann     > !plugin enable parrot
    bot     > parrot is off by the config (plugins.parrot.enabled = false, line 3): change it there, then run !reload.
    ann     > !plugin disable parrot
    bot     > parrot is already off.
    ann     > !plugin info parrot
    bot     > parrot 0.0.0, off by the config: under test
    ");
}

#[tokio::test]
async fn requests_are_listed_filtered_and_paged() {
    let bot = parrot(Bot::bare()).await;
    bot.say("ann", "!requests").await;
    for n in 0..18 {
        bot.post("zoo", hear(if n % 6 == 0 { "hush" } else { "ahoy" })).await;
        bot.pass(Duration::from_secs(1)).await;
    }
    bot.transcript();
    for line in [
        "!requests",
        "!requests before 4",
        "!requests before #1",
        "!requests IGNORED night",
        "!requests accepted before 17",
        "!requests console:ops before 3",
        "!requests 404",
        "!requests before x",
        "!requests show 19",
        "!requests show -1",
    ] {
        bot.say("ann", line).await;
    }
    bot.say("eve", "!requests").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !requests
    bot     > #18 2026-11-20 10:00:17Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #17 2026-11-20 10:00:16Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #16 2026-11-20 10:00:15Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #15 2026-11-20 10:00:14Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #14 2026-11-20 10:00:13Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #13 2026-11-20 10:00:12Z POST /parrot from 127.0.0.1: 204 ignored: it is night
              #12 2026-11-20 10:00:11Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #11 2026-11-20 10:00:10Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #10 2026-11-20 10:00:09Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #9 2026-11-20 10:00:08Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #8 2026-11-20 10:00:07Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #7 2026-11-20 10:00:06Z POST /parrot from 127.0.0.1: 204 ignored: it is night
              #6 2026-11-20 10:00:05Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #5 2026-11-20 10:00:04Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #4 2026-11-20 10:00:03Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              Older ones: !requests before 4
    ann     > !requests before 4
    bot     > #3 2026-11-20 10:00:02Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #2 2026-11-20 10:00:01Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #1 2026-11-20 10:00:00Z POST /parrot from 127.0.0.1: 204 ignored: it is night
    ann     > !requests before #1
    bot     > Nothing like that.
    ann     > !requests IGNORED night
    bot     > #13 2026-11-20 10:00:12Z POST /parrot from 127.0.0.1: 204 ignored: it is night
              #7 2026-11-20 10:00:06Z POST /parrot from 127.0.0.1: 204 ignored: it is night
              #1 2026-11-20 10:00:00Z POST /parrot from 127.0.0.1: 204 ignored: it is night
    ann     > !requests accepted before 17
    bot     > #16 2026-11-20 10:00:15Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #15 2026-11-20 10:00:14Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #14 2026-11-20 10:00:13Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #12 2026-11-20 10:00:11Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #11 2026-11-20 10:00:10Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #10 2026-11-20 10:00:09Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #9 2026-11-20 10:00:08Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #8 2026-11-20 10:00:07Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #6 2026-11-20 10:00:05Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #5 2026-11-20 10:00:04Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #4 2026-11-20 10:00:03Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #3 2026-11-20 10:00:02Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
              #2 2026-11-20 10:00:01Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
    ann     > !requests console:ops before 3
    bot     > #2 2026-11-20 10:00:01Z POST /parrot from 127.0.0.1: 204 accepted: 4 letters
    ann     > !requests 404
    bot     > Nothing like that.
    ann     > !requests before x
    bot     > before x: a row is named by its number, like before 120
    ann     > !requests show 19
    bot     > I know no request 19: none had that number, or it is too old.
    ann     > !requests show -1
    bot     > ID: -1 is no whole number.
              Usage: !requests show [OPTIONS] <ID>
    eve     > !requests
    bot     > !requests is for admins. !whoami shows who you are to me.
    ");
}

#[tokio::test]
async fn a_number_that_nothing_can_have_is_not_found() {
    let bot = Bot::bare().admin("ann").start().await;
    let most = u64::MAX;
    for line in ["!requests show", "!requests before", "!incidents before", "!outbox retry", "!outbox drop"] {
        bot.say("ann", &format!("{line} {most}")).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !requests show 18446744073709551615
    bot     > I know no request 18446744073709551615: none had that number, or it is too old.
    ann     > !requests before 18446744073709551615
    bot     > Nothing like that.
    ann     > !incidents before 18446744073709551615
    bot     > Nothing like that.
    ann     > !outbox retry 18446744073709551615
    bot     > No notice with the number 18446744073709551615 waits or was given up.
    ann     > !outbox drop 18446744073709551615
    bot     > No notice with the number 18446744073709551615 waits or was given up.
    ");
}

#[tokio::test]
async fn a_request_is_shown_with_all_that_came_of_it() {
    let bot = parrot(Bot::bare().config(EXACT)).await;
    bot.script().fail_next_in("ops", Trouble::Transient);
    let long =
        Sample { path: Some("/parrot?branch=main&token=canary".into()), ..hear(&"Pieces of eight! ".repeat(120)) };
    bot.post("zoo", long).await;
    bot.pass(Duration::from_secs(1)).await;
    bot.post("zoo", hear("hush")).await;
    bot.post("zoo", Sample { body: "not JSON".into(), ..hear("") }).await;
    bot.transcript();
    for id in 1..=3 {
        bot.say("ann", &format!("!requests show {id}")).await;
    }
    bot.say("ann", "!incidents").await;
    bot.say("eve", "!requests show 1").await;
    bot.say("eve", "!incidents").await;
    bot.say("ann", "!incidents denied").await;
    let text = transcript(&bot);
    assert!(!text.contains("canary"), "{text}");
    insta::assert_snapshot!(text, @r#"
    ann     > !requests show 1
    bot     > #1 2026-11-20 10:00:00Z POST /parrot from 127.0.0.1: 204 accepted: 2040 letters
              query: branch=main token=***
              content-type: application/json
              x-gitlab-token: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 2042
              "Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pieces of eight! Pie
              … and 542 characters more
              notice #2 to console:ops sent after 2 tries
              • 2026-11-20 10:00:00Z retry: the network is down (took 0 ms)
              • 2026-11-20 10:00:01Z posted: m3 (took 0 ms)
              notice #3 to console:dev sent after 1 try
              • 2026-11-20 10:00:00Z posted: m2 (took 0 ms)
    ann     > !requests show 2
    bot     > #2 2026-11-20 10:00:01Z POST /parrot from 127.0.0.1: 204 ignored: it is night
              content-type: application/json
              x-gitlab-token: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 6
              "hush"
              It led to no notice.
    ann     > !requests show 3
    bot     > #3 2026-11-20 10:00:01Z POST /parrot from 127.0.0.1: 400 refused: not the JSON we expect: expected ident at line 1 column 2
              content-type: application/json
              x-gitlab-token: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 8
              not JSON
              It led to no notice.
    ann     > !incidents
    bot     > #1 2026-11-20 10:00:01Z bad request from 127.0.0.1 at /parrot: not the JSON we expect: expected ident at line 1 column 2 (!requests show 3)
    eve     > !requests show 1
    bot     > !requests show is for admins. !whoami shows who you are to me.
    eve     > !incidents
    bot     > !incidents is for admins. !whoami shows who you are to me.
    ann     > !incidents denied
    bot     > #3 2026-11-20 10:00:01Z denied command from console:eve at !incidents: in console:lobby
              #2 2026-11-20 10:00:01Z denied command from console:eve at !requests show: in console:lobby
    "#);
}

#[tokio::test]
async fn the_outbox_is_listed_retried_and_dropped() {
    let bot = parrot(Bot::bare().config(EXACT)).await;
    bot.say("ann", "!outbox").await;
    for _ in 0..3 {
        bot.script().fail_next_in("ops", Trouble::Permanent("the bot was removed"));
        bot.post("zoo", hear("ahoy")).await;
    }
    bot.script().down();
    bot.post("zoo", hear("aloha")).await;
    bot.transcript();
    bot.script().up();
    for line in [
        "!outbox",
        "!outbox list waiting",
        "!outbox list dead removed",
        "!outbox list sent",
        "!outbox list dropped",
        "!outbox list waiting penguin",
        "!outbox list before 3",
    ] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !outbox
    bot     > #6 2026-11-20 10:00:00Z parrot to console:ops waiting after 1 try, next 2026-11-20 10:00:01Z: the network is down
              #5 2026-11-20 10:00:00Z parrot to console:ops dead after 1 try: the bot was removed
              #4 2026-11-20 10:00:00Z parrot to console:ops dead after 1 try: the bot was removed
              #2 2026-11-20 10:00:00Z parrot to console:ops dead after 1 try: the bot was removed
    ann     > !outbox list waiting
    bot     > #6 2026-11-20 10:00:00Z parrot to console:ops waiting after 1 try, next 2026-11-20 10:00:01Z: the network is down
    ann     > !outbox list dead removed
    bot     > #5 2026-11-20 10:00:00Z parrot to console:ops dead after 1 try: the bot was removed
              #4 2026-11-20 10:00:00Z parrot to console:ops dead after 1 try: the bot was removed
              #2 2026-11-20 10:00:00Z parrot to console:ops dead after 1 try: the bot was removed
    ann     > !outbox list sent
    bot     > #3 2026-11-20 10:00:00Z host to console:ann sent after 1 try
              #1 2026-11-20 10:00:00Z parrot to console:cage sent after 1 try
    ann     > !outbox list dropped
    bot     > No notices that are dropped.
    ann     > !outbox list waiting penguin
    bot     > Nothing like that.
    ann     > !outbox list before 3
    bot     > #2 2026-11-20 10:00:00Z parrot to console:ops dead after 1 try: the bot was removed
    ");
    bot.script().fail_next_in("ops", Trouble::Permanent("the bot was removed again"));
    for line in [
        "!outbox drop 2",
        "!outbox drop 2",
        "!outbox drop 2 99",
        "!outbox drop some",
        "!outbox drop",
        "!outbox retry 4 99",
        "!outbox",
        "!outbox retry 0 1",
        "!outbox drop all",
        "!outbox drop all",
        "!outbox retry all",
        "!outbox",
        "!outbox dropped",
    ] {
        bot.say("ann", line).await;
    }
    bot.say("eve", "!outbox").await;
    bot.say("eve", "!outbox retry all").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !outbox drop 2
    bot     > 1 notice dropped.
    ann     > !outbox drop 2
    bot     > No notice with the number 2 waits or was given up.
    ann     > !outbox drop 2 99
    bot     > No notice with the number 2 or 99 waits or was given up.
    ann     > !outbox drop some
    bot     > A notice is named by its number, as !outbox list shows it; or say all.
    ann     > !outbox drop
    bot     > NOTICES is missing: Their numbers, or `all` for every dead letter.
              Usage: !outbox drop <NOTICES>...
    ann     > !outbox retry 4 99
    bot     > 1 notice will be tried again. No notice with the number 99 waits or was given up.
    ann     > !outbox
    bot     > #6 2026-11-20 10:00:00Z parrot to console:ops waiting after 1 try, next 2026-11-20 10:00:01Z: the network is down
              #5 2026-11-20 10:00:00Z parrot to console:ops dead after 1 try: the bot was removed
              #4 2026-11-20 10:00:00Z parrot to console:ops dead after 2 tries: the bot was removed again
    ann     > !outbox retry 0 1
    bot     > No notice with the number 0 or 1 waits or was given up.
    ann     > !outbox drop all
    bot     > 2 notices dropped.
    ann     > !outbox drop all
    bot     > There are no dead letters.
    ann     > !outbox retry all
    bot     > There are no dead letters.
    ann     > !outbox
    bot     > #6 2026-11-20 10:00:00Z parrot to console:ops waiting after 1 try, next 2026-11-20 10:00:01Z: the network is down
    ann     > !outbox dropped
    bot     > #5 2026-11-20 10:00:00Z parrot to console:ops dropped after 1 try: the bot was removed
              #4 2026-11-20 10:00:00Z parrot to console:ops dropped after 2 tries: the bot was removed again
              #2 2026-11-20 10:00:00Z parrot to console:ops dropped after 1 try: the bot was removed
    eve     > !outbox
    bot     > !outbox list is for admins. !whoami shows who you are to me.
    eve     > !outbox retry all
    bot     > !outbox retry is for admins. !whoami shows who you are to me.
    ");
}

#[tokio::test]
async fn a_long_outbox_is_paged_with_its_filter() {
    let bot = parrot(Bot::bare()).await;
    for _ in 0..17 {
        bot.post("zoo", hear("ahoy")).await;
    }
    bot.transcript();
    bot.say("ann", "!outbox sent parrot \"console:ops\"").await;
    bot.say("ann", "!outbox sent parrot console:ops before 4").await;
    let text = bot.transcript();
    let short: Vec<&str> = text.lines().filter(|line| !line.contains("2026-")).collect();
    insta::assert_snapshot!(short.join("\n"), @r#"
    ann     > !outbox sent parrot "console:ops"
              Older ones: !outbox list sent parrot console:ops before 4
    ann     > !outbox sent parrot console:ops before 4
    "#);
}

#[tokio::test]
async fn a_flood_of_denied_commands_is_counted_and_does_not_fill_the_disk() {
    let bot = Bot::with::<Parrot>().admin("ann").start().await;
    for _ in 0..100 {
        bot.say("eve", "!incidents").await;
        bot.pass(Duration::from_millis(100)).await;
    }
    bot.say("bob", "!incidents").await;
    let journal = &bot.host().shared.journal;
    let kept = journal.incidents(&Filter::words("denied"), 1_000).await.unwrap();
    assert_eq!(kept.iter().filter(|row| row.peer.as_deref() == Some("console:eve")).count(), 60);
    assert_eq!(kept.len(), 61, "bob's is kept: {:?}", kept.first());
    bot.transcript();
    bot.clock().advance(Duration::from_secs(65));
    noted(&bot, 62).await;
    bot.say("ann", "!incidents left out").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !incidents left out
    bot     > #62 2026-11-20 10:01:15Z left out from console:eve: 40 more denied commands of this sender were left out
    ");
}

#[tokio::test]
async fn a_mistyped_subcommand_is_no_filter() {
    let bot = Bot::bare().admin("ann").start().await;
    for line in ["!requests reply 1", "!outbox retyr 1", "!outbox drp 1", "!requests travis", "!outbox dead"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !requests reply 1
    bot     > There is no command !requests reply. Did you mean !requests replay?
    ann     > !outbox retyr 1
    bot     > There is no command !outbox retyr. Did you mean !outbox retry?
    ann     > !outbox drp 1
    bot     > There is no command !outbox drp. Did you mean !outbox drop?
    ann     > !requests travis
    bot     > Nothing like that.
    ann     > !outbox dead
    bot     > No notices that are dead.
    ");
}
