//! The menu that Telegram shows while somebody types `/`, and the way back from a
//! name in it to a command: `travis_route` is `travis route`.
use crate::{Failed, api::Api};
use factotum_plugin_api::chat::{Menu, Offer};
use std::collections::{HashMap, HashSet};
use teloxide_core::{
    payloads::{SetMyCommands, SetMyCommandsSetters},
    types::{BotCommand, BotCommandScope, ChatId, Recipient},
};
use tracing::warn;

/// Commands that one menu can have; setMyCommands.
const COMMANDS_MAX: usize = 100;
/// The longest name of one.
const NAME_MAX: usize = 32;
/// The longest description of one, in characters.
const ABOUT_MAX: usize = 256;

/// The commands by their names on Telegram.
#[derive(Default)]
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    /// Of everything in a menu.
    pub(crate) fn of(menu: &Menu) -> Self {
        let offers = menu.people.iter().flat_map(|(_, offers)| offers).chain(&menu.everyone);
        let mut names = HashMap::new();
        for (name, offer) in offers.filter_map(|offer| Some((offer.word(NAME_MAX)?, offer))) {
            names.entry(name).or_insert_with(|| offer.path.clone());
        }
        Names(names)
    }
    /// The path of a command, in whatever case its name is typed.
    pub(crate) fn path(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }
}

fn commands<'a>(offers: impl IntoIterator<Item = &'a Offer>) -> Vec<BotCommand> {
    let mut names = HashSet::new();
    let command = |offer: &Offer| {
        let name = offer.word(NAME_MAX).filter(|name| names.insert(name.clone()))?;
        let about = if offer.about.is_empty() { &offer.path } else { &offer.about };
        Some(BotCommand::new(name, about.chars().take(ABOUT_MAX).collect::<String>()))
    };
    offers.into_iter().filter_map(command).take(COMMANDS_MAX).collect()
}

/// The lists that make up a menu: in groups what anybody may run there, in private
/// chats what anybody may run, and with each person all that this one may.
pub(crate) fn lists(menu: &Menu) -> Vec<(BotCommandScope, Vec<BotCommand>)> {
    let mut lists = vec![
        (BotCommandScope::AllGroupChats, commands(menu.everyone.iter().filter(|offer| !offer.private))),
        (BotCommandScope::AllPrivateChats, commands(&menu.everyone)),
    ];
    for (account, offers) in &menu.people {
        if let Ok(id) = account.parse() {
            lists.push((BotCommandScope::Chat { chat_id: Recipient::Id(ChatId(id)) }, commands(offers)));
        }
    }
    lists
}

/// The lists of a menu, then those in other languages, each with its code. Telegram
/// knows languages by two letters; a list of another code would be refused.
fn in_languages(menu: &Menu) -> impl Iterator<Item = (Option<&str>, (BotCommandScope, Vec<BotCommand>))> {
    let languages = menu.languages.iter().filter(|(code, _)| code.len() == 2);
    let all = std::iter::once((None, menu)).chain(languages.map(|(code, menu)| (Some(code.as_str()), menu)));
    all.flat_map(|(code, menu)| lists(menu).into_iter().map(move |list| (code, list)))
}

/// Sends a menu. A person who never wrote to the bot, or blocked it, has no chat for a
/// list; the others get theirs. A list that Telegram does not take is not sent again: it
/// would be refused for ever.
pub(crate) async fn send(api: &Api, menu: &Menu) -> Result<(), Failed> {
    for (code, (scope, commands)) in in_languages(menu) {
        let personal = matches!(scope, BotCommandScope::Chat { .. });
        let mut list = SetMyCommands::new(commands).scope(scope);
        list.language_code = code.map(str::to_owned);
        match api.call(&list).await {
            Err(Failed::Refused(refused)) if personal && matches!(refused.code, 400 | 403) => {}
            Err(Failed::Refused(refused)) if refused.code == 400 => {
                warn!(reason = refused.description, "Telegram does not take a menu of commands");
            }
            sent => drop(sent?),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(path: &str, private: bool) -> Offer {
        Offer { path: path.into(), about: format!("About {path}"), private }
    }

    #[test]
    fn names_lead_back_to_their_commands() {
        let menu = Menu {
            everyone: vec![offer("status", false), offer("travis routes", false)],
            people: vec![("111".into(), vec![offer("travis-ci re-run", true), offer("привет", false)])],
            ..Menu::default()
        };
        let names = Names::of(&menu);
        let found = ["status", "STATUS", "travis_routes", "travis_ci_re_run", "travis", "привет", ""];
        let found = found.map(|name| names.path(name).unwrap_or("-"));
        assert_eq!(found, ["status", "status", "travis routes", "travis-ci re-run", "-", "-", "-"]);
    }

    #[test]
    fn everybody_sees_the_harmless_and_admins_theirs() {
        let menu = Menu {
            everyone: vec![offer("status", false), offer("inbox", true)],
            people: vec![
                ("111".into(), vec![offer("status", false), offer("travis route", false)]),
                ("nobody".into(), vec![offer("status", false)]),
            ],
            languages: ["ru", "pt-BR"]
                .map(|code| (code.into(), Menu { everyone: vec![offer("status", false)], ..Menu::default() }))
                .into(),
        };
        let shown = in_languages(&menu).map(|(code, (scope, commands))| {
            let names: Vec<_> = commands.into_iter().map(|command| command.command).collect();
            let code = code.map(|code| format!("{code} ")).unwrap_or_default();
            format!("{code}{}: {}", serde_json::to_string(&scope).unwrap(), names.join(" "))
        });
        insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r#"
        {"type":"all_group_chats"}: status
        {"type":"all_private_chats"}: status inbox
        {"type":"chat","chat_id":111}: status travis_route
        ru {"type":"all_group_chats"}: status
        ru {"type":"all_private_chats"}: status
        "#);
    }

    #[test]
    fn of_two_commands_with_one_name_the_first_is_shown_and_run() {
        let menu = Menu { everyone: vec![offer("log tail", false), offer("log-tail", false)], ..Menu::default() };
        let shown = commands(&menu.everyone).into_iter().map(|command| command.description);
        assert_eq!(shown.collect::<Vec<_>>(), ["About log tail"]);
        assert_eq!(Names::of(&menu).path("log_tail"), Some("log tail"));
    }

    #[test]
    fn telegram_takes_so_many_and_so_long() {
        let long = |n: usize| Offer { path: format!("c{n}"), about: "ü".repeat(300), private: false };
        let offers: Vec<Offer> = (0..150).map(long).chain([offer(&"x".repeat(33), false)]).collect();
        let commands = commands(&offers);
        assert_eq!((commands.len(), commands[0].description.chars().count()), (100, 256));
    }
}
