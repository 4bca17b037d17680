//! The section `[plugins.hipchat]`, and whom a name of HipChat's means by it.
use factotum_plugin_api::prelude::*;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Takes what HipChat senders send, and posts it to chats
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What senders must know, as `auth_token` or as `Authorization: Bearer`
    pub token: Option<Secret>,
    /// More tokens, each by the name of who has it: `{ buildbot = "…", ansible = "…" }`
    pub tokens: BTreeMap<String, Secret>,
    /// The chats that each room's messages go to: `{ "Dev room" = "telegram:-1001234" }`,
    /// or several in `[…]`; a room by what its senders call it, a name or a number
    pub rooms: BTreeMap<String, Chats>,
    /// The chats that messages to each user go to, by mail address, @mention or number
    pub users: BTreeMap<String, Chats>,
}

/// One chat, or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Chats {
    /// One chat
    One(ChatId),
    /// Several chats
    Several(Vec<ChatId>),
}

impl Chats {
    fn all(&self) -> &[ChatId] {
        match self {
            Chats::One(chat) => std::slice::from_ref(chat),
            Chats::Several(chats) => chats,
        }
    }
}

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Room,
    User,
}

impl Kind {
    /// What people call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Room => "room",
            Kind::User => "user",
        }
    }
    /// Its table in the config.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Kind::Room => "rooms",
            Kind::User => "users",
        }
    }
    /// A name as it is compared: in any case, a mention with or without its sign.
    fn plain(self, name: &str) -> String {
        let name = name.trim();
        let name = if self == Kind::User { name.strip_prefix('@').unwrap_or(name) } else { name };
        name.to_lowercase()
    }
}

impl Config {
    /// The name in the config and the chats of what a sender calls `name`; `None` when
    /// the config says nothing of it. Some senders encode twice, or write `+`.
    pub(crate) fn chats(&self, kind: Kind, name: &str) -> Option<(&str, &[ChatId])> {
        let map = match kind {
            Kind::Room => &self.rooms,
            Kind::User => &self.users,
        };
        let spellings =
            [name.to_owned(), percent_decode_str(name).decode_utf8_lossy().into_owned(), name.replace('+', " ")];
        spellings.iter().find_map(|spelling| {
            let wanted = kind.plain(spelling);
            let (name, chats) = map.iter().find(|(name, _)| kind.plain(name) == wanted)?;
            Some((name.as_str(), chats.all()))
        })
    }
    /// Every name with its chats.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Kind, &str, &[ChatId])> {
        fn of(kind: Kind, map: &BTreeMap<String, Chats>) -> impl Iterator<Item = (Kind, &str, &[ChatId])> {
            map.iter().map(move |(name, chats)| (kind, name.as_str(), chats.all()))
        }
        of(Kind::Room, &self.rooms).chain(of(Kind::User, &self.users))
    }
    /// Whether one of the tokens is among those given.
    pub(crate) fn knows(&self, given: &[&str]) -> bool {
        let mut ours = self.token.iter().chain(self.tokens.values());
        ours.any(|token| given.iter().any(|given| token.matches(given.as_bytes())))
    }
    /// Whether anybody can send anything.
    pub(crate) fn has_token(&self) -> bool {
        self.token.is_some() || !self.tokens.is_empty()
    }
    /// Says what is wrong beyond the schema.
    ///
    /// # Errors
    /// The key, what is wrong with it, and how it should be.
    pub(crate) fn check(&self) -> Result<()> {
        if self.token.iter().chain(self.tokens.values()).any(|token| token.expose().is_empty()) {
            return Err(user_error("token: it is empty, and anybody could send"));
        }
        if !self.has_token() && self.all().next().is_some() {
            return Err(user_error("token: set it, as the senders have it; without one nothing is taken"));
        }
        for (kind, map) in [(Kind::Room, &self.rooms), (Kind::User, &self.users)] {
            let mut seen = BTreeMap::new();
            for name in map.keys() {
                if let Some(other) = seen.insert(kind.plain(name), name) {
                    return Err(user_error(format!("{}: {other:?} and {name:?} are the same to HipChat", kind.key())));
                }
            }
        }
        Ok(())
    }
}
