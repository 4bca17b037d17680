//! What a network may offer to people, in a menu or while they type: the commands
//! that anybody may run there, and for each admin what that one may.
//!
//! A menu is made without a chat. What a rule allows in one chat alone is not in it,
//! and what one refuses there is: the press or the line is checked as ever.
use super::{help, possible::possible, table::Command};
use crate::{
    access::{Asker, Rules},
    networks::Networks,
    registry::{OpenTables, Registry},
    services::Shared,
};
use factotum_plugin_api::{
    chat::{ChatId, Menu, Offer},
    language::Language,
};
use std::collections::BTreeSet;

/// Stands for a person and for a chat of whom nobody knows anything: no rule names it.
const UNKNOWN: &str = "\u{e000}";
/// The longest name of a command that BotFather takes, in letters.
const NAME_MAX: usize = 32;
/// The longest description.
const ABOUT_MAX: usize = 256;
/// The most commands of one list.
const LISTED_MAX: usize = 100;

/// Tells every network what it may offer from now on.
pub(crate) async fn offer(shared: &Shared, registry: &Registry) {
    let mut unused = registry.left_out_of_menus().await;
    *unused = registry.first_steps().await.into_keys().collect();
    let (open, networks, language) = (registry.open(), shared.networks(), shared.language());
    let others: Vec<Language> = language.all().into_iter().filter(|other| other.tag() != language.tag()).collect();
    for (name, network) in &networks.0 {
        let in_language = |language: Language| language.within(|| menu(name, &open, networks, &unused));
        let languages = others.iter().map(|other| (other.tag(), in_language(other.clone()))).collect();
        network.offer(Menu { languages, ..in_language(language.clone()) });
    }
}
/// Tells the networks, if a plugin is in use only now, or no more.
pub(crate) async fn follow(shared: &Shared, plugin: &'static str) {
    let Ok(registry) = shared.registry() else { return };
    let Some(in_use) = registry.is_in_use(plugin).await else { return };
    let is_offered = !registry.left_out_of_menus().await.contains(plugin);
    if in_use != is_offered {
        offer(shared, &registry).await;
    }
}

/// What the network of this name may offer: nothing of plugins that are not in use.
pub(crate) fn menu(network: &str, open: &OpenTables, networks: &Networks, unused: &BTreeSet<&'static str>) -> Menu {
    let of_network =
        open.rules.admins().iter().filter_map(|admin| admin.split_once(':')).filter(|(name, _)| *name == network);
    let for_account = |account: &str| offers(network, account, open, networks, unused);
    Menu {
        everyone: for_account(UNKNOWN),
        people: of_network.map(|(_, account)| (account.to_owned(), for_account(account))).collect(),
        languages: vec![],
    }
}

fn offers(
    network: &str,
    account: &str,
    open: &OpenTables,
    networks: &Networks,
    unused: &BTreeSet<&'static str>,
) -> Vec<Offer> {
    let sender = format!("{network}:{account}");
    let (own, group) = (networks.private_chat_of(&sender), ChatId::new(network, UNKNOWN));
    let may = |command: &Command, chat: &ChatId, private| {
        let rules: &Rules = &open.rules;
        possible(command, &Asker { sender: &sender, chat, private }, rules, networks)
    };
    let of_command = |command: &&std::sync::Arc<Command>| {
        let anywhere = !command.access().private && may(command, &group, false);
        let about = command.about().lines().next().unwrap_or_default().to_owned();
        let offer = Offer { path: command.path().to_owned(), about, private: !anywhere };
        (anywhere || may(command, &own, true)).then_some(offer)
    };
    let listed = open
        .commands
        .sorted()
        .into_iter()
        .filter(|command| !help::is_hidden(command) && !unused.contains(command.plugin));
    listed.filter_map(|command| of_command(&command)).collect()
}

/// The lines that BotFather's `/setcommands` takes: `travis_route - Post the build
/// results of a repository to a chat`.
pub(crate) fn for_botfather(offers: &[Offer]) -> Vec<String> {
    let mut names = vec![];
    let line = |offer: &Offer| {
        let name = offer.word(NAME_MAX).filter(|name| name != "start" && !names.contains(name))?;
        let about = offer.about.split_whitespace().collect::<Vec<_>>().join(" ");
        let about = if about.is_empty() { &offer.path } else { &about };
        let line = format!("{name} - {}", about.chars().take(ABOUT_MAX).collect::<String>());
        names.push(name);
        Some(line)
    };
    offers.iter().filter_map(line).take(LISTED_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offer(path: &str, about: &str) -> Offer {
        Offer { path: path.into(), about: about.into(), private: false }
    }

    #[test]
    fn what_botfather_takes() {
        let long = "x".repeat(300);
        let offers = [
            offer("travis route", "Post build results"),
            offer("log-tail", "Show\n the log"),
            offer("log tail", "Its name is taken"),
            offer("start", "Say hello"),
            offer("größe", "Its letters are not taken"),
            offer("a path with more letters than may be", "Too long"),
            offer("bare", ""),
            offer("long", &long),
        ];
        let lines = for_botfather(&offers);
        insta::assert_snapshot!(lines[..3].join("\n"), @"
        travis_route - Post build results
        log_tail - Show the log
        bare - bare
        ");
        assert_eq!(lines[3..], [format!("long - {}", "x".repeat(256))]);
    }

    proptest! {
        #[test]
        fn whatever_the_commands_botfather_takes_the_lines(
            offers in proptest::collection::vec(("[a-zäA-Z0-9_ -]{0,40}", ".{0,300}"), 0..150)
        ) {
            let offers: Vec<Offer> = offers.iter().map(|(path, about)| offer(path, about)).collect();
            let lines = for_botfather(&offers);
            prop_assert!(lines.len() <= LISTED_MAX);
            for line in lines {
                let (name, about) = line.split_once(" - ").unwrap();
                prop_assert!((1..=32).contains(&name.len()), "{line:?}");
                prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{line:?}");
                prop_assert!((1..=256).contains(&about.chars().count()), "{line:?}");
                prop_assert!(!line.contains(['\n', '\r']), "{line:?}");
            }
        }
    }
}
