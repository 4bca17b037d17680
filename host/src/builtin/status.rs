//! The lines of `!status` on networks and plugins.
use super::requests::shown_at;
use crate::{
    journal::NetworkCount,
    links::Standing,
    registry,
    services::Shared,
    texts::{self, NetworkStatus},
};
use factotum_plugin_api::{chat::Link, jiff::Timestamp, prelude::*};

/// A line for each network, and for each that something waits for though the config
/// no longer has it. Reasons, errors and dead letters are for admins.
pub(super) async fn networks(shared: &Shared, admin: bool) -> Result<Vec<Text>> {
    let (counts, now) = (shared.journal.counts().await?, shared.clock.now());
    let mut lines = vec![];
    for (name, network) in &shared.networks().0 {
        let status = standing(shared.links.look(name, &**network));
        let count = counts.iter().find(|count| count.network == *name);
        lines.push((name, with_backlog(status, count, now)));
    }
    for count in counts.iter().filter(|count| shared.networks().get(&count.network).is_none()) {
        let status = NetworkStatus { word: texts::not_configured(), ..NetworkStatus::default() };
        lines.push((&count.network, with_backlog(status, Some(count), now)));
    }
    let line = |(name, status): (&String, NetworkStatus)| {
        let status = if admin { status } else { for_everyone(status) };
        texts::network_status(NetworkStatus { name: name.clone(), ..status })
    };
    Ok(lines.into_iter().map(line).collect())
}

/// The plugins that are on and in use.
pub(super) async fn plugins(shared: &Shared) -> Result<Text> {
    let registry = shared.registry()?;
    let (unused, plugins) = (registry.first_steps().await, registry.plugins());
    let in_use =
        |plugin: &&registry::PluginInfo| plugin.state == registry::State::On && !unused.contains_key(plugin.name);
    let on = plugins.iter().filter(in_use);
    Ok(texts::plugins_on(&on.map(|plugin| plugin.name).collect::<Vec<_>>()))
}

fn standing(standing: Standing) -> NetworkStatus {
    let Standing { link, since, gave_up, last_error } = standing;
    let word = texts::link(&link, gave_up);
    let (since, why) = match link {
        Link::Up => (None, None),
        Link::Connecting => (Some(since), None),
        Link::Ailing(why) | Link::Down(why) => (Some(since), Some(why)),
    };
    // The reason that stands there already is not said twice.
    let last_error = last_error.filter(|(_, error)| Some(error) != why.as_ref());
    let last_error = last_error.map(|(at, error)| (shown_at(at), error));
    NetworkStatus { word, since: since.map(shown_at), why, last_error, ..NetworkStatus::default() }
}

fn with_backlog(status: NetworkStatus, count: Option<&NetworkCount>, now: Timestamp) -> NetworkStatus {
    let Some(count) = count else { return status };
    let age = |since: Timestamp| Duration::try_from(now.duration_since(since)).unwrap_or_default();
    NetworkStatus {
        waiting: count.oldest.map(|oldest| (count.waiting, age(oldest))),
        next_try: count.next_try.filter(|at| *at > now).map(shown_at),
        dead: count.dead,
        ..status
    }
}

fn for_everyone(status: NetworkStatus) -> NetworkStatus {
    NetworkStatus { why: None, last_error: None, next_try: None, dead: 0, ..status }
}
