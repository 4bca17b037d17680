//! A host whose network `console` shows what it is given, and whose network
//! `stuck` never answers a post.
use crate::{host, travis::TOKEN};
use async_trait::async_trait;
use factotum_plugin_api::{
    Registration, Result,
    chat::{ChatId, Inbox, Incoming, Message, Network, PostError, Sender},
};
use plugin_travishook::TravisHook;
use std::{path::PathBuf, sync::Arc};

/// Serves until it is killed: `load/r0` is routed to the healthy network,
/// `load/r1` to the stuck one.
pub(crate) fn serve(config: PathBuf, data: PathBuf) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let networks: Vec<(String, Arc<dyn Network>)> =
            vec![("console".into(), Arc::new(Shows)), ("stuck".into(), Arc::new(Stuck))];
        let host = host::start(config, data, Registration::of::<TravisHook>("0.0.0", "measured"), networks).await?;
        for (repo, chat) in [("load/r0", "console:ops"), ("load/r1", "stuck:ops")] {
            for line in [format!("!travis route {repo} {chat} failed"), format!("!travis token {repo} {TOKEN}")] {
                let admin = Sender::new("console", "admin", "admin");
                host.dispatch.accept(Incoming::new(ChatId::new("console", "admin"), admin, true, line));
            }
        }
        host.dispatch.settled().await;
        println!("hooks at http://{}", host.http());
        std::future::pending().await
    })
}

/// Prints a message as the console does.
struct Shows;
/// Takes a message and never says what became of it.
struct Stuck;

#[async_trait]
impl Network for Shows {
    async fn run(&self, _: Inbox) -> Result<()> {
        std::future::pending().await
    }
    async fn post(&self, address: &str, message: &Message) -> Result<String, PostError> {
        if address != "admin" {
            println!("[{address}] {}", message.text.plain());
        }
        Ok("1".into())
    }
    fn limits(&self) -> factotum_plugin_api::chat::Limits {
        Default::default()
    }
    fn parse_chat(&self, word: &str) -> Option<String> {
        Some(word.into())
    }
    fn address_form(&self) -> &'static str {
        "ops"
    }
    fn private_chat(&self, account: &str) -> Option<String> {
        Some(account.into())
    }
}
#[async_trait]
impl Network for Stuck {
    async fn run(&self, _: Inbox) -> Result<()> {
        std::future::pending().await
    }
    async fn post(&self, _: &str, _: &Message) -> Result<String, PostError> {
        std::future::pending().await
    }
    fn limits(&self) -> factotum_plugin_api::chat::Limits {
        Default::default()
    }
    fn parse_chat(&self, word: &str) -> Option<String> {
        Some(word.into())
    }
    fn address_form(&self) -> &'static str {
        "ops"
    }
    fn private_chat(&self, account: &str) -> Option<String> {
        Some(account.into())
    }
}
