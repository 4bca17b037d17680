//! What the host promised and what the chats got: which requests were answered
//! 2xx, which builds were shown, and what of that may not be.
//!
//! Each sender posts the builds 1, 2, 3 … of its own repository, the next one only
//! when the one before is answered. So a chat must show them in this order.
use regex::Regex;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::LazyLock,
};

/// How many messages a power cut may show again, over all chats: that something was
/// posted is synced with the next write that must be there, or at the latest with
/// the eighth of its kind (`SYNC_EVERY` in the host's journal/writer.rs).
const UNSYNCED: usize = 8;

/// What the repositories' owner is called.
pub(crate) const OWNER: &str = "crash";

/// A build: the number of its sender, and its own.
type Build = (usize, u32);

/// The requests of one run of the tool on one data folder, and what came of them.
pub(crate) struct Ledger {
    senders: Vec<Sender>,
    /// What each chat showed last, the newest at the end.
    last: BTreeMap<String, VecDeque<Build>>,
    run: Run,
    /// Messages that a chat got twice.
    pub(crate) repeated: u32,
    /// Requests that were answered 2xx and reached no chat, or not all.
    pub(crate) lost: u32,
    /// Sentences about what must not be.
    pub(crate) wrong: Vec<String>,
}

struct Sender {
    /// Builds up to this one were answered 2xx.
    accepted: u32,
    /// Builds up to this one were posted.
    sent: u32,
    /// By chat.
    shown: BTreeMap<&'static str, Shown>,
}

/// What must be known of a run of the host to judge what it repeats.
struct Run {
    /// How the run before it ended.
    before: Ended,
    /// What each chat had shown last by then.
    last: BTreeMap<String, VecDeque<Build>>,
    /// How often each chat was shown something again.
    repeated: BTreeMap<String, u32>,
}

/// What a chat has of a sender.
#[derive(Default)]
struct Shown {
    highest: u32,
    /// Below `highest`, and not shown.
    missing: BTreeSet<u32>,
}

/// How a run of the host ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By itself, after it was asked to.
    Well,
    /// Without warning.
    Cut,
    /// With the power of its disk.
    PowerCut,
}

impl Ledger {
    /// `chats` has the chats of each sender.
    pub(crate) fn new(chats: &[Vec<&'static str>]) -> Self {
        let shown = |chats: &Vec<&'static str>| chats.iter().map(|chat| (*chat, Shown::default())).collect();
        let senders = chats.iter().map(|chats| Sender { accepted: 0, sent: 0, shown: shown(chats) }).collect();
        let run = Run { before: Ended::Well, last: BTreeMap::new(), repeated: BTreeMap::new() };
        Ledger { senders, last: BTreeMap::new(), run, repeated: 0, lost: 0, wrong: vec![] }
    }
    /// The host is started; `before` is how it ended before.
    pub(crate) fn begin_run(&mut self, before: Ended) {
        self.run = Run { before, last: self.last.clone(), repeated: BTreeMap::new() };
    }
    /// The sender posted builds up to `sent`, and those up to `accepted` were answered 2xx.
    pub(crate) fn posted(&mut self, sender: usize, sent: u32, accepted: u32) {
        let sender = &mut self.senders[sender];
        (sender.sent, sender.accepted) = (sender.sent.max(sent), sender.accepted.max(accepted));
    }
    /// The last build that was answered 2xx.
    pub(crate) fn accepted(&self, sender: usize) -> u32 {
        self.senders[sender].accepted
    }
    /// Whether a build was posted whose answer never came.
    pub(crate) fn in_doubt(&self, sender: usize) -> bool {
        self.senders[sender].sent > self.senders[sender].accepted
    }
    /// How many requests were answered 2xx.
    pub(crate) fn acknowledged(&self) -> u32 {
        self.senders.iter().map(|sender| sender.accepted).sum()
    }
    /// How many messages are still to come.
    pub(crate) fn outstanding(&self) -> u32 {
        self.missing().iter().map(|(.., builds)| u32::try_from(builds.len()).unwrap_or(u32::MAX)).sum()
    }
    fn missing(&self) -> Vec<(usize, &'static str, Vec<u32>)> {
        let of = |(number, sender): (usize, &Sender)| {
            let missing = |(chat, shown): (&&'static str, &Shown)| {
                let early = shown.missing.iter().copied().filter(|build| *build <= sender.accepted);
                (number, *chat, early.chain(shown.highest + 1..=sender.accepted).collect::<Vec<_>>())
            };
            sender.shown.iter().map(missing).collect::<Vec<_>>()
        };
        self.senders.iter().enumerate().flat_map(of).filter(|(.., missing)| !missing.is_empty()).collect()
    }
    /// Nothing more will come: what is missing is lost.
    pub(crate) fn close(&mut self) {
        let missing = self.missing();
        let builds: BTreeSet<Build> =
            missing.iter().flat_map(|(sender, _, builds)| builds.iter().map(|build| (*sender, *build))).collect();
        self.lost += u32::try_from(builds.len()).unwrap_or(u32::MAX);
        for (sender, chat, builds) in missing {
            let shown: Vec<String> = builds.iter().take(5).map(|build| format!("#{build}")).collect();
            let (count, more) = (builds.len(), if builds.len() > 5 { " …" } else { "" });
            let shown = shown.join(" ");
            self.wrong.push(format!("{chat} lost {count} builds of {OWNER}/r{sender} answered 2xx: {shown}{more}"));
        }
    }
    /// What the host has shown.
    pub(crate) fn take<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>) {
        for (chat, build) in lines.into_iter().filter_map(parse) {
            let wrong = self.take_one(chat, build);
            self.wrong.extend(wrong);
            let last = self.last.entry(chat.to_owned()).or_default();
            last.push_back(build);
            if last.len() > UNSYNCED {
                last.pop_front();
            }
        }
    }
    /// A sentence when this message must not be.
    fn take_one(&mut self, chat: &str, build: Build) -> Option<String> {
        let (sender, number) = build;
        let known = self.senders.get_mut(sender).filter(|sender| number > 0 && number <= sender.sent);
        let Some(shown) = known.and_then(|sender| sender.shown.get_mut(chat)) else {
            return Some(format!("{chat} got {OWNER}/r{sender} #{number}, which was never sent to it"));
        };
        if number > shown.highest {
            shown.missing.extend(shown.highest + 1..number);
            shown.highest = number;
            return None;
        }
        if shown.missing.remove(&number) {
            return Some(format!("{chat} got {OWNER}/r{sender} #{number} after #{}", shown.highest));
        }
        self.repeated += 1;
        let count = self.run.repeated.entry(chat.to_owned()).or_default();
        *count += 1;
        let (count, last) = (*count, self.run.last.get(chat));
        let may_be = match self.run.before {
            Ended::Well => false,
            // Posted and not yet noted as posted when the end came: that is one message, the last.
            Ended::Cut => count == 1 && last.and_then(VecDeque::back) == Some(&build),
            Ended::PowerCut => {
                let all: u32 = self.run.repeated.values().sum();
                all as usize <= UNSYNCED && last.is_some_and(|last| last.contains(&build))
            }
        };
        (!may_be).then(|| {
            format!(
                "{chat} got {OWNER}/r{sender} #{number} again: repeat {count} of this start; the last before it was \
                 {last:?}, and the host had ended {:?}",
                self.run.before
            )
        })
    }
}

/// The chat and the build of a message on the screen.
fn parse(line: &str) -> Option<(&str, Build)> {
    static MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(r"^\[([a-z]+)\] .*{OWNER}/r(\d+) #(\d+) failed")).expect("it is a regular expression")
    });
    let found = MESSAGE.captures(line)?;
    let (_, [chat, sender, number]) = found.extract();
    Some((chat, (sender.parse().ok()?, number.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One sender to ops and dev, with 3 of 4 builds answered. Each run of the host
    /// shows builds; before it, the one before had ended so.
    fn told(runs: &[(&str, Ended)]) -> String {
        let mut ledger = Ledger::new(&[vec!["ops", "dev"]]);
        ledger.posted(0, 4, 3);
        for (shown, before) in runs {
            let line = |build: &str| {
                let (chat, number) = build.split_once(' ').unwrap();
                format!("[{chat}] [Travis CI] crash/r0 #{number} failed: branch main")
            };
            let lines: Vec<String> = shown.split(", ").map(line).collect();
            ledger.begin_run(*before);
            ledger.take(lines.iter().map(String::as_str));
        }
        ledger.close();
        let Ledger { repeated, lost, wrong, .. } = ledger;
        [format!("lost {lost}, repeated {repeated}")].into_iter().chain(wrong).collect::<Vec<_>>().join("; ")
    }
    const ALL: (&str, Ended) = ("ops 1, dev 1, ops 2, ops 3, dev 2, dev 3", Ended::Well);

    #[test]
    fn what_may_be() {
        use Ended::Cut;
        assert_eq!(told(&[ALL]), "lost 0, repeated 0");
        // The answer to the fourth did not come; it may have been taken.
        assert_eq!(told(&[ALL, ("ops 4", Cut)]), "lost 0, repeated 0");
        assert_eq!(told(&[ALL, ("ops 3, dev 3", Cut)]), "lost 0, repeated 2");
        assert_eq!(told(&[ALL, ("ops 3", Cut), ("ops 3", Cut)]), "lost 0, repeated 2");
        let again = "ops 2, ops 3, dev 1, dev 2, dev 3";
        assert_eq!(told(&[ALL, (again, Ended::PowerCut)]), "lost 0, repeated 5");
    }

    #[test]
    fn what_must_not_be() {
        use Ended::{Cut, Well};
        let nine = "ops 1, ops 2, ops 3, dev 1, dev 2, dev 3, ops 1, ops 2, ops 3";
        let rows: [(&[_], _); 9] = [
            (&[ALL, (nine, Ended::PowerCut)], "lost 0, repeated 9; ops got crash/r0 #3 again: repeat 6"),
            (&[("ops 1, ops 2, dev 1, dev 2, dev 3", Well)], "lost 1, repeated 0; ops lost 1 builds"),
            (&[("ops 1, ops 3, dev 1, dev 2, dev 3", Well)], "lost 1, repeated 0; ops lost 1 builds"),
            (&[], "lost 3, repeated 0; dev lost 3 builds"),
            (&[("dev 1, dev 2, dev 3, ops 1, ops 3, ops 2", Well)], "lost 0, repeated 0; ops got crash/r0 #2 after #3"),
            (&[ALL, ("ops 3", Well)], "lost 0, repeated 1; ops got crash/r0 #3 again"),
            (&[ALL, ("ops 2", Cut)], "lost 0, repeated 1; ops got crash/r0 #2 again"),
            (&[ALL, ("ops 3, ops 3", Cut)], "lost 0, repeated 2; ops got crash/r0 #3 again: repeat 2"),
            (&[ALL, ("ops 5", Well)], "lost 0, repeated 0; ops got crash/r0 #5, which was never sent"),
        ];
        for (runs, wrong) in rows {
            let told = told(runs);
            assert!(told.starts_with(wrong), "{told}");
        }
    }
}
