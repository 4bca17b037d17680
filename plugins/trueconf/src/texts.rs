//! Every sentence, as a function; their words lie in `texts/en.ftl` and `texts/ru.ftl`.
pub(crate) mod watch;

use crate::{
    api::Fault,
    model::{Conference, Participants, Record},
    servers::Server,
};
use factotum_plugin_api::{
    language::Phrase,
    prelude::*,
    text::{Text, bold, code, link, state},
};

fn say(key: &'static str) -> Phrase {
    Phrase::new("trueconf", key)
}

pub(crate) fn choose_server() -> Text {
    say("choose-server").into()
}
pub(crate) fn no_servers() -> Phrase {
    say("no-servers")
}
pub(crate) fn which_server() -> Text {
    say("which-server").into()
}
pub(crate) fn which_conference() -> Text {
    say("which-conference").into()
}
pub(crate) fn ambiguous(word: &str, slugs: &[String]) -> Phrase {
    say("ambiguous").with("word", word).with("servers", slugs.join(", "))
}
pub(crate) fn no_such_server(word: &str, slugs: &[String]) -> Phrase {
    say("no-such-server").with("word", word).with("servers", slugs.join(", "))
}
pub(crate) fn gone(name: &str) -> Phrase {
    say("gone").with("name", name)
}
pub(crate) fn name_taken(name: &str) -> Phrase {
    say("name-taken").with("name", name)
}
pub(crate) fn of_config(name: &str) -> Phrase {
    say("of-config").with("name", name)
}
pub(crate) fn bad_address(address: &str) -> Phrase {
    say("bad-address").with("address", address)
}
pub(crate) fn bad_api(name: &str) -> Phrase {
    say("bad-api").with("name", name)
}
pub(crate) fn bad_length(word: &str) -> Phrase {
    say("bad-length").with("word", word)
}
pub(crate) fn menu(server: &str) -> Text {
    say("menu").with("server", bold(server)).into()
}
/// What stands on a button.
pub(crate) fn button(key: &'static str) -> String {
    let key = match key {
        "status" => "button-status",
        "confs" => "button-confs",
        "online" => "button-online",
        "forgotten" => "button-forgotten",
        "watch-on" => "button-watch-on",
        "watch-off" => "button-watch-off",
        "previous" => "button-previous",
        "next" => "button-next",
        "stop" => "button-stop",
        "run" => "button-run",
        "records" => "button-records",
        "trust" => "button-trust",
        _ => "button-back",
    };
    say(key).to_string()
}

/// How a server is: up with its version, or down and why.
pub(crate) fn status(server: &Server, answer: &Result<crate::api::About, Fault>) -> Text {
    let mut text = bold(&server.name) + ": ";
    text = match answer {
        Ok(about) => {
            let up = text + state(State::Good, say("up"));
            match &about.version {
                Some(version) => up + ", TrueConf Server " + version,
                None => up,
            }
        }
        Err(Fault::Late) => text + state(State::Odd, say("fault-late")),
        Err(why) => text + state(State::Bad, say("down")) + ": " + fault(why),
    };
    if server.is_open_to_anyone() { text + ". " + say("tls-off") } else { text }
}
/// Where nothing checks who answers.
pub(crate) fn tls_off() -> Text {
    say("tls-off").into()
}

pub(crate) fn running(server: &str, count: usize) -> Text {
    say("running").with("server", bold(server)).with("count", count).into()
}
pub(crate) fn conferences(server: &str, count: usize) -> Text {
    say("conferences").with("server", bold(server)).with("count", count).into()
}
pub(crate) fn none_running(server: &str) -> Text {
    say("none-running").with("server", bold(server)).into()
}
pub(crate) fn press_to_stop() -> Text {
    say("press-to-stop").into()
}
pub(crate) fn page_of(page: usize, pages: usize) -> Text {
    say("page-of").with("page", page).with("pages", pages).into()
}
pub(crate) fn no_such_page(pages: usize) -> Phrase {
    say("no-such-page").with("pages", pages)
}
pub(crate) fn title(conference: &Conference) -> Text {
    match &conference.title {
        Some(title) => bold(title),
        None => say("untitled").into(),
    }
}
pub(crate) fn participants(count: u64) -> Text {
    say("participants").with("count", count).into()
}
/// A line of a list.
pub(crate) fn conference(conference: &Conference, page: String, control: Option<String>) -> Text {
    let mut facts = vec![];
    if !conference.owner.is_empty() {
        facts.push(Text::from(&conference.owner));
    }
    facts.extend(conference.participants.map(participants));
    facts.extend(conference.duration.map(|duration| Text::from(length(duration))));
    if !conference.running {
        facts.push(say("stopped-state").into());
    }
    facts.extend(control.map(|control| link(say("live-control"), control)));
    link(&conference.id, page) + " " + title(conference) + "\n" + Text::join(", ", facts)
}
/// Who is in a conference.
pub(crate) fn people(participants: &Participants, most: usize) -> Text {
    let name = |one: &crate::model::Participant| {
        let mut text = Text::from(&one.name);
        if one.moderates {
            text = text + " (" + say("moderator") + ")";
        }
        if one.is_guest() {
            text = text + " (" + say("guest") + ")";
        }
        text
    };
    let shown: Vec<Text> = participants.listed.iter().take(most).map(name).collect();
    let left = participants.count.saturating_sub(shown.len() as u64);
    let head = self::participants(participants.count);
    match (shown.is_empty(), left) {
        (true, _) => head,
        (false, 0) => head + ": " + Text::join(", ", shown),
        (false, left) => head + ": " + Text::join(", ", shown) + ", " + say("and-more").with("count", left),
    }
}
pub(crate) fn forgotten(server: &str, count: usize) -> Text {
    say("forgotten").with("server", bold(server)).with("count", count).into()
}
pub(crate) fn none_forgotten(server: &str, over: Duration) -> Text {
    say("none-forgotten").with("server", bold(server)).with("over", length(over)).into()
}
pub(crate) fn not_looked_into(ids: &[String], why: &Fault) -> Text {
    let (ids, count) = (ids.join(", "), ids.len());
    say("not-looked-into").with("count", count).with("ids", ids).with("why", fault(why)).into()
}
pub(crate) fn online(server: &str, count: u64, all: u64) -> Text {
    match count {
        0 => say("nobody-online").with("server", bold(server)).into(),
        count => say("online").with("server", bold(server)).with("count", count).with("all", all.to_string()).into(),
    }
}

pub(crate) fn sure_to_stop(server: &str, conference: &Conference) -> Text {
    let unknown = || Text::from("?");
    say("sure-to-stop")
        .with("title", title(conference))
        .with("id", conference.id.as_str())
        .with("server", bold(server))
        .with("owner", if conference.owner.is_empty() { "?" } else { &conference.owner })
        .with("participants", conference.participants.map_or_else(unknown, participants))
        .with("duration", conference.duration.map_or_else(|| "?".to_owned(), length))
        .into()
}
pub(crate) fn stopped(server: &str, conference: &Conference) -> Text {
    of_conference("stopped", server, conference)
}
pub(crate) fn already_stopped(server: &str, conference: &Conference) -> Text {
    of_conference("already-stopped", server, conference)
}
pub(crate) fn started(server: &str, conference: &Conference) -> Text {
    of_conference("started", server, conference)
}
pub(crate) fn already_runs(server: &str, conference: &Conference) -> Text {
    of_conference("already-runs", server, conference)
}
fn of_conference(key: &'static str, server: &str, conference: &Conference) -> Text {
    let (title, id) = (title(conference), conference.id.as_str());
    say(key).with("title", title).with("id", id).with("server", bold(server)).into()
}
pub(crate) fn no_such_conference(server: &str, id: &str) -> Phrase {
    say("no-such-conference").with("server", server).with("id", id)
}
/// The first line of a conference's own screen.
pub(crate) fn shown(conference: &Conference, page: String) -> Text {
    let how = match conference.running {
        true => state(State::Running, say("runs")),
        false => state(State::Idle, say("stopped-state")),
    };
    link(&conference.id, page) + " " + title(conference) + ": " + how
}
pub(crate) fn owner(owner: &str) -> Text {
    say("owner").with("owner", owner).into()
}
pub(crate) fn runs_for(duration: Duration) -> Text {
    say("runs-for").with("duration", length(duration)).into()
}
pub(crate) fn live_control(page: String) -> Text {
    link(say("live-control"), page)
}
pub(crate) fn records(server: &str, id: &str, count: usize) -> Text {
    say("records").with("server", bold(server)).with("id", id).with("count", count).into()
}
pub(crate) fn no_records(server: &str, id: &str) -> Text {
    say("no-records").with("server", bold(server)).with("id", id).into()
}
pub(crate) fn record(record: &Record) -> Text {
    let name = match &record.url {
        Some(url) => link(&record.name, url),
        None => Text::from(&record.name),
    };
    let facts = [record.size.map(size), record.created.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    if facts.is_empty() { name } else { name + ", " + facts.join(", ") }
}

pub(crate) fn added(server: &Server) -> Text {
    say("added").with("name", bold(&server.name)).with("slug", code(&server.slug)).into()
}
pub(crate) fn speaks(api: &str) -> Text {
    say("speaks").with("api", api).into()
}
pub(crate) fn permissions_missing(missing: &[&str]) -> Text {
    say("permissions-missing").with("missing", missing.join(", ")).into()
}
pub(crate) fn permissions_held() -> Text {
    say("permissions-held").into()
}
pub(crate) fn removed(name: &str) -> Text {
    say("removed").with("name", bold(name)).into()
}
pub(crate) fn sure_to_trust(server: &Server, fingerprint: &str) -> Text {
    say("sure-to-trust").with("name", bold(&server.name)).with("fingerprint", code(fingerprint)).into()
}
pub(crate) fn trusted(server: &Server) -> Text {
    say("trusted").with("name", bold(&server.name)).into()
}
pub(crate) fn trusted_already(server: &Server) -> Text {
    say("trusted-already").with("name", bold(&server.name)).into()
}
pub(crate) fn no_certificate(server: &Server) -> Phrase {
    say("no-certificate").with("name", server.name.as_str())
}

/// What is wrong with a server, in a sentence that names it.
pub(crate) fn trouble(server: &Server, why: &Fault) -> Text {
    let text = bold(&server.name) + ": " + fault(why);
    match why {
        Fault::Certificate(_) => {
            text + ". " + say("trust-hint").with("command", command(format_args!("trueconf trust {}", server.slug)))
        }
        Fault::Late => text + ". " + say("late-hint"),
        _ => text,
    }
}
/// What is wrong, without a name.
pub(crate) fn fault(why: &Fault) -> Text {
    let phrase = match why {
        Fault::Silent => say("fault-silent").with("seconds", crate::api::CALL_LIMIT.as_secs()),
        Fault::Late => say("fault-late"),
        Fault::Lost(cause) => lost(cause),
        Fault::Certificate(cause) => say("fault-certificate").with("cause", cause.as_str()),
        Fault::BrokeOff => say("fault-broke-off"),
        Fault::Credentials => say("fault-credentials"),
        Fault::NoCredentials => say("fault-no-credentials"),
        Fault::NoScope => say("fault-no-scope"),
        Fault::Refused => say("fault-refused"),
        Fault::Scope(missing) => say("fault-scope").with("missing", missing.join(", ")),
        Fault::Forbidden => say("fault-forbidden"),
        Fault::Missing(reason) => say("fault-missing").with("reason", reason.as_str()),
        Fault::NotTold => say("fault-not-told"),
        Fault::NotTrueConf(status) => say("fault-not-trueconf").with("status", status.to_string()),
        Fault::Answered(status, said) if said.is_empty() => say("fault-answered").with("status", status.to_string()),
        Fault::Answered(status, said) => {
            say("fault-said").with("status", status.to_string()).with("said", said.as_str())
        }
        Fault::Nonsense => say("fault-nonsense"),
        Fault::Setup(why) => return Text::from(why),
        Fault::Store => say("fault-store"),
    };
    phrase.into()
}

/// `H:MM:SS`, also beyond a day.
pub(crate) fn length(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
/// `8.1 MiB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut size, mut unit) = (bytes as f64 / 1024.0, 0);
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// Why a server cannot be reached, from the system's words for it.
fn lost(cause: &str) -> Phrase {
    match cause {
        "Connection refused" => say("fault-lost-refused"),
        "Connection reset by peer" => say("fault-lost-reset"),
        "No route to host" | "Network is unreachable" => say("fault-lost-no-route"),
        cause if cause.starts_with("failed to lookup address information") => say("fault-lost-no-name"),
        cause => say("fault-lost").with("cause", cause),
    }
}
