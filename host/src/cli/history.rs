//! Which lines the console's history keeps: none that may hold a secret.
use crate::{config::CommandsConfig, console, dispatch::table::CommandTable, services::Shared, words};
use std::sync::{Arc, OnceLock, Weak};

/// Jaro-Winkler similarity from which words count as a command misspelt, as for
/// "did you mean": `travis tokne` and `travis token` have 0.98.
const ALIKE: f64 = 0.85;
/// Words that tell of a secret in a line that is no command.
const TELLTALES: [&str; 4] = ["token", "secret", "password", "key"];

/// Knows the commands once the host runs.
#[derive(Clone)]
pub(super) struct Remember {
    commands: CommandsConfig,
    host: Arc<OnceLock<Weak<Shared>>>,
}

impl Remember {
    /// `commands` say what a command line begins with.
    pub(super) fn new(commands: &CommandsConfig) -> Self {
        Remember { commands: commands.clone(), host: Arc::default() }
    }
    /// The host runs: these are its commands.
    pub(super) fn ask(&self, host: &Arc<Shared>) {
        self.host.set(Arc::downgrade(host)).ok(); // it starts once
    }
    /// Whether the line may be kept.
    pub(super) fn keeps(&self, line: &str) -> bool {
        let host = self.host.get().and_then(Weak::upgrade);
        if host.as_ref().is_some_and(|host| host.questions.await_secret_on(console::NAME)) {
            return false;
        }
        let settings =
            host.as_ref().map_or_else(|| self.commands.clone(), |host| host.config().config.commands.clone());
        let open = host.and_then(|host| host.open_tables().ok());
        !may_hold_secret(&settings, line, open.as_ref().map(|open| &open.commands))
    }
}

/// Whether a line holds a secret as far as one can tell: it is a command that
/// takes one, or looks like such a command, or is none and tells of one.
fn may_hold_secret(settings: &CommandsConfig, line: &str, commands: Option<&CommandTable>) -> bool {
    let line = line.trim_start();
    let typed = settings.after_prefix(line).unwrap_or(line);
    // With a quote that is not closed the command is refused, and its words are secret all the same.
    let words = words::split(typed).unwrap_or_else(|_| vec![typed.to_owned()]);
    // So are those of a line that was quoted where it must not be.
    let words: Vec<String> = words.iter().flat_map(|word| word.split_whitespace()).map(str::to_owned).collect();
    let found = commands.and_then(|commands| commands.find(&words));
    match (&found, commands) {
        (Some((command, _)), _) if command.has_secret => true,
        // Another command's line begins somewhere in this one: `!acl why bob travis token o/r s3cret`.
        (Some((command, n)), Some(commands)) if command.takes_line => (*n..words.len()).any(|at| {
            let inner = commands.find(&words[at..]);
            inner.is_some_and(|(inner, _)| inner.has_secret)
                || commands.takes_secret_nearly(&words[at..], 0)
                || TELLTALES.iter().any(|word| words[at].to_lowercase().contains(word))
        }),
        (_, Some(commands)) if commands.takes_secret_nearly(&words, found.as_ref().map_or(0, |(_, n)| *n)) => true,
        (Some(_), _) => false,
        (None, _) => {
            let line = line.to_lowercase();
            TELLTALES.iter().any(|word| line.contains(word))
        }
    }
}

impl CommandTable {
    /// Whether the words look like a command that takes a secret and has some to
    /// take, though the first `known` are a command: `travis tokne o/r s3cret`, where
    /// `travis` is one.
    fn takes_secret_nearly(&self, words: &[String], known: usize) -> bool {
        let with_secret = self.sorted().into_iter().filter(|command| command.has_secret);
        with_secret.flat_map(|command| command.paths()).any(|path| {
            let length = path.split(' ').count();
            let typed = words.iter().take(length).map(|word| word.to_lowercase()).collect::<Vec<_>>().join(" ");
            words.len() > length && length > known && strsim::jaro_winkler(&typed, path) >= ALIKE
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::dry::DryServices;
    use factotum_plugin_api::{Registration, prelude::*};

    struct Keeper;
    /// Keep a password
    #[derive(Args)]
    struct KeepArgs {
        /// Whose it is
        name: String,
        /// The password
        password: Option<Secret>,
    }
    /// List whose passwords are kept
    #[derive(Args)]
    struct NoArgs {}

    impl Plugin for Keeper {
        const NAME: &'static str = "keeper";
        type Config = NoConfig;
        fn start(_: NoConfig, _: Host) -> Result<Self> {
            Ok(Keeper)
        }
        fn commands(&self, commands: &mut Commands<Self>) {
            commands.on("vault keep", Access::ADMINS, Self::keep).alias("stow");
            commands.on("vault", Access::ADMINS, Self::list).on("vault tokens", Access::ADMINS, Self::list);
        }
    }
    impl Keeper {
        async fn keep(&self, _: &Call, args: KeepArgs) -> Result<Reply> {
            Ok(format!("{} {:?}", args.name, args.password).into())
        }
        async fn list(&self, _: &Call, _: NoArgs) -> Result<Reply> {
            Ok(Reply::default())
        }
    }

    fn table() -> CommandTable {
        let keeper = Registration::of::<Keeper>("0.0.0", "under test");
        let started = DryServices::over(None).start(&keeper, serde_json::json!({}), Clock::system()).unwrap();
        let mut table = CommandTable::default();
        table.add("keeper", &Arc::new(started)).unwrap();
        table.add("host", &Arc::new(crate::builtin::start(Weak::new()))).unwrap();
        table
    }

    #[test]
    fn what_may_hold_a_secret() {
        let prefixes = vec!["!".to_owned(), "!!".to_owned()];
        let (table, settings) = (table(), CommandsConfig { prefixes, ..CommandsConfig::default() });
        let rows = [
            ("!vault keep ann s3cret", true),
            ("  !Vault KEEP ann s3cret", true),
            ("!!vault keep ann s3cret", true),
            ("!vault keep ann \"s3cret", true),
            ("!vault \"keep ann s3cret\"", true),
            ("!acl why bob \"vault keep ann s3cret\"", true),
            ("!stow ann s3cret", true),
            // Only asks; it is the command that counts.
            ("!vault keep ann", true),
            // Slips that the command would have been.
            ("!vault kepe ann s3cret", true),
            ("!valt keep ann s3cret", true),
            ("!stwo ann s3cret", true),
            ("vault keep ann s3cret", true),
            // So does the line of another command that one asks about.
            ("!acl why bob !vault keep ann s3cret", true),
            ("!acl why bob in ops stow ann s3cret", true),
            ("!acl why bob vault kepe ann s3cret", true),
            ("!acl why bob travis token o/r s3cret", true),
            ("!acl why bob vault tokens", true),
            ("!acl why bob vault please", false),
            ("!acl", false),
            // A command is known by its arguments' types, not by its words.
            ("!vault tokens", false),
            ("!vault", false),
            ("!vault please", false),
            ("!inroom ops", false),
            ("hello", false),
            // No command of now: the plugin may be off.
            ("!travis token o/r s3cret", true),
            ("my password is s3cret", true),
        ];
        for (line, expected) in rows {
            assert_eq!(may_hold_secret(&settings, line, Some(&table)), expected, "{line}");
        }
        // Before the host runs nothing is known but words.
        assert!(may_hold_secret(&settings, "!vault password s3cret", None));
    }
}
