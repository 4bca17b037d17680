//! `factotum run`: the host, with the console where there is one.
use super::{Context, block_on, log, plugins};
use crate::{
    config::Loaded,
    console::{self, Console, Ended, Input, Setup},
    running::{Parts, Running},
};
use factotum_plugin_api::{Error, chat::Network, clock::Clock, text::code};
use std::{process::ExitCode, sync::Arc};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

/// Runs until a signal, or until the console's input ends.
pub(super) fn run(context: &Context) -> anyhow::Result<ExitCode> {
    let config = context.load(context.config_file())?;
    let data = context.data();
    block_on(async {
        // Before the line editor, which puts back the handlers that it finds.
        let mut signals = Signals::new()?;
        let settings: console::Config = console_settings(&config)?;
        let console = open_console(context, settings, data.join("history"))?;
        let person = matches!(console.input(), Input::Terminal | Input::Lines);
        log::begin(&config.config.log, person)?;
        let network: Arc<dyn Network> = console.clone();
        let networks = vec![(console::NAME.to_owned(), network)];
        let (plugins, known) = (plugins(), context.known.to_vec());
        let host = Running::start(Parts { config, data, clock: Clock::system(), plugins, known, networks }).await?;
        let mut first = factotum_plugin_api::text::Text::from(host.first_line());
        if person {
            first = first + format!("; you are {}; try ", console.person().id) + code("!help");
        }
        console.say(first).await;
        wait(&host, &console, &mut signals, context.args.stay).await;
        host.stop().await;
        console.close();
        Ok(ExitCode::SUCCESS)
    })
}

fn console_settings(config: &Loaded) -> anyhow::Result<console::Config> {
    let section = config.chat(console::NAME).map(|section| section.value.clone());
    Ok(section.map(serde_json::from_value).transpose()?.unwrap_or_default())
}

fn open_console(
    context: &Context,
    config: console::Config,
    history: std::path::PathBuf,
) -> anyhow::Result<Arc<Console>> {
    let no_color = context.var("NO_COLOR").is_some_and(|value| !value.is_empty());
    let setup = Setup { history, remember: Arc::new(|line| !may_hold_secret(line)), no_color };
    Ok(Arc::new(Console::open(config, setup).map_err(Error::into_anyhow)?))
}

/// Whether a line is better not kept in the history: it may hold a token.
fn may_hold_secret(line: &str) -> bool {
    let line = line.to_lowercase();
    ["token", "secret", "password", "key"].iter().any(|word| line.contains(word))
}

/// Returns when the host should stop.
async fn wait(host: &Running, console: &Console, signals: &mut Signals, stay: bool) {
    let input_ends = async {
        match (console.input(), console.ended().await) {
            // A script's last line is answered before the end.
            (Input::Lines, Ended::EndOfInput) if stay => std::future::pending().await,
            (Input::Lines, Ended::EndOfInput) => host.settled().await,
            (_, why) => info!(?why, "the console has ended"),
        }
    };
    tokio::select! {
        () = input_ends => {}
        () = signals.next() => {}
    }
}

/// SIGINT and SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }
    async fn next(&mut self) {
        let name = tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        };
        info!(signal = name, "stopping");
    }
}
