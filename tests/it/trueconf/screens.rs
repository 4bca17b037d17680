//! The screens: buttons, and a message that changes as they are pressed.
use super::{bot, shown};
use factotum_testing::trueconf::TrueConfServer;

#[tokio::test]
async fn a_walk_through_the_screens_changes_one_message() {
    let (server, other) = (TrueConfServer::start().await, TrueConfServer::start().await);
    let bot = bot(&[("main", &server), ("Видеосервер филиал 1", &other)], "api = \"v3.3\"").buttons().edits().start().await;
    bot.say("ann", "!trueconf servers").await;
    for label in ["main", "Status", "« Back", "Users online", "« Back", "Forgotten conferences", "1000000002"] {
        bot.press("ann", label).await;
    }
    bot.press("ann", "yes").await;
    assert_eq!(server.state_of("1000000002").as_deref(), Some("stopped"));
    insta::assert_snapshot!(shown(&bot, &[&server, &other]), @"");
}

#[tokio::test]
async fn the_section_of_status_and_the_first_screen() {
    let server = TrueConfServer::start().await;
    let bot = bot(&[("main", &server)], "").buttons().start().await;
    bot.say("ann", "!status").await;
    let transcript = bot.transcript();
    assert!(transcript.contains("main: running, TrueConf Server 5.5.6.1000."), "{transcript}");
}

#[test]
fn russian_has_its_plural_forms() {
    let russian: factotum_plugin_api::language::Language = "ru".parse().unwrap();
    let plural = |count: u64| {
        let phrase = factotum_plugin_api::language::Phrase::new("trueconf", "participants").with("count", count);
        russian.clone().within(|| phrase.to_string())
    };
    let plurals = [0, 1, 2, 5, 11, 21].map(plural);
    assert_eq!(plurals, ["никого нет", "1 участник", "2 участника", "5 участников", "11 участников", "21 участник"]);
}

#[test]
fn both_catalogues_have_the_same_keys_and_variables() {
    let keys = |ftl: &str| {
        let mut keys = std::collections::BTreeMap::<String, std::collections::BTreeSet<String>>::new();
        let mut key = String::new();
        for line in ftl.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with([' ', '}'])) {
                name.clone_into(&mut key);
            }
            let used = line.split("{ $").skip(1).filter_map(|rest| rest.split([' ', '}']).next()).map(str::to_owned);
            keys.entry(key.clone()).or_default().extend(used);
        }
        keys.into_iter().filter(|(key, _)| !key.starts_with("help-")).collect::<Vec<_>>()
    };
    let english = keys(include_str!("../../../plugins/trueconf/src/texts/en.ftl"));
    let russian = keys(include_str!("../../../plugins/trueconf/src/texts/ru.ftl"));
    assert_eq!(english.iter().map(|(key, _)| key).collect::<Vec<_>>(), russian.iter().map(|(key, _)| key).collect::<Vec<_>>());
    assert_eq!(english, russian);
    let code = include_str!("../../../plugins/trueconf/src/texts.rs");
    for (key, _) in english.iter().filter(|(key, _)| !key.is_empty()) {
        assert!(code.contains(&format!("\"{key}\"")), "{key} is used nowhere");
    }
}
