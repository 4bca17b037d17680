//! `!start` `!getid` `!commands`: the first things that people ask of a bot in a chat.
use super::Builtin;
use crate::{
    access::Asker,
    dispatch::{help::Helper, menu},
    texts, words,
};
use factotum_plugin_api::prelude::*;

/// Say hello, and what there is to begin with
#[derive(Args)]
#[command(hide = true)] // what networks send when a person first opens the bot
pub(super) struct StartArgs {
    /// What came with the link that began it
    with: Vec<String>,
}
/// Show your id and that of this chat, for the config and for routes
#[derive(Args)]
pub(super) struct GetidArgs {}
/// List the commands you may run, in one line
#[derive(Args)]
pub(super) struct CommandsArgs {
    /// Another form of the list
    form: Option<Form>,
}
/// Who reads the list.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// Telegram's BotFather, after `/setcommands`
    Botfather,
}

impl Builtin {
    pub(super) async fn start(&self, call: &Call, _: StartArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let open = shared.open_tables()?;
        let (asker, rules) = (Asker::from(&call.incoming), shared.rules());
        let helper = Helper { table: &open.commands, rules: &rules, asker: &asker, networks: shared.networks() };
        let unused = shared.registry()?.first_steps().await;
        let mut permitted = helper.permitted();
        permitted.retain(|command| !unused.contains_key(command.plugin));
        let may = |button: &&Button| {
            let words = words::split(button.line.trim_start_matches('!')).unwrap_or_default();
            let found = open.commands.find(&words);
            found.is_some_and(|(command, _)| permitted.iter().any(|permitted| permitted.is(command)))
        };
        let home: Vec<Vec<Button>> = open.commands.home.iter().filter(may).map(|button| vec![button.clone()]).collect();
        Ok(Reply { text: texts::hello(&call.sender().name), buttons: home, ..Reply::default() })
    }
    pub(super) async fn getid(&self, call: &Call, _: GetidArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let (sender, chat) = (call.sender(), call.chat());
        if call.private() {
            return Ok(texts::your_id(&sender.id).into());
        }
        let here = shared.networks().here(chat, call.incoming.thread.as_deref());
        let topic = (here != *chat).then(|| here.to_string());
        Ok(texts::ids_here(&sender.name, &sender.id, &chat.to_string(), topic.as_deref()).into())
    }
    pub(super) async fn commands_list(&self, call: &Call, args: CommandsArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let open = shared.open_tables()?;
        let networks = shared.networks();
        if let Some(Form::Botfather) = args.form {
            let unused = shared.registry()?.first_steps().await.into_keys().collect();
            let menu = menu::menu(&call.chat().network, &open, networks, &unused);
            return Ok(texts::for_botfather(&menu::for_botfather(&menu.everyone)).into());
        }
        let (asker, rules) = (Asker::from(&call.incoming), shared.rules());
        let helper = Helper { table: &open.commands, rules: &rules, asker: &asker, networks };
        let paths: Vec<&str> = helper.listed().iter().map(|command| command.path()).collect();
        Ok(paths.join(", ").into())
    }
}
