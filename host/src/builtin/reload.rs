//! `!reload`: the config, read anew.
use super::Builtin;
use crate::{
    reload::{self, AskedBy},
    texts,
};
use factotum_plugin_api::prelude::*;

/// Read the config anew: with a mistake in it nothing changes
#[derive(Args)]
pub(super) struct ReloadArgs {}

impl Builtin {
    pub(super) async fn reload(&self, _: &Call, _: ReloadArgs) -> Result<Reply> {
        Ok(match reload::reload(&self.shared()?, AskedBy::Command).await {
            Ok(done) => texts::reloaded(&done),
            Err(mistakes) => texts::not_reloaded(&mistakes),
        }
        .into())
    }
}
