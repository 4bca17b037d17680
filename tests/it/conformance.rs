//! What every plugin is held to; each plugin of this repository has a line here.
//! And that it is held to it: plugins which are not as they should be are found out.
use crate::hooks::Post;
use factotum_plugin_api::prelude::*;
use factotum_testing::conformance;
use plugin_alertmanager::Alertmanager;
use plugin_buildbot::Buildbot;
use plugin_buildkite::Buildkite;
use plugin_ci::Ci;
use plugin_circleci::CircleCi;
use plugin_drone::Drone;
use plugin_gitea::Gitea;
use plugin_github::GitHub;
use plugin_gitlab::GitLab;
use plugin_grafana::Grafana;
use plugin_jenkins::Jenkins;
use plugin_rules::Rules;
use plugin_travishook::TravisHook;
use plugin_trueconf::TrueConf;
use std::sync::atomic::{AtomicU32, Ordering};

const PUSH_FAILED: &[u8] = include_bytes!("../fixtures/travis/derived-push-failed.json");

#[tokio::test]
async fn travishook() {
    conformance::<TravisHook>(PUSH_FAILED, Some("s3cret")).await;
}

#[tokio::test]
async fn github() {
    conformance::<GitHub>(include_bytes!("../fixtures/senders/github-workflow_run-completed.json"), Some("s3cret"))
        .await;
}

#[tokio::test]
async fn buildkite() {
    conformance::<Buildkite>(
        include_bytes!("../fixtures/senders/derived-buildkite-build-finished.json"),
        Some("s3cret"),
    )
    .await;
}

#[tokio::test]
async fn circleci() {
    conformance::<CircleCi>(include_bytes!("../fixtures/senders/circleci-workflow-completed-0.json"), Some("s3cret"))
        .await;
}

#[tokio::test]
async fn gitea() {
    conformance::<Gitea>(
        include_bytes!("../fixtures/senders/derived-gitea-workflow_run-completed.json"),
        Some("s3cret"),
    )
    .await;
}

#[tokio::test]
async fn gitlab() {
    conformance::<GitLab>(include_bytes!("../fixtures/senders/gitlab-pipeline.json"), Some("s3cret")).await;
}

#[tokio::test]
async fn drone() {
    conformance::<Drone>(include_bytes!("../fixtures/senders/derived-drone-build-updated.json"), Some("s3cret")).await;
}

#[tokio::test]
async fn jenkins() {
    conformance::<Jenkins>(
        include_bytes!("../fixtures/senders/derived-jenkins-notification-finalized.json"),
        Some("s3cret"),
    )
    .await;
}

#[tokio::test]
async fn alertmanager() {
    conformance::<Alertmanager>(include_bytes!("../fixtures/senders/derived-alertmanager-v4.json"), Some("s3cret"))
        .await;
}

#[tokio::test]
async fn grafana() {
    conformance::<Grafana>(include_bytes!("../fixtures/senders/grafana-firing.json"), Some("s3cret")).await;
}

#[tokio::test]
async fn ci() {
    conformance::<Ci>(b"", None).await;
}

#[tokio::test]
async fn buildbot() {
    conformance::<Buildbot>(b"{}", None).await;
}

#[tokio::test]
async fn trueconf() {
    conformance::<TrueConf>(b"{}", None).await;
}

#[tokio::test]
async fn rules() {
    conformance::<Rules>(b"{\"message\": {\"text\": \"hi\"}}", Some("telegram:12345678")).await;
}

#[tokio::test]
async fn the_plugin_of_the_hook_tests() {
    conformance::<Post>(b"a letter", Some("s3cret")).await;
}

/// Is not as it should be, in one way.
struct Flawed<const FLAW: usize>(AtomicU32);
const NONE: usize = 0;
const MUTE: usize = 1;
const BRITTLE: usize = 2;
const FICKLE: usize = 3;

/// Say how often it was asked
#[derive(Args)]
struct CountArgs {
    #[arg(long)]
    from: Option<u32>,
}
/// Say nothing
#[derive(Args)]
struct NothingArgs {}

impl<const FLAW: usize> Plugin for Flawed<FLAW> {
    const NAME: &'static str = "flawed";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Flawed(AtomicU32::new(0)))
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        match FLAW {
            MUTE => commands.on("count", Access::EVERYONE, Self::count),
            _ => commands.on("nothing", Access::EVERYONE, Self::nothing),
        };
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        let sample = |file: &[u8], _: Option<&Secret>| Ok(Sample { body: file.to_vec().into(), ..Sample::default() });
        hooks.post("/flawed/{a}/{*b}", Proof::None, Self::hook).sample(sample);
    }
}
register!(Flawed<NONE>);

impl<const FLAW: usize> Flawed<FLAW> {
    async fn count(&self, _: &Call, args: CountArgs) -> Result<Reply> {
        Ok(Text::from(args.from.unwrap_or_default()).into())
    }
    async fn nothing(&self, _: &Call, _: NothingArgs) -> Result<Reply> {
        Ok(Reply::default())
    }
    async fn hook(&self, request: &Request) -> Result<Outcome, Refusal> {
        let times = self.0.fetch_add(1, Ordering::Relaxed);
        match FLAW {
            BRITTLE => Ok(Outcome::default().summary(request.body[..1].len().to_string())),
            FICKLE => Ok(Outcome::default().summary(times.to_string())),
            _ => Ok(Outcome::default().summary(format!("{}{}", request.param("a"), request.param("b")))),
        }
    }
}

/// Nobody has linked it.
struct Unregistered;
impl Plugin for Unregistered {
    const NAME: &'static str = "unregistered";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Unregistered)
    }
}

/// Does not say what its config means.
#[expect(dead_code, reason = "nothing is done with its config")]
struct Undocumented(Tree);
/// A tree
#[derive(serde::Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
struct Tree {
    /// Its branches
    branches: Vec<Branch>,
}
/// A branch
#[derive(serde::Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
struct Branch {
    leaves: u32,
}
impl Plugin for Undocumented {
    const NAME: &'static str = "undocumented";
    type Config = Tree;
    fn start(config: Tree, _: Host) -> Result<Self> {
        Ok(Undocumented(config))
    }
}
register!(Undocumented);

#[tokio::test]
async fn a_plugin_without_flaws() {
    conformance::<Flawed<NONE>>(b"x", None).await;
}

#[tokio::test]
#[should_panic(expected = "flawed: !count: from has no doc comment")]
async fn an_argument_without_help() {
    conformance::<Flawed<MUTE>>(b"x", None).await;
}

#[tokio::test]
#[should_panic(expected = "flawed: the handler of /flawed/{a}/{*b} panics at None and \"\"")]
async fn a_hook_that_panics() {
    conformance::<Flawed<BRITTLE>>(b"x", None).await;
}

#[tokio::test]
#[should_panic(expected = "/flawed/{a}/{*b}: the same request, asked twice")]
async fn a_hook_that_changes_its_mind() {
    conformance::<Flawed<FICKLE>>(b"x", None).await;
}

#[tokio::test]
#[should_panic(expected = "unregistered: there is no register! of it")]
async fn a_plugin_that_is_not_registered() {
    conformance::<Unregistered>(b"", None).await;
}

#[tokio::test]
#[should_panic(expected = "undocumented: fields without a doc comment: branches.leaves")]
async fn a_field_without_a_description() {
    conformance::<Undocumented>(b"", None).await;
}
