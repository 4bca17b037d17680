//! Masters that want a login: user and password, and a reverse proxy's header.
use super::{Master, bot_of, shown};

#[tokio::test]
async fn control_needs_the_right_account() {
    let master = Master::start(&[("BB_AUTH", "basic")]).await;
    let accounts = [
        ("alice", "user = \"alice\"\npassword = \"wonder\""),
        ("bob", "user = \"bob\"\npassword = \"builder\""),
        ("a wrong password", "user = \"alice\"\npassword = \"canary\""),
        ("nobody", ""),
    ];
    let mut all = String::new();
    for (who, config) in accounts {
        let bot = bot_of(&master, config).await;
        bot.say("ann", "!list workers").await; // reading is open
        bot.say("ann", "!pause w1 a test").await;
        bot.say("ann", "!unpause w1").await;
        all += &format!("-- {who}\n{}", shown(&bot, &master));
    }
    insta::assert_snapshot!(all, @"");
    assert!(!all.contains("canary"), "no password is said");
}

#[tokio::test]
async fn a_reverse_proxys_header_gives_a_session() {
    let master = Master::start(&[("BB_AUTH", "proxy")]).await;
    let mut all = String::new();
    for account in ["alice@corp", "bob@corp"] {
        let bot = bot_of(&master, &format!("proxy_header = {{ REMOTE_USER = \"{account}\" }}")).await;
        bot.say("ann", "!pause w1 a test").await;
        bot.say("ann", "!unpause w1").await;
        all += &format!("-- {account}\n{}", shown(&bot, &master));
    }
    insta::assert_snapshot!(all, @"");
}
