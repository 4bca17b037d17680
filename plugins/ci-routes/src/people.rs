//! Who wrote a commit, and what they are called in chats: `!people map MAIL CHATUSER`.
//!
//! A mention comes from here alone, never from a payload: whoever writes commits
//! chooses their name and mail, and could call anybody.
use crate::{shared, texts::say};
use factotum_plugin_api::prelude::*;
use serde::{Deserialize, Serialize};

/// The people of the library, by mail.
pub struct People {
    host: Host,
    /// By mail in lower case.
    table: Table<String, Vec<User>>,
}

/// What somebody is called in the chats of a network, or of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    name: String,
}

/// List whom messages mention
#[derive(Args)]
struct PeopleArgs {}
/// Mention somebody in the failures of their commits
#[derive(Args)]
struct MapArgs {
    /// Mail address, as in the commits
    mail: String,
    /// What they are called in chats, as @name or network:@name
    user: String,
}
/// Mention somebody no more
#[derive(Args)]
struct RemoveArgs {
    /// Mail address, as in the commits
    mail: String,
}

impl People {
    /// Opens the table.
    ///
    /// # Errors
    /// Never with today's table name.
    pub fn open(host: &Host) -> Result<Self> {
        Ok(People { host: host.clone(), table: shared::tables(host).table("people")? })
    }
    /// `!people`, `!people map`, `!people remove`.
    pub fn commands() -> Commands<Self> {
        let mut commands = Commands::default();
        commands
            .on("people", Access::ADMINS.in_private(), Self::list)
            .on("people map", Access::ADMINS, Self::map)
            .on("people remove", Access::ADMINS, Self::remove)
            .help_in("ci-routes", |path| path.replace(' ', "-"));
        commands
    }
    /// What the author of a commit is called; first what is for one network only.
    pub(crate) async fn of(&self, mail: &str) -> Result<Vec<User>> {
        if mail.is_empty() || mail.chars().count() > MAIL_MAX {
            return Ok(vec![]);
        }
        let mut users = self.table.get(&mail.to_lowercase()).await?.unwrap_or_default();
        users.sort_by_key(|user| user.network.is_none());
        Ok(users)
    }

    async fn list(&self, _: &Call, _: PeopleArgs) -> Result<Reply> {
        let all = self.table.all(&[]).await?;
        if all.is_empty() {
            return Ok(Text::from(say("nobody-mentioned").with("command", command("people map MAIL CHATUSER"))).into());
        }
        let shown = all.into_iter().map(|(mail, users)| {
            let users: Vec<String> = users.iter().map(User::to_string).collect();
            format!("{mail}: {}", users.join(", "))
        });
        Ok((say("mentioned") + list(shown)).into())
    }
    async fn map(&self, _: &Call, args: MapArgs) -> Result<Reply> {
        let (mail, user) = (mail(&args.mail)?, self.user(&args.user)?);
        loop {
            let old = self.table.get_at(&mail).await?;
            let mut users = old.as_ref().map(|(users, _)| users.clone()).unwrap_or_default();
            users.retain(|known| known.network != user.network);
            users.push(user.clone());
            let written = match old {
                Some((_, revision)) => self.table.compare_and_swap(&mail, revision, &users).await?,
                None => self.table.create(&mail, &users).await?,
            };
            if written.is_some() {
                return Ok(Text::from(say("mention").with("mail", mail).with("user", user.to_string())).into());
            }
        }
    }
    async fn remove(&self, _: &Call, args: RemoveArgs) -> Result<Reply> {
        let mail = mail(&args.mail)?;
        match self.table.remove(&mail).await? {
            true => Ok(Text::from(say("mention-nobody").with("mail", mail)).into()),
            false => Err(user_error(say("not-mentioned").with("mail", mail))),
        }
    }
    /// Reads `@name` or `network:@name`.
    fn user(&self, word: &str) -> Result<User> {
        let networks = self.host.networks();
        let (network, name) = match word.split_once(':') {
            Some((network, name)) if networks.iter().any(|(known, _)| known == network) => (Some(network), name),
            // A user of Matrix is @name:server.
            Some((server, _)) if !server.starts_with('@') => {
                let known: Vec<&str> = networks.iter().map(|(name, _)| name.as_str()).collect();
                let known = known.join(", ");
                return Err(user_error(say("no-such-network").with("network", server).with("networks", known)));
            }
            _ => (None, word),
        };
        let bare = name.trim_start_matches('@').to_lowercase();
        if EVERYBODY.contains(&bare.as_str()) {
            return Err(user_error(say("everybody").with("name", name)));
        }
        let odd = |c: char| c.is_whitespace() || c.is_control() || "<>&\"`".contains(c);
        if bare.is_empty() || name.contains(odd) || name.chars().count() > NAME_MAX {
            return Err(user_error(say("bad-user")));
        }
        Ok(User { network: network.map(str::to_owned), name: name.to_owned() })
    }
}

/// What calls everybody in a chat, on one network or another.
const EVERYBODY: [&str; 6] = ["all", "channel", "everyone", "everybody", "here", "room"];
const NAME_MAX: usize = 64; // characters; an id at Matrix may have 255, a name for people has not
const MAIL_MAX: usize = 254; // characters; RFC 5321, section 4.5.3.1.3

fn mail(word: &str) -> Result<String> {
    let parts = word.split_once('@').filter(|(user, server)| !user.is_empty() && !server.is_empty());
    let odd = word.contains(|c: char| c.is_whitespace() || c.is_control()) || word.chars().count() > MAIL_MAX;
    match parts {
        Some(_) if !odd => Ok(word.to_lowercase()),
        _ => Err(user_error(say("bad-mail"))),
    }
}

impl User {
    /// What they are called in this chat.
    pub(crate) fn in_chat(&self, chat: &ChatId) -> Option<&str> {
        let here = self.network.as_deref().is_none_or(|network| network == chat.network);
        here.then_some(self.name.as_str())
    }
}
impl std::fmt::Display for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.network {
            Some(network) => write!(f, "{network}:{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}
