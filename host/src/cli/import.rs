//! `factotum import`: what another program exported, into the tables of a plugin.
use super::{Context, block_on, print, store::open_or_make};
use crate::{config::CONSOLE, texts};
use anyhow::Context as _;
use factotum_plugin_api::{
    Error, Host, Result, Services,
    access::Grant,
    chat::ChatId,
    clock::Clock,
    import::{ImportRegistration, Options},
    inventory,
    notice::Notice,
    store::Store,
    text::Text,
    user_error,
};
use std::{path::PathBuf, process::ExitCode, sync::Arc};

/// Imports a file, or lists what can be imported.
pub(super) fn import(
    context: &Context,
    name: Option<String>,
    file: Option<PathBuf>,
    enable: bool,
    set: &[String],
) -> anyhow::Result<ExitCode> {
    let mut known: Vec<ImportRegistration> = inventory::iter::<ImportRegistration>.into_iter().copied().collect();
    known.sort_by_key(|import| import.name);
    let Some(name) = name else {
        anyhow::ensure!(!known.is_empty(), "no plugin of this binary imports anything");
        let lines =
            known.iter().map(|import| format!("{}  {} (plugin {})\n", import.name, import.about, import.plugin));
        print(&lines.collect::<String>())?;
        return Ok(ExitCode::SUCCESS);
    };
    let names: Vec<&str> = known.iter().map(|import| import.name).collect();
    let import = known.iter().find(|import| import.name.eq_ignore_ascii_case(&name));
    let import = import.with_context(|| format!("nothing imports {name:?}; there is {}", names.join(", ")))?;
    let file = file.with_context(|| format!("which file? factotum import {name} FILE"))?;
    let set = set.iter().map(|pair| {
        let pair = pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
        pair.context("--set is followed by KEY=VALUE")
    });
    let options = Options { enable, set: set.collect::<anyhow::Result<_>>()? };
    check_networks(context, &options)?;
    let content = std::fs::read(&file).with_context(|| format!("{}", file.display()))?;
    block_on(async {
        let (_lock, store) = open_or_make(context).await?;
        let store = Arc::new(store);
        let host = Host::new(import.plugin, Arc::new(Tables(store.clone())), Clock::system());
        let done = (import.run)(content, options, host).await.map_err(Error::into_anyhow);
        store.close().await?;
        let report = done.with_context(|| format!("{}", file.display()))?;
        for line in &report.lines {
            print(&format!("{line}\n"))?;
        }
        eprintln!("{} imported", report.taken);
        Ok(if report.taken > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// Refuses chats on networks that the config does not have. Where no network is configured
/// yet, or the config cannot be read, any may come.
fn check_networks(context: &Context, options: &Options) -> anyhow::Result<()> {
    let Ok(config) = context.load(context.config_file()) else { return Ok(()) };
    if context.config_file().is_none() && config.chats.iter().all(|chat| chat.name == CONSOLE) {
        return Ok(());
    }
    for (key, value) in &options.set {
        let Ok(chat) = value.parse::<ChatId>() else { continue };
        let is_known = chat.network == CONSOLE || config.chat(&chat.network).is_some();
        anyhow::ensure!(is_known, texts::no_network_to_import_to(key, value, &chat.network));
    }
    Ok(())
}

/// The store, and nothing else of a host: nobody is there to be told of anything.
struct Tables(Arc<dyn Store>);

fn stopped() -> Error {
    user_error("the host does not run while something is imported")
}

#[async_trait::async_trait]
impl Services for Tables {
    fn store(&self) -> Arc<dyn Store> {
        self.0.clone()
    }
    async fn post(&self, _: &'static str, _: Notice, _: Option<String>) -> Result<bool> {
        Err(stopped())
    }
    async fn tell_admins(&self, _: &'static str, _: &str, _: Text) -> Result<()> {
        Err(stopped())
    }
    async fn grant(&self, _: &'static str, _: Grant) -> Result<()> {
        Err(stopped())
    }
    async fn revoke(&self, _: &'static str, _: Grant) -> Result<bool> {
        Err(stopped())
    }
    fn grants(&self, _: &'static str) -> Vec<Grant> {
        vec![]
    }
    fn networks(&self) -> Vec<(String, &'static str)> {
        vec![]
    }
    fn chat_now(&self, chat: &ChatId) -> ChatId {
        chat.clone()
    }
}
