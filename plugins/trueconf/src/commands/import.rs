//! `!trueconf import` and `!trueconf export`: settings files, in a private chat.
use crate::{
    TrueConf,
    audit::{Act, Outcome},
    settings::Settings,
    texts,
};
use factotum_plugin_api::prelude::*;

/// Take over a settings.json of TrueConf's bot, attached or pasted
#[derive(Args)]
pub(super) struct ImportArgs {
    /// The file's content; or attach the file
    settings: Vec<Secret>,
}

/// Give the servers back as a settings.json of TrueConf's bot
#[derive(Args)]
pub(super) struct ExportArgs {
    /// Network whose accounts go into the file
    #[arg(default_value = "telegram")]
    network: String,
}

impl TrueConf {
    pub(super) async fn import(&self, call: &Call, args: ImportArgs) -> Result<Reply> {
        let pasted = !args.settings.is_empty();
        // As it was typed: the words have lost its spaces.
        let line = call.incoming.line.as_str();
        let typed = line.find('{').or_else(|| line.find("tg-")).and_then(|at| line.get(at..)).unwrap_or_default();
        let file = match &call.incoming.attachment {
            Some(file) if !pasted => file.content.to_vec(),
            _ if pasted => typed.as_bytes().to_vec(),
            _ => return Err(user_error(texts::watch::nothing_to_import())),
        };
        let done = match Settings::read(&file) {
            Ok(settings) => self.import_settings(&settings, self.accounts_of(call)).await.map(|done| (settings, done)),
            Err(error) => Err(error),
        };
        let text = match done {
            Ok((settings, done)) => {
                for server in settings.servers.iter().filter_map(|entry| self.servers.named(&entry.name).ok()) {
                    self.audit.by(call, Act::Import, &server, ("", ""), Outcome::Done).await;
                }
                let mut lines = done.lines;
                if settings.token.is_some() {
                    lines.push(texts::watch::token_not_taken());
                }
                lines.push(if pasted { texts::watch::pasted_secrets() } else { texts::watch::attached_secrets() });
                texts::watch::import_head(done.taken) + "\n" + list(lines)
            }
            Err(Error::User(why)) => why.into(),
            Err(other) => return Err(other),
        };
        Ok(Reply::from(text).deletes_typed())
    }
    /// The network whose accounts the file names: this one, unless it is no chat network
    /// with numbers for accounts.
    fn accounts_of<'c>(&'c self, call: &'c Call) -> &'c str {
        let number = call.sender().account().chars().all(|c| c.is_ascii_digit());
        if number { &call.chat().network } else { &self.config.settings_network }
    }
    pub(super) async fn export(&self, _: &Call, args: ExportArgs) -> Result<Reply> {
        self.servers.load().await?;
        if self.servers.all().is_empty() {
            return Err(user_error(texts::no_servers()));
        }
        let (file, notes) = self.exported(&args.network).await?;
        Ok(Reply::from(texts::watch::exported() + "\n" + list(notes)).file("settings.json", file))
    }
}
