//! `!buildbot force`: each kind of field seen in the build that comes of it, and what is
//! wrong before one does.
use super::{Buildbot, Master, bot_of, shown};
use factotum_testing::Bot;
use serde_json::{Value, json};

/// The properties of a request, each with its value alone.
async fn properties(master: &Master, request: i64, names: &[&str]) -> Value {
    let found = master.get(&format!("buildrequests/{request}")).await;
    assert!(found["buildrequests"][0].is_object(), "the request is there: {found}");
    let path = format!("buildrequests/{request}/builds?property=*");
    let answer = master.until(&path, |answer| answer["builds"][0]["complete"] == true).await;
    let of = &answer["builds"][0]["properties"];
    names.iter().map(|name| ((*name).to_owned(), of[*name][0].clone())).collect::<serde_json::Map<_, _>>().into()
}
async fn with_buttons(master: &Master) -> Bot {
    let config = format!("[plugins.buildbot.masters.main]\nurl = \"{}\"", master.url());
    Bot::with::<Buildbot>().buttons().edits().admin("ann").config(&config).start().await
}

#[tokio::test]
async fn one_line_forces_a_build() {
    let master =
        Master::start(&[("BB_EXTRA_CFG", concat!(env!("CARGO_MANIFEST_DIR"), "/buildbot/odd_fields.py"))]).await;
    let bot = bot_of(&master, "").await;

    // Every kind of field, over the scheduler that is named.
    bot.say(
        "ann",
        "!buildbot force odd build fast flags=fast flags=loud any=mine size=-3 sure=no 'blob=two words' group_inner=x",
    )
    .await;
    let names = ["flags", "any", "size", "sure", "blob", "group", "constant", "reason", "owner"];
    assert_eq!(
        properties(&master, 1, &names).await,
        json!({ "flags": ["fast", "loud"], "any": "mine", "size": -3, "sure": false, "blob": "two words",
            "group": { "inner": "x" }, "constant": "fixed",
            "reason": "force build, by ann (console:ann) on console:lobby", "owner": "" })
    );
    // Defaults, and the only scheduler of a builder whose name is hard to type.
    bot.say_privately("ann", "!force 'Name with spaces/É' note=hi branch=dev it is time").await;
    let names = ["note", "branch", "outcome", "clean", "jobs", "opts", "reason"];
    assert_eq!(
        properties(&master, 2, &names).await,
        json!({ "note": "hi", "branch": "dev", "outcome": "success", "clean": false, "jobs": 2,
            "opts": { "target": "all", "blob": "a\nb" }, "reason": "it is time, by ann (console:ann)" })
    );
    // As on IRC.
    bot.say("ann", "!force build --branch dev --props=note=a,jobs=5 slow nightly").await;
    let of = master.get("buildrequests/3?property=*").await["buildrequests"][0]["properties"].clone();
    assert_eq!((&of["note"][0], &of["jobs"][0]), (&json!("a"), &json!(5)));
    let set = master.get("buildsets/3").await["buildsets"][0].clone();
    assert_eq!(set["reason"], "A build was forced by '': nightly, by ann (console:ann) on console:lobby");
    assert_eq!(set["sourcestamps"][0]["branch"], "dev");
    // What waits is followed by its request, not by the number that a build might get.
    bot.say("ann", "!force idle-builder").await;
    insta::assert_snapshot!(shown(&bot, &master), @"
    ann     > !buildbot force odd build fast flags=fast flags=loud any=mine size=-3 sure=no 'blob=two words' group_inner=x
    bot     > Force build successfully requested: request #1 (http://ci/#/buildrequests/1) of fast.
    ann     > !force 'Name with spaces/É' note=hi branch=dev it is time
    bot     > Force build successfully requested: request #2 (http://ci/#/buildrequests/2) of name with spaces/é.
    ann     > !force build --branch dev --props=note=a,jobs=5 slow nightly
    bot     > Force build successfully requested: request #3 (http://ci/#/buildrequests/3) of slow.
    ann     > !force idle-builder
    bot     > Force build successfully requested: request #4 (http://ci/#/buildrequests/4) of idle-builder.
    ");
}

#[tokio::test]
async fn what_is_wrong_starts_nothing() {
    let master = Master::start(&[("BB_CTL", "1")]).await;
    let config = "shutdown_builder = \"ctl-shutdown\"\nshutdown_now_builder = \"ctl-shutdown-now\"";
    let bot = bot_of(&master, config).await;
    bot.say("bob", "!force slow").await; // may not
    for line in [
        "!force nope",
        "!buildbot force nope build slow",
        "!force needy build slow ticket=AB-1",
        "!force needy build nope",
        "!force slow brnach=dev",
        "!force force build slow note",
        "!force slow jobs=xx outcome=zzz clean=maybe",
        "!force needy build fast",
        "!force needy build fast ticket=nope", // what only the master knows
        "!force fast",                         // two serve it
        "!force needy",
        "!force ctl-shutdown",
    ] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @r#"
    bob     > !force slow
    bot     > !buildbot force is for admins. !whoami shows who you are to me.
    ann     > !force nope
    bot     > no such builder 'nope'
    ann     > !buildbot force nope build slow
    bot     > no such force scheduler 'nope'
    ann     > !force needy build slow ticket=AB-1
    bot     > The force scheduler needy does not serve slow.
    ann     > !force needy build nope
    bot     > no such builder 'nope'
    ann     > !force slow brnach=dev
    bot     > force has no field "brnach"; did you mean branch?
    ann     > !force force build slow note
    bot     > "note" is no FIELD=VALUE.
    ann     > !force slow jobs=xx outcome=zzz clean=maybe
    bot     > That cannot be:
              • Clean build: "maybe" is neither yes nor no
              • Jobs: "xx" is no whole number
              • Outcome: "zzz" is none of success, warnings, failure, skipped, exception
              ann, you are about to start a new build on slow!
              • reason: force build
              • priority: 0
              • Main repo
                • branch: main
                • revision: –
              • A note: –
              • Outcome: success
              • Clean build: no
              • Jobs: 2
              • Options
                • Target: all
                • Text: a ⏎ b
              Change reason: !buildbot force force ask reason slow
              Change priority: !buildbot force force ask priority slow
              Change branch: !buildbot force force ask branch slow
              Set revision: !buildbot force force ask revision slow
              Set A note: !buildbot force force ask note slow
              Change Outcome: !buildbot force force ask outcome slow
              Change Clean build: !buildbot force force ask clean slow
              Change Jobs: !buildbot force force ask jobs slow
              Change Target: !buildbot force force ask opts_target slow
              Change Text: !buildbot force force ask opts_blob slow
              Start Build: !buildbot force force build slow
    ann     > !force needy build fast
    bot     > ann, you are about to start a new build on fast!
              • reason: force build
              • priority: 0
              • Branch: –
              • Project: –
              • Repository: –
              • Revision: –
              • Ticket: required
              Change reason: !buildbot force needy ask reason fast
              Change priority: !buildbot force needy ask priority fast
              Set Branch: !buildbot force needy ask branch fast
              Set Project: !buildbot force needy ask project fast
              Set Repository: !buildbot force needy ask repository fast
              Set Revision: !buildbot force needy ask revision fast
              ⚠ Set Ticket: !buildbot force needy ask ticket fast
    ann     > !force needy build fast ticket=nope
    bot     > That cannot be:
              • Ticket: 'nope' does not match pattern '^[A-Z]+-\d+$'
              ann, you are about to start a new build on fast!
              • reason: force build
              • priority: 0
              • Branch: –
              • Project: –
              • Repository: –
              • Revision: –
              • Ticket: nope
              Change reason: !buildbot force needy ask reason fast ticket=nope
              Change priority: !buildbot force needy ask priority fast ticket=nope
              Set Branch: !buildbot force needy ask branch fast ticket=nope
              Set Project: !buildbot force needy ask project fast ticket=nope
              Set Repository: !buildbot force needy ask repository fast ticket=nope
              Set Revision: !buildbot force needy ask revision fast ticket=nope
              Change Ticket: !buildbot force needy ask ticket fast ticket=nope
              Start Build: !buildbot force needy build fast ticket=nope
    ann     > !force fast
    bot     > Which force scheduler do you want to activate?
              Force a build: !buildbot force force config fast
              Force with required values: !buildbot force needy config fast
    ann     > !force needy
    bot     > Which builder do you want to start?
              fast: !buildbot force needy config fast
              flex: !buildbot force needy config flex
    ann     > !force ctl-shutdown
    bot     > no such builder 'ctl-shutdown'
    "#);
    assert_eq!(master.get("buildrequests").await["buildrequests"], json!([]));
    bot.say("ann", "!force needy build fast ticket=AB-1").await;
    assert_eq!(properties(&master, 1, &["ticket"]).await, json!({ "ticket": "AB-1" }));
}

#[tokio::test]
async fn buttons_fill_a_form() {
    let master = Master::start(&[]).await;
    let bot = with_buttons(&master).await;
    bot.say("ann", "!buildbot force").await;
    bot.press("ann", "Force with required values").await;
    bot.press("ann", "flex").await;
    bot.press("ann", "⚠ Set Ticket").await;
    bot.say("ann", "nothing").await;
    bot.press("ann", "Start Build").await;
    bot.press("ann", "Change Ticket").await;
    bot.say("ann", "AB-7").await;
    bot.press("ann", "Start Build").await;
    insta::assert_snapshot!(shown(&bot, &master), @r"
    ann     > !buildbot force
    bot     > Which force scheduler do you want to activate?
              [Force a build]
              [Force with required values]
    ann     > [Force with required values]
    bot edits m1 > Which builder do you want to start?
              [fast]
              [flex]
    ann     > [flex]
    bot edits m1 > ann, you are about to start a new build on flex!
              • reason: force build
              • priority: 0
              • Branch: –
              • Project: –
              • Repository: –
              • Revision: –
              • Ticket: required
              [Change reason] [Change priority]
              [Set Branch] [Set Project]
              [Set Repository] [Set Revision]
              [⚠ Set Ticket]
    ann     > [⚠ Set Ticket]
    bot     > Enter the new value for the Ticket...
    ann     > nothing
    bot edits m1 > ann, you are about to start a new build on flex!
              • reason: force build
              • priority: 0
              • Branch: –
              • Project: –
              • Repository: –
              • Revision: –
              • Ticket: nothing
              [Change reason] [Change priority]
              [Set Branch] [Set Project]
              [Set Repository] [Set Revision]
              [Change Ticket]
              [Start Build]
    ann     > [Start Build]
    bot edits m1 > That cannot be:
              • Ticket: 'nothing' does not match pattern '^[A-Z]+-\d+$'
              ann, you are about to start a new build on flex!
              • reason: force build
              • priority: 0
              • Branch: –
              • Project: –
              • Repository: –
              • Revision: –
              • Ticket: nothing
              [Change reason] [Change priority]
              [Set Branch] [Set Project]
              [Set Repository] [Set Revision]
              [Change Ticket]
              [Start Build]
    ann     > [Change Ticket]
    bot     > Enter the new value for the Ticket...
    ann     > AB-7
    bot edits m1 > ann, you are about to start a new build on flex!
              • reason: force build
              • priority: 0
              • Branch: –
              • Project: –
              • Repository: –
              • Revision: –
              • Ticket: AB-7
              [Change reason] [Change priority]
              [Set Branch] [Set Project]
              [Set Repository] [Set Revision]
              [Change Ticket]
              [Start Build]
    ann     > [Start Build]
    bot edits m1 > Force build successfully requested: request #1 (http://ci/#/buildrequests/1) of flex.
    ");
    assert_eq!(properties(&master, 1, &["ticket"]).await, json!({ "ticket": "AB-7" }));
}

#[tokio::test]
async fn a_form_asks_for_each_kind_of_field() {
    let master = Master::start(&[]).await;
    let bot = with_buttons(&master).await;
    bot.say("ann", "!force force").await;
    bot.press("ann", "name with spaces/é").await;
    for (button, answer) in [
        ("Change Jobs", "many"),
        ("Change Jobs", "4"),
        ("Change Text", "x = \"y\"\nz"),
        ("Change reason", "it's «time»"),
    ] {
        bot.press("ann", button).await;
        bot.say("ann", answer).await;
    }
    for (button, choice) in [("Change Outcome", "warnings"), ("Change Clean build", "yes"), ("Change branch", "dev")] {
        bot.press("ann", button).await;
        bot.press("ann", choice).await;
    }
    bot.press("ann", "Start Build").await;
    insta::assert_snapshot!(shown(&bot, &master), @r#"
    ann     > !force force
    bot     > Which builder do you want to start?
              [broken]
              [fast]
              [flex]
              [idle-builder]
              [name with spaces/é]
              [slow]
              [warny]
    ann     > [name with spaces/é]
    bot edits m1 > ann, you are about to start a new build on name with spaces/é!
              • reason: force build
              • priority: 0
              • Main repo
                • branch: main
                • revision: –
              • A note: –
              • Outcome: success
              • Clean build: no
              • Jobs: 2
              • Options
                • Target: all
                • Text: a ⏎ b
              [Change reason] [Change priority]
              [Change branch] [Set revision]
              [Set A note] [Change Outcome]
              [Change Clean build] [Change Jobs]
              [Change Target] [Change Text]
              [Start Build]
    ann     > [Change Jobs]
    bot     > Enter the new value for the Jobs...
    ann     > many
    bot edits m1 > That cannot be:
              • Jobs: "many" is no whole number
              ann, you are about to start a new build on name with spaces/é!
              • reason: force build
              • priority: 0
              • Main repo
                • branch: main
                • revision: –
              • A note: –
              • Outcome: success
              • Clean build: no
              • Jobs: 2
              • Options
                • Target: all
                • Text: a ⏎ b
              [Change reason] [Change priority]
              [Change branch] [Set revision]
              [Set A note] [Change Outcome]
              [Change Clean build] [Change Jobs]
              [Change Target] [Change Text]
              [Start Build]
    ann     > [Change Jobs]
    bot     > Enter the new value for the Jobs...
    ann     > 4
    bot edits m1 > ann, you are about to start a new build on name with spaces/é!
              • reason: force build
              • priority: 0
              • Main repo
                • branch: main
                • revision: –
              • A note: –
              • Outcome: success
              • Clean build: no
              • Jobs: 4
              • Options
                • Target: all
                • Text: a ⏎ b
              [Change reason] [Change priority]
              [Change branch] [Set revision]
              [Set A note] [Change Outcome]
              [Change Clean build] [Change Jobs]
              [Change Target] [Change Text]
              [Start Build]
    ann     > [Change Text]
    bot     > Enter the new value for the Text...
    ann     > x = "y"
              z
    bot edits m1 > ann, you are about to start a new build on name with spaces/é!
              • reason: force build
              • priority: 0
              • Main repo
                • branch: main
                • revision: –
              • A note: –
              • Outcome: success
              • Clean build: no
              • Jobs: 4
              • Options
                • Target: all
                • Text: x = "y" ⏎ z
              [Change reason] [Change priority]
              [Change branch] [Set revision]
              [Set A note] [Change Outcome]
              [Change Clean build] [Change Jobs]
              [Change Target] [Change Text]
              [Start Build]
    ann     > [Change reason]
    bot     > Enter the new value for the reason...
    ann     > it's «time»
    bot edits m1 > ann, you are about to start a new build on name with spaces/é!
              • reason: it's «time»
              • priority: 0
              • Main repo
                • branch: main
                • revision: –
              • A note: –
              • Outcome: success
              • Clean build: no
              • Jobs: 4
              • Options
                • Target: all
                • Text: x = "y" ⏎ z
              [Change reason] [Change priority]
              [Change branch] [Set revision]
              [Set A note] [Change Outcome]
              [Change Clean build] [Change Jobs]
              [Change Target] [Change Text]
              [Start Build]
    ann     > [Change Outcome]
    bot     > Enter the new value for the Outcome...
              [success] [warnings] [failure]
              [skipped] [exception]
    ann     > [warnings]
    bot edits m6 > Enter the new value for the Outcome...
              → warnings
    bot edits m1 > ann, you are about to start a new build on name with spaces/é!
              • reason: it's «time»
              • priority: 0
              • Main repo
                • branch: main
                • revision: –
              • A note: –
              • Outcome: warnings
              • Clean build: no
              • Jobs: 4
              • Options
                • Target: all
                • Text: x = "y" ⏎ z
              [Change reason] [Change priority]
              [Change branch] [Set revision]
              [Set A note] [Change Outcome]
              [Change Clean build] [Change Jobs]
              [Change Target] [Change Text]
              [Start Build]
    ann     > [Change Clean build]
    bot     > Enter the new value for the Clean build...
              [yes] [no]
    ann     > [yes]
    bot edits m7 > Enter the new value for the Clean build...
              → yes
    bot edits m1 > ann, you are about to start a new build on name with spaces/é!
              • reason: it's «time»
              • priority: 0
              • Main repo
                • branch: main
                • revision: –
              • A note: –
              • Outcome: warnings
              • Clean build: yes
              • Jobs: 4
              • Options
                • Target: all
                • Text: x = "y" ⏎ z
              [Change reason] [Change priority]
              [Change branch] [Set revision]
              [Set A note] [Change Outcome]
              [Change Clean build] [Change Jobs]
              [Change Target] [Change Text]
              [Start Build]
    ann     > [Change branch]
    bot     > Enter the new value for the branch...
              [main] [dev]
    ann     > [dev]
    bot edits m8 > Enter the new value for the branch...
              → dev
    bot edits m1 > ann, you are about to start a new build on name with spaces/é!
              • reason: it's «time»
              • priority: 0
              • Main repo
                • branch: dev
                • revision: –
              • A note: –
              • Outcome: warnings
              • Clean build: yes
              • Jobs: 4
              • Options
                • Target: all
                • Text: x = "y" ⏎ z
              [Change reason] [Change priority]
              [Change branch] [Set revision]
              [Set A note] [Change Outcome]
              [Change Clean build] [Change Jobs]
              [Change Target] [Change Text]
              [Start Build]
    ann     > [Start Build]
    bot edits m1 > Force build successfully requested: request #1 (http://ci/#/buildrequests/1) of name with spaces/é.
    "#);
    let names = ["jobs", "opts", "reason", "outcome", "clean", "branch"];
    assert_eq!(
        properties(&master, 1, &names).await,
        json!({ "jobs": 4, "opts": { "target": "all", "blob": "x = \"y\"\nz" },
            "reason": "it's «time», by ann (console:ann) on console:lobby", "outcome": "warnings", "clean": true, "branch": "dev" })
    );
}
