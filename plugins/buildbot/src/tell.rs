//! From what happened on a master to notices: who wants to hear of it, and once.
//!
//! Both sources, the stream and the push, end here. The journal keeps each chat from
//! being told twice, whichever comes first and whatever is cut off in between.
use crate::{
    Buildbot, details,
    events::Event,
    feed,
    master::Master,
    model::{Build, Builder, Results},
    position::Missing,
    report,
};
use factotum_plugin_api::prelude::*;
use std::collections::BTreeSet;

/// What an event on a build is to bring: the master is asked before it is the event's
/// turn, so that a slow answer holds back no other question.
#[derive(Default)]
pub(crate) struct Plan {
    /// Each with the key by which it is posted once.
    notices: Vec<(Notice, String)>,
    /// The text for chats, where any is told.
    text: Option<Text>,
}

impl Buildbot {
    /// Tells of a build that runs, unless that is no news; gives how many chats were told.
    ///
    /// # Errors
    /// What is worth another try: the journal, or a master that cannot be reached.
    pub(crate) async fn build_started(
        &self,
        master: &Master,
        build: &Build,
        builder: Option<Builder>,
    ) -> Result<usize> {
        let plan = self.plan_started(master, build, builder).await?;
        self.tell_started(master, build, plan).await
    }
    /// Tells of a build that is over, unless that is no news; gives how many chats were
    /// told.
    ///
    /// # Errors
    /// As [`build_started`](Self::build_started).
    pub(crate) async fn build_finished(
        &self,
        master: &Master,
        build: &Build,
        builder: Option<Builder>,
    ) -> Result<usize> {
        let plan = self.plan_finished(master, build, builder).await?;
        self.tell_finished(master, build, plan).await
    }
    /// What is to be told of a build that runs: all that the master is asked for.
    pub(crate) async fn plan_started(&self, master: &Master, build: &Build, builder: Option<Builder>) -> Result<Plan> {
        if self.feed(master).position().is_known(build.id) {
            return Ok(Plan::default());
        }
        let mut chats = self.settings.chats(&master.name).await?;
        chats.retain(|(_, wanted)| wanted.contains(&Event::Started));
        let mut notices = self.room_notices(master, build, builder.clone(), Event::Started).await?;
        if !chats.is_empty() {
            let builder = self.builder(master, build.builder, builder).await?;
            if speaks_of(master, &builder) {
                let details = details::details(master, build, &self.host.clock).await;
                let text = self.from(master, report::started(build, &builder.name, &details));
                notices.extend(chats.into_iter().map(|(chat, _)| notice(master, build, chat, &text, "started")));
            }
        }
        Ok(Plan { notices, text: None })
    }
    /// Tells it, unless it is no news by now.
    pub(crate) async fn tell_started(&self, master: &Master, build: &Build, plan: Plan) -> Result<usize> {
        let feed = self.feed(master);
        let _turn = feed.turn(build.id).await;
        if feed.position().is_known(build.id) {
            return Ok(0);
        }
        let told = self.post_all(plan.notices).await?;
        feed.position().started(build.id);
        Ok(told)
    }
    /// Tells what was planned of the end of a build, unless it is no news by now.
    pub(crate) async fn tell_finished(&self, master: &Master, build: &Build, plan: Plan) -> Result<usize> {
        let feed = self.feed(master);
        let _turn = feed.turn(build.id).await;
        if feed.position().is_over(build.id) {
            return Ok(0);
        }
        let told = self.post_all(plan.notices).await?;
        self.tell_watchers(master, build, plan.text.as_ref()).await?;
        feed.position().over(build.id);
        Ok(told)
    }
    async fn post_all(&self, notices: Vec<(Notice, String)>) -> Result<usize> {
        let mut told = 0;
        for (notice, once) in notices {
            told += usize::from(self.host.outbox.post(notice, Some(once)).await?);
        }
        Ok(told)
    }
    /// What goes to the rooms and people that the config maps builders to.
    async fn room_notices(
        &self,
        master: &Master,
        build: &Build,
        builder: Option<Builder>,
        event: Event,
    ) -> Result<Vec<(Notice, String)>> {
        let Some(rooms) = &master.rooms else { return Ok(vec![]) };
        let builder = self.builder(master, build.builder, builder).await?;
        if !rooms.concerns(&builder.name) || !speaks_of(master, &builder) {
            return Ok(vec![]);
        }
        let Some(whole) = rooms.build(master, build.id).await? else { return Ok(vec![]) };
        let keyed = |notice: Notice| {
            let (what, to) = (if event == Event::Started { "started" } else { "finished" }, &notice.to);
            let once = format!("buildbot:{}:{}:{}:room:{what}:{to}", master.name, build.id, build.started_at);
            (notice, once)
        };
        Ok(rooms.messages(&whole, event).into_iter().map(keyed).collect())
    }
    /// Tells of the end of a build that chats watch and that nothing else told of.
    pub(crate) async fn watched_finished(&self, master: &Master, build: &Build) -> Result<()> {
        let _turn = self.feed(master).turn(build.id).await;
        self.tell_watchers(master, build, None).await
    }
    async fn tell_watchers(&self, master: &Master, build: &Build, text: Option<&Text>) -> Result<()> {
        for watch in self.settings.watchers(&master.name, build.id).await? {
            let text = match text {
                Some(text) => text.clone(),
                None => self.finished_text(master, build, None).await?,
            };
            let (notice, once) = notice(master, build, watch.chat.clone(), &text, "finished");
            self.host.outbox.post(notice, Some(once)).await?;
            self.settings.unwatch(&watch).await?;
        }
        Ok(())
    }
    /// What is to be told of a build that is over: all that the master is asked for.
    pub(crate) async fn plan_finished(&self, master: &Master, build: &Build, builder: Option<Builder>) -> Result<Plan> {
        if self.feed(master).position().is_over(build.id) {
            return Ok(Plan::default());
        }
        let mut notices = self.room_notices(master, build, builder.clone(), Event::Finished).await?;
        let chats = self.settings.chats(&master.name).await?;
        let watchers = self.settings.watchers(&master.name, build.id).await?;
        if chats.is_empty() && watchers.is_empty() {
            return Ok(Plan { notices, text: None });
        }
        let builder = self.builder(master, build.builder, builder).await?;
        let mut to: BTreeSet<ChatId> = watchers.iter().map(|watch| watch.chat.clone()).collect();
        if speaks_of(master, &builder) {
            let results = results_of(build);
            let mut events = report::events_of(results);
            let undecided = |wanted: &BTreeSet<Event>| wanted.is_disjoint(&events);
            let compares = |wanted: &BTreeSet<Event>| report::COMPARED.iter().any(|event| wanted.contains(event));
            let needed = chats.iter().any(|(_, wanted)| undecided(wanted) && compares(wanted));
            if needed
                && results.severity().is_some()
                && let Some(before) = self.before(master, build).await?
            {
                events.extend(report::events_beside(before, results));
            }
            to.extend(chats.into_iter().filter(|(_, wanted)| !wanted.is_disjoint(&events)).map(|(chat, _)| chat));
        }
        if to.is_empty() {
            return Ok(Plan { notices, text: None });
        }
        let text = self.finished_text(master, build, Some(builder)).await?;
        notices.extend(to.into_iter().map(|chat| notice(master, build, chat, &text, "finished")));
        Ok(Plan { notices, text: Some(text) })
    }
    async fn finished_text(&self, master: &Master, build: &Build, builder: Option<Builder>) -> Result<Text> {
        let builder = self.builder(master, build.builder, builder).await?;
        let details = details::details(master, build, &self.host.clock).await;
        Ok(self.from(master, report::finished(build, &builder.name, results_of(build), &details)))
    }
    /// The result to compare with; nothing where the master is there and cannot say.
    async fn before(&self, master: &Master, build: &Build) -> Result<Option<Results>> {
        let first = match details::before(master, build).await {
            Ok(before) => return Ok(before),
            Err(error) => error,
        };
        // Is it this question, or all of it? One build that it fails at must not keep
        // the others back for ever.
        master.about().await.map_err(|_| first)?;
        Ok(details::before(master, build).await.unwrap_or_else(|error| {
            let error = format!("{:#}", error.into_anyhow());
            tracing::warn!(master = master.name, build = build.id, error, "a build is compared with none");
            None
        }))
    }
    /// The builder of a build; `known` where whoever told of the build named it.
    async fn builder(&self, master: &Master, id: i64, known: Option<Builder>) -> Result<Builder> {
        let feed = self.feed(master);
        let now = self.host.clock.elapsed();
        if let Some(builder) = known.or_else(|| feed.builder(id, now)) {
            return Ok(builder);
        }
        let read: Option<Builder> = master.one("builders", &format!("builders/{id}")).await?;
        let unnamed = || Builder { id, name: format!("builder {id}"), tags: vec![], masters: vec![] };
        Ok(read.inspect(|builder| feed.keep_builder(builder, now)).unwrap_or_else(unnamed))
    }

    /// Tells of workers that are missing, as far as nobody was told.
    pub(crate) async fn workers_missing(&self, master: &Master) -> Result<()> {
        let feed = self.feed(master);
        let untold: Vec<(String, Missing)> = {
            let position = feed.position();
            let all = position.workers.missing.iter().filter(|(_, missing)| !missing.told);
            all.map(|(name, missing)| (name.clone(), missing.clone())).collect()
        };
        if untold.is_empty() {
            return Ok(());
        }
        // First, so that the same report after a crash has the same key.
        feed.save().await?;
        for (name, missing) in untold {
            let text = self.from(master, report::missing(&name, &missing));
            self.post_worker(master, &name, missing.at, "missing", &text).await?;
            if let Some(missing) = feed.position().workers.missing.get_mut(&name) {
                missing.told = true;
            }
        }
        feed.save().await
    }
    /// Tells that a worker is back that was missing.
    pub(crate) async fn worker_back(&self, master: &Master, name: &str) -> Result<()> {
        let feed = self.feed(master);
        let Some(missing) = feed.position().workers.missing.get(name).cloned() else { return Ok(()) };
        self.post_worker(master, name, missing.at, "back", &self.from(master, report::back(name))).await?;
        feed.position().workers.found(name);
        feed.save().await
    }
    async fn post_worker(&self, master: &Master, name: &str, at: i64, what: &str, text: &Text) -> Result<()> {
        for (chat, wanted) in self.settings.chats(&master.name).await? {
            if wanted.contains(&Event::Worker) {
                let once = format!("buildbot:{}:worker:{name}:{at}:{what}:{chat}", master.name);
                self.host.outbox.post(Notice::new(chat, text.clone()), Some(once)).await?;
            }
        }
        Ok(())
    }
    /// A sentence as chats read it: with several masters, which one it is of.
    fn from(&self, master: &Master, text: Text) -> Text {
        if self.masters.len() > 1 { bold(&master.name) + ": " + text } else { text }
    }
    pub(crate) fn feed(&self, master: &Master) -> &feed::Feed {
        self.feeds.get(&master.name).expect("each master has one from the start")
    }
}

/// A notice to one chat, once; a later one on the same build edits it.
fn notice(master: &Master, build: &Build, chat: ChatId, text: &Text, what: &str) -> (Notice, String) {
    let about = format!("buildbot:{}:{}", master.name, build.id);
    // A database begun anew gives the same ids to other builds.
    let once = format!("{about}:{}:{what}:{chat}", build.started_at);
    let mut notice = Notice::new(chat, text.clone()).about(about);
    notice.good = report::good_news(build.results);
    let bad = build.results.is_some_and(Results::is_bad);
    (if bad { notice.loud() } else { notice }, once)
}

/// Whether the config wants to hear of a builder.
fn speaks_of(master: &Master, builder: &Builder) -> bool {
    let tags = &master.config.tags;
    tags.is_empty() || builder.tags.iter().any(|tag| tags.contains(tag))
}

fn results_of(build: &Build) -> Results {
    build.results.unwrap_or(Results::Unknown)
}
