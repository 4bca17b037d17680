//! What people can tell a sender's routes, under its root word: `!travis`
//! (`!travis help`), `!travis route`, `!travis routes` (`!travis ls`),
//! `!travis defaults`, `!travis token`, `!travis remove`, `!travis config` and
//! `!travis reset` for the root `travis`.
//!
//! Transcripts of them all are in `tests/it/travis/commands.rs`.
use crate::{
    Event, Events, Repo, Route, Routes,
    routes::DEFAULTS,
    spec,
    texts::{say, yes_no},
};
use factotum_plugin_api::{language::Phrase, prelude::*};
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

/// A repository's routes, whether it has a token, and whether a route of all senders needs that too.
type Known = (Vec<((String, ChatId), Route)>, bool, bool);
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
            .home(format!("{root} routes"), format!("!{root} routes"))
            .help_in("ci-routes", |path| path.replacen(root, "sender", 1).replace(' ', "-"));
        commands
    }

    async fn root(&self, call: &Call, _args: RootArgs) -> Result<Reply> {
        let help = say("root-help").with("help", call.typed(format_args!("help {}", call.path)));
        let options = say("root-options").with("events", Event::valid());
        Ok(Text::lines([help, options]).into())
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
        let chat = &key.1;
        let what = say("relaying").with("repo", repo.as_str()).with("chat", chat.to_string());
        let done = say(if new { "done" } else { "updated" }).with("what", what.with("events", spec::shown(&route)));
        let mut lines: Vec<String> = spec.unknown.iter().map(|word| spec::skipping(word)).collect();
        lines.push(done.to_string());
        match self.proof() {
            Some(proof) if first => lines.push(proof),
            None if self.token_of(&repo).await?.is_none() => {
                let command = call.typed(format_args!("{} token {repo} TOKEN", root_of(call)));
                lines.push(say("token-wanted").with("command", command).to_string());
            }
            _ => {}
        }
        if let Some(why) = self.host.reach(chat).await {
            lines.push(say("out-of-reach").with("chat", chat.to_string()).with("why", why).to_string());
        }
        Ok(Text::lines(lines).into())
    }

    async fn list(&self, call: &Call, args: RoutesArgs) -> Result<Reply> {
        let mut repos = BTreeMap::<String, Vec<(ChatId, Route)>>::new();
        for ((repo, chat), route) in self.routes.all(&[]).await? {
            repos.entry(repo).or_default().push((self.host.chat_now(&chat), route));
        }
        if repos.is_empty() && args.repo.is_empty() {
            return Ok(Text::from(say("none-configured")).into());
        }
        let routing = |mut routes: Vec<(ChatId, Route)>| {
            routes.sort_by(|a, b| a.0.cmp(&b.0));
            let repo = routes.first().map(|(_, route)| bold(&route.repo)).unwrap_or_default();
            let items = routes.iter().map(|(chat, route)| {
                say("chat-of-route").with("chat", chat.to_string()).with("events", spec::shown(route))
            });
            say("routing").with("repo", repo) + list(items)
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
            let events = self.default_events().await?.to_string();
            return Ok(Text::from(say("defaults-are").with("events", events)).into());
        }
        let (events, unknown) = spec::events_only(&args.events).map_err(user_error)?;
        self.defaults.put(&DEFAULTS.to_owned(), &events).await?;
        let mut lines: Vec<String> = unknown.iter().map(|word| spec::skipping(word)).collect();
        lines.push(say("defaults-set").with("events", events.to_string()).to_string());
        Ok(Text::lines(lines).into())
    }

    async fn token(&self, call: &Call, args: TokenArgs) -> Result<Reply> {
        let TokenArgs { repo, token } = args;
        if !self.knows(&repo).await? {
            let route = call.typed(format_args!("{} route {repo} CHAT", root_of(call)));
            return Err(user_error(say("unrouted").with("repo", repo.as_str()).with("command", route)));
        }
        let Some(token) = token else {
            let told = match (self.token_of(&repo).await?, self.proof()) {
                (Some(_), _) => say("token-is-set"),
                (None, Some(proof)) => say("no-token").with("proof", proof),
                (None, None) => {
                    let token = call.typed(format_args!("{} token {repo} TOKEN", root_of(call)));
                    say("no-token-yet").with("command", token)
                }
            };
            return Ok(Text::from(told.with("repo", repo.as_str())).into());
        };
        if is_option(token.expose()) {
            let help = call.typed(format_args!("help {}", call.path));
            return Err(user_error(say("token-is-option").with("command", help)));
        }
        if token.expose().trim().is_empty() {
            return Err(user_error(say("token-is-empty")));
        }
        self.tokens.put(&repo.key(), &token).await?;
        Ok(Text::from(say("token-set").with("repo", repo.as_str())).into())
    }

    async fn remove(&self, call: &Call, args: RemoveArgs) -> Result<Reply> {
        let RemoveArgs { repo, chat } = args;
        let known = self.known(&repo).await?;
        let (routes, token, of_all) = &known;
        if routes.is_empty() {
            return Err(user_error(unlisted(call, &repo)));
        }
        let chat = chat.map(|chat| self.host.chat_now(&chat));
        let named = |key: &(String, ChatId)| chat.as_ref().is_none_or(|chat| self.host.chat_now(&key.1) == *chat);
        let gone: Vec<_> = routes.iter().map(|(key, _)| key).filter(|key| named(key)).collect();
        let of_repo = |key| say(key).with("repo", repo.as_str());
        let question = match (gone.as_slice(), &chat) {
            ([], Some(chat)) => return Err(user_error(of_repo("no-such-route").with("chat", chat.to_string()))),
            ([(_, chat)], _) => of_repo("remove-route").with("chat", self.host.chat_now(chat).to_string()),
            (several, _) => of_repo("remove-routes").with("count", several.len()),
        };
        let all = gone.len() == routes.len();
        if all {
            call.confirm(question.choice("token", yes_no(*token && !of_all))).await?;
            if self.known(&repo).await? != known {
                return Err(user_error(of_repo("changed-meanwhile")));
            }
        }
        for key in gone {
            self.routes.remove(key).await?;
        }
        if all && !of_all {
            self.tokens.remove(&repo.key()).await?;
        }
        let mut lines = vec![match chat {
            Some(chat) => of_repo("removed-route").with("chat", chat.to_string()),
            None if *of_all => of_repo("removed-own"),
            None => return Ok(Text::from(of_repo("removed-all")).into()),
        }];
        match all {
            true if *of_all => lines.extend(token.then(|| of_repo("token-stays"))),
            true => lines.push(of_repo("removed-rest")),
            false => {}
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
        let token = self.tokens.get(&repo.key()).await?.is_some();
        Ok((routes, token, self.of_all.has(&[&repo.key()]).await?))
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
            parts.extend(defaults.is_some().then(|| say("default-events").to_string()));
            match parts.as_slice() {
                [] | [_] => parts.concat(),
                [first @ .., last] => say("and-last").with("first", first.join(", ")).with("last", last).to_string(),
            }
        };
        let what = shown(say("tokens").with("count", tokens.len()).to_string());
        if what.is_empty() {
            return Ok(Text::from(say("nothing-set")).into());
        }
        call.confirm(say("remove-all").with("what", what)).await?;
        if self.all_that_is_set().await? != all {
            return Err(user_error(say("all-changed-meanwhile")));
        }
        for (key, _) in routes {
            self.routes.remove(key).await?;
        }
        for repo in tokens {
            self.tokens.remove(repo).await?;
        }
        self.defaults.remove(&DEFAULTS.to_owned()).await?;
        Ok(Text::from(say("removed").with("what", shown(say("all-tokens").to_string()))).into())
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
fn unlisted(call: &Call, repo: &Repo) -> Phrase {
    say("unlisted").with("repo", repo.as_str()).with("command", call.typed(format_args!("{} routes", root_of(call))))
}
/// Whether a word was not meant as a token: `--help`, `-h`. Real tokens may begin
/// with a dash.
fn is_option(word: &str) -> bool {
    word.starts_with("--") || word.starts_with('-') && word.chars().count() <= 2 || word == "-help"
}
