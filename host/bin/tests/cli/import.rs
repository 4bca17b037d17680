//! `factotum import`: what another program exported.
use crate::process::Place;
use insta::assert_snapshot;
use std::os::unix::fs::PermissionsExt;

const RULES: &str = r#"<?xml version="1.0" encoding="UTF-8"?><rules>
<rule>
<name>outgoing webhook</name>
<metric>message</metric>
<tagsGroupingStrategy>NO_TAGS</tagsGroupingStrategy>
<expression><![CDATA[true]]></expression>
<window>length(1)</window>
<filter>source = 'telegram' &amp;&amp; entity = 'telegram'</filter>
<enabled>false</enabled>
<webNotification>
<disabled>false</disabled>
<repeat-interval><type>ALL</type><intervalCount>6</intervalCount><intervalUnit>MINUTE</intervalUnit></repeat-interval>
<webNotificationConfigName>devops</webNotificationConfigName>
<firstWebConfigParameters><key>text</key><value>User ${tags.message.from.first_name} said "${message}"</value></firstWebConfigParameters>
<first-enabled>true</first-enabled>
<repeat-enabled>true</repeat-enabled>
<cancel-enabled>false</cancel-enabled>
</webNotification>
</rule>
<rule><name>hot</name><metric>temperature</metric><expression>avg() > 50</expression></rule>
</rules>"#;

fn place() -> Place {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say("!rules list");
    host.hang_up();
    host.end().good();
    place.write("rules.xml", RULES);
    place
}

#[test]
fn rules_of_atsd() {
    let place = place();
    let done = place.run(&["import", "atsd", "rules.xml", "--enable", "--set", "devops=console:ops"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_snapshot!(done.out + &done.err, @"
    outgoing-webhook: taken, enabled
    hot: not taken: it is about temperature, and rules here are about messages
    1 imported
    ");
    let again = place.run(&["import", "atsd", "rules.xml"]);
    assert_eq!(again.code, Some(1));
    assert_snapshot!(again.out + &again.err, @"
    outgoing-webhook: not taken: there is a rule of this name; !rules remove outgoing-webhook
    hot: not taken: it is about temperature, and rules here are about messages
    0 imported
    ");
    let mut host = place.start(&[]);
    host.say("!rules list");
    host.hang_up();
    let said: Vec<String> = host.end().good().lines().skip(1).map(str::to_owned).collect();
    assert_snapshot!(said.join("\n"), @"• outgoing-webhook: every message where source = 'telegram' && entity = 'telegram' → console:ops");
}

#[test]
fn a_rule_without_a_chat_is_completed() {
    let place = Place::new();
    place.write("rules.xml", RULES);
    let first = place.run(&["import", "atsd", "rules.xml", "--enable"]);
    let wrong = place.run(&["import", "atsd", "rules.xml", "--set", "devop=console:ops"]).bad();
    let again = place.run(&["import", "atsd", "rules.xml"]);
    let with = place.run(&["import", "atsd", "rules.xml", "--enable", "--set", "devops=console:ops"]);
    let once_more = place.run(&["import", "atsd", "rules.xml", "--enable", "--set", "devops=console:other"]);
    assert_snapshot!([first.out, wrong, again.out, with.out, once_more.out].join("\n"), @r#"
    outgoing-webhook: taken, disabled
    outgoing-webhook: the endpoint "devops" is no chat here: import with --set devops=network:address
    outgoing-webhook: it has no chat: !rules edit outgoing-webhook --to CHAT, then !rules enable outgoing-webhook
    hot: not taken: it is about temperature, and rules here are about messages

    factotum: rules.xml: --set devop: there is no such endpoint in it; its endpoints are devops

    outgoing-webhook: not taken: there is a rule of this name, without a chat: !rules edit outgoing-webhook --to CHAT, then !rules enable outgoing-webhook
    hot: not taken: it is about temperature, and rules here are about messages

    outgoing-webhook: completed, enabled
    hot: not taken: it is about temperature, and rules here are about messages

    outgoing-webhook: not taken: there is a rule of this name; !rules remove outgoing-webhook
    hot: not taken: it is about temperature, and rules here are about messages
    "#);
    let mut host = place.start(&[]);
    host.say("!rules list");
    host.hang_up();
    let said: Vec<String> = host.end().good().lines().skip(1).map(str::to_owned).collect();
    assert_snapshot!(said.join("\n"), @"• outgoing-webhook: every message where source = 'telegram' && entity = 'telegram' → console:ops");
}

#[test]
fn a_rule_that_posts_to_no_network_is_logged_at_the_start() {
    let place = Place::with("[plugins.rules.rule.gone]\nto = [\"irc:#x\", \"console:ops\"]");
    let mut host = place.start(&[]);
    host.hang_up();
    let log = host.end().err;
    let said = "WARN plugin_rules::errors: a rule of the config posts to a network that is not there rule=\"gone\" chat=irc:#x";
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains(said), "{log}");
}

/// An import may be the first thing that is done with a host.
#[test]
fn an_import_makes_the_data_folder() {
    let place = Place::new();
    place.write("travis.json", ERRBOT);
    let done = place.run(&["--data", "fresh/data", "import", "travishook", "travis.json", "--set", "#dev=console:dev"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let mode = std::fs::metadata(place.path("fresh/data")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_chat_of_no_configured_network_is_refused() {
    let place = Place::new();
    place.write("travis.json", ERRBOT);
    let import = |chat: &str| place.run(&["import", "travishook", "travis.json", "--set", &format!("#dev={chat}")]);
    let said = import("irc:#x").bad();
    assert_snapshot!(said, @"factotum: --set #dev=irc:#x: the config has no network irc: name one that it has, or write [chats.irc]");
    assert!(!place.path("factotum-data").exists(), "nothing is written");
    std::fs::remove_file(place.path("factotum.toml")).unwrap();
    assert_eq!(import("irc:#x").code, Some(0), "without a config any network may come");
}

const ERRBOT: &str = r##"{
  "default_events": ["fixed", "broken"],
  "repositories": {
    "o/r": {"token": "s3cret", "routes": {
      "#dev": {"events": ["failed", "still_failing", "exploded"]},
      "console:ops": {"events": ["*"]},
      "#gone": {"events": ["failed"]}}},
    "o/quiet": {"token": null, "routes": {"#dev": {"events": []}}},
    "o/none": {"token": "other", "routes": {}},
    "nonsense": {"token": null, "routes": {}}
  }
}"##;

#[test]
fn routes_of_err_travishook() {
    let place = place();
    place.write("travis.json", ERRBOT);
    let done = place.run(&["import", "travishook", "travis.json", "--set", "#dev=console:dev"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_snapshot!(done.out + &done.err, @"
    nonsense: not taken: a repository is like owner/name, of letters, digits and . _ -
    o/none: its token was not taken: no route of it was
    o/quiet to #dev: not taken: it names no event, and posted nothing
    o/r to #dev: unknown event exploded, left out
    o/r to console:dev: taken
    o/r to #gone: not taken: which chat is it? --set '#gone=telegram:-1001234'
    o/r to console:ops: taken
    o/r: its token was taken
    default events: taken
    2 imported
    ");
    let again = place.run(&["import", "travishook", "travis.json", "--set", "#dev=console:dev"]);
    assert_eq!(again.code, Some(1));
    assert_snapshot!(again.out + &again.err, @"
    nonsense: not taken: a repository is like owner/name, of letters, digits and . _ -
    o/none: its token was not taken: no route of it was
    o/quiet to #dev: not taken: it names no event, and posted nothing
    o/r to #dev: unknown event exploded, left out
    o/r to console:dev: not taken: there is a route already
    o/r to #gone: not taken: which chat is it? --set '#gone=telegram:-1001234'
    o/r to console:ops: not taken: there is a route already
    o/r: its token was not taken: there is one already
    default events: not taken: they are set already
    0 imported
    ");
    let wrong = place.run(&["import", "travishook", "travis.json", "--set", "#dve=console:dev"]).bad();
    assert_snapshot!(wrong, @"factotum: travis.json: --set #dve: there is no such room in it; its rooms are #dev, #gone, console:ops");
    let mut host = place.start(&[]);
    for line in ["!travis routes", "!travis token o/r", "!travis defaults"] {
        host.say(line);
    }
    host.hang_up();
    let said: Vec<String> = host.end().good().lines().skip(1).map(str::to_owned).collect();
    assert_snapshot!(said.join("\n"), @"
    Routing o/r to:
    • console:dev for events: failed, still_failing
    • console:ops for events: *
    A token is set for o/r.
    Events routed by default: fixed, broken.
    ");
}

#[test]
fn what_cannot_be_imported() {
    let place = place();
    place.write("other.xml", "<portal/>");
    let rows: [&[&str]; 6] = [
        &["import"],
        &["import", "atsd"],
        &["import", "nagios", "rules.xml"],
        &["import", "atsd", "other.xml"],
        &["import", "atsd", "rules.xml", "--set", "devops"],
        &["import", "travishook", "rules.xml"],
    ];
    let said = rows.map(|args| {
        let done = place.run(args);
        format!("{} {}{}", done.code.unwrap(), done.out, done.err)
    });
    assert_snapshot!(said.concat(), @r#"
    0 atsd  ATSD's export of rules, rules.xml (plugin rules)
    travishook  What !travis config of err-travishook prints (plugin travishook)
    trueconf  settings.json of TrueConf's Telegram bot: servers and their people (plugin trueconf)
    1 factotum: which file? factotum import atsd FILE
    1 factotum: nothing imports "nagios"; there is atsd, travishook, trueconf
    1 factotum: other.xml: this is <portal>, and an export of rules is <rules>
    1 factotum: --set is followed by KEY=VALUE
    1 factotum: rules.xml: this is not what !travis config of err-travishook prints: expected value at line 1 column 1
    "#);
}
