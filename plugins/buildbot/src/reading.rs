//! What commands read of a master, in as few calls as it takes: lists whole rather than
//! thing by thing, and no field that nobody shows.
use crate::{
    master::Master,
    model::{Build, Builder, Worker},
};
use factotum_plugin_api::prelude::*;
use futures_util::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet};

/// Builders in one call for their last builds.
const TOGETHER: usize = 100;
/// Builds read for each builder in such a call: busy builders hide the others' builds.
const DEEP: usize = 5;
/// What is read of a build.
const FIELDS: [&str; 8] =
    ["buildid", "number", "builderid", "started_at", "complete", "complete_at", "results", "state_string"];

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
    /// The builds of a builder that run.
    pub(crate) fn running_on(&self, builder: &Builder) -> Vec<&Build> {
        self.running.iter().filter(|build| build.builder == builder.id).collect()
    }
    /// The builders that build something.
    pub(crate) fn busy(&self) -> Vec<&Builder> {
        self.builders.iter().filter(|builder| !self.running_on(builder).is_empty()).collect()
    }
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
        let (builders, workers, running, ()) =
            tokio::try_join!(self.builders(), self.workers(), self.running(), self.know_its_address())?;
        let ours: BTreeSet<i64> = builders.iter().map(|builder| builder.id).collect();
        let running = running.into_iter().filter(|build| !build.complete && ours.contains(&build.builder)).collect();
        Ok(Now { builders, workers, running })
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
        let mut workers: Vec<Worker> = self.list("workers", "workers").await?;
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
