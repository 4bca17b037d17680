//! `factotum check` and `factotum example`.
use super::{Context, network_schemas, plugins, print};
use crate::{
    access::{Globs, RuleSpec, Rules},
    builtin,
    config::{AccessConfig, CONSOLE, ChatSection, Further, KeyPath, Loaded, Mistake, Mistakes},
    dispatch::help::HOST,
    registry,
    services::dry::DryServices,
    texts,
};
use factotum_plugin_api::{
    chat::{Connected, Network, NetworkRegistration},
    clock::Clock,
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Weak},
};

/// Checks the config, starts every plugin on a store in memory, and looks whether
/// the access rules fit their commands.
pub(super) fn check(context: &Context, file: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let file = file.or_else(|| context.config_file());
    let shown = file.as_ref().map_or("no config file, the defaults".into(), |file| file.display().to_string());
    let config = context.load(file)?;
    for warning in config.warnings() {
        eprintln!("warning: {warning}");
    }
    let mut unseen: Vec<&str> = registry::left_out(context.known).collect();
    let (mut all, mut mistakes) = (vec![(HOST, Arc::new(builtin::start(Weak::new())))], vec![]);
    for plugin in plugins() {
        let name = plugin.name;
        let Some(section) = config.plugin(name).filter(|section| section.missing.is_empty()) else {
            unseen.push(name);
            continue;
        };
        match DryServices::over(None).start(&plugin, section.value.clone(), Clock::system()) {
            Ok(started) => all.push((name, Arc::new(started))),
            Err(error) => mistakes.push(registry::refused(&config, name, &error)),
        }
    }
    anyhow::ensure!(mistakes.is_empty(), Mistakes::sorted(mistakes));
    let AccessConfig { roles, rules } = config.config.access.clone();
    let rules = Rules::compile(config.config.admins.clone(), roles, rules);
    let rules = rules.map_err(|mistakes| anyhow::anyhow!("{}", mistakes.join("\n")))?;
    for warning in registry::check_rules(&config, &rules, &all, &unseen)? {
        eprintln!("warning: {warning}");
    }
    print(&format!("{shown}: good\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// What a start would find beyond the schema, looked for with each reading of the
/// config, side by side with what is wrong already.
pub(super) fn further(known: &'static [registry::Known]) -> Further {
    Arc::new(move |config, mistakes| find_further(known, config, mistakes))
}

fn find_further(known: &[registry::Known], config: &Loaded, mistakes: &[Mistake]) -> Vec<Mistake> {
    let mut found = vec![];
    let is_bad = |section: &str| mistakes.iter().any(|mistake| mistake.is_in(section));
    // Settings that are no good have their own mistakes already.
    let files = config.config.http.settings().map(|settings| settings.check_files());
    if let Ok(Err(error)) = files
        && !is_bad("http.tls")
    {
        found.push(config.mistake(&KeyPath::of(["http", "tls"]), format!("{error:#}")));
    }
    let networked = |chat: &&ChatSection| chat.enabled && chat.kind != CONSOLE && chat.hears();
    if let Some(chat) = config.chats.iter().find(networked)
        && config.admins_besides_console().is_empty()
        && !is_bad("admins")
    {
        found.push(config.mistake(&KeyPath::of(["chats", &chat.name]), texts::needs_admin(&chat.name)));
    }
    found.extend(accounts_of_nobody(config));
    let fine = config.chats.iter().filter(|chat| chat.enabled && !is_bad(&format!("chats.{}", chat.name)));
    let mut served = vec![];
    for (chat, connected) in fine.filter_map(|chat| Some((chat, connect(chat)?))) {
        match connected {
            Ok(Connected { network, started }) => {
                found.extend(no_admin_chat(config, &chat.name, &*network));
                served.push((chat, Arc::new(started)));
            }
            Err(error) => found.push(refused_by_network(config, chat, &error)),
        }
    }
    let mut unseen: Vec<&str> = registry::left_out(known).collect();
    let mut all = vec![(HOST, Arc::new(builtin::start(Weak::new())))];
    for plugin in plugins() {
        let name = plugin.name;
        let section = config.plugin(name).filter(|section| section.missing.is_empty());
        let section = section.filter(|_| !is_bad(&format!("plugins.{name}")));
        let started =
            section.map(|section| DryServices::over(None).start(&plugin, section.value.clone(), Clock::system()));
        match started {
            Some(Ok(started)) => all.push((name, Arc::new(started))),
            Some(Err(error)) => {
                found.push(registry::refused(config, name, &error));
                unseen.push(name);
            }
            None => unseen.push(name),
        }
    }
    for (chat, started) in served {
        if let Err(clash) = registry::check_hooks(&vec![(chat.kind, started)], &all) {
            found.push(config.mistake(&KeyPath::of(["chats", &chat.name]), format!("{clash:#}")));
        }
    }
    let rules = config.config.access.rules.iter().map(commands_only).collect();
    let rules = Rules::compile(vec![], BTreeMap::new(), rules).expect("what may be wrong was left out");
    match registry::check_rules(config, &rules, &all, &unseen) {
        Ok(_) => {}
        Err(error) => match error.downcast::<Mistakes>() {
            Ok(Mistakes(unmet)) => found.extend(unmet),
            // Two plugins with a command of one name: the start says it.
            Err(error) => tracing::debug!(%error, "the rules could not be looked at"),
        },
    }
    found
}

/// The admins whose account can be no person's on its network, and the senders of roles
/// and rules whose account can be nobody's.
fn accounts_of_nobody(config: &Loaded) -> Vec<Mistake> {
    let kind = |network: &str| kind_of(config.chats.iter().find(|chat| chat.name == network)?);
    let wrong = |path: KeyPath, sender: &str, is_admin: bool| {
        let (network, account) = sender.split_once(':').filter(|_| !sender.contains('*'))?;
        let kind = kind(network)?;
        let is_like = (if is_admin { kind.no_person } else { kind.no_sender })(account)?;
        Some(config.mistake(&path, texts::no_person(sender, network, is_like)))
    };
    let (admins, AccessConfig { roles, rules }) = (&config.config.admins, &config.config.access);
    let admins = admins.iter().enumerate();
    let admins = admins.filter_map(|(n, admin)| wrong(KeyPath::default().key("admins").index(n), admin, true));
    let roles = roles.iter().flat_map(|(role, senders)| {
        let path = KeyPath::of(["access", "roles", role]);
        senders.iter().enumerate().map(move |(n, sender)| (path.index(n), sender))
    });
    let rules = rules.iter().enumerate().flat_map(|(at, rule)| {
        let path = KeyPath::of(["access", "rules"]).index(at).key("sender");
        let one = matches!(rule.sender, Globs::One(_));
        let path = move |n| if one { path.clone() } else { path.index(n) };
        rule.sender.all().iter().enumerate().map(move |(n, sender)| (path(n), sender))
    });
    let others = roles.chain(rules).filter_map(|(path, sender)| wrong(path, sender, false));
    admins.chain(others).collect()
}

/// The chat of the admins, where it can be none of this network.
fn no_admin_chat(config: &Loaded, name: &str, network: &dyn Network) -> Option<Mistake> {
    let chat = config.config.admin_chat.as_ref().filter(|chat| chat.network == name)?;
    if network.parse_chat(&chat.address).is_some() {
        return None;
    }
    let said = texts::no_admin_chat(&chat.to_string(), name, network.address_form());
    Some(config.mistake(&KeyPath::default().key("admin_chat"), said))
}

fn kind_of(chat: &ChatSection) -> Option<&'static NetworkRegistration> {
    let mut kinds = factotum_plugin_api::inventory::iter::<NetworkRegistration>.into_iter();
    kinds.find(|kind| kind.kind == chat.kind)
}

/// Makes the network, which connects to nothing; `None` for the console.
fn connect(chat: &ChatSection) -> Option<anyhow::Result<Connected>> {
    let kind = kind_of(chat)?;
    Some(DryServices::over(None).connect(kind, &chat.name, chat.value.clone()))
}

/// What a network says of its section; where it begins with a key, of that key.
fn refused_by_network(config: &Loaded, chat: &ChatSection, error: &anyhow::Error) -> Mistake {
    let (section, said) = (["chats", chat.name.as_str()], format!("{error:#}"));
    match said.split_once(": ").filter(|(key, _)| chat.value.get(key).is_some()) {
        Some((key, what)) => config.mistake(&KeyPath::of([section[0], section[1], key]), what.to_owned()),
        None => config.mistake(&KeyPath::of(section), said),
    }
}

/// The rule as far as it speaks of commands; one that is wrong otherwise speaks of all.
fn commands_only(rule: &RuleSpec) -> RuleSpec {
    let any = RuleSpec::new(rule.allow);
    let rule = RuleSpec { command: rule.command.clone(), args: rule.args.clone(), ..any.clone() };
    if rule.mistakes(&BTreeMap::new()).is_empty() { rule } else { any }
}

/// Prints an example config, or the reference table.
pub(super) fn example(_: &Context, markdown: bool) -> anyhow::Result<ExitCode> {
    let plugins: Vec<_> = plugins().iter().map(|plugin| (plugin.name, (plugin.config_schema)())).collect();
    let networks = network_schemas();
    print(&match markdown {
        true => crate::config::reference(&plugins, &networks),
        false => crate::config::example(&plugins, &networks),
    })?;
    Ok(ExitCode::SUCCESS)
}
