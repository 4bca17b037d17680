//! For tests: a host whose store is in memory, and whose commands are run without dispatch.
use factotum_plugin_api::{
    Error, Services,
    dialog::Dialog,
    prelude::*,
    store::{Expect, Record, Revision, Store, Stored},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::sync::broadcast;

type Records = BTreeMap<(String, String), Record>;

/// The store, and what the admins were told.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    records: Arc<Mutex<(Revision, Records)>>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Memory {
    /// What it lends to `plugin`, with a clock that stands still.
    pub(crate) fn host(&self, plugin: &'static str) -> Host {
        Host::new(plugin, Arc::new(self.clone()), Clock::manual("2026-11-20T10:00:00Z".parse().unwrap()))
    }
    /// What the admins were told.
    #[allow(dead_code, reason = "used where the file is taken over")]
    pub(crate) fn told(&self) -> String {
        self.told.lock().unwrap().join("\n")
    }
    /// Runs one line and gives the answer, an error's too.
    pub(crate) async fn say<P: Send + Sync + 'static>(&self, plugin: &P, commands: Commands<P>, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let length = |path: &&String| path.split(' ').count();
        let fits = |path: &&String| words.join(" ").starts_with(path.as_str());
        let paths = commands.entries.iter().flat_map(|entry| &entry.paths);
        let path = paths.filter(fits).filter(|p| words[..length(p)].join(" ") == **p).max_by_key(length).unwrap();
        let entry = commands.entries.iter().find(|entry| entry.paths.contains(path)).unwrap();
        let clap = entry.clap.clone().no_binary_name(true);
        let matches = match clap.try_get_matches_from(&words[length(&path)..]) {
            Ok(matches) => matches,
            Err(error) => return error.to_string().lines().next().unwrap_or_default().to_owned(),
        };
        let (chat, sender) = (ChatId::new("console", "admin"), Sender::new("console", "admin", "Ann"));
        let incoming = Incoming::new(chat, sender, true, line);
        let call = Call { incoming, path: entry.paths[0].clone(), dialog: Arc::new(self.clone()) };
        match (entry.run)(plugin, &call, &matches).await {
            Ok(reply) => reply.text.plain(),
            Err(Error::User(text)) => text,
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[async_trait::async_trait]
impl Store for Memory {
    async fn get(&self, table: &str, key: &str) -> Result<Option<Record>> {
        Ok(self.records.lock().unwrap().1.get(&(table.into(), key.into())).cloned())
    }
    async fn write(&self, table: &str, key: &str, expect: Expect, value: Option<Stored>) -> Result<Option<Revision>> {
        let (last, records) = &mut *self.records.lock().unwrap();
        let key = (table.to_owned(), key.to_owned());
        let revision = records.get(&key).map(|record| record.revision);
        let holds = match expect {
            Expect::Anything => true,
            Expect::Absent => revision.is_none(),
            Expect::Present => revision.is_some(),
            Expect::At(at) => revision == Some(at),
        };
        if !holds {
            return Ok(None);
        }
        *last += 1;
        drop(match value {
            Some(value) => records.insert(key, Record { revision: *last, value }),
            None => records.remove(&key),
        });
        Ok(Some(*last))
    }
    async fn scan(
        &self,
        table: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Record)>> {
        let records = &self.records.lock().unwrap().1;
        let found =
            records.iter().filter(|((t, k), _)| t == table && k.starts_with(prefix) && Some(k.as_str()) > after);
        Ok(found.take(limit).map(|((_, key), record)| (key.clone(), record.clone())).collect())
    }
    fn changes(&self) -> broadcast::Receiver<Arc<(String, String)>> {
        broadcast::channel(1).1
    }
}

#[async_trait::async_trait]
impl Services for Memory {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.clone())
    }
    async fn post(&self, _plugin: &'static str, _notice: Notice, _dedupe: Option<String>) -> Result<bool> {
        Ok(true)
    }
    async fn tell_admins(&self, _plugin: &'static str, about: &str, text: Text) -> Result<()> {
        self.told.lock().unwrap().push(format!("{about}: {}", text.plain()));
        Ok(())
    }
    async fn grant(&self, _plugin: &'static str, _grant: Grant) -> Result<()> {
        Ok(())
    }
    async fn revoke(&self, _plugin: &'static str, _grant: Grant) -> Result<bool> {
        Ok(false)
    }
    fn grants(&self, _plugin: &'static str) -> Vec<Grant> {
        vec![]
    }
    fn networks(&self) -> Vec<(String, &'static str)> {
        vec![]
    }
}

#[async_trait::async_trait]
impl Dialog for Memory {
    async fn ask(&self, _question: Question) -> Result<String> {
        Err(Error::Left)
    }
    async fn say(&self, _text: Text) -> Result<()> {
        Ok(())
    }
}
