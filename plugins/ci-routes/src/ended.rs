//! Runs that have ended: requests overtake each other, so the beginning of a run and its
//! failed jobs may be told of after its end.
use crate::{Build, Event, Repo, shared::Of};
use factotum_plugin_api::{Host, Result, jiff::Timestamp};
use serde::{Deserialize, Serialize};

/// Runs of a repository that are remembered, and those of them that are kept with all that
/// their messages say. A record has 64 KiB; this is 58 KiB at worst.
const RUNS_MAX: usize = 32;
const BUILDS_MAX: usize = 6;
const BUILD_MAX: usize = 7 << 10; // bytes of JSON
const ID_MAX: usize = 72; // characters, of 6 bytes in JSON at worst

/// The last runs that ended, by repository.
pub(crate) struct Ended(Of<String, Vec<Run>>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Run {
    id: String,
    at: Option<Timestamp>,
    /// What was told of it, if it failed.
    failed: Option<Build>,
}

impl Ended {
    pub(crate) fn open(host: &Host) -> Result<Self> {
        Ok(Ended(Of::sender(host, "ended")?))
    }
    /// Remembers what a run has come to. No, where that is its beginning and its end was
    /// told of before.
    pub(crate) async fn note(&self, build: &Build) -> Result<bool> {
        let (key, id) = (build.repo.key(), short(&build.id));
        loop {
            let (known, revision) = match self.0.get_at(&key).await? {
                Some((known, revision)) => (known, Some(revision)),
                None => (vec![], None),
            };
            let mut runs: Vec<Run> = known.iter().filter(|run| run.id != id).cloned().collect();
            if build.event == Event::Pending {
                match known.iter().find(|run| run.id == id) {
                    None => return Ok(true),
                    Some(run) if build.started_at.or(build.finished_at) <= run.at => return Ok(false),
                    Some(_) => {} // it began again
                }
            } else {
                let failed = Some(build.brief()).filter(|build| build.event.is_bad());
                let failed =
                    failed.filter(|build| serde_json::to_string(build).is_ok_and(|json| json.len() <= BUILD_MAX));
                runs.push(Run { id: id.clone(), at: build.finished_at.or(build.started_at), failed });
                runs.drain(..runs.len().saturating_sub(RUNS_MAX));
                runs.iter_mut()
                    .rev()
                    .filter(|run| run.failed.is_some())
                    .skip(BUILDS_MAX)
                    .for_each(|run| run.failed = None);
            }
            let written = match revision {
                _ if runs == known => return Ok(true),
                Some(revision) => self.0.compare_and_swap(&key, revision, &runs).await?,
                None => self.0.create(&key, &runs).await?,
            };
            if written.is_some() {
                return Ok(true);
            }
        }
    }
    /// What was told of a run that failed, if that was told and is kept.
    pub(crate) async fn failed(&self, repo: &Repo, run: &str) -> Result<Option<Build>> {
        let runs = self.0.get(&repo.key()).await?.unwrap_or_default();
        Ok(runs.into_iter().filter_map(|run| run.failed).find(|build| build.id == run))
    }
}

fn short(id: &str) -> String {
    id.chars().take(ID_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;
    use factotum_testing::Bot;

    fn ended(bot: &Bot) -> Ended {
        Ended::open(&Host::new("ci", bot.host().shared.clone(), bot.clock().clone())).unwrap()
    }
    fn build(id: &str, event: Event, at: i64) -> Build {
        let at = Timestamp::from_second(at).unwrap();
        Build { started_at: Some(at), ..Build::new("o/r".parse().unwrap(), "1", id, event) }
    }

    #[tokio::test]
    async fn a_run_begins_again_only_later() {
        let bot = Bot::bare().start().await;
        let ended = ended(&bot);
        let story = [
            ("1", Event::Pending, 10, true),
            ("1", Event::Canceled, 20, true),
            ("1", Event::Pending, 10, false),
            ("2", Event::Pending, 10, true),
            ("1", Event::Pending, 30, true),
            ("1", Event::Pending, 30, true),
        ];
        for (id, event, at, told) in story {
            assert_eq!(ended.note(&build(id, event, at)).await.unwrap(), told, "{id} {event} {at}");
        }
    }

    #[tokio::test]
    async fn whatever_a_sender_tells_fits_into_the_record() {
        let bot = Bot::bare().start().await;
        let ended = ended(&bot);
        let long = || Some("\u{1}".repeat(100_000));
        for n in 10..60 {
            let number = long().unwrap();
            let build = Build {
                kind: Kind::PullRequest { number: Some(n.to_string()), title: long() },
                message: long(),
                author: long(),
                sha: long(),
                ..Build::new("o/r".parse().unwrap(), "1", format!("{n}{number}"), Event::Failed)
            };
            assert!(ended.note(&build).await.unwrap());
            assert!(ended.note(&Build { id: format!("{n}"), ..build }).await.unwrap());
        }
        let kept = ended.failed(&"o/r".parse().unwrap(), "59").await.unwrap().unwrap();
        assert_eq!(kept.message, Some(format!("{}…", "\u{1}".repeat(72))));
        assert_eq!(ended.failed(&"o/r".parse().unwrap(), "20").await.unwrap(), None);
    }
}
