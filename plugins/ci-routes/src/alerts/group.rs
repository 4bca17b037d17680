//! A group of alerts, as a sender tells of it, and the message that a chat gets to read:
//! a line for the group and one for each alert, those that fire first.
//!
//! All values come from strangers: they go into the text as plain spans, and only their
//! length is cut. Rule: prometheus/alertmanager, docs/configuration.md, `<webhook_config>`;
//! Grafana's payload is made after it.
#[cfg(test)]
mod tests;

use crate::{
    Repo,
    build::{is_address, one_line, spoken},
    json::{must, time, word},
};
use factotum_plugin_api::{
    hook::Refusal,
    jiff::Timestamp,
    text::{State, Text, bold, link, state},
};
use serde_json::Value;
use std::time::Duration;

const ALERTS_SHOWN: usize = 10; // with all their words about as much as a message may have
const LABELS_SHOWN: usize = 6;
const WORDS_MAX: usize = 200; // characters of a summary or of what a template says

/// What a sender told of alerts that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Which routes it follows: `alertmanager/chat`.
    pub repo: Repo,
    /// What the sender knows it by.
    pub key: String,
    /// What people know it by.
    pub name: String,
    /// Whether one of its alerts fires.
    pub firing: bool,
    /// What its alerts have in common, without the name: `("job", "api")`.
    pub labels: Vec<(String, String)>,
    /// What the sender's template says, where it says more.
    pub note: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// Its alerts.
    pub alerts: Vec<Alert>,
    /// How many more there are.
    pub left_out: u64,
}

/// One alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its name: `HighLatency`.
    pub name: String,
    /// What tells it from all others.
    pub fingerprint: String,
    /// Whether it fires.
    pub firing: bool,
    /// What the others of its group do not have.
    pub labels: Vec<(String, String)>,
    /// What it says: its summary, or else its description.
    pub summary: Option<String>,
    /// What was measured: `B = 44.2`.
    pub values: Option<String>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended, if it did.
    pub ended_at: Option<Timestamp>,
    /// Pages, with what they are called: `silence`.
    pub links: Vec<(&'static str, String)>,
}

impl Group {
    /// Reads what Alertmanager and Grafana tell alike. `links` are the fields of an alert
    /// that are pages, as JSON pointers; the route's name is below `sender`: what `label`
    /// is in the group, or the receiver.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] when it is no group of alerts.
    pub fn read(json: &Value, sender: &str, label: &str, links: &[(&'static str, &str)]) -> Result<Self, Refusal> {
        let receiver = must(json, "/receiver")?;
        let firing = match must(json, "/status")?.as_str() {
            "firing" => true,
            "resolved" => false,
            other => return Err(Refusal::BadRequest(format!("the status {other:?} is neither firing nor resolved"))),
        };
        let alerts = json.get("alerts").and_then(Value::as_array);
        let alerts = alerts.ok_or_else(|| Refusal::BadRequest("the payload has no alerts".into()))?;
        let common = labels(json.get("commonLabels"));
        let alerts: Vec<Alert> = alerts.iter().map(|alert| Alert::read(alert, &common, links)).collect();
        let grouped = labels(json.get("groupLabels"));
        let mut names: Vec<&str> = vec![];
        for alert in &alerts {
            if !names.contains(&alert.name.as_str()) {
                names.push(&alert.name);
            }
        }
        let name = match names.as_slice() {
            [] if grouped.is_empty() => receiver.clone(),
            [_, _, _, _, ..] | [] => {
                let values: Vec<&str> = grouped.iter().map(|(_, value)| value.as_str()).collect();
                if values.is_empty() {
                    format!("{} and others", names.first().unwrap_or(&""))
                } else {
                    values.join(" ")
                }
            }
            names => names.join(", "),
        };
        Ok(Group {
            repo: Group::repo(json, sender, label)?,
            key: format!("{receiver}\n{}", must(json, "/groupKey")?),
            name,
            firing,
            labels: common.into_iter().filter(|(name, _)| name != "alertname").collect(),
            note: None,
            url: None,
            alerts,
            left_out: json.get("truncatedAlerts").and_then(Value::as_u64).unwrap_or_default(),
        })
    }
    /// Which routes a payload follows: those of what `label` is in all its alerts, else
    /// those of the receiver.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] when it names nothing that a route could be called by.
    pub fn repo(json: &Value, sender: &str, label: &str) -> Result<Repo, Refusal> {
        let value = |of: &str| labels(json.get(of)).into_iter().find(|(name, _)| name == label).map(|(_, value)| value);
        let name = value("commonLabels").or_else(|| value("groupLabels")).or_else(|| word(json, "/receiver"));
        let name = name.ok_or_else(|| Refusal::BadRequest("the payload has no /receiver".into()))?;
        Repo::under(sender, &name).map_err(Refusal::BadRequest)
    }
    /// The message for chats, after `[title]`.
    pub(super) fn text(&self) -> Text {
        let mut parts: Vec<String> = vec![];
        let firing = self.alerts.iter().filter(|alert| alert.firing).count() as u64;
        let told = self.alerts.len() as u64;
        match (told + self.left_out, self.firing && firing < told) {
            (1, _) => {}
            (all, true) => parts.push(format!("{firing} of {all} alerts")),
            (all, false) => parts.push(format!("{all} alerts")),
        }
        parts.extend(shown(&self.labels));
        let mut text = bold(one_line(&self.name)) + " " + status(self.firing);
        if !parts.is_empty() {
            text = text + ": " + parts.join(", ");
        }
        if let Some(url) = self.url.as_deref().filter(|url| is_address(url)) {
            text = text + " " + link(url, url);
        }
        if let Some(note) = &self.note {
            text = text + "\n" + cut(note);
        }
        let (fire, ended): (Vec<&Alert>, Vec<&Alert>) = self.alerts.iter().partition(|alert| alert.firing);
        let alerts = fire.into_iter().chain(ended);
        for alert in alerts.take(ALERTS_SHOWN) {
            text = text + "\n" + alert.text(&self.name);
        }
        match told.saturating_sub(ALERTS_SHOWN as u64) + self.left_out {
            0 => text,
            more => text + format!("\nand {more} more"),
        }
    }
}

impl Alert {
    fn read(json: &Value, common: &[(String, String)], links: &[(&'static str, &str)]) -> Self {
        let all = labels(json.get("labels"));
        let named = |wanted: &str| all.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        let firing = word(json, "/status").as_deref() != Some("resolved");
        let note = |name: &str| word(json, &format!("/annotations/{name}"));
        let page = |(name, pointer): &(&'static str, &str)| Some((*name, word(json, pointer)?));
        let own = all.iter().filter(|label| label.0 != "alertname" && !common.contains(label));
        Alert {
            name: named("alertname").unwrap_or_else(|| "alert".into()),
            fingerprint: word(json, "/fingerprint").unwrap_or_else(|| shown(&all).join(",")),
            firing,
            labels: own.cloned().collect(),
            summary: note("summary").or_else(|| note("description")).or_else(|| note("message")),
            values: None,
            started_at: time(json, "/startsAt").filter(|at| *at > Timestamp::UNIX_EPOCH),
            // The year 1 stands for none, and while it fires it is when it would end by itself.
            ended_at: time(json, "/endsAt").filter(|at| !firing && *at > Timestamp::UNIX_EPOCH),
            links: links.iter().filter_map(page).collect(),
        }
    }
    /// What makes it another one than before.
    pub(super) fn key(&self) -> String {
        format!("{} {}", self.fingerprint, self.started_at.map(|at| at.to_string()).unwrap_or_default())
    }
    fn text(&self, group: &str) -> Text {
        let mut parts: Vec<String> = self.summary.iter().map(|summary| cut(summary)).collect();
        parts.extend(shown(&self.labels));
        parts.extend(self.values.as_deref().map(one_line));
        let after = || Duration::try_from(self.ended_at?.duration_since(self.started_at?)).ok();
        match (self.started_at, after()) {
            (Some(start), _) if self.firing => parts.push(format!("since {}", at(start))),
            (Some(start), Some(after)) => parts.push(format!("began {}, lasted {}", at(start), spoken(after))),
            _ => {}
        }
        let mut text = status(self.firing);
        if self.name != group {
            text = text + " " + one_line(&self.name);
        }
        if !parts.is_empty() {
            text = text + ": " + parts.join(", ");
        }
        self.links
            .iter()
            .filter(|(_, url)| is_address(url))
            .fold(text, |text, (name, url)| text + " " + link(name, url))
    }
}

/// A time as people read it.
pub(super) fn at(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%MZ").to_string()
}
/// Labels that people have given; those with `__` are the program's own.
fn labels(json: Option<&Value>) -> Vec<(String, String)> {
    let all = json.and_then(Value::as_object).into_iter().flatten();
    let all = all.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    all.filter(|(name, value)| !name.starts_with("__") && !value.is_empty()).collect()
}
/// Labels as words, the severity first.
fn shown(labels: &[(String, String)]) -> Vec<String> {
    let (severity, others): (Vec<_>, Vec<_>) = labels.iter().partition(|(name, _)| name == "severity");
    let severity = severity.into_iter().map(|(_, value)| format!("severity {}", one_line(value)));
    let others = others.into_iter().map(|(name, value)| format!("{}={}", one_line(name), one_line(value)));
    severity.chain(others).take(LABELS_SHOWN).collect()
}
fn status(firing: bool) -> Text {
    if firing { state(State::Bad, "firing") } else { state(State::Good, "resolved") }
}
/// One line of text, longer than a value.
fn cut(text: &str) -> String {
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(WORDS_MAX) {
        words.truncate(end);
        words.push('…');
    }
    words
}
