//! What a request tells, as a sender plugin reads it, and what that leads to.
use crate::{Build, Endpoint, Event, Job, Repo};
use factotum_plugin_api::{
    hook::{Outcome, Refusal},
    notice::Urgency,
};
use tracing::info;

/// What a request of a sender tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A hook was made, changed or tested.
    Ping,
    /// A build has come to something.
    Build(Box<Build>),
    /// A job of a build failed; `run` is the id that the build has.
    FailedJob {
        /// Of which repository.
        repo: Repo,
        /// The id of its build.
        run: String,
        /// The job.
        job: Job,
    },
}

impl From<Build> for Told {
    fn from(build: Build) -> Self {
        Told::Build(Box::new(build))
    }
}

impl Endpoint {
    /// What a proven request leads to.
    ///
    /// # Errors
    /// As [`Endpoint::outcome`].
    pub async fn told(&self, told: impl Into<Told>) -> Result<Outcome, Refusal> {
        match told.into() {
            Told::Ping => Ok(Outcome::default().summary("ping")),
            Told::Build(build) => self.outcome(*build).await,
            Told::FailedJob { repo, run, job } => self.failed_job(&repo, &run, job).await,
        }
    }
    /// What a build leads to. [`Event::Passed`] and [`Event::Failed`] become what they are
    /// after the result before; [`Event::Fixed`] of a sender that knows stays that.
    ///
    /// # Errors
    /// As [`Routes::outcome`](crate::Routes::outcome).
    pub async fn outcome(&self, mut build: Build) -> Result<Outcome, Refusal> {
        if !self.routes.knows(&build.repo).await? {
            info!(repo = %build.repo, "request dropped: no route");
            return Err(Refusal::Ignored(format!("{} has no route", build.repo)));
        }
        if let Event::Passed | Event::Fixed | Event::Failed = build.event {
            let when = build.finished_at.map(|at| at.to_string()).unwrap_or_default();
            let (line, which) = (build.line_of_results(), format!("{} {when}", build.id));
            let passed = build.event != Event::Failed;
            let change = self.transitions.decide(&build.repo, &line, &which, passed, build.started_at).await?;
            build.event = if build.event == Event::Fixed { Event::Fixed } else { change };
        }
        // First it is kept: a job that comes now either finds it, or is found here.
        if !self.ended.note(&build).await? {
            return Err(Refusal::Ignored("it has ended already".into()));
        }
        if build.event.is_bad() && build.jobs.is_empty() {
            build.jobs = self.failing.of(&build.repo, &build.id).await?;
        }
        self.routes.outcome(build).await
    }
    /// Remembers a failed job until its run is told of. Where that was told already, its
    /// message is edited; a chat where that is not possible is not told again.
    async fn failed_job(&self, repo: &Repo, run: &str, job: Job) -> Result<Outcome, Refusal> {
        if !self.routes.knows(repo).await? {
            return Err(Refusal::Ignored(format!("{repo} has no route")));
        }
        self.failing.add(repo, run, &job).await?;
        let Some(build) = self.ended.failed(repo, run).await? else {
            return Ok(Outcome::default().summary("a failed job, to be named with its run"));
        };
        let jobs = self.failing.of(repo, run).await?;
        let build = Build { jobs, ..build };
        let key = format!("{}:job {} {}", build.dedupe_key(), job.name, job.url.unwrap_or_default());
        let mut outcome = self.routes.outcome(build).await?;
        outcome.notices.retain(|notice| notice.key.is_some() && self.host.edits(&notice.to));
        outcome.notices.iter_mut().for_each(|notice| notice.urgency = Urgency::Normal);
        if outcome.notices.is_empty() {
            return Ok(Outcome::default().summary("a failed job, which no message can name now"));
        }
        Ok(outcome.once(key).summary("a failed job, added to the message of its run"))
    }
}
