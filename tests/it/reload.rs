//! A new config for a host at work: what it takes over, what it refuses as a whole,
//! and what goes on meanwhile.
use crate::hooks::noted;
use factotum_host::reload::AskedBy;
use factotum_plugin_api::prelude::*;
use factotum_testing::{Bot, Builder};
use http::StatusCode;
use serde::Deserialize;
use std::sync::{Condvar, Mutex};
use tokio::sync::watch;

/// Opens and closes, and says so in its own words.
struct Door {
    config: DoorConfig,
}

/// How the door speaks
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct DoorConfig {
    /// What it says
    sound: String,
    /// Word that opens it
    password: Option<Secret>,
    /// Further words
    others: Vec<Secret>,
}
impl Default for DoorConfig {
    fn default() -> Self {
        DoorConfig { sound: "creak".into(), password: None, others: vec![] }
    }
}

/// Do something to the door
#[derive(Args)]
struct DoorArgs {}

/// Held while a door opens slowly.
static SLOWLY: Mutex<Option<watch::Receiver<bool>>> = Mutex::new(None);
/// Whether a door hangs at its start, and whether it may go on.
static STUCK: (Mutex<(bool, bool)>, Condvar) = (Mutex::new((false, false)), Condvar::new());

impl Plugin for Door {
    const NAME: &'static str = "door";
    type Config = DoorConfig;
    fn start(config: DoorConfig, _: Host) -> Result<Self> {
        match config.sound.as_str() {
            "" => Err(user_error("a door without a sound is not heard: set sound")),
            "panic" => panic!("c4n4ry"),
            "hang" => {
                let mut stuck = STUCK.0.lock().unwrap();
                stuck.0 = true;
                drop(STUCK.1.wait_while(stuck, |stuck| !stuck.1));
                Ok(Door { config })
            }
            _ => Ok(Door { config }),
        }
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("door open", Access::EVERYONE, Self::open).on("door open slowly", Access::EVERYONE, Self::slowly);
        if self.config.sound == "bell" {
            commands.on("door ring", Access::EVERYONE, Self::open);
        }
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.get("/door", Proof::None, Self::knock);
        if self.config.sound == "bell" {
            hooks.get("/bell", Proof::None, Self::knock);
        }
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.once("lock", Self::lock);
    }
}
impl Drop for Door {
    fn drop(&mut self) {
        if self.config.sound == "slam" {
            panic!("on purpose");
        }
    }
}
impl Door {
    async fn open(&self, _: &Call, _: DoorArgs) -> Result<Reply> {
        Ok(self.config.sound.clone().into())
    }
    async fn slowly(&self, call: &Call, _: DoorArgs) -> Result<Reply> {
        let mut opened = SLOWLY.lock().unwrap().clone().unwrap();
        call.say("it moves").await?;
        opened.wait_for(|opened| *opened).await.unwrap();
        Ok(self.config.sound.clone().into())
    }
    async fn knock(&self, _: &Request) -> Result<Outcome, Refusal> {
        let notice = Notice::new(ChatId::new("console", "hall"), self.config.sound.as_str()).about("door");
        Ok(Outcome::from(notice).answer(StatusCode::OK, self.config.sound.clone()))
    }
    async fn lock(&self, _: &Tick) -> Result<()> {
        Ok(())
    }
}

/// Wants the path that a bell has.
struct Bell;
impl Plugin for Bell {
    const NAME: &'static str = "bell";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Bell)
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.get("/bell", Proof::None, Self::ring);
    }
}
impl Bell {
    async fn ring(&self, _: &Request) -> Result<Outcome, Refusal> {
        Ok(Outcome::default())
    }
}

fn door() -> Builder {
    Bot::with::<Door>().admin("ann").edits()
}
/// What `ann` is told when the host reads this config.
async fn reloaded(bot: &mut Bot, config: &str) -> String {
    bot.configure(config);
    again(bot).await
}
async fn again(bot: &Bot) -> String {
    bot.say_privately("ann", "!reload").await;
    let file = bot.folder().join("factotum.toml");
    bot.transcript().replace(&file.display().to_string(), "factotum.toml")
}
async fn status(bot: &Bot, path: &str) -> u16 {
    bot.call("nobody", http::Method::GET, path, |request| request).await.status.as_u16()
}

#[tokio::test]
async fn a_new_config_is_taken_over_and_told() {
    let mut bot = door().config("[plugins.door]\nsound = \"creak\"\npassword = \"c4n4ry\"").start().await;
    bot.say("bob", "!door open").await;
    let config = r#"
[plugins.door]
sound = "squeak"
password = "c4n4ry-2"

[commands]
prefixes = ["!", "!!", "?"]
time_limit_secs = 5

[access.roles]
guests = ["console:bob"]

[[access.rules]]
command = "help"
sender = "console:bob"
allow = false
"#;
    insta::assert_snapshot!(reloaded(&mut bot, config).await, @r#"
    bob     > !door open
    bot     > creak
    ann     > !reload
    bot     > The config is in force:
              • access.roles.guests: not set → ["console:bob"]
              • access.rules: [] → [{"allow":false,"command":"help","sender":"console:bob"}]
              • commands.prefixes: ["!"] → ["!","!!","?"]
              • commands.time_limit_secs: 60 → 5
              • plugins.door.password: "***", another one
              • plugins.door.sound: "creak" → "squeak"
              Started anew: door.
    "#);
    bot.say("bob", "!door open").await;
    bot.say("bob", "?door open").await;
    bot.say("bob", "!!door open").await;
    bot.say("bob", "!help").await;
    bot.say("bob", "!whoami").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !door open
    bot     > squeak
    bob     > ?door open
    bot     > squeak
    bob     > !!door open
    bot     > squeak
    bob     > !help
    bot     > You may not run !help here: a rule of the config refuses it.
    bob     > !whoami
    bot     > You are bob, console:bob, in console:lobby. Roles: guests.
    ");
    // The same once more: nothing is begun anew.
    insta::assert_snapshot!(again(&bot).await, @"
    ann     > !reload
    bot     > I have read the config: nothing in it has changed.
    ");
}

#[tokio::test]
async fn a_secret_that_changes_is_told_and_never_shown() {
    let mut bot = door().config("[plugins.door]\npassword = \"c4n4ry\"\nothers = [\"c4n4ry-1\"]").start().await;
    let file = bot.folder().join("password");
    std::fs::write(&file, "c4n4ry-3").unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let config = format!("[plugins.door]\npassword_file = {file:?}\nothers = [\"c4n4ry-2\"]");
    insta::assert_snapshot!(reloaded(&mut bot, &config).await, @r#"
    ann     > !reload
    bot     > The config is in force:
              • plugins.door.others: ["***"], another one
              • plugins.door.password: "***", another one
              Started anew: door.
    "#);
    std::fs::write(&file, "c4n4ry-4").unwrap();
    insta::assert_snapshot!(again(&bot).await, @r#"
    ann     > !reload
    bot     > The config is in force:
              • plugins.door.password: "***", another one
              Started anew: door.
    "#);
    insta::assert_snapshot!(again(&bot).await, @"
    ann     > !reload
    bot     > I have read the config: nothing in it has changed.
    ");
}

#[tokio::test]
async fn a_password_in_a_url_that_changes_is_told_and_never_shown() {
    let config = |password: &str| {
        format!("[http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://bob:{password}@hooks.example.com\"")
    };
    let mut bot = door().config(&config("c4n4ry")).start().await;
    insta::assert_snapshot!(reloaded(&mut bot, &config("c4n4ry-2")).await, @r#"
    ann     > !reload
    bot     > The config is in force:
              • http.public_url: "https://***@hooks.example.com/", another one
    "#);
    insta::assert_snapshot!(again(&bot).await, @"
    ann     > !reload
    bot     > I have read the config: nothing in it has changed.
    ");
}

#[tokio::test]
async fn a_broken_config_changes_nothing_and_says_why() {
    let mut bot = door().and::<Bell>().config("[plugins.door]\nsound = \"creak\"").start().await;
    let broken = r#"
admin_chat = "consle:ops"

[plugins.door]
sond = "squeak"

[commands]
prefix = ["?"]

[plugins.dor]
"#;
    insta::assert_snapshot!(reloaded(&mut bot, broken).await, @"
    ann     > !reload
    bot     > I have changed nothing, since the config has mistakes:
              • factotum.toml:3: admin_chat: no network is called `consle`, expected `console`
              • factotum.toml:6: plugins.door.sond: unknown field, expected `sound`
              • factotum.toml:9: commands.prefix: unknown field, expected `prefixes`
              • factotum.toml:11: plugins.dor: unknown plugin, expected `door`
    ");
    let rows = [
        ("no TOML", "[plugins.door\nsound = 1"),
        ("refused by its plugin", "[plugins.door]\nsound = \"\"\n[commands]\nprefixes = [\"?\"]"),
        ("a rule for no command", "[[access.rules]]\ncommand = \"door ope\"\nallow = false"),
        ("a hook in the way", "[plugins.door]\nsound = \"bell\""),
        ("a plugin that panics", "[plugins.door]\nsound = \"panic\""),
    ];
    let mut told = String::new();
    for (what, config) in rows {
        let said = reloaded(&mut bot, config).await.replace("ann     > !reload\n", "");
        told += &format!("{what}\n{said}");
    }
    insta::assert_snapshot!(told, @"
    no TOML
    bot     > I have changed nothing, since the config has a mistake:
              • factotum.toml:2:14: unclosed table, expected `]`
    refused by its plugin
    bot     > I have changed nothing, since the config has a mistake:
              • factotum.toml:2: plugins.door: a door without a sound is not heard: set sound
    a rule for no command
    bot     > I have changed nothing, since the config has a mistake:
              • factotum.toml:3: access.rules[0].command: `door ope` fits no command; did you mean `door open`?
    a hook in the way
    bot     > I have changed nothing, since the config has a mistake:
              • the plugins bell and door both have a hook /bell
    a plugin that panics
    bot     > I have changed nothing, since the config has a mistake:
              • factotum.toml:2: plugins.door: it panicked at its start
    ");
    std::fs::remove_file(bot.folder().join("factotum.toml")).unwrap();
    insta::assert_snapshot!(again(&bot).await, @"
    ann     > !reload
    bot     > I have changed nothing, since the config has a mistake:
              • factotum.toml: No such file or directory (os error 2)
    ");
    // All as it was.
    bot.say("bob", "!door open").await;
    bot.say("bob", "?door open").await;
    bot.say_privately("bob", "!reload").await;
    bot.say("ann", "!reload").await;
    bot.say_privately("ann", "!config door").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    bob     > !door open
    bot     > creak
    bob     > ?door open
    bob     > !reload
    bot     > !reload is for admins. !whoami shows who you are to me.
    ann     > !reload
    bot     > Please ask me !reload in a private chat.
    ann     > !config door
    bot     > key                    value    from
              plugins.door.enabled   true     default
              plugins.door.others    []       default
              plugins.door.password  not set  default
              plugins.door.sound     "creak"  line 3
    "#);
    assert_eq!(status(&bot, "/door").await, 200);
}

#[tokio::test]
async fn a_plugin_that_hangs_at_its_start_costs_itself_alone() {
    let mut bot = door().start().await;
    bot.configure("[plugins.door]\nsound = \"hang\"");
    bot.begin_to_say_privately("ann", "!reload");
    while !STUCK.0.lock().unwrap().0 {
        tokio::task::yield_now().await;
    }
    bot.pass(Duration::from_secs(10)).await;
    insta::assert_snapshot!(bot.transcript().replace(&bot.folder().display().to_string(), ""), @"
    ann     > !reload
    bot     > I have changed nothing, since the config has a mistake:
              • /factotum.toml:2: plugins.door: it was not ready within 10 s
    ");
    bot.say("bob", "!door open").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !door open
    bot     > creak
    ");
    STUCK.0.lock().unwrap().1 = true;
    STUCK.1.notify_all();
}

#[tokio::test]
async fn what_needs_a_restart_is_named_until_there_is_one() {
    let mut bot = door().start().await;
    let config =
        "[http]\nlisten = \"127.0.0.2:0\"\npublic_url = \"https://hooks.example.com\"\n[log]\nformat = \"json\"";
    insta::assert_snapshot!(reloaded(&mut bot, config).await, @r#"
    ann     > !reload
    bot     > The config is in force:
              • http.public_url: not set → "https://hooks.example.com"
              This needs a restart of me:
              • http.listen: "127.0.0.1:0" → "127.0.0.2:0"
              • log.format: "text" → "json"
    "#);
    insta::assert_snapshot!(again(&bot).await, @r#"
    ann     > !reload
    bot     > I have read the config: nothing new in it can be taken over now.
              This needs a restart of me:
              • http.listen: "127.0.0.1:0" → "127.0.0.2:0"
              • log.format: "text" → "json"
    "#);
    bot.say_privately("ann", "!config log").await;
    bot.say_privately("ann", "!plugin info door").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !config log
    bot     > key         value    from
              log.format  "json"   line 6, from my next start on
              log.level   not set  default
    ann     > !plugin info door
    bot     > door 0.0.0, on: under test
              commands: !door open, !door open slowly
              hooks: GET https://hooks.example.com/door
              jobs: lock
    "#);
    bot.restart().await;
    insta::assert_snapshot!(again(&bot).await, @"
    ann     > !reload
    bot     > I have read the config: nothing in it has changed.
    ");
}

#[tokio::test]
async fn plugins_come_and_go_by_the_config() {
    let mut bot = door().start().await;
    let off = "[plugins.door]\nenabled = false";
    insta::assert_snapshot!(reloaded(&mut bot, off).await, @"
    ann     > !reload
    bot     > The config is in force:
              • plugins.door.enabled: true → false
    ");
    assert_eq!(status(&bot, "/door").await, 404);
    noted(&bot, 1).await;
    bot.transcript();
    // The sender is told nothing of it, the operator why.
    bot.say("ann", "!incidents").await;
    bot.say("ann", "!plugin enable door").await;
    bot.say("bob", "!door open").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !incidents
    bot     > #1 2026-11-20 10:00:00Z not found from 127.0.0.1 at /door: it is a hook of the plugin door, which is off (GET)
    ann     > !plugin enable door
    bot     > door is off by the config (plugins.door.enabled = false, line 3): change it there, then run !reload.
    bob     > !door open
    bot     > There is no command !door. Try !help.
    ");
    insta::assert_snapshot!(reloaded(&mut bot, "[plugins.door]\nsound = \"bell\"").await, @r#"
    ann     > !reload
    bot     > The config is in force:
              • plugins.door.enabled: false → true
              • plugins.door.sound: "creak" → "bell"
              Started anew: door.
    "#);
    assert_eq!([status(&bot, "/door").await, status(&bot, "/bell").await], [200, 200]);
    // What a chat has turned off stays off.
    bot.say("ann", "!plugin disable door").await;
    bot.transcript();
    insta::assert_snapshot!(reloaded(&mut bot, "[plugins.door]\nsound = \"creak\"").await, @r#"
    ann     > !reload
    bot     > The config is in force:
              • plugins.door.sound: "bell" → "creak"
    "#);
    assert_eq!(status(&bot, "/door").await, 404);
    bot.say("ann", "!plugin enable door").await;
    bot.say("bob", "!door open").await;
    insta::assert_snapshot!(bot.transcript(), @"
    nobody  > GET /door 404
    ann     > !plugin enable door
    bot     > door is now on.
    bob     > !door open
    bot     > creak
    ");
}

#[tokio::test]
async fn an_admin_who_is_none_any_more_has_the_last_answer() {
    let mut bot = door().admin("bob").start().await;
    bot.say_privately("bob", "!config admins").await;
    let file = bot.folder().join("factotum.toml");
    let text = std::fs::read_to_string(&file).unwrap().replace(", \"console:bob\"", "");
    std::fs::write(file, text).unwrap();
    bot.say_privately("bob", "!reload").await;
    bot.say_privately("bob", "!reload").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    bob     > !config admins
    bot     > key     value                          from
              admins  ["console:ann","console:bob"]  line 1
    bob     > !reload
    bot     > The config is in force:
              • admins: ["console:ann","console:bob"] → ["console:ann"]
    bob     > !reload
    bot     > !reload is for admins. !whoami shows who you are to me.
    "#);
    bot.configure("");
}

#[tokio::test]
async fn a_command_that_runs_keeps_the_plugin_that_it_began_with() {
    let (open, opened) = watch::channel(false);
    *SLOWLY.lock().unwrap() = Some(opened);
    let mut bot = door().config("[plugins.door]\nsound = \"squeak\"").start().await;
    bot.begin_to_say("bob", "!door open slowly");
    bot.posted("it moves").await;
    bot.configure("[plugins.door]\nsound = \"creak\"");
    bot.begin_to_say_privately("ann", "!reload");
    bot.posted("Started anew").await;
    bot.begin_to_say("eve", "!door open");
    bot.posted("creak\n").await;
    open.send_replace(true);
    bot.settled().await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    bob     > !door open slowly
    bot     > it moves
    ann     > !reload
    bot     > The config is in force:
              • plugins.door.sound: "squeak" → "creak"
              Started anew: door.
    eve     > !door open
    bot     > creak
    bot     > squeak
    "#);
}

#[tokio::test]
async fn a_plugin_that_panics_when_it_is_let_go_of_costs_nobody_anything() {
    let mut bot = door().config("[plugins.door]\nsound = \"slam\"").start().await;
    insta::assert_snapshot!(reloaded(&mut bot, "[plugins.door]\nsound = \"bell\"").await, @r#"
    ann     > !reload
    bot     > The config is in force:
              • plugins.door.sound: "slam" → "bell"
              Started anew: door.
    "#);
    assert_eq!([status(&bot, "/door").await, status(&bot, "/bell").await], [200, 200]);
    insta::assert_snapshot!(again(&bot).await.lines().last().unwrap_or_default(), @"bot     > I have read the config: nothing in it has changed.");
}

/// Requests that come all the time, while the config changes all the time: each has
/// the answer of the old plugin or of the new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_request_is_lost_between_two_configs() {
    let mut bot = door().start().await;
    let (stop, stopped) = watch::channel(false);
    let base = format!("http://{}", bot.host().http());
    let sender = || {
        let (stopped, base) = (stopped.clone(), base.clone());
        tokio::spawn(async move {
            let peer = factotum_plugin_api::http::Peer::new(&base).unwrap();
            let client = factotum_plugin_api::http::Http::default().client(peer).unwrap();
            let mut answers = vec![];
            while !*stopped.borrow() {
                let answer = client.get("/door").await.unwrap();
                answers.push((answer.status.as_u16(), String::from_utf8(answer.body.to_vec()).unwrap()));
            }
            answers
        })
    };
    let senders: Vec<_> = (0..8).map(|_| sender()).collect();
    for n in 0..30 {
        bot.configure(&format!("[plugins.door]\nsound = \"{}\"", ["creak", "squeak"][n % 2]));
        factotum_host::reload::reload(&bot.host().shared, AskedBy::Signal).await.unwrap();
    }
    stop.send_replace(true);
    let mut counts = std::collections::BTreeMap::new();
    for sender in senders {
        for answer in sender.await.unwrap() {
            *counts.entry(answer).or_insert(0) += 1;
        }
    }
    let kinds: Vec<_> = counts.keys().map(|(status, body)| (*status, body.as_str())).collect();
    assert_eq!(kinds, [(200, "creak"), (200, "squeak")], "{counts:?}");
}
