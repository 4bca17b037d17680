//! What is posted where of builds that start and finish: a HipchatStatusPush of
//! Buildbot's own, carried over line by line. The keys are those of its arguments, the
//! sentences its own, and a room may be any chat.
use crate::{events::Event, model::Results, template::Template};
use factotum_plugin_api::{
    prelude::*,
    schemars::{self, JsonSchema},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tracing::{info, warn};

/// Stands for every builder.
const ALL: &str = "*";

/// One `[plugins.buildbot.masters.NAME.rooms]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RoomMap {
    /// The network of rooms and users that are named without one: `[chats.hipchat]`.
    pub network: String,
    /// Where to post of a builder: `{ fast = "42", "*" = ["Dev room", "telegram:-1001234"] }`;
    /// `*` is every builder.
    pub builder_room_map: BTreeMap<String, Targets>,
    /// Which users to tell of a builder, by id, mail or mention: `{ fast = "ann@example.org" }`.
    pub builder_user_map: BTreeMap<String, Targets>,
    /// What is said, as Jinja templates; nothing is posted where one says nothing.
    pub message: Sentences,
    /// The colour by event and result; none when nothing is said. Other networks than
    /// HipChat show it as the sign before the result.
    pub color: ByResult<Color>,
    /// Whether it makes a sound, by event and result; it does when nothing is said.
    pub notify: ByResult<bool>,
    /// Further fields of what is posted to HipChat: `{ from = "CI" }`.
    pub extra: Map<String, Value>,
    /// Gives `build.properties` to the templates.
    #[serde(rename = "wantProperties")]
    pub want_properties: bool,
    /// Gives `build.steps` to the templates.
    #[serde(rename = "wantSteps")]
    pub want_steps: bool,
    /// Gives the last lines of each step's `logs` to the templates; needs wantSteps.
    #[serde(rename = "wantLogs")]
    pub want_logs: bool,
    /// Gives `build.prev_build` to the templates.
    #[serde(rename = "wantPreviousBuild")]
    pub want_previous_build: bool,
    /// Logs each build with the chats that are told of it, or why none is.
    pub debug: bool,
}

impl Default for RoomMap {
    fn default() -> Self {
        RoomMap {
            network: "hipchat".into(),
            builder_room_map: BTreeMap::new(),
            builder_user_map: BTreeMap::new(),
            message: Sentences::default(),
            color: ByResult::default(),
            notify: ByResult::default(),
            extra: Map::new(),
            want_properties: false,
            want_steps: false,
            want_logs: false,
            want_previous_build: false,
            debug: false,
        }
    }
}

/// A room, user or chat, or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Targets {
    /// One: `"Dev room"`, `"telegram:-1001234"`
    One(String),
    /// Several
    Several(Vec<String>),
}

impl Targets {
    fn all(&self) -> &[String] {
        match self {
            Targets::One(target) => std::slice::from_ref(target),
            Targets::Several(targets) => targets,
        }
    }
}

/// What is said, by event.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sentences {
    /// When a build starts.
    pub started: String,
    /// When it has finished.
    pub finished: String,
}

impl Default for Sentences {
    fn default() -> Self {
        Sentences {
            started: "Buildbot started build {{ builder }} here: {{ url }}".into(),
            finished: "Buildbot finished build {{ builder }} with result {{ result }} here: {{ url }}".into(),
        }
    }
}

/// Something for each way that a build may stand.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, bound = "T: Default + Deserialize<'de>")]
#[schemars(bound = "T: Default + JsonSchema")]
pub struct ByResult<T> {
    /// It has started.
    pub started: Option<T>,
    /// It succeeded.
    pub success: Option<T>,
    /// It succeeded with warnings.
    pub warnings: Option<T>,
    /// It failed.
    pub failure: Option<T>,
    /// It was skipped.
    pub skipped: Option<T>,
    /// It generated an exception.
    pub exception: Option<T>,
    /// It will be retried.
    pub retry: Option<T>,
    /// It was cancelled.
    pub cancelled: Option<T>,
}

impl<T: Copy> ByResult<T> {
    /// For a result, or for the start where there is none.
    fn of(&self, results: Option<Results>) -> Option<T> {
        match results {
            None => self.started,
            Some(Results::Success) => self.success,
            Some(Results::Warnings) => self.warnings,
            Some(Results::Failure) => self.failure,
            Some(Results::Skipped) => self.skipped,
            Some(Results::Exception) => self.exception,
            Some(Results::Retry) => self.retry,
            Some(Results::Cancelled) => self.cancelled,
            Some(Results::Unknown) => None,
        }
    }
}

/// A colour of HipChat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Color {
    /// What HipChat shows without one
    #[default]
    Yellow,
    /// It is well
    Green,
    /// It is not
    Red,
    /// It could not be told
    Purple,
    /// It does not matter
    Gray,
    /// Any
    Random,
}

impl Color {
    fn name(self) -> &'static str {
        match self {
            Color::Yellow => "yellow",
            Color::Green => "green",
            Color::Red => "red",
            Color::Purple => "purple",
            Color::Gray => "gray",
            Color::Random => "random",
        }
    }
    fn state(self) -> Option<State> {
        match self {
            Color::Yellow => Some(State::Running),
            Color::Green => Some(State::Good),
            Color::Red => Some(State::Bad),
            Color::Purple => Some(State::Odd),
            Color::Gray => Some(State::Idle),
            Color::Random => None,
        }
    }
}

/// A [`RoomMap`] whose templates have been read.
#[derive(Debug)]
pub(crate) struct Rooms {
    pub(crate) map: RoomMap,
    started: Template,
    finished: Template,
    /// What is said where a template fails.
    defaults: [Template; 2],
}

impl Rooms {
    /// Reads the templates.
    ///
    /// # Errors
    /// The key, and what is wrong with it.
    pub(crate) fn new(map: RoomMap) -> Result<Self, String> {
        if map.want_logs && !map.want_steps {
            return Err("rooms.wantLogs: needs wantSteps = true".into());
        }
        let read =
            |key: &str, source: &str| Template::new(source).map_err(|error| format!("rooms.message.{key}: {error}"));
        let (started, finished) = (read("started", &map.message.started)?, read("finished", &map.message.finished)?);
        let default = Sentences::default();
        let defaults = [read("started", &default.started)?, read("finished", &default.finished)?];
        Ok(Rooms { map, started, finished, defaults })
    }
    /// Whether anybody is told of a builder.
    pub(crate) fn concerns(&self, builder: &str) -> bool {
        !self.chats(builder).is_empty()
    }
    /// What is posted of a build, which is as HttpStatusPush sends it, when it starts or
    /// has finished; of any other event nothing.
    pub(crate) fn messages(&self, build: &Value, event: Event) -> Vec<Notice> {
        let builder = build["builder"]["name"].as_str().unwrap_or_default();
        let (results, [template, default]) = match event {
            Event::Started => (None, [&self.started, &self.defaults[0]]),
            Event::Finished => {
                let results = build["results"].as_i64().map_or(Results::Unknown, Results::from);
                (Some(results), [&self.finished, &self.defaults[1]])
            }
            _ => return vec![],
        };
        let chats = self.chats(builder);
        if chats.is_empty() {
            self.debug(builder, results, "no chat is told of this builder", &chats);
            return vec![];
        }
        let context = || {
            let event = if results.is_none() { "new" } else { "finished" };
            let result = results.map(word).unwrap_or_default();
            let (url, number) = (&build["url"], &build["number"]);
            let all = json!({ "build": build, "builder": builder, "event": event, "number": number, "result": result, "url": url });
            minijinja::Value::from(minijinja::value::Serde(all))
        };
        let said = template.render(context()).or_else(|error| {
            warn!(builder, error, "a message template failed; the sentence of old is posted");
            default.render(context())
        });
        let said = said.unwrap_or_default();
        if said.is_empty() {
            self.debug(builder, results, "the message is empty", &chats);
            return vec![];
        }
        self.debug(builder, results, "chats are told", &chats);
        chats.into_iter().map(|chat| self.notice(chat, &said, results)).collect()
    }
    fn notice(&self, chat: ChatId, said: &str, results: Option<Results>) -> Notice {
        let (color, notify) = (self.map.color.of(results), self.map.notify.of(results));
        let silent = notify == Some(false);
        let mut notice = if chat.network == self.map.network {
            let mut extra = self.map.extra.clone();
            extra.extend(color.map(|color| ("color".to_owned(), color.name().into())));
            extra.extend(notify.map(|notify| ("notify".to_owned(), notify.into())));
            Notice::new(chat, said).with_extra(extra)
        } else {
            let sign = color.and_then(Color::state).map(|how| state(how, results.map_or("started", word)) + ": ");
            Notice::new(chat, sign.unwrap_or_default() + said)
        };
        notice.silent = silent;
        notice
    }
    /// The chats that are told of a builder, each once.
    fn chats(&self, builder: &str) -> BTreeSet<ChatId> {
        let of = |map: &BTreeMap<String, Targets>| {
            [builder, ALL]
                .into_iter()
                .filter_map(|name| map.get(name))
                .flat_map(Targets::all)
                .cloned()
                .collect::<Vec<_>>()
        };
        let rooms = of(&self.map.builder_room_map).into_iter().map(|room| self.chat(&room, false));
        let users = of(&self.map.builder_user_map).into_iter().map(|user| self.chat(&user, true));
        rooms.chain(users).collect()
    }
    /// A chat of any network, or a room or user of HipChat's by its bare name.
    fn chat(&self, target: &str, user: bool) -> ChatId {
        let network = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        match target.split_once(':') {
            Some((name, address)) if !name.is_empty() && !address.is_empty() && name.chars().all(network) => {
                ChatId::new(name, address)
            }
            _ if user && !target.contains('@') => ChatId::new(&self.map.network, format!("@{target}")),
            _ => ChatId::new(&self.map.network, target),
        }
    }
    fn debug(&self, builder: &str, results: Option<Results>, what: &str, chats: &BTreeSet<ChatId>) {
        if self.map.debug {
            let chats: Vec<String> = chats.iter().map(ToString::to_string).collect();
            info!(builder, result = results.map_or("started", word), chats = chats.join(", "), what, "room map");
        }
    }
}

/// The word that Buildbot has for a result.
fn word(results: Results) -> &'static str {
    match results {
        Results::Success => "success",
        Results::Warnings => "warnings",
        Results::Failure => "failure",
        Results::Skipped => "skipped",
        Results::Exception => "exception",
        Results::Retry => "retry",
        Results::Cancelled => "cancelled",
        Results::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests;
