//! Takes what HipChat v2 senders send, and posts it to the chats that the config maps:
//! `POST /v2/room/{room}/notification`, `POST /v2/user/{user}/message`, and the command
//! `!hipchat rooms`.
//!
//! `config` says whom a name means, `body` what a request says, `html` and `flow` make
//! text of markup, `sample` makes requests to try it with. HipChat answered 204; here it
//! is 200, since Buildbot's sender logs an error for anything else.
mod body;
mod config;
mod flow;
mod html;
mod sample;

use body::Body;
use config::Kind;
pub use config::{Chats, Config};
use factotum_plugin_api::prelude::*;
use http::StatusCode;
use tracing::info;

/// The plugin.
pub struct HipChat {
    config: Config,
    host: Host,
}

/// List the rooms and users, and the chats that their messages go to
#[derive(Args)]
struct RoomsArgs {}

impl Plugin for HipChat {
    const NAME: &'static str = "hipchat";
    type Config = Config;

    fn start(config: Config, host: Host) -> Result<Self> {
        config.check()?;
        Ok(HipChat { config, host })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        // Where nothing is mapped, there is nothing to show, and !help says where it is.
        if self.config.rooms.is_empty() && self.config.users.is_empty() {
            commands.first_steps(|_| Box::pin(async { Ok(vec![code("[plugins.hipchat.rooms]")]) }));
        } else {
            commands.on("hipchat rooms", Access::ADMINS, Self::rooms);
        }
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        // Ansible has two slashes where its `api` ends with one.
        for root in ["/v2", "/v2/"] {
            let (room, user) = (format!("{root}/room/{{room}}/notification"), format!("{root}/user/{{user}}/message"));
            hooks.post(room, Self::proof, Self::to_room).open_params(["room"]).sample(sample::make);
            hooks.post(user, Self::proof, Self::to_user).open_params(["user"]);
        }
    }
    async fn status(&self) -> Result<Text> {
        let (rooms, users) = (self.config.rooms.len(), self.config.users.len());
        Ok(match self.config.has_token() {
            true => format!("rooms: {rooms}, users: {users}").into(),
            false => Text::default(),
        })
    }
}
register!(HipChat);

impl HipChat {
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        let refused = |why: &str| Err(Refusal::Unauthorized(why.into()));
        let body = request.once(Body::of).ok();
        let bearer = request.header("authorization").and_then(|value| {
            let (scheme, token) = value.trim().split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let query = request.query.iter().filter(|(name, _)| name == "auth_token").map(|(_, token)| token.as_str());
        let in_body = body.as_ref().and_then(|body| body.token());
        let given: Vec<&str> = query.chain(bearer).chain(in_body).collect();
        match self.config.has_token() {
            false => refused("nobody can send: set token in [plugins.hipchat]"),
            true if given.is_empty() => refused("no token: not in auth_token, nor as Authorization: Bearer"),
            true if self.config.knows(&given) => Ok(()),
            true => refused("the token is wrong"),
        }
    }
    async fn to_room(&self, request: &Request) -> Result<Outcome, Refusal> {
        self.outcome(request, Kind::Room, true)
    }
    async fn to_user(&self, request: &Request) -> Result<Outcome, Refusal> {
        self.outcome(request, Kind::User, false)
    }
    /// What a message leads to; `html` is what it is where it does not say.
    fn outcome(&self, request: &Request, kind: Kind, html: bool) -> Result<Outcome, Refusal> {
        let (word, name) = (kind.word(), request.param(kind.word()));
        let Some((name, chats)) = self.config.chats(kind, name) else {
            let name: String = name.chars().take(100).collect();
            info!(kind = word, name, "hipchat message dropped: mapped to no chat");
            return Err(Refusal::NotFound(format!(
                "the {word} {name:?} has no chat: add {name:?} = \"network:address\" to [plugins.hipchat.{}]",
                kind.key()
            )));
        };
        let body = request.once(Body::of)?;
        let (text, silent) = (body.text(html)?, body.is_silent());
        let notices = chats.iter().map(|chat| Notice { silent, ..Notice::new(chat.clone(), text.clone()) });
        let chats: Vec<String> = chats.iter().map(ToString::to_string).collect();
        let summary = format!("{word} {name}: {}", if chats.is_empty() { "no chat".into() } else { chats.join(", ") });
        Ok(Outcome::from_iter(notices).summary(summary).answer(StatusCode::OK, "{}"))
    }
    async fn rooms(&self, _: &Call, _: RoomsArgs) -> Result<Reply> {
        let networks = self.host.networks();
        let line = |(kind, name, chats): (Kind, &str, &[ChatId])| {
            let chat = |chat: &ChatId| match networks.iter().any(|(network, _)| *network == chat.network) {
                true => code(chat),
                false => code(chat) + format!(" (there is no network {})", chat.network),
            };
            let chats = match chats {
                [] => "no chat".into(),
                chats => Text::join(", ", chats.iter().map(chat)),
            };
            Text::from(format!("{} ", kind.word())) + bold(name) + ": " + chats
        };
        let lines: Vec<Text> = self.config.all().map(line).collect();
        Ok(match lines.is_empty() {
            true => "No room has a chat: they are listed in [plugins.hipchat.rooms] of the config.".into(),
            false => list(lines).into(),
        })
    }
}

#[cfg(test)]
mod tests;
