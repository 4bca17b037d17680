//! Servers that come from a settings file: the same one twice changes nothing.
use super::{Added, Servers, slug, unused};
use crate::{
    api::{StoredToken, address},
    config::ServerConfig,
    settings::Entry,
};
use factotum_plugin_api::{Result, secret::Secret};

/// What became of a server of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Imported {
    Added,
    Changed,
    /// It is as the file says.
    Same,
    /// A server of the config has its name, and stays as it is.
    OfConfig,
}

impl Servers {
    /// Takes over a server of a file; gives its slug. [`read`](Self::read) makes it known.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn import(&self, entry: &Entry) -> Result<(String, Imported)> {
        let lower = entry.name.trim().to_lowercase();
        if let Some((slug, _)) = self.of_config.iter().find(|(_, (name, _))| name.to_lowercase() == lower) {
            return Ok((slug.clone(), Imported::OfConfig));
        }
        let added = self.added.all(&[]).await?;
        let known = added.iter().find(|(_, added)| added.name.to_lowercase() == lower);
        let base = known.map_or_else(|| ServerConfig::new(""), |(_, known)| known.server.clone());
        let server = ServerConfig {
            address: entry.address.clone(),
            client_id: entry.client_id.clone(),
            client_secret: entry.client_secret.clone(),
            tls: entry.tls.clone(),
            ..base
        };
        let (slug, came) = match known {
            Some((slug, known)) if same(&known.server, &server) => (slug.clone(), Imported::Same),
            Some((slug, known)) => {
                self.added.put(slug, &Added { name: known.name.clone(), server: server.clone() }).await?;
                (slug.clone(), Imported::Changed)
            }
            None => {
                let taken =
                    |slug: &str| self.of_config.contains_key(slug) || added.iter().any(|(other, _)| other == slug);
                let slug = unused(&slug(&entry.name), taken);
                self.added.put(&slug, &Added { name: entry.name.trim().to_owned(), server: server.clone() }).await?;
                (slug, Imported::Added)
            }
        };
        if let Some(token) = &entry.access_token {
            self.import_token(&slug, &server, token).await?;
        }
        Ok((slug, came))
    }
    /// Keeps the token of a file, unless there is one of the same application already:
    /// that is newer.
    async fn import_token(&self, slug: &str, server: &ServerConfig, token: &Secret) -> Result<()> {
        let imported = StoredToken::imported(&address(&server.address)?, &server.client_id, token.clone());
        let known = self.tokens.get(&slug.to_owned()).await?;
        if known.is_none_or(|known| !known.is_of_same(&imported)) {
            self.tokens.put(&slug.to_owned(), &imported).await?;
        }
        Ok(())
    }
    /// All servers as a settings file has them; those that it cannot say in full are named
    /// with what is lost.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn export(&self) -> Result<Vec<Entry>> {
        let mut entries = vec![];
        for server in self.all() {
            let token = self.tokens.get(&server.slug).await?;
            let token = token.filter(|token| token.is_for(&server.config));
            entries.push(Entry {
                name: server.name.clone(),
                address: server.config.address.clone(),
                client_id: server.config.client_id.clone(),
                client_secret: server.config.client_secret.clone(),
                access_token: token.map(|token| token.value().clone()),
                tls: server.config.tls.clone(),
                watched: false,
                every_secs: crate::settings::EVERY_SECS,
            });
        }
        Ok(entries)
    }
}

fn same(known: &ServerConfig, wanted: &ServerConfig) -> bool {
    let secret = match (&known.client_secret, &wanted.client_secret) {
        (Some(known), Some(wanted)) => known.matches(wanted.expose().as_bytes()),
        (known, wanted) => known.is_none() && wanted.is_none(),
    };
    secret && known.address == wanted.address && known.client_id == wanted.client_id && known.tls == wanted.tls
}
