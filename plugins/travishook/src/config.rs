//! The section `[plugins.travishook]`.
use factotum_plugin_api::prelude::*;
use serde::Deserialize;
use std::path::PathBuf;

/// Posts Travis CI results to chats
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What messages begin with, in brackets; nothing when it is empty
    pub title: String,
    /// PEM files with public keys that requests may be signed with: for hosts
    /// without internet, and for installations of one's own
    pub public_key_files: Vec<PathBuf>,
    /// Such keys themselves, as PEM
    pub public_keys: Vec<String>,
    /// API servers that tell the public key they sign with, each with its path
    /// /config. Asked when a signature fits no key that is known, at most once a
    /// minute; a host without internet has an empty list and keys of its own
    pub config_urls: Vec<String>,
    /// What routes begin with; the routes themselves are made by command
    pub routes: ci_routes::Config,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            title: "Travis CI".into(),
            public_key_files: vec![],
            public_keys: vec![],
            config_urls: vec!["https://api.travis-ci.com/config".into()],
            routes: ci_routes::Config::default(),
        }
    }
}
