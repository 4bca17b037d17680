//! Who stopped and started what, when, from which chat, with what result: kept in a table
//! with a bound, the oldest go first.
use crate::{servers::Server, texts};
use factotum_plugin_api::{jiff::Timestamp, prelude::*, store::Table};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tracing::error;

/// Entries that are kept.
pub(crate) const KEPT: usize = 2000;
/// Entries that go at once when there are more.
const SWEPT: usize = 100;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Act {
    Stop,
    Run,
    Keep,
    Policy,
    Allow,
    Disallow,
    Import,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Done,
    /// It was so already.
    Before,
    /// Why not, in the words of whoever asked.
    Failed(String),
}

/// One entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// In unix seconds.
    pub(crate) at: i64,
    pub(crate) act: Act,
    /// The server's slug.
    pub(crate) server: String,
    /// The conference's id, or the person whose rights they are; nothing for a whole server.
    pub(crate) what: String,
    /// The conference's title, or the role, or the mode.
    pub(crate) title: String,
    /// `network:account`; nothing for the policy.
    pub(crate) who: String,
    pub(crate) name: String,
    pub(crate) chat: String,
    pub(crate) outcome: Outcome,
}

/// The table, by numbers of equal length.
pub(crate) struct Audit {
    table: Table<String, Entry>,
    clock: Clock,
    /// The next number, and how many there are; read with the first entry.
    next: Mutex<Option<(u64, usize)>>,
}

impl Audit {
    pub(crate) fn open(host: &Host) -> Result<Self> {
        Ok(Audit { table: host.store.table("audit")?, clock: host.clock.clone(), next: Mutex::default() })
    }
    /// Keeps what a person did.
    pub(crate) async fn by(
        &self,
        call: &Call,
        act: Act,
        server: &Server,
        (what, title): (&str, &str),
        outcome: Outcome,
    ) {
        let sender = call.sender();
        self.keep(Entry {
            at: self.now().as_second(),
            act,
            server: server.slug.clone(),
            what: what.to_owned(),
            title: title.to_owned(),
            who: sender.id.clone(),
            name: sender.name.clone(),
            chat: call.chat().to_string(),
            outcome,
        })
        .await;
    }
    /// Keeps an entry. What was done is done: an error goes to the log.
    pub(crate) async fn keep(&self, entry: Entry) {
        if let Err(error) = self.try_keep(&entry).await {
            error!(error = format!("{:#}", error.into_anyhow()), "the audit could not be written");
        }
    }
    async fn try_keep(&self, entry: &Entry) -> Result<()> {
        let mut next = self.next.lock().await;
        let (number, count) = match *next {
            Some(known) => known,
            None => {
                let all = self.table.all(&[]).await?;
                let last = all.last().and_then(|(key, _)| key.parse::<u64>().ok());
                (last.map_or(0, |last| last + 1), all.len())
            }
        };
        self.table.put(&format!("{number:012}"), entry).await?;
        *next = Some((number + 1, count + 1));
        if count + 1 > KEPT {
            for (key, _) in self.table.scan(&[], None, SWEPT).await? {
                self.table.remove(&key).await?;
            }
            *next = Some((number + 1, (count + 1).saturating_sub(SWEPT)));
        }
        Ok(())
    }
    /// The newest entries of these servers, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn newest(&self, slugs: &[String], most: usize) -> Result<Vec<Entry>> {
        let all = self.table.all(&[]).await?.into_iter().rev().map(|(_, entry)| entry);
        Ok(all.filter(|entry| slugs.contains(&entry.server)).take(most).collect())
    }
    /// How many conferences of a server were stopped since then: by people, and by the policy.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn stopped_since(&self, since: Timestamp) -> Result<Vec<Entry>> {
        let stopped =
            |entry: &Entry| entry.act == Act::Stop && entry.outcome == Outcome::Done && entry.at >= since.as_second();
        Ok(self.table.all(&[]).await?.into_iter().map(|(_, entry)| entry).filter(stopped).collect())
    }
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// What came of something that was tried.
pub(crate) fn outcome<T>(tried: &Result<T>, done: impl FnOnce(&T) -> Outcome) -> Outcome {
    match tried {
        Ok(came) => done(came),
        Err(Error::User(why)) => Outcome::Failed(why.clone()),
        Err(_) => Outcome::Failed(texts::watch::internal().to_string()),
    }
}
