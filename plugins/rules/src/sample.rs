//! A request as a sender makes it: for `factotum hook send` and tests.
use base64::{Engine, engine::general_purpose::STANDARD};
use factotum_plugin_api::prelude::*;

/// Makes a request of a body, as the user that the secret names: `NAME:PASSWORD`. The user
/// is taken for the entity too, as `!webhook user add NAME` has it.
///
/// # Errors
/// [`Error::User`] for a secret without a name.
pub(crate) fn make(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    let json = file.trim_ascii_start().first().is_some_and(|byte| b"{[".contains(byte));
    let media_type = if json { "application/json" } else { "application/x-www-form-urlencoded" };
    let mut headers = vec![("Content-Type".to_owned(), media_type.to_owned())];
    let mut entity = "sample";
    if let Some(secret) = secret {
        let name = secret.expose().split_once(':').map(|(name, _)| name).filter(|name| !name.is_empty());
        entity = name.ok_or_else(|| user_error("the secret is the user and the password, as NAME:PASSWORD"))?;
        headers.push(("Authorization".into(), format!("Basic {}", STANDARD.encode(secret.expose()))));
    }
    Ok(Sample { path: Some(format!("{}/{entity}", crate::PATH)), headers, body: file.to_vec().into() })
}
