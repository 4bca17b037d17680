//! What commands read of a master, in as few calls as it takes: lists whole rather than
//! thing by thing, and no field that nobody shows.
use crate::{
    master::Master,
    model::{Build, Builder, Worker},
    roster::Lists,
};
use factotum_plugin_api::prelude::*;
use futures_util::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet};

/// Builders in one call for their last builds.
const TOGETHER: usize = 100;
/// Builds read for each builder in such a call: busy builders hide the others' builds.
const DEEP: usize = 5;
/// Builds read of a single builder: one for each of its workers may run.
const ALONE: usize = 10;
/// What is read of a build.
const FIELDS: [&str; 8] =
    ["buildid", "number", "builderid", "started_at", "complete", "complete_at", "results", "state_string"];

/// The workers, without what each says of its machine.
const WORKERS: &str = "workers?field=workerid&field=name&field=connected_to&field=configured_on&field=paused&field=graceful&field=pause_reason";

/// A master at a moment.
pub(crate) struct Now {
    /// Those that the config lets the plugin speak of, by name.
    pub(crate) builders: Vec<Builder>,
    pub(crate) workers: Vec<Worker>,
    /// Builds of these builders that run.
    pub(crate) running: Vec<Build>,
}

impl Now {
    /// Whether a worker is there that could build it.
    pub(crate) fn is_online(&self, builder: &Builder) -> bool {
        let serves = |worker: &Worker| worker.configured_on.iter().any(|on| on.builder == builder.id);
        self.workers.iter().any(|worker| worker.is_connected() && serves(worker))
    }
    /// These builds run.
    pub(crate) fn run(&mut self, running: Vec<Build>) {
        let ours: BTreeSet<i64> = self.builders.iter().map(|builder| builder.id).collect();
        self.running = running.into_iter().filter(|build| !build.complete && ours.contains(&build.builder)).collect();
    }
    /// The builds of a builder that run.
    pub(crate) fn running_on(&self, builder: &Builder) -> Vec<&Build> {
        self.running.iter().filter(|build| build.builder == builder.id).collect()
    }
    /// The builders that build something.
    pub(crate) fn busy(&self) -> Vec<&Builder> {
        self.builders.iter().filter(|builder| !self.running_on(builder).is_empty()).collect()
    }
}

/// What the stream knows of the builds that run.
pub(crate) struct Heard {
    /// Up to this id all other builds are over.
    pub(crate) known_to: i64,
    pub(crate) running: BTreeSet<i64>,
}

/// What some builders built last.
pub(crate) struct Built {
    /// The builds that run, also those of other builders; the oldest first.
    pub(crate) running: Vec<Build>,
    /// The last finished build of each builder.
    pub(crate) last: BTreeMap<i64, Build>,
}

/// The thing of a name: the very one, else the one that differs in capitals alone.
pub(crate) fn named<'a, T>(things: &'a [T], name: &str, name_of: impl Fn(&T) -> &str) -> Option<&'a T> {
    let lower = name.to_lowercase();
    let exact = things.iter().find(|thing| name_of(thing) == name);
    exact.or_else(|| things.iter().find(|thing| name_of(thing).to_lowercase() == lower))
}

impl Master {
    /// Everything that runs or could.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn now(&self) -> Result<Now> {
        let (mut now, running) = tokio::try_join!(self.known(), self.running())?;
        now.run(running);
        Ok(now)
    }
    /// Everything that could run, without a call where the events tell of it.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn known(&self) -> Result<Now> {
        let lists = async {
            match self.roster.lists() {
                Some(lists) => Ok(lists),
                None => self.read_roster().await,
            }
        };
        let (Lists { builders, workers }, ()) = tokio::try_join!(lists, self.know_its_address())?;
        Ok(Now { builders, workers, running: vec![] })
    }
    /// Reads the builders and workers, and has them kept.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn read_roster(&self) -> Result<Lists> {
        let version = self.roster.version();
        let (builders, workers) = tokio::try_join!(self.builders(), self.workers())?;
        let lists = Lists { builders, workers };
        self.roster.keep(version, &lists);
        Ok(lists)
    }
    /// The builders with a tag of the config, all without one, by name.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn builders(&self) -> Result<Vec<Builder>> {
        let path = "builders?field=builderid&field=name&field=tags&field=masterids";
        let mut builders: Vec<Builder> = self.list("builders", path).await?;
        let tags = &self.config.tags;
        builders.retain(|builder| tags.is_empty() || builder.tags.iter().any(|tag| tags.contains(tag)));
        builders.sort_by_cached_key(|builder| (builder.name.to_lowercase(), builder.name.clone()));
        Ok(builders)
    }
    /// The builder of this name, in any case where none has the very name.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn find_builder(&self, name: &str) -> Result<Option<Builder>> {
        let (builders, ()) = tokio::try_join!(self.builders(), self.know_its_address())?;
        Ok(named(&builders, name, |builder| &builder.name).cloned())
    }
    /// As [`find_builder`](Self::find_builder).
    ///
    /// # Errors
    /// Also when there is none.
    pub(crate) async fn builder(&self, name: &str) -> Result<Builder> {
        self.find_builder(name).await?.ok_or_else(|| no_such("builder", name))
    }
    /// The workers, by name.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn workers(&self) -> Result<Vec<Worker>> {
        let mut workers: Vec<Worker> = self.list("workers", WORKERS).await?;
        workers.sort_by_cached_key(|worker| (worker.name.to_lowercase(), worker.name.clone()));
        Ok(workers)
    }
    /// All builds that run, the oldest first.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn running(&self) -> Result<Vec<Build>> {
        self.list("builds", &builds("complete=false&order=buildid")).await
    }
    /// A build by its id.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn build(&self, id: i64) -> Result<Option<Build>> {
        self.one("builds", &format!("builds/{id}")).await
    }
    /// A build by its number.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn build_of(&self, builder: &Builder, number: i64) -> Result<Option<Build>> {
        self.one("builds", &format!("builders/{}/builds/{number}", builder.id)).await
    }
    /// What these builders build, and what those of them that are `online` and idle built
    /// last; one call for a hundred of them. One more lists what runs where neither these
    /// calls nor the stream prove that no running build is hidden behind newer ones, and
    /// some more find last builds that are.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn built(&self, builders: &[i64], online: &BTreeSet<i64>, heard: Option<Heard>) -> Result<Built> {
        let parts = builders.chunks(TOGETHER).map(|part| self.newest(part.to_vec()));
        let parts = try_join_all(parts).await?;
        let from = parts.iter().map(|(from, _)| *from).max().unwrap_or(0);
        let found: Vec<Build> = parts.into_iter().flat_map(|(_, found)| found).collect();
        let listed: BTreeSet<i64> = found.iter().map(|build| build.id).collect();
        let shown = |id: &i64| *id >= from || listed.contains(id);
        let proven =
            from == 0 || heard.is_some_and(|heard| from <= heard.known_to + 1 && heard.running.iter().all(shown));
        let mut running: Vec<Build> = match proven {
            true => found.clone(),
            false => self.running().await?,
        };
        running.retain(|build| !build.complete);
        running.sort_by_key(|build| build.id);
        let mut last = BTreeMap::new();
        for build in found.into_iter().filter(|build| build.complete) {
            last.entry(build.builder).or_insert(build); // the newest comes first
        }
        if from > 0 {
            let idle = |id: &&i64| online.contains(id) && !running.iter().any(|build| build.builder == **id);
            let hidden: Vec<i64> = builders.iter().filter(idle).filter(|id| !last.contains_key(id)).copied().collect();
            last.extend(self.last_builds(&hidden).await?);
        }
        Ok(Built { running, last })
    }
    /// The newest builds of these builders, and the id from which on they are all that
    /// there are.
    async fn newest(&self, builders: Vec<i64>) -> Result<(i64, Vec<Build>)> {
        let limit = if let [_] = builders[..] { ALONE } else { builders.len() * DEEP };
        let ids: String = builders.iter().map(|id| format!("&builderid={id}")).collect();
        let found: Vec<Build> = self.list("builds", &builds(&format!("order=-buildid&limit={limit}{ids}"))).await?;
        let oldest = found.last().filter(|_| found.len() >= limit);
        Ok((oldest.map_or(0, |build| build.id), found))
    }
    /// The last finished build of each of these builders, by builder; one call for a
    /// hundred of them, and some more where a few builders have built nearly everything.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn last_builds(&self, builders: &[i64]) -> Result<BTreeMap<i64, Build>> {
        let parts = builders.chunks(TOGETHER).map(|part| self.last_builds_of(part.to_vec()));
        Ok(try_join_all(parts).await?.into_iter().flatten().collect())
    }
    async fn last_builds_of(&self, mut missing: Vec<i64>) -> Result<BTreeMap<i64, Build>> {
        let mut last = BTreeMap::new();
        // Each round finds at least one of those that have any.
        while !missing.is_empty() {
            let limit = if let [_] = missing[..] { 1 } else { missing.len() * DEEP };
            let ids: String = missing.iter().map(|id| format!("&builderid={id}")).collect();
            let path = builds(&format!("complete=true&order=-buildid&limit={limit}{ids}"));
            let found: Vec<Build> = self.list("builds", &path).await?;
            let all = found.len() < limit;
            for build in found {
                last.entry(build.builder).or_insert(build); // the newest comes first
            }
            let before = missing.len();
            missing.retain(|id| !last.contains_key(id));
            if all || missing.len() == before {
                break;
            }
        }
        Ok(last)
    }
    /// Learns once where people open it, for links; what is wrong with that is for the
    /// other calls to tell.
    async fn know_its_address(&self) -> Result<()> {
        if !self.is_shown()
            && let Err(error) = self.about().await
        {
            tracing::debug!(master = self.name, error = format!("{:#}", error.into_anyhow()), "no address of pages");
        }
        Ok(())
    }
}

/// A list of builds with the fields that are read.
fn builds(filter: &str) -> String {
    let fields: String = FIELDS.iter().map(|field| format!("&field={field}")).collect();
    format!("builds?{filter}{fields}")
}

/// In Buildbot's words.
pub(crate) fn no_such(what: &str, name: &str) -> Error {
    user_error(format!("no such {what} '{name}'"))
}
