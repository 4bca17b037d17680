//! The section `[plugins.rules]`.
use crate::rule::{self, Compiled, Rule};
use factotum_plugin_api::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Takes what ATSD senders send, and posts what its rules say of it
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where senders reach this host, such as `https://bot.example.com:8443`, for the URLs that `!webhook user add` shows
    pub public_url: Option<String>,
    /// The rules by name; those that are made by `!rules add` stand beside them
    pub rule: BTreeMap<String, Rule>,
}

impl Config {
    /// The scheme and the host of the URLs that senders call.
    pub(crate) fn public(&self) -> (&str, &str) {
        let url = self.public_url.as_deref().unwrap_or("https://YOUR_HOST");
        let (scheme, host) = url.split_once("://").unwrap_or(("https", url));
        (scheme, host.trim_end_matches('/'))
    }
    /// The rules, read.
    ///
    /// # Errors
    /// The first mistake, with its rule.
    pub(crate) fn rules(&self) -> Result<Vec<Compiled>> {
        let address = self.public_url.as_deref();
        let begins = |url: &str| ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
        if address.is_some_and(|url| !begins(url) || url.contains(['@', '?', '#', ' '])) {
            return Err(user_error("public_url: it is like https://bot.example.com:8443"));
        }
        let read = |(key, rule): (&String, &Rule)| {
            let wrong = |why: String| user_error(format!("rule.{key}: {why}"));
            let name = rule::name(key).map_err(wrong)?;
            if rule.to.is_empty() {
                return Err(wrong("it has no chat: set to = [\"network:address\"]".into()));
            }
            Compiled::of(&name, rule.clone()).map_err(|error| match error {
                Error::User(why) => wrong(why),
                error => error,
            })
        };
        self.rule.iter().map(read).collect()
    }
}
