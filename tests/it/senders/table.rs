//! The conformance table of senders: what each payload becomes, how each scheme answers
//! each proof, and the page of each in docs/senders, whose proofs and example are those
//! of the table (UPDATE_DOCS=1 writes them).
//!
//! A sender has a file in `table/`, with the same two tests.
mod alertmanager;
mod buildkite;
mod circleci;
mod drone;
mod gitea;
mod github;
mod gitlab;
mod grafana;
mod jenkins;

use super::{changed, signed, told};
use ci_routes::Scheme;
use factotum_plugin_api::{Plugin, hook::Sample};
use factotum_testing::Bot;
use http::Method;
use serde_json::Value;
use std::{marker::PhantomData, time::Duration};

/// A payload, and what the table calls it.
struct Row(String, Vec<u8>);

/// A sample as it is.
fn file(name: &str) -> Row {
    Row(name.into(), fixture(name).into_bytes())
}
/// A sample with these fields set, by JSON pointers.
fn with(name: &str, what: &str, changes: &[(&str, Value)]) -> Row {
    Row(format!("{name}, {what}"), changed(&fixture(name), changes))
}
pub(super) fn fixture(name: &str) -> String {
    let path = format!("{}/../fixtures/senders/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A sender as the table knows it.
struct Sender<P> {
    schemes: Vec<Scheme>,
    /// Whose results are routed.
    repos: &'static [&'static str],
    /// Further lines of its section.
    config: &'static str,
    plugin: PhantomData<P>,
}

impl<P: Plugin> Sender<P> {
    fn new(schemes: impl Into<Vec<Scheme>>, repos: &'static [&'static str]) -> Self {
        Sender { schemes: schemes.into(), repos, config: "", plugin: PhantomData }
    }
    fn config(self, config: &'static str) -> Self {
        Sender { config, ..self }
    }
    async fn bot(&self) -> Bot {
        let config = format!("[plugins.{}]\nsecrets = [\"old\", \"new\"]\n{}", P::NAME, self.config);
        let bot = Bot::with::<P>().admin("ann").config(&config).start().await;
        let routes: Vec<String> = self.repos.iter().map(|repo| format!("!{} route {repo} dev *", P::NAME)).collect();
        told(&bot, &routes.iter().map(String::as_str).collect::<Vec<_>>()).await;
        bot
    }
    /// A request of this payload without any proof.
    fn unproven(&self, bot: &Bot, body: &[u8]) -> Sample {
        bot.sample::<P>(body, None)
    }
    /// Of each payload, one after the other: the event, and the message if there is one.
    async fn messages(&self, rows: &[Row]) -> String {
        let bot = self.bot().await;
        let mut table = vec![];
        for Row(name, body) in rows {
            let mut sample = self.unproven(&bot, body);
            sample.headers.extend(signed(&self.schemes[0], &bot, body, "new"));
            bot.post("sender", sample).await;
            let posted = bot.transcript();
            bot.say_privately("ann", "!requests").await;
            let event = bot.transcript().lines().find_map(|line| Some(line.split_once("127.0.0.1: ")?.1.to_owned()));
            table.push(format!("{name}\n  {}", event.expect("the request is told of")));
            table.extend(posted.lines().skip(1).map(|line| format!("  {line}")));
        }
        table.join("\n")
    }
    /// Of each scheme and proof: the answer, and the incident if there is one.
    async fn proofs(&self, Row(_, body): &Row) -> String {
        let mut table = vec![];
        for scheme in &self.schemes {
            table.push(scheme.name());
            let bot = self.bot().await;
            let sample = self.unproven(&bot, body);
            let sign = |secret: &str| signed(scheme, &bot, body, secret);
            let empty = sign("new").into_iter().map(|(name, _)| (name, String::new())).collect();
            let mut truncated = sign("new");
            truncated.iter_mut().for_each(|(_, text)| text.truncate(text.len() - 1));
            // A minute apart, so that nothing is refused for how often it comes.
            for (name, proof) in [
                ("absent", vec![]),
                ("empty", empty),
                ("wrong", sign("wrong")),
                ("truncated", truncated),
                ("twice", [sign("new"), sign("new")].concat()),
            ] {
                bot.pass(Duration::from_secs(61)).await;
                table.push(told_of(&bot, name, proven(&sample, proof)).await);
            }
            let proof = sign("new");
            let shorter = Sample { body: body[..body.len() - 2].to_vec().into(), ..sample.clone() };
            table.push(told_of(&bot, "right, of more than was sent", proven(&shorter, proof.clone())).await);
            table.push(told_of(&bot, "right", proven(&sample, proof.clone())).await);
            table.push(told_of(&bot, "right, replayed", proven(&sample, proof.clone())).await);
            bot.pass(Duration::from_secs(301)).await;
            table.push(told_of(&bot, "right, replayed after 5 min", proven(&sample, proof)).await);
            table.push(told_of(&bot, "right, by the old secret", proven(&sample, sign("old"))).await);
        }
        let bot = self.bot().await;
        let path = self.unproven(&bot, body).path.expect("the bot fills it in");
        bot.call("sender", Method::GET, &format!("{path}?payload={{}}"), |request| request).await;
        table.push(format!("GET\n  {}", bot.transcript().trim_start_matches("sender  > ")));
        table.join("\n")
    }
}

fn proven(sample: &Sample, proof: Vec<(String, String)>) -> Sample {
    let mut sample = sample.clone();
    sample.headers.extend(proof);
    sample
}
/// What was answered, and which incident it made.
async fn told_of(bot: &Bot, name: &str, sample: Sample) -> String {
    let newest = async || {
        bot.say_privately("ann", "!incidents").await;
        bot.transcript().lines().find(|line| line.starts_with("bot ")).unwrap_or_default().to_owned()
    };
    let (before, path) = (newest().await, sample.path.clone().expect("the bot fills it in"));
    bot.post("sender", sample).await;
    let transcript = bot.transcript();
    let line = transcript.lines().next().expect("the request's line");
    let answer = line.split_once(&format!("{path} ")).map_or(line, |(_, answer)| answer);
    let after = newest().await;
    let incident = if after == before { "no incident".into() } else { format!("incident: {}", why(&after)) };
    format!("  {name} → {answer}, {incident}")
}
/// The reason within a line of `!incidents`.
fn why(line: &str) -> &str {
    let (_, reason) = line.split_once(": ").expect("an incident has a reason");
    reason.split_once(" (!requests").map_or(reason, |(reason, _)| reason)
}

#[test]
fn every_sample_has_a_row() {
    let folder = |path: &str| {
        let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        files.map(|file| file.unwrap().path()).collect::<Vec<_>>()
    };
    let tables: String = folder("senders/table").iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let samples = folder("../fixtures/senders");
    let names = samples.iter().filter_map(|path| path.file_name()?.to_str()).filter(|name| name.ends_with(".json"));
    let left_out: Vec<&str> = names.filter(|name| !tables.contains(&format!("\"{name}\""))).collect();
    assert!(left_out.is_empty(), "no row: {}", left_out.join(", "));
}

/// The page of a sender says what is so: its example is the message of `row` in `messages`,
/// and its proofs are those of the schemes.
#[expect(clippy::disallowed_methods, reason = "a switch for whoever writes the pages")]
fn check_page(name: &str, schemes: &[Scheme], messages: &str, row: &str) {
    let path = format!("{}/../../docs/senders/{name}.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let of_row = messages.lines().skip_while(|line| *line != row).skip(2);
    let message: Vec<&str> = of_row.take_while(|line| line.starts_with("  ")).map(str::trim_start).collect();
    let message = message.join("\n");
    let message = message.strip_prefix("bot@dev > ").unwrap_or_else(|| panic!("{row} has a message"));
    let proofs: String = schemes.iter().map(|scheme| format!("- {}\n", scheme.name())).collect();
    let with_proofs = replace(&page, "<!-- proofs: begin -->\n", "<!-- proofs: end -->", &proofs);
    let example = format!("```text\n{message}\n```\n");
    let now = replace(&with_proofs, "<!-- example: begin -->\n", "<!-- example: end -->", &example);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &now).unwrap();
        return;
    }
    assert!(page == now, "{path} is behind: run this test with UPDATE_DOCS=1 and read what it changed");
}
/// `text` with what stands between `begin` and `end` replaced.
fn replace(text: &str, begin: &str, end: &str, inner: &str) -> String {
    let (before, rest) = text.split_once(begin).unwrap_or_else(|| panic!("the page has {begin}"));
    let (_, after) = rest.split_once(end).unwrap_or_else(|| panic!("the page has {end}"));
    format!("{before}{begin}{inner}{end}{after}")
}
