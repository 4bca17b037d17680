//! The settings file of TrueConf's bot, taken over in a shell and from the environment.
use crate::process::Place;
use factotum_testing::telegram::{TOKEN, Telegram};
use insta::assert_snapshot;
use std::process::Stdio;

const ANN: i64 = 111;

/// A settings file of two servers that nobody can reach.
fn settings() -> String {
    format!(
        r#"{{"tg-api-token": "{TOKEN}", "tg-users-id": [{ANN}], "servers": {{
            "Главный офис": {{"ip": "127.0.0.1:1", "client_id": "id", "client_secret": "CANARY-SECRET",
                "access_token": "CANARY-TOKEN", "server_status": {{"state": false, "timeout": 15}}}},
            "server #2": {{"ip": "127.0.0.1:2", "client_id": "id", "client_secret": "CANARY-SECRET",
                "access_token": "", "server_status": {{"state": 0, "timeout": 15}}, "ssl_certificate": true}}}}}}"#
    )
}

#[test]
fn a_settings_file_is_imported_in_a_shell() {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.hang_up();
    host.end().good();
    place.write("settings.json", &settings());
    place.write("rubbish.json", "CANARY-SECRET {");
    let first = place.run(&["import", "trueconf", "settings.json"]);
    let second = place.run(&["import", "trueconf", "settings.json"]);
    let rubbish = place.run(&["import", "trueconf", "rubbish.json"]);
    let missing = place.run(&["import", "trueconf", "nothing.json"]);
    assert_eq!([&first, &second].map(|ran| ran.code), [Some(0); 2], "{}{}", first.err, second.err);
    assert!([&rubbish, &missing].iter().all(|ran| ran.code.is_some_and(|code| code != 0)));
    let said: Vec<String> = [first, second, rubbish, missing].into_iter().map(|ran| ran.out + &ran.err).collect();
    let said = said.join("\n");
    assert!(!said.contains("CANARY") && !said.contains(TOKEN), "{said}");
    assert_snapshot!(place.shown(&said), @"
    server #2 is added; in commands it is server-2.
    Главный офис is added; in commands it is glavnyi-ofis. Its certificate is not checked: anybody on the way can read and change everything.
    Operator of these servers: telegram:111.
    2 imported

    server #2 is as it was; in commands it is server-2.
    Главный офис is as it was; in commands it is glavnyi-ofis. Its certificate is not checked: anybody on the way can read and change everything.
    Operator of these servers: telegram:111.
    2 imported

    factotum: rubbish.json: That is no settings.json of TrueConf's bot: neither JSON nor TOML with the servers in it.

    factotum: nothing.json: No such file or directory (os error 2)
    ");
    let mut host = place.start(&[]);
    host.say("!trueconf servers");
    host.hang_up();
    let said: Vec<String> = host.end().good().lines().skip(1).map(str::to_owned).collect();
    assert_snapshot!(said.join("\n"), @"
    Choose a server:
    • server #2 (server-2)
    • Главный офис (glavnyi-ofis): Its certificate is not checked: anybody on the way can read and change everything.
    server #2: !trueconf servers server-2
    Главный офис: !trueconf servers glavnyi-ofis
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variable_settings_is_enough() {
    let telegram = Telegram::start().await;
    telegram.user(ANN, "Ann");
    telegram.private(ANN);
    telegram.speaks(ANN, "ru");
    let place = Place::with(&format!("[chats.telegram]\napi_url = {:?}\n", telegram.url()));
    let mut command = place.command(&["--stay"]);
    let host = place.start_as(command.env("settings", settings()).stdin(Stdio::piped()));
    telegram.wait_for_call("getUpdates").await;
    // The servers are taken over beside the first commands.
    let mut said = String::new();
    for asked in 1..20 {
        telegram.say(ANN, ANN, "/trueconf servers");
        telegram.wait_for_messages(ANN, 2 * asked).await;
        said = telegram.transcript();
        if said.contains("server-2") && said.contains("glavnyi-ofis") {
            break;
        }
    }
    assert_snapshot!(said, @"
    ann     > /trueconf servers
    bot@ann > Выберите сервер:
              • <b>server #2</b> (<code>server-2</code>)
              • <b>Главный офис</b> (<code>glavnyi-ofis</code>): Его сертификат не проверяется: всё, что передаётся, по пути могут прочесть и подменить.
              [server #2] [Главный офис]
    ");
    let said = host.stop();
    assert!(!said.contains("CANARY") && !said.contains(TOKEN), "{said}");
}
