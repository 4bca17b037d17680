//! What people can tell a sender's routes, under its root word: `travis route`,
//! `travis routes`, `travis defaults`, `travis token`, `travis remove`,
//! `travis config`, `travis reset` for the root `travis`.
use crate::{Event, Events, Repo, Route, Routes, routes::DEFAULTS, spec};
use factotum_plugin_api::prelude::*;
use serde_json::json;
use std::{collections::BTreeMap, str::FromStr};

/// List these commands
#[derive(Args)]
struct RootArgs {
    /// What was typed after the root word and is no command
    #[arg(hide = true)]
    words: Vec<String>,
}
/// Post the build results of a repository to a chat
#[derive(Args)]
struct RouteArgs {
    /// Repository, as owner/name
    repo: Repo,
    /// Chat to post to
    chat: ChatId,
    /// Results to post (the defaults when none is named), then branch=PATTERN[,…] edit=on|off thread=ID
    events: Vec<String>,
}
/// List the routes
#[derive(Args)]
struct RoutesArgs {
    /// Only of these repositories, as owner/name
    #[arg(value_name = "REPO")]
    repos: Vec<Repo>,
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
    /// Chat of the route; all routes and the token when missing
    chat: Option<RoutedChat>,
}
/// Show all that is set, without the tokens
#[derive(Args)]
struct ConfigArgs {}
/// Remove all routes, tokens and default events
#[derive(Args)]
struct ResetArgs {
    /// The word confirm; without it, only says what would be removed
    #[arg(value_name = "confirm", ignore_case = true)]
    confirm: Option<Confirm>,
}
#[derive(Clone, ValueEnum)]
enum Confirm {
    Confirm,
}

/// A chat that may have a route: also one of a network that is configured no
/// more, whose routes could not be removed otherwise.
#[derive(Clone)]
struct RoutedChat {
    chat: ChatId,
    /// Why it is no chat of today.
    stale: Option<String>,
}
impl FromStr for RoutedChat {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        match (word.parse(), word.split_once(':')) {
            (Ok(chat), _) => Ok(RoutedChat { chat, stale: None }),
            (Err(error), Some((network, address))) => {
                Ok(RoutedChat { chat: ChatId::new(network, address), stale: Some(error) })
            }
            (Err(error), None) => Err(error),
        }
    }
}

impl Routes {
    /// The commands under `root`, such as `travis`: what shows things for
    /// everyone, what changes things for admins, what deals with secrets in private.
    pub fn commands(root: &str) -> Commands<Self> {
        let mut commands = Commands::default();
        commands
            .on(root, Access::EVERYONE, Self::root)
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

    async fn root(&self, call: &Call, args: RootArgs) -> Result<Reply> {
        let root = &call.path;
        let table = Self::commands(root);
        let Some(word) = args.words.first().filter(|word| !word.eq_ignore_ascii_case("help")) else {
            let notes = format!(
                "Events: {}. Options of route, after the events: branch=PATTERN[,…] (* and ? are wild, ! excludes), \
                 edit=on|off, thread=ID.",
                Event::valid()
            );
            return Ok((list(table.entries.iter().map(usage)) + notes).into());
        };
        let paths = table.entries.iter().flat_map(|entry| &entry.paths);
        let names: Vec<&str> = paths.filter_map(|path| path.strip_prefix(root.as_str())?.strip_prefix(' ')).collect();
        let rest = match spec::near(word, &names) {
            Some(name) => format!("did you mean !{root} {name} ?"),
            None => format!("!{root} lists what there is."),
        };
        Err(user_error(format!("There is no command !{root} {word}; {rest}")))
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
        if !self.knows(&repo).await? {
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
        if !self.has_credential(&repo).await? {
            lines.push(format!(
                "No token is set for {repo}. If its requests are not signed, set one in a private chat: \
                 !{} token {repo} TOKEN",
                root_of(call)
            ));
        }
        Ok(Text::lines(lines).into())
    }

    async fn list(&self, _call: &Call, args: RoutesArgs) -> Result<Reply> {
        let mut repos = BTreeMap::<String, Vec<(ChatId, Route)>>::new();
        for ((repo, chat), route) in self.routes.all(&[]).await? {
            repos.entry(repo).or_default().push((chat, route));
        }
        if repos.is_empty() && args.repos.is_empty() {
            return Ok("No repositories configured, nothing to show.".into());
        }
        let routing = |mut routes: Vec<(ChatId, Route)>| {
            routes.sort_by(|a, b| a.0.cmp(&b.0));
            let repo = routes.first().map(|(_, route)| bold(&route.repo)).unwrap_or_default();
            let items = routes.iter().map(|(chat, route)| format!("{chat} for events: {}", spec::shown(route)));
            Text::from("Routing ") + repo + " to:" + list(items)
        };
        if args.repos.is_empty() {
            return Ok(Text::lines(repos.into_values().map(routing)).into());
        }
        let asked = args.repos.iter().map(|repo| match repos.remove(&repo.key()) {
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
        let Some(RoutedChat { chat, stale }) = chat else {
            for (key, _) in routes {
                self.routes.remove(&key).await?;
            }
            self.tokens.remove(&repo.key()).await?;
            return Ok(format!("Removed all configuration for {repo}.").into());
        };
        let key = (repo.key(), chat);
        if !self.routes.remove(&key).await? {
            let none = format!("There is no route for {repo} to {}.", key.1);
            return Err(user_error(stale.map_or(none.clone(), |stale| format!("{none} {stale}"))));
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
        let (repos, routes) = self.count().await?;
        let (routes, repos) = (count(routes, "route", "routes"), count(repos, "repository", "repositories"));
        let all = format!("{routes} of {repos}, their tokens, and the default events");
        if args.confirm.is_none() {
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
fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
fn unknown(repo: &Repo) -> String {
    format!("The repository {repo} is unknown to me.")
}
fn skipping(word: &str) -> String {
    format!("Unknown event {word}, skipping.")
}
/// A command as it is typed, and what it does.
fn usage(entry: &factotum_plugin_api::command::CommandEntry<Routes>) -> Text {
    let mut line = format!("!{}", entry.paths[0]);
    for arg in entry.clap.get_positionals().filter(|arg| !arg.is_hide_set()) {
        let name = arg.get_value_names().and_then(|names| names.first()).map_or(arg.get_id().as_str(), |name| name);
        let many = matches!(arg.get_action(), clap::ArgAction::Append);
        let (open, close) = if arg.is_required_set() { ("<", ">") } else { ("[", "]") };
        line += &format!(" {open}{name}{close}{}", if many { "..." } else { "" });
    }
    let about = entry.clap.get_about().map(ToString::to_string).unwrap_or_default();
    code(line) + " – " + about + if entry.access.private { " (in private)" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, memory::Memory};

    /// What is said and what is answered, line by line.
    async fn transcript(lines: &[&str]) -> String {
        let memory = Memory::default();
        let routes = Routes::open(Config::default(), &memory.host("ci")).unwrap();
        let mut told = vec![];
        for line in lines {
            let reply = memory.say(&routes, Routes::commands("ci"), line).await;
            told.push(format!("> {line}\n{reply}"));
        }
        told.join("\n")
    }

    #[tokio::test]
    async fn the_root_lists_what_there_is() {
        insta::assert_snapshot!(transcript(&["ci", "ci help", "ci rout o/r", "ci xyz"]).await, @"
        > ci
        • !ci – List these commands
        • !ci route <REPO> <CHAT> [EVENTS]... – Post the build results of a repository to a chat
        • !ci routes [REPO]... – List the routes
        • !ci defaults [EVENTS]... – Show or set the events that a new route gets when none are named
        • !ci token <REPO> [TOKEN] – Set the token of a repository, or say whether one is set (in private)
        • !ci remove <REPO> [CHAT] – Remove a route, or all that is known of a repository
        • !ci config – Show all that is set, without the tokens (in private)
        • !ci reset [confirm] – Remove all routes, tokens and default events (in private)
        Events: pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them. Options of route, after the events: branch=PATTERN[,…] (* and ? are wild, ! excludes), edit=on|off, thread=ID.
        > ci help
        • !ci – List these commands
        • !ci route <REPO> <CHAT> [EVENTS]... – Post the build results of a repository to a chat
        • !ci routes [REPO]... – List the routes
        • !ci defaults [EVENTS]... – Show or set the events that a new route gets when none are named
        • !ci token <REPO> [TOKEN] – Set the token of a repository, or say whether one is set (in private)
        • !ci remove <REPO> [CHAT] – Remove a route, or all that is known of a repository
        • !ci config – Show all that is set, without the tokens (in private)
        • !ci reset [confirm] – Remove all routes, tokens and default events (in private)
        Events: pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them. Options of route, after the events: branch=PATTERN[,…] (* and ? are wild, ! excludes), edit=on|off, thread=ID.
        > ci rout o/r
        There is no command !ci rout; did you mean !ci route ?
        > ci xyz
        There is no command !ci xyz; !ci lists what there is.
        ");
    }

    #[tokio::test]
    async fn routes_are_made_changed_and_listed() {
        let lines = [
            "ci routes",
            "ci route o/r console:dev",
            "ci route O/R console:dev failure Still-Failing failed",
            "ci route o/r console:dev passed push issues",
            "ci route o/r console:x push issues",
            "ci route o/r console:x * failed branch=main,!wip edit=off thread=12",
            "ci route b/b console:b edit=off",
            "ci route a/a console:b brnach=main",
            "ci route nonsense console:b",
            "ci routes",
            "ci ls B/B a/a",
        ];
        insta::assert_snapshot!(transcript(&lines).await, @"
        > ci routes
        No repositories configured, nothing to show.
        > ci route o/r console:dev
        Done. Relaying messages from o/r to console:dev for events: passed, fixed, broken, failed, still_failing.
        No token is set for o/r. If its requests are not signed, set one in a private chat: !ci token o/r TOKEN
        > ci route O/R console:dev failure Still-Failing failed
        Updated. Relaying messages from O/R to console:dev for events: failed, still_failing.
        No token is set for O/R. If its requests are not signed, set one in a private chat: !ci token O/R TOKEN
        > ci route o/r console:dev passed push issues
        Unknown event push, skipping.
        Unknown event issues, skipping.
        Updated. Relaying messages from o/r to console:dev for events: passed.
        No token is set for o/r. If its requests are not signed, set one in a private chat: !ci token o/r TOKEN
        > ci route o/r console:x push issues
        Unknown events push, issues; nothing was changed. The events are pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them.
        > ci route o/r console:x * failed branch=main,!wip edit=off thread=12
        Done. Relaying messages from o/r to console:x for events: * (branch=main,!wip edit=off thread=12).
        No token is set for o/r. If its requests are not signed, set one in a private chat: !ci token o/r TOKEN
        > ci route b/b console:b edit=off
        Done. Relaying messages from b/b to console:b for events: passed, fixed, broken, failed, still_failing (edit=off).
        No token is set for b/b. If its requests are not signed, set one in a private chat: !ci token b/b TOKEN
        > ci route a/a console:b brnach=main
        Unknown option brnach=, did you mean branch= ?
        > ci route nonsense console:b
        error: invalid value 'nonsense' for '<REPO>': a repository is like owner/name, of letters, digits and . _ -
        > ci routes
        Routing b/b to:
        • console:b for events: passed, fixed, broken, failed, still_failing (edit=off)
        Routing o/r to:
        • console:dev for events: passed
        • console:x for events: * (branch=main,!wip edit=off thread=12)
        > ci ls B/B a/a
        Routing b/b to:
        • console:b for events: passed, fixed, broken, failed, still_failing (edit=off)
        The repository a/a is unknown to me.
        ");
    }

    #[tokio::test]
    async fn defaults_are_for_new_routes() {
        let lines = [
            "ci defaults",
            "ci route o/r console:a",
            "ci defaults push commit issues pull_request",
            "ci defaults push failed",
            "ci defaults",
            "ci route o/r console:b",
            "ci routes o/r",
            "ci route o/r console:a",
        ];
        insta::assert_snapshot!(transcript(&lines).await, @"
        > ci defaults
        Events routed by default: passed, fixed, broken, failed, still_failing.
        > ci route o/r console:a
        Done. Relaying messages from o/r to console:a for events: passed, fixed, broken, failed, still_failing.
        No token is set for o/r. If its requests are not signed, set one in a private chat: !ci token o/r TOKEN
        > ci defaults push commit issues pull_request
        Unknown events push, commit, issues, pull_request; nothing was changed. The events are pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them.
        > ci defaults push failed
        Unknown event push, skipping.
        Done. Newly created routes will default to receiving: failed.
        > ci defaults
        Events routed by default: failed.
        > ci route o/r console:b
        Done. Relaying messages from o/r to console:b for events: failed.
        No token is set for o/r. If its requests are not signed, set one in a private chat: !ci token o/r TOKEN
        > ci routes o/r
        Routing o/r to:
        • console:a for events: passed, fixed, broken, failed, still_failing
        • console:b for events: failed
        > ci route o/r console:a
        Updated. Relaying messages from o/r to console:a for events: failed.
        No token is set for o/r. If its requests are not signed, set one in a private chat: !ci token o/r TOKEN
        ");
    }

    #[tokio::test]
    async fn tokens_are_set_and_never_shown() {
        let lines = [
            "ci token o/r s3cret",
            "ci route o/r console:a",
            "ci token o/r",
            "ci token O/R s3cret",
            "ci token o/r",
            "ci route o/r console:b",
            "ci config",
        ];
        let told = transcript(&lines).await;
        assert_eq!(told.matches("s3cret").count(), 2, "only where it was said");
        insta::assert_snapshot!(told, @r#"
        > ci token o/r s3cret
        The repository o/r is unknown to me.
        > ci route o/r console:a
        Done. Relaying messages from o/r to console:a for events: passed, fixed, broken, failed, still_failing.
        No token is set for o/r. If its requests are not signed, set one in a private chat: !ci token o/r TOKEN
        > ci token o/r
        No token is set for o/r.
        > ci token O/R s3cret
        Token set for O/R.
        > ci token o/r
        A token is set for o/r.
        > ci route o/r console:b
        Done. Relaying messages from o/r to console:b for events: passed, fixed, broken, failed, still_failing.
        > ci config
        {
          "default_events": [
            "passed",
            "fixed",
            "broken",
            "failed",
            "still_failing"
          ],
          "repositories": {
            "o/r": {
              "routes": {
                "console:a": {
                  "branch": [],
                  "edit": true,
                  "events": [
                    "passed",
                    "fixed",
                    "broken",
                    "failed",
                    "still_failing"
                  ],
                  "thread": null
                },
                "console:b": {
                  "branch": [],
                  "edit": true,
                  "events": [
                    "passed",
                    "fixed",
                    "broken",
                    "failed",
                    "still_failing"
                  ],
                  "thread": null
                }
              },
              "token": "set"
            }
          }
        }
        "#);
    }

    #[tokio::test]
    async fn removing_says_what_is_gone() {
        let lines = [
            "ci remove o/r",
            "ci remove o/r console:a",
            "ci route o/r console:a",
            "ci token o/r s3cret",
            "ci route o/r console:b",
            "ci remove o/r console:c",
            "ci remove o/r console:a",
            "ci token o/r",
            "ci remove O/R console:b",
            "ci token o/r",
            "ci route o/r console:a",
            "ci token o/r",
            "ci remove o/r",
            "ci remove o/r nowhere",
        ];
        insta::assert_snapshot!(transcript(&lines).await, @"
        > ci remove o/r
        The repository o/r is unknown to me.
        > ci remove o/r console:a
        The repository o/r is unknown to me.
        > ci route o/r console:a
        Done. Relaying messages from o/r to console:a for events: passed, fixed, broken, failed, still_failing.
        No token is set for o/r. If its requests are not signed, set one in a private chat: !ci token o/r TOKEN
        > ci token o/r s3cret
        Token set for o/r.
        > ci route o/r console:b
        Done. Relaying messages from o/r to console:b for events: passed, fixed, broken, failed, still_failing.
        > ci remove o/r console:c
        There is no route for o/r to console:c.
        > ci remove o/r console:a
        Removed route for o/r to console:a.
        > ci token o/r
        A token is set for o/r.
        > ci remove O/R console:b
        Removed route for O/R to console:b.
        No more routes for O/R, removing remaining configuration.
        > ci token o/r
        The repository o/r is unknown to me.
        > ci route o/r console:a
        Done. Relaying messages from o/r to console:a for events: passed, fixed, broken, failed, still_failing.
        No token is set for o/r. If its requests are not signed, set one in a private chat: !ci token o/r TOKEN
        > ci token o/r
        No token is set for o/r.
        > ci remove o/r
        Removed all configuration for o/r.
        > ci remove o/r nowhere
        error: invalid value 'nowhere' for '[CHAT]': a chat is like telegram:-1001234 or irc:#dev
        ");
    }

    #[tokio::test]
    async fn a_reset_needs_its_word() {
        let lines = [
            "ci route o/r console:a",
            "ci token o/r s3cret",
            "ci defaults failed",
            "ci reset",
            "ci reset yes",
            "ci routes",
            "ci reset Confirm",
            "ci routes",
            "ci defaults",
            "ci config",
        ];
        insta::assert_snapshot!(transcript(&lines).await, @r#"
        > ci route o/r console:a
        Done. Relaying messages from o/r to console:a for events: passed, fixed, broken, failed, still_failing.
        No token is set for o/r. If its requests are not signed, set one in a private chat: !ci token o/r TOKEN
        > ci token o/r s3cret
        Token set for o/r.
        > ci defaults failed
        Done. Newly created routes will default to receiving: failed.
        > ci reset
        This removes 1 route of 1 repository, their tokens, and the default events. To do it, say !ci reset confirm
        > ci reset yes
        error: invalid value 'yes' for '[confirm]'
        > ci routes
        Routing o/r to:
        • console:a for events: passed, fixed, broken, failed, still_failing
        > ci reset Confirm
        Removed 1 route of 1 repository, their tokens, and the default events.
        > ci routes
        No repositories configured, nothing to show.
        > ci defaults
        Events routed by default: passed, fixed, broken, failed, still_failing.
        > ci config
        {
          "default_events": [
            "passed",
            "fixed",
            "broken",
            "failed",
            "still_failing"
          ],
          "repositories": {}
        }
        "#);
    }
}
