//! `!buildbot masters`, `version`, `source` and `hello`, and the section of `!status`.
use super::MasterArg;
use crate::{
    Buildbot,
    master::Master,
    model::{BuildRequest, Worker},
};
use factotum_plugin_api::prelude::*;
use futures_util::future::join_all;

/// A master that has not answered by then is said to be slow.
const PATIENCE: Duration = Duration::from_secs(5);

/// List the masters and how they are
#[derive(Args)]
pub(super) struct MastersArgs {}
/// Show the version of Buildbot
#[derive(Args)]
pub(super) struct VersionArgs {
    #[command(flatten)]
    master: MasterArg,
}
/// Say where Buildbot's source is
#[derive(Args)]
pub(super) struct SourceArgs {}
/// Say hello
#[derive(Args)]
pub(super) struct HelloArgs {}

impl Buildbot {
    pub(super) async fn masters(&self, _: &Call, _args: MastersArgs) -> Result<Reply> {
        self.meant(None)?;
        Ok(summary(self).await.into())
    }
    pub(super) async fn version(&self, _: &Call, args: VersionArgs) -> Result<Reply> {
        let version = |master| async move {
            let version = version_of(master).await?;
            Ok(Some(Text::from("This is buildbot-") + version + " at your service"))
        };
        let text = self.of_masters(args.master.name(), version).await?;
        Ok(text.unwrap_or_default().into())
    }
    pub(super) async fn source(&self, _: &Call, _args: SourceArgs) -> Result<Reply> {
        Ok("My source can be found at https://github.com/buildbot/buildbot".into())
    }
    pub(super) async fn hello(&self, call: &Call, _args: HelloArgs) -> Result<Reply> {
        const HELLO: [&str; 12] = [
            "Hello",
            "Hallo",
            "Bonjour",
            "Hola",
            "Ciao",
            "Cześć",
            "Ahoj",
            "Hej",
            "Olá",
            "Merhaba",
            "Привет",
            "こんにちは",
        ];
        let at = usize::try_from(self.host.clock.now().as_microsecond().unsigned_abs()).unwrap_or_default();
        Ok(format!("{}, {}!", HELLO[at % HELLO.len()], call.sender().name).into())
    }
}

/// A line for each master: what it is, and what it is at.
pub(crate) async fn summary(buildbot: &Buildbot) -> Text {
    let line = |master| async move {
        let said = tokio::select! {
            said = described(master) => said,
            () = buildbot.host.clock.sleep(PATIENCE) => Err(user_error("it has not answered within 5 seconds")),
        };
        let name = Text::from(&master.name) + ": ";
        match said {
            Ok(text) => name + text,
            Err(error) => name + master.of_itself(&error.into_anyhow().to_string()),
        }
    };
    Text::lines(join_all(buildbot.masters.iter().map(line)).await)
}

async fn described(master: &Master) -> Result<Text> {
    let waiting = "buildrequests?complete=false&claimed=false&field=buildrequestid&field=builderid&field=buildsetid&field=complete&field=claimed";
    let requests = master.list::<BuildRequest>("buildrequests", waiting);
    let (version, now, requests) = tokio::try_join!(version_of(master), master.now(), requests)?;
    let ours = |request: &&BuildRequest| now.builders.iter().any(|builder| builder.id == request.builder);
    let waiting = requests.iter().filter(ours).count();
    let mut text = Text::from(format_args!(
        "buildbot {version}, {} running, {waiting} pending",
        match now.running.len() {
            1 => "1 build".to_owned(),
            n => format!("{n} builds"),
        }
    ));
    let away = |worker: &&Worker| !worker.configured_on.is_empty() && !worker.is_connected();
    let away: Vec<&str> = now.workers.iter().filter(away).map(|worker| worker.name.as_str()).collect();
    if !away.is_empty() {
        text = text + ", " + state(State::Bad, "offline") + ": " + away.join(", ");
    }
    let paused: Vec<&str> =
        now.workers.iter().filter(|worker| worker.paused).map(|worker| worker.name.as_str()).collect();
    if !paused.is_empty() {
        text = text + ", paused: " + paused.join(", ");
    }
    Ok(text)
}

/// Of Buildbot on this master.
async fn version_of(master: &Master) -> Result<String> {
    let about = master.about().await?;
    let buildbot = about.versions.into_iter().find(|(what, _)| what == "Buildbot");
    Ok(buildbot.map_or_else(|| "?".into(), |(_, version)| version))
}
