//! Routes of all senders: `!route` makes one that each of them follows, `!routes` lists
//! those of each, `!route remove` takes one away. What a sender has of its own for the
//! same chat comes before.
use crate::{
    Config, Repo, Route, shared,
    shared::{ALL, Of},
    spec,
    texts::{say, yes_no},
};
use factotum_plugin_api::prelude::*;
use std::collections::BTreeMap;

/// The routes that no sender owns, and a view on those of each.
pub struct Everyone {
    config: Config,
    host: Host,
    routes: Of<(String, ChatId), Route>,
    /// Of each sender.
    all: Table<(String, (String, ChatId)), Route>,
    tokens: Table<(String, String), Secret>,
}

/// Post the build results of a repository to a chat, whoever sends them
#[derive(Args)]
struct RouteArgs {
    /// Repository, as owner/name
    repo: Repo,
    /// Chat to post to, as network:address
    chat: ChatId,
    /// Results to post (the defaults when none is named), then branch=PATTERN[,…] edit=on|off thread=ID
    events: Vec<String>,
}
/// List the routes of all senders
#[derive(Args)]
struct RoutesArgs {
    /// Only of these repositories, as owner/name
    repo: Vec<Repo>,
}
/// Remove a route that all senders follow
#[derive(Args)]
struct RemoveArgs {
    /// Repository, as owner/name
    repo: Repo,
    /// Chat of the route, as network:address; all such routes of the repository when missing
    #[arg(value_parser = crate::commands::routed_chat)]
    chat: Option<ChatId>,
}

impl Everyone {
    /// Opens the tables.
    ///
    /// # Errors
    /// Never with today's table names.
    pub fn open(config: Config, host: &Host) -> Result<Self> {
        let tables = shared::tables(host);
        let (all, tokens) = (tables.table("routes")?, tables.table("tokens")?);
        Ok(Everyone { config, host: host.clone(), routes: Of::all_senders(host, "routes")?, all, tokens })
    }
    /// `!route`, `!route remove`, `!routes`.
    pub fn commands() -> Commands<Self> {
        let mut commands = Commands::default();
        commands
            .on("route", Access::ADMINS, Self::route)
            .for_rules("events", spec::for_rules)
            .on("route remove", Access::ADMINS, Self::remove)
            .on("routes", Access::EVERYONE, Self::list)
            .help_in("ci-routes", |path| path.replace(' ', "-"));
        commands
    }

    async fn route(&self, _: &Call, args: RouteArgs) -> Result<Reply> {
        let RouteArgs { repo, chat, events } = args;
        let spec = spec::parse(&events).map_err(user_error)?;
        let events = spec.events.unwrap_or_else(|| self.config.default_events.clone());
        let (branches, edit, thread) = (spec.branches, spec.edit, spec.thread);
        let route = Route { repo: repo.clone(), events, branches, edit, thread };
        if !self.routes.has(&[&repo.key()]).await? {
            self.forget_tokens(&repo).await?;
        }
        let before = self.same_chat(&repo, &chat).await?;
        self.routes.put(&(repo.key(), chat.clone()), &route).await?;
        for old in before.iter().filter(|old| **old != chat) {
            self.routes.remove(&(repo.key(), old.clone())).await?; // the one above is in its place
        }
        let what = say("relaying-all").with("repo", repo.as_str()).with("chat", chat.to_string());
        let done = say(if before.is_empty() { "done" } else { "updated" });
        let mut lines: Vec<String> = spec.unknown.iter().map(|word| spec::skipping(word)).collect();
        lines.push(done.with("what", what.with("events", spec::shown(&route))).to_string());
        if let Some(why) = self.host.reach(&chat).await {
            lines.push(say("out-of-reach").with("chat", chat.to_string()).with("why", why).to_string());
        }
        Ok(Text::lines(lines).into())
    }
    async fn remove(&self, call: &Call, args: RemoveArgs) -> Result<Reply> {
        let RemoveArgs { repo, chat } = args;
        let gone = match &chat {
            Some(chat) => self.same_chat(&repo, chat).await?,
            None => self.chats(&repo).await?,
        };
        if gone.is_empty() {
            let named = chat.as_ref().map(ChatId::to_string).unwrap_or_default();
            let none = say("no-route-of-all").with("repo", repo.as_str()).with("command", call.typed("routes"));
            return Err(user_error(none.choice("named", yes_no(chat.is_some())).with("chat", named)));
        }
        let mut chats: Vec<String> = gone.iter().map(|chat| self.host.chat_now(chat).to_string()).collect();
        chats.sort();
        chats.dedup();
        let told = |key| say(key).with("repo", repo.as_str()).with("chats", chats.join(", "));
        if chats.len() > 1 {
            call.confirm(told("remove-routes-of-all")).await?;
            if self.chats(&repo).await? != gone {
                return Err(user_error(say("changed-meanwhile").with("repo", repo.as_str())));
            }
        }
        for chat in gone {
            self.routes.remove(&(repo.key(), chat)).await?;
        }
        Ok(Text::from(told("removed-of-all").with("count", chats.len())).into())
    }
    async fn list(&self, call: &Call, args: RoutesArgs) -> Result<Reply> {
        let mut repos = BTreeMap::<String, (Repo, Vec<String>)>::new();
        for ((source, (key, chat)), route) in self.all.all(&[]).await? {
            let chat = self.host.chat_now(&chat);
            let whose = if source == ALL { say("all-senders").to_string() } else { source };
            let line = say("chat-of-route-of").with("chat", chat.to_string()).with("events", spec::shown(&route));
            let line = line.with("whose", whose).to_string();
            repos.entry(key).or_insert_with(|| (route.repo, vec![])).1.push(line);
        }
        let asked: Vec<String> = args.repo.iter().map(Repo::key).collect();
        let mut lines = vec![];
        for (_, (repo, mut routes)) in repos.into_iter().filter(|(key, _)| asked.is_empty() || asked.contains(key)) {
            routes.sort();
            lines.push(say("routing").with("repo", bold(repo)) + list(routes));
        }
        if lines.is_empty() {
            let route = call.typed("route REPO CHAT");
            return Ok(Text::from(say("no-routes-of-all").with("command", route)).into());
        }
        Ok(Text::lines(lines).into())
    }
    /// The chats of a repository's routes.
    async fn chats(&self, repo: &Repo) -> Result<Vec<ChatId>> {
        Ok(self.routes.all(&[&repo.key()]).await?.into_iter().map(|((_, chat), _)| chat).collect())
    }
    /// Those of them that are the same chat, by whatever address it had.
    async fn same_chat(&self, repo: &Repo, chat: &ChatId) -> Result<Vec<ChatId>> {
        let now = self.host.chat_now(chat);
        Ok(self.chats(repo).await?.into_iter().filter(|chat| self.host.chat_now(chat) == now).collect())
    }
    /// Removes the tokens of a repository that counted as absent, so that its first
    /// route does not bring them back to life.
    async fn forget_tokens(&self, repo: &Repo) -> Result<()> {
        for ((source, key), _) in self.tokens.all(&[]).await? {
            if key == repo.key() && self.all.scan(&[&source, &key], None, 1).await?.is_empty() {
                self.tokens.remove(&(source, key)).await?;
            }
        }
        Ok(())
    }
}
