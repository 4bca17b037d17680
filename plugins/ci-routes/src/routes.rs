//! The routes of one sender: their tables, and what a build leads to.
//!
//! The commands that change them are in `commands.rs`. A token whose repository
//! has no route counts as absent: it is swept at start, and removed before the
//! repository's next first route could bring it back to life.
use crate::{Branches, Build, Event, Events, People, Repo, endpoint::PROVEN, shared::Of, texts::say};
use factotum_plugin_api::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The config of the routes: a field of its owner's config.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Events that a new route gets when none are named, until the `defaults`
    /// command says otherwise
    pub default_events: Events,
}
impl Default for Config {
    fn default() -> Self {
        let events = [Event::Passed, Event::Fixed, Event::Broken, Event::Failed, Event::StillFailing];
        Config { default_events: events.into_iter().collect() }
    }
}

/// Events of this repository go to a chat, which is in the record's key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// The repository, as it was spelled in the command.
    pub repo: Repo,
    /// Which events are posted.
    pub events: Events,
    /// Builds of which branches are posted.
    #[serde(default, skip_serializing_if = "Branches::is_any")]
    pub branches: Branches,
    /// Whether a build has one message that is edited, or one for each event.
    pub edit: bool,
    /// The thread of the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
}

/// The routes, default events and tokens of one sender plugin.
pub struct Routes {
    name: &'static str,
    pub(crate) host: Host,
    title: String,
    config: Config,
    proven_by: Option<&'static str>,
    /// By repository in lower case, and chat.
    pub(crate) routes: Of<(String, ChatId), Route>,
    /// Those of every sender: `!route` makes them.
    pub(crate) of_all: Of<(String, ChatId), Route>,
    /// One record, [`DEFAULTS`]; the config's when there is none.
    pub(crate) defaults: Of<String, Events>,
    /// By repository in lower case.
    pub(crate) tokens: Of<String, Secret>,
    people: People,
}

/// The key of the one record in `defaults`.
pub(crate) const DEFAULTS: &str = "events";

impl Routes {
    /// Opens the tables of the plugin, in the namespace that all senders share; what
    /// stands in the plugin's own, from before, is taken over.
    ///
    /// # Errors
    /// Never with today's table names.
    pub fn open(config: Config, host: &Host) -> Result<Self> {
        Ok(Routes {
            name: host.plugin,
            host: host.clone(),
            title: host.plugin.into(),
            config,
            proven_by: None,
            routes: Of::sender(host, "routes")?,
            of_all: Of::all_senders(host, "routes")?,
            defaults: Of::sender(host, "defaults")?,
            tokens: Of::sender(host, "tokens")?,
            people: People::open(host)?,
        })
    }
    /// Says what messages begin with, in brackets: `Travis CI`. The plugin's
    /// name when nothing is said; nothing when it is empty.
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }
    /// Says why requests need no token, as a sentence for whoever makes a
    /// repository's first route; without one, the token is asked for.
    pub fn proven_by(mut self, proof: Option<&'static str>) -> Self {
        self.proven_by = proof;
        self
    }
    /// Why requests need no token, where they need none.
    pub(crate) fn proof(&self) -> Option<String> {
        match self.proven_by? {
            PROVEN => Some(say("proven").to_string()),
            own => Some(own.to_owned()),
        }
    }
    /// What is to be done at start: sweeping tokens that no route needs.
    pub fn jobs() -> Jobs<Self> {
        let mut jobs = Jobs::default();
        jobs.once("sweep tokens", Self::sweep);
        jobs
    }
    /// Whether a repository has a route, of this sender or of all.
    ///
    /// # Errors
    /// When the store fails; so do all methods below.
    pub async fn knows(&self, repo: &Repo) -> Result<bool> {
        self.has_route(&repo.key()).await
    }
    /// Whether it has a route of its own, or a token.
    pub(crate) async fn has_any(&self) -> Result<bool> {
        Ok(self.routes.has(&[]).await? || self.tokens.has(&[]).await?)
    }
    async fn has_route(&self, key: &str) -> Result<bool> {
        Ok(self.routes.has(&[key]).await? || self.of_all.has(&[key]).await?)
    }
    /// The token of a repository that has a route.
    pub async fn token_of(&self, repo: &Repo) -> Result<Option<Secret>> {
        match self.knows(repo).await? {
            true => self.tokens.get(&repo.key()).await,
            false => Ok(None),
        }
    }
    /// How many there are, for `!status`: `2 routes of 1 repository`.
    pub async fn status(&self) -> Result<String> {
        Ok(Self::counted(&self.routes.all(&[]).await?))
    }
    /// How many these are.
    pub(crate) fn counted(routes: &[((String, ChatId), Route)]) -> String {
        let repos: BTreeSet<&str> = routes.iter().map(|((repo, _), _)| repo.as_str()).collect();
        match routes.len() {
            0 => say("no-routes").to_string(),
            count => say("counted").with("routes", count).with("repos", repos.len()).to_string(),
        }
    }
    /// What a build leads to: a notice for each chat whose route wants it, once
    /// for each thing the build has come to.
    ///
    /// # Errors
    /// [`Refusal::Ignored`] when its repository has no route; [`Refusal::Internal`]
    /// when the store fails.
    pub async fn outcome(&self, build: Build) -> Result<Outcome, Refusal> {
        let mut routes = self.routes.all(&[&build.repo.key()]).await?;
        for (key, route) in self.of_all.all(&[&build.repo.key()]).await? {
            let now = self.host.chat_now(&key.1);
            if !routes.iter().any(|((_, chat), _)| self.host.chat_now(chat) == now) {
                routes.push((key, route)); // the sender's own says more exactly what is wanted
            }
        }
        if routes.is_empty() {
            return Err(Refusal::Ignored(format!("{} has no route", build.repo)));
        }
        let (event, branch) = (build.event, build.branch.as_deref());
        let wanted = routes.into_iter().filter(|(_, r)| r.events.contains(event) && r.branches.contain(branch));
        let text = build.text(&self.title);
        let users = match &build.author_mail {
            Some(mail) if event.is_bad() => self.people.of(mail).await?,
            _ => vec![],
        };
        let text_for = |chat: &ChatId| match users.iter().find_map(|user| user.in_chat(chat)) {
            Some(name) => text.clone() + "\ncc " + name,
            None => text.clone(),
        };
        let notices = wanted.map(|((_, chat), route)| self.notice(&build, text_for(&chat), chat, route));
        let outcome: Outcome = notices.collect();
        let word = event.words();
        // A build that nobody wants leaves no key: a route made later may want it.
        Ok(match outcome.notices.len() {
            0 => outcome.summary(format!("{word}, which no route wants")),
            1 => outcome.once(build.dedupe_key()).summary(format!("{word} → 1 chat")),
            n => outcome.once(build.dedupe_key()).summary(format!("{word} → {n} chats")),
        })
    }
    fn notice(&self, build: &Build, text: Text, chat: ChatId, route: Route) -> Notice {
        let mut notice = Notice::new(chat, text);
        notice.thread = route.thread;
        if route.edit {
            notice = notice.about(format!("{}:{}", self.name, build.about()));
        }
        notice.good = build.good();
        if build.rings() { notice.loud() } else { notice }
    }
    /// The events that a new route gets when none are named.
    pub(crate) async fn default_events(&self) -> Result<Events> {
        let stored = self.defaults.get(&DEFAULTS.to_owned()).await?;
        Ok(stored.unwrap_or_else(|| self.config.default_events.clone()))
    }
    async fn sweep(&self, _tick: &Tick) -> Result<()> {
        self.routes.has(&[]).await?; // so that what stood elsewhere is shown by !routes
        for (repo, _) in self.tokens.all(&[]).await? {
            if !self.has_route(&repo).await? {
                self.tokens.remove(&repo).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;
    use factotum_testing::Bot;

    fn routes(bot: &Bot) -> Routes {
        let host = Host::new("ci", bot.host().shared.clone(), bot.clock().clone());
        Routes::open(Config::default(), &host).unwrap().titled("CI")
    }
    async fn put(routes: &Routes, repo: &str, chat: &str, words: &str) {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let (repo, spec): (Repo, _) = (repo.parse().unwrap(), crate::spec::parse(&words).unwrap());
        let (events, branches) = (spec.events.unwrap(), spec.branches);
        let key = (repo.key(), ChatId::new("console", chat));
        let route = Route { repo, events, branches, edit: spec.edit, thread: spec.thread };
        routes.routes.put(&key, &route).await.unwrap();
    }
    fn build(event: Event, branch: &str) -> Build {
        Build { branch: Some(branch.into()), ..Build::new("O/R".parse().unwrap(), "18", "4711", event) }
    }

    #[tokio::test]
    async fn a_build_goes_where_it_is_wanted() {
        let bot = Bot::bare().start().await;
        let routes = routes(&bot);
        put(&routes, "o/r", "all", "*").await;
        put(&routes, "o/r", "main", "failed passed branch=main edit=off").await;
        put(&routes, "o/r", "thread", "failed thread=12").await;
        put(&routes, "o/other", "x", "*").await;
        let told = async |event, branch| {
            let outcome = routes.outcome(build(event, branch)).await.unwrap();
            let notices = outcome
                .notices
                .iter()
                .map(|n| format!("\n  {} {:?} {:?} {:?} {}", n.to, n.key, n.thread, n.urgency, n.text.plain()));
            let dedupe = outcome.dedupe.clone().unwrap_or_default();
            format!("{} [{dedupe}]{}", outcome.summary, notices.collect::<String>())
        };
        let told = [
            told(Event::Failed, "main").await,
            told(Event::Passed, "main").await,
            told(Event::Failed, "dev").await,
            told(Event::Errored, "dev").await,
            told(Event::Pending, "dev").await,
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        failed → 3 chats [o/r:4711:failed:-]
          console:all Some("ci:O/R#18") None Loud [CI] O/R #18 failed: branch main
          console:main None None Loud [CI] O/R #18 failed: branch main
          console:thread Some("ci:O/R#18") Some("12") Loud [CI] O/R #18 failed: branch main
        passed → 2 chats [o/r:4711:passed:-]
          console:all Some("ci:O/R#18") None Normal [CI] O/R #18 passed: branch main
          console:main None None Normal [CI] O/R #18 passed: branch main
        failed → 2 chats [o/r:4711:failed:-]
          console:all Some("ci:O/R#18") None Loud [CI] O/R #18 failed: branch dev
          console:thread Some("ci:O/R#18") Some("12") Loud [CI] O/R #18 failed: branch dev
        errored → 1 chat [o/r:4711:errored:-]
          console:all Some("ci:O/R#18") None Loud [CI] O/R #18 errored: branch dev
        pending → 1 chat [o/r:4711:pending:-]
          console:all Some("ci:O/R#18") None Normal [CI] O/R #18 pending: branch dev
        "#);
    }

    #[tokio::test]
    async fn what_nobody_wants_is_said() {
        let bot = Bot::bare().start().await;
        let routes = routes(&bot);
        put(&routes, "o/r", "x", "failed branch=main").await;
        let outcome = routes.outcome(build(Event::Passed, "main")).await.unwrap();
        assert_eq!((outcome.summary.as_str(), outcome.dedupe), ("passed, which no route wants", None));
        let tag = Build { kind: Kind::Tag("v1".into()), ..build(Event::Failed, "v1") };
        assert_eq!(routes.outcome(tag).await.unwrap().notices, []);
        let unknown = Build::new("o/unknown".parse().unwrap(), "1", "1", Event::Failed);
        let refusal = routes.outcome(unknown).await.unwrap_err();
        assert!(matches!(&refusal, Refusal::Ignored(reason) if reason == "o/unknown has no route"), "{refusal:?}");
    }

    #[tokio::test]
    async fn tokens_without_a_route_are_swept() {
        let bot = Bot::bare().start().await;
        let routes = routes(&bot);
        put(&routes, "o/r", "x", "*").await;
        for repo in ["o/r", "o/gone"] {
            routes.tokens.put(&repo.into(), &Secret::new("s3cret")).await.unwrap();
        }
        assert!(routes.token_of(&"O/R".parse().unwrap()).await.unwrap().unwrap().matches(b"s3cret"));
        assert!(routes.token_of(&"o/gone".parse().unwrap()).await.unwrap().is_none());
        routes.sweep(&Tick { at: bot.clock().now(), failures: 0, clock: bot.clock().clone() }).await.unwrap();
        let left: Vec<String> = routes.tokens.all(&[]).await.unwrap().into_iter().map(|(repo, _)| repo).collect();
        assert_eq!(left, ["o/r"]);
    }
}
