//! Settings files of TrueConf's bot: in, and out again.
use super::{section, shown};
use factotum_plugin_api::chat::{Attachment, ChatId, Incoming, Sender};
use factotum_testing::{
    Bot,
    trueconf::{CLIENT_ID, CLIENT_SECRET, TrueConfServer},
};
use plugin_trueconf::TrueConf;

/// A settings file for a server.
fn settings(server: &TrueConfServer, more: &str) -> String {
    let address = server.url();
    format!(
        r#"{{
    "tg-api-token": "123456:CANARY-TOKEN",
    "tg-users-id": [111111111, "222222222"],
    "servers": {{
        "Видеосервер филиал 1": {{
            "ip": "{address}",
            "client_id": "{CLIENT_ID}",
            "client_secret": "{CLIENT_SECRET}",
            "access_token": "",
            "server_status": {{ "state": true, "timeout": 60 }}
        }}{more}
    }}
}}"#
    )
}
/// ann attaches a file to a line, where nobody else reads it.
async fn attach(bot: &Bot, line: &str, content: &str) {
    let mut incoming = Incoming::new(ChatId::new("console", "ann"), Sender::new("console", "ann", "ann"), true, line);
    incoming.attachment = Some(Attachment { name: "settings.json".into(), content: content.to_owned().into() });
    bot.hear(incoming).await.unwrap();
    bot.settled().await;
}

#[tokio::test]
async fn a_file_is_taken_over_and_the_second_time_changes_nothing() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let mut bot = Bot::with::<TrueConf>().admin("ann").start().await;
    let file = settings(
        &server,
        r#", "server #2": {"ip": "", "colour": "CANARY-VALUE"}, "c": {"ip": "10.0.0.7", "ssl_certificate": "/no/such/ca.crt"}"#,
    );
    bot.say("ann", "!trueconf import").await;
    bot.say_privately("ann", "!trueconf import").await;
    attach(&bot, "!trueconf import", &file).await;
    attach(&bot, "!trueconf import", &file).await;
    bot.say_privately("ann", &format!("!trueconf import {}", file.replace('\n', " "))).await;
    bot.restart().await;
    for line in ["!trueconf rights", "!trueconf online"] {
        bot.say("ann", line).await;
    }
    let transcript = shown(&bot, &[&server]);
    assert!(!transcript.contains("CANARY") && !transcript.contains(CLIENT_SECRET), "{transcript}");
    insta::assert_snapshot!(transcript, @"
    ann     > !trueconf import
    bot     > Please ask me !trueconf import in a private chat.
    ann     > !trueconf import
    bot     > Attach settings.json to this command, or paste its content after it.
    ann     > !trueconf import
    bot     > One server of the file:
              • Видеосервер филиал 1 is added; in commands it is videoserver-filial-1. Its certificate is not checked: anybody on the way can read and change everything.
              • Operators of these servers: telegram:111111111, telegram:222222222.
              • c was not imported: there is no certificate file /no/such/ca.crt here.
              • The key colour of server #2 is not known and was left out.
              • server #2 was not imported: its ip is no address.
              • The Telegram token of the file is not taken over: it belongs into the config, under [chats.telegram].
              • The file holds secrets: remove it from this chat.
    ann     > !trueconf import
    bot     > One server of the file:
              • Видеосервер филиал 1 is as it was; in commands it is videoserver-filial-1. Its certificate is not checked: anybody on the way can read and change everything.
              • Operators of these servers: telegram:111111111, telegram:222222222.
              • c was not imported: there is no certificate file /no/such/ca.crt here.
              • The key colour of server #2 is not known and was left out.
              • server #2 was not imported: its ip is no address.
              • The Telegram token of the file is not taken over: it belongs into the config, under [chats.telegram].
              • The file holds secrets: remove it from this chat.
    ann     > !trueconf import *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***
    bot     > One server of the file:
              • Видеосервер филиал 1 is as it was; in commands it is videoserver-filial-1. Its certificate is not checked: anybody on the way can read and change everything.
              • Operators of these servers: telegram:111111111, telegram:222222222.
              • c was not imported: there is no certificate file /no/such/ca.crt here.
              • The key colour of server #2 is not known and was left out.
              • server #2 was not imported: its ip is no address.
              • The Telegram token of the file is not taken over: it belongs into the config, under [chats.telegram].
              • What you pasted held secrets. I removed it where this network lets me; otherwise remove it yourself.
    ann     > !trueconf rights
    bot     > • telegram:111111111: operator of Видеосервер филиал 1
              • telegram:222222222: operator of Видеосервер филиал 1
    ann     > !trueconf online
    bot     > 151 of 450 users are online on Видеосервер филиал 1.
              « Back: !trueconf servers videoserver-filial-1
    ");
}

#[tokio::test]
async fn what_was_imported_comes_out_as_it_was() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let bot = Bot::with::<TrueConf>().admin("ann").start().await;
    bot.say_privately("ann", "!trueconf export").await;
    attach(&bot, "!trueconf import", &settings(&server, "")).await;
    bot.transcript();
    bot.say("ann", "!trueconf export").await;
    bot.say_privately("ann", "!trueconf export").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !trueconf export
    bot     > Please ask me !trueconf export in a private chat.
    ann     > !trueconf export
    bot     > The servers as a settings.json, with their secrets in clear: remove it from this chat when you have it.
              • tg-api-token is left empty: I do not know it.
    ");
}

#[tokio::test]
async fn an_old_token_is_used_until_it_is_refused() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    server.accept_token("0123456789012345678901234567890123456789");
    let bot = Bot::with::<TrueConf>().admin("ann").start().await;
    let token = "\"access_token\": \"0123456789012345678901234567890123456789\"";
    attach(&bot, "!trueconf import", &settings(&server, "").replace("\"access_token\": \"\"", token)).await;
    bot.say("ann", "!trueconf online").await;
    assert_eq!(server.count("/oauth2/v1/token"), 0);
    server.revoke_tokens();
    bot.say("ann", "!trueconf online").await;
    assert_eq!(server.count("/oauth2/v1/token"), 1);
    // The file's token is older than the one that came since.
    attach(&bot, "!trueconf import", &settings(&server, "").replace("\"access_token\": \"\"", token)).await;
    bot.say("ann", "!trueconf online").await;
    assert_eq!(server.count("/oauth2/v1/token"), 1);
    assert_eq!(bot.transcript().matches("151 of 450 users are online").count(), 3);
}

#[tokio::test]
async fn a_server_of_the_config_stays_and_the_config_may_name_the_file() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let of_config = section("Видеосервер филиал 1", &server, "");
    let bot = Bot::with::<TrueConf>().admin("ann").config(&of_config).start().await;
    attach(&bot, "!trueconf import", &settings(&server, "")).await;
    assert!(bot.transcript().contains("stands in the config as videoserver-filial-1"));
    let text = settings(&server, "");
    let with_file = format!("[plugins.trueconf]\nsettings = '''{text}'''\nsettings_network = \"tg\"\n");
    let mut bot = Bot::with::<TrueConf>().admin("ann").config(&with_file).start().await;
    // The file is taken over beside the first commands.
    let mut said = String::new();
    for _ in 0..60 {
        super::steps(&bot, std::time::Duration::from_secs(1), 1).await;
        bot.say("ann", "!trueconf rights").await;
        said = bot.transcript();
        if said.contains("tg:222222222") {
            break;
        }
    }
    bot.restart().await;
    bot.say("ann", "!trueconf rights").await;
    insta::assert_snapshot!(said + &bot.transcript(), @"
    ann     > !trueconf rights
    bot     > • tg:111111111: operator of Видеосервер филиал 1
              • tg:222222222: operator of Видеосервер филиал 1
    ann     > !trueconf rights
    bot     > • tg:111111111: operator of Видеосервер филиал 1
              • tg:222222222: operator of Видеосервер филиал 1
    ");
    let broken = Bot::with::<TrueConf>().admin("ann").config("[plugins.trueconf]\nsettings = 'CANARY'\n");
    let error = format!("{:#}", broken.try_start().await.map(|_| ()).unwrap_err());
    assert!(error.contains("settings: That is no settings.json") && !error.contains("CANARY"), "{error}");
}
