//! The words after `!travis route o/r console:ops`: a route or a reason, and what is
//! shown of a route makes the same route again.
use crate::{block_on, travis};
use ci_routes::Route;
use factotum_host::{dispatch::table::CommandTable, services::dry::DryServices, store::DryStore, words};
use factotum_plugin_api::{
    Error, Registration, Result,
    chat::{ChatId, Incoming, Sender},
    clock::Clock,
    command::Call,
    dialog::{Dialog, Question},
    jiff::Timestamp,
    store::{Table, Tables},
    text::Text,
};
use plugin_travishook::TravisHook;
use serde_json::json;
use std::{
    rc::Rc,
    sync::{Arc, LazyLock},
};

struct Stage {
    commands: CommandTable,
    /// By sender, then by repository and chat.
    routes: Table<(String, (String, ChatId)), Route>,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let store = Arc::new(DryStore::over(None));
    let services = DryServices::over(Some(store));
    let tables = Tables::new(factotum_plugin_api::Services::store(&services), "travishook");
    let plugin = Registration::of::<TravisHook>("0.0.0", "under test");
    let config = json!({ "public_keys": [travis::KEY], "config_urls": [] });
    let started = services.start(&plugin, config, Clock::manual(Timestamp::UNIX_EPOCH)).expect("its config is right");
    let mut commands = CommandTable::default();
    commands.add("travishook", &Arc::new(started)).expect("its commands fit");
    Stage { commands, routes: tables.shared("ci-routes").table("routes").expect("a right name") }
});

/// Sets a route with the bytes as its options.
pub fn run(data: &[u8]) {
    let line = String::from_utf8_lossy(data);
    let (line, branch) = line.split_once('\n').unwrap_or((&line, "main"));
    let Ok(options) = words::split(line) else { return };
    let Some(route) = set(&options) else { return };
    route.branches.contain(Some(branch));
    assert!(!route.branches.is_any() || route.branches.contain(Some(branch)) && route.branches.contain(None));
    let json = serde_json::to_string(&route).expect("a route is JSON");
    assert_eq!(serde_json::from_str::<Route>(&json).ok().as_ref(), Some(&route), "the store gives it back");

    let Route { events, branches, edit, thread, .. } = &route;
    let mut words: Vec<String> = events.to_string().split_whitespace().map(str::to_owned).collect();
    if !branches.is_any() {
        words.push(format!("branch={}", branches.patterns().join(",")));
    }
    words.push(format!("edit={}", if *edit { "on" } else { "off" }));
    words.extend(thread.iter().map(|thread| format!("thread={thread}")));
    assert_eq!(set(&words).as_ref(), Some(&route), "printed and parsed again: {words:?}");
}

/// Runs the command as dispatch does; the route that it made.
fn set(options: &[String]) -> Option<Route> {
    let words: Vec<String> = ["travis", "route", "o/r", "console:ops"].map(str::to_owned).into();
    let words = [&words, options].concat();
    let (command, path) = STAGE.commands.find(&words).expect("the command is open");
    let resolve = Rc::new(|word: &str| {
        word.split_once(':').map_or(Err("no chat".into()), |(network, address)| Ok(ChatId::new(network, address)))
    });
    let matches = match command.parse(words.get(path..).unwrap_or_default(), resolve) {
        Ok(matches) => matches,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return None;
        }
    };
    let (chat, sender) = (ChatId::new("console", "ops"), Sender::new("console", "ann", "ann"));
    let incoming = Incoming::new(chat.clone(), sender, true, "");
    let call = Call { incoming, path: command.path().to_owned(), dialog: Arc::new(Mute) };
    let (run, plugin) = command.handler();
    let key = ("travishook".to_owned(), ("o/r".to_owned(), chat));
    block_on(async {
        STAGE.routes.remove(&key).await.expect("memory");
        match run(&plugin, &call, &matches).await {
            Ok(reply) => {
                assert!(reply.text.plain().contains("o/r to console:ops for events: "), "{:?}", reply.text);
                let route = STAGE.routes.get(&key).await.expect("memory");
                Some(route.expect("what is said to be done is done"))
            }
            Err(Error::User(why)) => {
                assert!(!why.is_empty());
                assert_eq!(STAGE.routes.get(&key).await.expect("memory"), None, "refused, and done all the same");
                None
            }
            Err(error) => panic!("{:#}", error.into_anyhow()),
        }
    })
}

/// Nobody is there to answer.
struct Mute;
#[async_trait::async_trait]
impl Dialog for Mute {
    async fn ask(&self, _: Question) -> Result<String> {
        Err(Error::Left)
    }
    async fn confirm(&self, _: Text) -> Result<()> {
        Err(Error::Left)
    }
    async fn say(&self, _: Text) -> Result<()> {
        Ok(())
    }
}
