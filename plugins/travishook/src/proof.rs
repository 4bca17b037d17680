//! Whether a request comes from Travis. The steps and their order are those of
//! the plugin this one follows (err-travishook), with its defects mended.
//!
//! Two proofs are alternatives. `Signature` (since 2016) is RSA over the decoded
//! payload. `Authorization` (before) is the hex SHA-256 of `owner/name` followed
//! by the repository's token: it covers nothing else, so it can be replayed with
//! any payload, but relays and scripts of one's own can make it.
//!
//! | request | answer |
//! |---|---|
//! | no form | 415 |
//! | no `Travis-Repo-Slug`, or not `owner/name` | 400 |
//! | neither proof (`Authorization: Basic …` is none) | 401 |
//! | no field `payload`, not JSON, no repository in it | 400 |
//! | repository without a route | 204, dropped |
//! | repository without a token, and no public key configured | 204, dropped, admins are told |
//! | signed, but the key of a configured server was never had | 503, admins are told |
//! | neither proof holds | 403 |
//! | `Travis-Repo-Slug`, which is not signed, names another repository | 403 |
use crate::{
    TravisHook,
    keys::Verdict,
    payload::{self, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ci_routes::Repo;
use factotum_plugin_api::prelude::*;
use ring::digest;
use tracing::info;

impl TravisHook {
    pub(crate) async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        let form = request.form()?;
        let slug = request.header("travis-repo-slug");
        let slug = slug.ok_or_else(|| Refusal::BadRequest("there is no header Travis-Repo-Slug".into()))?;
        let repo = slug.parse::<Repo>().ok().filter(Repo::is_flat);
        let repo = repo.ok_or_else(|| Refusal::BadRequest("Travis-Repo-Slug is not owner/name".into()))?;
        let (signature, hash) = (request.header("signature").filter(|value| !value.is_empty()), hash(request));
        if signature.is_none() && hash.is_none() {
            return Err(Refusal::Unauthorized("neither Signature nor a hash in Authorization".into()));
        }
        let payload = Payload::of_request(request)?;
        if !self.routes.knows(&repo).await? {
            info!(%repo, "travis request dropped: no route");
            return Err(Refusal::Ignored(format!("{repo} has no route")));
        }
        let token = self.routes.token_of(&repo).await?;
        if token.is_none() && !self.keys.can_be() {
            self.tell_admins(format!("no credential for {}", repo.key()), no_credential(&repo)).await;
            return Err(Refusal::Ignored(format!("{repo} has no token, and no public key is configured")));
        }
        let knows = token.as_ref().zip(hash).is_some_and(|(token, hash)| knows_token(slug, token, &hash));
        match signature {
            _ if knows => {}
            Some(_) if !self.keys.can_be() => {
                return Err(Refusal::Forbidden("it is signed, and no public key is configured".into()));
            }
            Some(signature) => self.check_signature(signature, payload::field(&form)?).await?,
            None if token.is_none() => {
                return Err(Refusal::Forbidden(format!("a hash in Authorization, but {repo} has no token")));
            }
            None => return Err(Refusal::Forbidden("the hash in Authorization is wrong".into())),
        }
        if payload.repo != repo {
            return Err(Refusal::Forbidden(format!("Travis-Repo-Slug is {repo}, the payload is of {}", payload.repo)));
        }
        Ok(())
    }

    async fn check_signature(&self, signature: &str, message: &str) -> Result<(), Refusal> {
        let base64: String = signature.split_ascii_whitespace().collect();
        let signature = STANDARD.decode(base64);
        let signature = signature.map_err(|_| Refusal::Forbidden("the signature is not base64".into()))?;
        match self.keys.check(message.as_bytes(), &signature).await? {
            Verdict::Right => Ok(()),
            Verdict::Wrong => Err(Refusal::Forbidden("the signature is wrong".into())),
            Verdict::Unknown(server) => {
                self.tell_admins(format!("no public key of {server}"), no_key(&server)).await;
                let error = anyhow::anyhow!("the public key of {server} is not known: it could not be fetched");
                Err(Refusal::Internal(error))
            }
        }
    }
}

fn no_credential(repo: &Repo) -> Text {
    Text::from(format!("Results of {repo} are dropped, since nothing can prove them. Either set "))
        + code("config_urls")
        + " or "
        + code("public_key_files")
        + " in the config, or the repository's token in a private chat: "
        + command(format!("travis token {repo} TOKEN"))
}
fn no_key(server: &str) -> Text {
    Text::from(format!(
        "Results are turned away, since the public key of {server} could not be fetched. If this host cannot reach it, set "
    )) + code("public_key_files")
        + " in the config."
}

/// What stands in `Authorization` without a scheme, whatever bytes it is of:
/// with a scheme (`Basic …`, from a user and password in the hook's URL) it is
/// no hash, but something between the sender and a proxy.
fn hash(request: &Request) -> Option<Vec<u8>> {
    let value = request.headers.get("authorization")?.as_bytes().trim_ascii();
    (!value.is_empty() && !value.contains(&b' ')).then(|| value.to_ascii_lowercase())
}

/// What stands in `Authorization` for a repository and its token: the hex
/// SHA-256 of the slug, as the header spells it, directly followed by the token.
pub(crate) fn hash_of(slug: &str, token: &Secret) -> String {
    let digest = digest::digest(&digest::SHA256, format!("{slug}{}", token.expose()).as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes the same time for every wrong hash of that length.
fn knows_token(slug: &str, token: &Secret, hash: &[u8]) -> bool {
    Secret::new(hash_of(slug, token)).matches(hash)
}
