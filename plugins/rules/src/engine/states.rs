//! The records of how rules stand, and which requests they hang on.
//!
//! A record changes before the host writes the request that changed it. When that write
//! fails, or the host dies before it, the change is taken back the next time that anybody
//! looks, so that the sender's next try is decided as the first was.
use super::{Fired, State, state::Id, text};
use crate::{
    expression::{Field, eval::Failure},
    message::Message,
    rule::{Compiled, Window},
};
use factotum_plugin_api::{
    Result,
    fate::Fate,
    hook::Request,
    jiff::Timestamp,
    prelude::{Host, Table},
    text::Text,
};
use futures_util::future::{join_all, try_join_all};
use std::{
    collections::{BTreeSet, HashMap},
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A rule's name, and an entity.
pub type Key = (String, String);

/// What a message did to one rule.
pub type Stepped = Result<Option<Fired>, Failure>;

/// How many entities can be at work at once.
const LANES: usize = 64;

/// How rules stand, by rule and entity.
pub struct States {
    table: Table<Key, State>,
    host: Host,
    /// What will become of the requests that were taken last.
    fates: Mutex<HashMap<Id, Fate>>,
    /// The records that hang on a request; all that do when nobody has looked yet.
    unsure: Mutex<Option<BTreeSet<Key>>>,
    /// The messages of one entity move its rules one after another.
    lanes: [tokio::sync::Mutex<()>; LANES],
}

impl States {
    /// Those of this table.
    pub fn new(table: Table<Key, State>, host: Host) -> Self {
        let lanes = std::array::from_fn(|_| tokio::sync::Mutex::default());
        States { table, host, fates: Mutex::default(), unsure: Mutex::default(), lanes }
    }
    /// Takes a message in; gives what it did to each of the rules.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn step(&self, rules: &[&Arc<Compiled>], message: &Message, request: &Request) -> Result<Vec<Stepped>> {
        let id = (request.id, request.received_at);
        lock(&self.fates).insert(id, request.fate());
        let lane = BuildHasherDefault::<DefaultHasher>::default().hash_one(&message.entity) % LANES as u64;
        let lane = &self.lanes[usize::try_from(lane).expect("it is below 64")];
        // Whoever was here before has stepped with all its rules, and waits for the journal
        // alone: to wait for its end here is no circle.
        let _alone = lane.lock().await;
        try_join_all(rules.iter().map(|rule| self.step_one(rule, message, id))).await
    }
    async fn step_one(&self, rule: &Compiled, message: &Message, id: Id) -> Result<Stepped> {
        let key = (rule.name.clone(), message.entity.clone());
        loop {
            let (mut state, revision) = match self.table.get_at(&key).await? {
                Some((state, revision)) => (state, Some(revision)),
                None => (State::default(), None),
            };
            for (other, moved) in state.unsure().collect::<Vec<_>>() {
                if other != id
                    && let Some(kept) = self.fate(other, moved).await?
                {
                    state.settle(other, kept);
                }
            }
            let stepped = state.step(rule, message, id.0, id.1);
            let written = match revision {
                Some(revision) => self.table.compare_and_swap(&key, revision, &state).await?,
                None => self.table.create(&key, &state).await?,
            };
            if written.is_some() {
                // The first look finds all that there are.
                if let Some(unsure) = &mut *lock(&self.unsure) {
                    unsure.insert(key);
                }
                return Ok(stepped);
            }
        }
    }
    /// What became of a request; `None` while the host is at it, unless it is to be waited for.
    async fn fate(&self, id: Id, wait: bool) -> Result<Option<bool>> {
        let fate = lock(&self.fates).get(&id).cloned();
        match fate {
            Some(fate) if wait => Ok(Some(fate.kept().await)),
            Some(fate) => Ok(fate.known()),
            // Of an earlier life of the host, or known for some time.
            None => self.host.was_kept(id.0, id.1).await.map(Some),
        }
    }
    /// How a rule stands for an entity, as far as that is known.
    ///
    /// # Errors
    /// When the store or the journal cannot be read.
    pub async fn get(&self, key: &Key) -> Result<State> {
        let mut state = self.table.get(key).await?.unwrap_or_default();
        self.settle(&mut state).await?;
        Ok(state)
    }
    /// How a rule stands, by entity.
    ///
    /// # Errors
    /// When the store or the journal cannot be read.
    pub async fn of(&self, rule: &str) -> Result<Vec<(String, State)>> {
        let states = self.table.all(&[rule]).await?.into_iter();
        let settled = states.map(async |((_, entity), mut state)| {
            self.settle(&mut state).await?;
            Ok((entity, state))
        });
        try_join_all(settled).await
    }
    /// Notes what is known of the requests that a record hangs on; whether anything was.
    async fn settle(&self, state: &mut State) -> Result<bool> {
        let mut noted = false;
        for (id, _) in state.unsure().collect::<Vec<_>>() {
            if let Some(kept) = self.fate(id, false).await? {
                state.settle(id, kept);
                noted = true;
            }
        }
        Ok(noted)
    }
    /// Writes down what became of the requests that records hang on, while the journal
    /// still remembers them.
    ///
    /// # Errors
    /// When the store or the journal fails.
    pub async fn sweep(&self) -> Result<()> {
        // What comes from here on adds itself again.
        let known = lock(&self.unsure).replace(BTreeSet::new());
        let keys = match known {
            Some(keys) => keys,
            None => self.all_unsure().await.inspect_err(|_| *lock(&self.unsure) = None)?,
        };
        let swept = keys.into_iter().map(async |key| (self.sweep_one(&key).await, key));
        let mut result = Ok(());
        for (done, key) in join_all(swept).await {
            if !matches!(done, Ok(true)) {
                lock(&self.unsure).get_or_insert_default().insert(key);
            }
            result = result.and(done.map(drop));
        }
        // What is known is in the journal, or not, for whoever asks later.
        lock(&self.fates).retain(|_, fate| fate.known().is_none());
        result
    }
    async fn all_unsure(&self) -> Result<BTreeSet<Key>> {
        let all = self.table.all(&[]).await?.into_iter();
        Ok(all.filter(|(_, state)| state.unsure().next().is_some()).map(|(key, _)| key).collect())
    }
    /// Whether a record hangs on nothing any more.
    async fn sweep_one(&self, key: &Key) -> Result<bool> {
        let Some((mut state, revision)) = self.table.get_at(key).await? else { return Ok(true) };
        let noted = self.settle(&mut state).await?;
        // A message in between is looked at next time.
        let written = !noted || self.table.compare_and_swap(key, revision, &state).await?.is_some();
        Ok(written && state.unsure().next().is_none())
    }
    /// What time alone does to a rule: an opening whose delay is over, and a window that
    /// messages have left. Each is said before it is noted, with a key that lets it be
    /// said once.
    ///
    /// # Errors
    /// When the store fails, or `post` does.
    pub async fn pass<F: Future<Output = Result<()>>>(
        &self,
        rule: &Compiled,
        now: Timestamp,
        post: impl Fn(Text, String) -> F,
    ) -> Result<()> {
        let counts = rule.condition.speaks_of(&|field| *field == Field::Count);
        let leaves = counts && matches!(rule.window, Window::Time(_));
        if rule.delay.is_zero() && !leaves {
            return Ok(());
        }
        for (key, _) in self.table.all(&[&rule.name]).await? {
            let Some((mut state, revision)) = self.table.get_at(&key).await? else { continue };
            self.settle(&mut state).await?;
            // The next message begins anew; or it is not known yet how it stands.
            if !state.is_of(rule) || state.unsure().next().is_some() {
                continue;
            }
            let entity = &key.1;
            if let Some((text, due)) = state.take_due(rule, now) {
                if rule.rule.on.contains(&crate::Trigger::Open) {
                    post(text, format!("{} {entity} open {due}", rule.name)).await?;
                }
            } else if leaves && let Some((fired, last)) = state.ended(rule, now) {
                if fired.says {
                    let (text, _) = text(rule, &last, fired, now);
                    post(text, format!("{} {entity} cancel {revision}", rule.name)).await?;
                }
            } else {
                continue;
            }
            self.table.compare_and_swap(&key, revision, &state).await?; // a message in between is looked at next time
        }
        Ok(())
    }
    /// Forgets how a rule stands.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove(&self, rule: &str) -> Result<()> {
        for (key, _) in self.table.all(&[rule]).await? {
            self.table.remove(&key).await?;
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
