//! The daily report: how all servers are, at a time of day that a chat has chosen.
use crate::{TrueConf, api::Fault, commands::forgotten, reach, servers::Server, texts};
use factotum_plugin_api::{
    jiff::{Timestamp, civil::Time, tz::TimeZone},
    prelude::*,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How long after midnight a report of the day before is still worth having.
const LATE: Duration = Duration::from_secs(6 * 3600);

/// When a chat is told, by its address in the table `reports`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Daily {
    /// `09:00`, in the time zone of the config.
    pub(crate) at: String,
    #[serde(default)]
    pub(crate) thread: Option<String>,
    /// The last day that was reported, or counts as if it had been: `2026-11-22`.
    pub(crate) last: String,
}

/// How one server is.
pub(crate) struct Figures {
    pub(crate) version: Option<String>,
    /// Users online and in all; nothing where the server does not tell.
    pub(crate) users: Option<(u64, u64)>,
    pub(crate) running: usize,
    pub(crate) forgotten: usize,
}

impl Daily {
    /// Whether it is due, and the day it is for. Midnight ends no day that was not
    /// reported: a look may come late, and a bot may be off for a while.
    fn due(&self, now: Timestamp, zone: &TimeZone) -> Option<String> {
        let local = now.to_zoned(zone.clone()).datetime();
        let at: Time = time(&self.at)?;
        let today = local.date();
        let day = if local.time() >= at { today } else { today.yesterday().ok()? };
        let late = Duration::try_from(local.duration_since(day.to_datetime(at))).ok()?;
        let day = (day == today || late <= LATE).then(|| day.to_string())?;
        (self.last < day).then_some(day)
    }
    /// A report at this time from now on: today's has been if its time has passed.
    pub(crate) fn from_now(at: &str, thread: Option<String>, now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let local = now.to_zoned(zone.clone());
        let passed = local.time() >= time(at)?;
        let last = if passed { local.date() } else { local.date().yesterday().ok()? };
        Some(Daily { at: at.to_owned(), thread, last: last.to_string() })
    }
}

/// `09:00`, and nothing else.
pub(crate) fn time(word: &str) -> Option<Time> {
    let (hour, minute) = word.split_once(':')?;
    let two = |digits: &str| (1..=2).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit());
    if !two(hour) || minute.len() != 2 || !two(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

impl TrueConf {
    /// Posts the reports that are due.
    pub(crate) async fn post_reports(&self, _: &Tick) -> Result<()> {
        let now = self.host.clock.now();
        let all = self.reports.all(&[]).await?;
        let due: Vec<(ChatId, Daily, String)> = all
            .into_iter()
            .filter_map(|(chat, daily)| daily.due(now, &self.zone).map(|today| (chat, daily, today)))
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        self.servers.load().await?;
        let figures = self.figures().await;
        let since = now - Duration::from_secs(86400);
        let stopped = self.audit.stopped_since(since).await?;
        for (chat, daily, today) in due {
            let text = self.host.language_of(&chat).within(|| texts::watch::report(&today, &figures, &stopped));
            let dedupe = format!("report:{chat}:{today}:{}", daily.at);
            let notice = Notice { thread: daily.thread.clone(), ..Notice::new(chat.clone(), text) };
            self.host.outbox.post(notice, Some(dedupe)).await?;
            // Unless it was switched off or changed meanwhile.
            if let Some((known, revision)) = self.reports.get_at(&chat).await?.filter(|(known, _)| *known == daily) {
                self.reports.compare_and_swap(&chat, revision, &Daily { last: today, ..known }).await?;
            }
        }
        Ok(())
    }
    /// How all servers are now.
    pub(crate) async fn figures(&self) -> Vec<(Arc<Server>, Result<Figures, Fault>)> {
        let (statuses, over) = (self.online_statuses.clone(), self.forgotten_after);
        reach::all(&self.host, &self.servers.all(), move |server| {
            let statuses = statuses.clone();
            async move {
                let api = server.api()?;
                let version = api.up().await?.version;
                let users = match api.users().await {
                    Ok(users) => Some((users.count(&statuses), users.total())),
                    Err(Fault::NotTold | Fault::Scope(_)) => None,
                    Err(fault) => return Err(fault),
                };
                let running = api.running().await?.len();
                let forgotten = forgotten(api, over).await?.found.len();
                Ok(Figures { version, users, running, forgotten })
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_hours_and_minutes() {
        for (word, good) in [
            ("09:00", true),
            ("9:00", true),
            ("23:59", true),
            ("24:00", false),
            ("9", false),
            ("09:0", false),
            ("9:60", false),
            ("", false),
            ("a:bc", false),
            ("+9:00", false),
        ] {
            assert_eq!(time(word).is_some(), good, "{word}");
        }
    }

    #[test]
    fn a_report_is_due_once_a_day_in_its_own_time_zone() {
        let zone = TimeZone::fixed(factotum_plugin_api::jiff::tz::offset(3));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut daily = Daily::from_now("09:00", None, at("2026-11-22T05:00:00Z"), &zone).unwrap();
        assert_eq!(daily.due(at("2026-11-22T05:59:59Z"), &zone), None);
        assert_eq!(daily.due(at("2026-11-22T06:00:00Z"), &zone).as_deref(), Some("2026-11-22"));
        daily.last = "2026-11-22".into();
        assert_eq!(daily.due(at("2026-11-22T20:59:00Z"), &zone), None);
        // A bot that was off at nine reports when it is back.
        assert_eq!(daily.due(at("2026-11-23T10:00:00Z"), &zone).as_deref(), Some("2026-11-23"));
        // Midnight is no way to miss one.
        let before = Daily { at: "23:59".into(), thread: None, last: "2026-11-21".into() };
        assert_eq!(before.due(at("2026-11-22T20:58:59Z"), &zone), None);
        for late in ["2026-11-22T20:59:00Z", "2026-11-22T21:00:20Z", "2026-11-23T02:59:00Z"] {
            assert_eq!(before.due(at(late), &zone).as_deref(), Some("2026-11-22"), "{late}");
        }
        assert_eq!(before.due(at("2026-11-23T03:00:00Z"), &zone), None);
        let night = Daily::from_now("23:59", None, at("2026-11-22T21:30:00Z"), &zone).unwrap();
        assert_eq!(night.due(at("2026-11-22T21:31:00Z"), &zone), None);
        // Switched on after its time, it begins tomorrow.
        let late = Daily::from_now("09:00", None, at("2026-11-22T07:00:00Z"), &zone).unwrap();
        assert_eq!(late.due(at("2026-11-22T12:00:00Z"), &zone), None);
        assert!(late.due(at("2026-11-23T06:00:00Z"), &zone).is_some());
    }
}
