//! What is kept of one master while the bot runs: the position, and builders that were
//! read lately.
use crate::{model::Builder, position::Position};
use factotum_plugin_api::prelude::*;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Mutex as Turn, MutexGuard as Turned, OnceCell};

/// Names and tags change when somebody changes the master's config.
const BUILDER_KEPT: Duration = Duration::from_secs(60);
/// Builds that are told of at the same time.
const TURNS: usize = 16;

/// See the module.
pub(crate) struct Feed {
    /// The master's name.
    name: String,
    table: Table<String, Position>,
    loaded: OnceCell<()>,
    position: Mutex<Position>,
    saved: Mutex<Position>,
    turns: [Turn<()>; TURNS],
    builders: Mutex<HashMap<i64, (Duration, Builder)>>,
}

impl Feed {
    /// Of the master `name`.
    pub(crate) fn new(name: &str, table: &Table<String, Position>) -> Self {
        Feed {
            name: name.to_owned(),
            table: table.clone(),
            loaded: OnceCell::new(),
            position: Mutex::default(),
            saved: Mutex::default(),
            turns: Default::default(),
            builders: Mutex::default(),
        }
    }
    /// Reads what is stored; to be called before all else, and again as often as one likes.
    pub(crate) async fn load(&self) -> Result<()> {
        let load = async || -> Result<()> {
            if let Some(position) = self.table.get(&self.name).await? {
                *lock(&self.saved) = position.clone();
                *lock(&self.position) = position;
            }
            Ok(())
        };
        self.loaded.get_or_try_init(load).await.copied()
    }
    /// Where we stand; not to be held for long.
    pub(crate) fn position(&self) -> MutexGuard<'_, Position> {
        lock(&self.position)
    }
    /// Stores where we stand. A crash before that costs another look at the same builds:
    /// the journal knows what was told.
    pub(crate) async fn save(&self) -> Result<()> {
        let position = self.position().clone();
        if *lock(&self.saved) != position {
            self.table.put(&self.name, &position).await?;
            *lock(&self.saved) = position;
        }
        Ok(())
    }
    /// One of the two sources at a time tells of a build: a start must not overtake the end.
    pub(crate) async fn turn(&self, build: i64) -> Turned<'_, ()> {
        let at = usize::try_from(build.unsigned_abs()).unwrap_or_default() % TURNS;
        self.turns[at].lock().await
    }
    /// A builder that was read lately.
    pub(crate) fn builder(&self, id: i64, now: Duration) -> Option<Builder> {
        let builders = lock(&self.builders);
        let (read, builder) = builders.get(&id)?;
        (now.saturating_sub(*read) < BUILDER_KEPT).then(|| builder.clone())
    }
    /// Keeps what was read.
    pub(crate) fn keep_builder(&self, builder: &Builder, now: Duration) {
        lock(&self.builders).insert(builder.id, (now, builder.clone()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
