//! A rule: which messages it is about, when it says something, and what, and to whom.
use crate::{
    expression::{Expr, Field, Names, parse},
    placeholders::{TEMPLATE_MAX, Template},
};
use factotum_plugin_api::{
    Result,
    chat::ChatId,
    prelude::{JsonSchema, schemars},
    user_error,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::Duration};

/// The most messages of a window.
pub const WINDOW_MAX: usize = 1_000;
/// The longest time of a window, a delay and a pause.
const TIME_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// A rule, as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// The chats that its messages go to
    pub to: Vec<ChatId>,
    /// Type of the messages it is about, such as webhook; * and ? are wild, nothing is any
    #[serde(rename = "type")]
    pub kind: String,
    /// Source of the messages it is about; * and ? are wild, nothing is any
    pub source: String,
    /// Entity of the messages it is about; * and ? are wild, nothing is any
    pub entity: String,
    /// Which messages it is about, such as "tags.message.chat.id = -100 && message LIKE '/deploy*'"; nothing is all
    pub filter: String,
    /// What it looks at: "length(5)", the last 5 messages of an entity, or "time(10 minutes)"
    pub window: String,
    /// When it is open; count() is how many messages are in the window
    pub condition: String,
    /// When it says something: open, repeat, cancel
    pub on: Vec<Trigger>,
    /// What it says, with ${message}, ${entity}, ${tags.NAME} and the like
    pub text: String,
    /// What it says on repeat; nothing is the same as on open
    pub repeat_text: String,
    /// What it says on cancel; nothing is the same as on open
    pub cancel_text: String,
    /// Which repeats it says: "all", every so many ("10"), or at most one in a time ("5 minutes")
    pub repeat_every: String,
    /// How long it must stay open before it says so, such as "2 minutes"; nothing is not at all
    pub delay: String,
    /// Whether it is at work
    pub enabled: bool,
}

impl Default for Rule {
    fn default() -> Self {
        let empty = String::new;
        Rule {
            to: vec![],
            kind: empty(),
            source: empty(),
            entity: empty(),
            filter: empty(),
            window: "length(1)".into(),
            condition: "true".into(),
            on: vec![Trigger::Open, Trigger::Repeat],
            text: "${message}".into(),
            repeat_text: empty(),
            cancel_text: empty(),
            repeat_every: "all".into(),
            delay: empty(),
            enabled: true,
        }
    }
}

/// When a rule says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Its condition holds, and did not before.
    Open,
    /// Its condition holds again.
    Repeat,
    /// Its condition holds no longer.
    Cancel,
}
impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trigger::Open => "open",
            Trigger::Repeat => "repeat",
            Trigger::Cancel => "cancel",
        })
    }
}
impl FromStr for Trigger {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        match word.to_ascii_lowercase().as_str() {
            "open" => Ok(Trigger::Open),
            "repeat" => Ok(Trigger::Repeat),
            "cancel" => Ok(Trigger::Cancel),
            _ => Err("there is open, repeat and cancel".into()),
        }
    }
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The last so many messages.
    Length(usize),
    /// Those of the last time.
    Time(Duration),
}

/// Which repeats a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// All of them.
    All,
    /// One of so many.
    Every(u32),
    /// One in a time.
    Pause(Duration),
}

/// A rule that can be asked.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Its name.
    pub name: String,
    /// As it is written.
    pub rule: Rule,
    /// Which messages it is about.
    pub filter: Option<Expr>,
    /// When it is open.
    pub condition: Expr,
    /// What it looks at.
    pub window: Window,
    /// Which repeats it says.
    pub repeats: Repeats,
    /// How long it must stay open first.
    pub delay: Duration,
    /// What it says on open, repeat and cancel.
    pub texts: [Template; 3],
}

impl Compiled {
    /// Reads a rule.
    ///
    /// # Errors
    /// What is wrong with it, with its place where it has one.
    pub fn of(name: &str, rule: Rule) -> Result<Self> {
        let expression = |what: &str, text: &str| {
            parse(text, Names::OfMessage).map_err(|mistake| user_error(format!("{what}: {}", mistake.shown(text))))
        };
        let filter = match rule.filter.trim() {
            "" => None,
            text => Some(expression("filter", text)?),
        };
        if filter.as_ref().is_some_and(|filter| filter.speaks_of(&|field| *field == Field::Count)) {
            return Err(user_error("filter: count() is for the condition; a filter sees one message alone"));
        }
        let condition = expression("condition", rule.condition.trim())?;
        let named = |what: &str, why: String| user_error(format!("{what}: {why}"));
        let window = rule.window.parse().map_err(|why| named("window", why))?;
        let repeats = rule.repeat_every.parse().map_err(|why| named("repeat_every", why))?;
        let delay = match rule.delay.trim() {
            "" => Duration::ZERO,
            text => duration(text).map_err(|why| named("delay", why))?,
        };
        let template = |what: &str, text: &str| match text.chars().count() {
            _ if text.trim().is_empty() => Err(user_error(format!("{what}: it is empty, and nothing would be posted"))),
            0..=TEMPLATE_MAX => Ok(Template::of(text)),
            _ => Err(user_error(format!("{what}: it is longer than {TEMPLATE_MAX} characters"))),
        };
        let or_open = |text: &str| if text.is_empty() { rule.text.clone() } else { text.to_owned() };
        let texts = [
            template("text", &rule.text)?,
            template("repeat_text", &or_open(&rule.repeat_text))?,
            template("cancel_text", &or_open(&rule.cancel_text))?,
        ];
        Ok(Compiled { name: name.to_owned(), filter, condition, window, repeats, delay, texts, rule })
    }
    /// What of a rule makes another window of it when it changes.
    pub fn shape(&self) -> String {
        let Rule { filter, condition, window, .. } = &self.rule;
        format!("{filter}\n{condition}\n{window}")
    }
    /// Whether its filter is there and speaks of what a message says.
    pub fn wants_what_has_no_text(&self) -> bool {
        let says =
            |field: &Field| matches!(field, Field::Tag(_) | Field::Tags) || *field == Field::Named("message".into());
        self.filter.as_ref().is_some_and(|filter| filter.speaks_of(&says))
    }
}

impl FromStr for Window {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("a window is like length(1), at most length({WINDOW_MAX}), or time(10 minutes)");
        let text = text.trim().to_ascii_lowercase();
        let inner =
            |name: &str| text.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')').map(str::trim);
        if let Some(length) = inner("length") {
            let length = length.parse().ok().filter(|length| (1..=WINDOW_MAX).contains(length));
            return length.map(Window::Length).ok_or_else(form);
        }
        inner("time").ok_or_else(form).and_then(|time| duration(time).map(Window::Time))
    }
}

impl FromStr for Repeats {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("all") {
            return Ok(Repeats::All);
        }
        if let Ok(count) = text.parse::<u32>() {
            return if count == 0 { Err("every 0th repeat is none".into()) } else { Ok(Repeats::Every(count)) };
        }
        duration(text)
            .map(Repeats::Pause)
            .map_err(|_| "it is all, a number such as 10, or a time such as 5 minutes".into())
    }
}

/// A time such as `10 minutes`, `2h`, `30 s`.
///
/// # Errors
/// What a right one looks like.
pub fn duration(text: &str) -> Result<Duration, String> {
    let form = || "a time is like 30 seconds, 10 minutes, 2 hours or 1 day, and 7 days at most".to_owned();
    let text = text.trim().to_ascii_lowercase();
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let number: u64 = digits.parse().map_err(|_| form())?;
    let unit = match text.trim_start_matches(|c: char| c.is_ascii_digit()).trim() {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 24 * 3600,
        _ => return Err(form()),
    };
    let time = Duration::from_secs(number.saturating_mul(unit));
    if time.is_zero() || time > TIME_MAX { Err(form()) } else { Ok(time) }
}

/// Whether a rule may be called so; in lower case.
///
/// # Errors
/// What a right name looks like.
pub fn name(word: &str) -> Result<String, String> {
    let name = word.to_lowercase();
    let right = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    match !name.is_empty() && name.chars().count() <= 64 && name.chars().all(right) {
        true => Ok(name),
        false => Err("a name has letters, digits, - _ and ., at most 64".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_times_and_repeats() {
        assert_eq!("length(5)".parse(), Ok(Window::Length(5)));
        assert_eq!("time(3 minute)".parse(), Ok(Window::Time(Duration::from_secs(180))));
        assert_eq!("Time ( 2h )".parse(), Ok(Window::Time(Duration::from_secs(7200))));
        assert_eq!("ALL".parse(), Ok(Repeats::All));
        assert_eq!("10".parse(), Ok(Repeats::Every(10)));
        assert_eq!("5 minutes".parse(), Ok(Repeats::Pause(Duration::from_secs(300))));
        for wrong in [
            "length(0)",
            "length(9999)",
            "time(0 s)",
            "time(8 days)",
            "five",
            "time(99999999999999999999 s)",
            "ümlaut(1)",
            "length(1",
        ] {
            assert!(wrong.parse::<Window>().is_err(), "{wrong}");
        }
        for wrong in ["0", "often", "5 parsecs"] {
            assert!(wrong.parse::<Repeats>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rule_says_what_is_wrong_with_it() {
        let wrong = |rule: Rule| match Compiled::of("r", rule) {
            Err(factotum_plugin_api::Error::User(why)) => why,
            other => panic!("{other:?}"),
        };
        let said = [
            wrong(Rule { filter: "entity = ".into(), ..Rule::default() }),
            wrong(Rule { condition: "count( > 3".into(), ..Rule::default() }),
            wrong(Rule { filter: "count() > 3".into(), ..Rule::default() }),
            wrong(Rule { window: "5".into(), ..Rule::default() }),
            wrong(Rule { repeat_every: "often".into(), ..Rule::default() }),
            wrong(Rule { delay: "a bit".into(), ..Rule::default() }),
            wrong(Rule { text: " ".into(), ..Rule::default() }),
        ];
        insta::assert_snapshot!(said.join("\n"), @"
        filter: a value is missing here:
        entity =
                ^
        condition: a ) is missing here:
        count( > 3
               ^
        filter: count() is for the condition; a filter sees one message alone
        window: a window is like length(1), at most length(1000), or time(10 minutes)
        repeat_every: it is all, a number such as 10, or a time such as 5 minutes
        delay: a time is like 30 seconds, 10 minutes, 2 hours or 1 day, and 7 days at most
        text: it is empty, and nothing would be posted
        ");
    }

    #[test]
    fn which_rules_want_a_message_without_text() {
        let wants = |filter: &str| {
            Compiled::of("r", Rule { filter: filter.into(), ..Rule::default() }).unwrap().wants_what_has_no_text()
        };
        assert!(!wants("") && !wants("entity = 'telegram'"));
        assert!(wants("message = ''") && wants("tags.callback_query.data != ''"));
    }
}
