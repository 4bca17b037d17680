//! Rights that a plugin gives at run time, checked where all rights are checked.
use crate::{Result, Services};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Lets a sender run commands of the plugin; checked like the rules of the config,
/// kept over restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Which commands, as a glob on their path, or several with `|` between:
    /// `trueconf *`, `trueconf stop|trueconf run`.
    pub command: String,
    /// To whom, as `network:account`.
    pub sender: String,
    /// Only for calls whose arguments fit, by name: `server = "main"`; globs, several
    /// with `|` between, and each value of the argument fits one of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
}

/// The grants of one plugin.
#[derive(Clone)]
pub struct Grants {
    pub(crate) plugin: &'static str,
    pub(crate) services: Arc<dyn Services>,
}

impl Grants {
    /// Gives a right; durable when it returns.
    pub async fn grant(&self, grant: Grant) -> Result<()> {
        self.services.grant(self.plugin, grant).await
    }
    /// Takes a right back; whether it was there.
    pub async fn revoke(&self, grant: Grant) -> Result<bool> {
        self.services.revoke(self.plugin, grant).await
    }
    /// What this plugin has given.
    pub fn list(&self) -> Vec<Grant> {
        self.services.grants(self.plugin)
    }
}
