//! Jobs that failed: senders that tell of a run do not say which of its jobs did, and tell
//! of jobs one by one, before it or after.
use crate::{Job, Repo, shared::Of};
use factotum_plugin_api::{Host, Result};
use serde::{Deserialize, Serialize};

/// Runs of a repository that are remembered, and jobs of a run. A record has 64 KiB, and
/// a character may take 6 bytes in JSON: this is 54 KiB at worst.
const RUNS_MAX: usize = 8;
const JOBS_MAX: usize = 7;
const NAME_MAX: usize = 72; // characters, as many as are shown
const URL_MAX: usize = 250; // bytes; GitHub's have 80 and the repository's name

/// What stands for the failed jobs that are not remembered.
const OTHERS: &str = "others";

/// The failed jobs of the last runs, by repository.
pub(crate) struct Failing(Of<String, Vec<Run>>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Run {
    id: String,
    jobs: Vec<(String, Option<String>)>,
    /// Whether there were more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

impl Failing {
    pub(crate) fn open(host: &Host) -> Result<Self> {
        Ok(Failing(Of::sender(host, "failing")?))
    }
    /// Remembers a job; one of the same name is replaced.
    pub(crate) async fn add(&self, repo: &Repo, run: &str, job: &Job) -> Result<()> {
        let name: String = job.name.chars().take(NAME_MAX).collect();
        let url = job.url.clone().filter(|url| url.len() <= URL_MAX && !url.contains(char::is_control));
        loop {
            let old = self.0.get_at(&repo.key()).await?;
            let mut runs = old.as_ref().map(|(runs, _)| runs.clone()).unwrap_or_default();
            let at = runs.iter().position(|known| known.id == run).unwrap_or_else(|| {
                runs.push(Run { id: run.chars().take(NAME_MAX).collect(), jobs: vec![], more: false });
                runs.len() - 1
            });
            let Run { jobs, more, .. } = &mut runs[at];
            jobs.retain(|(known, _)| *known != name);
            match jobs.len() < JOBS_MAX {
                true => jobs.push((name.clone(), url.clone())),
                false => *more = true,
            }
            runs.drain(..runs.len().saturating_sub(RUNS_MAX));
            let written = match old {
                Some((_, revision)) => self.0.compare_and_swap(&repo.key(), revision, &runs).await?,
                None => self.0.create(&repo.key(), &runs).await?,
            };
            if written.is_some() {
                return Ok(());
            }
        }
    }
    /// Those of a run.
    pub(crate) async fn of(&self, repo: &Repo, run: &str) -> Result<Vec<Job>> {
        let runs = self.0.get(&repo.key()).await?.unwrap_or_default();
        let Some(Run { jobs, more, .. }) = runs.into_iter().find(|known| known.id == run) else { return Ok(vec![]) };
        let others = more.then(|| (OTHERS.to_owned(), None));
        let jobs = jobs.into_iter().chain(others);
        Ok(jobs.map(|(name, url)| Job { name, failed: true, may_fail: false, url }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use factotum_testing::Bot;

    fn job(name: String, url: String) -> Job {
        Job { name, failed: true, may_fail: false, url: Some(url) }
    }

    #[tokio::test]
    async fn whatever_a_sender_tells_fits_into_the_record() {
        let bot = Bot::bare().start().await;
        let host = Host::new("ci", bot.host().shared.clone(), bot.clock().clone());
        let (failing, repo) = (Failing::open(&host).unwrap(), "o/r".parse().unwrap());
        for run in 0..12 {
            for n in 10..20 {
                let job = job(format!("{n}{}", "\u{1}".repeat(900)), "\"".repeat(250));
                failing.add(&repo, &format!("{run}{}", "\u{1}".repeat(900)), &job).await.unwrap();
            }
        }
        for n in 0..10 {
            failing.add(&repo, "7", &job(format!("job {}", n % 3), "https://ci/7".into())).await.unwrap();
        }
        let names: Vec<String> = failing.of(&repo, "7").await.unwrap().into_iter().map(|job| job.name).collect();
        assert_eq!(names, ["job 1", "job 2", "job 0"]);
        assert_eq!(failing.of(&repo, "8").await.unwrap(), []);
        let long = job("long".into(), format!("https://ci/{}", "x".repeat(250)));
        failing.add(&repo, "8", &long).await.unwrap();
        assert_eq!(failing.of(&repo, "8").await.unwrap()[0].url, None);
    }
}
