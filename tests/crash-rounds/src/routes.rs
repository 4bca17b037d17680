//! What the console was told to route, what it confirmed, and what the store has
//! after a restart: a confirmed command must have left its mark.
use crate::ledger::OWNER;
use regex::Regex;
use std::sync::LazyLock;

/// How many routes the commands change.
const KEYS: usize = 24;

/// What one route shall be: a branch pattern that tells which command made it, or none.
type Value = Option<u32>;

/// The routes that commands change, as they were confirmed.
pub(crate) struct Routes {
    confirmed: [Value; KEYS],
    /// What was typed, and not confirmed before the end: it may have been done.
    pending: Option<Command>,
    last: u32,
    /// How many commands were confirmed.
    pub(crate) acknowledged: u32,
    /// Confirmed commands that left no mark.
    pub(crate) lost: u32,
}

/// A command on one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    key: usize,
    value: Value,
}

impl Command {
    /// What is typed.
    pub(crate) fn line(&self) -> String {
        let Command { key, value } = self;
        match value {
            Some(value) => format!("!travis route {OWNER}/k{key} console:ops failed branch=v{value}"),
            None => format!("!travis remove {OWNER}/k{key}"),
        }
    }
    /// What is asked before it is done, which cannot be undone.
    pub(crate) fn question(&self) -> Option<String> {
        let what = format!("Remove the route of {OWNER}/k{} to console:ops?", self.key);
        self.value.is_none().then_some(what)
    }
    /// Whether a line on the screen says that it is done.
    pub(crate) fn is_confirmed_by(&self, line: &str) -> bool {
        let Command { key, value } = self;
        match value {
            Some(value) => {
                line.contains(&format!("Relaying messages from {OWNER}/k{key} to "))
                    && line.contains(&format!("(branch=v{value})"))
            }
            None => line == format!("Removed all configuration for {OWNER}/k{key}."),
        }
    }
}

impl Routes {
    pub(crate) fn new() -> Self {
        Routes { confirmed: [None; KEYS], pending: None, last: 0, acknowledged: 0, lost: 0 }
    }
    /// The next command, which is in doubt until it is confirmed.
    pub(crate) fn next(&mut self, random: &mut fastrand::Rng) -> Command {
        let key = random.usize(..KEYS);
        let remove = self.confirmed[key].is_some() && random.u8(..4) == 0;
        self.last += 1;
        let command = Command { key, value: (!remove).then_some(self.last) };
        self.pending = Some(command);
        command
    }
    /// The command is done.
    pub(crate) fn confirm(&mut self, command: Command) {
        self.confirmed[command.key] = command.value;
        self.pending = None;
        self.acknowledged += 1;
    }
    /// Compares what `!travis routes` lists; gives sentences about what is wrong.
    pub(crate) fn compare(&mut self, listed: &[String]) -> Vec<String> {
        let found = parse(listed);
        let pending = self.pending.take();
        let mut wrong = vec![];
        for (key, confirmed) in self.confirmed.iter_mut().enumerate() {
            let done_after_all = pending == Some(Command { key, value: found[key] });
            if found[key] != *confirmed && !done_after_all {
                self.lost += 1;
                let name = |value: Value| value.map_or("no route".to_owned(), |value| format!("branch=v{value}"));
                let (is, was) = (name(found[key]), name(*confirmed));
                wrong.push(format!("{OWNER}/k{key} has {is}, and {was} was confirmed (pending: {pending:?})"));
            }
            *confirmed = found[key];
        }
        wrong
    }
}

fn parse(listed: &[String]) -> [Value; KEYS] {
    static REPO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(r"^Routing {OWNER}/(?:k(\d+)|r\d+) to:$")).expect("it is a regular expression")
    });
    static BRANCH: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\(branch=v(\d+)\)$").expect("it is a regular expression"));
    let (mut found, mut at) = ([None; KEYS], None);
    for line in listed {
        if let Some(repo) = REPO.captures(line) {
            at = repo.get(1).and_then(|key| key.as_str().parse::<usize>().ok());
        } else if let (Some(key), Some(branch)) = (at, BRANCH.captures(line)) {
            found[key] = branch[1].parse().ok();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(routes: &[(usize, u32)]) -> Vec<String> {
        let lines = |(key, value): &(usize, u32)| {
            [format!("Routing crash/k{key} to:"), format!("• console:ops for events: failed (branch=v{value})")]
        };
        routes.iter().flat_map(lines).chain(["Routing crash/r1 to:".into(), "• console:ops".into()]).collect()
    }

    #[test]
    fn a_confirmed_command_must_be_there_and_a_pending_one_may() {
        let (first, second) = (Command { key: 3, value: Some(7) }, Command { key: 3, value: Some(8) });
        let compare = |routes: &[(usize, u32)], last: Command| {
            let mut book = Routes::new();
            book.confirm(first);
            book.pending = Some(last);
            book.compare(&listed(routes)).join("\n")
        };
        assert_eq!(compare(&[(3, 7)], second), "");
        assert_eq!(compare(&[(3, 8)], second), "");
        assert_eq!(compare(&[], Command { value: None, ..second }), "");
        assert!(compare(&[], second).starts_with("crash/k3 has no route, and branch=v7 was confirmed"));
        assert!(compare(&[(3, 6)], second).starts_with("crash/k3 has branch=v6, and branch=v7 was confirmed"));
        assert!(compare(&[(3, 7), (4, 1)], second).starts_with("crash/k4 has branch=v1, and no route was confirmed"));
    }

    #[test]
    fn a_command_knows_its_answer() {
        let set = Command { key: 3, value: Some(7) };
        let done = "Updated. Relaying messages from crash/k3 to console:ops for events: failed (branch=v7).";
        assert!(set.is_confirmed_by(done) && !Command { value: Some(77), ..set }.is_confirmed_by(done));
        assert!(Command { value: None, ..set }.is_confirmed_by("Removed all configuration for crash/k3."));
    }
}
