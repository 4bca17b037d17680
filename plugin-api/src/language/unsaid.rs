//! Texts that were to be said and that no catalogue has: a mistake of the code, which
//! people see as `[plugin.key]` and the log as an error. Kept for the tests, whose
//! harness fails where there are any.
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

static UNSAID: Mutex<BTreeSet<(&'static str, &'static str)>> = Mutex::new(BTreeSet::new());

/// Notes it; the log has each once.
pub(super) fn note(plugin: &'static str, key: &'static str) {
    if UNSAID.lock().unwrap_or_else(PoisonError::into_inner).insert((plugin, key)) {
        tracing::error!(plugin, key, "there is no such text");
    }
}

/// The keys of a plugin's texts that could not be said since the process began.
pub fn unsaid(plugin: &str) -> Vec<&'static str> {
    let unsaid = UNSAID.lock().unwrap_or_else(PoisonError::into_inner);
    unsaid.iter().filter(|(of, _)| *of == plugin).map(|(_, key)| *key).collect()
}
