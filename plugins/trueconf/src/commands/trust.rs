//! `!trueconf trust`: shows the certificate of a server and, confirmed, trusts it and no
//! other.
use crate::{TrueConf, api, screens, texts};
use factotum_plugin_api::{
    http::{Peer, Tls},
    prelude::*,
};

/// Show the fingerprint of a server's certificate, and trust it
#[derive(Args)]
pub(super) struct TrustArgs {
    /// Server, by its name; may be left out where there is one
    server: Option<String>,
}

impl TrueConf {
    pub(super) async fn trust(&self, call: &Call, args: TrustArgs) -> Result<Reply> {
        let server = self.one(call, args.server.as_deref()).await?;
        let base = api::address(&server.config.address)?;
        if base.scheme() != "https" {
            return Err(user_error(texts::no_certificate(&server)));
        }
        let peer = Peer { limit: api::CALL_LIMIT * 2, ..Peer::new(base.as_str())? };
        let shown = self.host.clock.timeout(api::CALL_LIMIT, self.host.http.fingerprint(&peer)).await;
        let fault = match shown {
            Ok(Ok(fingerprint)) => return self.trust_shown(call, &server, fingerprint).await,
            Ok(Err(error)) => api::Fault::of_call(error),
            Err(_) => api::Fault::Silent,
        };
        Err(super::told(&server, &fault))
    }
    async fn trust_shown(&self, call: &Call, server: &crate::servers::Server, fingerprint: String) -> Result<Reply> {
        if server.config.tls == Tls::Pinned(fingerprint.clone()) {
            return Ok(screens::back(call, texts::trusted_already(server).into(), server));
        }
        call.confirm(texts::sure_to_trust(server, &fingerprint)).await?;
        let server = &*self.still(server)?;
        self.servers.pin(server, fingerprint).await?;
        let text = texts::trusted(server);
        let Some(server) = self.servers.get(&server.slug) else { return Ok(text.into()) };
        let said = self.greeted(&server).await.unwrap_or_else(|fault| texts::trouble(&server, &fault));
        Ok(screens::back(call, (text + " " + said).into(), &server))
    }
}
