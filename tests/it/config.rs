//! What an operator sees of a config: mistakes at the start, and `!config`.
use factotum_host::config::{self, Sources};
use factotum_plugin_api::{prelude::*, schemars::schema_for};
use factotum_testing::{Bot, Builder};
use plugin_travishook::TravisHook;
use serde::Deserialize;

/// A plugin with a secret, which refuses one word.
struct Vault;

/// Keeps what nobody may see
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct VaultConfig {
    /// Password of the vault
    password: Option<Secret>,
    /// Its door
    door: String,
}

/// Open the door
#[derive(Args)]
struct OpenArgs {
    /// Which door
    door: String,
}

impl Plugin for Vault {
    const NAME: &'static str = "vault";
    type Config = VaultConfig;
    fn start(config: VaultConfig, _: Host) -> Result<Self> {
        match config.door.as_str() {
            "none" => Err(user_error("a vault without a door cannot be opened: set door")),
            _ => Ok(Vault),
        }
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("vault open", Access::ADMINS, Self::open);
    }
}
impl Vault {
    async fn open(&self, _: &Call, args: OpenArgs) -> Result<Reply> {
        Ok(format!("{} is open", args.door).into())
    }
}

/// Why the host does not start, without the folder's name.
async fn refusal(bot: Builder) -> String {
    let error = bot.try_start().await.err().expect("it does not start");
    let told = format!("{error:#}");
    let lines = told.lines().map(|line| match line.find("factotum.toml") {
        Some(at) => line.split_at(at).1.to_owned(),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn all_mistakes_are_told_with_the_nearest_key() {
    let text = r#"
admins = ["console:admin"]

[http]
listen = "127.0.0.1:3141"
max_body_bytes = 1048576

[plugins.travishook]
titel = "Travis"
config_urls = "https://api.travis-ci.com/config"
"#;
    let mistakes = config::load(Sources {
        file: Some("factotum.toml".into()),
        text: Some(text.into()),
        plugins: vec![("travishook", schema_for!(plugin_travishook::Config))],
        networks: vec![("console", schema_for!(factotum_host::console::Config))],
        ..Sources::default()
    });
    insta::assert_snapshot!(mistakes.unwrap_err(), @"
    factotum.toml:6: http.max_body_bytes: unknown field, expected `body_max_bytes`
    factotum.toml:9: plugins.travishook.titel: unknown field, expected `title`
    factotum.toml:10: plugins.travishook.config_urls: expected a list, found a text
    ");
}

#[tokio::test]
async fn a_start_tells_what_is_wrong_with_the_config() {
    let bot = Bot::with::<TravisHook>().admin("ann").config(
        r#"
[http]
listen = 3141

[access.roles]
ops = ["console:ann", "console:*"]

[[access.rules]]
role = "opps"
allow = true

[[access.rules]]
chat = ["ops", "console:ops"]
command = []
allow = false

[plugins.travishok]
title = "Travis"

[plugins.travishook.routes]
default_events = ["passed", "exploded"]
"#,
    );
    insta::assert_snapshot!(refusal(bot).await, @"
    factotum.toml:4: http.listen: expected a text, found a whole number
    factotum.toml:7: access.roles.ops[1]: `console:*`: `*` stands for nobody here; name each sender, or write a rule with `sender`
    factotum.toml:10: access.rules[0].role: `opps` is not under [access.roles]; there: ops
    factotum.toml:14: access.rules[1].chat: `ops` fits no chat; one is like irc:#dev
    factotum.toml:15: access.rules[1].command: an empty list fits nothing; leave the key out or put something in
    factotum.toml:18: plugins.travishok: unknown plugin, expected `travishook`
    factotum.toml:22: plugins.travishook.routes.default_events[1]: unknown value, expected one of `pending`, `passed`, `fixed`, `broken`, `failed`, `still_failing`, `errored`, `canceled`, `*`
    ");
}

#[tokio::test]
async fn a_rule_that_fits_no_command_stops_the_start() {
    let bot = Bot::with::<TravisHook>().and::<Vault>().admin("ann").config(
        r#"
[[access.rules]]
command = ["travis *", "travis rout"]
args = { repo = "o/*" }
allow = true

[[access.rules]]
command = "vault open"
args = { doors = "front" }
allow = true

[[access.rules]]
command = "buildbot:*"
allow = false

[[access.rules]]
command = ["help", "vault:*"]
args = { door = "front" }
allow = "default"
"#,
    );
    insta::assert_snapshot!(refusal(bot).await, @"
    factotum.toml:4: access.rules[0].command: `travis rout` fits no command; did you mean `travis route`?
    factotum.toml:10: access.rules[1].args: no such command has an argument `doors`; did you mean `door`?
    factotum.toml:14: access.rules[2].command: `buildbot:*` fits no command
    ");
}

#[tokio::test]
async fn a_plugin_that_refuses_its_section_is_named() {
    let bot = Bot::with::<TravisHook>().and::<Vault>().config(
        r#"
[plugins.vault]
door = "none"
password = "c4n4ry"

[plugins.travishook]
public_key_files = ["/nonexistent/travis.pem"]
"#,
    );
    let told = refusal(bot).await;
    assert!(!told.contains("c4n4ry"), "{told}");
    insta::assert_snapshot!(told, @"
    factotum.toml:3: plugins.vault: a vault without a door cannot be opened: set door
    factotum.toml:7: plugins.travishook: public_key_files: /nonexistent/travis.pem: No such file or directory (os error 2)
    ");
}

#[tokio::test]
async fn the_config_is_shown_to_admins_in_private() {
    let config = r#"
[http]
listen = "127.0.0.1:0"
trusted_proxies = ["10.0.0.0/8"]

[plugins.travishook]
title = "CI"

[plugins.vault]
password = "c4n4ry"
"#;
    let bot = Bot::with::<TravisHook>().and::<Vault>().admin("ann").config(config).start().await;
    bot.say("ann", "!config http").await;
    bot.say_privately("bob", "!config").await;
    bot.say_privately("ann", "!config http").await;
    bot.say_privately("ann", "!config plugins.travishook").await;
    bot.say_privately("ann", "!config vault").await;
    bot.say_privately("ann", "!config admins").await;
    bot.say_privately("ann", "!config nosuch").await;
    let transcript = bot.transcript();
    assert!(!transcript.contains("c4n4ry"), "{transcript}");
    insta::assert_snapshot!(transcript, @r#"
    ann     > !config http
    bot     > Please ask me !config in a private chat.
    bob     > !config
    bot     > !config is for admins. !whoami shows who you are to me.
    ann     > !config http
    bot     > key                           value           from
              http.body_max_bytes           1048576         default
              http.body_timeout_secs        30              default
              http.connections_max          1024            default
              http.connections_per_address  64              default
              http.handler_timeout_secs     10              default
              http.header_max_bytes         16384           default
              http.header_timeout_secs      10              default
              http.listen                   "127.0.0.1:0"   line 4
              http.metrics                  "loopback"      default
              http.public_url               not set         default
              http.tls                      not set         default
              http.trusted_proxies          ["10.0.0.0/8"]  line 5
    ann     > !config plugins.travishook
    bot     > key                                       value                                                 from
              plugins.travishook.config_urls            ["https://api.travis-ci.com/config"]                  default
              plugins.travishook.enabled                true                                                  default
              plugins.travishook.public_key_files       []                                                    default
              plugins.travishook.public_keys            []                                                    default
              plugins.travishook.routes.default_events  ["passed","fixed","broken","failed","still_failing"]  default
              plugins.travishook.title                  "CI"                                                  line 8
    ann     > !config vault
    bot     > key                     value  from
              plugins.vault.door      ""     default
              plugins.vault.enabled   true   default
              plugins.vault.password  "***"  line 11
    ann     > !config admins
    bot     > key     value            from
              admins  ["console:ann"]  line 1
    ann     > !config nosuch
    bot     > There is no section nosuch; there is access, admin_chat, admins, chats.console, commands, http, journal, language, log, outbox, plugins.travishook, plugins.vault, texts.
    "#);

    bot.say_privately("ann", "!config").await;
    let transcript = bot.transcript();
    assert!(!transcript.contains("c4n4ry"), "{transcript}");
    let keys = ["access.rules", "admins", "chats.console.sender", "journal.keep_days", "plugins.vault.password"];
    for key in keys {
        assert!(transcript.contains(&format!(" {key} ")), "{key}: {transcript}");
    }
}
