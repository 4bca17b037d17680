//! Routes that come from elsewhere, such as an import: what is there already stays.
use crate::{
    Events, Repo, Route,
    routes::{DEFAULTS, Routes},
};
use factotum_plugin_api::prelude::*;

impl Routes {
    /// Adds a route, unless its repository has one to the chat; says whether it did.
    ///
    /// # Errors
    /// When the store fails; so do those below.
    pub async fn add(&self, chat: ChatId, route: &Route) -> Result<bool> {
        let key = route.repo.key();
        if !self.knows(&route.repo).await? {
            self.tokens.remove(&key).await?; // left over by a crash; see routes.rs
        }
        Ok(self.routes.create(&(key, chat), route).await?.is_some())
    }
    /// Sets the token of a repository that has a route and no token; says whether it did.
    pub async fn add_token(&self, repo: &Repo, token: &Secret) -> Result<bool> {
        Ok(self.knows(repo).await? && self.tokens.create(&repo.key(), token).await?.is_some())
    }
    /// Sets the default events, unless somebody has; says whether it did.
    pub async fn add_defaults(&self, events: &Events) -> Result<bool> {
        Ok(self.defaults.create(&DEFAULTS.to_owned(), events).await?.is_some())
    }
}
