//! `!trueconf report` and `!trueconf audit`: what happened, every day and on request.
use crate::{
    TrueConf,
    report::{Daily, time},
    texts,
};
use factotum_plugin_api::prelude::*;

/// Report on all TrueConf servers to this chat, every day or now
#[derive(Args)]
pub(super) struct ReportArgs {
    /// When: daily, off, or now
    #[arg(value_enum)]
    when: Option<When>,
    /// Time of day, such as 09:00
    at: Option<String>,
}

/// When there is a report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// Every day.
    Daily,
    /// No more.
    Off,
    /// Once, now.
    Now,
}

/// Show who stopped and started what
#[derive(Args)]
pub(super) struct AuditArgs {
    /// Server, by its name; all when none is named
    server: Option<String>,
    /// How many entries to show
    count: Option<usize>,
}

/// Entries shown when nothing is said, and at most.
const SHOWN: usize = 20;
const SHOWN_MAX: usize = 200;

impl TrueConf {
    pub(super) async fn report(&self, call: &Call, args: ReportArgs) -> Result<Reply> {
        let (now, chat) = (self.host.clock.now(), call.chat());
        match (args.when, args.at) {
            (None, _) => Ok(match self.reports.get(chat).await? {
                Some(daily) => texts::watch::report_on(&daily.at, &self.zone_name()).into(),
                None => texts::watch::report_none().into(),
            }),
            (Some(When::Now), _) => {
                self.meant(None).await?;
                let figures = self.figures().await;
                let stopped = self.audit.stopped_since(now - Duration::from_secs(86400)).await?;
                let today = now.to_zoned(self.zone.clone()).date().to_string();
                Ok(texts::watch::report(&today, &figures, &stopped).into())
            }
            (Some(When::Off), _) => Ok(match self.reports.remove(chat).await? {
                true => texts::watch::report_off().into(),
                false => texts::watch::report_none().into(),
            }),
            (Some(When::Daily), at) => {
                let at = at.unwrap_or_else(|| "09:00".into());
                let thread = call.incoming.thread.clone();
                let daily = time(&at).and_then(|_| Daily::from_now(&at, thread, now, &self.zone));
                let daily = daily.ok_or_else(|| user_error(texts::watch::bad_time(&at)))?;
                self.reports.put(chat, &daily).await?;
                Ok(texts::watch::report_on(&at, &self.zone_name()).into())
            }
        }
    }
    fn zone_name(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_owned()
    }
    pub(super) async fn show_audit(&self, _: &Call, args: AuditArgs) -> Result<Reply> {
        // A number alone is how many.
        let number = args.server.as_deref().filter(|_| args.count.is_none()).and_then(|word| word.parse().ok());
        let (word, count) = match number {
            Some(count) => (None, Some(count)),
            None => (args.server.as_deref(), args.count),
        };
        let slugs: Vec<String> = self.meant(word).await?.iter().map(|server| server.slug.clone()).collect();
        let entries = self.audit.newest(&slugs, count.unwrap_or(SHOWN).min(SHOWN_MAX)).await?;
        if entries.is_empty() {
            return Ok(texts::watch::audit_empty().into());
        }
        let line = |entry: &crate::audit::Entry| texts::watch::audit_line(entry, &self.zone);
        Ok(list(entries.iter().map(line)).into())
    }
}
