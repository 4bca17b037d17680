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
    insta::assert_snapshot!(shown(&bot, &[&server]), @"
    ann     > !trueconf confs
    bot     > No server is known yet. Add one: !trueconf add NAME ADDRESS CLIENT_ID, or put [plugins.trueconf.servers.NAME] into the config.
    ann     > !trueconf add *** ***
    bot     > Please ask me !trueconf add in a private chat. Others may have read the secret in it: replace it with a new one.
    ann     > !trueconf add *** ***
    bot     > Id of the OAuth2 application? (!nay leaves)
    ann     > 0123456789abcdef0123456789abcdef01234567
    bot     > Secret of the OAuth2 application?
    ann     > ***
    bot     > Филиал 1 is added; in commands it is filial-1. It speaks API v3.3. Its application has the permissions that are needed. Its certificate is not checked: anybody on the way can read and change everything.
              « Back: !trueconf servers filial-1
    ann     > !trueconf online
    bot     > 151 of 450 users are online on Филиал 1.
              « Back: !trueconf servers filial-1
    ann     > !trueconf online fil
    bot     > 151 of 450 users are online on Филиал 1.
              « Back: !trueconf servers filial-1
    ann     > !trueconf remove filial-1
    bot     > Really run !trueconf remove filial-1?
              1. yes
              2. no
    ann     > yes
    bot     > Филиал 1 is removed, with its token.
    ann     > !trueconf servers
    bot     > No server is known yet. Add one: !trueconf add NAME ADDRESS CLIENT_ID, or put [plugins.trueconf.servers.NAME] into the config.
    ");
}

#[tokio::test]
async fn what_is_wrong_with_a_new_server_is_said_at_once() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    server.scopes(&["conferences"]);
    let bot = Bot::with::<TrueConf>().admin("ann").start().await;
    let line =
        |name: &str, more: &str| format!("!trueconf add {name} {} {CLIENT_ID} {CLIENT_SECRET}{more}", server.url());
    bot.say_privately("ann", &line("a", "")).await;
    bot.say_privately("ann", &line("A", "")).await;
    bot.say_privately("ann", &line("b", " --api v5")).await;
    bot.say_privately("ann", &format!("!trueconf add c ftp://x {CLIENT_ID} {CLIENT_SECRET}")).await;
    bot.say_privately("ann", &format!("!trueconf add d {} {CLIENT_ID} wrong-secret", server.url())).await;
    insta::assert_snapshot!(shown(&bot, &[&server]), @"
    ann     > !trueconf add a http://tc 0123456789abcdef0123456789abcdef01234567 ***
    bot     > a is added; in commands it is a. It speaks API v3.3. Its application lacks these permissions: users:read, logs.calls:read, logs.calls.participants:read. Add them in the control panel under Web, OAuth2. Its certificate is not checked: anybody on the way can read and change everything.
              « Back: !trueconf servers a
    ann     > !trueconf add A http://tc 0123456789abcdef0123456789abcdef01234567 ***
    bot     > There is a server a already.
    ann     > !trueconf add b http://tc 0123456789abcdef0123456789abcdef01234567 *** --api v5
    bot     > There is no API v5: it is auto, v4, or an older one such as v3.3
    ann     > !trueconf add c ftp://x 0123456789abcdef0123456789abcdef01234567 ***
    bot     > ftp://x is no address of a server: one is like video.example.com or https://10.0.0.5:8443
    ann     > !trueconf add d http://tc 0123456789abcdef0123456789abcdef01234567 ***
    bot     > d is added; in commands it is d.
              d: it does not know the application: check client_id and client_secret
              « Back: !trueconf servers d
    ");
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
    insta::assert_snapshot!(transcript, @"
    ann     > !trueconf online
    bot     > main: its certificate is not trusted: invalid peer certificate: UnknownIssuer. If it is the server's own, !trueconf trust main shows it and trusts it.
              « Back: !trueconf servers main
    ann     > !trueconf trust
    bot     > main shows a certificate with this SHA-256 fingerprint: FINGERPRINT. Compare it with the one at the server. Trust this certificate, and no other, from now on?
              1. yes
              2. no
    ann     > yes
    bot     > The certificate of main is trusted from now on. It speaks API v3.3. Its application has the permissions that are needed.
              « Back: !trueconf servers main
    ann     > !trueconf online
    bot     > 151 of 450 users are online on main.
              « Back: !trueconf servers main
    ann     > !trueconf trust main
    bot     > This certificate of main is trusted already.
              « Back: !trueconf servers main
    ");
    // It is kept, and another certificate is not believed.
    bot.restart().await;
    bot.say("ann", "!trueconf online").await;
    let kept = bot.transcript();
    assert!(kept.contains("151 of 450 users are online on main."), "{kept}");
    server.tls(Certificate::SelfSigned);
    bot.say("ann", "!trueconf online").await;
    bot.say("ann", "!trueconf online").await; // the first one met a connection that had ended
    let other = bot.transcript();
    assert!(other.contains("its certificate is not trusted"), "{other}");
}

#[tokio::test]
async fn a_server_of_the_config_stays() {
    let server = TrueConfServer::start().await;
    let bot = super::bot(&[("main", &server)], "").start().await;
    for line in ["!trueconf remove main", "yes", "!trueconf trust"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &[&server]), @"
    ann     > !trueconf remove main
    bot     > Really run !trueconf remove main?
              1. yes
              2. no
    ann     > yes
    bot     > main stands in the config and can only be removed there.
    ann     > !trueconf trust
    bot     > main is called by http and shows no certificate.
    ");
}
