//! The binary on Telegram, against a Bot API server in this process: the first minutes
//! of a newcomer, the end while a call for updates is open, and a token that is wrong.
//! What ends it without warning is in `telegram/kills.rs`.
mod kills;

use crate::{
    process::{Place, Process},
    travis::{self, fixture},
};
use factotum_testing::telegram::{TOKEN, Telegram};
use insta::assert_snapshot;
use nix::sys::signal::Signal;
use regex::Regex;
use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

const ANN: i64 = 111;
const EVE: i64 = 333;
const FORUM: i64 = -1001234;
const TOPIC: i64 = 42;

/// A server with Ann and Eve, who have written to the bot, and a forum with a topic.
async fn server() -> Telegram {
    let telegram = Telegram::start().await;
    for (id, name) in [(ANN, "Ann"), (EVE, "Eve")] {
        telegram.user(id, name);
        telegram.private(id);
    }
    telegram.forum(FORUM, "Builds");
    telegram.topic(FORUM, TOPIC, "Failures");
    telegram
}

/// A folder whose host speaks to this server; Ann is its admin, and the console.
fn place(telegram: &Telegram) -> Place {
    let url = telegram.url();
    let place = Place::with(&format!(
        "admins = [\"telegram:111\", \"console:admin\"]\n\
         [chats.telegram]\ntoken_file = \"token\"\napi_url = \"{url}\"\n"
    ));
    place.write_secret("token", &format!("{TOKEN}\n"));
    place
}

/// What was said on Telegram, without what differs from run to run.
fn said(place: &Place, telegram: &Telegram) -> String {
    let said = place.shown(&telegram.transcript());
    Regex::new(r"up \d+ s").unwrap().replace_all(&said, "up SOME s").into_owned()
}

/// A host that has asked for its first updates: what was said before is not lost, but
/// comes in its time.
async fn listening(telegram: &Telegram, place: &Place) -> Process {
    let (asked, host) = (telegram.count("getUpdates"), place.start(&["--stay"]));
    telegram.wait_for_calls("getUpdates", asked + 1).await;
    host
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_minutes_of_a_newcomer() {
    let telegram = server().await;
    let place = place(&telegram);
    assert_snapshot!(place.shown(&place.run(&["check", "factotum.toml"]).good()), @"factotum.toml: good");
    let host = listening(&telegram, &place).await;
    assert_snapshot!(place.shown(host.out.all()), @"factotum 0.1.0: ci, travishook on; hooks at http://127.0.0.1:PORT; chats: telegram; you are console:admin; try !help");
    for line in ["/start", "/help", "/getid", "!status"] {
        let before = telegram.messages(ANN).len();
        telegram.say(ANN, ANN, line);
        telegram.wait_for_messages(ANN, before + 2).await;
    }
    assert_snapshot!(said(&place, &telegram), @"
    ann     > /start
    bot@ann > Hello <b>Ann</b>! <code>!help</code> lists what you may ask of me.
              [travis routes]
    ann     > /help
    bot@ann > • <b>host</b>: <code>!about</code>, <code>!acl</code>, <code>!apropos</code>, <code>!cancel</code>, <code>!commands</code>, <code>!config</code>, <code>!echo</code>, <code>!getid</code>, <code>!group</code>, <code>!help</code>, <code>!history</code>, <code>!incidents</code>, <code>!lang</code>, <code>!log</code>, <code>!outbox</code>, <code>!plugin</code>, <code>!quiet</code>, <code>!reload</code>, <code>!repos</code>, <code>!requests</code>, <code>!running</code>, <code>!silence</code>, <code>!status</code>, <code>!whoami</code>. The bot itself – <code>!help host</code>
              • <b>ci</b>: <code>!people</code>, <code>!route</code>, <code>!routes</code>. Routes of all CI senders at once, and whom failures mention – <code>!help ci</code>
              • <b>travis</b>: config, defaults, remove, reset, route, routes, token. Posts Travis CI results to chats – <code>!help travis</code>
              <code>!help COMMAND</code> explains one command.
              Not set up: <b>alertmanager</b>, <b>buildbot</b>, <b>buildkite</b>, <b>circleci</b>, <b>drone</b>, <b>gitea</b>, <b>github</b>, <b>gitlab</b>, <b>grafana</b>, <b>hipchat</b>, <b>jenkins</b>, <b>rules</b>, <b>trueconf</b> (<code>!help NAME</code> shows how).
    ann     > /getid
    bot@ann > Your id is <code>telegram:111</code>.
              In the config, <code>admins = [&quot;telegram:111&quot;]</code> makes you an admin.
    ann     > !status
    bot@ann > <b>factotum</b> 0.1.0, up SOME s
              <b>console</b> ✅ <b>connected</b>
              <b>telegram</b> ✅ <b>connected</b>
              plugins on: ci, travishook
              <b>travishook</b> no routes
              journal under 10 MB
              hooks at <code>http://127.0.0.1:PORT</code>
    ");
    telegram.say(EVE, EVE, "!reload");
    telegram.wait_for("bot@eve").await;
    telegram.say_in_topic(FORUM, TOPIC, ANN, &format!("/travis route {} here failed", travis::REPO));
    telegram.wait_for("Done").await;
    telegram.say(ANN, ANN, &format!("!travis token {} s3cret", travis::REPO));
    telegram.wait_for("Token set").await;
    let payload = fixture("derived-push-failed.json");
    let send = ["hook", "send", "travishook", payload.to_str().unwrap(), "--secret", "s3cret", "--url", &host.url()];
    assert_eq!(place.run(&send).good(), "204\n");
    telegram.wait_for("#5").await;
    assert_snapshot!(said(&place, &telegram), @r#"
    eve     > !reload
    bot@eve > <code>!reload</code> is for admins. <code>!whoami</code> shows who you are to me.
    ann@-1001234/42 > /travis route sathwikshetty33/travis-test here failed
    bot@-1001234/42 > Done. Relaying messages from sathwikshetty33/travis-test to telegram:-1001234/42 for events: failed.
              Travis CI signs its requests, so no token is needed.
    ann     > !travis token sathwikshetty33/travis-test s3cret
    bot@ann > Token set for sathwikshetty33/travis-test.
    bot@-1001234/42 > [Travis CI] <b>sathwikshetty33/travis-test</b> #5 ❌ <b>failed</b>: branch main at <code>2eab9aaa</code>, &quot;update ci url&quot; by sathwikshetty33 (5m) <a href="https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381">https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381</a>
    "#);
    host.stop();
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "what is measured is another process")]
async fn it_ends_at_once_while_it_waits_for_updates() {
    let telegram = server().await;
    let place = place(&telegram);
    let host = listening(&telegram, &place).await;
    let asked = Instant::now();
    host.signal(Signal::SIGTERM);
    let ran = host.end();
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    assert_eq!(ran.code, Some(0));
    let log = place.shown(&ran.err);
    let mut log: Vec<&str> = log.lines().collect();
    log[..2].sort_unstable(); // the bot learns who it is beside the host's start
    assert_snapshot!(log.join("\n"), @r#"
    TIME  INFO factotum_host::running: host started version="0.1.0" listen=127.0.0.1:PORT
    TIME  INFO network{name="telegram"}: chat_telegram: this is the bot bot="host_test_bot"
    TIME  INFO factotum_host::cli::run: stopping signal="SIGTERM"
    TIME  INFO factotum_host::store::snapshots: snapshot of the store written path=factotum-data/snapshots/store-000001-TIME.jsonl records=0
    TIME  INFO factotum_host::running: host stopped
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_webhook_nothing_is_asked_for_and_nobody_else_is_believed() {
    let telegram = server().await;
    let place = Place::with(&format!(
        "admins = [\"telegram:111\"]\n[chats.telegram]\ntoken_file = \"token\"\napi_url = \"{}\"\n\
         webhook_url = \"https://telegram:12345678@bot.example.com:8443/telegram\"\n",
        telegram.url()
    ));
    place.write_secret("factotum.toml", &place.read("factotum.toml")); // it holds a password
    place.write_secret("token", TOKEN);
    let host = place.start(&["--stay"]);
    telegram.wait_for_calls("setWebhook", 1).await;
    telegram.say(ANN, ANN, "!echo said while it could not be delivered");
    telegram.deliver_webhooks_to(&host.url());
    telegram.wait_for("> said while").await;
    let mut stream = std::net::TcpStream::connect(host.address()).unwrap();
    write!(stream, "POST /telegram HTTP/1.1\r\nHost: bot.example.com\r\nContent-Length: 2\r\n").unwrap();
    write!(stream, "X-Telegram-Bot-Api-Secret-Token: guess\r\nConnection: close\r\n\r\n{{}}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    telegram.say(ANN, ANN, "!incidents");
    telegram.wait_for("wrong proof").await;
    assert_eq!((telegram.count("getUpdates"), telegram.pending()), (0, 0));
    host.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_told_once_and_stops_nothing_else() {
    let telegram = server().await;
    let place = place(&telegram);
    place.write_secret("token", "123456:of-another-bot");
    let mut host = place.start(&[]);
    host.err.wait_for("token");
    host.err.wait_for("\n");
    let status = host.ask("!status", "hooks at");
    let network = status.lines().find(|line| line.starts_with("telegram ")).unwrap();
    let network = Regex::new(r"\d{4}-\S+ \S+Z").unwrap().replace(network, "TIME").into_owned();
    assert_snapshot!(network, @"telegram has given up since TIME: Telegram does not know the token (Unauthorized): ask BotFather for it with /token");
    host.ask("!travis route o/r console:ops failed", "Done");
    host.hang_up();
    let ran = host.end();
    assert_eq!(ran.code, Some(0));
    assert_snapshot!(place.shown(&ran.err), @r#"
    TIME ERROR factotum_host::links: the network has given up error="Telegram does not know the token (Unauthorized): ask BotFather for it with /token"
    TIME  WARN factotum_host::services: admins told source="host" about="network telegram gave up"
    "#);
    assert!(!(ran.err + &ran.out).contains("of-another-bot"));
}

#[test]
fn check_says_what_is_wrong_with_it() {
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let rows = [
        "token = \"123456:AAH-of-botfather\"",
        "token = \"of-botfather\"",
        "",
        "token_file = \"missing\"",
        "token_file = \"own.pem\"",
        "token_file = \"token\"\nwebhook_url = \"http://bot.example.com/telegram\"",
        "token_file = \"token\"\nwebhook_url = \"https://bot.example.com:444/telegram\"",
        "token_file = \"token\"\nwebhook_url = \"https://bot.example.com\"",
        "token_file = \"token\"\nwebhook_url = \"https://bot.example.com/telegram\"\ncertificate = \"missing.pem\"",
        "token_file = \"token\"\nwebhook_url = \"https://bot.example.com/telegram\"\ncertificate = \"key.pem\"",
        "token_file = \"token\"\nwebhook_url = \"https://bot.example.com/telegram\"\nwebhook_secret = \"no spaces\"",
        "token_file = \"token\"\nmax_connections = 101",
        "token_file = \"token\"\ncertificate = \"own.pem\"",
        "token_file = \"token\"\npoll_timeout = 0",
        "token_file = \"token\"\nbot_user = \"host_bot\"",
        "token_file = \"token\"\nbot_username = \"a b\"",
        "token_file = \"token\"\nwebhook_url = \"https://bot.example.com/travis\"",
        "token_file = \"token\"\nwebhook_url = \"https://user:canary@bot.example.com:99999/telegram\"",
        "token_file = \"token\"\napi_url = \"user:canary@bot.exam ple.com\"",
        "token_file = \"token\"\nwebhook_url = \"https://user@bot.example.com/telegram\"",
        "token_file = \"token\"\nwebhook_url = \"https://bot.example.com/telegram#us\"",
    ];
    let checked = |admins: &str, keys: &str| {
        let place = Place::with(&format!("{admins}[chats.telegram]\n{keys}\n"));
        place.write_secret("token", TOKEN);
        place.write("own.pem", certificate);
        place.write("key.pem", &format!("{certificate}-----BEGIN PRIVATE KEY-----\nMIIB\n"));
        let ran = place.run(&["check", "factotum.toml"]);
        let shown = ran.out.clone() + &ran.err;
        assert!(!shown.contains(TOKEN) && !shown.contains("canary"), "{shown}");
        (place, ran)
    };
    let ann = "admins = [\"telegram:111\"]\n";
    let said = rows.iter().enumerate().map(|(nth, keys)| {
        let (place, ran) = checked(if nth == 0 { "" } else { ann }, keys);
        place.shown(&ran.bad())
    });
    let said: String = said.collect();
    assert_snapshot!(said, @r#"
    factotum.toml:1: chats.telegram: a chat network does not start while no admin is configured: set admins = ["telegram:YOUR-ID"] at the top of the config
    factotum.toml:3: chats.telegram.token: a token is like 123456:ABC-DEF, as BotFather gives it
    factotum.toml:2: chats.telegram.token: missing field (or `token_file`)
    factotum.toml:3: chats.telegram.token_file: missing: No such file or directory (os error 2)
    factotum.toml:3: chats.telegram.token_file: own.pem: others than its owner may use it; run `chmod 600 own.pem`
    factotum.toml:4: chats.telegram.webhook_url: Telegram posts to https:// only
    factotum.toml:4: chats.telegram.webhook_url: Telegram posts to the ports 443, 80, 88 and 8443 only, not 444
    factotum.toml:4: chats.telegram.webhook_url: needs a path, such as https://bot.example.com/telegram
    factotum.toml:5: chats.telegram.certificate: missing.pem: No such file or directory (os error 2)
    factotum.toml:5: chats.telegram.certificate: key.pem holds a private key, which is not for Telegram
    factotum.toml:5: chats.telegram.webhook_secret: 1 to 256 of A-Z, a-z, 0-9, _ and -
    factotum.toml:4: chats.telegram.max_connections: must be at most 100, is 101
    factotum.toml:4: chats.telegram.certificate: is for a webhook; set webhook_url too, or leave it out
    factotum.toml:4: chats.telegram.poll_timeout: must be at least 1, is 0
    factotum.toml:4: chats.telegram.bot_user: unknown field, expected `bot_username`
    factotum.toml:4: chats.telegram.bot_username: 5 to 32 letters, digits and underscores, as BotFather gave it: MyBuildBot
    factotum.toml:2: chats.telegram: the network telegram and the plugin travishook both have a hook /travis
    factotum.toml:4: chats.telegram.webhook_url: is no URL: invalid port number
    factotum.toml:4: chats.telegram.api_url: a URL begins with https:// or http://
    factotum.toml:4: chats.telegram.webhook_url: a user needs a password: https://user:password@bot.example.com/telegram
    factotum.toml:4: chats.telegram.webhook_url: goes without what `#` begins
    "#);
    let admins =
        r#"admins = ["telegram:-1001234", "telegram:@ann", "telegram:chat-1001234", "telegram:007", "telegram:111/4"]"#;
    let (place, ran) = checked(&format!("{admins}\n"), "token_file = \"token\"");
    assert_snapshot!(place.shown(&ran.bad()), @"
    factotum.toml:1: admins[0]: `telegram:-1001234` is no person: one is like telegram:111, and !getid says it
    factotum.toml:1: admins[1]: `telegram:@ann` is no person: one is like telegram:111, and !getid says it
    factotum.toml:1: admins[2]: `telegram:chat-1001234` is no person: one is like telegram:111, and !getid says it
    factotum.toml:1: admins[3]: `telegram:007` is no person: one is like telegram:111, and !getid says it
    factotum.toml:1: admins[4]: `telegram:111/4` is no person: one is like telegram:111, and !getid says it
    ");
    let nobody = r#"admins = ["telegram:111"]
admin_chat = "telegram:007"
[access.roles]
release = ["telegram:111", "telegram:007", "telegram:chat-1001234"]
[[access.rules]]
sender = "telegram:@ann"
allow = true
[[access.rules]]
sender = ["telegram:*", "telegram:chat5", "telegram:chat-1001234/4", "telegram:1*"]
allow = false
"#;
    let (place, ran) = checked(nobody, "token_file = \"token\"");
    let checked_as = place.shown(&ran.bad());
    assert_snapshot!(checked_as, @"
    factotum.toml:2: admin_chat: `telegram:007` is no chat of telegram: an address is like -1001234, -1001234/42 for a topic, or @channelusername; !getid says it
    factotum.toml:4: access.roles.release[1]: `telegram:007` is no person: one is like telegram:111, and !getid says it
    factotum.toml:6: access.rules[0].sender: `telegram:@ann` is no person: one is like telegram:111, and !getid says it
    factotum.toml:9: access.rules[1].sender[1]: `telegram:chat5` is no person: one is like telegram:111, and !getid says it
    factotum.toml:9: access.rules[1].sender[2]: `telegram:chat-1001234/4` is no person: one is like telegram:111, and !getid says it
    ");
    assert_eq!(place.shown(&place.run(&[]).bad()), checked_as);
    let good = "token_file = \"token\"\nwebhook_url = \"https://user:pass@bot.example.com:8443/telegram\"\n\
                certificate = \"own.pem\"";
    let (place, ran) = checked(ann, good);
    assert_snapshot!(place.shown(&ran.err), @"warning: factotum.toml holds secrets (chats.telegram.webhook_url) and everybody on this machine may read it: run `chmod 600 factotum.toml`");
    place.write_secret("factotum.toml", &place.read("factotum.toml"));
    assert_eq!(place.run(&["check", "factotum.toml"]).good(), "factotum.toml: good\n");
}
