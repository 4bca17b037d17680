//! What an operator sees of a config: the mistakes, the values, the example.
#![expect(dead_code, reason = "the fake configs are there for their schemas")]
use super::*;
use crate::access::{Allow, Globs, RuleSpec};
use factotum_plugin_api::{NoConfig, chat::ChatId, http::Tls, secret::Secret};
use proptest::prelude::*;
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

const CANARY: &str = "c4n4ry";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Travis {
    /// Seconds that a request stays valid.
    #[schemars(range(min = 1, max = 86400))]
    max_age_secs: u32,
    /// Servers to fetch keys from.
    config_urls: Vec<String>,
    /// Token that every sender may use.
    token: Option<Secret>,
    /// Routes that are always there.
    routes: Routes,
    /// How a message looks.
    style: Style,
    /// How servers are checked.
    tls: Tls,
}
impl Default for Travis {
    fn default() -> Self {
        Travis {
            max_age_secs: 600,
            config_urls: vec!["https://api.travis-ci.com/config".into()],
            token: None,
            routes: Routes::default(),
            style: Style::Full,
            tls: Tls::System,
        }
    }
}

#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Routes {
    /// Chat for what no route takes.
    fallback: Option<ChatId>,
    /// Events by repository.
    by_repo: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Style {
    /// A line and a link.
    Full,
    /// A word.
    Compact,
}

/// Forgot `deny_unknown_fields`, and cannot start without being told something.
#[derive(Deserialize, JsonSchema)]
struct Conference {
    /// Address of the server.
    server: String,
    /// Password of the account.
    password: Secret,
    /// Servers beside the first.
    #[serde(default)]
    others: Vec<Other>,
}

#[derive(Deserialize, JsonSchema)]
struct Other {
    /// Its address.
    server: String,
    /// Its key.
    key: Secret,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ConsoleConfig {
    /// Account of the person at the console.
    sender: String,
}
impl Default for ConsoleConfig {
    fn default() -> Self {
        ConsoleConfig { sender: "admin".into() }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Telegram {
    /// The bot's token, from BotFather.
    token: Secret,
    /// Seconds that one poll waits.
    #[serde(default = "poll_secs")]
    poll_secs: u16,
}
fn poll_secs() -> u16 {
    50
}

fn plugins() -> Vec<(&'static str, Schema)> {
    vec![
        ("travishook", schema_for!(Travis)),
        ("echo", schema_for!(NoConfig)),
        ("conference-room", schema_for!(Conference)),
    ]
}
fn networks() -> Vec<(&'static str, Schema)> {
    vec![("console", schema_for!(ConsoleConfig)), ("telegram", schema_for!(Telegram))]
}
fn sources(text: &str) -> Sources {
    Sources {
        file: Some("factotum.toml".into()),
        text: Some(text.into()),
        plugins: plugins(),
        networks: networks(),
        left_out: vec![("buildbot".into(), "buildbot".into())],
        ..Sources::default()
    }
}
fn with_env(text: &str, env: &[(&str, &str)]) -> Sources {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sources { env, ..sources(text) }
}
fn mistakes(sources: Sources) -> String {
    let mistakes = load(sources).unwrap_err().to_string();
    assert!(!mistakes.contains(CANARY), "{mistakes}");
    mistakes
}
/// The values that are not defaults.
fn set(loaded: &Loaded, section: Option<&str>) -> String {
    let shown = loaded.show(section);
    let set = shown.iter().filter(|one| one.source != Source::Default);
    set.map(|one| format!("{} = {} ({})\n", one.path, one.value, one.source)).collect()
}

#[test]
fn three_mistakes_are_told_at_once() {
    let text = r#"
admins = ["console:admin"]

[http]
listen = "127.0.0.1:3141"

[plugins.travishook]
config_urls = ["https://api.travis-ci.com/config"]
max_age = 600
style = "compat"

[outbox]
retry_max_secs = "one minute"
"#;
    insta::assert_snapshot!(mistakes(sources(text)), @r"
    factotum.toml:9: plugins.travishook.max_age: unknown field, expected `max_age_secs`
    factotum.toml:10: plugins.travishook.style: unknown value, expected `compact`
    factotum.toml:13: outbox.retry_max_secs: expected a whole number, found a text
    ");
}

#[test]
fn each_kind_of_mistake_is_told() {
    let text = r#"
listn = "127.0.0.1:3141"
admins = "console:admin"
admin_chat = "ops"

[http]
admins = []
connections_max = 0
header_timeout_secs = 1.5
xyz = 1
tls = { key_file = "x.key" }

[log]
format = "jsn"
level = true

[access]
rules = [
    { command = "travis *", allow = true },
    { comand = "travis *" },
    { command = 5, allow = true },
    { command = "travis *", allow = "yes" },
    { role = ["opps"], allow = true },
]

[commands]
time_limit_secs = -5

[journal]
max_mib = 99999999999999999999999999
keep_days = nan

[chats.telegram]
poll_secs = 70000

[chats.libera]
nick = "factotum"

[chats."Big Co"]
network = "telegram"

[chats.work]
network = "telegran"
token = "c4n4ry"

[plugins.travishok]
[plugins.buildbot]
url = "https://c4n4ry@example.com"

[plugins.echo]
loud = true
enabled = "c4n4ry"

[plugins.travishook]
max_age_secs = 100000
token = 5
config_urls = ["a", 7]
tls = { ca_fil = "c4n4ry" }
style = 3
routes.fallback = "c4n4ry"
routes.by_repo = { "o/r" = "c4n4ry" }

[plugins.conference-room]
server = "s"
pasword = "c4n4ry"
[[plugins.conference-room.others]]
server = "t"
"#;
    insta::assert_snapshot!(mistakes(sources(text)), @r#"
    factotum.toml:2: listn: unknown field, expected one of `access`, `admin_chat`, `admins`, `chats`, `commands`, `http`, `journal`, `language`, `log`, `outbox`, `plugins`, `texts`
    factotum.toml:3: admins: expected a list, found a text
    factotum.toml:4: admin_chat: a chat is like telegram:-1001234 or irc:#dev
    factotum.toml:7: http.admins: unknown field; `admins` belongs at the top of the file, before the first [section]
    factotum.toml:8: http.connections_max: must be at least 1, is 0
    factotum.toml:9: http.header_timeout_secs: expected a whole number, found a number with a fraction
    factotum.toml:10: http.xyz: unknown field, expected one of `body_max_bytes`, `body_timeout_secs`, `connections_max`, `connections_per_address`, `handler_timeout_secs`, `header_max_bytes`, `header_timeout_secs`, `listen`, `metrics`, `public_url`, `tls`, `trusted_proxies`
    factotum.toml:11: http.tls.certificate_file: missing field
    factotum.toml:14: log.format: unknown value, expected `json`
    factotum.toml:15: log.level: expected a text, found true or false
    factotum.toml:20: access.rules[1].allow: missing field
    factotum.toml:20: access.rules[1].comand: unknown field, expected `command`
    factotum.toml:21: access.rules[2].command: expected a list or a text, found a whole number
    factotum.toml:22: access.rules[3].allow: unknown value, expected `default` or true or false
    factotum.toml:23: access.rules[4].role: `opps` is not under [access.roles], which is empty
    factotum.toml:27: commands.time_limit_secs: must be at least 1, is -5
    factotum.toml:30: journal.max_mib: the number is too large
    factotum.toml:31: journal.keep_days: this is no number that can be used
    factotum.toml:33: chats.telegram.token: missing field (or `token_file`)
    factotum.toml:34: chats.telegram.poll_secs: must be at most 65535, is 70000
    factotum.toml:36: chats.libera: unknown network, say which kind it is with `network`, expected one of `console`, `telegram`
    factotum.toml:39: chats."Big Co": the name of a network has only lower case letters, digits, `-` and `_`
    factotum.toml:43: chats.work.network: unknown network, expected `telegram`
    factotum.toml:46: plugins.travishok: unknown plugin, expected `travishook`
    factotum.toml:47: plugins.buildbot: not compiled in: build with `--features buildbot`
    factotum.toml:51: plugins.echo.loud: unknown field, expected `enabled`
    factotum.toml:52: plugins.echo.enabled: expected true or false, found a text
    factotum.toml:55: plugins.travishook.max_age_secs: must be at most 86400, is 100000
    factotum.toml:56: plugins.travishook.token: expected a text, found a whole number
    factotum.toml:57: plugins.travishook.config_urls[1]: expected a text, found a whole number
    factotum.toml:58: plugins.travishook.tls.ca_fil: unknown field, expected `ca_file`
    factotum.toml:59: plugins.travishook.style: expected a text, found a whole number
    factotum.toml:60: plugins.travishook.routes.fallback: a chat is like telegram:-1001234 or irc:#dev
    factotum.toml:61: plugins.travishook.routes.by_repo."o/r": expected a list, found a text
    factotum.toml:65: plugins.conference-room.pasword: unknown field, expected `password`
    factotum.toml:66: plugins.conference-room.others[0].key: missing field (or `key_file`)
    "#);
}

#[test]
fn syntax_is_told_with_line_and_column() {
    let texts = [
        "admins = [\"console:admin\"",
        "[http\nlisten = 1",
        "[chats.telegram]\ntoken = c4n4ry",
        "[chats.telegram]\ntoken = \"c4n4ry\nenabled = true",
        "ü = 1\n",
        "[log]\nlevel = \"info\"\nlevel = \"debug\"\n",
        "a = 'ü' b\n\n= 5",
    ];
    let told: Vec<String> = texts.into_iter().map(|text| mistakes(sources(text))).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    factotum.toml:1:26: unclosed array, expected `]`
    factotum.toml:1:6: unclosed table, expected `]`
    factotum.toml:2:9: string values must be quoted, expected literal string
    factotum.toml:2:16: invalid basic string, expected `"`
    factotum.toml:1:1: invalid unquoted key, expected letters, numbers, `-`, `_`
    factotum.toml:3:1: duplicate key
    factotum.toml:1:9: unexpected key or value, expected newline, `#`
    factotum.toml:3:1: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`
    "#);
    let missing = Sources { file: Some("/nonexistent/factotum.toml".into()), ..Sources::default() };
    insta::assert_snapshot!(mistakes(missing), @"/nonexistent/factotum.toml: No such file or directory (os error 2)");
}

#[test]
fn what_no_schema_can_say_is_told() {
    let text = r##"
admins = ["console:admin", "ann", "telegran:1"]
admin_chat = "irc:#ops"

[http]
listen = "localhost"
trusted_proxies = ["127.0.0.1", "10.0.0.0/40"]
public_url = "ftp://example.com"

[access.roles]
release = ["console:ann", "*:bob", "telegram:*", "bob", "irc:bob"]

[[access.rules]]
command = []
chat = ["#dev", "telegran:-5", "*", "t*:5"]
sender = ["release", "telegram:*"]
role = ["release", "relase"]
args = { repo = [] }
allow = true

[[access.rules]]
sender = "irc:*"
allow = "default"

[outbox]
retry_first_secs = 100

[log]
level = "info,host=loud"

[commands]
prefixes = ["!", "", "!"]

[chats.telegram]
token = "c4n4ry"

[plugins.travishook]
max_age = 5
"##;
    insta::assert_snapshot!(mistakes(sources(text)), @"
    factotum.toml:2: admins[1]: `ann` is no sender: one is like telegram:123456 or console:admin
    factotum.toml:2: admins[2]: no network is called `telegran`, expected `telegram`
    factotum.toml:3: admin_chat: no network is called `irc`, expected one of `console`, `telegram`
    factotum.toml:6: http.listen: `localhost` is no address and port, such as 127.0.0.1:3141
    factotum.toml:7: http.trusted_proxies[1]: `10.0.0.0/40` is no network; one is like 10.0.0.0/8 or 192.0.2.7
    factotum.toml:8: http.public_url: a URL begins with https:// or http://
    factotum.toml:11: access.roles.release[1]: `*:bob`: `*` stands for nobody here; name each sender, or write a rule with `sender`
    factotum.toml:11: access.roles.release[2]: `telegram:*`: `*` stands for nobody here; name each sender, or write a rule with `sender`
    factotum.toml:11: access.roles.release[3]: `bob` is no sender: one is like telegram:123456 or console:admin
    factotum.toml:11: access.roles.release[4]: no network is called `irc`, expected one of `console`, `telegram`
    factotum.toml:14: access.rules[0].command: an empty list fits nothing; leave the key out or put something in
    factotum.toml:15: access.rules[0].chat: `#dev` fits no chat; one is like irc:#dev
    factotum.toml:15: access.rules[0].chat[1]: no network is called `telegran`, expected `telegram`
    factotum.toml:16: access.rules[0].sender: `release` fits no sender; one is like telegram:123456
    factotum.toml:17: access.rules[0].role: `relase` is not under [access.roles]; there: release
    factotum.toml:18: access.rules[0].args.repo: an empty list fits nothing; leave the key out or put something in
    factotum.toml:22: access.rules[1].sender: no network is called `irc`, expected one of `console`, `telegram`
    factotum.toml:25: outbox.retry_max_secs: must not be less than `retry_first_secs`
    factotum.toml:29: log.level: no level and no levels by module: expected one of `off`, `error`, `warn`, `info`, `debug`, `trace`
    factotum.toml:32: commands.prefixes[1]: a prefix has at least one character that can be seen
    factotum.toml:32: commands.prefixes[2]: is there already
    factotum.toml:38: plugins.travishook.max_age: unknown field, expected `max_age_secs`
    ");
}

#[test]
fn without_a_file_everything_has_its_default() {
    let loaded = load(Sources { plugins: plugins(), networks: networks(), ..Sources::default() }).unwrap();
    assert_eq!(loaded.config, Config::default());
    assert!(loaded.admins_besides_console().is_empty());
    insta::assert_debug_snapshot!(loaded.plugins, @r#"
    [
        PluginSection {
            name: "conference-room",
            enabled: true,
            missing: [
                "server",
                "password",
            ],
            ..
        },
        PluginSection {
            name: "echo",
            enabled: true,
            missing: [],
            ..
        },
        PluginSection {
            name: "travishook",
            enabled: true,
            missing: [],
            ..
        },
    ]
    "#);
    insta::assert_debug_snapshot!(loaded.chats, @r#"
    [
        ChatSection {
            name: "console",
            kind: "console",
            enabled: true,
            ..
        },
    ]
    "#);
    let all: String =
        loaded.show(None).iter().map(|one| format!("{} = {} ({})\n", one.path, one.value, one.source)).collect();
    insta::assert_snapshot!(all, @r#"
    access.roles = {} (default)
    access.rules = [] (default)
    admin_chat = null (default)
    admins = ["console:admin"] (default)
    chats.console.enabled = true (default)
    chats.console.sender = "admin" (default)
    commands.prefix_optional_in_private = false (default)
    commands.prefixes = ["!"] (default)
    commands.time_limit_secs = 60 (default)
    http.body_max_bytes = 1048576 (default)
    http.body_timeout_secs = 30 (default)
    http.connections_max = 1024 (default)
    http.connections_per_address = 64 (default)
    http.handler_timeout_secs = 10 (default)
    http.header_max_bytes = 16384 (default)
    http.header_timeout_secs = 10 (default)
    http.listen = "127.0.0.1:3141" (default)
    http.metrics = "loopback" (default)
    http.public_url = null (default)
    http.tls = null (default)
    http.trusted_proxies = [] (default)
    journal.keep_days = 30 (default)
    journal.max_mib = 1024 (default)
    language = "en" (default)
    log.format = "text" (default)
    log.level = null (default)
    outbox.give_up_after_secs = 86400 (default)
    outbox.group_after = 5 (default)
    outbox.jitter = 0.2 (default)
    outbox.retry_first_secs = 1 (default)
    outbox.retry_max_secs = 60 (default)
    plugins.conference-room.enabled = true (default)
    plugins.conference-room.others = null (default)
    plugins.conference-room.password = null (default)
    plugins.conference-room.server = null (default)
    plugins.echo.enabled = true (default)
    plugins.travishook.config_urls = ["https://api.travis-ci.com/config"] (default)
    plugins.travishook.enabled = true (default)
    plugins.travishook.max_age_secs = 600 (default)
    plugins.travishook.routes.by_repo = {} (default)
    plugins.travishook.routes.fallback = null (default)
    plugins.travishook.style = "full" (default)
    plugins.travishook.tls = "system" (default)
    plugins.travishook.token = null (default)
    texts = null (default)
    "#);
}

#[test]
fn sections_are_handed_out_with_their_secrets_and_shown_without() {
    let text = r#"
admins = ["telegram:1", "console:admin", "work:2"]

[access.roles]
release = ["telegram:5"]

[chats.console]
sender = "ann"

[chats.telegram]
token = "c4n4ry"
enabled = false

[chats.work]
network = "telegram"
token = "c4n4ry"
poll_secs = 20.0

[plugins.travishook]
token = "c4n4ry"
enabled = true

[plugins.conference-room]
enabled = false
others = [{ server = "t", key = "c4n4ry" }]
"#;
    let loaded = load(sources(text)).unwrap();
    let chats: Vec<_> = loaded
        .chats
        .iter()
        .map(|chat| format!("{} {} {} {}", chat.name, chat.kind, chat.enabled, chat.value))
        .collect();
    insta::assert_snapshot!(chats.join("\n"), @r#"
    console console true {"sender":"ann"}
    telegram telegram false {"token":"c4n4ry"}
    work telegram true {"poll_secs":20,"token":"c4n4ry"}
    "#);
    let plugins: Vec<_> = loaded
        .plugins
        .iter()
        .map(|plugin| format!("{} {} {:?} {}", plugin.name, plugin.enabled, plugin.missing, plugin.value))
        .collect();
    insta::assert_snapshot!(plugins.join("\n"), @r#"
    conference-room false ["server", "password"] {"others":[{"key":"c4n4ry","server":"t"}]}
    echo true [] {}
    travishook true [] {"token":"c4n4ry"}
    "#);
    assert_eq!(loaded.admins_besides_console(), ["telegram:1", "work:2"]);
    let shown = set(&loaded, None);
    insta::assert_snapshot!(shown, @r#"
    access.roles.release = ["telegram:5"] (line 5)
    admins = ["telegram:1","console:admin","work:2"] (line 2)
    chats.console.sender = "ann" (line 8)
    chats.telegram.enabled = false (line 12)
    chats.telegram.token = "***" (line 11)
    chats.work.network = "telegram" (line 15)
    chats.work.poll_secs = 20 (line 17)
    chats.work.token = "***" (line 16)
    plugins.conference-room.enabled = false (line 24)
    plugins.conference-room.others = [{"key":"***","server":"t"}] (line 25)
    plugins.travishook.enabled = true (line 21)
    plugins.travishook.token = "***" (line 20)
    "#);
    assert!(!format!("{shown}{loaded:?}").contains(CANARY));
    assert_eq!(set(&loaded, Some("travishook")), set(&loaded, Some("plugins.travishook")));
    assert_eq!(loaded.show(Some("log")).len(), 2);
    assert_eq!(loaded.show(Some("nothing")), []);
}

#[test]
fn the_persons_own_name_at_the_console_is_an_admin() {
    let loaded = load(sources("[chats.console]\nsender = \"ann\"")).unwrap();
    assert_eq!(loaded.config.admins, ["console:ann"]);
}

#[test]
fn the_environment_overrides_the_file() {
    let text = r#"
[http]
listen = "127.0.0.1:1"
connections_max = 7

[access.roles]
"on-call" = ["console:ann"]

[plugins.travishook]
token_file = "nowhere"
"#;
    let env = [
        ("FACTOTUM_ADMINS", r#"["console:admin", "telegram:1"]"#),
        ("FACTOTUM_ADMIN_CHAT", "console:ops"),
        ("FACTOTUM_HTTP__LISTEN", "127.0.0.1:2"),
        ("FACTOTUM_HTTP__TLS__KEY_FILE", "a.key"),
        ("FACTOTUM_HTTP__TLS__CERTIFICATE_FILE", "a.crt"),
        ("FACTOTUM_ACCESS__ROLES__ON_CALL", r#"["console:bob"]"#),
        ("FACTOTUM_ACCESS__ROLES__NEW", "['console:new']"),
        ("FACTOTUM_ACCESS__RULES", r#"[{"command": "*", "allow": false}]"#),
        ("FACTOTUM_LOG__LEVEL", "warn"),
        ("FACTOTUM_LOG", "debug"),
        ("FACTOTUM_LOG__FORMAT", "json"),
        ("FACTOTUM_Outbox__Retry_Max_Secs", "90"),
        ("FACTOTUM_CONFIG", "elsewhere.toml"),
        ("FACTOTUM_DATA", "/var/lib/factotum"),
        ("FACTOTUM_CHATS__TELEGRAM__TOKEN", "123"),
        ("FACTOTUM_PLUGINS__TRAVISHOOK__TOKEN", CANARY),
        ("FACTOTUM_PLUGINS__TRAVISHOOK__TLS", "{ ca_file = 'ca.pem' }"),
        ("FACTOTUM_PLUGINS__TRAVISHOOK__STYLE", "compact"),
        ("FACTOTUM_PLUGINS__CONFERENCE_ROOM__ENABLED", "false"),
        ("FACTOTUM_CHATS__WORK__NETWORK", "telegram"),
        ("FACTOTUM_CHATS__WORK__TOKEN", CANARY),
        ("HOME", "/root"),
    ];
    let loaded = load(with_env(text, &env)).unwrap();
    insta::assert_snapshot!(set(&loaded, None), @r#"
    access.roles.new = ["console:new"] (FACTOTUM_ACCESS__ROLES__NEW)
    access.roles.on-call = ["console:bob"] (FACTOTUM_ACCESS__ROLES__ON_CALL)
    access.rules = [{"allow":false,"command":"*"}] (FACTOTUM_ACCESS__RULES)
    admin_chat = "console:ops" (FACTOTUM_ADMIN_CHAT)
    admins = ["console:admin","telegram:1"] (FACTOTUM_ADMINS)
    chats.telegram.token = "***" (FACTOTUM_CHATS__TELEGRAM__TOKEN)
    chats.work.network = "telegram" (FACTOTUM_CHATS__WORK__NETWORK)
    chats.work.token = "***" (FACTOTUM_CHATS__WORK__TOKEN)
    http.connections_max = 7 (line 4)
    http.listen = "127.0.0.1:2" (FACTOTUM_HTTP__LISTEN)
    http.tls.certificate_file = "a.crt" (FACTOTUM_HTTP__TLS__CERTIFICATE_FILE)
    http.tls.key_file = "a.key" (FACTOTUM_HTTP__TLS__KEY_FILE)
    log.format = "json" (FACTOTUM_LOG__FORMAT)
    log.level = "warn" (FACTOTUM_LOG__LEVEL)
    outbox.retry_max_secs = 90 (FACTOTUM_Outbox__Retry_Max_Secs)
    plugins.conference-room.enabled = false (FACTOTUM_PLUGINS__CONFERENCE_ROOM__ENABLED)
    plugins.travishook.style = "compact" (FACTOTUM_PLUGINS__TRAVISHOOK__STYLE)
    plugins.travishook.tls.ca_file = "ca.pem" (FACTOTUM_PLUGINS__TRAVISHOOK__TLS)
    plugins.travishook.token = "***" (FACTOTUM_PLUGINS__TRAVISHOOK__TOKEN)
    "#);
    assert_eq!(loaded.plugin("travishook").unwrap().value["token"], CANARY);
    assert_eq!(loaded.chat("work").unwrap().kind, "telegram");
}

#[test]
fn a_mistake_in_the_environment_names_the_variable() {
    let env = [
        ("FACTOTUM_ADMINS", "console:admin"),
        ("FACTOTUM_HTTP__LISTN", "127.0.0.1:2"),
        ("FACTOTUM_HTTP", "{}"),
        ("FACTOTUM_HTTP__CONNECTIONS_MAX", CANARY),
        ("FACTOTUM_CONFG", "x"),
        ("FACTOTUM_", "x"),
        ("FACTOTUM_COLOUR", "x"),
        ("FACTOTUM_ACCESS__RULES__0__ALLOW", "true"),
        ("FACTOTUM_PLUGINS__TRAVISHOK__TOKEN", CANARY),
        ("FACTOTUM_PLUGINS__BUILDBOT__TOKEN", CANARY),
        ("FACTOTUM_PLUGINS__TRAVISHOOK__TOKN", CANARY),
        ("FACTOTUM_PLUGINS__TRAVISHOOK__MAX_AGE_SECS", "0"),
        ("FACTOTUM_PLUGINS__CONFERENCE_ROOM__SERVER", "s"),
        ("FACTOTUM_CHATS__IRC__NICK", "x"),
        ("FACTOTUM_CHATS__WORK__NETWORK", "telegran"),
        ("FACTOTUM_HTTP__PUBLIC_URL", "x"),
    ];
    insta::assert_snapshot!(mistakes(with_env("", &env)), @"
    FACTOTUM_: unknown variable: no setting has this name
    FACTOTUM_ACCESS__RULES__0__ALLOW: unknown variable, expected `FACTOTUM_ACCESS__RULES`
    FACTOTUM_ADMINS: admins: expected a list, found a text
    FACTOTUM_CHATS__IRC__NICK: unknown network, say which kind it is with `network`, expected one of `console`, `telegram`
    FACTOTUM_CHATS__WORK__NETWORK: unknown network, expected `telegram`
    FACTOTUM_COLOUR: unknown variable: no setting has this name
    FACTOTUM_CONFG: unknown variable, expected `FACTOTUM_CONFIG`
    FACTOTUM_HTTP: names a table, expected one of `FACTOTUM_HTTP__BODY_MAX_BYTES`, `FACTOTUM_HTTP__BODY_TIMEOUT_SECS`, `FACTOTUM_HTTP__CONNECTIONS_MAX`, `FACTOTUM_HTTP__CONNECTIONS_PER_ADDRESS`, `FACTOTUM_HTTP__HANDLER_TIMEOUT_SECS`, `FACTOTUM_HTTP__HEADER_MAX_BYTES`, `FACTOTUM_HTTP__HEADER_TIMEOUT_SECS`, `FACTOTUM_HTTP__LISTEN`, `FACTOTUM_HTTP__METRICS`, `FACTOTUM_HTTP__PUBLIC_URL`, `FACTOTUM_HTTP__TLS`, `FACTOTUM_HTTP__TRUSTED_PROXIES`
    FACTOTUM_HTTP__CONNECTIONS_MAX: http.connections_max: expected a whole number, found a text
    FACTOTUM_HTTP__LISTN: unknown variable, expected `FACTOTUM_HTTP__LISTEN`
    FACTOTUM_HTTP__PUBLIC_URL: http.public_url: a URL begins with https:// or http://
    FACTOTUM_PLUGINS__BUILDBOT__TOKEN: not compiled in: build with `--features buildbot`
    FACTOTUM_PLUGINS__CONFERENCE_ROOM__SERVER: plugins.conference-room.password: missing field (or `password_file`)
    FACTOTUM_PLUGINS__TRAVISHOK__TOKEN: unknown plugin, expected `travishook`
    FACTOTUM_PLUGINS__TRAVISHOOK__MAX_AGE_SECS: plugins.travishook.max_age_secs: must be at least 1, is 0
    FACTOTUM_PLUGINS__TRAVISHOOK__TOKN: unknown variable, expected `FACTOTUM_PLUGINS__TRAVISHOOK__TOKEN`
    ");
}

#[test]
fn each_way_to_check_a_certificate_is_read_strictly() {
    let pin = "AB:".repeat(31) + "cd";
    for tls in ["'system'", "'off'", "{ ca_file = '/x' }", &format!("{{ pinned = '{pin}' }}")] {
        let loaded = load(sources(&format!("plugins.travishook.tls = {tls}"))).unwrap();
        let value = &loaded.plugin("travishook").unwrap().value["tls"];
        assert!(serde_json::from_value::<Tls>(value.clone()).is_ok(), "{tls}");
    }
    let wrong = [
        "'systm'".to_owned(),
        "'none'".to_owned(),
        "true".to_owned(),
        "{ pinned = 'ab:cd' }".to_owned(),
        format!("{{ pinned = '{pin}:00' }}"),
        "{ pined = 'ab:cd' }".to_owned(),
        "{}".to_owned(),
        format!("{{ ca_file = '/x', pinned = '{pin}' }}"),
        "{ ca_file = 5 }".to_owned(),
    ];
    let told: Vec<_> = wrong.iter().map(|tls| mistakes(sources(&format!("plugins.travishook.tls = {tls}")))).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    factotum.toml:1: plugins.travishook.tls: unknown value, expected `system`
    factotum.toml:1: plugins.travishook.tls: unknown value, expected one of `system`, `off` or a table
    factotum.toml:1: plugins.travishook.tls: expected a table or a text, found true or false
    factotum.toml:1: plugins.travishook.tls.pinned: must be like `ab:cd:… (32 bytes in hex)`
    factotum.toml:1: plugins.travishook.tls.pinned: must be like `ab:cd:… (32 bytes in hex)`
    factotum.toml:1: plugins.travishook.tls.pined: unknown field, expected `pinned`
    factotum.toml:1: plugins.travishook.tls: must have one key of `ca_file`, `pinned`
    factotum.toml:1: plugins.travishook.tls: must have one key of `ca_file`, `pinned`
    factotum.toml:1: plugins.travishook.tls.ca_file: expected a text, found a whole number
    ");
}

struct Folder(tempfile::TempDir);
impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }
    fn file(&self, name: &str, content: &str, mode: u32) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    }
    fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.0.path().display().to_string(), "FOLDER")
    }
}

#[test]
fn secrets_come_from_files() {
    let folder = Folder::new();
    let (token, key) = (folder.file("token", "c4n4ry\n", 0o600), folder.file("key", "k3y\r\n", 0o400));
    let text = format!(
        "[chats.telegram]\ntoken_file = {token:?}\n\
         [plugins.conference-room]\nserver = \"s\"\npassword_file = {token:?}\n\
         others = [{{ server = \"t\", key_file = {key:?} }}]"
    );
    let loaded = load(with_env(&text, &[("FACTOTUM_PLUGINS__TRAVISHOOK__TOKEN_FILE", &key)])).unwrap();
    assert_eq!(loaded.chat("telegram").unwrap().value.to_string(), r#"{"token":"c4n4ry"}"#);
    assert_eq!(loaded.plugin("travishook").unwrap().value.to_string(), r#"{"token":"k3y"}"#);
    assert_eq!(
        loaded.plugin("conference-room").unwrap().value.to_string(),
        r#"{"others":[{"key":"k3y","server":"t"}],"password":"c4n4ry","server":"s"}"#
    );
    insta::assert_snapshot!(folder.hidden_in(&set(&loaded, None)), @r#"
    chats.telegram.token = "***" (file FOLDER/token)
    plugins.conference-room.others = [{"key":"***","server":"t"}] (line 6)
    plugins.conference-room.password = "***" (file FOLDER/token)
    plugins.conference-room.server = "s" (line 4)
    plugins.travishook.token = "***" (file FOLDER/key)
    "#);
}

#[test]
fn a_secret_file_that_does_not_work_is_a_mistake() {
    let folder = Folder::new();
    let (open, empty) = (folder.file("open", CANARY, 0o644), folder.file("empty", "\n", 0o600));
    let binary = folder.0.path().join("binary");
    std::fs::write(&binary, [0xff]).unwrap();
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o600)).unwrap();
    let long = folder.file("long", &CANARY.repeat(20_000), 0o600);
    let text = format!(
        "[chats.telegram]\ntoken_file = {open:?}\n\
         [chats.work]\nnetwork = \"telegram\"\ntoken_file = 5\n\
         [plugins.travishook]\ntoken = \"c4n4ry\"\ntoken_file = {open:?}\n\
         [plugins.conference-room]\nserver = \"s\"\npassword_file = \"/nonexistent/password\"\n\
         others = [\n{{ server = \"a\", key_file = {empty:?} }},\n{{ server = \"b\", key_file = {binary:?} }},\n\
         {{ server = \"c\", key_file = {long:?} }},\n{{ server = \"d\", key_file = {:?} }},\n]",
        folder.0.path()
    );
    insta::assert_snapshot!(folder.hidden_in(&mistakes(sources(&text))), @r"
    factotum.toml:2: chats.telegram.token_file: FOLDER/open: others than its owner may use it; run `chmod 600 FOLDER/open`
    factotum.toml:5: chats.work.token_file: expected the path of a file, as a text
    factotum.toml:8: plugins.travishook.token_file: `token` is given as well; keep one of them
    factotum.toml:11: plugins.conference-room.password_file: /nonexistent/password: No such file or directory (os error 2)
    factotum.toml:13: plugins.conference-room.others[0].key_file: FOLDER/empty: is empty
    factotum.toml:14: plugins.conference-room.others[1].key_file: FOLDER/binary: is no UTF-8 text
    factotum.toml:15: plugins.conference-room.others[2].key_file: FOLDER/long: is longer than 65536 bytes
    factotum.toml:16: plugins.conference-room.others[3].key_file: FOLDER: is no file
    ");
}

#[test]
fn a_secret_in_a_file_that_everybody_may_read_is_a_warning() {
    let folder = Folder::new();
    let secret = folder.file("secret", "c4n4ry", 0o600);
    let inline = "[plugins.conference-room]\nserver = \"s\"\npassword = \"c4n4ry\"\n\
                  others = [{ server = \"t\", key = \"c4n4ry\" }]";
    let beside = format!("[plugins.conference-room]\nserver = \"s\"\npassword_file = {secret:?}");
    let env = [("FACTOTUM_PLUGINS__TRAVISHOOK__TOKEN", CANARY)];
    let warnings = |text: &str, mode, env| {
        let file = folder.file("factotum.toml", text, mode);
        let loaded = load(Sources { file: Some(file.into()), text: None, ..with_env(text, env) }).unwrap();
        folder.hidden_in(&loaded.warnings().join("\n"))
    };
    insta::assert_snapshot!(warnings(inline, 0o644, &env), @"FOLDER/factotum.toml holds secrets (plugins.conference-room.others[0].key, plugins.conference-room.password) and everybody on this machine may read it: run `chmod 600 FOLDER/factotum.toml`, or keep each in a file of its own and name that one, as plugins.conference-room.others[0].key_file");
    let url = "[http]\npublic_url = \"https://user:c4n4ry@s/\"";
    insta::assert_snapshot!(warnings(url, 0o644, &env), @"FOLDER/factotum.toml holds secrets (http.public_url) and everybody on this machine may read it: run `chmod 600 FOLDER/factotum.toml`");
    let open = "[http]\npublic_url = \"https://user@s/?x=y\"";
    let fine = [(inline, 0o600), (inline, 0o640), (&*beside, 0o644), ("", 0o644), (url, 0o600), (open, 0o644)];
    for (text, mode) in fine {
        assert_eq!(warnings(text, mode, &env), "", "{mode:o} {text}");
    }
}

#[test]
fn secrets_come_as_credentials() {
    let folder = Folder::new();
    folder.file("chats.telegram.token", "c4n4ry\n", 0o440);
    folder.file("chats.work.token", "c4n4ry\n", 0o440);
    folder.file("plugins.travishook.token", "c4n4ry\n", 0o440);
    folder.file("hooks.crt", "a certificate", 0o440);
    folder.file("certificate", "another", 0o440);
    let text = "[chats.work]\nnetwork = \"telegram\"\ntoken_file = \"nowhere\"\n[plugins.travishook]\ntoken = \"old\"";
    let with_credentials = |text| Sources { credentials: Some(folder.0.path().into()), ..sources(text) };
    let loaded = load(with_credentials(text)).unwrap();
    insta::assert_snapshot!(set(&loaded, None), @r#"
    chats.telegram.token = "***" (credential)
    chats.work.network = "telegram" (line 2)
    chats.work.token = "***" (credential)
    plugins.travishook.token = "***" (credential)
    "#);
    assert_eq!(loaded.plugin("travishook").unwrap().value.to_string(), r#"{"token":"c4n4ry"}"#);

    folder.file("plugins.travishook.tokn", CANARY, 0o440);
    // Nothing of it is like that, and another plugin's is not meant.
    folder.file("plugins.travishook.password", CANARY, 0o440);
    folder.file("plugins.travishok.token", CANARY, 0o440);
    folder.file("http.listen", CANARY, 0o440);
    folder.file("plugins.conference-room.password", "", 0o440);
    insta::assert_snapshot!(mistakes(with_credentials(text)), @"
    credential: http.listen: no secret has this name
    credential: plugins.conference-room.password: is empty
    credential: plugins.travishok.token: no secret has this name, expected `plugins.travishook.token`
    credential: plugins.travishook.password: no secret has this name
    credential: plugins.travishook.tokn: no secret has this name, expected `plugins.travishook.token`
    ");
    let nowhere = Sources { credentials: Some("/nonexistent".into()), ..sources("") };
    insta::assert_snapshot!(mistakes(nowhere), @"CREDENTIALS_DIRECTORY: /nonexistent: No such file or directory (os error 2)");
}

#[test]
fn the_example_has_every_key() {
    let text = example(&plugins(), &networks());
    insta::assert_snapshot!(text, @r#"
    # factotum.toml: every setting with its default. As it stands it changes nothing.
    # A line like `#key = value` is a setting: remove the `#` and change the value. A
    # line like `# words` explains. `factotum check factotum.toml` finds mistakes.
    #
    # Any setting may come from the environment: FACTOTUM_HTTP__LISTEN is http.listen.
    # A secret NAME may also be given as NAME_file = "path" (a file for its owner
    # alone), or as a systemd credential named by its key path.

    # Chat that the host tells its own troubles to; without one it tells each
    # admin in private.
    #admin_chat = "console:ops"
    # Senders who may run every command, as `network:account`. This list
    # replaces the default, which is the person at the console.
    #admins = ["console:admin"]
    # Language of whoever has chosen none with `!lang` and whose chat program tells
    # none that is known; also that of jobs and hooks.
    #language = "en"
    # Folder of texts that stand over those of the host and its plugins, a file for
    # each language and plugin: `FOLDER/ru/host.ftl`.
    #texts = "/etc/factotum/texts"

    # Who may run what, beyond what each command proposes.
    [access]

    # Senders by role, as `network:account`; a command or a rule names the role.
    [access.roles]
    #release = ["console:ann", "console:bob"]

    # Rules, in order: the first that fits a call decides it; a call that none
    # fits is decided by what its command proposes.
    #[[access.rules]]
    # `true` lets it run, `false` refuses it, `"default"` leaves it to the
    # command itself and skips the rules that follow.
    # Either "default", true or false.
    # Must be set.
    #allow = true
    # The chat it is asked in: `irc:#dev`, `telegram:*`; a rule that refuses fits it in any case.
    #chat = "*"
    # The command's path, in any case: `travis *`; or with a colon all of a
    # plugin: `travishook:*`. Aliases need no rule of their own.
    #command = "*"
    # Only in private chats (`true`), or only where others read too (`false`).
    #private = true
    # Names in `[access.roles]`; the sender must have one of them.
    #role = "release"
    # The sender's id: `telegram:123456`, `irc:*`; a rule that refuses fits it, and
    # the senders of a role, in any case.
    #sender = "*"

    # Values of the command's arguments by their names: `{ server = "main" }`.
    # A rule that allows fits when each is given and all its values fit as they
    # are written; one that refuses fits when any value does, in any case, also
    # when it is the chat that a word like `here` or `#ops` means. An argument
    # that is not given fits no condition. `"*"` names all values of a call as one
    # text, in the order of its usage line; to refuse, better name the argument.
    #[access.rules.args]
    #repo = "owner/*"

    # How commands are recognised and run.
    [commands]
    # Whether a line in a private chat is a command without any prefix.
    #prefix_optional_in_private = false
    # What a command line begins with; a network may add its own, such as `/`.
    #prefixes = ["!"]
    # Seconds that a command may run.
    #time_limit_secs = 60

    # The listener for hooks and its limits.
    [http]
    # The longest body of a request, in bytes; a longer one is answered 413.
    #body_max_bytes = 1048576
    # Seconds within which the body must have come; then 408.
    #body_timeout_secs = 30
    # Open connections at once; one more is answered 503.
    #connections_max = 1024
    # Open connections at once from one address; one more is answered 429.
    #connections_per_address = 64
    # Seconds that the handler of a hook may take; then 503.
    #handler_timeout_secs = 10
    # The longest request line and headers together, in bytes.
    #header_max_bytes = 16384
    # Seconds within which the headers must have come.
    #header_timeout_secs = 10
    # Address and port to listen on. Leave it local and put a proxy in front.
    #listen = "127.0.0.1:3141"
    # Who may read `/metrics`: `loopback` for readers on this machine, `open` for
    # everybody who reaches the listener, `off`. Others are told 404.
    # - "loopback": Readers on this machine who call it by a loopback name or address (`http://localhost:3141/metrics`), unless a proxy says that the request came from elsewhere.
    # - "open": Everybody who reaches the listener.
    # - "off": Nobody.
    #metrics = "loopback"
    # Address under which senders reach the listener, for links and advice.
    #public_url = "https://hooks.example.com"
    # Proxies whose `X-Forwarded-For` is believed, as addresses or CIDR blocks.
    #trusted_proxies = []

    # Certificate and key to serve https with; without them the listener speaks http.
    #[http.tls]
    # PEM file with the certificate and the chain below it.
    # Must be set.
    #certificate_file = "/etc/factotum/hooks.crt"
    # PEM file with the private key.
    # Must be set.
    #key_file = "/etc/factotum/hooks.key"

    # The host's record of requests, notices and attempts.
    [journal]
    # Days that requests, posted notices, incidents and the audit are kept.
    #keep_days = 30
    # MiB that the journal may take. Beyond it the oldest go: first refused requests
    # without a proof and their incidents, then any request, posted notice and
    # incident; never the audit, nor what waits to be posted.
    #max_mib = 1024

    # The log on standard error.
    [log]
    # How a line is written.
    # - "text": For people.
    # - "json": One JSON object for each line.
    #format = "text"
    # What is written: a level (`error`, `warn`, `info`, `debug`, `trace`), or
    # levels by module, such as `info,factotum_host::http=debug`. When nothing is
    # said: `warn` where a person types at the console, else `info`.
    #level = "info"

    # How notices that a chat did not take are tried again.
    [outbox]
    # Seconds after which a notice that keeps failing becomes a dead letter.
    #give_up_after_secs = 86400
    # When so many notices of good builds have to wait for a chat, they come as one
    # message: 12 builds passed in 1 min. 0 never does that; `!group` says it for a chat.
    #group_after = 5
    # The share of each pause that is left to chance: 0.2 makes 60 s into 48 to 60 s.
    #jitter = 0.2
    # Seconds before the first retry of a notice; each further pause is twice as long.
    #retry_first_secs = 1
    # Seconds of the longest pause between two tries.
    #retry_max_secs = 60

    # Chat networks. Chats and senders begin with the name of the section: with
    # [chats.telegram] they are like telegram:-1001234. Another network of the same
    # kind has a name of its own and says the kind: network = "telegram".

    #[chats.console]
    # Whether the network is connected.
    #enabled = true
    # Account of the person at the console.
    #sender = "admin"

    #[chats.telegram]
    # Whether the network is connected.
    #enabled = true
    # The bot's token, from BotFather.
    # Must be set.
    #token = "…"
    # Seconds that one poll waits.
    #poll_secs = 50

    # Plugins. One with settings marked `Must be set.` starts once they are set.

    # Forgot `deny_unknown_fields`, and cannot start without being told something.
    #[plugins.conference-room]
    # Whether the plugin is started.
    #enabled = true
    # Password of the account.
    # Must be set.
    #password = "…"
    # Address of the server.
    # Must be set.
    #server = "…"

    # Servers beside the first.
    #[[plugins.conference-room.others]]
    # Its key.
    # Must be set.
    #key = "…"
    # Its address.
    # Must be set.
    #server = "…"

    # The config of a plugin that has none.
    [plugins.echo]
    # Whether the plugin is started.
    #enabled = true

    [plugins.travishook]
    # Whether the plugin is started.
    #enabled = true
    # Servers to fetch keys from.
    #config_urls = ["https://api.travis-ci.com/config"]
    # Seconds that a request stays valid.
    #max_age_secs = 600
    # How a message looks.
    # - "full": A line and a link.
    # - "compact": A word.
    #style = "full"
    # How servers are checked.
    # - "system": By the certificate authorities of the system.
    # - { ca_file = "…" }: By the authorities in this PEM file, such as a company's own.
    # - { pinned = "ab:cd:… (32 bytes in hex)" }: By this SHA-256 fingerprint of the server's own certificate, as
    #   `openssl x509 -noout -fingerprint -sha256` prints it; whoever signed it,
    #   its name and its dates do not matter.
    # - "off": Not at all: anybody on the way can read and change everything.
    #tls = "system"
    # Token that every sender may use.
    #token = "…"

    # Routes that are always there.
    [plugins.travishook.routes]
    # Chat for what no route takes.
    #fallback = "console:ops"

    # Events by repository.
    [plugins.travishook.routes.by_repo]
    #NAME = ["…"]
    "#);
    // As it stands it changes nothing, and without its marks it says something for each key.
    assert_eq!(load(sources(&text)).unwrap().config, Config::default());
    let bare: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.is_empty() && !rest.starts_with(' ')).unwrap_or(line))
        .collect();
    let loaded = load(sources(&bare.join("\n"))).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let unset: Vec<_> = loaded.show(None).into_iter().filter(|one| one.source == Source::Default).collect();
    assert_eq!(unset, []);
}

#[test]
fn the_reference_has_every_key() {
    insta::assert_snapshot!(reference(&plugins(), &networks()), @r#"
    | Key | Type | Default | What it is |
    |---|---|---|---|
    | `admin_chat` | a text | – | Chat that the host tells its own troubles to; without one it tells each admin in private. |
    | `admins` | a list | `["console:admin"]` | Senders who may run every command, as `network:account`. This list replaces the default, which is the person at the console. |
    | `language` | a text | `"en"` | Language of whoever has chosen none with `!lang` and whose chat program tells none that is known; also that of jobs and hooks. |
    | `texts` | a text | – | Folder of texts that stand over those of the host and its plugins, a file for each language and plugin: `FOLDER/ru/host.ftl`. |
    | `access.roles` | a table | `{}` | Senders by role, as `network:account`; a command or a rule names the role. |
    | `access.rules` | a list of tables | `[]` | Rules, in order: the first that fits a call decides it; a call that none fits is decided by what its command proposes. |
    | `access.rules[].allow` | true or false or `"default"` | must be set | `true` lets it run, `false` refuses it, `"default"` leaves it to the command itself and skips the rules that follow. |
    | `access.rules[].chat` | a list or a text | `"*"` | The chat it is asked in: `irc:#dev`, `telegram:*`; a rule that refuses fits it in any case. |
    | `access.rules[].command` | a list or a text | `"*"` | The command's path, in any case: `travis *`; or with a colon all of a plugin: `travishook:*`. Aliases need no rule of their own. |
    | `access.rules[].private` | true or false | – | Only in private chats (`true`), or only where others read too (`false`). |
    | `access.rules[].role` | a list or a text | – | Names in `[access.roles]`; the sender must have one of them. |
    | `access.rules[].sender` | a list or a text | `"*"` | The sender's id: `telegram:123456`, `irc:*`; a rule that refuses fits it, and the senders of a role, in any case. |
    | `access.rules[].args` | a table | – | Values of the command's arguments by their names: `{ server = "main" }`. A rule that allows fits when each is given and all its values fit as they are written; one that refuses fits when any value does, in any case, also when it is the chat that a word like `here` or `#ops` means. An argument that is not given fits no condition. `"*"` names all values of a call as one text, in the order of its usage line; to refuse, better name the argument. |
    | `commands.prefix_optional_in_private` | true or false | `false` | Whether a line in a private chat is a command without any prefix. |
    | `commands.prefixes` | a list | `["!"]` | What a command line begins with; a network may add its own, such as `/`. |
    | `commands.time_limit_secs` | a whole number | `60` | Seconds that a command may run. |
    | `http.body_max_bytes` | a whole number | `1048576` | The longest body of a request, in bytes; a longer one is answered 413. |
    | `http.body_timeout_secs` | a whole number | `30` | Seconds within which the body must have come; then 408. |
    | `http.connections_max` | a whole number | `1024` | Open connections at once; one more is answered 503. |
    | `http.connections_per_address` | a whole number | `64` | Open connections at once from one address; one more is answered 429. |
    | `http.handler_timeout_secs` | a whole number | `10` | Seconds that the handler of a hook may take; then 503. |
    | `http.header_max_bytes` | a whole number | `16384` | The longest request line and headers together, in bytes. |
    | `http.header_timeout_secs` | a whole number | `10` | Seconds within which the headers must have come. |
    | `http.listen` | a text | `"127.0.0.1:3141"` | Address and port to listen on. Leave it local and put a proxy in front. |
    | `http.metrics` | `"loopback"` or `"open"` or `"off"` | `"loopback"` | Who may read `/metrics`: `loopback` for readers on this machine, `open` for everybody who reaches the listener, `off`. Others are told 404. |
    | `http.public_url` | a text | – | Address under which senders reach the listener, for links and advice. |
    | `http.trusted_proxies` | a list | `[]` | Proxies whose `X-Forwarded-For` is believed, as addresses or CIDR blocks. |
    | `http.tls.certificate_file` | a text | must be set | PEM file with the certificate and the chain below it. |
    | `http.tls.key_file` | a text | must be set | PEM file with the private key. |
    | `journal.keep_days` | a whole number | `30` | Days that requests, posted notices, incidents and the audit are kept. |
    | `journal.max_mib` | a whole number | `1024` | MiB that the journal may take. Beyond it the oldest go: first refused requests without a proof and their incidents, then any request, posted notice and incident; never the audit, nor what waits to be posted. |
    | `log.format` | `"text"` or `"json"` | `"text"` | How a line is written. |
    | `log.level` | a text | – | What is written: a level (`error`, `warn`, `info`, `debug`, `trace`), or levels by module, such as `info,factotum_host::http=debug`. When nothing is said: `warn` where a person types at the console, else `info`. |
    | `outbox.give_up_after_secs` | a whole number | `86400` | Seconds after which a notice that keeps failing becomes a dead letter. |
    | `outbox.group_after` | a whole number | `5` | When so many notices of good builds have to wait for a chat, they come as one message: 12 builds passed in 1 min. 0 never does that; `!group` says it for a chat. |
    | `outbox.jitter` | a number | `0.2` | The share of each pause that is left to chance: 0.2 makes 60 s into 48 to 60 s. |
    | `outbox.retry_first_secs` | a whole number | `1` | Seconds before the first retry of a notice; each further pause is twice as long. |
    | `outbox.retry_max_secs` | a whole number | `60` | Seconds of the longest pause between two tries. |
    | `chats.console.enabled` | true or false | `true` | Whether the network is connected. |
    | `chats.console.network` | a text | – | Kind of the network; the section's own name when it is not said. |
    | `chats.console.sender` | a text | `"admin"` | Account of the person at the console. |
    | `chats.telegram.enabled` | true or false | `true` | Whether the network is connected. |
    | `chats.telegram.token` | a secret | must be set | The bot's token, from BotFather. |
    | `chats.telegram.network` | a text | – | Kind of the network; the section's own name when it is not said. |
    | `chats.telegram.poll_secs` | a whole number | `50` | Seconds that one poll waits. |
    | `plugins.conference-room.enabled` | true or false | `true` | Whether the plugin is started. |
    | `plugins.conference-room.password` | a secret | must be set | Password of the account. |
    | `plugins.conference-room.server` | a text | must be set | Address of the server. |
    | `plugins.conference-room.others` | a list of tables | – | Servers beside the first. |
    | `plugins.conference-room.others[].key` | a secret | must be set | Its key. |
    | `plugins.conference-room.others[].server` | a text | must be set | Its address. |
    | `plugins.echo.enabled` | true or false | `true` | Whether the plugin is started. |
    | `plugins.travishook.enabled` | true or false | `true` | Whether the plugin is started. |
    | `plugins.travishook.config_urls` | a list | `["https://api.travis-ci.com/config"]` | Servers to fetch keys from. |
    | `plugins.travishook.max_age_secs` | a whole number | `600` | Seconds that a request stays valid. |
    | `plugins.travishook.style` | `"full"` or `"compact"` | `"full"` | How a message looks. |
    | `plugins.travishook.tls` | a table or `"system"` or `"off"` | `"system"` | How servers are checked. |
    | `plugins.travishook.token` | a secret | – | Token that every sender may use. |
    | `plugins.travishook.routes.fallback` | a text | – | Chat for what no route takes. |
    | `plugins.travishook.routes.by_repo` | a table | `{}` | Events by repository. |
    "#);
}

fn any_config() -> impl Strategy<Value = Config> {
    let globs = |glob: &'static str| {
        prop_oneof![
            glob.prop_map(Globs::One),
            prop::collection::vec(glob, 1..3).prop_map(Globs::Several),
            Just(Globs::default())
        ]
    };
    let names = (globs("[a-z*? /:]{1,9}"), globs("(console|\\*):[a-z*#-]{1,3}"), globs("console:[a-z]*\\*?"));
    let role = prop::option::of(prop::sample::select(vec![Globs::from("ops"), ["staff", "ops"].into()]));
    let args = prop::collection::btree_map("[a-z_-]{1,5}", globs("[ -~]{0,5}"), 0..2);
    let allow = prop::sample::select(vec![Allow::Yes, Allow::No, Allow::Default]);
    let rule = (names, role, prop::option::of(any::<bool>()), args, allow).prop_map(
        |((command, chat, sender), role, private, args, allow)| RuleSpec {
            command,
            chat,
            sender,
            role,
            private,
            args,
            allow,
        },
    );
    let http = (any::<u16>(), 1..usize::MAX / 2, any::<bool>()).prop_map(|(port, limit, tls)| HttpConfig {
        listen: format!("[::1]:{port}"),
        body_max_bytes: limit,
        tls: tls.then(|| TlsConfig { certificate_file: "a \"quoted\".crt".into(), key_file: "b.key".into() }),
        ..HttpConfig::default()
    });
    let role = prop::collection::vec("console:[a-z]{1,5}", 0..3);
    (prop::collection::vec(rule, 0..4), http, role, any::<bool>(), 1..u64::MAX / 2).prop_map(
        |(rules, http, ops, json, limit)| Config {
            admin_chat: json.then(|| ChatId::new("console", "ops")),
            access: AccessConfig {
                roles: BTreeMap::from([("ops".to_owned(), ops), ("staff".to_owned(), vec![])]),
                rules,
            },
            http,
            log: LogConfig { format: if json { LogFormat::Json } else { LogFormat::Text }, ..LogConfig::default() },
            commands: CommandsConfig { time_limit_secs: limit, ..CommandsConfig::default() },
            ..Config::default()
        },
    )
}

proptest! {
    #[test]
    fn any_text_is_a_config_or_a_list_of_mistakes(text in any::<String>()) {
        drop(load(sources(&text)));
    }

    #[test]
    fn any_keys_and_values_are_a_config_or_a_list_of_mistakes(
        lines in prop::collection::vec(
            (
                prop::sample::select(vec!["[http]", "[access]", "[[access.rules]]", "[chats.telegram]", "[chats.x]",
                    "[plugins.travishook]", "[plugins.conference-room]", "[plugins.travishook.routes]", ""]),
                prop::sample::select(vec!["listen", "roles", "rules", "command", "allow", "token", "token_file", "tls",
                    "network", "enabled", "others", "by_repo", "fallback", "a.b.c", "\"ü.~1/\"", "sender", "style"]),
                prop::sample::select(vec!["1", "-1.5", "'x'", "[]", "[1]", "{}", "{ a = 'x' }", "true", "1979-05-27",
                    "{ key_file = 'x' }", "[{ server = 'x' }]", "'console:admin'", "inf"]),
            ),
            0..8,
        ),
        variable in "(HTTP|CHATS|PLUGINS|ACCESS|LOG|ADMINS)(__[A-Z_]{0,12}){0,3}",
        value in any::<String>(),
    ) {
        let text: String = lines.iter().map(|(section, key, value)| format!("{section}\n{key} = {value}\n")).collect();
        let sources = with_env(&text, &[(&format!("FACTOTUM_{variable}"), &value)]);
        if let Err(mistakes) = load(sources) {
            prop_assert!(!mistakes.0.is_empty());
        }
    }

    #[test]
    fn a_valid_config_comes_back_as_it_was(config in any_config()) {
        let text = toml::to_string(&config).unwrap();
        let loaded = load(sources(&text)).map_err(|mistakes| TestCaseError::fail(format!("{mistakes}\n{text}")))?;
        prop_assert_eq!(loaded.config, config);
    }
}
