//! `!trueconf watch`: tells this chat when servers go down and come up.
use super::Length;
use crate::{
    TrueConf, screens, texts,
    watch::{Follower, LEAST, MOST, USUAL},
};
use factotum_plugin_api::prelude::*;

/// Tell this chat when a TrueConf server goes down or comes up
#[derive(Args)]
pub(super) struct WatchArgs {
    /// Server, by its name, or all; shows what this chat watches when nothing is named
    server: Option<String>,
    /// On or off
    switch: Option<String>,
    /// How often to look, such as every 30s
    #[arg(num_args = 0..=2)]
    every: Vec<String>,
}

impl TrueConf {
    pub(super) async fn watch(&self, call: &Call, args: WatchArgs) -> Result<Reply> {
        let mut words: Vec<String> = args.server.into_iter().chain(args.switch).chain(args.every).collect();
        let is_switch = |word: &String| ["on", "off"].iter().any(|switch| word.eq_ignore_ascii_case(switch));
        if words.is_empty() {
            return self.watched_here(call).await;
        }
        let server = if words.first().is_some_and(is_switch) { None } else { Some(words.remove(0)) };
        if words.is_empty() {
            return Err(user_error(texts::watch::watch_usage()));
        }
        let on = words.remove(0);
        if !is_switch(&on) {
            return Err(user_error(texts::watch::watch_usage()));
        }
        let every = match &words[..] {
            [] => USUAL,
            [every] if !every.eq_ignore_ascii_case("every") => length(every)?,
            [word, every] if word.eq_ignore_ascii_case("every") => length(every)?,
            _ => return Err(user_error(texts::watch::watch_usage())),
        };
        let servers = match &server {
            Some(word) if word.eq_ignore_ascii_case("all") => self.meant(None).await?,
            word => vec![self.one(call, word.as_deref()).await?],
        };
        let mut lines = vec![];
        for server in &servers {
            lines.push(if on.eq_ignore_ascii_case("on") {
                let follower = Follower { every_secs: every.as_secs(), thread: call.incoming.thread.clone() };
                self.watch.on(&server.slug, call.chat(), follower).await?;
                texts::watch::watch_on(&server.name, every.as_secs())
            } else {
                match self.watch.off(&server.slug, call.chat()).await? {
                    true => texts::watch::watch_off(&server.name),
                    false => texts::watch::watch_was_off(&server.name),
                }
            });
        }
        let text = Text::lines(lines);
        Ok(match &servers[..] {
            // The switch of the status screen: drawn again, it shows the other one.
            [only] if call.incoming.pressed.is_some() => self.status_of(call, only).await?,
            [only] => screens::back(call, text.into(), only),
            _ => text.into(),
        })
    }
    async fn watched_here(&self, call: &Call) -> Result<Reply> {
        let mut lines = vec![];
        for server in self.meant(None).await? {
            if let Some(follower) = self.watch.of(&server.slug, call.chat()).await? {
                lines.push(texts::watch::watch_on(&server.name, follower.every_secs));
            }
        }
        Ok(if lines.is_empty() { texts::watch::watches_nothing().into() } else { Text::lines(lines).into() })
    }
}

fn length(word: &str) -> Result<Duration> {
    let Length(every) = word.parse().map_err(user_error)?;
    match (LEAST..=MOST).contains(&every) {
        true => Ok(every),
        false => Err(user_error(texts::watch::watch_bounds())),
    }
}
