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
    insta::assert_snapshot!(all, @"
    -- alice
    ann     > !list workers
    bot     > I found the following workers:
              • w1
              • w2-offline disconnected
    ann     > !pause w1 a test
    bot     > Worker w1 is paused: builds that run go on, others wait.
    ann     > !unpause w1
    bot     > Worker w1 takes builds again.
    -- bob
    ann     > !list workers
    bot     > I found the following workers:
              • w1
              • w2-offline disconnected
    ann     > !pause w1 a test
    bot     > The master main refuses that: its account may not do that
    ann     > !unpause w1
    bot     > Worker w1 is not paused.
    -- a wrong password
    ann     > !list workers
    bot     > I found the following workers:
              • w1
              • w2-offline disconnected
    ann     > !pause w1 a test
    bot     > The master main does not know the account in the config
    ann     > !unpause w1
    bot     > Worker w1 is not paused.
    -- nobody
    ann     > !list workers
    bot     > I found the following workers:
              • w1
              • w2-offline disconnected
    ann     > !pause w1 a test
    bot     > The master main refuses that: it wants a login: set user and password, or proxy_header, in the config
    ann     > !unpause w1
    bot     > Worker w1 is not paused.
    ");
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
    insta::assert_snapshot!(all, @"
    -- alice@corp
    ann     > !pause w1 a test
    bot     > Worker w1 is paused: builds that run go on, others wait.
    ann     > !unpause w1
    bot     > Worker w1 takes builds again.
    -- bob@corp
    ann     > !pause w1 a test
    bot     > The master main refuses that: its account may not do that
    ann     > !unpause w1
    bot     > Worker w1 is not paused.
    ");
}

#[tokio::test]
async fn a_session_that_is_no_longer_good_is_renewed() {
    let master = Master::start(&[("BB_AUTH", "basic")]).await;
    let bot = bot_of(&master, "user = \"alice\"\npassword = \"wonder\"").await;
    bot.say("ann", "!pause w1 a test").await;
    // Sessions are signed with a secret of the master's: with another they are void.
    master.end("w1").await;
    master.end("master").await;
    master.forget("session_secret").await;
    master.start_again().await;
    bot.say("ann", "!unpause w1").await;
    insta::assert_snapshot!(shown(&bot, &master), @"
    ann     > !pause w1 a test
    bot     > Worker w1 is paused: builds that run go on, others wait.
    ann     > !unpause w1
    bot     > Worker w1 takes builds again.
    ");
    assert_eq!(master.get("workers/w1").await["workers"][0]["paused"], false);
}
