//! Webhook users: who may send, and whose messages. `!webhook user add`, `list`, `remove`.
//!
//! A password is shown once, in the URL to register, and kept as its Argon2 hash.
use crate::{Rules, proof};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use factotum_plugin_api::prelude::*;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

/// A webhook user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// The one entity whose messages it may write, in lower case.
    pub entity: String,
    /// Its password's hash, in the PHC form.
    pub hash: Secret,
}

/// The shortest password that a person may choose.
const PASSWORD_MIN: usize = 8;
/// The longest name, entity and password.
const WORD_MAX: usize = 64;

/// Make a webhook user, who may send messages of one entity
#[derive(Args)]
pub struct AddArgs {
    /// Name of the user, such as telegram
    #[arg(value_parser = word)]
    name: String,
    /// Entity whose messages it sends; its name when missing
    #[arg(value_parser = word)]
    entity: Option<String>,
    /// Password to keep, where the URL is registered already; one is made when missing
    password: Option<Secret>,
}
/// List the webhook users
#[derive(Args)]
pub struct ListArgs {}
/// Remove a webhook user
#[derive(Args)]
pub struct RemoveArgs {
    /// Name of the user
    name: String,
}

/// What can stand in a URL as it is: Telegram does not decode what it is given.
fn is_plain(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    !text.is_empty() && text.len() <= WORD_MAX && text.chars().all(plain)
}
fn word(text: &str) -> Result<String, String> {
    match is_plain(text) {
        true => Ok(text.to_owned()),
        false => Err("it may have letters, digits and - . _ ~, at most 64, since it stands in a URL".into()),
    }
}

impl Rules {
    pub(crate) async fn add_user(&self, call: &Call, args: AddArgs) -> Result<Reply> {
        let AddArgs { name, entity, password } = args;
        let entity = entity.unwrap_or_else(|| name.clone()).to_lowercase();
        let (password, shown) = match password {
            Some(password) if password.expose().len() < PASSWORD_MIN || !is_plain(password.expose()) => {
                return Err(user_error(format!(
                    "a password has {PASSWORD_MIN} to {WORD_MAX} letters, digits and - . _ ~, since it stands in a URL"
                )));
            }
            Some(password) => (password, "PASSWORD".to_owned()),
            None => {
                let mut bytes = [0; 18];
                SystemRandom::new().fill(&mut bytes).map_err(|_| std::io::Error::other("no random numbers"))?;
                let made = URL_SAFE_NO_PAD.encode(bytes);
                (Secret::new(made.clone()), made)
            }
        };
        let was = self.doors.users.get(&name).await?.is_some();
        if was {
            let question = format!(
                "There is a webhook user {name}. Give it a new password? The URL that is registered with its sender stops working."
            );
            call.confirm(question).await?;
        }
        let user = User { entity: entity.clone(), hash: proof::hash(password).await? };
        self.doors.users.put(&name, &user).await?;
        let (scheme, host) = self.config.public();
        let url = format!("{scheme}://{name}:{shown}@{host}{}/{entity}", crate::PATH);
        let said = match was {
            true => format!("Webhook user {name} has a new password, and may send messages of {entity}."),
            false => format!("Webhook user {name} may send messages of {entity}."),
        };
        let once = match shown == "PASSWORD" {
            true => "Its URL, with the password that you gave:",
            false => "Its URL, which is shown this once:",
        };
        let mut lines: Vec<Text> = vec![said.into(), once.into(), code(url)];
        if self.config.public_url.is_none() {
            lines.push("Put your host in its place, or set public_url in [plugins.rules].".into());
        }
        Ok(Reply::from(Text::lines(lines)).privately())
    }
    pub(crate) async fn list_users(&self, _: &Call, _: ListArgs) -> Result<Reply> {
        let users = self.doors.users.all(&[]).await?;
        Ok(match users.is_empty() {
            true => {
                (Text::from("There is no webhook user: ") + command("webhook user add NAME ENTITY") + " makes one.")
                    .into()
            }
            false => table(["User", "Entity"], users.into_iter().map(|(name, user)| [name, user.entity])).into(),
        })
    }
    pub(crate) async fn remove_user(&self, _: &Call, args: RemoveArgs) -> Result<Reply> {
        match self.doors.users.remove(&args.name).await? {
            true => Ok(format!("Webhook user {} is removed, and sends nothing any more.", args.name).into()),
            false => Err(user_error(format!("there is no webhook user {}", args.name))),
        }
    }
}
