//! The command line: what `factotum` can be told in a shell.
mod check;
mod completion;
mod demo;
mod history;
mod hook;
mod import;
mod log;
mod run;
mod store;

use crate::{
    config::{Loaded, Mistakes, Sources},
    registry::Known,
};
use clap::{Args, Parser, Subcommand};
use factotum_plugin_api::{Registration, chat::NetworkRegistration, secret::scrub};
use nix::sys::stat::{Mode, umask};
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// A plugin host for chat bots, a durable gateway for webhooks, a router of build notices
///
/// Without a command it runs. Without a config file it runs with the console and
/// the defaults: commands are typed here, hooks are taken at http://127.0.0.1:3141.
#[derive(Debug, Parser)]
#[command(name = "factotum", version, propagate_version = true)]
#[command(after_help = "Try: factotum demo\n     factotum check factotum.toml\n     factotum example > factotum.toml")]
pub struct Cli {
    /// What to do; `run` when nothing is said
    #[command(subcommand)]
    pub command: Option<Action>,
    /// How to run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Where the config and the data are, and how to run.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The config file [default: $FACTOTUM_CONFIG, else factotum.toml if there is one]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The data folder [default: $FACTOTUM_DATA, $STATE_DIRECTORY, else ./factotum-data]
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// Go on after the end of piped input
    #[arg(long)]
    pub stay: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Run the host (the default)
    Run {
        /// Go on after the end of piped input
        #[arg(long)]
        stay: bool,
    },
    /// Show a plugin at work: a real request is posted and its message shown; nothing is kept
    Demo {
        /// The plugin; every one that has a demo when none is named
        plugin: Option<String>,
    },
    /// Check a config file and try every plugin's config, without side effects
    Check {
        /// The config file [default: as for run]
        file: Option<PathBuf>,
    },
    /// Print an example config with every key, its meaning and its default
    Example {
        /// As a table in Markdown
        #[arg(long)]
        markdown: bool,
    },
    /// Try a hook
    #[command(subcommand)]
    Hook(HookAction),
    /// Take the plugins' tables out of the data folder, or put them back; the host must be stopped
    #[command(subcommand)]
    Store(StoreAction),
    /// Take over what another program exported; the host must be stopped
    Import {
        /// What it is; `factotum import` alone lists what there is
        name: Option<String>,
        /// The file
        #[arg(requires = "name")]
        file: Option<PathBuf>,
        /// Put what is imported to work at once
        #[arg(long)]
        enable: bool,
        /// What the file does not know, such as which chat stands for one of its names
        #[arg(long, value_name = "KEY=VALUE")]
        set: Vec<String>,
    },
}

/// What to do with hooks.
#[derive(Debug, Subcommand)]
pub enum HookAction {
    /// Post a payload to a running host as its sender would, signed
    Send {
        /// The plugin whose hook it is
        plugin: String,
        /// The payload
        file: PathBuf,
        /// The secret that signs it, as it was told to the plugin's token command; others see it in `ps`
        #[arg(long, conflicts_with = "secret_file")]
        secret: Option<String>,
        /// A file with the secret, - for standard input [default: $FACTOTUM_SECRET]
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// The host, as http://ADDRESS:PORT [default: where the config says it listens]
        #[arg(long)]
        url: Option<String>,
    },
}

/// What to do with the store.
#[derive(Debug, Subcommand)]
pub enum StoreAction {
    /// Write every record as a line of JSON
    Export {
        /// Where to [default: standard output]
        file: Option<PathBuf>,
        /// Write tokens and passwords too; without, they are *** and cannot be imported
        #[arg(long)]
        with_secrets: bool,
    },
    /// Read records that export wrote; the records named are replaced
    Import {
        /// Where from
        file: PathBuf,
    },
}

/// Where the config is when nothing is said.
const CONFIG_FILE: &str = "factotum.toml";
/// Where the data are when nothing is said.
const DATA_FOLDER: &str = "factotum-data";

/// What every action needs: the environment, read once, and the plugins.
struct Context {
    known: &'static [Known],
    args: RunArgs,
    env: Vec<(String, String)>,
}

impl Context {
    fn var(&self, name: &str) -> Option<&str> {
        self.env.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
    /// The config file: as named, else `factotum.toml` if there is one.
    fn config_file(&self) -> Option<PathBuf> {
        let named = self.args.config.clone().or_else(|| self.var("FACTOTUM_CONFIG").map(PathBuf::from));
        named.or_else(|| Path::new(CONFIG_FILE).exists().then(|| CONFIG_FILE.into()))
    }
    fn data(&self) -> PathBuf {
        let named = self.args.data.clone().or_else(|| self.var("FACTOTUM_DATA").map(PathBuf::from));
        // systemd separates several by colons; the first is the one to write to.
        let state = || self.var("STATE_DIRECTORY").and_then(|all| all.split(':').next()).map(PathBuf::from);
        named.or_else(state).unwrap_or_else(|| DATA_FOLDER.into())
    }
    fn load(&self, file: Option<PathBuf>) -> anyhow::Result<Loaded> {
        if let Some(file) = file.as_ref().filter(|file| !file.exists()) {
            let file = file.display();
            anyhow::bail!("there is no config file {file}; `factotum example > {file}` writes one to begin with");
        }
        Ok(crate::config::load_with(self.sources(file), check::further(self.known))?)
    }
    fn sources(&self, file: Option<PathBuf>) -> Sources {
        Sources {
            file,
            text: None,
            env: self.env.clone(),
            credentials: self.var("CREDENTIALS_DIRECTORY").map(PathBuf::from),
            plugins: plugins().iter().map(|plugin| (plugin.name, (plugin.config_schema)())).collect(),
            networks: network_schemas(),
            left_out: left_out(self.known),
        }
    }
}

/// The plugins that are linked into this binary, by name.
pub fn plugins() -> Vec<Registration> {
    let mut all: Vec<Registration> =
        factotum_plugin_api::inventory::iter::<Registration>.into_iter().copied().collect();
    all.sort_by_key(|plugin| plugin.name);
    all
}
/// The kinds of network that are linked into this binary, beside the console.
pub fn networks() -> Vec<&'static str> {
    let known = factotum_plugin_api::inventory::iter::<NetworkRegistration>.into_iter();
    known.map(|network| network.kind).collect()
}
/// The config of each kind of network, the console's first.
pub(crate) fn network_schemas() -> Vec<(&'static str, factotum_plugin_api::schemars::Schema)> {
    let console = (crate::console::NAME, factotum_plugin_api::schemars::schema_for!(crate::console::Config));
    let known = factotum_plugin_api::inventory::iter::<NetworkRegistration>.into_iter();
    std::iter::once(console).chain(known.map(|network| (network.kind, (network.config_schema)()))).collect()
}
fn left_out(known: &[Known]) -> Vec<(String, String)> {
    let out = known.iter().filter(|known| !known.built_in);
    out.map(|known| (known.name.to_owned(), known.feature.to_owned())).collect()
}

/// From now on a panic is logged with its place and without its words: they may
/// repeat an argument or a secret, and standard error is kept by whoever runs us.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        if tracing::event_enabled!(tracing::Level::ERROR) {
            tracing::error!(location = place, "panicked");
        } else {
            // Before the log begins, and for actions that have none.
            io::stderr().write_all(format!("factotum: panicked at {place}\n").as_bytes()).ok();
        }
    }));
}

/// Does what the command line says.
#[expect(clippy::disallowed_methods, reason = "the environment is read here, once")]
pub(crate) fn main(known: &'static [Known]) -> ExitCode {
    // Whatever is written is for the owner alone: sled, for one, makes its files as the umask lets it.
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
    log_panics();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            error.print().ok(); // nobody reads it if that fails
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let env =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut context = Context { known, args: cli.run, env: env.collect() };
    let done = match cli.command {
        None => run::run(&context),
        Some(Action::Run { stay }) => {
            context.args.stay |= stay;
            run::run(&context)
        }
        Some(Action::Demo { plugin }) => demo::demo(&context, plugin.as_deref()),
        Some(Action::Check { file }) => check::check(&context, file),
        Some(Action::Example { markdown }) => check::example(&context, markdown),
        Some(Action::Hook(HookAction::Send { plugin, file, secret, secret_file, url })) => {
            let secret = hook::secret(&context, secret, secret_file.as_deref());
            secret.and_then(|secret| hook::send(&context, &plugin, &file, secret.as_ref(), url))
        }
        Some(Action::Store(StoreAction::Export { file, with_secrets })) => store::export(&context, file, with_secrets),
        Some(Action::Store(StoreAction::Import { file })) => store::import(&context, &file),
        Some(Action::Import { name, file, enable, set }) => import::import(&context, name, file, enable, &set),
    };
    done.unwrap_or_else(|error| {
        match error.downcast_ref::<Mistakes>() {
            // Each line begins with the file and the line, as editors expect it.
            Some(mistakes) => eprintln!("{mistakes}"),
            None => eprintln!("factotum: {}", scrub(&format!("{error:#}"))),
        }
        ExitCode::FAILURE
    })
}

/// Writes to standard output. A reader that has gone (`| head`) has what it wanted.
fn print(text: &str) -> anyhow::Result<()> {
    unless_unwanted(io::stdout().lock().write_all(text.as_bytes()).map_err(Into::into))
}
/// The result, but for a pipe that nobody reads any more.
fn unless_unwanted(written: anyhow::Result<()>) -> anyhow::Result<()> {
    let gone = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    written.or_else(|error| match error.chain().any(|cause| cause.downcast_ref().is_some_and(gone)) {
        true => Ok(()),
        false => Err(error),
    })
}

/// The runtime of an action.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    // A read of the terminal cannot be stopped; nobody waits for it.
    runtime.shutdown_background();
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
