//! Which plugins are built in and not in use, and how each is set up: asked of them, in
//! a task each, so that one that panics or hangs is only shown as any other.
use super::{Registry, STATUS_LIMIT};
use factotum_plugin_api::{Started, language, text::Text};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::{sync::MutexGuard, task::JoinHandle};
use tracing::error;

/// What a person may begin with, by plugin, of those that are not in use.
pub(crate) type FirstSteps = BTreeMap<&'static str, Vec<Text>>;

impl Registry {
    /// What a person may begin with, for each plugin that is on and not in use.
    pub(crate) async fn first_steps(&self) -> FirstSteps {
        let ask = |(name, started)| Some((name, self.ask(name, started)?));
        let asked: Vec<_> = self.running().into_iter().filter_map(ask).collect();
        let mut all = FirstSteps::new();
        for (name, asked) in asked {
            let steps = answer(name, asked).await;
            if !steps.is_empty() {
                all.insert(name, steps);
            }
        }
        all
    }
    /// Whether a plugin is in use; `None` of one that always is.
    pub(crate) async fn is_in_use(&self, name: &'static str) -> Option<bool> {
        let (_, started) = self.running().into_iter().find(|(running, _)| *running == name)?;
        Some(answer(name, self.ask(name, started)?).await.is_empty())
    }
    /// The plugins that no menu has now; held while menus are made.
    pub(crate) async fn left_out_of_menus(&self) -> MutexGuard<'_, BTreeSet<&'static str>> {
        self.left_out_of_menus.lock().await
    }
    fn ask(&self, name: &str, started: Arc<Started>) -> Option<Asked> {
        if self.shared.config().has_section(name) {
            return None;
        }
        let (ask, clock) = (started.commands.first_steps.clone()?, self.shared.clock.clone());
        let ask = async move {
            let steps = clock.timeout(STATUS_LIMIT, ask(&started.plugin)).await?;
            steps.map_err(factotum_plugin_api::Error::into_anyhow)
        };
        Some(tokio::spawn(language::current().during(ask)))
    }
}

type Asked = JoinHandle<anyhow::Result<Vec<Text>>>;

/// What a plugin says; nothing where it cannot.
async fn answer(name: &'static str, asked: Asked) -> Vec<Text> {
    let failed = match asked.await {
        Ok(Ok(steps)) => return steps,
        Ok(Err(error)) => error,
        // Without the panic's words, which may repeat a secret.
        Err(panic) => anyhow::anyhow!("it {}", if panic.is_panic() { "panicked" } else { "was stopped" }),
    };
    error!(plugin = name, error = format!("{failed:#}"), "the plugin does not say whether it is in use");
    vec![]
}
