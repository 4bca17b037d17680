//! What a person types and what the host answers: words, usage errors, help,
//! access, and what a handler may do wrong.
use factotum_plugin_api::{
    chat::{Inbox, Limits, Message, Network, PostError},
    clap,
    prelude::*,
};
use factotum_testing::Bot;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering::Relaxed},
};

/// A plugin that does what a handler should not.
struct Rogue;

/// Never answer
#[derive(Args)]
struct SlowArgs {}
/// Panic
#[derive(Args)]
struct PanicArgs {}
/// Fail inside
#[derive(Args)]
struct FailArgs {}
/// Close a thing
#[derive(Args)]
struct CloseArgs {
    /// Which, in any case
    thing: String,
    /// Where, in the plugin's own reading
    place: Option<String>,
}
/// Ask twice
#[derive(Args)]
struct TwiceArgs {}
/// Tell a secret
#[derive(Args)]
struct TellArgs {}
/// Hang, for admins
#[derive(Args)]
struct HangArgs {
    /// On what
    what: String,
}
/// Keep a password
#[derive(Args)]
struct KeepArgs {
    /// Whose it is
    name: String,
    /// The password
    password: Secret,
}

impl Plugin for Rogue {
    const NAME: &'static str = "rogue";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Rogue)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands
            .on("slow", Access::EVERYONE, Self::slow)
            .on("rogue panic", Access::EVERYONE, Self::panic)
            .on("rogue fail", Access::EVERYONE, Self::fail)
            .on("rogue close", Access::EVERYONE, Self::close)
            .on("rogue twice", Access::EVERYONE, Self::twice)
            .on("rogue tell", Access::EVERYONE, Self::tell)
            .on("rogue hang", Access::ADMINS, Self::hang)
            .on("rogue keep", Access::role("keepers"), Self::keep);
    }
}
impl Rogue {
    async fn slow(&self, _: &Call, _: SlowArgs) -> Result<Reply> {
        std::future::pending().await
    }
    async fn panic(&self, _: &Call, _: PanicArgs) -> Result<Reply> {
        panic!("on purpose")
    }
    async fn fail(&self, _: &Call, _: FailArgs) -> Result<Reply> {
        Err(serde_json::from_str::<u32>("canary").unwrap_err().into())
    }
    async fn close(&self, _: &Call, _: CloseArgs) -> Result<Reply> {
        Ok("closed".into())
    }
    async fn twice(&self, call: &Call, _: TwiceArgs) -> Result<Reply> {
        let question = || Question::new("Well?").within(Duration::from_secs(5));
        let answer = match call.ask(question()).await {
            Err(Error::Left) => call.ask(question()).await?,
            answer => answer?,
        };
        Ok(format!("{answer} it is").into())
    }
    async fn tell(&self, _: &Call, _: TellArgs) -> Result<Reply> {
        Ok(Reply::default().row([Button::new("Tell", "!rogue tell")]).file("a.txt", "between us").privately())
    }
    async fn hang(&self, call: &Call, args: HangArgs) -> Result<Reply> {
        if args.what == "panic" {
            panic!("on purpose")
        }
        call.say(format!("hanging: {}", args.what)).await?;
        std::future::pending().await
    }
    async fn keep(&self, _: &Call, args: KeepArgs) -> Result<Reply> {
        Ok(format!("{} has a password of {} letters", args.name, args.password.expose().len()).into())
    }
}

#[tokio::test]
async fn words_are_those_of_a_chat() {
    let bot = Bot::bare().start().await;
    bot.say("ann", "!ECHO don't #panic C:\\logs “two  words” —all").await;
    bot.say("ann", "!echo \"open").await;
    bot.say("ann", "talk among people").await;
    bot.say("ann", "!!! !? !").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !ECHO don't #panic C:\logs “two  words” —all
    bot     > don't #panic C:\logs two  words --all
    ann     > !echo "open
    bot     > The quote " is not closed.
    ann     > talk among people
    ann     > !!! !? !
    "#);
}

#[tokio::test]
async fn the_longest_path_wins_and_case_does_not_matter() {
    let bot = Bot::bare().admin("ann").start().await;
    bot.say("ann", "!Repos").await;
    bot.say("ann", "!repos INFO host").await;
    bot.say("ann", "!plugin").await;
    bot.say("ann", "!nay").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !Repos
    bot     > No such plugin.
    ann     > !repos INFO host
    bot     > There is no plugin host. !repos lists those that there are.
    ann     > !plugin
    bot     > No such plugin.
    ann     > !nay
    bot     > I have not asked you anything here.
    ");
}

#[tokio::test]
async fn usage_errors_are_in_our_words() {
    let bot = Bot::with::<Rogue>().admin("ann").start().await;
    for line in [
        "!echo",
        "!requests show",
        "!requests show x",
        "!requests show 1 2",
        "!plugin enable",
        "!outbox retry x",
        "!requests before x",
        "!requests replay 1 --dryrun",
        "!requests replay 1 --sideways=no",
        "!about --all",
        "!about -1",
    ] {
        bot.say("ann", line).await;
    }
    bot.say_privately("ann", "!rogue keep bob").await;
    bot.say_privately("ann", "!rogue keep bob canary canary").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !echo
    bot     > WORDS is missing: What to say.
              Usage: !echo <WORDS>...
    ann     > !requests show
    bot     > ID is missing: Its number.
              Usage: !requests show [OPTIONS] <ID>
    ann     > !requests show x
    bot     > ID: x is no whole number.
              Usage: !requests show [OPTIONS] <ID>
    ann     > !requests show 1 2
    bot     > 2 is one word too many.
              Usage: !requests show [OPTIONS] <ID>
    ann     > !plugin enable
    bot     > PLUGIN is missing: The plugin.
              Usage: !plugin enable <PLUGIN>
    ann     > !outbox retry x
    bot     > A notice is named by its number, as !outbox list shows it; or say all.
    ann     > !requests before x
    bot     > before x: a row is named by its number, like before 120
    ann     > !requests replay 1 --dryrun
    bot     > There is no option --dryrun. Did you mean --dry-run?
              Usage: !requests replay [OPTIONS] <REQUESTS>...
    ann     > !requests replay 1 --sideways=no
    bot     > There is no option --sideways.
              Usage: !requests replay [OPTIONS] <REQUESTS>...
    ann     > !about --all
    bot     > There is no option --all.
              Usage: !about
    ann     > !about -1
    bot     > -1 is one word too many.
              Usage: !about
    ann     > !rogue keep ***
    bot     > The password? (!nay leaves)
    ann     > !rogue keep *** *** ***
    bot     > This is a new command: I leave my question for !rogue keep.
    bot     > Usage: !rogue keep <NAME> <PASSWORD>
    ");
}

#[tokio::test]
async fn did_you_mean_and_help_name_only_what_the_sender_may_run() {
    let bot = Bot::with::<Rogue>().admin("ann").start().await;
    for who in ["ann", "bob"] {
        bot.say(who, "!requsts").await;
        bot.say(who, "!plugin enabel x").await;
        bot.say(who, "!help requests show").await;
        bot.say(who, "!help rogue").await;
        bot.say(who, "!help nothing of this").await;
    }
    bot.say("bob", "!help").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !requsts
    bot     > There is no command !requsts. Did you mean !requests?
    ann     > !plugin enabel x
    bot     > There is no command !plugin enabel. Did you mean !plugin enable?
    ann     > !help requests show
    bot     > !requests show [OPTIONS] <ID>
              Show a request: headers, body, what was decided and why, each attempt.
              • ID: Its number
              • --format: Lay JSON in its body out over several lines
              It is for admins, unless a rule of the config says otherwise.
    ann     > !help rogue
    bot     > rogue
              • !rogue close <THING> [PLACE]: Close a thing
              • !rogue fail: Fail inside
              • !rogue hang <WHAT>: Hang, for admins
              • !rogue keep <NAME> <PASSWORD>: Keep a password (in private)
              • !rogue panic: Panic
              • !rogue tell: Tell a secret
              • !rogue twice: Ask twice
              • !slow: Never answer
    ann     > !help nothing of this
    bot     > There is no command !nothing of. Try !help.
    bob     > !requsts
    bot     > There is no command !requsts. Try !help.
    bob     > !plugin enabel x
    bot     > There is no command !plugin enabel. Did you mean !plugin?
    bob     > !help requests show
    bot     > There is no command !requests show. Try !help.
    bob     > !help rogue
    bot     > rogue
              • !rogue close <THING> [PLACE]: Close a thing
              • !rogue fail: Fail inside
              • !rogue panic: Panic
              • !rogue tell: Tell a secret
              • !rogue twice: Ask twice
              • !slow: Never answer
    bob     > !help nothing of this
    bot     > There is no command !nothing of. Try !help.
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
              rogue
              • !rogue close <THING> [PLACE]: Close a thing
              • !rogue fail: Fail inside
              • !rogue panic: Panic
              • !rogue tell: Tell a secret
              • !rogue twice: Ask twice
              • !slow: Never answer
              !help COMMAND says more on one of them.
    ");
}

#[tokio::test]
async fn a_secret_typed_where_others_read_is_refused_and_removed() {
    let bot = Bot::with::<Rogue>().admin("ann").edits().start().await;
    bot.say("ann", "!rogue keep bob canary").await;
    bot.say("ann", "!rogue keep").await;
    bot.say_privately("ann", "!rogue keep bob canary").await;
    bot.say_privately("bob", "!rogue keep bob canary").await;
    let transcript = bot.transcript();
    assert!(!transcript.contains("canary"), "{transcript}");
    insta::assert_snapshot!(transcript, @"
    ann     > !rogue keep bob ***
    bot     > (removes typed)
    bot     > Please ask me !rogue keep in a private chat. I have deleted your message, but others may have read the secret in it: replace it with a new one.
    ann     > !rogue keep
    bot     > Please ask me !rogue keep in a private chat.
    ann     > !rogue keep bob ***
    bot     > bob has a password of 6 letters
    bob     > !rogue keep bob ***
    bot     > !rogue keep is for keepers and admins. !whoami shows who you are to me.
    ");
}

#[tokio::test]
async fn what_a_handler_does_wrong_costs_one_call() {
    let bot = Bot::with::<Rogue>().start().await;
    bot.say("bob", "!rogue panic").await;
    bot.say("bob", "!rogue fail").await;
    bot.say("bob", "!echo still here").await;
    let transcript = bot.transcript();
    assert!(!transcript.contains("canary"), "{transcript}");
    let masked = regex_ref(&transcript);
    insta::assert_snapshot!(masked, @"
    bob     > !rogue panic
    bot     > Something went wrong (ref ????). The log of the host says more.
    bob     > !rogue fail
    bot     > Something went wrong (ref ????). The log of the host says more.
    bob     > !echo still here
    bot     > still here
    ");
}
fn regex_ref(transcript: &str) -> String {
    let mut out = String::new();
    for (n, piece) in transcript.split("(ref ").enumerate() {
        out += if n == 0 { piece } else { "(ref ????" };
        if n > 0 {
            out += piece.get(4..).unwrap_or_default();
        }
    }
    out
}

#[tokio::test]
async fn a_slow_command_holds_up_nobody_else_and_is_stopped() {
    let bot = Bot::with::<Rogue>().start().await;
    bot.begin_to_say("bob", "!slow");
    bot.begin_to_say("bob", "!echo after it");
    bot.begin_to_say("eve", "!echo at once");
    bot.posted("bot     > at once").await;
    bot.pass(Duration::from_secs(60)).await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !slow
    bob     > !echo after it
    eve     > !echo at once
    bot     > at once
    bot     > !slow took longer than 1 min; I have stopped it.
    bot     > after it
    ");
}

#[tokio::test]
async fn rules_of_the_config_open_and_close_commands() {
    let bot = Bot::with::<Rogue>()
        .admin("ann")
        .config(
            r#"
            [access.roles]
            keepers = ["console:bob"]
            [[access.rules]]
            command = "rogue keep"
            args = { name = "root" }
            allow = false
            [[access.rules]]
            command = "requests*"
            sender = "console:bob"
            chat = "console:ops"
            allow = true
            [[access.rules]]
            command = "echo"
            role = "keepers"
            allow = false
            "#,
        )
        .start()
        .await;
    bot.say_in("ops", "bob", "!requests").await;
    bot.say("bob", "!requests").await;
    bot.say("bob", "!echo x").await;
    bot.say("eve", "!echo x").await;
    bot.say_privately("bob", "!rogue keep me pass").await;
    bot.say_privately("bob", "!rogue keep root pass").await;
    bot.say_privately("ann", "!rogue keep root pass").await;
    bot.say_privately("eve", "!rogue keep me pass").await;
    bot.say("bob", "!whoami").await;
    bot.say_privately("ann", "!whoami").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob@ops > !requests
    bot@ops > No requests.
    bob     > !requests
    bot     > !requests is for admins. !whoami shows who you are to me.
    bob     > !echo x
    bot     > You may not run !echo here: a rule of the config refuses it.
    eve     > !echo x
    bot     > x
    bob     > !rogue keep me ***
    bot     > me has a password of 4 letters
    bob     > !rogue keep root ***
    bot     > You may not run !rogue keep here: a rule of the config refuses it.
    ann     > !rogue keep root ***
    bot     > You may not run !rogue keep here: a rule of the config refuses it.
    eve     > !rogue keep me ***
    bot     > !rogue keep is for keepers and admins. !whoami shows who you are to me.
    bob     > !whoami
    bot     > You are bob, console:bob, in console:lobby. Roles: keepers.
    ann     > !whoami
    bot     > You are ann, console:ann, in private (console:ann). You are an admin.
    ");
}

#[tokio::test]
async fn no_other_spelling_slips_past_a_rule_that_refuses() {
    let bot = Bot::with::<Rogue>()
        .config(
            r#"
            [[access.rules]]
            command = "rogue close"
            args = { thing = "acme/Prod" }
            allow = false
            [[access.rules]]
            command = "rogue close"
            args = { place = "console:ops" }
            allow = false
            "#,
        )
        .start()
        .await;
    let refused = "a rule of the config refuses it";
    for (line, runs) in [
        ("!rogue close acme/Prod", false),
        ("!rogue close ACME/prod", false),
        ("!rogue close acme/test", true),
        ("!rogue close x console:ops", false),
        ("!rogue close x Console:ops", false),
        ("!rogue close x ops", false),
        ("!rogue close x here", false),
        ("!rogue close x HERE", false),
        ("!rogue close x console:dev", true),
    ] {
        let before = bot.transcript();
        bot.say_in("ops", "bob", line).await;
        let after = bot.transcript();
        let said = after.strip_prefix(&before).unwrap();
        assert_eq!(said.contains("closed"), runs, "{said}");
        assert_eq!(said.contains(refused), !runs, "{said}");
    }
}

#[tokio::test]
async fn a_second_question_after_one_that_nobody_answered_is_answerable() {
    let bot = Bot::with::<Rogue>().start().await;
    bot.say("bob", "!rogue twice").await;
    bot.pass(Duration::from_secs(5)).await;
    bot.posted("bot     > Too late; please ask me again.\nbot     > Well?").await;
    bot.say("bob", "blue").await;
    bot.posted("blue it is").await;
    bot.say("bob", "talk among people").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !rogue twice
    bot     > Well?
    bot     > Too late; please ask me again.
    bot     > Well?
    bob     > blue
    bot     > blue it is
    bob     > talk among people
    ");
}

#[tokio::test]
async fn a_command_that_asked_before_a_restart_is_told_of() {
    let mut bot = Bot::with::<Rogue>().start().await;
    let line = |number: &str, line: &str| Incoming {
        update: Some(number.into()),
        ..Incoming::new(ChatId::new("console", "bob"), Sender::new("console", "bob", "bob"), true, line)
    };
    bot.hear(line("1", "!rogue twice")).await.unwrap();
    bot.settled().await;
    bot.restart().await;
    bot.hear(line("2", "!rogue twice")).await.unwrap();
    bot.settled().await;
    bot.hear(line("3", "red")).await.unwrap();
    bot.settled().await;
    bot.restart().await;
    let transcript = bot.transcript();
    assert_eq!(transcript.matches("I was stopped while I ran your !rogue twice").count(), 1, "{transcript}");
    assert!(transcript.contains("red it is"), "{transcript}");
}

#[tokio::test]
async fn the_audit_knows_what_did_not_end_by_itself() {
    let mut bot = Bot::with::<Rogue>().admin("ann").start().await;
    bot.say("ann", "!rogue hang panic").await;
    bot.begin_to_say("ann", "!rogue hang time");
    bot.posted("hanging: time").await;
    bot.pass(Duration::from_secs(60)).await;
    bot.begin_to_say("ann", "!rogue hang stop");
    bot.posted("hanging: stop").await;
    bot.restart_after(Duration::from_secs(10)).await;
    let filter = factotum_host::journal::Filter::words("hang");
    let rows = bot.host().shared.journal.audit(&filter, 9).await.unwrap();
    let rows: Vec<_> = rows.iter().map(|row| format!("{} {}: {}", row.path, row.args, row.result)).collect();
    insta::assert_snapshot!(rows.join("\n"), @"
    rogue hang what=stop: left
    rogue hang what=time: !rogue hang took longer than 1 min; I have stopped it.
    rogue hang what=panic: the handler panicked
    ");
}

#[tokio::test]
async fn a_reply_without_text_is_posted_where_only_the_sender_reads() {
    let bot = Bot::with::<Rogue>().start().await;
    bot.say_in("ops", "bob", "!rogue tell").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob@ops > !rogue tell
    bot     > Tell: !rogue tell
    ");
}

#[tokio::test]
async fn a_reply_for_one_person_is_not_said_where_others_read() {
    let bot = Bot::with::<Rogue>().start().await;
    bot.script().shy();
    bot.say_in("ops", "bob", "!rogue tell").await;
    bot.say_privately("bob", "!rogue tell").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob@ops > !rogue tell
    bot@ops > My answer is for you alone: please write to me in private first, then ask me there.
    bob     > !rogue tell
    bot     > Tell: !rogue tell
    ");
}

/// A plugin whose command hides commands from the rules.
struct Nested;
/// Nest
#[derive(Args)]
struct NestedArgs {
    #[command(subcommand)]
    below: Below,
}
#[derive(clap::Subcommand)]
enum Below {
    /// Open
    Open,
}
impl Plugin for Nested {
    const NAME: &'static str = "nested";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Nested)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("nest", Access::EVERYONE, Self::nest);
    }
}
impl Nested {
    async fn nest(&self, _: &Call, args: NestedArgs) -> Result<Reply> {
        let Below::Open = args.below;
        Ok("open".into())
    }
}

#[tokio::test]
async fn an_args_struct_with_subcommands_is_refused_at_the_start() {
    let Err(error) = Bot::with::<Nested>().try_start().await else { panic!("it started") };
    insta::assert_snapshot!(format!("{error:#}"), @"the args of !nest of the plugin nested have subcommands: make each a command");
}

/// A network whose code panics when it begins first, and when it is told to.
#[derive(Default)]
struct Shaky {
    begun: AtomicU32,
    panics: AtomicU32,
    posted: Mutex<Vec<String>>,
}
impl Shaky {
    fn hears(line: &str) -> Incoming {
        Incoming::new(ChatId::new("shaky", "bob"), Sender::new("shaky", "bob", "bob"), true, line)
    }
    fn posted(&self) -> Vec<String> {
        std::mem::take(&mut *self.posted.lock().unwrap())
    }
}
#[async_trait::async_trait]
impl Network for Shaky {
    async fn run(&self, inbox: Inbox) -> Result<()> {
        assert!(self.begun.fetch_add(1, Relaxed) > 0, "on purpose");
        inbox.put(Shaky::hears("!echo begun again")).await?;
        std::future::pending().await
    }
    async fn post(&self, _: &str, message: &Message) -> Result<String, PostError> {
        self.posted.lock().unwrap().push(message.text.plain());
        Ok("1".into())
    }
    fn limits(&self) -> Limits {
        assert_eq!(self.panics.swap(0, Relaxed), 0, "on purpose");
        Limits::default()
    }
    fn parse_chat(&self, _: &str) -> Option<String> {
        None
    }
    fn address_form(&self) -> &'static str {
        "bob"
    }
    fn private_chat(&self, account: &str) -> Option<String> {
        Some(account.to_owned())
    }
}

#[tokio::test]
async fn a_network_that_panics_is_begun_again_and_a_lane_that_panics_is_replaced() {
    let shaky = Arc::new(Shaky::default());
    let bot = Bot::bare().network("shaky", shaky.clone()).start().await;
    for _ in 0..100 {
        tokio::task::yield_now().await; // until the network is waited for
    }
    bot.pass(Duration::from_secs(1)).await;
    while shaky.begun.load(Relaxed) < 2 {
        tokio::task::yield_now().await;
    }
    bot.settled().await;
    assert_eq!(shaky.posted(), ["begun again"]);
    // The lane itself says this, and asks the network what it takes.
    shaky.panics.store(1, Relaxed);
    bot.hear(Shaky::hears("!nay")).await.unwrap();
    bot.settled().await;
    assert_eq!(shaky.posted(), [""; 0]);
    // So does a reply.
    shaky.panics.store(1, Relaxed);
    bot.hear(Shaky::hears("!echo lost")).await.unwrap();
    bot.settled().await;
    bot.hear(Shaky::hears("!echo still here")).await.unwrap();
    bot.settled().await;
    assert_eq!(shaky.posted(), ["still here"]);
}

#[tokio::test]
async fn more_lines_than_may_wait_are_dropped_and_said_so() {
    let bot = Bot::with::<Rogue>().start().await;
    bot.begin_to_say("bob", "!slow");
    for n in 0..100 {
        bot.begin_to_say("bob", &format!("!echo {n}"));
    }
    bot.posted("bot     > You are ahead of me").await;
    bot.pass(Duration::from_secs(60)).await;
    let transcript = bot.transcript();
    assert_eq!(transcript.matches("bot     > You are ahead of me").count(), 1, "said once");
    assert!(transcript.contains("bot     > 62\n"), "{transcript}");
}
