//! A build as a sender told of it, and the line that a chat gets to read.
//!
//! All values come from strangers: they go into the text as plain spans, as
//! they were typed, and only their length is cut.
use crate::{Event, Repo};
use factotum_plugin_api::{
    jiff::Timestamp,
    notice::Good,
    text::{Text, bold, code, link, state},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const SHA_SHOWN: usize = 8; // characters; enough to be unique in a large repository
const VALUE_MAX: usize = 72; // characters of a subject, title or name; where git itself wraps
const JOBS_SHOWN: usize = 20; // of each kind; a matrix may have hundreds

/// What a sender told of a build. [`Build::new`] has what is always known; the
/// rest is filled in as far as the sender tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Build {
    /// Of which repository.
    pub repo: Repo,
    /// Its number as people know it: `18`.
    pub number: String,
    /// What the sender knows it by; a restarted build may keep it.
    pub id: String,
    /// What it has come to.
    pub event: Event,
    /// What it was made for.
    pub kind: Kind,
    /// Its branch; for a pull request the one it shall go into, for a tag the tag.
    pub branch: Option<String>,
    /// The commit's whole hash; its first 8 characters are shown.
    pub sha: Option<String>,
    /// The commit's message; its first line is shown.
    pub message: Option<String>,
    /// Who wrote the commit.
    pub author: Option<String>,
    /// Their mail address: never shown, it only finds whom `!people` says to mention.
    pub author_mail: Option<String>,
    /// Its workflow, pipeline or context, where a repository has several; then `id`
    /// names the run, and each run has a message of its own.
    pub workflow: Option<String>,
    /// What results follow each other in, where it is not the branch, tag or pull
    /// request: a fork's branch.
    pub line: Option<String>,
    /// How long it ran; taken from the two times where it is not told.
    pub duration: Option<Duration>,
    /// Its page.
    pub url: Option<String>,
    /// Its jobs; the failed ones are shown where there are several.
    pub jobs: Vec<Job>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// What is told instead, where it is no build.
    pub said: Option<Said>,
}

/// What a sender tells of that is no build, such as a group of alerts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// All that follows `[title]`.
    pub text: Text,
    /// What its messages are about, instead of the number.
    pub about: String,
    /// What makes a second message superfluous.
    pub dedupe: String,
    /// Whether somebody shall be called; else the message there is, is edited.
    pub rings: bool,
}

/// What a build was made for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Commits on a branch.
    #[default]
    Push,
    /// This tag.
    Tag(String),
    /// A pull request.
    PullRequest {
        /// Its number, where it is told.
        number: Option<String>,
        /// Its title, where it is told.
        title: Option<String>,
    },
    /// A merge request, which is GitLab's pull request.
    MergeRequest {
        /// Its number, where it is told.
        number: Option<String>,
        /// Its title, where it is told.
        title: Option<String>,
    },
    /// A timetable.
    Cron,
    /// A call of the sender's API.
    Api,
}

/// A job of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its number or name: `18.2`.
    pub name: String,
    /// Whether it went wrong.
    pub failed: bool,
    /// Whether it may go wrong without the build doing so.
    pub may_fail: bool,
    /// Its page, where it is told: then it is named where it is the only one too.
    pub url: Option<String>,
}

/// The longest address that is shown, in characters; browsers take about as much.
const URL_MAX: usize = 2_000;

/// Whether a sender's word can be shown as an address: one on the web, in one line.
pub(crate) fn is_address(url: &str) -> bool {
    let web = url.starts_with("https://") || url.starts_with("http://");
    web && url.chars().count() <= URL_MAX && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

impl Build {
    /// A build of which nothing more is known.
    pub fn new(repo: Repo, number: impl Into<String>, id: impl Into<String>, event: Event) -> Self {
        Build {
            repo,
            number: number.into(),
            id: id.into(),
            event,
            kind: Kind::Push,
            branch: None,
            sha: None,
            message: None,
            author: None,
            author_mail: None,
            workflow: None,
            line: None,
            duration: None,
            url: None,
            jobs: vec![],
            started_at: None,
            finished_at: None,
            said: None,
        }
    }
    /// The message for chats: one line that begins with `[title]`, and a second
    /// one with the failed jobs of a bad result; or what is said instead.
    pub fn text(&self, title: &str) -> Text {
        let mut text = Text::default();
        if !title.is_empty() {
            text = text + "[" + title + "] ";
        }
        if let Some(said) = &self.said {
            return text + said.text.clone();
        }
        let word = state(self.event.state(), self.event.words());
        text = text + bold(&self.repo);
        if let Some(workflow) = &self.workflow {
            text = text + " " + one_line(workflow);
        }
        if !self.number.is_empty() {
            text = text + " #" + one_line(&self.number);
        }
        text = text + " " + word;
        if let Some(what) = self.what() {
            text = text + ": " + what;
        }
        if let Some(sha) = &self.sha {
            text = text + " at " + code(one_line(&sha.chars().take(SHA_SHOWN).collect::<String>()));
        }
        if let Some(subject) = self.message.as_deref().and_then(|message| message.lines().find(|line| !line.is_empty()))
        {
            text = text + ", \"" + one_line(subject) + "\"";
        }
        if let Some(author) = &self.author {
            text = text + " by " + one_line(author);
        }
        if let Some(elapsed) = self.elapsed() {
            text = text + " (" + spoken(elapsed) + ")";
        }
        if let Some(url) = self.url.as_deref().filter(|url| is_address(url)) {
            text = text + " " + link(url, url);
        }
        match self.failed_jobs() {
            Some(jobs) => text + "\n" + jobs,
            None => text,
        }
    }
    /// The same with no more of its words than a message shows, to be kept: its text, what
    /// it is about and its dedupe key are the same.
    pub(crate) fn brief(&self) -> Build {
        let mut brief = self.clone();
        let subject = brief.message.as_deref().and_then(|message| message.lines().find(|line| !line.is_empty()));
        brief.message = subject.map(str::to_owned);
        brief.sha = brief.sha.map(|sha| sha.chars().take(SHA_SHOWN).collect());
        let (tag, number, title) = match &mut brief.kind {
            Kind::Tag(tag) => (Some(tag), None, None),
            Kind::PullRequest { number, title } | Kind::MergeRequest { number, title } => {
                (None, number.as_mut(), title.as_mut())
            }
            Kind::Push | Kind::Cron | Kind::Api => (None, None, None),
        };
        let fields = [&mut brief.message, &mut brief.author, &mut brief.workflow].into_iter().flatten();
        for word in fields.chain([tag, number, title].into_iter().flatten()) {
            *word = one_line(word);
        }
        brief
    }
    /// What makes a second message about the same thing superfluous: the
    /// repository, the build, what it came to, and when, since a restarted build
    /// may keep its id.
    pub fn dedupe_key(&self) -> String {
        if let Some(said) = &self.said {
            return said.dedupe.clone();
        }
        let when = self.finished_at.or(self.started_at).map_or("-".into(), |at| at.to_string());
        format!("{}:{}:{}:{when}", self.repo.key(), self.id, self.event)
    }
    /// What its messages are about: this build, or this run of a workflow.
    pub fn about(&self) -> String {
        if let Some(said) = &self.said {
            return said.about.clone();
        }
        let which = if self.workflow.is_some() { &self.id } else { &self.number };
        format!("{}#{which}", self.repo)
    }
    /// Whether its message calls somebody.
    pub(crate) fn rings(&self) -> bool {
        self.said.as_ref().map_or(self.event.is_bad(), |said| said.rings)
    }
    /// What it is among others that came at the same time, where it is good news.
    pub(crate) fn good(&self) -> Option<Good> {
        match self.event {
            _ if self.said.is_some() => None,
            Event::Passed => Some(Good::Passed),
            Event::Fixed => Some(Good::Fixed),
            Event::Pending => Some(Good::Started),
            Event::Broken | Event::Failed | Event::StillFailing | Event::Errored => None,
            Event::Canceled | Event::Other(_) => None,
        }
    }
    /// What its results follow each other in: the workflow on a branch, a tag, or for a
    /// pull request.
    pub(crate) fn line_of_results(&self) -> String {
        let made_for = match (&self.line, &self.kind) {
            (Some(line), _) => line.clone(),
            (None, Kind::Tag(tag)) => format!("tag {tag}"),
            (
                None,
                Kind::PullRequest { number: Some(number), .. } | Kind::MergeRequest { number: Some(number), .. },
            ) => {
                format!("pull request {number}")
            }
            (None, _) => self.branch.clone().unwrap_or_default(),
        };
        // No branch and no line of a workflow's name has a line feed in it.
        format!("{}\n{made_for}", one_line(self.workflow.as_deref().unwrap_or_default()))
    }
    /// What it was made for, as far as that is known.
    fn what(&self) -> Option<String> {
        let branch = self.branch.as_deref().map(one_line);
        Some(match (&self.kind, branch) {
            (Kind::Push, branch) => return branch.map(|branch| format!("branch {branch}")),
            (Kind::Tag(tag), _) => format!("tag {}", one_line(tag)),
            (Kind::PullRequest { number, title }, branch) => asked("pull request", '#', number, title, branch),
            (Kind::MergeRequest { number, title }, branch) => asked("merge request", '!', number, title, branch),
            (Kind::Cron, Some(branch)) => format!("cron build of branch {branch}"),
            (Kind::Cron, None) => "cron build".into(),
            (Kind::Api, Some(branch)) => format!("API build of branch {branch}"),
            (Kind::Api, None) => "API build".into(),
        })
    }
    fn elapsed(&self) -> Option<Duration> {
        let between = || Duration::try_from(self.finished_at?.duration_since(self.started_at?)).ok();
        self.duration.or_else(between)
    }
    fn failed_jobs(&self) -> Option<Text> {
        let linked = self.jobs.iter().any(|job| job.failed && job.url.is_some());
        if self.jobs.len() < 2 && !linked || !self.event.is_bad() {
            return None;
        }
        let names = |may_fail: bool| {
            let failed = self.jobs.iter().filter(|job| job.failed && job.may_fail == may_fail);
            let names: Vec<Text> = failed.map(Job::shown).collect();
            let more = names.len().saturating_sub(JOBS_SHOWN);
            let shown = Text::join(", ", names.into_iter().take(JOBS_SHOWN));
            if more > 0 { shown + format!(" and {more} more") } else { shown }
        };
        let (failed, allowed) = (names(false), names(true));
        let noun = if linked && self.jobs.len() == 1 { "failed job: " } else { "failed jobs: " };
        let named = |failed: Text| if failed.is_empty() { Text::from("none") } else { failed };
        match (failed.is_empty(), allowed.is_empty()) {
            (true, true) => None,
            (false, true) => Some(Text::from(noun) + failed),
            (_, false) => Some(Text::from(noun) + named(failed) + " (allowed to fail: " + allowed + ")"),
        }
    }
}

impl Job {
    fn shown(&self) -> Text {
        let name = one_line(&self.name);
        match self.url.as_deref().filter(|url| is_address(url)) {
            Some(url) => link(name, url),
            None => name.into(),
        }
    }
}

/// `pull request #42 "Fix it"`, or where it shall go.
fn asked(word: &str, sign: char, number: &Option<String>, title: &Option<String>, branch: Option<String>) -> String {
    match (number, branch) {
        (Some(number), _) => {
            let title = title.as_deref().map(|title| format!(" \"{}\"", one_line(title)));
            format!("{word} {sign}{}{}", one_line(number), title.unwrap_or_default())
        }
        (None, Some(branch)) => format!("{word} into {branch}"),
        (None, None) => word.to_owned(),
    }
}

/// A value as it may stand within the line: line feeds as spaces, cut with `…`.
pub(crate) fn one_line(value: &str) -> String {
    let mut chars = value.trim_end().chars();
    let head: String = chars.by_ref().take(VALUE_MAX).map(|c| if c == '\n' || c == '\r' { ' ' } else { c }).collect();
    match chars.next() {
        Some(_) => format!("{}…", head.trim_end()),
        None => head,
    }
}

/// `32s`, `5m`, `17m 3s`, `1h 2m 5s`.
pub(crate) fn spoken(duration: Duration) -> String {
    let secs = duration.as_secs();
    let parts = [(secs / 3600, 'h'), (secs / 60 % 60, 'm'), (secs % 60, 's')];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if parts.is_empty() { "0s".into() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn build(event: Event) -> Build {
        Build {
            branch: Some("main".into()),
            sha: Some("3a092c3a6032ebb50384c99b445f947e9ce86e2a".into()),
            message: Some("Fix the parser\n\nAt last.".into()),
            author: Some("Ann".into()),
            duration: Some(Duration::from_secs(32)),
            url: Some("https://ci/18".into()),
            ..Build::new("o/r".parse().unwrap(), "18", "4711", event)
        }
    }
    fn job(name: &str, failed: bool, may_fail: bool) -> Job {
        Job { name: name.into(), failed, may_fail, url: None }
    }

    #[test]
    fn kinds_of_builds() {
        let kinds = [
            Kind::Push,
            Kind::Tag("v1.2.0".into()),
            Kind::PullRequest { number: Some("42".into()), title: Some("Fix <b>tags</b> & *stars*".into()) },
            Kind::PullRequest { number: Some("42".into()), title: None },
            Kind::PullRequest { number: None, title: Some("no number".into()) },
            Kind::Cron,
            Kind::Api,
        ];
        let lines = kinds.map(|kind| Build { kind, ..build(Event::Passed) }.text("CI").plain());
        insta::assert_snapshot!(lines.join("\n"), @r#"
        [CI] o/r #18 passed: branch main at 3a092c3a, "Fix the parser" by Ann (32s) https://ci/18
        [CI] o/r #18 passed: tag v1.2.0 at 3a092c3a, "Fix the parser" by Ann (32s) https://ci/18
        [CI] o/r #18 passed: pull request #42 "Fix <b>tags</b> & *stars*" at 3a092c3a, "Fix the parser" by Ann (32s) https://ci/18
        [CI] o/r #18 passed: pull request #42 at 3a092c3a, "Fix the parser" by Ann (32s) https://ci/18
        [CI] o/r #18 passed: pull request into main at 3a092c3a, "Fix the parser" by Ann (32s) https://ci/18
        [CI] o/r #18 passed: cron build of branch main at 3a092c3a, "Fix the parser" by Ann (32s) https://ci/18
        [CI] o/r #18 passed: API build of branch main at 3a092c3a, "Fix the parser" by Ann (32s) https://ci/18
        "#);
    }

    #[test]
    fn only_what_is_good_may_be_told_with_others() {
        let good = |event: &Event| build(*event).good().map(|good| (*event, good));
        let all: Vec<_> = Event::ALL.iter().filter_map(good).collect();
        let (started, passed, fixed) = (Good::Started, Good::Passed, Good::Fixed);
        assert_eq!(all, [(Event::Pending, started), (Event::Passed, passed), (Event::Fixed, fixed)]);
        let said = Said { text: "x".into(), about: "x".into(), dedupe: "x".into(), rings: false };
        assert_eq!(Build { said: Some(said), ..build(Event::Fixed) }.good(), None, "alerts are no builds");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let bare = Build::new("o/r".parse().unwrap(), "18", "4711", Event::StillFailing);
        let with = |kind| Build { kind, ..bare.clone() }.text("").plain();
        let none = Kind::PullRequest { number: None, title: None };
        insta::assert_snapshot!([with(Kind::Push), with(none), with(Kind::Cron), with(Kind::Api)].join("\n"), @"
        o/r #18 still failing
        o/r #18 still failing: pull request
        o/r #18 still failing: cron build
        o/r #18 still failing: API build
        ");
    }

    #[test]
    fn values_stay_values() {
        let message = "<b>x</b> *y* [z](https://evil) @all \u{1b}[31m \u{202e}";
        let build =
            Build { message: Some(message.into()), url: Some("javascript:alert(1)".into()), ..build(Event::Failed) };
        assert!(build.text("CI").plain().contains(message), "as typed");
        insta::assert_snapshot!(build.text("CI").html().replace(['\u{1b}', '\u{202e}'], ""), @"[CI] <b>o/r</b> #18 ❌ <b>failed</b>: branch main at <code>3a092c3a</code>, &quot;&lt;b&gt;x&lt;/b&gt; *y* [z](https://evil) @all [31m &quot; by Ann (32s)");
    }

    #[test]
    fn long_values_are_cut() {
        let subject = |message: &str| Build { message: Some(message.into()), ..build(Event::Passed) }.text("").plain();
        assert!(subject(&"ü".repeat(72)).contains(&format!("\"{}\"", "ü".repeat(72))));
        assert!(subject(&"ü".repeat(73)).contains(&format!("\"{}…\"", "ü".repeat(72))));
        assert!(subject("\n\nfirst\nsecond").contains(", \"first\" by"));
        assert!(!subject("").contains('"'));
    }

    #[test]
    fn jobs_of_a_bad_result() {
        let second_line = |event, jobs: Vec<Job>| {
            let text = Build { jobs, ..build(event) }.text("CI").plain();
            text.split_once('\n').map(|(_, line)| line.to_owned()).unwrap_or_default()
        };
        let some = vec![job("18.1", false, false), job("18.2", true, false), job("18.4", true, false)];
        assert_eq!(second_line(Event::Failed, some.clone()), "failed jobs: 18.2, 18.4");
        assert_eq!(second_line(Event::Passed, some.clone()), "");
        let allowed = [some, vec![job("18.5", true, true)]].concat();
        assert_eq!(second_line(Event::Broken, allowed), "failed jobs: 18.2, 18.4 (allowed to fail: 18.5)");
        assert_eq!(second_line(Event::Failed, vec![job("18.1", true, false)]), "", "one job is the build");
        let only_allowed = vec![job("18.1", false, false), job("18.5", true, true)];
        assert_eq!(second_line(Event::Errored, only_allowed), "failed jobs: none (allowed to fail: 18.5)");
        let many = (0..40).map(|n| job(&format!("18.{n}"), true, false)).collect();
        assert!(second_line(Event::Failed, many).ends_with("18.19 and 20 more"));
    }

    #[test]
    fn durations() {
        for (secs, shown) in [(0, "0s"), (32, "32s"), (300, "5m"), (1023, "17m 3s"), (3725, "1h 2m 5s"), (7200, "2h")] {
            assert_eq!(spoken(Duration::from_secs(secs)), shown);
        }
        let (start, end) = ("2026-03-18T10:28:09Z".parse().unwrap(), "2026-03-18T10:33:09Z".parse().unwrap());
        let timed = Build { started_at: Some(start), finished_at: Some(end), duration: None, ..build(Event::Passed) };
        assert_eq!(timed.elapsed(), Some(Duration::from_secs(300)));
        let back = Build { started_at: Some(end), finished_at: Some(start), ..timed };
        assert_eq!(back.elapsed(), None);
    }

    #[test]
    fn a_restart_is_no_duplicate() {
        let at =
            |finished_at: &str| Build { finished_at: finished_at.parse().ok(), ..build(Event::Failed) }.dedupe_key();
        assert_eq!(at("2026-03-18T10:33:09Z"), "o/r:4711:failed:2026-03-18T10:33:09Z");
        assert_ne!(at("2026-03-18T10:33:09Z"), at("2026-03-18T11:33:09Z"));
        assert_eq!(at(""), "o/r:4711:failed:-");
    }

    proptest! {
        #[test]
        fn one_line_whatever_comes(message in "(?s).{0,200}", author in "(?s).{0,200}", branch in "(?s).{0,200}") {
            let build = Build { message: Some(message), author: Some(author), branch: Some(branch), ..build(Event::Failed) };
            let text = build.text("CI").plain();
            prop_assert!(!text.contains('\n'));
            prop_assert!(text.chars().count() < 400);
        }
    }
}
