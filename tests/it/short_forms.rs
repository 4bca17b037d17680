//! Short forms of commands: whose a word is that several have.
use factotum_plugin_api::prelude::*;
use factotum_testing::Bot;

/// A robot with short forms.
struct Robot {
    take: bool,
}

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct RobotConfig {
    /// Whether it takes the host's words.
    take: bool,
}

/// Say how it stands
#[derive(Args)]
struct StatusArgs {
    /// Part to look at
    part: Option<String>,
}

/// Walk somewhere
#[derive(Args)]
struct WalkArgs {}

impl Plugin for Robot {
    const NAME: &'static str = "robot";
    type Config = RobotConfig;
    fn start(config: RobotConfig, _: Host) -> Result<Self> {
        Ok(Robot { take: config.take })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("robot status", Access::EVERYONE, Self::status).short("status", self.take);
        commands.on("robot walk", Access::EVERYONE, Self::walk).short("walk", false);
    }
}

impl Robot {
    async fn status(&self, _: &Call, args: StatusArgs) -> Result<Reply> {
        Ok(format!("all is well with {}", args.part.as_deref().unwrap_or("the robot")).into())
    }
    async fn walk(&self, _: &Call, _: WalkArgs) -> Result<Reply> {
        Ok("it walks".into())
    }
}

/// Another plugin with the same short form.
struct Dog;
impl Plugin for Dog {
    const NAME: &'static str = "dog";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Dog)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("dog walk", Access::EVERYONE, Self::walk).short("walk", false);
    }
}
impl Dog {
    async fn walk(&self, _: &Call, _: WalkArgs) -> Result<Reply> {
        Ok("wuff".into())
    }
}

#[tokio::test]
async fn a_word_of_the_host_stays_its_own() {
    let bot = Bot::with::<Robot>().start().await;
    for line in ["!walk", "!robot walk", "!robot status", "!help robot walk", "!host status"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !walk
    bot     > it walks
    ann     > !robot walk
    bot     > it walks
    ann     > !robot status
    bot     > all is well with the robot
    ann     > !help robot walk
    bot     > !robot walk
              Walk somewhere.
              Also: !walk
              It is for everyone, unless a rule of the config says otherwise.
    ann     > !host status
    bot     > There is no command !host. Try !help.
    ");
    bot.say("ann", "!status").await;
    assert!(bot.transcript().contains("bot     > factotum"), "it is the host's");
}

#[tokio::test]
async fn a_word_that_was_taken_over_is_the_plugins_and_the_hosts_is_beside_it() {
    let rule = "[[access.rules]]\ncommand = \"host status\"\nallow = false\n";
    let bot = Bot::with::<Robot>().admin("ann").config(&format!("{rule}[plugins.robot]\ntake = true")).start().await;
    for line in ["!status", "!status arm", "!help status", "!host status", "!acl why bob host status"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !status
    bot     > all is well with the robot
    ann     > !status arm
    bot     > all is well with arm
    ann     > !help status
    bot     > !robot status [PART]
              Say how it stands.
              • PART: Part to look at
              Also: !status
              It is for everyone, unless a rule of the config says otherwise.
    ann     > !host status
    bot     > You may not run !host status here: a rule of the config refuses it.
    ann     > !acl why bob host status
    bot     > console:bob may not run !host status in console:lobby: rule 1 of access.rules (factotum.toml:2) refuses it: whoever runs it.
    ");
}

#[tokio::test]
async fn two_plugins_with_one_short_form_are_named() {
    let error = Bot::with::<Robot>().and::<Dog>().try_start().await.err().expect("they clash");
    insta::assert_snapshot!(format!("{error:#}"), @"the plugins dog and robot both have the short form !walk, for !dog walk and !robot walk: turn it off in one of them");
}
