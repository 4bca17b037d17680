//! A new config for the plugins that run: everything is started and checked beside
//! them first, and then swapped in without a pause. A line or request that runs
//! keeps the instance that it began with.
use super::{
    OpenTables, Registry, Running, State, check_hooks, check_rules, drop_aside, left_out, open_tables, refused,
    start_aside,
};
use crate::{
    access::Rules,
    config::{Loaded, Mistakes},
    dispatch::help::HOST,
    http::hooks::Owners,
    jobs::AtWork,
};
use factotum_plugin_api::{Error, Registration, Started};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::MutexGuard;
use tracing::warn;

/// What the registry is to be, started and checked. Dropped, it has changed nothing.
pub(crate) struct Prepared {
    next: BTreeMap<&'static str, Next>,
    tables: OpenTables,
    owners: Owners,
}

/// What a plugin is to be.
struct Next {
    config: Value,
    state: State,
    /// An instance for the new config; `None` when the old one, or none, goes on.
    fresh: Option<Arc<Started>>,
}

impl Registry {
    /// Held by whoever changes anything here, or the config.
    pub(crate) async fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().await
    }
    /// Starts what the new config asks for beside what runs. Plugins whose section
    /// is the same are left as they are.
    ///
    /// # Errors
    /// All that the plugins say of their sections, or all rules that fit no command,
    /// or hooks and commands in each other's way.
    pub(crate) async fn prepare(&self, config: &Loaded, rules: Arc<Rules>) -> anyhow::Result<Prepared> {
        type Now = (&'static str, Registration, Value, Option<Arc<Started>>);
        let now: Vec<Now> = {
            let slots = self.slots.read().expect("no panic inside");
            let now = slots.iter().map(|(name, slot)| {
                let running = slot.running.as_ref().map(|running| running.started.clone());
                (*name, slot.registration, slot.config.clone(), running)
            });
            now.collect()
        };
        let (mut next, mut on, mut mistakes) = (BTreeMap::new(), vec![], vec![]);
        let mut all = vec![(HOST, self.builtin.clone())];
        for (name, registration, old, running) in now {
            let section = config.plugin(name);
            let value = section.map_or_else(|| json!({}), |section| section.value.clone());
            let by_command = self.disabled.get(&name.to_owned()).await.map_err(Error::into_anyhow)?.is_some();
            let state = State::of(section, by_command);
            if let State::NeedsConfig(_) = state {
                next.insert(name, Next { config: value, state, fresh: None });
                continue;
            }
            let (started, fresh) = match running.filter(|_| value == old) {
                Some(running) => (running, None),
                // A plugin that is off is started too, as at the start of the host: to be checked.
                None => match start_aside(registration, value.clone(), &self.shared).await {
                    Ok(started) => (started.clone(), Some(started)),
                    Err(error) => {
                        mistakes.push(refused(config, name, &error));
                        continue;
                    }
                },
            };
            all.push((name, started.clone()));
            if state == State::On {
                on.push((name, started));
            }
            let fresh = fresh.filter(|_| state == State::On);
            next.insert(name, Next { config: value, state, fresh });
        }
        anyhow::ensure!(mistakes.is_empty(), Mistakes::sorted(mistakes));
        let needs_config = next.iter().filter(|(_, next)| matches!(next.state, State::NeedsConfig(_)));
        let unseen: Vec<&str> = needs_config.map(|(name, _)| *name).chain(left_out(&self.known)).collect();
        for warning in check_rules(config, &rules, &all, &unseen)? {
            warn!(%warning, "an access rule could not be checked");
        }
        let owners = check_hooks(&self.served, &all)?;
        let tables = open_tables(&self.builtin, &self.served, &on, rules)?;
        drop_aside(all);
        Ok(Prepared { next, tables, owners })
    }
    /// Swaps in what was prepared; never waits. The plugins that were started anew.
    pub(crate) fn swap(&self, prepared: Prepared) -> Vec<&'static str> {
        let (mut old, mut anew) = (vec![], vec![]);
        let mut slots = self.slots.write().expect("no panic inside");
        *self.open.write().expect("no panic inside") = Arc::new(prepared.tables);
        *self.owners.write().expect("no panic inside") = prepared.owners;
        for (name, Next { config, state, fresh }) in prepared.next {
            let slot = slots.get_mut(name).expect("the plugins of a binary stay the same");
            let goes_on = state == State::On && fresh.is_none();
            (slot.config, slot.state) = (config, state);
            if goes_on {
                continue;
            }
            let mut before = AtWork::default();
            if let Some(Running { started, jobs }) = slot.running.take() {
                before = jobs.end();
                old.push(started);
            }
            if let Some(started) = fresh {
                let jobs = self.begin(name, &started, &before);
                slot.running = Some(Running { started, jobs });
                anew.push(name);
            }
        }
        drop(slots);
        drop_aside(old);
        anew
    }
}
