//! How long something took or is ago, in few words: Buildbot's `fuzzyInterval`.

/// `seconds` as Buildbot's bots say them: `a moment`, `7 seconds`, `an hour`.
///
/// Python rounds a half to the even neighbour; so does this.
pub(crate) fn fuzzy(seconds: i64) -> String {
    if seconds <= 1 {
        return "a moment".into();
    }
    if seconds < 20 {
        return format!("{seconds} seconds");
    }
    if seconds < 55 {
        return format!("{} seconds", rounded(seconds, 10) * 10);
    }
    let minutes = rounded(seconds, 60);
    if minutes < 55 {
        return match minutes {
            1 => "a minute".into(),
            2..20 => format!("{minutes} minutes"),
            _ => format!("{} minutes", rounded(minutes, 10) * 10),
        };
    }
    let hours = rounded(minutes, 60);
    if hours < 24 {
        return counted(hours, "an hour", "hours");
    }
    let days = (hours + 6) / 24;
    if days < 30 {
        return counted(days, "a day", "days");
    }
    let months = (days + 10) * 2 / 61; // whole months of 30.5 days
    if months < 12 {
        return counted(months, "a month", "months");
    }
    counted(rounded(days * 4, 1461), "a year", "years") // of 365.25 days
}

fn counted(n: i64, one: &str, many: &str) -> String {
    if n == 1 { one.into() } else { format!("{n} {many}") }
}

/// `n / of`, a half to the even neighbour.
fn rounded(n: i64, of: i64) -> i64 {
    let (whole, rest) = (n / of, n % of);
    match (rest * 2).cmp(&of) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Equal => whole + whole % 2,
        std::cmp::Ordering::Greater => whole + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Buildbot 4.3.0 says of the same seconds.
    #[test]
    fn it_says_what_buildbot_says() {
        let rows = [
            (-5, "a moment"),
            (0, "a moment"),
            (1, "a moment"),
            (2, "2 seconds"),
            (19, "19 seconds"),
            (20, "20 seconds"),
            (24, "20 seconds"),
            (25, "20 seconds"),
            (35, "40 seconds"),
            (45, "40 seconds"),
            (54, "50 seconds"),
            (55, "a minute"),
            (59, "a minute"),
            (60, "a minute"),
            (89, "a minute"),
            (90, "2 minutes"),
            (91, "2 minutes"),
            (150, "2 minutes"),
            (210, "4 minutes"),
            (1170, "20 minutes"),
            (1199, "20 minutes"),
            (1200, "20 minutes"),
            (1230, "20 minutes"),
            (1500, "20 minutes"),
            (2100, "40 minutes"),
            (3269, "50 minutes"),
            (3270, "50 minutes"),
            (3300, "an hour"),
            (5399, "2 hours"),
            (5400, "2 hours"),
            (5460, "2 hours"),
            (9000, "2 hours"),
            (12600, "4 hours"),
            (82800, "23 hours"),
            (84600, "a day"),
            (86400, "a day"),
            (129600, "a day"),
            (151200, "2 days"),
            (172800, "2 days"),
            (2505600, "29 days"),
            (2591999, "a month"),
            (2592000, "a month"),
            (3000000, "a month"),
            (3456000, "a month"),
            (5184000, "2 months"),
            (5270400, "2 months"),
            (30000000, "11 months"),
            (31536000, "a year"),
            (32000000, "a year"),
            (47336400, "2 years"),
            (63072000, "2 years"),
            (78894000, "2 years"),
            (400000000, "13 years"),
        ];
        for (seconds, said) in rows {
            assert_eq!(fuzzy(seconds), said, "{seconds} s");
        }
    }
}
