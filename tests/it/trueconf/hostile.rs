//! What people do who mean harm, and what happens between two presses.
use super::{bot, shown};
use factotum_plugin_api::chat::{Attachment, ChatId, Incoming, Sender};
use factotum_testing::{
    Bot,
    trueconf::{CLIENT_ID, CLIENT_SECRET, TrueConfServer},
};
use plugin_trueconf::TrueConf;

#[tokio::test]
async fn a_button_of_a_server_that_was_removed_says_so() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let bot = Bot::with::<TrueConf>().admin("ann").buttons().edits().start().await;
    let added = format!(
        "!trueconf add gone {} {CLIENT_ID} {CLIENT_SECRET} --status-port {}",
        server.url(),
        server.vsstatus_port()
    );
    bot.say_privately("ann", &added).await;
    bot.say("ann", "!trueconf confs gone").await;
    bot.transcript();
    bot.begin_to_say("ann", "!trueconf stop gone 1000000002");
    bot.settled().await;
    bot.say_privately("ann", "!trueconf remove gone").await;
    bot.press_in("ann", "ann", "yes").await;
    bot.press("ann", "yes").await;
    bot.press("ann", "1000000003").await;
    bot.press("ann", "« Back").await;
    insta::assert_snapshot!(shown(&bot, &[&server]), @"
    ann     > !trueconf stop gone 1000000002
    bot     > Stop Webinar <Q&A> & demo (1000000002) on gone? Owner petrova@video.example.com, 1 participant, it has run for 4:40:00.
              [yes] [no]
    ann     > !trueconf remove gone
    bot     > Really run !trueconf remove gone?
              [yes] [no]
    ann     > [yes]
    bot edits m4 > Really run !trueconf remove gone?
              → yes
    bot     > gone is removed, with its token.
    ann     > [yes]
    bot edits m3 > Stop Webinar <Q&A> & demo (1000000002) on gone? Owner petrova@video.example.com, 1 participant, it has run for 4:40:00.
              → yes
    bot     > gone was removed meanwhile: nothing is done.
    ann     > [1000000003]
    bot     > No server is known yet. Add one: !trueconf add NAME ADDRESS CLIENT_ID, or put [plugins.trueconf.servers.NAME] into the config.
    ann     > [« Back]
    bot     > No server is known yet. Add one: !trueconf add NAME ADDRESS CLIENT_ID, or put [plugins.trueconf.servers.NAME] into the config.
    ");
}

#[tokio::test]
async fn two_people_press_stop_at_the_same_time() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    server.second_stop_refused(true);
    let bot = bot(&[("main", &server)], "").admin("bob").buttons().edits().start().await;
    bot.say("ann", "!trueconf confs").await;
    bot.say("bob", "!trueconf confs").await;
    bot.transcript();
    bot.press("ann", "1000000002").await;
    bot.press("bob", "1000000002").await;
    bot.begin_to_say("ann", "yes");
    bot.begin_to_say("bob", "yes");
    bot.settled().await;
    let said = shown(&bot, &[&server]);
    assert_eq!(said.matches("1000000002) on main is stopped.").count(), 1, "{said}");
    assert_eq!(said.matches("1000000002) on main was stopped already.").count(), 1, "{said}");
}

#[tokio::test]
async fn rubbish_is_imported_by_nobody() {
    let bot = Bot::with::<TrueConf>().admin("ann").start().await;
    let deep = format!("{{\"servers\": {}1{}}}", "[".repeat(500), "]".repeat(500));
    let many: String = (0..3).map(|n| format!("\"s{n}\": {n},")).collect();
    let rows: [(&str, &[u8]); 8] = [
        ("nothing", b""),
        ("bytes", b"\xff\xfe\x00\x01"),
        ("a number", b"42"),
        ("a list", b"[1, 2]"),
        ("no servers", b"{}"),
        ("servers are a list", br#"{"servers": [{"ip": "a"}]}"#),
        ("depth", deep.as_bytes()),
        ("servers that are numbers", &format!("{{\"servers\": {{{many} \"x\": null}}}}").into_bytes()),
    ];
    let mut said = String::new();
    for (what, content) in rows {
        let mut incoming = Incoming::new(
            ChatId::new("console", "ann"),
            Sender::new("console", "ann", "ann"),
            true,
            "!trueconf import",
        );
        incoming.attachment = Some(Attachment { name: "settings.json".into(), content: content.to_vec().into() });
        bot.hear(incoming).await.unwrap();
        bot.settled().await;
        let answer = bot.transcript();
        let answer = answer.strip_prefix("ann     > !trueconf import\n").unwrap_or(&answer);
        said += &format!("{what}\n{answer}");
    }
    bot.say("ann", "!trueconf servers").await;
    said += &bot.transcript();
    insta::assert_snapshot!(said, @"
    nothing
    bot     > That is no settings.json of TrueConf's bot: neither JSON nor TOML with the servers in it.
    bytes
    bot     > That is no settings.json of TrueConf's bot: neither JSON nor TOML with the servers in it.
    a number
    bot     > That is no settings.json of TrueConf's bot: neither JSON nor TOML with the servers in it.
    a list
    bot     > That is no settings.json of TrueConf's bot: neither JSON nor TOML with the servers in it.
    no servers
    bot     > That is no settings.json of TrueConf's bot: neither JSON nor TOML with the servers in it.
    servers are a list
    bot     > That is no settings.json of TrueConf's bot: neither JSON nor TOML with the servers in it.
    depth
    bot     > That is no valid JSON: line 1 cannot be read.
    servers that are numbers
    bot     > No server was imported.
              • s0 was not imported: its ip is no address.
              • s1 was not imported: its ip is no address.
              • s2 was not imported: its ip is no address.
              • x was not imported: its ip is no address.
              • The file holds secrets: remove it from this chat.
    ann     > !trueconf servers
    bot     > No server is known yet. Add one: !trueconf add NAME ADDRESS CLIENT_ID, or put [plugins.trueconf.servers.NAME] into the config.
    ");
}
