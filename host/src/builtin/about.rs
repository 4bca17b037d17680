//! `!help` `!about` `!status` `!whoami` `!echo`
use super::Builtin;
use crate::{
    access::Asker,
    dispatch::{help::Helper, overview::Plugins},
    texts,
};
use factotum_plugin_api::prelude::*;

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
        let plugins = Plugins::of(&*shared.registry()?).await;
        Ok(if args.command.is_empty() { helper.all(&plugins) } else { helper.on(&args.command, &plugins) }.into())
    }
    pub(super) async fn about(&self, _: &Call, _: AboutArgs) -> Result<Reply> {
        Ok(texts::about(crate::VERSION).into())
    }
    pub(super) async fn status(&self, call: &Call, _: StatusArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let uptime = Duration::try_from(shared.clock.now().duration_since(shared.started_at)).unwrap_or_default();
        let mut lines = vec![texts::up_since(crate::VERSION, uptime)];
        // What went wrong, and addresses, are for those who could change them.
        let admin = shared.rules().is_admin(&call.sender().id);
        for unwell in shared.health() {
            let time = Duration::try_from(shared.clock.now().duration_since(unwell.since)).unwrap_or_default();
            lines.push(texts::part_status(&unwell, time, admin));
        }
        if !shared.health().is_empty() {
            lines.push(texts::turned_away_since(shared.turned_away_lately()));
        }
        lines.extend(super::status::networks(&shared, admin).await?);
        lines.push(super::status::plugins(&shared).await?);
        lines.extend(super::silence::status(&shared, call, admin));
        for (name, section) in shared.registry()?.statuses().await {
            if !section.is_empty() {
                lines.push(bold(name) + " " + section);
            }
        }
        if admin {
            lines.push(texts::journal_size(shared.journal.size()));
            lines.extend(shared.hooks_url().map(|url| texts::hooks_at(&url)));
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
