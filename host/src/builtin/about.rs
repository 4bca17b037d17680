//! `!help` `!about` `!status` `!whoami` `!echo`
use super::Builtin;
use crate::{access::Asker, dispatch::help::Helper, journal::NetworkCount, texts};
use factotum_plugin_api::{chat::Link, jiff, prelude::*};

/// List the commands you may run, or explain one
#[derive(Args)]
pub(super) struct HelpArgs {
    /// A command or its first word
    command: Vec<String>,
}
/// Say what this bot is
#[derive(Args)]
pub(super) struct AboutArgs {}
/// Show how the host, its chats and its plugins stand
#[derive(Args)]
pub(super) struct StatusArgs {}
/// Show who you are to the bot
#[derive(Args)]
pub(super) struct WhoamiArgs {}
/// Say it back
#[derive(Args)]
pub(super) struct EchoArgs {
    /// What to say
    #[arg(required = true, trailing_var_arg = true)]
    words: Vec<String>,
}

impl Builtin {
    pub(super) async fn help(&self, call: &Call, args: HelpArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let open = shared.open_tables()?;
        let asker = Asker::from(&call.incoming);
        let rules = shared.rules();
        let helper = Helper { table: &open.commands, rules: &rules, asker: &asker, networks: shared.networks() };
        Ok(if args.command.is_empty() { helper.all() } else { helper.on(&args.command) }.into())
    }
    pub(super) async fn about(&self, _: &Call, _: AboutArgs) -> Result<Reply> {
        Ok(texts::about(crate::VERSION).into())
    }
    pub(super) async fn status(&self, call: &Call, _: StatusArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let uptime = Duration::try_from(shared.clock.now().duration_since(shared.started_at)).unwrap_or_default();
        let mut lines = vec![texts::up_since(crate::VERSION, uptime)];
        let counts = shared.journal.counts().await?;
        let age =
            |since: jiff::Timestamp| Duration::try_from(shared.clock.now().duration_since(since)).unwrap_or_default();
        let waiting = |count: &NetworkCount| Some((count.waiting, age(count.oldest?)));
        for (name, network) in &shared.networks().0 {
            let (word, why) = match network.link() {
                Link::Up => (state(State::Good, "connected"), None),
                Link::Connecting => (state(State::Running, "connecting"), None),
                Link::Down(why) => (state(State::Bad, "not connected"), Some(why)),
            };
            let count = counts.iter().find(|count| count.network == *name);
            lines.push(texts::network_status(
                name,
                word,
                why,
                count.and_then(waiting),
                count.map_or(0, |count| count.dead),
            ));
        }
        // What waits for a network that the config no longer has is found here too.
        for count in counts.iter().filter(|count| shared.networks().get(&count.network).is_none()) {
            let word = state(State::Bad, "not configured");
            lines.push(texts::network_status(&count.network, word, None, waiting(count), count.dead));
        }
        for (name, section) in shared.registry()?.statuses().await {
            if !section.is_empty() {
                lines.push(bold(name) + " " + section);
            }
        }
        // Addresses are for those who could change them.
        if shared.rules().is_admin(&call.sender().id)
            && let Some(url) = shared.hooks_url()
        {
            lines.push(Text::from("hooks at ") + code(url));
        }
        Ok(Text::lines(lines).into())
    }
    pub(super) async fn whoami(&self, call: &Call, _: WhoamiArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let rules = shared.rules();
        let id = &call.sender().id;
        let roles = rules.roles_of(id);
        Ok(texts::whoami(&call.sender().name, id, &call.chat().to_string(), call.private(), rules.is_admin(id), &roles)
            .into())
    }
    pub(super) async fn echo(&self, _: &Call, args: EchoArgs) -> Result<Reply> {
        Ok(args.words.join(" ").into())
    }
}
