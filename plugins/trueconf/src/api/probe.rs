//! Which API a server speaks: `GET /api/v4/server` answers without a token where there is
//! the newer one. What was found out is kept for as long as the bot runs.
use super::{About, Client, Fault, lock};
use crate::model::text;
use factotum_plugin_api::{Result, user_error};
use serde_json::Value;

/// What is spoken where nothing says otherwise.
pub(super) const OLDER: &str = "v3.3";

/// A generation of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Generation {
    /// The older one, with its number: `v3.3`.
    V3(String),
    /// The newer one.
    V4,
}

impl Generation {
    /// As the config names it; `None` for `auto`.
    ///
    /// # Errors
    /// Names those that there are.
    pub(super) fn read(name: &str) -> Result<Option<Self>> {
        match name {
            "auto" => Ok(None),
            "v4" => Ok(Some(Generation::V4)),
            "v3" => Ok(Some(Generation::V3("v3".into()))),
            v3 if v3.strip_prefix("v3.").is_some_and(|minor| minor.parse::<u8>().is_ok()) => {
                Ok(Some(Generation::V3(v3.to_owned())))
            }
            other => Err(user_error(crate::texts::bad_api(other))),
        }
    }
    /// What its paths begin with.
    pub(super) fn prefix(&self) -> String {
        match self {
            Generation::V3(name) => format!("api/{name}"),
            Generation::V4 => "api/v4".into(),
        }
    }
    fn name(&self) -> &str {
        match self {
            Generation::V3(name) => name,
            Generation::V4 => "v4",
        }
    }
}

impl Client {
    /// The API that is spoken, found out where it is not known.
    pub(super) async fn generation(&self) -> Result<Generation, Fault> {
        if let Some(known) = lock(&self.generation).clone() {
            return Ok(known);
        }
        let answer = self.timed(self.http()?.get("api/v4/server")).await?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let found = match (answer.status.is_success(), body.get("product")) {
            (true, Some(product)) => {
                *lock(&self.about) = About { version: text(product, "version") };
                Generation::V4
            }
            // It may be another one when it is well again.
            _ if answer.status.is_server_error() => return Err(Fault::of_answer(&answer)),
            _ => Generation::V3(OLDER.into()),
        };
        *lock(&self.generation) = Some(found.clone());
        Ok(found)
    }
    /// The name of the API that is spoken, and the version where the probe told it.
    ///
    /// # Errors
    /// Why it cannot be found out.
    pub(crate) async fn spoken(&self) -> Result<(String, About), Fault> {
        let generation = self.generation().await?;
        Ok((generation.name().to_owned(), lock(&self.about).clone()))
    }
}
