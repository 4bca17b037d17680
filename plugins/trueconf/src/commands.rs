//! `!trueconf …`: the table, and what all commands share: which server and which
//! conference is meant, and that what is wrong with a server is said in one line.
mod add;
mod confs;
mod forgotten;
mod import;
mod online;
mod policy;
mod records;
mod remove;
mod report;
mod rights;
mod run;
mod servers;
mod show;
mod status;
mod stop;
mod trust;
mod watch;

pub(crate) use forgotten::forgotten;
pub(crate) use stop::Ended;

use crate::{TrueConf, api::Fault, model::Conference, reach, servers::Server, texts};
use factotum_plugin_api::prelude::*;
use std::sync::Arc;

/// The most conferences that a question offers to choose from.
const OFFERED: usize = 20;

/// The server that is meant.
#[derive(Args)]
struct ServerArg {
    /// Server, by its name or the beginning of it; all when none is named
    server: Option<String>,
}
/// A conference of a server.
#[derive(Args)]
struct ConferenceArgs {
    /// Server, by its name; may be left out where there is one
    server: Option<String>,
    /// Conference, by its id
    id: Option<String>,
}

/// Fills the table.
pub(crate) fn register(trueconf: &TrueConf, commands: &mut Commands<TrueConf>) {
    let seen = || {
        let servers = trueconf.servers.clone();
        move |words: &[String]| servers.for_rules(words)
    };
    commands.on("trueconf servers", Access::ADMINS, TrueConf::list_servers).for_rules("server", seen());
    commands.on("trueconf status", Access::ADMINS, TrueConf::show_status).for_rules("server", seen());
    commands.on("trueconf confs", Access::ADMINS, TrueConf::confs).for_rules("server", seen());
    commands.on("trueconf online", Access::ADMINS, TrueConf::online).for_rules("server", seen());
    commands.on("trueconf forgotten", Access::ADMINS, TrueConf::forgotten).for_rules("server", seen());
    commands.on("trueconf show", Access::ADMINS, TrueConf::show).for_rules("server", seen());
    commands.on("trueconf records", Access::ADMINS, TrueConf::records).for_rules("server", seen());
    commands.on("trueconf stop", Access::ADMINS, TrueConf::stop).for_rules("server", seen());
    commands.on("trueconf run", Access::ADMINS, TrueConf::run).for_rules("server", seen());
    commands.on("trueconf add", Access::ADMINS, TrueConf::add).alias("trueconf add server");
    commands
        .on("trueconf remove", Access::ADMINS.confirmed(), TrueConf::remove)
        .alias("trueconf remove server")
        .for_rules("server", seen());
    commands.on("trueconf trust", Access::ADMINS, TrueConf::trust).for_rules("server", seen());
    register_more(trueconf, commands);
    commands.home("TrueConf", "!trueconf servers");
    commands.first_steps(|trueconf| Box::pin(trueconf.first_steps()));
}

/// Those that watch, decide and report.
fn register_more(trueconf: &TrueConf, commands: &mut Commands<TrueConf>) {
    // A word that is a switch, a mode or a number names no server, whatever its name is.
    let seen = || {
        let servers = trueconf.servers.clone();
        move |words: &[String]| match words {
            [word, ..] if ["on", "off", "dry"].contains(&word.to_lowercase().as_str()) => servers.for_rules(&[]),
            [word, ..] if word.parse::<usize>().is_ok() => servers.for_rules(&[]),
            words => servers.for_rules(words),
        }
    };
    commands.on("trueconf watch", Access::ADMINS, TrueConf::watch).for_rules("server", seen());
    commands.on("trueconf policy", Access::ADMINS, TrueConf::policy).for_rules("server", seen());
    commands.on("trueconf keep", Access::ADMINS, TrueConf::keep).for_rules("server", seen());
    commands.on("trueconf audit", Access::ADMINS, TrueConf::show_audit).for_rules("server", seen());
    commands.on("trueconf allow", Access::ADMINS, TrueConf::allow).for_rules("server", seen());
    commands.on("trueconf disallow", Access::ADMINS, TrueConf::disallow).for_rules("server", seen());
    commands.on("trueconf rights", Access::ADMINS, TrueConf::show_rights).for_rules("server", seen());
    commands.on("trueconf report", Access::ADMINS, TrueConf::report);
    commands.on("trueconf import", Access::ADMINS.in_private(), TrueConf::import);
    commands.on("trueconf export", Access::ADMINS.in_private(), TrueConf::export);
}

impl TrueConf {
    /// How a server is added, as long as there is none.
    async fn first_steps(&self) -> Result<Vec<Text>> {
        self.servers.load().await?;
        Ok(match self.servers.all().is_empty() {
            true => vec![command("trueconf add"), code("[plugins.trueconf.servers.NAME]")],
            false => vec![],
        })
    }
    /// The servers that are meant: all without a word, and for `all`.
    async fn meant(&self, word: Option<&str>) -> Result<Vec<Arc<Server>>> {
        self.servers.load().await?;
        let all = self.servers.all();
        match word {
            _ if all.is_empty() => Err(user_error(texts::no_servers())),
            Some(word) if !word.eq_ignore_ascii_case("all") => Ok(vec![self.servers.named(word)?]),
            _ => Ok(all),
        }
    }
    /// The server that is meant, where one must be: asks when there are several.
    async fn one(&self, call: &Call, word: Option<&str>) -> Result<Arc<Server>> {
        self.servers.load().await?;
        match (word, &self.servers.all()[..]) {
            (_, []) => Err(user_error(texts::no_servers())),
            (None, [only]) => Ok(only.clone()),
            (Some(word), _) => self.servers.named(word),
            (None, all) => {
                let slugs = all.iter().map(|server| server.slug.as_str());
                let answer = call.ask(Question::new(texts::which_server()).choices(slugs)).await?;
                self.servers.named(&answer)
            }
        }
    }
    /// A server as it is now, after somebody took time to confirm.
    ///
    /// # Errors
    /// When it was removed meanwhile, or another one has its name now.
    fn still(&self, server: &Server) -> Result<Arc<Server>> {
        match self.servers.get(&server.slug) {
            Some(now) if now.config.address == server.config.address => Ok(now),
            _ => Err(user_error(texts::gone(&server.name))),
        }
    }
    /// The server and the conference that are meant; asks for what is missing. With one
    /// server a single word is the conference.
    async fn conference_meant(&self, call: &Call, args: ConferenceArgs) -> Result<(Arc<Server>, String)> {
        self.servers.load().await?;
        let (server, id) = match (args.server, args.id, &self.servers.all()[..]) {
            (Some(server), Some(id), _) => (self.servers.named(&server)?, Some(id)),
            (Some(word), None, [only]) => {
                let of_server =
                    word.eq_ignore_ascii_case(&only.slug) || word.to_lowercase() == only.name.to_lowercase();
                (only.clone(), (!of_server).then_some(word))
            }
            (word, None, _) => (self.one(call, word.as_deref()).await?, None),
            (None, Some(_), _) => return Err(anyhow::anyhow!("the second word without the first").into()),
        };
        if let Some(id) = id {
            return Ok((server, id));
        }
        let running = self.asked(&server, async { server.api()?.running().await }).await?;
        let mut question = Question::new(texts::which_conference());
        if (1..=OFFERED).contains(&running.len()) {
            let choice = |conference: &Conference| match &conference.title {
                Some(title) => format!("{} {title}", conference.id),
                None => conference.id.clone(),
            };
            question = question.choices(running.iter().map(choice));
        }
        let answer = call.ask(question).await?;
        let id = answer.split_whitespace().next().unwrap_or_default().to_owned();
        Ok((server, id))
    }
    /// What a server answers, within the time of a command.
    ///
    /// # Errors
    /// What is wrong with it, for the person.
    pub(crate) async fn asked<T>(
        &self,
        server: &Server,
        ask: impl Future<Output = Result<T, Fault>> + Send,
    ) -> Result<T> {
        let answer = self.host.clock.timeout(reach::COMMAND_LIMIT, ask).await;
        answer.unwrap_or(Err(Fault::Silent)).map_err(|fault| told(server, &fault))
    }
    /// The running conference of this id, or else the one that the server keeps.
    async fn found(&self, server: &Server, id: &str) -> Result<Conference> {
        let found = self.asked(server, find(server, id)).await?;
        found.ok_or_else(|| user_error(texts::no_such_conference(&server.name, id)))
    }
}

async fn find(server: &Server, id: &str) -> Result<Option<Conference>, Fault> {
    let api = server.api()?;
    let is = |conference: &Conference| conference.id == id || conference.session.as_deref() == Some(id);
    if let Some(running) = api.running().await?.into_iter().find(is) {
        return Ok(Some(running));
    }
    match api.conference(id).await {
        Ok(kept) => Ok(Some(Conference { running: false, ..kept })),
        Err(Fault::Missing(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// What is wrong with a server, as an error for the person.
fn told(server: &Server, fault: &Fault) -> Error {
    user_error(texts::trouble(server, fault).plain())
}

/// A length of time, as people write it: `30m`, `2h`, `1d`, `90s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Length(Duration);
impl std::str::FromStr for Length {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        let bad = || texts::bad_length(word).to_string();
        let (number, unit) = word.split_at_checked(word.len().saturating_sub(1)).ok_or_else(bad)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86400,
            _ => return Err(bad()),
        };
        let number: u64 = number.parse().map_err(|_| bad())?;
        number.checked_mul(seconds).map(|seconds| Length(Duration::from_secs(seconds))).ok_or_else(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        let rows = [("30m", Some(1800)), ("2h", Some(7200)), ("1d", Some(86400)), ("90s", Some(90))];
        let wrong = ["", "h", "2", "-2h", "2 h", "2ч", "99999999999999999999h", "999999999999999999d"];
        for (word, seconds) in rows.into_iter().chain(wrong.map(|word| (word, None))) {
            let read = word.parse::<Length>().ok().map(|length| length.0.as_secs());
            assert_eq!(read, seconds, "{word}");
        }
    }
}
