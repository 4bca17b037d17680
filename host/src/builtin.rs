//! The host's own commands: an ordinary plugin that cannot be disabled.
//!
//! `!help` `!apropos` `!about` `!status` `!whoami` `!lang` `!echo` · `!start` `!getid` `!commands` · `!history` `!running` `!cancel` · `!repos` `!repos search` `!repos
//! info` · `!plugin list` `!plugin enable` `!plugin disable` `!plugin info` ·
//! `!config` `!reload` · `!log tail` · `!requests` `!requests show` `!requests replay` `!incidents` · `!outbox list` `!outbox
//! retry` `!outbox drop` · `!silence` `!silence end` `!quiet` `!quiet off` `!group` · `!acl` `!acl why`
mod about;
mod acl;
mod config;
mod group;
mod history;
mod lang;
mod log;
mod outbox;
mod plugins;
mod quiet;
mod reload;
mod replay;
mod requests;
mod running;
mod silence;
mod status;
mod talk;

use crate::{journal::Filter, services::Shared, texts};
use factotum_plugin_api::{
    Result, Started,
    command::{Access, Commands},
    user_error,
};
use requests::RequestNumber;
use std::sync::{Arc, Weak};

/// The plugin `host`.
pub(crate) struct Builtin {
    /// Weak, since the registry that `shared` leads to holds this plugin.
    shared: Weak<Shared>,
}

/// The host's own commands, started. Without a host they are there to be looked at.
pub(crate) fn start(shared: Weak<Shared>) -> Started {
    let mut commands = Commands::default();
    Builtin::commands(&mut commands);
    Started::of_commands(Builtin { shared }, commands)
}

/// The number of a row, with or without `#`; none is above `i64::MAX`, which is as
/// far as the journal counts: a larger one stands for that.
fn number_of(word: &str) -> Option<u64> {
    let RequestNumber(number) = word.parse().ok()?;
    Some(number.min(i64::MAX.unsigned_abs()))
}

/// What a list is to show: words, and `before NUMBER` at the end for older rows.
fn filter_of(words: &[String]) -> Result<Filter> {
    match words {
        [words @ .., before, number] if before.eq_ignore_ascii_case("before") => {
            let before = number_of(number);
            let before = before.ok_or_else(|| user_error(texts::before_a_number(number)))?;
            Ok(Filter { words: words.to_vec(), before: Some(before) })
        }
        words => Ok(Filter { words: words.to_vec(), before: None }),
    }
}

impl Builtin {
    fn shared(&self) -> anyhow::Result<Arc<Shared>> {
        self.shared.upgrade().ok_or_else(|| anyhow::anyhow!("the host has stopped"))
    }
    fn commands(commands: &mut Commands<Self>) {
        commands
            .on("help", Access::EVERYONE, Self::help)
            .on("apropos", Access::EVERYONE, Self::apropos)
            .on("history", Access::EVERYONE, Self::history)
            .on("cancel", Access::EVERYONE, Self::cancel)
            .on("running", Access::ADMINS, Self::running)
            .on("about", Access::EVERYONE, Self::about)
            .on("status", Access::EVERYONE, Self::status)
            .on("whoami", Access::EVERYONE, Self::whoami)
            .on("lang", Access::EVERYONE, Self::lang)
            .on("lang me", Access::EVERYONE, Self::lang_me)
            .on("lang chat", Access::ADMINS, Self::lang_chat)
            .on("echo", Access::EVERYONE, Self::echo)
            .on("start", Access::EVERYONE, Self::start)
            .on("getid", Access::EVERYONE, Self::getid)
            .on("commands", Access::EVERYONE, Self::commands_list)
            .on("repos", Access::EVERYONE, Self::repos)
            .on("repos search", Access::EVERYONE, Self::repos_search)
            .on("repos info", Access::EVERYONE, Self::plugin_info)
            .on("plugin list", Access::EVERYONE, Self::repos)
            .alias("plugin")
            .on("plugin info", Access::EVERYONE, Self::plugin_info)
            .on("plugin enable", Access::ADMINS, Self::plugin_enable)
            .on("plugin disable", Access::ADMINS, Self::plugin_disable)
            .on("config", Access::ADMINS.in_private(), Self::config)
            .on("log tail", Access::ADMINS.in_private(), Self::log_tail)
            .alias("log")
            .on("reload", Access::ADMINS.in_private(), Self::reload)
            .on("requests", Access::ADMINS, Self::requests)
            .on("requests show", Access::ADMINS, Self::requests_show)
            .on("requests replay", Access::ADMINS, Self::requests_replay)
            .on("incidents", Access::ADMINS, Self::incidents)
            .on("outbox list", Access::ADMINS, Self::outbox_list)
            .alias("outbox")
            .on("outbox retry", Access::ADMINS, Self::outbox_retry)
            .on("outbox drop", Access::ADMINS, Self::outbox_drop)
            .on("silence", Access::ADMINS, Self::silence)
            .on("silence end", Access::ADMINS, Self::silence_end)
            .on("quiet", Access::ADMINS, Self::quiet)
            .on("quiet off", Access::ADMINS, Self::quiet_off)
            .on("group", Access::ADMINS, Self::group)
            .on("acl", Access::ADMINS, Self::acl)
            .on("acl why", Access::ADMINS, Self::acl_why);
    }
}
