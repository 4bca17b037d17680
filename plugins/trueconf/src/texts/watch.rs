//! The sentences of imports, the watch, the policy, reports, the audit and rights; their
//! words lie in `watch.en.ftl` and `watch.ru.ftl`.
use super::{length, say};
use crate::{
    api::Fault,
    audit::{Act, Entry, Outcome},
    config::Policy,
    model::Conference,
    policy::Mode,
    report::Figures,
    rights::Role,
    servers::{Imported, Server},
    thresholds::Crossed,
    watch::Change,
};
use factotum_plugin_api::{
    jiff::{Timestamp, tz::TimeZone},
    language::Phrase,
    prelude::*,
    text::{Text, bold, code, state},
};
use std::sync::Arc;

pub(crate) fn internal() -> Phrase {
    say("internal")
}

// Settings files.
pub(crate) fn not_settings() -> Phrase {
    say("not-settings")
}
pub(crate) fn broken_settings(line: usize) -> Phrase {
    say("broken-settings").with("line", line.to_string())
}
pub(crate) fn nothing_to_import() -> Phrase {
    say("nothing-to-import")
}
pub(crate) fn locale_not_taken(locale: &str) -> Text {
    say("locale-not-taken").with("locale", locale).with("command", command("lang")).into()
}
pub(crate) fn no_user_id(shown: &str) -> Text {
    say("no-user-id").with("shown", shown).into()
}
pub(crate) fn no_address(name: &str) -> Text {
    say("not-imported-address").with("name", bold(name)).into()
}
pub(crate) fn no_certificate_file(name: &str, path: &str) -> Text {
    say("not-imported-certificate").with("name", bold(name)).with("path", code(path)).into()
}
pub(crate) fn unknown_key(of: &str, key: &str) -> Text {
    match of {
        "" => say("unknown-key").with("key", code(key)).into(),
        of => say("unknown-key-of").with("key", code(key)).with("name", bold(of)).into(),
    }
}
pub(crate) fn import_head(count: usize) -> Text {
    say("import-head").with("count", count).into()
}
pub(crate) fn imported(name: &str, slug: &str, came: Imported, open: bool) -> Text {
    let came = match came {
        Imported::Added => "added",
        Imported::Changed => "changed",
        Imported::Same => "same",
        Imported::OfConfig => "config",
    };
    let text: Text = say("imported").with("name", bold(name)).with("slug", code(slug)).choice("came", came).into();
    if open { text + " " + super::tls_off() } else { text }
}
pub(crate) fn operators(people: &[&str]) -> Text {
    say("imported-operators").with("people", people.join(", ")).with("count", people.len()).into()
}
pub(crate) fn token_not_taken() -> Text {
    say("token-not-taken").into()
}
pub(crate) fn pasted_secrets() -> Text {
    say("pasted-secrets").into()
}
pub(crate) fn attached_secrets() -> Text {
    say("attached-secrets").into()
}
pub(crate) fn exported() -> Text {
    say("exported").into()
}
pub(crate) fn pinned_not_exported(name: &str) -> Text {
    say("pinned-not-exported").with("name", bold(name)).into()
}
pub(crate) fn key_not_exported(name: &str) -> Text {
    say("key-not-exported").with("name", bold(name)).into()
}
pub(crate) fn token_not_exported() -> Text {
    say("token-not-exported").into()
}

// The watch.
pub(crate) fn watch_usage() -> Phrase {
    say("watch-usage")
}
pub(crate) fn watch_bounds() -> Phrase {
    say("watch-bounds")
}
pub(crate) fn watch_on(name: &str, seconds: u64) -> Text {
    say("watch-is-on").with("name", bold(name)).with("seconds", seconds).into()
}
pub(crate) fn watch_off(name: &str) -> Text {
    say("watch-is-off").with("name", bold(name)).into()
}
pub(crate) fn not_watched(name: &str) -> Text {
    say("not-watched").with("name", bold(name)).into()
}
pub(crate) fn watch_was_off(name: &str) -> Text {
    say("watch-was-off").with("name", bold(name)).into()
}
pub(crate) fn watches_nothing() -> Text {
    say("watches-nothing").into()
}
/// A server has gone down or come up.
pub(crate) fn changed(name: &str, change: &Change) -> Text {
    let lasted = length(Duration::from_secs(change.lasted_secs));
    match (change.up, &change.why) {
        (true, _) => {
            state(State::Good, say("came-up")) + " " + say("was-down").with("name", bold(name)).with("lasted", lasted)
        }
        (false, None) => state(State::Bad, say("went-down")) + " " + say("is-down").with("name", bold(name)),
        (false, Some(why)) => {
            let phrase = say("is-down-why").with("name", bold(name)).with("why", super::fault(why));
            state(State::Bad, say("went-down")) + " " + phrase
        }
    }
}

// Thresholds.
pub(crate) fn crossed(name: &str, crossed: &Crossed) -> Text {
    let name = bold(name);
    let phrase = match crossed {
        Crossed::Online(count, limit) => say("crossed-online").with("count", *count).with("limit", limit.to_string()),
        Crossed::Running(count, limit) => say("crossed-running").with("count", *count).with("limit", limit.to_string()),
        Crossed::Long(conference, duration) => say("crossed-long")
            .with("title", super::title(conference))
            .with("id", conference.id.as_str())
            .with("duration", length(*duration)),
    };
    state(State::Odd, say("threshold")) + " " + name + ": " + phrase
}

// The policy.
pub(crate) fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::Dry => "dry",
        Mode::On => "on",
    }
}
pub(crate) fn policy(name: &str, mode: Mode, chat: &str, rules: &Policy) -> Text {
    let name = bold(name);
    if mode == Mode::Off {
        return say("policy-off").with("name", name).into();
    }
    let key = if mode == Mode::Dry { "policy-dry" } else { "policy-on" };
    say(key)
        .with("name", name)
        .with("over", length(Duration::from_secs(rules.over_secs)))
        .with("warning", rules.warning_secs.div_ceil(60))
        .with("most", rules.stops_max.to_string())
        .with("chat", code(chat))
        .into()
}
pub(crate) fn policy_dry_first(slug: &str) -> Phrase {
    say("policy-dry-first").with("command", format!("trueconf policy {slug} dry"))
}
pub(crate) fn sure_of_policy(name: &str, rules: &Policy) -> Text {
    say("sure-of-policy")
        .with("name", bold(name))
        .with("over", length(Duration::from_secs(rules.over_secs)))
        .with("warning", rules.warning_secs.div_ceil(60))
        .with("most", rules.stops_max.to_string())
        .into()
}
fn why_forgotten(conference: &Conference) -> Text {
    let duration = conference.duration.map_or_else(|| "?".to_owned(), length);
    let phrase = match conference.participants {
        Some(0) => say("why-empty"),
        Some(1) => say("why-alone"),
        _ => say("why-no-moderator"),
    };
    phrase.with("duration", duration).into()
}
pub(crate) fn policy_warns(name: &str, conference: &Conference, minutes: u64, dry: bool) -> Text {
    say(if dry { "policy-would-stop" } else { "policy-warns" })
        .with("title", super::title(conference))
        .with("id", conference.id.as_str())
        .with("server", bold(name))
        .with("minutes", minutes)
        .with("why", why_forgotten(conference))
        .into()
}
pub(crate) fn policy_stopped(name: &str, conference: &Conference, came: &Outcome) -> Text {
    let (title, id) = (super::title(conference), conference.id.as_str());
    match came {
        Outcome::Failed(why) => say("policy-failed")
            .with("title", title)
            .with("id", id)
            .with("server", bold(name))
            .with("why", why.as_str()),
        _ => {
            let why = why_forgotten(conference);
            say("policy-stopped").with("title", title).with("id", id).with("server", bold(name)).with("why", why)
        }
    }
    .into()
}
pub(crate) fn policy_left(name: &str, count: usize) -> Text {
    say("policy-left").with("server", bold(name)).with("count", count).into()
}
pub(crate) fn keep_button() -> String {
    say("keep-button").to_string()
}
pub(crate) fn kept(name: &str, id: &str, time: Duration) -> Text {
    say("kept").with("id", id).with("server", bold(name)).with("time", length(time)).into()
}

// Reports.
pub(crate) fn bad_time(word: &str) -> Phrase {
    say("bad-time").with("word", word)
}
pub(crate) fn report_on(at: &str, zone: &str) -> Text {
    say("report-on").with("at", at).with("zone", zone).into()
}
pub(crate) fn report_off() -> Text {
    say("report-off").into()
}
pub(crate) fn report_none() -> Text {
    say("report-none").into()
}
pub(crate) fn report(day: &str, figures: &[(Arc<Server>, Result<Figures, Fault>)], stopped: &[Entry]) -> Text {
    let head: Text = say("report-head").with("day", day).into();
    if figures.is_empty() {
        return head + "\n" + super::no_servers();
    }
    let line = |(server, answer): &(Arc<Server>, Result<Figures, Fault>)| match answer {
        Ok(figures) => {
            let stops = stopped.iter().filter(|entry| entry.server == server.slug).count();
            bold(&server.name) + ": " + of_server(figures, stops)
        }
        Err(fault) => super::trouble(server, fault),
    };
    head + "\n" + list(figures.iter().map(line))
}
fn of_server(figures: &Figures, stopped: usize) -> Text {
    let mut facts = vec![state(State::Good, say("up"))];
    facts.extend(figures.version.as_ref().map(|version| Text::from(format!("TrueConf Server {version}"))));
    let users = |(online, all): (u64, u64)| say("report-online").with("count", online).with("all", all.to_string());
    facts.extend(figures.users.map(users).map(Text::from));
    facts.push(say("report-running").with("count", figures.running).into());
    if figures.forgotten > 0 {
        facts.push(say("report-forgotten").with("count", figures.forgotten).into());
    }
    if stopped > 0 {
        facts.push(say("report-stopped").with("count", stopped).into());
    }
    Text::join(", ", facts)
}

// The audit.
pub(crate) fn audit_empty() -> Text {
    say("audit-empty").into()
}
pub(crate) fn audit_line(entry: &Entry, zone: &TimeZone) -> Text {
    let at = Timestamp::from_second(entry.at).unwrap_or_default().to_zoned(zone.clone());
    let act = match entry.act {
        Act::Stop => "stop",
        Act::Run => "run",
        Act::Keep => "keep",
        Act::Policy => "policy",
        Act::Allow => "allow",
        Act::Disallow => "disallow",
        Act::Import => "import",
    };
    let who = match entry.who.is_empty() {
        true => Text::from(say("audit-policy")),
        false => say("audit-who")
            .with("name", entry.name.as_str())
            .with("who", entry.who.as_str())
            .with("chat", entry.chat.as_str())
            .into(),
    };
    let what: Vec<&str> =
        [entry.what.as_str(), entry.title.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    let what = if what.is_empty() { String::new() } else { format!(" {}", what.join(" ")) };
    let came: Text = match &entry.outcome {
        Outcome::Done => say("audit-done").into(),
        Outcome::Before => say("audit-before").into(),
        Outcome::Failed(why) => say("audit-failed").with("why", why.as_str()).into(),
    };
    let at = at.strftime("%Y-%m-%d %H:%M").to_string();
    Text::from(at) + " " + code(act) + " " + &entry.server + what + ", " + who + ": " + came
}

// Rights.
pub(crate) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Operator => "operator",
        Role::Owner => "owner",
    }
}
pub(crate) fn allowed(person: &str, role: Role, server: &str) -> Text {
    of_role("allowed", person, role, server)
}
pub(crate) fn allowed_already(person: &str, role: Role, server: &str) -> Text {
    of_role("allowed-already", person, role, server)
}
pub(crate) fn right(person: &str, role: Role, server: &str) -> Text {
    of_role("right", person, role, server)
}
fn of_role(key: &'static str, person: &str, role: Role, server: &str) -> Text {
    say(key).with("person", code(person)).choice("role", role_word(role)).with("server", bold(server)).into()
}
pub(crate) fn disallowed(person: &str, server: &str) -> Text {
    say("disallowed").with("person", code(person)).with("server", bold(server)).into()
}
pub(crate) fn had_no_role(person: &str, server: &str) -> Text {
    say("had-no-role").with("person", code(person)).with("server", bold(server)).into()
}
pub(crate) fn no_rights() -> Text {
    say("no-rights").into()
}
pub(crate) fn no_person(word: &str) -> Phrase {
    say("no-person").with("word", word)
}
