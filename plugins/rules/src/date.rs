//! The date of a message, in the forms that senders have: ISO, Unix time, or a pattern of
//! letters (`yyyy-MM-dd HH:mm:ss`).
use factotum_plugin_api::jiff::{Timestamp, civil::DateTime, fmt::strtime, tz::TimeZone};

/// Reads a date; `pattern` is `iso`, `seconds`, `milliseconds`, or letters.
pub fn parse(pattern: &str, text: &str) -> Option<Timestamp> {
    let text = text.trim();
    match pattern.to_ascii_lowercase().as_str() {
        "" | "iso" => iso(text).or_else(|| unix(text)),
        "seconds" => seconds(text),
        "milliseconds" => text.parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        _ => by_pattern(pattern, text),
    }
}

/// A time without what is finer than a millisecond: nobody wants to read that.
pub fn to_ms(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

fn iso(text: &str) -> Option<Timestamp> {
    let local = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse().ok().or_else(local)
}

/// A bare number: senders give it also where the URL says nothing of it. What has twelve
/// digits is no second before the year 5138.
fn unix(text: &str) -> Option<Timestamp> {
    let whole = text.split('.').next().unwrap_or_default();
    match whole.len() {
        12.. => whole.parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        _ => seconds(text),
    }
}

fn seconds(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole.strip_prefix('-').unwrap_or(whole)) || !digits(fraction) {
        return None;
    }
    let nanos: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    Timestamp::new(whole.parse().ok()?, nanos.parse().ok()?).ok()
}

fn by_pattern(pattern: &str, text: &str) -> Option<Timestamp> {
    let parsed = strtime::parse(of_letters(pattern)?, text).ok()?;
    let local = || parsed.to_datetime().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    parsed.to_timestamp().ok().or_else(local)
}

/// A pattern of letters as strtime has it; `None` for letters that we do not know.
fn of_letters(pattern: &str) -> Option<String> {
    let (mut out, mut rest) = (String::new(), pattern.chars().peekable());
    while let Some(c) = rest.next() {
        if c == '\'' {
            for c in rest.by_ref().take_while(|&c| c != '\'') {
                out.push(c);
            }
            continue;
        }
        if !c.is_ascii_alphabetic() {
            out.push(c);
            if c == '%' {
                out.push(c);
            }
            continue;
        }
        let mut count = 1;
        while rest.next_if_eq(&c).is_some() {
            count += 1;
        }
        out.push_str(match (c, count) {
            ('y' | 'u', 2) => "%y",
            ('y' | 'u', _) => "%Y",
            ('M', 1 | 2) => "%m",
            ('M', 3) => "%b",
            ('M', _) => "%B",
            ('d', _) => "%d",
            ('H', _) => "%H",
            ('h', _) => "%I",
            ('a', _) => "%p",
            ('m', _) => "%M",
            ('s', _) => "%S",
            ('S', _) => "%f",
            ('E', 1..=3) => "%a",
            ('E', _) => "%A",
            ('Z' | 'z', _) => "%z",
            ('X', 3) => "%:z",
            ('X', _) => "%z",
            ('T', 1) => "T",
            _ => return None,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_that_is_shown_ends_with_its_milliseconds() {
        let at = "2026-11-20T10:00:00.123456789Z".parse().unwrap();
        assert_eq!(to_ms(at).to_string(), "2026-11-20T10:00:00.123Z");
        assert_eq!(to_ms(Timestamp::MIN), Timestamp::MIN);
    }

    #[test]
    fn dates_in_every_form() {
        let rows = [
            ("", "2018-01-08T10:20:30Z", "2018-01-08T10:20:30Z"),
            ("iso", "2018-01-08T10:20:30+02:00", "2018-01-08T08:20:30Z"),
            ("iso", "2018-01-08 10:20:30", "2018-01-08T10:20:30Z"),
            ("", "1515400000.000123", "2018-01-08T08:26:40.000123Z"),
            ("", "1515400000123", "2018-01-08T08:26:40.123Z"),
            ("seconds", "1515400000", "2018-01-08T08:26:40Z"),
            ("Milliseconds", "1515400000123", "2018-01-08T08:26:40.123Z"),
            ("yyyy-MM-dd HH:mm:ss", "2018-01-08 08:26:40", "2018-01-08T08:26:40Z"),
            ("dd/MMM/yyyy'T'HH:mm:ssXXX", "08/Jan/2018T08:26:40+01:00", "2018-01-08T07:26:40Z"),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(
                parse(pattern, text).map(|date| date.to_string()).as_deref(),
                Some(expected),
                "{pattern} {text}"
            );
        }
        for (pattern, text) in [
            ("", ""),
            ("", "soon"),
            ("seconds", "x"),
            ("milliseconds", "1.5"),
            ("QQ", "1"),
            ("yyyy", "x"),
            ("seconds", "99999999999999999999"),
        ] {
            assert_eq!(parse(pattern, text), None, "{pattern} {text}");
        }
    }
}
