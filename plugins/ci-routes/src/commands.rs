//! What people can tell a sender's routes, under its root word: `!travis`
//! (`!travis help`), `!travis route`, `!travis routes` (`!travis ls`),
//! `!travis defaults`, `!travis token`, `!travis remove`, `!travis config` and
//! `!travis reset` for the root `travis`.
//!
//! Transcripts of them all are in `tests/it/travis/commands.rs`.
use crate::{Event, Events, Repo, Route, Routes, routes::DEFAULTS, spec};
use factotum_plugin_api::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Show the events and options of a route, and where the commands are listed
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
struct ResetArgs {}

/// A repository's routes, and whether it has a token.
type Known = (Vec<((String, ChatId), Route)>, bool);
/// All routes, the repositories with a token, and the default events of the command.
type AllThatIsSet = (Vec<((String, ChatId), Route)>, Vec<String>, Option<Events>);

/// A chat that may have a route: also one of a network that is configured no
/// more, whose routes could not be removed otherwise.
pub(crate) fn routed_chat(word: &str) -> Result<ChatId, String> {
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
            .for_rules("events", spec::for_rules)
            .on(format!("{root} routes"), Access::EVERYONE, Self::list)
            .alias(format!("{root} ls"))
            .on(format!("{root} defaults"), Access::ADMINS, Self::set_defaults)
            .for_rules("events", Events::for_rules)
            .on(format!("{root} token"), Access::ADMINS.in_private(), Self::token)
            .on(format!("{root} remove"), Access::ADMINS, Self::remove)
            .on(format!("{root} config"), Access::ADMINS.in_private(), Self::config)
            .on(format!("{root} reset"), Access::ADMINS.in_private(), Self::reset)
            .home(format!("{root} routes"), format!("!{root} routes"));
        commands
    }

    async fn root(&self, call: &Call, _args: RootArgs) -> Result<Reply> {
        let notes = format!(
            "{} lists the commands that you may run.\n\
             Events: {}. Options of a route, after the events: branch=PATTERN[,…] (* and ? are wild, ! excludes), \
             edit=on|off, thread=ID.",
            call.typed(format_args!("help {}", call.path)),
            Event::valid()
        );
        Ok(notes.into())
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
        let before = self.before_it_moved(&key).await?;
        for old in &before {
            self.routes.remove(old).await?; // the one above is in its place
        }
        let new = new && before.is_empty();
        let (verb, chat) = (if new { "Done" } else { "Updated" }, &key.1);
        let done = format!("{verb}. Relaying messages from {repo} to {chat} for events: {}.", spec::shown(&route));
        let mut lines: Vec<String> = spec.unknown.iter().map(|word| spec::skipping(word)).collect();
        lines.push(done);
        match &self.proven_by {
            Some(proof) if first => lines.push((*proof).to_owned()),
            None if self.token_of(&repo).await?.is_none() => lines.push(format!(
                "Nothing is posted before its token is set, in a private chat: {}",
                call.typed(format_args!("{} token {repo} TOKEN", root_of(call)))
            )),
            _ => {}
        }
        if let Some(why) = self.host.reach(chat).await {
            lines.push(format!("I cannot post to {chat} now: {why}. Add me there."));
        }
        Ok(Text::lines(lines).into())
    }

    async fn list(&self, call: &Call, args: RoutesArgs) -> Result<Reply> {
        let mut repos = BTreeMap::<String, Vec<(ChatId, Route)>>::new();
        for ((repo, chat), route) in self.routes.all(&[]).await? {
            repos.entry(repo).or_default().push((self.host.chat_now(&chat), route));
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
            None => unlisted(call, repo).into(),
        });
        Ok(Text::lines(asked).into())
    }

    async fn set_defaults(&self, _call: &Call, args: DefaultsArgs) -> Result<Reply> {
        if args.events.is_empty() {
            return Ok(format!("Events routed by default: {}.", self.default_events().await?).into());
        }
        let (events, unknown) = spec::events_only(&args.events).map_err(user_error)?;
        self.defaults.put(&DEFAULTS.to_owned(), &events).await?;
        let mut lines: Vec<String> = unknown.iter().map(|word| spec::skipping(word)).collect();
        lines.push(format!("Done. Newly created routes will default to receiving: {events}."));
        Ok(Text::lines(lines).into())
    }

    async fn token(&self, call: &Call, args: TokenArgs) -> Result<Reply> {
        let TokenArgs { repo, token } = args;
        if !self.knows(&repo).await? {
            let route = call.typed(format_args!("{} route {repo} CHAT", root_of(call)));
            let known = format!("{}; a route makes it known: {route}", unknown(&repo));
            return Err(user_error(known));
        }
        let Some(token) = token else {
            return Ok(match self.token_of(&repo).await? {
                Some(_) => format!("A token is set for {repo}.").into(),
                None => match self.proven_by {
                    Some(proof) => format!("No token is set for {repo}. {proof}").into(),
                    None => {
                        let token = call.typed(format_args!("{} token {repo} TOKEN", root_of(call)));
                        format!("No token is set for {repo}. To set it: {token}").into()
                    }
                },
            });
        };
        if is_option(token.expose()) {
            let help = format!("{} says how to set one.", call.typed(format_args!("help {}", call.path)));
            return Err(user_error(format!("That is an option and no token; nothing was changed. {help}")));
        }
        if token.expose().trim().is_empty() {
            return Err(user_error("A token cannot be empty; nothing was changed."));
        }
        self.tokens.put(&repo.key(), &token).await?;
        Ok(format!("Token set for {repo}.").into())
    }

    async fn remove(&self, call: &Call, args: RemoveArgs) -> Result<Reply> {
        let RemoveArgs { repo, chat } = args;
        let known = self.known(&repo).await?;
        let (routes, token) = &known;
        if routes.is_empty() {
            return Err(user_error(unlisted(call, &repo)));
        }
        let chat = chat.map(|chat| self.host.chat_now(&chat));
        let named = |key: &(String, ChatId)| chat.as_ref().is_none_or(|chat| self.host.chat_now(&key.1) == *chat);
        let gone: Vec<_> = routes.iter().map(|(key, _)| key).filter(|key| named(key)).collect();
        let what = match (gone.as_slice(), &chat) {
            ([], Some(chat)) => return Err(user_error(format!("There is no route for {repo} to {chat}."))),
            ([(_, chat)], _) => format!("the route of {repo} to {}", self.host.chat_now(chat)),
            (several, _) => format!("{} routes of {repo}", several.len()),
        };
        let all = gone.len() == routes.len();
        if all {
            let token = if *token { format!(" and the token of {repo}") } else { String::new() };
            call.confirm(format!("Remove {what}{token}?")).await?;
            if self.known(&repo).await? != known {
                return Err(user_error(format!("The routes of {repo} have changed meanwhile; nothing was removed.")));
            }
        }
        for key in gone {
            self.routes.remove(key).await?;
        }
        if all {
            self.tokens.remove(&repo.key()).await?;
        }
        let Some(chat) = chat else { return Ok(format!("Removed all configuration for {repo}.").into()) };
        let mut lines = vec![format!("Removed route for {repo} to {chat}.")];
        if all {
            lines.push(format!("No more routes for {repo}, removing remaining configuration."));
        }
        Ok(Text::lines(lines).into())
    }
    /// The routes of the same repository to the same chat under the addresses that it
    /// had before.
    async fn before_it_moved(&self, (repo, chat): &(String, ChatId)) -> Result<Vec<(String, ChatId)>> {
        let keys = self.routes.all(&[repo]).await?.into_iter().map(|(key, _)| key);
        Ok(keys.filter(|(_, old)| old != chat && self.host.chat_now(old) == *chat).collect())
    }
    async fn known(&self, repo: &Repo) -> Result<Known> {
        let routes = self.routes.all(&[&repo.key()]).await?;
        Ok((routes, self.tokens.get(&repo.key()).await?.is_some()))
    }

    async fn config(&self, _call: &Call, _args: ConfigArgs) -> Result<Reply> {
        let mut repositories = serde_json::Map::new();
        for ((key, chat), Route { repo, events, branches, edit, thread }) in self.routes.all(&[]).await? {
            let token = if self.tokens.get(&key).await?.is_some() { "set" } else { "not set" };
            // Two routes may spell their repository differently: the first one's counts.
            let known = repositories.keys().find(|known| known.eq_ignore_ascii_case(&key)).cloned();
            let entry = repositories.entry(known.unwrap_or_else(|| repo.to_string()));
            let entry = entry.or_insert_with(|| json!({ "routes": {}, "token": token }));
            entry["routes"][self.host.chat_now(&chat).to_string()] =
                json!({ "branch": branches.patterns(), "edit": edit, "events": events, "thread": thread });
        }
        let all = json!({ "default_events": self.default_events().await?, "repositories": repositories });
        Ok(block(serde_json::to_string_pretty(&all)?).into())
    }

    async fn reset(&self, call: &Call, _args: ResetArgs) -> Result<Reply> {
        let all = self.all_that_is_set().await?;
        let (routes, tokens, defaults) = &all;
        let shown = |tokens_shown: String| {
            let mut parts = vec![];
            parts.extend((!routes.is_empty()).then(|| Self::counted(routes)));
            parts.extend((!tokens.is_empty()).then_some(tokens_shown));
            parts.extend(defaults.is_some().then(|| "the default events".to_owned()));
            match parts.as_slice() {
                [] | [_] => parts.concat(),
                [first @ .., last] => format!("{} and {last}", first.join(", ")),
            }
        };
        let counted = if tokens.len() == 1 { "1 token".into() } else { format!("{} tokens", tokens.len()) };
        let what = shown(counted);
        if what.is_empty() {
            return Ok("There is nothing to remove: no routes, no tokens, and no default events are set.".into());
        }
        call.confirm(format!("Remove {what}?")).await?;
        if self.all_that_is_set().await? != all {
            return Err(user_error("What is set has changed meanwhile; nothing was removed."));
        }
        for (key, _) in routes {
            self.routes.remove(key).await?;
        }
        for repo in tokens {
            self.tokens.remove(repo).await?;
        }
        self.defaults.remove(&DEFAULTS.to_owned()).await?;
        Ok(format!("Removed {}.", shown("all tokens".into())).into())
    }
    async fn all_that_is_set(&self) -> Result<AllThatIsSet> {
        let tokens = self.tokens.all(&[]).await?.into_iter().map(|(repo, _)| repo).collect();
        Ok((self.routes.all(&[]).await?, tokens, self.defaults.get(&DEFAULTS.to_owned()).await?))
    }
}

/// The root word under which a command was run.
fn root_of(call: &Call) -> &str {
    call.path.rsplit_once(' ').map_or(&call.path, |(root, _)| root)
}
fn unknown(repo: &Repo) -> String {
    format!("The repository {repo} is unknown to me")
}
fn unlisted(call: &Call, repo: &Repo) -> String {
    format!("{}; {} lists those that I know.", unknown(repo), call.typed(format_args!("{} routes", root_of(call))))
}
/// Whether a word was not meant as a token: `--help`, `-h`. Real tokens may begin
/// with a dash.
fn is_option(word: &str) -> bool {
    word.starts_with("--") || word.starts_with('-') && word.chars().count() <= 2 || word == "-help"
}
