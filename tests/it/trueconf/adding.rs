//! Servers that are added, removed and trusted in a chat.
use super::shown;
use factotum_testing::{
    Bot,
    trueconf::{CLIENT_ID, CLIENT_SECRET, Certificate, TrueConfServer},
};
use plugin_trueconf::TrueConf;

#[tokio::test]
async fn a_server_is_added_asked_and_removed() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let mut bot = Bot::with::<TrueConf>().admin("ann").start().await;
    bot.say("ann", "!trueconf confs").await;
    bot.say("ann", &format!("!trueconf add 'Филиал 1' {}", server.url())).await; // holds a secret: in private
    for line in [&format!("!trueconf add 'Филиал 1' {}", server.url()), CLIENT_ID, CLIENT_SECRET] {
        bot.say_privately("ann", line).await;
    }
    bot.say("ann", "!trueconf online").await;
    bot.restart().await;
    for line in ["!trueconf online fil", "!trueconf remove filial-1", "yes", "!trueconf servers"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &[&server]), @"");
    assert!(!bot.transcript().contains(CLIENT_SECRET));
}

#[tokio::test]
async fn what_is_wrong_with_a_new_server_is_said_at_once() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    server.scopes(&["conferences"]);
    let bot = Bot::with::<TrueConf>().admin("ann").start().await;
    let line = |name: &str, more: &str| format!("!trueconf add {name} {} {CLIENT_ID} {CLIENT_SECRET}{more}", server.url());
    bot.say_privately("ann", &line("a", "")).await;
    bot.say_privately("ann", &line("A", "")).await;
    bot.say_privately("ann", &line("b", " --api v5")).await;
    bot.say_privately("ann", &format!("!trueconf add c ftp://x {CLIENT_ID} {CLIENT_SECRET}")).await;
    bot.say_privately("ann", &format!("!trueconf add d {} {CLIENT_ID} wrong-secret", server.url())).await;
    insta::assert_snapshot!(shown(&bot, &[&server]), @"");
}

#[tokio::test]
async fn a_certificate_is_shown_confirmed_and_then_the_only_one() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let first = server.tls(Certificate::SelfSigned);
    let mut bot = super::bot(&[("main", &server)], "").start().await;
    for line in ["!trueconf online", "!trueconf trust", "yes", "!trueconf online", "!trueconf trust main"] {
        bot.say("ann", line).await;
    }
    let transcript = shown(&bot, &[&server]).replace(&first.fingerprint.to_lowercase(), "FINGERPRINT");
    insta::assert_snapshot!(transcript, @"");
    // It is kept, and another certificate is not believed.
    bot.restart().await;
    bot.say("ann", "!trueconf online").await;
    assert_eq!(bot.transcript().matches("151 of 450 users are online on main.").count(), 1, "{}", bot.transcript());
    server.tls(Certificate::SelfSigned);
    bot.say("ann", "!trueconf online").await;
    assert!(bot.transcript().contains("its certificate is not trusted"), "{}", bot.transcript());
}

#[tokio::test]
async fn a_server_of_the_config_stays() {
    let server = TrueConfServer::start().await;
    let bot = super::bot(&[("main", &server)], "").start().await;
    for line in ["!trueconf remove main", "yes", "!trueconf trust"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &[&server]), @"");
}
