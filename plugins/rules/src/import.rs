//! `factotum import atsd rules.xml`: ATSD's export of rules, as far as a rule here can do
//! the same.
//!
//! `<rules>` holds a `<rule>` each. Taken are those about messages: their filter, window,
//! condition, and the texts, triggers and repeats of their web notifications. An endpoint
//! of ATSD is a name that only its own server knows: `--set NAME=CHAT` says which chat it
//! is, and a rule that has none stays disabled.
mod xml;

use crate::rule::{self, Compiled, Rule, Trigger};
use factotum_plugin_api::{
    import::{Options, Report},
    prelude::*,
    register_import,
};
use std::collections::BTreeSet;
use xml::{Element, read};

register_import!("atsd", "ATSD's export of rules, rules.xml", "rules", take);

/// Takes the rules of an export.
///
/// # Errors
/// When the file is no export of rules.
async fn take(file: Vec<u8>, options: Options, host: Host) -> Result<Report> {
    let table: Table<String, Rule> = host.store.table("rules")?;
    let root = read(&file)?;
    if root.name != "rules" {
        return Err(user_error(format!("this is <{}>, and an export of rules is <rules>", root.name)));
    }
    for (name, chat) in &options.set {
        chat.parse::<ChatId>().map_err(|why| user_error(format!("--set {name}={chat}: {why}")))?;
    }
    are_endpoints(&root, &options)?;
    let mut report = Report::default();
    for element in root.all("rule") {
        match one(element, &options) {
            Err(why) => report.lines.push(format!("{}: not taken: {why}", title(element))),
            Ok((name, rule, notes)) => {
                let done = if table.create(&name, &rule).await?.is_some() {
                    "taken"
                } else {
                    match complete(&table, &name, &rule).await? {
                        Ok(()) => "completed",
                        Err(why) => {
                            report.lines.push(format!("{name}: not taken: {why}"));
                            continue;
                        }
                    }
                };
                report.taken += 1;
                report.lines.push(format!("{name}: {done}, {}", if rule.enabled { "enabled" } else { "disabled" }));
                report.lines.extend(notes.into_iter().map(|note| format!("{name}: {note}")));
            }
        }
    }
    if report.lines.is_empty() {
        return Err(user_error("there is no rule in it"));
    }
    Ok(report)
}

/// Refuses a `--set` of an endpoint that no rule names; `*` is all of them.
fn are_endpoints(root: &Element, options: &Options) -> Result<()> {
    let notifications = root.all("rule").flat_map(|rule| rule.all("webNotification"));
    let endpoints: BTreeSet<&str> = notifications.map(|one| one.text("webNotificationConfigName")).collect();
    let unknown = options.set.iter().find(|(key, _)| key != "*" && !endpoints.contains(key.as_str()));
    let Some((key, _)) = unknown else { return Ok(()) };
    let endpoints: Vec<&str> = endpoints.into_iter().filter(|name| !name.is_empty()).collect();
    let there_is = match endpoints.is_empty() {
        true => "its rules name none".to_owned(),
        false => format!("its endpoints are {}", endpoints.join(", ")),
    };
    Err(user_error(format!("--set {key}: there is no such endpoint in it; {there_is}")))
}

/// Completes a rule that is still as it was imported for want of `--set`; else why not.
async fn complete(table: &Table<String, Rule>, name: &str, rule: &Rule) -> Result<Result<(), String>> {
    let without_chat = Rule { to: vec![], enabled: false, ..rule.clone() };
    let key = name.to_owned();
    let Some((there, revision)) = table.get_at(&key).await? else { return Ok(Err("it was removed just now".into())) };
    if there == without_chat && !rule.to.is_empty() && table.compare_and_swap(&key, revision, rule).await?.is_some() {
        return Ok(Ok(()));
    }
    Ok(Err(match there.to.is_empty() {
        true => format!(
            "there is a rule of this name, without a chat: !rules edit {name} --to CHAT, then !rules enable {name}"
        ),
        false => format!("there is a rule of this name; !rules remove {name}"),
    }))
}

fn title(element: &Element) -> String {
    let name: String = element.text("name").chars().take(80).collect();
    if name.is_empty() { "a rule without a name".into() } else { name }
}

/// A rule, and what of it could not be taken.
fn one(element: &Element, options: &Options) -> Result<(String, Rule, Vec<String>), String> {
    let mut notes = vec![];
    let name: String = title(element).split_whitespace().collect::<Vec<_>>().join("-");
    let name = rule::name(&name)?;
    let metric = element.text("metric");
    let kind = element.text("dataType");
    if metric != "message" && !kind.eq_ignore_ascii_case("message") {
        return Err(format!(
            "it is about {}, and rules here are about messages",
            if metric.is_empty() { kind } else { metric }
        ));
    }
    let mut rule = Rule {
        filter: element.text("filter").to_owned(),
        window: window(element.text("window"))?,
        condition: match element.text("expression") {
            "" => "true".into(),
            text => text.to_owned(),
        },
        entity: element.text("entity").to_owned(),
        kind: element.text("type").to_owned(),
        source: element.text("source").to_owned(),
        enabled: options.enable || element.says("enabled"),
        ..Rule::default()
    };
    endpoints(element, options, &mut rule, &mut notes)?;
    if rule.to.is_empty() {
        rule.enabled = false;
        notes.push(format!("it has no chat: !rules edit {name} --to CHAT, then !rules enable {name}"));
    }
    for (what, why) in [
        ("emailNotification", "mails are not sent"),
        ("derivedCommand", "derived commands are not run"),
        ("userExpressions", "variables are not known: ${NAME} of one is empty"),
        ("script", "scripts are not run"),
        ("overrides", "overrides are not known"),
    ] {
        let enabled = element.get(&format!("{what}Enabled")).is_none_or(|flag| flag.text.trim() == "true");
        let is_on = element.get(what).is_some_and(|inner| !inner.says("disabled")) && enabled;
        if is_on {
            notes.push(why.to_owned());
        }
    }
    if has_delay(element) {
        notes.push(format!("a delay is not taken: !rules edit {name} --delay TIME"));
    }
    if element.says("disableEntityGrouping") {
        notes.push("it had one window for all entities; here each entity has its own".into());
    }
    if !matches!(element.text("tagsGroupingStrategy"), "" | "NO_TAGS") {
        notes.push("it grouped by tags; here each entity has one window".into());
    }
    Compiled::of(&name, rule.clone()).map_err(|error| format!("{:#}", error.into_anyhow()))?;
    Ok((name, rule, notes))
}

/// Whether a delay seems to be set: no description of the form names its element.
fn has_delay(element: &Element) -> bool {
    let set = |text: &str| !matches!(text.trim(), "" | "0" | "false");
    let named = element.name.to_ascii_lowercase().contains("delay");
    let said = |element: &Element| set(&element.text) || element.inner.iter().any(|inner| set(&inner.text));
    named && said(element) || element.inner.iter().any(has_delay)
}

/// `time(3 minute)` and `length(1)` are ours too.
fn window(text: &str) -> Result<String, String> {
    let window = if text.is_empty() { "length(1)" } else { text };
    window.parse::<rule::Window>().map(|_| window.to_owned())
}

/// The texts, triggers and chats: of the first web notification, with the chats of all.
fn endpoints(element: &Element, options: &Options, rule: &mut Rule, notes: &mut Vec<String>) -> Result<(), String> {
    let mut texts_are_set = false;
    for notification in element.all("webNotification").filter(|notification| !notification.says("disabled")) {
        let endpoint = notification.text("webNotificationConfigName");
        match options.get(endpoint).or_else(|| options.get("*")).map(str::parse::<ChatId>) {
            Some(Ok(chat)) if !rule.to.contains(&chat) => rule.to.push(chat),
            Some(_) => {}
            None => notes.push(format!(
                "the endpoint {endpoint:?} is no chat here: import with --set {endpoint}=network:address"
            )),
        }
        if texts_are_set {
            notes.push(format!("the endpoint {endpoint:?} says what the first one says"));
            continue;
        }
        texts_are_set = true;
        let triggers = [("first", Trigger::Open), ("repeat", Trigger::Repeat), ("cancel", Trigger::Cancel)];
        let on = |what: &str| notification.says(&format!("{what}-enabled"));
        rule.on = triggers.iter().filter(|(what, _)| on(what)).map(|(_, trigger)| *trigger).collect();
        let text = |what: &str| {
            let parameters = notification.all(match what {
                "first" => "firstWebConfigParameters",
                "repeat" => "repeatWebConfigParameters",
                _ => "cancelWebConfigParameters",
            });
            let parameters: Vec<&Element> = parameters.collect();
            let of = |key: &str| parameters.iter().find(|parameter| parameter.text("key") == key);
            let found = of("text").or_else(|| of("message"));
            found.map(|parameter| parameter.text("value").to_owned()).unwrap_or_default()
        };
        let first = text("first");
        if !first.is_empty() {
            rule.text = first;
        } else {
            notes.push("its endpoint has no text: it posts ${message}".into());
        }
        for (what, field) in [("repeat", &mut rule.repeat_text), ("cancel", &mut rule.cancel_text)] {
            let other = text(what);
            if !notification.says(&format!("{what}-as-open")) && other != rule.text {
                *field = other;
            }
        }
        if let Some(interval) = notification.get("repeat-interval") {
            let count = interval.text("intervalCount");
            let unit = interval.text("intervalUnit").to_lowercase();
            rule.repeat_every = match interval.text("type").to_ascii_uppercase().as_str() {
                "" | "ALL" => "all".into(),
                "NONE" => {
                    rule.on.retain(|trigger| *trigger != Trigger::Repeat);
                    "all".into()
                }
                // Every so many events, or once in a time.
                kind if kind.contains("COUNT") || kind.contains("EVENT") => count.to_owned(),
                _ => format!("{count} {unit}"),
            };
        }
        for what in ["details", "screenshot"] {
            if ["first", "repeat", "cancel"]
                .iter()
                .any(|trigger| on(trigger) && notification.says(&format!("{trigger}-{what}")))
            {
                notes.push(format!("no {what} are attached"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"<?xml version="1.0" encoding="UTF-8"?><rules>
<rule>
<name>Chat talk</name>
<metric>message</metric>
<tagsGroupingStrategy>NO_TAGS</tagsGroupingStrategy>
<expression><![CDATA[true]]></expression>
<window>length(1)</window>
<filter>source = 'slack' || source = 'telegram' &amp;&amp; entity = 'telegram'</filter>
<enabled>false</enabled>
<webNotification>
<disabled>false</disabled>
<repeat-interval><type>ALL</type><intervalCount>6</intervalCount><intervalUnit>MINUTE</intervalUnit></repeat-interval>
<webNotificationConfigName>ops</webNotificationConfigName>
<firstWebConfigParameters><key>text</key><value>From &lt;${tags.event.user}&gt;:&#13;
${message}</value></firstWebConfigParameters>
<repeatWebConfigParameters><key>text</key><value>Again: ${message}</value></repeatWebConfigParameters>
<first-enabled>true</first-enabled>
<repeat-enabled>true</repeat-enabled>
<cancel-enabled>false</cancel-enabled>
</webNotification>
<derivedCommandEnabled>false</derivedCommandEnabled>
</rule>
</rules>"#;

    fn options(set: &[(&str, &str)]) -> Options {
        Options { enable: true, set: set.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect() }
    }

    #[test]
    fn a_rule_about_messages_is_taken() {
        let root = read(RULE.as_bytes()).unwrap();
        let (name, rule, notes) = one(&root.inner[0], &options(&[("ops", "console:ops")])).unwrap();
        assert_eq!((name.as_str(), notes), ("chat-talk", vec![]));
        insta::assert_snapshot!(serde_json::to_string_pretty(&rule).unwrap(), @r#"
        {
          "to": [
            "console:ops"
          ],
          "type": "",
          "source": "",
          "entity": "",
          "filter": "source = 'slack' || source = 'telegram' && entity = 'telegram'",
          "window": "length(1)",
          "condition": "true",
          "on": [
            "open",
            "repeat"
          ],
          "text": "From <${tags.event.user}>:\n${message}",
          "repeat_text": "Again: ${message}",
          "cancel_text": "",
          "repeat_every": "all",
          "delay": "",
          "enabled": true
        }
        "#);
        let delayed = RULE.replace("<first-enabled>", "<first-delay>5</first-delay><first-enabled>");
        let root_of = |text: &str| read(text.as_bytes()).unwrap();
        let (_, _, notes) = one(&root_of(&delayed).inner[0], &options(&[("ops", "console:ops")])).unwrap();
        assert_eq!(notes, ["a delay is not taken: !rules edit chat-talk --delay TIME"]);
        let (_, rule, notes) = one(&root.inner[0], &options(&[])).unwrap();
        assert!(!rule.enabled, "it has no chat");
        insta::assert_snapshot!(notes.join("\n"), @r#"
        the endpoint "ops" is no chat here: import with --set ops=network:address
        it has no chat: !rules edit chat-talk --to CHAT, then !rules enable chat-talk
        "#);
    }

    #[test]
    fn what_is_no_export_is_said() {
        let series = RULE.replace("<metric>message</metric>", "<metric>cpu</metric>");
        let wrong = RULE.replace("[CDATA[true]]", "[CDATA[avg() > 50]]");
        let said = |text: &str| match read(text.as_bytes()) {
            Ok(root) => match root.get("rule") {
                Some(rule) => one(rule, &options(&[])).unwrap_err(),
                None => "no rule".into(),
            },
            Err(error) => format!("{:#}", error.into_anyhow()),
        };
        let rows = [
            said(&series),
            said(&wrong),
            said(""),
            said("<rules><rule>"),
            said("<a>&b;</a>"),
            said("</a>"),
            said(&"<a>".repeat(100)),
        ];
        insta::assert_snapshot!(rows.join("\n"), @"
        it is about cpu, and rules here are about messages
        condition: there is no field avg; there is entity, type, source, severity, message and tags.NAME:
        avg() > 50
        ^
        this is not XML that can be read: it is empty
        this is not XML that can be read: it ends before its elements do
        this is not XML that can be read: &b; is not known
        this is not XML that can be read: ill-formed document: close tag `</a>` does not match any open tag at byte 0
        this is not XML that can be read: <a> is too deep
        ");
    }
}
