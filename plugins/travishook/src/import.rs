//! `factotum import travishook FILE`: the routes of err-travishook, as its
//! `!travis config` prints them.
//!
//! A room there is a name that only its chat network knows: `--set ROOM=CHAT` says
//! which chat it is, and one that is written `network:address` is that chat. What is
//! here already stays as it is, so a file that was taken in part is imported again.
use crate::TravisHook;
use ci_routes::{Branches, Events, Repo, Route, Routes};
use factotum_plugin_api::{
    import::{Options, Report},
    prelude::*,
    register_import,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

register_import!("travishook", "What !travis config of err-travishook prints", TravisHook::NAME, take);

/// The whole of it.
#[derive(Deserialize)]
struct Errbots {
    #[serde(default)]
    default_events: Vec<String>,
    repositories: BTreeMap<String, Repository>,
}

#[derive(Deserialize)]
struct Repository {
    token: Option<String>,
    #[serde(default)]
    routes: BTreeMap<String, Room>,
}

#[derive(Deserialize)]
struct Room {
    #[serde(default)]
    events: Vec<String>,
}

/// Takes the routes, tokens and default events.
///
/// # Errors
/// When the file is not what err-travishook prints, or a chat of `--set` is none.
async fn take(file: Vec<u8>, options: Options, host: Host) -> Result<Report> {
    let all: Errbots = serde_json::from_slice(&file)
        .map_err(|error| user_error(format!("this is not what !travis config of err-travishook prints: {error}")))?;
    let rooms: BTreeSet<&str> = all.repositories.values().flat_map(|of| of.routes.keys()).map(String::as_str).collect();
    for (room, chat) in &options.set {
        if !rooms.contains(room.as_str()) {
            let rooms = rooms.into_iter().collect::<Vec<_>>().join(", ");
            return Err(user_error(format!("--set {room}: there is no such room in it; its rooms are {rooms}")));
        }
        chat.parse::<ChatId>().map_err(|why| user_error(format!("--set {room}={chat}: {why}")))?;
    }
    let mut taking =
        Taking { routes: Routes::open(ci_routes::Config::default(), &host)?, options, report: Report::default() };
    for (name, repository) in all.repositories {
        match name.parse() {
            Ok(repo) => taking.repository(&repo, repository).await?,
            Err(why) => taking.say(format!("{name}: not taken: {why}")),
        }
    }
    taking.defaults(&all.default_events).await?;
    Ok(taking.report)
}

/// An import under way.
struct Taking {
    routes: Routes,
    options: Options,
    report: Report,
}

impl Taking {
    fn say(&mut self, line: String) {
        self.report.lines.push(line);
    }
    async fn repository(&mut self, repo: &Repo, Repository { token, routes }: Repository) -> Result<()> {
        for (room, Room { events }) in routes {
            match self.chat(&room).and_then(|chat| Ok((chat, self.events(&format!("{repo} to {room}"), &events)?))) {
                Ok((chat, events)) => {
                    let route =
                        Route { repo: repo.clone(), events, branches: Branches::default(), edit: true, thread: None };
                    let added = self.routes.add(chat.clone(), &route).await?;
                    self.report.taken += usize::from(added);
                    let done = if added { "taken" } else { "not taken: there is a route already" };
                    self.say(format!("{repo} to {chat}: {done}"));
                }
                Err(why) => self.say(format!("{repo} to {room}: not taken: {why}")),
            }
        }
        let Some(token) = token.filter(|token| !token.trim().is_empty()) else { return Ok(()) };
        let said = match (self.routes.knows(repo).await?, self.routes.add_token(repo, &Secret::new(token)).await?) {
            (false, _) => "its token was not taken: no route of it was",
            (true, true) => "its token was taken",
            (true, false) => "its token was not taken: there is one already",
        };
        self.say(format!("{repo}: {said}"));
        Ok(())
    }
    async fn defaults(&mut self, events: &[String]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        match self.events("default events", events) {
            Ok(events) if self.routes.add_defaults(&events).await? => self.say("default events: taken".into()),
            Ok(_) => self.say("default events: not taken: they are set already".into()),
            Err(why) => self.say(format!("default events: not taken: {why}")),
        }
        Ok(())
    }
    /// The chat that a room is.
    fn chat(&self, room: &str) -> Result<ChatId, String> {
        let ask = || format!("which chat is it? --set '{room}=telegram:-1001234'");
        self.options.get(room).unwrap_or(room).parse().map_err(|_| ask())
    }
    /// The events of `what`; it says which of them are none.
    fn events(&mut self, what: &str, words: &[String]) -> Result<Events, String> {
        let (events, unknown) = Events::sort_out(words);
        for word in unknown {
            self.say(format!("{what}: unknown event {word}, left out"));
        }
        events.ok_or_else(|| "it names no event, and posted nothing".to_owned())
    }
}
