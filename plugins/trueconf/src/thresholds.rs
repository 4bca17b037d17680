//! Thresholds: users online, running conferences, one conference that runs too long. A
//! crossing is told once, to the chats that watch the server, and again only after the
//! number has come back below.
use crate::{TrueConf, api::Fault, config::Thresholds, model::Conference, servers::Server, texts};
use factotum_plugin_api::prelude::*;
use futures_util::{StreamExt, stream};
use std::{collections::BTreeSet, sync::Arc};
use tracing::debug;

/// Servers asked at a time.
const AT_A_TIME: usize = 8;

/// What a server has now.
struct Measured {
    online: Option<u64>,
    running: Vec<Conference>,
}

/// A threshold that is crossed: how the table names it, and what is said.
pub(crate) enum Crossed {
    Online(u64, u64),
    Running(u64, u64),
    Long(Box<Conference>, Duration),
}

impl Crossed {
    fn key(&self) -> String {
        match self {
            Crossed::Online(..) => "online".into(),
            Crossed::Running(..) => "running".into(),
            Crossed::Long(conference, _) => {
                format!("long {}", conference.session.as_deref().unwrap_or(&conference.id))
            }
        }
    }
}

impl Thresholds {
    fn is_any(&self) -> bool {
        self.online_users > 0 || self.running_conferences > 0 || self.conference_secs > 0
    }
    fn crossed(&self, measured: &Measured) -> Vec<Crossed> {
        let over = |count: u64, limit: u64| limit > 0 && count > limit;
        let mut all = vec![];
        if let Some(online) = measured.online.filter(|online| over(*online, self.online_users)) {
            all.push(Crossed::Online(online, self.online_users));
        }
        let running = measured.running.len() as u64;
        if over(running, self.running_conferences) {
            all.push(Crossed::Running(running, self.running_conferences));
        }
        for conference in &measured.running {
            if let Some(duration) =
                conference.duration.filter(|duration| over(duration.as_secs(), self.conference_secs))
            {
                all.push(Crossed::Long(Box::new(conference.clone()), duration));
            }
        }
        all
    }
}

impl TrueConf {
    /// One look at the numbers of every watched server.
    pub(crate) async fn check_thresholds(&self, _: &Tick) -> Result<()> {
        if !self.config.thresholds.is_any() {
            return Ok(());
        }
        self.servers.load().await?;
        let watched: Vec<String> = self.watch.all().await?.into_keys().collect();
        let servers: Vec<Arc<Server>> = watched.iter().filter_map(|slug| self.servers.get(slug)).collect();
        let mut all = stream::iter(servers)
            .map(async |server| {
                let measured = self.measured(&server).await;
                (server, measured)
            })
            .buffer_unordered(AT_A_TIME);
        while let Some((server, measured)) = all.next().await {
            match measured {
                Ok(measured) => self.tell_crossed(&server, &measured).await?,
                // That it is down is what the watch tells.
                Err(fault) => debug!(server = server.slug, ?fault, "the numbers are not known"),
            }
        }
        Ok(())
    }
    async fn measured(&self, server: &Server) -> Result<Measured, Fault> {
        let api = server.api()?;
        let online = match self.config.thresholds.online_users {
            0 => None,
            _ => Some(api.users().await?.count(&self.online_statuses)),
        };
        Ok(Measured { online, running: api.running().await? })
    }
    async fn tell_crossed(&self, server: &Server, measured: &Measured) -> Result<()> {
        let before: BTreeSet<String> = self.crossed.get(&server.slug).await?.unwrap_or_default();
        let crossed = self.config.thresholds.crossed(measured);
        let now: BTreeSet<String> = crossed.iter().map(Crossed::key).collect();
        let news: Vec<&Crossed> = crossed.iter().filter(|crossed| !before.contains(&crossed.key())).collect();
        if !news.is_empty() {
            let keys: Vec<String> = news.iter().map(|crossed| crossed.key()).collect();
            let at = self.host.clock.now().as_second();
            let about = format!("threshold:{}:{at}:{}", server.slug, keys.join(","));
            self.tell_watchers(server, &about, || {
                Text::lines(news.iter().map(|crossed| texts::watch::crossed(&server.name, crossed)))
            })
            .await?;
        }
        if now != before {
            self.crossed.put(&server.slug, &now).await?;
        }
        Ok(())
    }
    /// Posts to the chats that watch a server, to each in its language.
    async fn tell_watchers(&self, server: &Server, about: &str, say: impl Fn() -> Text) -> Result<()> {
        let chats = self.watch.all().await?.remove(&server.slug).unwrap_or_default();
        for (chat, follower) in chats {
            let Some((network, address)) = chat.split_once(':') else { continue };
            let to = ChatId::new(network, address);
            let text = self.host.language_of(&to).within(&say);
            let notice = Notice { thread: follower.thread, ..Notice::new(to, text) };
            self.host.outbox.post(notice, Some(format!("{about}:{chat}"))).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_nothing_is_none_and_a_limit_is_crossed_above_it() {
        let long = |seconds| Conference { duration: Some(Duration::from_secs(seconds)), ..Conference::default() };
        let measured = |online, seconds: &[u64]| Measured {
            online: Some(online),
            running: seconds.iter().map(|seconds| long(*seconds)).collect(),
        };
        let limits = |online_users, running_conferences, conference_secs| Thresholds {
            online_users,
            running_conferences,
            conference_secs,
            ..Thresholds::default()
        };
        let rows = [
            (limits(0, 0, 0), measured(500, &[90_000, 1]), 0),
            (limits(100, 0, 0), measured(100, &[]), 0),
            (limits(100, 0, 0), measured(101, &[]), 1),
            (limits(0, 1, 0), measured(0, &[1, 1]), 1),
            (limits(0, 0, 3600), measured(0, &[3600, 3601, 7200]), 2),
        ];
        for (limits, measured, expected) in rows {
            assert_eq!(limits.crossed(&measured).len(), expected, "{limits:?}");
        }
    }
}
