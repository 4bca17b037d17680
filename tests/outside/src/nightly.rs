//! Posts the results of our nightly script to chats: `!nightly route`,
//! `!nightly routes`, `!nightly token`, … and `!nightly last`; `POST /nightly`.
use ci_routes::{Build, Event, Repo, Routes};
use factotum_plugin_api::prelude::*;
use serde::{Deserialize, Serialize};

pub struct Nightly {
    routes: Routes,
    /// The last result of each repository.
    last: Table<String, Run>,
}

/// What the script posts.
#[derive(Clone, Serialize, Deserialize)]
struct Run {
    repo: Repo,
    night: String,
    passed: bool,
    log: String,
}

/// Show the last result of a repository
#[derive(Args)]
struct LastArgs {
    /// Repository, as owner/name
    repo: Repo,
}

impl Plugin for Nightly {
    const NAME: &'static str = "nightly";
    type Config = ci_routes::Config;

    fn start(config: Self::Config, host: Host) -> Result<Self> {
        let routes = Routes::open(config, &host)?.titled("Nightly");
        Ok(Nightly { routes, last: host.store.table("last")? })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|nightly| &nightly.routes, Routes::commands("nightly"));
        commands.on("nightly last", Access::EVERYONE, Self::last);
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/nightly", Self::proof, Self::request).sample(sample);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.part(|nightly| &nightly.routes, Routes::jobs());
    }
}

impl Nightly {
    async fn last(&self, _: &Call, args: LastArgs) -> Result<Reply> {
        let run = self.last.get(&args.repo.key()).await?;
        let run = run.ok_or_else(|| user_error(format!("{} has not run yet.", args.repo)))?;
        let word = if run.passed { state(State::Good, "passed") } else { state(State::Bad, "failed") };
        Ok((bold(run.repo) + " " + run.night + " " + word + ": " + link("log", run.log)).into())
    }
    /// The script sends the token that `!nightly token` was told.
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        let run: Run = request.json()?;
        let given = request.header("x-nightly-token").ok_or_else(|| Refusal::Unauthorized("no token".into()))?;
        match self.routes.token_of(&run.repo).await? {
            Some(token) if token.matches(given.as_bytes()) => Ok(()),
            _ => Err(Refusal::Forbidden("the token does not fit".into())),
        }
    }
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        let run: Run = request.json()?;
        let event = if run.passed { Event::Passed } else { Event::Failed };
        let build = Build { url: Some(run.log.clone()), ..Build::new(run.repo.clone(), &run.night, &run.night, event) };
        self.last.put(&run.repo.key(), &run).await?;
        self.routes.outcome(build).await
    }
}
register!(Nightly);

/// A request as the script makes it: for `hook send` and the test.
fn sample(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    let token = secret.map(|secret| ("x-nightly-token".to_owned(), secret.expose().to_owned()));
    Ok(Sample { headers: token.into_iter().collect(), body: file.to_vec().into(), ..Sample::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bad_night_reaches_its_chat() {
        let bot = factotum_testing::Bot::with::<Nightly>().admin("ann").start().await;
        let run = br#"{ "repo": "o/r", "night": "2026-11-20", "passed": false, "log": "https://ci.example/7" }"#;
        bot.say("ann", "!nightly route o/r console:dev failed").await;
        bot.say_privately("ann", "!nightly token o/r s3cret").await;
        bot.transcript();
        bot.send::<Nightly>(run, Some("s3cret")).await;
        bot.send::<Nightly>(run, Some("guess")).await;
        bot.say("bob", "!nightly last o/r").await;
        let told = "\
nightly > POST /nightly 204
bot@dev > [Nightly] o/r #2026-11-20 failed https://ci.example/7
nightly > POST /nightly 403
bob     > !nightly last o/r
bot     > o/r 2026-11-20 failed: log (https://ci.example/7)
";
        assert_eq!(bot.transcript(), told);
    }
}
