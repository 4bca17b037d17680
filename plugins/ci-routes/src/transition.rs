//! Whether a result is a change, for senders that do not tell it.
use crate::{Event, Repo, shared::Of};
use factotum_plugin_api::{Host, Result, jiff::Timestamp};
use serde::{Deserialize, Serialize};

/// How many builds of a line are remembered: as many as may be told of twice or
/// out of their order.
const REMEMBERED: usize = 32;

/// What a result is called after the one before it.
///
/// | now | before | event |
/// |---|---|---|
/// | passed | failed | fixed |
/// | passed | passed, or nothing known | passed |
/// | failed | passed | broken |
/// | failed | failed | still failing |
/// | failed | nothing known | failed |
pub fn transition(passed_before: Option<bool>, passed: bool) -> Event {
    match (passed, passed_before) {
        (true, Some(false)) => Event::Fixed,
        (true, _) => Event::Passed,
        (false, Some(true)) => Event::Broken,
        (false, Some(false)) => Event::StillFailing,
        (false, None) => Event::Failed,
    }
}

/// The last decisive results of each line of builds.
pub struct Transitions {
    /// Of this sender, by repository and line, oldest result first. One record holds a line's
    /// whole memory, so that two builds at once cannot both follow the same one.
    results: Of<(String, String), Vec<Decided>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Decided {
    build: String,
    passed: bool,
    /// The result before it, kept since that one may be forgotten first.
    before: Option<bool>,
    /// When it began: results come in whatever order builds end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    began: Option<Timestamp>,
}

impl Transitions {
    /// Opens the table.
    ///
    /// # Errors
    /// Never with today's table name.
    pub fn open(host: &Host) -> Result<Self> {
        Ok(Transitions { results: Of::sender(host, "results")? })
    }
    /// What the result of `build` is called. `line` is what builds follow each
    /// other in, such as a branch; `build` names the result, so a sender whose
    /// restarted builds keep their id adds the attempt or the time to it.
    ///
    /// A build that is told of again gets the same answer, and one that began before
    /// others that have ended follows the one before it. Results that decide nothing
    /// (errored, canceled) are not to be given here.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn decide(
        &self,
        repo: &Repo,
        line: &str,
        build: &str,
        passed: bool,
        began: Option<Timestamp>,
    ) -> Result<Event> {
        let key = (repo.key(), line.to_owned());
        loop {
            let (mut decided, revision) = match self.results.get_at(&key).await? {
                Some((decided, revision)) => (decided, Some(revision)),
                None => (vec![], None),
            };
            if let Some(known) = decided.iter().find(|decided| decided.build == build) {
                return Ok(transition(known.before, passed));
            }
            let is_later = |known: &Decided| known.began.zip(began).is_some_and(|(known, new)| known > new);
            let place = decided.iter().rposition(|known| !is_later(known)).map_or(0, |at| at + 1);
            let before = place.checked_sub(1).map(|at| decided[at].passed);
            decided.insert(place, Decided { build: build.to_owned(), passed, before, began });
            decided.drain(..decided.len().saturating_sub(REMEMBERED));
            let written = match revision {
                Some(revision) => self.results.compare_and_swap(&key, revision, &decided).await?,
                None => self.results.create(&key, &decided).await?,
            };
            if written.is_some() {
                return Ok(transition(before, passed));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use factotum_testing::Bot;

    fn transitions(bot: &Bot) -> Transitions {
        Transitions::open(&Host::new("ci", bot.host().shared.clone(), bot.clock().clone())).unwrap()
    }

    #[tokio::test]
    async fn a_build_told_of_twice_is_decided_once() {
        let bot = Bot::bare().start().await;
        let transitions = transitions(&bot);
        let repo: Repo = "o/r".parse().unwrap();
        let story = [
            ("main", "1", false, Event::Failed),
            ("main", "1", false, Event::Failed),
            ("main", "2", false, Event::StillFailing),
            ("main", "3", true, Event::Fixed),
            ("dev", "4", true, Event::Passed),
            ("main", "5", true, Event::Passed),
            ("main", "6", false, Event::Broken),
            ("main", "3", true, Event::Fixed),
            ("main", "2", false, Event::StillFailing),
        ];
        for (line, build, passed, event) in story {
            assert_eq!(transitions.decide(&repo, line, build, passed, None).await.unwrap(), event, "{line} {build}");
        }
    }

    #[tokio::test]
    async fn a_build_follows_those_that_began_before_it() {
        let bot = Bot::bare().start().await;
        let transitions = transitions(&bot);
        let repo: Repo = "o/r".parse().unwrap();
        let story = [
            ("1", 10, true, Event::Passed),
            ("3", 30, false, Event::Broken),
            // It took longer than the one after it, and says nothing of how things are now.
            ("2", 20, true, Event::Passed),
            ("4", 40, false, Event::StillFailing),
            ("0", 5, false, Event::Failed),
            ("5", 50, true, Event::Fixed),
            ("2", 20, true, Event::Passed),
        ];
        for (build, at, passed, event) in story {
            let began = Some(Timestamp::from_second(at).unwrap());
            assert_eq!(transitions.decide(&repo, "main", build, passed, began).await.unwrap(), event, "{build}");
        }
    }

    #[tokio::test]
    async fn memory_stays_small() {
        let bot = Bot::bare().start().await;
        let transitions = transitions(&bot);
        let repo: Repo = "o/r".parse().unwrap();
        for n in 0..100 {
            transitions.decide(&repo, "main", &n.to_string(), n % 2 == 0, None).await.unwrap();
        }
        let kept = transitions.results.get(&("o/r".into(), "main".into())).await.unwrap().unwrap();
        assert_eq!(kept.len(), REMEMBERED);
    }
}
