//! Several servers at once, some of them dead or slow.
use super::{bot, section};
use factotum_testing::{Bot, trueconf::TrueConfServer};
use plugin_trueconf::TrueConf;
use std::time::Duration;

/// Twenty servers, `s01` and so on.
async fn twenty() -> (Vec<TrueConfServer>, String) {
    let (mut servers, mut config) = (vec![], String::new());
    for n in 1..=20 {
        let server = TrueConfServer::start().await;
        server.v4(n % 2 == 0);
        config += &section(&format!("s{n:02}"), &server, "");
        servers.push(server);
    }
    (servers, config)
}

#[tokio::test]
async fn a_dead_server_among_twenty_costs_the_others_less_than_a_second() {
    let (servers, config) = twenty().await;
    let bot = Bot::with::<TrueConf>().admin("ann").config(&config).start().await;
    servers[6].hold("*"); // takes the call and never answers
    servers[7].down();
    bot.begin_to_say("ann", "!trueconf confs all");
    for (n, server) in servers.iter().enumerate().filter(|(n, _)| ![6, 7].contains(n)) {
        // The last call of each generation.
        server.wait_for(if n % 2 == 0 { "/api/v3.3/logs/calls" } else { "/api/v4/sessions" }, 1).await;
    }
    let time_passes = async {
        loop {
            // What the others have sent is read before time goes on.
            for _ in 0..2000 {
                tokio::task::yield_now().await;
            }
            bot.clock().advance(Duration::from_millis(10));
        }
    };
    let began = bot.clock().elapsed();
    tokio::select! {
        () = bot.posted("conferences run on s20") => {}
        () = time_passes => {}
    }
    let took = bot.clock().elapsed() - began;
    assert!(took < Duration::from_secs(6), "{took:?}");
    bot.settled().await;
    let transcript = bot.transcript();
    assert!(transcript.contains("s07: it has not answered yet. Ask it alone to wait for it."), "{transcript}");
    assert!(transcript.contains("s08: it cannot be reached: Connection refused"), "{transcript}");
    assert_eq!(transcript.matches("7 conferences run on s").count(), 18, "{transcript}");
}

#[tokio::test]
async fn a_word_that_means_several_servers_names_them() {
    let (one, two) = (TrueConfServer::start().await, TrueConfServer::start().await);
    let bot = bot(&[("Филиал Север", &one), ("Филиал Юг", &two)], "").start().await;
    for line in [
        "!trueconf online филиал",
        "!trueconf online филиал ю",
        "!trueconf online 'филиал ю'",
        "!trueconf online west",
        "!trueconf online",
    ] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !trueconf online филиал
    bot     > филиал may be any of these servers: filial-sever, filial-iug.
    ann     > !trueconf online филиал ю
    bot     > ю is one word too many.
              Usage: !trueconf online [SERVER]
    ann     > !trueconf online 'филиал ю'
    bot     > 151 of 450 users are online on Филиал Юг.
              « Back: !trueconf servers filial-iug
    ann     > !trueconf online west
    bot     > There is no server west; there are filial-sever, filial-iug.
    ann     > !trueconf online
    bot     > 151 of 450 users are online on Филиал Север.
              151 of 450 users are online on Филиал Юг.
              Филиал Север: !trueconf online filial-sever
              Филиал Юг: !trueconf online filial-iug
    ");
}

#[tokio::test]
async fn a_rule_on_the_server_sees_the_one_that_is_left_out() {
    let server = TrueConfServer::start().await;
    let rule = "[[access.rules]]\ncommand = \"trueconf online\"\nargs = { server = \"main\" }\nsender = \"console:eve\"\nallow = true\n";
    let bot = bot(&[("main", &server)], "").config(rule).start().await;
    for line in ["!trueconf online", "!trueconf online MAI", "!trueconf confs"] {
        bot.say("eve", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !trueconf online
    bot     > 151 of 450 users are online on main.
              « Back: !trueconf servers main
    eve     > !trueconf online MAI
    bot     > 151 of 450 users are online on main.
              « Back: !trueconf servers main
    eve     > !trueconf confs
    bot     > !trueconf confs is for admins. !whoami shows who you are to me.
    ");
}

#[tokio::test]
async fn what_cannot_be_understood_is_said_in_a_line() {
    let server = TrueConfServer::start().await;
    let bot = super::bot_of(&server).await;
    let online = "/api/v3.3/users";
    for (status, body) in [
        (200, "<html>login"),
        (200, "[1"),
        (200, "{}"),
        (502, "<html>Bad gateway"),
        (403, "{\"error\":{\"errors\":[{\"reason\":\"forbidden\"}]}}"),
    ] {
        server.heal();
        server.answer_with(online, status, body);
        bot.say("ann", "!trueconf online").await;
    }
    server.heal();
    server.cut_off(online);
    bot.say("ann", "!trueconf online").await;
    server.heal();
    server.drip(online); // a byte a second
    bot.begin_to_say("ann", "!trueconf online");
    server.wait_for(online, 7).await;
    bot.pass(Duration::from_secs(5)).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !trueconf online
    bot     > main: there is no TrueConf Server at its address, or something stands before it (it answered 200)
              « Back: !trueconf servers main
    ann     > !trueconf online
    bot     > main: it answered what TrueConf Server does not
              « Back: !trueconf servers main
    ann     > !trueconf online
    bot     > main: it answered what TrueConf Server does not
              « Back: !trueconf servers main
    ann     > !trueconf online
    bot     > main: it could not do that (it answered 502)
              « Back: !trueconf servers main
    ann     > !trueconf online
    bot     > main: it refuses that: the OAuth2 application may not do it
              « Back: !trueconf servers main
    ann     > !trueconf online
    bot     > main: it broke off in the middle of its answer
              « Back: !trueconf servers main
    ann     > !trueconf online
    bot     > main: it does not answer within 5 s
              « Back: !trueconf servers main
    ");
}
