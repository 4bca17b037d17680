//! The engine's place: the committer takes it out when it cannot be trusted any
//! more, and puts it back opened anew. Nobody reads meanwhile.
use super::engine::Engine;
use crate::health::{Health, Unwell};
use anyhow::anyhow;
use std::sync::{PoisonError, RwLock, TryLockError};

pub(super) struct Slot {
    engine: RwLock<Option<Engine>>,
    health: Health,
}

impl Slot {
    pub(super) fn new(engine: Engine, health: Health) -> Self {
        Slot { engine: RwLock::new(Some(engine)), health }
    }
    /// Uses the engine; never waits.
    ///
    /// # Errors
    /// Those of `work`; and [`Unwell`] while there is no engine.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Engine) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let engine = match self.engine.try_read() {
            Ok(engine) => engine,
            Err(TryLockError::Poisoned(engine)) => engine.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(self.away()),
        };
        work(engine.as_ref().ok_or_else(|| self.away())?)
    }
    fn away(&self) -> anyhow::Error {
        let unwell: Option<Unwell> = self.health.unwell();
        unwell.map_or_else(|| anyhow!("the store is just being opened anew"), Into::into)
    }
    pub(super) fn is_empty(&self) -> bool {
        self.engine.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }
    /// Closes the engine when the reads under way are done.
    pub(super) fn take_out(&self) {
        let engine = self.engine.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(engine);
    }
    pub(super) fn put_back(&self, engine: Engine) {
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = Some(engine);
    }
}
