//! Hours of the day in a time zone: `22:00-07:00` in Berlin, whatever the clock
//! change does to that night.
use factotum_plugin_api::jiff::{
    Timestamp,
    civil::{DateTime, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// From a time of day until another, over midnight where that is earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Hours {
    from: Time,
    to: Time,
}

/// No hours of a day.
#[derive(Debug, thiserror::Error)]
#[error("hours are like 22:00-07:00")]
pub(crate) struct NoHours;

impl FromStr for Hours {
    type Err = NoHours;
    fn from_str(word: &str) -> Result<Self, NoHours> {
        let (from, to) = word.split_once(['-', '–', '—']).ok_or(NoHours)?;
        let hours = Hours { from: time(from)?, to: time(to)? };
        if hours.from == hours.to { Err(NoHours) } else { Ok(hours) }
    }
}
/// `22:00`, `7:30` or `22`; `24:00` is midnight.
fn time(word: &str) -> Result<Time, NoHours> {
    let (hour, minute) = word.split_once(':').unwrap_or((word, "00"));
    let number = |word: &str, digits| match word.len() <= digits && word.bytes().all(|b| b.is_ascii_digit()) {
        true => word.parse::<i8>().map_err(|_| NoHours),
        false => Err(NoHours),
    };
    if minute.len() != 2 {
        return Err(NoHours);
    }
    let (hour, minute) = (number(hour, 2)?, number(minute, 2)?);
    let hour = if (hour, minute) == (24, 0) { 0 } else { hour };
    Time::new(hour, minute, 0, 0).map_err(|_| NoHours)
}
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.strftime("%H:%M"), self.to.strftime("%H:%M"))
    }
}
impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}
impl TryFrom<String> for Hours {
    type Error = NoHours;
    fn try_from(text: String) -> Result<Self, NoHours> {
        text.parse()
    }
}

/// A time zone by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Zone(String);

impl Zone {
    /// A zone that is known, in whatever case it was typed.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("utc") {
            return Some(Zone::default());
        }
        TimeZone::get(name).ok()?.iana_name().map(|name| Zone(name.to_owned()))
    }
    fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC) // it was known when it was kept
    }
}
impl Default for Zone {
    fn default() -> Self {
        Zone("UTC".to_owned())
    }
}
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Hours {
    /// When the hours that it is now in end. A time that a clock change leaves out
    /// counts as so much later, one that comes twice as the first of the two.
    pub(crate) fn end_at(&self, zone: &Zone, now: Timestamp) -> Option<Timestamp> {
        let zone = zone.time_zone();
        let at = |time: DateTime| zone.to_ambiguous_zoned(time).compatible().ok().map(|at| at.timestamp());
        let today = now.to_zoned(zone.clone()).date();
        // The hours that began yesterday may go on.
        [today.yesterday().ok(), Some(today)].into_iter().flatten().find_map(|day| {
            let last = if self.to > self.from { day } else { day.tomorrow().ok()? };
            let (begin, end) = (at(day.to_datetime(self.from))?, at(last.to_datetime(self.to))?);
            (begin <= now && now < end).then_some(end)
        })
    }
    /// The time of day at which they end.
    pub(crate) fn end(&self) -> String {
        self.to.strftime("%H:%M").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_are_hours() {
        let rows = [
            ("22:00-07:00", Some("22:00-07:00")),
            ("22:00–07:30", Some("22:00-07:30")),
            ("22-7", Some("22:00-07:00")),
            ("0:30-24:00", Some("00:30-00:00")),
            ("7:00-7:00", None),
            ("00:00-24:00", None),
            ("25:00-07:00", None),
            ("22:60-07:00", None),
            ("22:0-07:00", None),
            ("+2:00-07:00", None),
            ("22:00", None),
            ("", None),
            ("-", None),
        ];
        for (word, hours) in rows {
            assert_eq!(word.parse::<Hours>().ok().map(|hours| hours.to_string()).as_deref(), hours, "{word:?}");
        }
    }

    #[test]
    fn nights_with_a_clock_change() {
        let rows = [
            // An ordinary night, in winter time.
            ("22:00-07:00", "2026-11-20T20:59:59Z", None),
            ("22:00-07:00", "2026-11-20T21:00:00Z", Some("2026-11-21T06:00:00Z")),
            ("22:00-07:00", "2026-11-21T05:59:59Z", Some("2026-11-21T06:00:00Z")),
            ("22:00-07:00", "2026-11-21T06:00:00Z", None),
            // Forward at 02:00 on 2026-03-29: the night is an hour shorter.
            ("22:00-07:00", "2026-03-28T21:00:00Z", Some("2026-03-29T05:00:00Z")),
            // 02:30 does not exist and counts as 03:30.
            ("22:00-02:30", "2026-03-29T01:15:00Z", Some("2026-03-29T01:30:00Z")),
            ("22:00-02:30", "2026-03-29T01:30:00Z", None),
            // Back at 03:00 on 2026-10-25: an hour longer, and 02:30 comes twice.
            ("22:00-07:00", "2026-10-24T20:00:00Z", Some("2026-10-25T06:00:00Z")),
            ("22:00-02:30", "2026-10-25T00:29:59Z", Some("2026-10-25T00:30:00Z")),
            ("22:00-02:30", "2026-10-25T01:00:00Z", None),
            // By day.
            ("12:00-13:00", "2026-11-20T11:30:00Z", Some("2026-11-20T12:00:00Z")),
            ("12:00-13:00", "2026-11-20T12:00:00Z", None),
        ];
        let berlin = Zone::named("europe/berlin").unwrap();
        assert_eq!(berlin.to_string(), "Europe/Berlin");
        for (hours, now, end) in rows {
            let found = hours.parse::<Hours>().unwrap().end_at(&berlin, now.parse().unwrap());
            assert_eq!(found.map(|end| end.to_string()).as_deref(), end, "{hours} at {now}");
        }
        assert_eq!(Zone::named("Europe/Nowhere"), None);
        assert_eq!(Zone::named("utc"), Some(Zone::default()));
    }

    proptest! {
        #[test]
        fn a_moment_is_in_the_hours_or_in_the_rest_of_the_day(
            (from, to) in (0..24_u32, 0..24_u32), second in 1_700_000_000..1_900_000_000_i64
        ) {
            prop_assume!(from != to);
            let hours = |a, b| format!("{a}-{b}").parse::<Hours>().unwrap();
            let now = Timestamp::from_second(second).unwrap();
            let zone = Zone::default();
            let (inside, outside) = (hours(from, to).end_at(&zone, now), hours(to, from).end_at(&zone, now));
            prop_assert!(inside.is_some() != outside.is_some());
            let end = inside.or(outside).unwrap();
            prop_assert!(end > now && end.duration_since(now).as_hours() < 24);
        }
    }
}
