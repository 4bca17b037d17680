//! A new config for a host at work: read, checked whole and prepared before
//! anything is swapped, so that a broken one changes nothing.
use crate::{
    access::Rules,
    config::{Change, Loaded, Mistakes},
    dispatch::menu,
    services::Shared,
    texts,
};
use std::sync::Arc;
use tracing::{error, info, warn};

/// What a new config has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// What is in force now.
    pub changes: Vec<Change>,
    /// The plugins that were started anew.
    pub plugins: Vec<&'static str>,
    /// What comes with the next start only, also from earlier configs.
    pub after_restart: Vec<Change>,
}

/// Who wants the config read, and so where it is told what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedBy {
    /// An admin, who has it as the answer: the log does not say it loudly too.
    Command,
    /// A signal: the log is all there is.
    Signal,
}

/// Reads the config anew and takes over what a running host can. One at a time.
///
/// # Errors
/// Everything that is wrong with it, a line each: then nothing was changed.
pub async fn reload(shared: &Arc<Shared>, by: AskedBy) -> Result<Reloaded, Vec<String>> {
    let done = try_reload(shared).await.map_err(|error| match error.downcast_ref::<Mistakes>() {
        Some(Mistakes(mistakes)) => mistakes.iter().map(ToString::to_string).collect(),
        None => format!("{error:#}").lines().map(str::to_owned).collect::<Vec<_>>(),
    });
    match &done {
        Ok(Reloaded { changes, plugins, after_restart }) => {
            shared.tell_of_broken_texts().await;
            for Change { path, old, new } in changes {
                info!(key = path, old, new, "the config has changed");
            }
            for Change { path, old, new } in after_restart {
                match by {
                    AskedBy::Command => info!(key = path, old, new, "this comes with the next start only"),
                    AskedBy::Signal => warn!(key = path, old, new, "this comes with the next start only"),
                }
            }
            info!(changes = changes.len(), plugins = plugins.join(" "), "config reloaded");
        }
        Err(mistakes) => {
            for mistake in mistakes {
                match by {
                    AskedBy::Command => info!(mistake, "the new config cannot be taken"),
                    AskedBy::Signal => error!(mistake, "the new config cannot be taken"),
                }
            }
            let mistakes = mistakes.len();
            match by {
                AskedBy::Command => info!(mistakes, "config not reloaded: nothing was changed"),
                AskedBy::Signal => error!(mistakes, "config not reloaded: nothing was changed"),
            }
        }
    }
    done
}

async fn try_reload(shared: &Arc<Shared>) -> anyhow::Result<Reloaded> {
    let registry = shared.registry()?;
    let _one_at_a_time = registry.changing().await;
    let old = shared.config();
    let new = Arc::new(
        tokio::task::spawn_blocking({
            let old = old.clone();
            move || read(&old)
        })
        .await??,
    );
    let access = new.config.access.clone();
    let rules = Rules::compile(new.config.admins.clone(), access.roles, access.rules);
    let rules = rules.map_err(|mistakes| anyhow::anyhow!("{}", mistakes.join("\n")))?;
    let rules = Arc::new(rules.in_place_of(&shared.rules()));
    let prepared = registry.prepare(&new, rules.clone()).await?;
    for warning in new.warnings() {
        warn!(%warning, "the config could be safer");
    }
    // From here on nothing fails, and nothing waits: whoever is aborted has changed all or nothing.
    let outbox = shared.outbox()?;
    shared.set_config(new.clone(), rules);
    let plugins = registry.swap(prepared);
    outbox.set(new.config.outbox.clone());
    shared.journal.keep(new.config.journal.clone());
    let changes = old.changes(&new).into_iter().filter(Change::is_live).collect();
    menu::offer(shared, &registry).await;
    Ok(Reloaded { changes, plugins, after_restart: shared.after_restart() })
}

/// The config of now, with what would stop the next start.
fn read(old: &Loaded) -> anyhow::Result<Loaded> {
    let new = old.again()?;
    new.config.http.settings()?.check_files()?;
    let networked =
        |chat: &&crate::config::ChatSection| chat.enabled && chat.kind != crate::config::CONSOLE && chat.hears();
    if let Some(chat) = new.chats.iter().find(networked) {
        anyhow::ensure!(!new.admins_besides_console().is_empty(), texts::no_admin(&chat.name));
    }
    Ok(new)
}
