//! `!trueconf add`: a server that the config does not name. It is called at once, so that
//! a wrong address or a missing permission is seen while its admin is there.
use crate::{
    TrueConf,
    api::{Fault, scopes_of},
    config::ServerConfig,
    screens,
    servers::Server,
    texts,
};
use factotum_plugin_api::{http::Tls, prelude::*};

/// Add a TrueConf server
#[derive(Args)]
pub(super) struct AddArgs {
    /// Name that people will see
    name: String,
    /// Address of the server, such as video.example.com
    address: String,
    /// Id of the OAuth2 application
    client_id: String,
    /// Secret of the OAuth2 application
    client_secret: Secret,
    /// Do not check the server's certificate at all
    #[arg(long)]
    no_tls_check: bool,
    /// API to speak: auto, v4, or an older one such as v3.3
    #[arg(long, default_value = "auto")]
    api: String,
    /// Port of the server's clients, which tells its state
    #[arg(long, default_value_t = 4307)]
    status_port: u16,
}

/// What the commands of this plugin need, with the wider permissions that hold it too.
const NEEDED: [&[&str]; 4] = [
    &["conferences"],
    &["users:read", "users"],
    &["logs.calls:read", "logs.calls"],
    &["logs.calls.participants:read", "logs.calls.participants", "conferences.sessions.participants:read"],
];

impl TrueConf {
    pub(super) async fn add(&self, call: &Call, args: AddArgs) -> Result<Reply> {
        let server = ServerConfig {
            client_id: args.client_id,
            client_secret: Some(args.client_secret),
            tls: if args.no_tls_check { Tls::Off } else { Tls::System },
            api: args.api,
            status_port: args.status_port,
            ..ServerConfig::new(args.address)
        };
        let server = self.servers.add(&args.name, server).await?;
        let added = texts::added(&server);
        Ok(match self.greeted(&server).await {
            Ok(said) => screens::back(call, (added + " " + said).into(), &server),
            Err(fault @ Fault::Certificate(_)) => {
                screens::trust(call, added + "\n" + texts::trouble(&server, &fault), &server)
            }
            Err(fault) => screens::back(call, (added + "\n" + texts::trouble(&server, &fault)).into(), &server),
        })
    }
    /// What a server says when it is called for the first time.
    pub(crate) async fn greeted(&self, server: &Server) -> Result<Text, Fault> {
        let api = server.api()?;
        let (spoken, _) = api.spoken().await?;
        let scope = api.scope().await?;
        let mut text = texts::speaks(&spoken);
        if let Some(scope) = scope {
            let missing = missing(&scope);
            text = text
                + " "
                + if missing.is_empty() { texts::permissions_held() } else { texts::permissions_missing(&missing) };
        }
        if server.is_open_to_anyone() {
            text = text + " " + texts::tls_off();
        }
        Ok(text)
    }
}

/// The permissions that a scope lacks.
fn missing(scope: &str) -> Vec<&'static str> {
    let held = |wanted: &&str| scopes_of(scope).any(|held| held == *wanted);
    NEEDED.iter().filter(|wider| !wider.iter().any(&held)).map(|wider| wider[0]).collect()
}
