//! `factotum run`: the host, with the console where there is one.
use super::{CONFIG_FILE, Context, block_on, completion::Completions, history::Remember, log, plugins};
use crate::{
    config::Loaded,
    console::{self, Answered, Console, Ended, Input, Setup},
    reload::{AskedBy, reload},
    running::{Parts, Running},
    services::Shared,
    texts::question_left,
};
use factotum_plugin_api::{
    Error,
    chat::Network,
    clock::Clock,
    text::{Text, code},
};
use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::{JoinHandle, JoinSet},
};
use tracing::{info, warn};

/// How long the host of a script may take to stop when nobody reads the answers:
/// those under way would be tried again for longer. Notices come with the next start.
const UNREAD_LIMIT: Duration = Duration::from_secs(1);

/// Runs until a signal, or until the console's input ends. A second signal cuts
/// the stop short.
pub(super) fn run(context: &Context) -> anyhow::Result<ExitCode> {
    let config = context.load(context.config_file())?.or_later(Some(CONFIG_FILE.into()));
    let data = context.data();
    crate::store::has_room(&data)?;
    block_on(async {
        let mut signals = Signals::new()?;
        let settings: console::Config = console_settings(&config)?;
        let remember = Remember::new(&config.config.commands);
        let completions = Completions::new();
        let listen = config.chat(console::NAME).is_none_or(|section| section.enabled);
        let console = open_console(context, settings, listen, data.join("history"), &remember, &completions)?;
        let log = log::begin(&config.config.log, &console, context.args.stay)?;
        let network: Arc<dyn Network> = console.clone();
        let networks = vec![(console::NAME.to_owned(), network)];
        let (plugins, known, clock) = (plugins(), context.known.to_vec(), Clock::system());
        let host = Running::start(Parts { config, data, clock: clock.clone(), plugins, known, networks }).await?;
        let prefix = host.shared.config().config.commands.prefix().to_owned();
        let mut first = Text::from(host.first_line().await);
        if console.input() != Input::None {
            first = first + format!("; you are {}; try ", console.person().id) + code(format!("{prefix}help"));
        }
        remember.ask(&host.shared);
        completions.ask(&host.shared);
        let log = Arc::new(log);
        let follow = log.clone();
        host.follow_config(Box::new(move |config| follow.set_level(&config.config.log)));
        let reloading = signals.reload(&host.shared);
        let serve = async {
            console.say(first).await; // for as long as nobody reads a full pipe
            console.begin(answered(&host));
            input_ends(&host, &console, context.args.stay).await;
        };
        let script = console.input() == Input::Lines && !context.args.stay;
        let unread = tokio::select! {
            () = serve => false,
            () = console.unread(), if script => true,
            () = signals.next() => false,
        };
        reloading.abort();
        log.leave_the_console();
        let done = tokio::select! {
            () = host.stop() => ExitCode::SUCCESS,
            () = clock.sleep(UNREAD_LIMIT), if unread => ExitCode::SUCCESS,
            () = signals.next() => {
                warn!("stopped at once; what was under way is taken up at the next start");
                ExitCode::FAILURE
            }
        };
        console.close();
        Ok(done)
    })
}

fn console_settings(config: &Loaded) -> anyhow::Result<console::Config> {
    let section = config.chat(console::NAME).map(|section| section.value.clone());
    Ok(section.map(serde_json::from_value).transpose()?.unwrap_or_default())
}

fn open_console(
    context: &Context,
    config: console::Config,
    listen: bool,
    history: PathBuf,
    remember: &Remember,
    completions: &Completions,
) -> anyhow::Result<Arc<Console>> {
    let no_color = context.var("NO_COLOR").is_some_and(|value| !value.is_empty());
    let remember = remember.clone();
    let (remember, complete) = (Arc::new(move |line: &str| remember.keeps(line)), completions.as_complete());
    let setup = Setup { history, remember, complete, listen, no_color };
    Ok(Arc::new(Console::open(config, setup).map_err(Error::into_anyhow)?))
}

/// Waits until no line is being worked on.
fn answered(host: &Running) -> Answered {
    // Weak: the host has the console among its networks, and would never end.
    let dispatch = Arc::downgrade(&host.dispatch);
    Arc::new(move || {
        let dispatch = dispatch.upgrade();
        Box::pin(async move {
            if let Some(dispatch) = dispatch {
                dispatch.settled().await;
            }
        })
    })
}

/// Returns when the end of the console's input says that the host should stop.
async fn input_ends(host: &Running, console: &Console, stay: bool) {
    match (console.input(), console.ended().await) {
        (Input::Lines, Ended::EndOfInput) if stay => std::future::pending().await,
        // A script's last line is answered before the end.
        (Input::Lines, Ended::EndOfInput) => {
            host.settled().await;
            if host.shared.questions.stand_on(console::NAME) {
                console.say(question_left()).await;
            }
        }
        (_, why) => info!(?why, "the console has ended"),
    }
}

/// SIGINT and SIGTERM, which end it, and SIGHUP, which lets it read its config.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Option<Signal>,
}
impl Signals {
    fn new() -> std::io::Result<Self> {
        let [interrupt, terminate, hang_up] =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
        Ok(Signals { interrupt: interrupt?, terminate: terminate?, hang_up: Some(hang_up?) })
    }
    /// Reads the config at each SIGHUP, those that came during the start too.
    fn reload(&mut self, host: &Arc<Shared>) -> JoinHandle<()> {
        let mut hang_up = self.hang_up.take().expect("asked once");
        let host = Arc::downgrade(host);
        tokio::spawn(async move {
            while hang_up.recv().await.is_some() {
                let Some(host) = host.upgrade() else { return };
                info!(signal = "SIGHUP", "reading the config");
                // In a task of its own, which ends with this one: what a plugin does wrong
                // costs this signal. The log has the result.
                let mut reloading = JoinSet::new();
                reloading.spawn(async move { reload(&host, AskedBy::Signal).await.map(drop) });
                drop(reloading.join_next().await);
            }
        })
    }
    async fn next(&mut self) {
        let name = tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        };
        info!(signal = name, "stopping");
    }
}
