//! What a person types and what the host answers: words, usage errors, help,
//! access, and what a handler may do wrong.
use factotum_plugin_api::prelude::*;
use factotum_testing::Bot;

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
