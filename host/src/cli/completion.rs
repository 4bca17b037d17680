//! What Tab offers at the console: the host's commands, once it runs.
use crate::{
    console::Complete,
    dispatch::{complete::complete, offers, table::Command},
    services::Shared,
};
use factotum_plugin_api::clap;
use std::sync::{Arc, OnceLock, Weak};

/// Knows the commands once the host runs.
pub(super) struct Completions {
    host: Arc<OnceLock<Weak<Shared>>>,
}

impl Completions {
    /// Knows none yet.
    pub(super) fn new() -> Self {
        Completions { host: Arc::default() }
    }
    /// The host runs: these are its commands.
    pub(super) fn ask(&self, host: &Arc<Shared>) {
        self.host.set(Arc::downgrade(host)).ok(); // it starts once
    }
    /// As the console asks: lines with their prefix.
    pub(super) fn as_complete(&self) -> Complete {
        let host = self.host.clone();
        Arc::new(move |asker, line| {
            let Some(shared) = host.get().and_then(Weak::upgrade) else { return vec![] };
            let Ok(open) = shared.open_tables() else { return vec![] };
            let typed = line.trim_start();
            let config = shared.config();
            let rest = config.config.commands.after_prefix(typed);
            let Some(rest) = rest.filter(|rest| !rest.starts_with(char::is_whitespace)) else { return vec![] };
            let before = line.strip_suffix(rest).unwrap_or_default();
            let offers = |command: &Command, arg: &clap::Arg| offers::begun(&shared, command, arg);
            let lines = complete(&open.commands, &open.rules, shared.networks(), asker, &offers, rest);
            lines.into_iter().map(|line| format!("{before}{line}")).collect()
        })
    }
}
