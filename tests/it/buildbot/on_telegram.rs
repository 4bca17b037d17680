//! What people press and read who come from Buildbot's bot on Telegram: the real master
//! behind the host, and a Bot API server before it.
use super::{Buildbot, Master, timeless};
use crate::telegram::{ANN, BOB, SUPERGROUP, heard, on, telegram};
use factotum_testing::{Bot, telegram::Telegram};
use serde_json::json;

/// Builds that do not end by themselves, and builders with odd names.
const ENDLESS: [(&str, &str); 2] =
    [("BB_SLOW_SECONDS", "600"), ("BB_EXTRA_CFG", concat!(env!("CARGO_MANIFEST_DIR"), "/buildbot/more.py"))];

/// A master, a bot for it on Telegram, and that Telegram. Ann is the admin.
struct Story {
    master: Master,
    telegram: Telegram,
    bot: Bot,
}

impl Story {
    async fn new(settings: &[(&str, &str)], more: &str) -> Self {
        let (master, telegram) = (Master::start(settings).await, telegram().await);
        let config = format!("[plugins.buildbot.masters.main]\nurl = {:?}\n{more}", master.url());
        let bot = on(&telegram, Bot::with::<Buildbot>(), "").config(&config).start().await;
        telegram.follow(bot.clock());
        Story { master, telegram, bot }
    }
    async fn say(&self, chat: i64, user: i64, line: &str) {
        self.telegram.say(chat, user, line);
        heard(&self.telegram, &self.bot).await;
    }
    async fn press(&self, chat: i64, user: i64, label: &str) {
        self.telegram.press(chat, user, label);
        heard(&self.telegram, &self.bot).await;
    }
    fn transcript(&self) -> String {
        let transcript = self.telegram.transcript().replace(self.master.url(), "http://ci");
        transcript.split('\n').map(timeless).collect::<Vec<_>>().join("\n")
    }
    /// Returns once a build is in its step.
    async fn run(&self, build: i64) {
        let path = format!("builds/{build}/steps?complete=false");
        self.master.until(&path, |answer| answer["steps"][0]["state_string"] == "wait running").await;
    }
}

/// The last two messages, which may be said in either order, in one. Who forced a build
/// is left out: the clock is moved on past the time that the master has to tell of it.
fn with_the_last_two_sorted(transcript: &str) -> String {
    let mut messages: Vec<String> = vec![];
    for line in transcript.lines().filter(|line| !line.trim_start().starts_with("Forced: ")) {
        match messages.last_mut().filter(|_| line.starts_with(' ')) {
            Some(message) => *message += &format!("\n{line}"),
            None => messages.push(line.to_owned()),
        }
    }
    let before = messages.len().saturating_sub(2);
    messages[before..].sort_unstable();
    messages.join("\n")
}

#[tokio::test]
async fn lists_and_states_are_asked_for_by_buttons() {
    let story = Story::new(&[], "").await;
    story.master.force("fast", json!({})).await;
    story.master.idle().await;
    for line in ["/hello", "/getid", "/source", "/version@host_test_bot", "/list"] {
        story.say(BOB, BOB, line).await;
    }
    for button in ["Builders", "Workers (including old ones)", "Changes (last 10)"] {
        story.press(BOB, BOB, button).await;
    }
    for line in ["/buildbot status", "/last FAST", "/watch", "/stop", "/list nope", "/last nope"] {
        story.say(BOB, BOB, line).await;
    }
    insta::assert_snapshot!(story.transcript(), @"
    bob     > /hello
    bot@bob > Hello, Bob!
    bob     > /getid
    bot@bob > Your id is <code>telegram:222</code>.
              In the config, <code>admins = [&quot;telegram:222&quot;]</code> makes you an admin.
    bob     > /source
    bot@bob > My source can be found at https://github.com/buildbot/buildbot
    bob     > /version@host_test_bot
    bot@bob > This is buildbot-4.3.0 at your service
    bob     > /list
    bot@bob > What do you want to list?
              [Builders] [Builders (including old ones)]
              [Workers] [Workers (including old ones)]
              [Changes (last 10)]
    bob     > [Builders]
    bot answers bob >
    bot@bob > I found the following <b>builders</b>:
              • <code>broken</code>
              • <code>fast</code>
              • <code>flex</code>
              • <code>name with spaces/é</code>
              • <code>slow</code>
              • <code>warny</code>
    bob     > [Workers (including old ones)]
    bot answers bob >
    bot@bob > I found the following <b>workers</b>:
              • <code>w1</code>
              • <code>w2-offline</code> ❌ <b>disconnected</b>
    bob     > [Changes (last 10)]
    bot answers bob >
    bot@bob > I found no recent changes.
    bob     > /buildbot status
    bot@bob > <code>broken</code>: idle
              <code>fast</code>: idle, last build AGO ago, ✅ <b>Success</b>
              <code>flex</code>: idle
              <code>name with spaces/é</code>: idle
              <code>slow</code>: idle
              <code>warny</code>: idle
    bob     > /last FAST
    bot@bob > <code>fast</code>: last build ✅ <b>completed successfully</b> (AGO ago)
    bob     > /watch
    bot@bob > There are no currently running builds.
    bob     > /stop
    bot@bob > <code>!buildbot stop</code> is for admins. <code>!whoami</code> shows who you are to me.
    bob     > /list nope
    bot@bob > There is nothing called &quot;nope&quot; to list: builders, workers or changes.
    bob     > /last nope
    bot@bob > no such builder &#39;nope&#39;
    ");
}

#[tokio::test]
async fn a_force_from_buttons_is_one_message_from_started_to_finished() {
    let story = Story::new(&[], "").await;
    for button in ["/notify", "Started 🔕", "Finished 🔕", "Hide..."] {
        match button.starts_with('/') {
            true => story.say(SUPERGROUP, ANN, button).await,
            false => story.press(SUPERGROUP, ANN, button).await,
        }
    }
    insta::assert_snapshot!(story.transcript(), @"
    ann@-1001234 > /notify
    bot@-1001234 > Here are available notifications and their current state. Click to turn them on/off.
              [Started 🔕] [Finished 🔕]
              [Success 🔕] [Failure 🔕]
              [Warnings 🔕] [Exception 🔕]
              [Problem 🔕] [Recovery 🔕]
              [Worse 🔕] [Better 🔕]
              [Cancelled 🔕] [Worker 🔕]
              [Hide...]
    ann@-1001234 > [Started 🔕]
    bot answers ann >
    bot@-1001234 edits 2 > Here are available notifications and their current state. Click to turn them on/off.
              [Started 🔔] [Finished 🔕]
              [Success 🔕] [Failure 🔕]
              [Warnings 🔕] [Exception 🔕]
              [Problem 🔕] [Recovery 🔕]
              [Worse 🔕] [Better 🔕]
              [Cancelled 🔕] [Worker 🔕]
              [Hide...]
    ann@-1001234 > [Finished 🔕]
    bot answers ann >
    bot@-1001234 edits 2 > Here are available notifications and their current state. Click to turn them on/off.
              [Started 🔔] [Finished 🔔]
              [Success 🔕] [Failure 🔕]
              [Warnings 🔕] [Exception 🔕]
              [Problem 🔕] [Recovery 🔕]
              [Worse 🔕] [Better 🔕]
              [Cancelled 🔕] [Worker 🔕]
              [Hide...]
    ann@-1001234 > [Hide...]
    bot answers ann >
    bot@-1001234 deletes 2 > Here are available notifications and their current state. Click to turn them on/off.
              [Started 🔔] [Finished 🔔]
              [Success 🔕] [Failure 🔕]
              [Warnings 🔕] [Exception 🔕]
              [Problem 🔕] [Recovery 🔕]
              [Worse 🔕] [Better 🔕]
              [Cancelled 🔕] [Worker 🔕]
              [Hide...]
    bot@-1001234 > The following events are being notified:
              🔔 <b>finished</b>
              🔔 <b>started</b>
    ");
    story.say(SUPERGROUP, ANN, "/force").await;
    for button in ["Force with required values", "flex", "⚠ Set Ticket"] {
        story.press(SUPERGROUP, ANN, button).await;
    }
    story.say(SUPERGROUP, ANN, "AB-7").await;
    story.press(SUPERGROUP, ANN, "Start Build").await;
    story.telegram.wait_for("completed successfully").await;
    insta::assert_snapshot!(story.transcript(), @r#"
    ann@-1001234 > /force
    bot@-1001234 > Which force scheduler do you want to activate?
              [Force a build]
              [Force with required values]
    ann@-1001234 > [Force with required values]
    bot answers ann >
    bot@-1001234 edits 5 > Which builder do you want to start?
              [fast]
              [flex]
    ann@-1001234 > [flex]
    bot answers ann >
    bot@-1001234 edits 5 > Ann, you are about to start a new build on <code>flex</code>!
              • reason: <code>force build</code>
              • priority: <code>0</code>
              • Branch: –
              • Project: –
              • Repository: –
              • Revision: –
              • Ticket: 💥 <b>required</b>
              [Change reason] [Change priority]
              [Set Branch] [Set Project]
              [Set Repository] [Set Revision]
              [⚠ Set Ticket]
    ann@-1001234 > [⚠ Set Ticket]
    bot answers ann >
    bot@-1001234 (asks) > <a href="tg://user?id=111">Ann</a>: Enter the new value for the Ticket...
    ann@-1001234 > AB-7
    bot@-1001234 edits 5 > Ann, you are about to start a new build on <code>flex</code>!
              • reason: <code>force build</code>
              • priority: <code>0</code>
              • Branch: –
              • Project: –
              • Repository: –
              • Revision: –
              • Ticket: <code>AB-7</code>
              [Change reason] [Change priority]
              [Set Branch] [Set Project]
              [Set Repository] [Set Revision]
              [Change Ticket]
              [Start Build]
    ann@-1001234 > [Start Build]
    bot answers ann >
    bot@-1001234 edits 5 > Force build successfully requested: <a href="http://ci/#/buildrequests/1">request #1</a> of <code>flex</code>.
    bot@-1001234 > Build <a href="http://ci/#/builders/B/builds/1">#1</a> of <code>flex</code> started.
              Forced: force build, by Ann (telegram:111) on telegram:-1001234
    bot@-1001234 edits 8 > Build <a href="http://ci/#/builders/B/builds/1">#1</a> of <code>flex</code> ✅ <b>completed successfully</b>.
              Forced: force build, by Ann (telegram:111) on telegram:-1001234
    "#);
}

#[tokio::test]
async fn builders_are_watched_and_stopped_by_buttons() {
    let story = Story::new(&ENDLESS, "").await;
    let odd = "-x \"quoted\" one";
    // One after the other: requests of a builder that wait together become one build.
    for (build, name) in [(1, odd), (2, "twin"), (3, "twin")] {
        story.master.force(name, json!({})).await;
        story.run(build).await;
    }
    story.say(SUPERGROUP, BOB, "/watch").await;
    story.press(SUPERGROUP, BOB, odd).await;
    story.say(SUPERGROUP, BOB, "/stop").await; // may not
    story.say(SUPERGROUP, ANN, "/stop").await;
    story.press(SUPERGROUP, ANN, odd).await;
    story.say(SUPERGROUP, ANN, "it is odd").await;
    story.press(SUPERGROUP, ANN, "yes").await;
    // Bob hears of the end that he watched, though the chat has no event on; whether
    // before Ann's answer or after it is open.
    story.telegram.wait_for("was cancelled").await;
    story.telegram.wait_for("interrupted").await;
    let until_the_end = with_the_last_two_sorted(&story.transcript());
    story.say(SUPERGROUP, ANN, "/stop").await;
    story.press(SUPERGROUP, ANN, "twin").await;
    story.press(SUPERGROUP, ANN, "#2").await;
    story.say(SUPERGROUP, ANN, "/nay").await;
    story.say(SUPERGROUP, ANN, "/stop twin #2 enough").await;
    story.press(SUPERGROUP, ANN, "yes").await;
    insta::assert_snapshot!(format!("{until_the_end}\n{}", story.transcript()), @r#"
    bob@-1001234 > /watch
    bot@-1001234 > Which builder do you want to watch?
              [-x "quoted" one]
              [twin]
    bob@-1001234 > [-x "quoted" one]
    bot answers bob >
    bot@-1001234 > Watching build <a href="http://ci/#/builders/B/builds/1">#1</a> of <code>-x &quot;quoted&quot; one</code> until it finishes...
    bob@-1001234 > /stop
    bot@-1001234 > <code>!buildbot stop</code> is for admins. <code>!whoami</code> shows who you are to me.
    ann@-1001234 > /stop
    bot@-1001234 > Select builder to stop...
              [-x "quoted" one]
              [twin]
    ann@-1001234 > [-x "quoted" one]
    bot answers ann >
    bot@-1001234 (asks) > <a href="tg://user?id=111">Ann</a>: Ok, now give me the reason to stop build <a href="http://ci/#/builders/B/builds/1">#1</a> of <code>-x &quot;quoted&quot; one</code>...
    ann@-1001234 > it is odd
    bot@-1001234 > Stop build <a href="http://ci/#/builders/B/builds/1">#1</a> of <code>-x &quot;quoted&quot; one</code> (it is odd)?
              [yes] [no]
    ann@-1001234 > [yes]
    bot answers ann >
    bot@-1001234 edits 10 > Stop build <a href="http://ci/#/builders/B/builds/1">#1</a> of <code>-x &quot;quoted&quot; one</code> (it is odd)?
              → <b>yes</b>
    bot@-1001234 > Build <a href="http://ci/#/builders/B/builds/1">#1</a> of <code>-x &quot;quoted&quot; one</code> interrupted.
    bot@-1001234 > Build <a href="http://ci/#/builders/B/builds/1">#1</a> of <code>-x &quot;quoted&quot; one</code> ⚪ <b>was cancelled</b>: cancelled (stopped: by Ann (telegram:111) on telegram:-1001234: it is odd) wait (cancelled)
    ann@-1001234 > /stop
    bot@-1001234 > Select builder to stop...
              [twin]
    ann@-1001234 > [twin]
    bot answers ann >
    bot@-1001234 > Which build of <code>twin</code> is to be stopped?
              [#1] [#2] [all]
    ann@-1001234 > [#2]
    bot answers ann >
    bot@-1001234 edits 15 > Which build of <code>twin</code> is to be stopped?
              → <b>#2</b>
    bot@-1001234 (asks) > <a href="tg://user?id=111">Ann</a>: Ok, now give me the reason to stop build <a href="http://ci/#/builders/B/builds/2">#2</a> of <code>twin</code>...
    ann@-1001234 > /nay
    bot@-1001234 > Never mind.
    ann@-1001234 > /stop twin #2 enough
    bot@-1001234 (reply to 19) > Stop build <a href="http://ci/#/builders/B/builds/2">#2</a> of <code>twin</code> (enough)?
              [yes] [no]
    ann@-1001234 > [yes]
    bot answers ann >
    bot@-1001234 edits 20 > Stop build <a href="http://ci/#/builders/B/builds/2">#2</a> of <code>twin</code> (enough)?
              → <b>yes</b>
    bot@-1001234 > Build <a href="http://ci/#/builders/B/builds/2">#2</a> of <code>twin</code> interrupted.
    "#);
    assert_eq!(story.master.get("builds?complete=false").await["builds"][0]["number"], 1);
}
