//! What a network has handed over with a number: it is on disk, and is worked on
//! once, whatever stops in between.
use factotum_plugin_api::prelude::*;
use factotum_testing::Bot;

/// Takes its time.
struct Deploy;

/// Deploy, for ever
#[derive(Args)]
struct SlowArgs {
    /// What is deployed
    what: Vec<String>,
}
/// Log in, for ever
#[derive(Args)]
struct LoginArgs {
    /// The password
    password: Secret,
}

impl Plugin for Deploy {
    const NAME: &'static str = "deploy";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Deploy)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("deploy now", Access::EVERYONE, Self::now).on("login", Access::EVERYONE, Self::login);
    }
}
impl Deploy {
    async fn now(&self, call: &Call, args: SlowArgs) -> Result<Reply> {
        call.say(format!("deploying {}", args.what.join(" "))).await?;
        std::future::pending().await
    }
    async fn login(&self, call: &Call, args: LoginArgs) -> Result<Reply> {
        call.say(format!("a password of {} letters", args.password.expose().len())).await?;
        std::future::pending().await
    }
}

/// A line as a network hands it over, with its number.
fn numbered(number: &str, who: &str, line: &str) -> Incoming {
    let (chat, sender) = (ChatId::new("console", who), Sender::new("console", who, who));
    Incoming { update: Some(number.into()), ..Incoming::new(chat, sender, true, line) }
}
const STOP: Duration = Duration::from_secs(10);

#[tokio::test]
async fn the_same_number_runs_once() {
    let mut bot = Bot::bare().start().await;
    for (number, line) in [("1", "!echo one"), ("1", "!echo one"), ("2", "!echo two"), ("3", "talk among people")] {
        bot.hear(numbered(number, "bob", line)).await.unwrap();
        bot.settled().await;
    }
    bot.restart().await;
    for (number, line) in [("2", "!echo two"), ("3", "talk among people"), ("4", "!echo four")] {
        bot.hear(numbered(number, "bob", line)).await.unwrap();
        bot.settled().await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !echo one
    bot     > one
    bob     > !echo one
    bob     > !echo two
    bot     > two
    bob     > talk among people
    bot     > Commands begin with !: try !help.
    bob     > !echo two
    bob     > talk among people
    bob     > !echo four
    bot     > four
    ");
}

#[tokio::test]
async fn what_had_not_begun_is_run_after_a_restart_and_what_had_is_told() {
    let mut bot = Bot::with::<Deploy>().start().await;
    bot.hear(numbered("1", "bob", "!deploy NOW the shop")).await.unwrap();
    bot.hear(numbered("2", "bob", "!echo after it")).await.unwrap();
    bot.hear(numbered("3", "bob", "!echo and this")).await.unwrap();
    bot.hear(numbered("4", "eve", "!login canary")).await.unwrap();
    bot.posted("deploying the shop").await;
    bot.posted("a password of").await;
    let before = bot.transcript();
    bot.restart_after(STOP).await;
    bot.restart().await;
    let after = bot.transcript();
    assert!(!before.contains("canary") && !after.contains("canary"), "{before}{after}");
    // Replies and notices, and two chats: each comes when it can.
    let mut after: Vec<&str> = after.lines().collect();
    after.sort_unstable();
    insta::assert_snapshot!(after.join("\n"), @"
    bot     > I was stopped while I ran your !deploy now. It may have taken effect: please look before you ask again.
    bot     > I was stopped while I ran your !login. It may have taken effect: please look before you ask again.
    bot     > after it
    bot     > and this
    ");
}

#[tokio::test]
async fn who_cannot_be_told_at_the_start_is_told_later() {
    let mut bot = Bot::with::<Deploy>().start().await;
    bot.hear(numbered("1", "bob", "!deploy now the shop")).await.unwrap();
    bot.posted("deploying the shop").await;
    bot.script().down();
    bot.restart_after(STOP).await;
    bot.script().up();
    bot.pass(Duration::from_secs(1)).await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !deploy now the shop
    bot     > deploying the shop
    bot     > I was stopped while I ran your !deploy now. It may have taken effect: please look before you ask again.
    ");
}
