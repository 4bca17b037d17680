//! What people can tell a sender's routes, under its root word: `!travis`
//! (`!travis help`), `!travis route`, `!travis routes` (`!travis ls`),
//! `!travis defaults`, `!travis token`, `!travis remove`, `!travis config` and
//! `!travis reset` for the root `travis`.
//!
//! Transcripts of them all are in `tests/it/travis/commands.rs`.
use crate::{Event, Events, Repo, Route, Routes, routes::DEFAULTS, spec};
use factotum_plugin_api::{
    command::{CommandEntry, Who},
    prelude::*,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

/// List these commands
#[derive(Args)]
struct RootArgs {}
/// Post the build results of a repository to a chat
#[derive(Args)]
struct RouteArgs {
    /// Repository, as owner/name
    repo: Repo,
    /// Chat to post to, as network:address
    chat: ChatId,
    /// Results to post (the defaults when none is named), then branch=PATTERN[,…] edit=on|off thread=ID
    events: Vec<String>,
}
/// List the routes
#[derive(Args)]
struct RoutesArgs {
    /// Only of these repositories, as owner/name
    repo: Vec<Repo>,
}
/// Show or set the events that a new route gets when none are named
#[derive(Args)]
struct DefaultsArgs {
    /// Events from now on; routes there are keep theirs
    events: Vec<String>,
}
/// Set the token of a repository, or say whether one is set
#[derive(Args)]
struct TokenArgs {
    /// Repository, as owner/name
    repo: Repo,
    /// Its token, which is never shown again
    token: Option<Secret>,
}
/// Remove a route, or all that is known of a repository
#[derive(Args)]
struct RemoveArgs {
    /// Repository, as owner/name
    repo: Repo,
    /// Chat of the route, as network:address; all routes and the token when missing
    #[arg(value_parser = routed_chat)]
    chat: Option<ChatId>,
}
/// Show all that is set, without the tokens
#[derive(Args)]
struct ConfigArgs {}
/// Remove all routes, tokens and default events
#[derive(Args)]
struct ResetArgs {
    /// The word confirm; without it, only says what would be removed
    #[arg(value_name = "confirm")]
    confirmed: Option<Confirmed>,
}

#[derive(Clone)]
struct Confirmed;
impl FromStr for Confirmed {
    type Err = &'static str;
    fn from_str(word: &str) -> Result<Self, &'static str> {
        if word.eq_ignore_ascii_case("confirm") { Ok(Confirmed) } else { Err("the only word here is confirm") }
    }
}

/// A chat that may have a route: also one of a network that is configured no
/// more, whose routes could not be removed otherwise.
fn routed_chat(word: &str) -> Result<ChatId, String> {
    match (word.parse(), word.split_once(':')) {
        (Err(_), Some((network, address))) => Ok(ChatId::new(network, address)),
        (parsed, _) => parsed,
    }
}

impl Routes {
    /// The commands under `root`, such as `travis`: what shows things for
    /// everyone, what changes things for admins, what deals with secrets in private.
    pub fn commands(root: &str) -> Commands<Self> {
        let mut commands = Commands::default();
        commands
            .on(root, Access::EVERYONE, Self::root)
            .alias(format!("{root} help"))
            .on(format!("{root} route"), Access::ADMINS, Self::route)
            .on(format!("{root} routes"), Access::EVERYONE, Self::list)
            .alias(format!("{root} ls"))
            .on(format!("{root} defaults"), Access::ADMINS, Self::set_defaults)
            .on(format!("{root} token"), Access::ADMINS.in_private(), Self::token)
            .on(format!("{root} remove"), Access::ADMINS, Self::remove)
            .on(format!("{root} config"), Access::ADMINS.in_private(), Self::config)
            .on(format!("{root} reset"), Access::ADMINS.in_private(), Self::reset)
            .home(format!("{root} routes"), format!("!{root} routes"));
        commands
    }

    async fn root(&self, call: &Call, _args: RootArgs) -> Result<Reply> {
        let notes = format!(
            "Events: {}. Options of route, after the events: branch=PATTERN[,…] (* and ? are wild, ! excludes), \
             edit=on|off, thread=ID.",
            Event::valid()
        );
        Ok((list(Self::commands(&call.path).entries.into_iter().map(usage)) + notes).into())
    }

    async fn route(&self, call: &Call, args: RouteArgs) -> Result<Reply> {
        let RouteArgs { repo, chat, events } = args;
        let spec = spec::parse(&events).map_err(user_error)?;
        let events = match spec.events {
            Some(events) => events,
            None => self.default_events().await?,
        };
        let (branches, edit, thread) = (spec.branches, spec.edit, spec.thread);
        let route = Route { repo: repo.clone(), events, branches, edit, thread };
        let first = !self.knows(&repo).await?;
        if first {
            self.tokens.remove(&repo.key()).await?; // left over by a crash; see routes.rs
        }
        let key = (repo.key(), chat);
        let new = self.routes.create(&key, &route).await?.is_some();
        if !new {
            self.routes.put(&key, &route).await?;
        }
        let (verb, chat) = (if new { "Done" } else { "Updated" }, &key.1);
        let done = format!("{verb}. Relaying messages from {repo} to {chat} for events: {}.", spec::shown(&route));
        let mut lines: Vec<String> = spec.unknown.iter().map(|word| skipping(word)).collect();
        lines.push(done);
        match &self.proven_by {
            Some(proof) if first => lines.push((*proof).to_owned()),
            None if self.token_of(&repo).await?.is_none() => lines.push(format!(
                "Nothing is posted before its token is set, in a private chat: !{} token {repo} TOKEN",
                root_of(call)
            )),
            _ => {}
        }
        Ok(Text::lines(lines).into())
    }

    async fn list(&self, _call: &Call, args: RoutesArgs) -> Result<Reply> {
        let mut repos = BTreeMap::<String, Vec<(ChatId, Route)>>::new();
        for ((repo, chat), route) in self.routes.all(&[]).await? {
            repos.entry(repo).or_default().push((chat, route));
        }
        if repos.is_empty() && args.repo.is_empty() {
            return Ok("No repositories configured, nothing to show.".into());
        }
        let routing = |mut routes: Vec<(ChatId, Route)>| {
            routes.sort_by(|a, b| a.0.cmp(&b.0));
            let repo = routes.first().map(|(_, route)| bold(&route.repo)).unwrap_or_default();
            let items = routes.iter().map(|(chat, route)| format!("{chat} for events: {}", spec::shown(route)));
            Text::from("Routing ") + repo + " to:" + list(items)
        };
        if args.repo.is_empty() {
            return Ok(Text::lines(repos.into_values().map(routing)).into());
        }
        let mut named = BTreeSet::new();
        let asked = args.repo.iter().filter(|repo| named.insert(repo.key()));
        let asked = asked.map(|repo| match repos.remove(&repo.key()) {
            Some(routes) => routing(routes),
            None => unknown(repo).into(),
        });
        Ok(Text::lines(asked).into())
    }

    async fn set_defaults(&self, _call: &Call, args: DefaultsArgs) -> Result<Reply> {
        if args.events.is_empty() {
            return Ok(format!("Events routed by default: {}.", self.default_events().await?).into());
        }
        let (events, unknown) = Events::sort_out(&args.events);
        let events = events.ok_or_else(|| user_error(spec::none_known(&unknown)))?;
        self.defaults.put(&DEFAULTS.to_owned(), &events).await?;
        let mut lines: Vec<String> = unknown.iter().map(|word| skipping(word)).collect();
        lines.push(format!("Done. Newly created routes will default to receiving: {events}."));
        Ok(Text::lines(lines).into())
    }

    async fn token(&self, _call: &Call, args: TokenArgs) -> Result<Reply> {
        let TokenArgs { repo, token } = args;
        if !self.knows(&repo).await? {
            return Err(user_error(unknown(&repo)));
        }
        let Some(token) = token else {
            return Ok(match self.token_of(&repo).await? {
                Some(_) => format!("A token is set for {repo}.").into(),
                None => format!("No token is set for {repo}.").into(),
            });
        };
        if token.expose().trim().is_empty() {
            return Err(user_error("A token cannot be empty; nothing was changed."));
        }
        self.tokens.put(&repo.key(), &token).await?;
        Ok(format!("Token set for {repo}.").into())
    }

    async fn remove(&self, _call: &Call, args: RemoveArgs) -> Result<Reply> {
        let RemoveArgs { repo, chat } = args;
        let routes = self.routes.all(&[&repo.key()]).await?;
        if routes.is_empty() {
            return Err(user_error(unknown(&repo)));
        }
        let Some(chat) = chat else {
            for (key, _) in routes {
                self.routes.remove(&key).await?;
            }
            self.tokens.remove(&repo.key()).await?;
            return Ok(format!("Removed all configuration for {repo}.").into());
        };
        let key = (repo.key(), chat);
        if !self.routes.remove(&key).await? {
            return Err(user_error(format!("There is no route for {repo} to {}.", key.1)));
        }
        let mut lines = vec![format!("Removed route for {repo} to {}.", key.1)];
        if !self.knows(&repo).await? {
            self.tokens.remove(&repo.key()).await?;
            lines.push(format!("No more routes for {repo}, removing remaining configuration."));
        }
        Ok(Text::lines(lines).into())
    }

    async fn config(&self, _call: &Call, _args: ConfigArgs) -> Result<Reply> {
        let mut repositories = serde_json::Map::new();
        for ((key, chat), Route { repo, events, branches, edit, thread }) in self.routes.all(&[]).await? {
            let token = if self.tokens.get(&key).await?.is_some() { "set" } else { "not set" };
            // Two routes may spell their repository differently: the first one's counts.
            let known = repositories.keys().find(|known| known.eq_ignore_ascii_case(&key)).cloned();
            let entry = repositories.entry(known.unwrap_or_else(|| repo.to_string()));
            let entry = entry.or_insert_with(|| json!({ "routes": {}, "token": token }));
            entry["routes"][chat.to_string()] =
                json!({ "branch": branches.patterns(), "edit": edit, "events": events, "thread": thread });
        }
        let all = json!({ "default_events": self.default_events().await?, "repositories": repositories });
        Ok(block(serde_json::to_string_pretty(&all)?).into())
    }

    async fn reset(&self, call: &Call, args: ResetArgs) -> Result<Reply> {
        let all = format!("{}, all tokens and the default events", self.status().await?);
        if args.confirmed.is_none() {
            let root = root_of(call);
            return Ok(format!("This removes {all}. To do it, say !{root} reset confirm").into());
        }
        for (key, _) in self.routes.all(&[]).await? {
            self.routes.remove(&key).await?;
        }
        for (repo, _) in self.tokens.all(&[]).await? {
            self.tokens.remove(&repo).await?;
        }
        self.defaults.remove(&DEFAULTS.to_owned()).await?;
        Ok(format!("Removed {all}.").into())
    }
}

/// The root word under which a command was run.
fn root_of(call: &Call) -> &str {
    call.path.rsplit_once(' ').map_or(&call.path, |(root, _)| root)
}
fn unknown(repo: &Repo) -> String {
    format!("The repository {repo} is unknown to me.")
}
fn skipping(word: &str) -> String {
    format!("Unknown event {word}, skipping.")
}
/// A command as it is typed, what it does, and for whom it is.
fn usage(entry: CommandEntry<Routes>) -> Text {
    let about = entry.clap.get_about().map(ToString::to_string).unwrap_or_default();
    let mut clap = entry.clap.no_binary_name(true).bin_name(format!("!{}", entry.paths[0])).disable_help_flag(true);
    let usage = clap.render_usage().to_string();
    let whose = match entry.access {
        Access { who: Who::Everyone, .. } => "",
        Access { private: true, .. } => " (admins, in private)",
        _ => " (admins)",
    };
    code(usage.trim_start_matches("Usage:").trim()) + ": " + about + whose
}
