//! The token of a server: kept in a table, asked for again at nine tenths of its life and
//! once when it is refused. Whoever waits for one meanwhile gets the same.
use super::{Answer, Fault};
use crate::config::ServerConfig;
use factotum_plugin_api::{Result, jiff::Timestamp, secret::Secret, store::Table};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;
use tracing::error;
use url::Url;

/// A token as the store has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredToken {
    token: Secret,
    /// In unix seconds, when it is time for another; 0 for a token that was imported.
    renew_at: i64,
    /// What it permits, with spaces between.
    scope: Option<String>,
    /// Whose it is: address and application. Others have no use for it.
    of: String,
}

/// A token in use.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) value: Secret,
    /// What it permits; `None` when the server did not say.
    pub(super) scope: Option<String>,
}

/// The tokens of one server.
pub(super) struct Tokens {
    slug: String,
    of: String,
    client_id: String,
    client_secret: Option<Secret>,
    key: Option<Secret>,
    table: Table<String, StoredToken>,
    /// Held while another is asked for.
    now: Mutex<Option<StoredToken>>,
}

/// The permissions of a scope.
pub(crate) fn scopes_of(scope: &str) -> impl Iterator<Item = &str> {
    scope.split([' ', ',']).filter(|held| !held.is_empty())
}

impl Tokens {
    pub(super) fn new(slug: &str, config: &ServerConfig, base: &Url, table: Table<String, StoredToken>) -> Self {
        Tokens {
            slug: slug.to_owned(),
            of: format!("{} {}", base, config.client_id),
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            key: config.secret_key.clone(),
            table,
            now: Mutex::default(),
        }
    }
    /// The token; another than `refused`, by `fetch` with the form of the call.
    ///
    /// # Errors
    /// Why the server gives none.
    pub(super) async fn get<F: Future<Output = Result<Answer, Fault>>>(
        &self,
        refused: Option<&Token>,
        at: Timestamp,
        fetch: impl FnOnce(Vec<(&'static str, String)>) -> F,
    ) -> Result<Token, Fault> {
        if let Some(key) = &self.key {
            return match refused {
                None => Ok(Token { value: key.clone(), scope: None }),
                Some(_) => Err(Fault::Refused),
            };
        }
        let mut now = self.now.lock().await;
        if now.is_none() {
            let stored = self.table.get(&self.slug).await.map_err(of_store)?;
            *now = stored.filter(|stored| stored.of == self.of);
        }
        let fits = |stored: &&StoredToken| {
            let other = refused.is_none_or(|refused| !refused.value.matches(stored.token.expose().as_bytes()));
            other && (stored.renew_at == 0 || at.as_second() < stored.renew_at)
        };
        if let Some(stored) = now.as_ref().filter(fits) {
            return Ok(stored.in_use());
        }
        let secret = self.client_secret.as_ref().filter(|_| !self.client_id.is_empty()).ok_or(Fault::NoCredentials)?;
        let form = vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", self.client_id.clone()),
            ("client_secret", secret.expose().to_owned()),
        ];
        let answer = fetch(form).await?;
        let fresh = self.read(&answer, at)?;
        self.table.put(&self.slug, &fresh).await.map_err(of_store)?;
        Ok(now.insert(fresh).in_use())
    }
    fn read(&self, answer: &Answer, at: Timestamp) -> Result<StoredToken, Fault> {
        if !answer.status.is_success() {
            return Err(match Fault::of_answer(answer) {
                // Whatever it says, it is this application that it does not like.
                Fault::Forbidden => Fault::Credentials,
                Fault::Answered(400 | 401, _) => Fault::Credentials,
                other => other,
            });
        }
        let body: Value =
            serde_json::from_slice(&answer.body).map_err(|_| Fault::NotTrueConf(answer.status.as_u16()))?;
        let token = crate::model::text(&body, "access_token").ok_or(Fault::Nonsense)?;
        let life = crate::model::number(&body, "expires_in").filter(|life| *life > 0).unwrap_or(3600);
        Ok(StoredToken {
            token: Secret::new(token),
            renew_at: at.as_second().saturating_add(life / 10 * 9 + life % 10 * 9 / 10),
            scope: crate::model::text(&body, "scope"),
            of: self.of.clone(),
        })
    }
}

impl StoredToken {
    /// A token that another bot was given for this address and application.
    pub(crate) fn imported(base: &Url, client_id: &str, token: Secret) -> Self {
        StoredToken { token, renew_at: 0, scope: None, of: format!("{base} {client_id}") }
    }
    /// Whether both are of one address and application.
    pub(crate) fn is_of_same(&self, other: &Self) -> bool {
        self.of == other.of
    }
    /// Whether it is of this server's address and application.
    pub(crate) fn is_for(&self, server: &ServerConfig) -> bool {
        super::address(&server.address).is_ok_and(|base| self.of == format!("{base} {}", server.client_id))
    }
    pub(crate) fn value(&self) -> &Secret {
        &self.token
    }
    fn in_use(&self) -> Token {
        Token { value: self.token.clone(), scope: self.scope.clone() }
    }
}

fn of_store(error: factotum_plugin_api::Error) -> Fault {
    error!(error = format!("{:#}", error.into_anyhow()), "the store failed for a token");
    Fault::Store
}
