//! Notices on their way: their order, their retries, what replaces what, and what
//! becomes of those that no chat takes.
use crate::hooks::transcript;
use factotum_plugin_api::prelude::*;
use factotum_testing::{Bot, Trouble};
use http::Method;

/// Posts what it is told to.
pub(crate) struct Mail {
    host: Host,
}

/// Send a letter
#[derive(Args)]
struct SendArgs {
    /// The chat, which need not exist
    to: String,
    /// What it says
    #[arg(required = true)]
    words: Vec<String>,
    /// What it is about
    #[arg(long)]
    about: Option<String>,
    /// Whether it must be seen
    #[arg(long)]
    loud: bool,
    /// Sends nothing when a letter was sent with this number
    #[arg(long)]
    once: Option<String>,
}
/// Tell the admins
#[derive(Args)]
struct AlarmArgs {
    /// Of what
    about: String,
}

impl Plugin for Mail {
    const NAME: &'static str = "mail";
    type Config = NoConfig;
    fn start(_: NoConfig, host: Host) -> Result<Self> {
        Ok(Mail { host })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("send", Access::EVERYONE, Self::send).on("alarm", Access::EVERYONE, Self::alarm);
    }
}
impl Mail {
    async fn send(&self, _: &Call, args: SendArgs) -> Result<Reply> {
        let (network, address) = args.to.split_once(':').unwrap_or(("console", &args.to));
        let mut notice = Notice::new(ChatId::new(network, address), args.words.join(" "));
        notice.key = args.about;
        let notice = if args.loud { notice.loud() } else { notice };
        let sent = self.host.outbox.post(notice, args.once).await?;
        Ok(if sent { Reply::default() } else { "It was sent before.".into() })
    }
    async fn alarm(&self, _: &Call, args: AlarmArgs) -> Result<Reply> {
        self.host.outbox.tell_admins(&args.about, "there is smoke").await?;
        Ok(Reply::default())
    }
}

/// No chance in the pauses.
const EXACT: &str = "[outbox]\njitter = 0.0";
const HOUR: Duration = Duration::from_secs(3600);

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

#[tokio::test]
async fn a_chat_gets_its_notices_in_order_whatever_fails() {
    let bot = Bot::with::<Mail>().admin("ann").config(EXACT).start().await;
    bot.script().fail_next_in("ops", Trouble::Transient);
    bot.script().fail_next_in("ops", Trouble::Transient);
    for text in ["one", "two", "three"] {
        bot.say("ann", &format!("!send ops {text}")).await;
    }
    bot.say("ann", "!outbox").await;
    bot.pass(secs(1)).await;
    bot.pass(secs(2)).await;
    bot.say("ann", "!outbox").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !send ops one
    ann     > !send ops two
    ann     > !send ops three
    ann     > !outbox
    bot     > #3 2026-11-20 10:00:00Z mail to console:ops waiting
              #2 2026-11-20 10:00:00Z mail to console:ops waiting
              #1 2026-11-20 10:00:00Z mail to console:ops waiting after 1 try, next 2026-11-20 10:00:01Z: the network is down
    bot@ops > one
    bot@ops > two
    bot@ops > three
    ann     > !outbox
    bot     > No notices that wait or were given up.
    ");
}

#[tokio::test]
async fn a_stuck_chat_delays_no_other() {
    let bot = Bot::with::<Mail>().start().await;
    bot.script().hold("ops");
    bot.begin_to_say("ann", "!send ops one");
    bot.begin_to_say("ann", "!send dev two");
    bot.posted("bot@dev > two").await;
    bot.script().release();
    bot.settled().await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !send ops one
    ann     > !send dev two
    bot@dev > two
    bot@ops > one
    ");
}

#[tokio::test]
async fn pauses_double_up_to_a_minute() {
    let bot = Bot::with::<Mail>().config(EXACT).start().await;
    bot.script().down();
    bot.say("ann", "!send ops one").await;
    for _ in 0..250 {
        bot.pass(secs(1)).await;
    }
    let notice = bot.host().shared.journal.notice(1).await.unwrap().unwrap();
    let began = notice.notice.at;
    let tries: Vec<i64> = notice.tries.iter().map(|attempt| attempt.at.duration_since(began).as_secs()).collect();
    assert_eq!(tries, [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
    bot.script().up();
    bot.pass(secs(60)).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !send ops one
    bot@ops > one
    ");
}

#[tokio::test]
async fn a_pause_that_the_network_asks_for_is_kept() {
    let bot = Bot::with::<Mail>().admin("ann").config(EXACT).start().await;
    bot.script().fail_next_in("ops", Trouble::RetryAfter(secs(7)));
    bot.say("ann", "!send ops one").await;
    bot.say("ann", "!send ops two").await;
    bot.say("ann", "!outbox").await;
    bot.pass(secs(6)).await;
    bot.say("ann", "!echo not yet").await;
    bot.pass(secs(1)).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !send ops one
    ann     > !send ops two
    ann     > !outbox
    bot     > #2 2026-11-20 10:00:00Z mail to console:ops waiting
              #1 2026-11-20 10:00:00Z mail to console:ops waiting after 1 try, next 2026-11-20 10:00:07Z: asked to wait 7 s
    ann     > !echo not yet
    bot     > not yet
    bot@ops > one
    bot@ops > two
    ");
}

#[tokio::test]
async fn what_no_network_takes_waits_with_its_reason_and_is_given_up_after_a_day() {
    let bot = Bot::with::<Mail>().admin("ann").config(EXACT).start().await;
    bot.say("ann", "!send telegram:-1 one").await;
    bot.say("ann", "!outbox").await;
    bot.pass(24 * HOUR - secs(60)).await;
    bot.say("ann", "!status").await;
    bot.pass(secs(60)).await;
    bot.say("ann", "!outbox").await;
    bot.say("ann", "!outbox retry 1").await;
    bot.say("ann", "!outbox").await;
    insta::assert_snapshot!(transcript(&bot), @r#"
    ann     > !send telegram:-1 one
    ann     > !outbox
    bot     > #1 2026-11-20 10:00:00Z mail to telegram:-1 waiting after 1 try, next 2026-11-20 10:00:01Z: no network "telegram" is loaded
    ann     > !status
    bot     > factotum 0.1.0, up 23 h 59 min
              console connected
              telegram not configured; 1 waiting, the oldest for 23 h 59 min, next try 2026-11-21 09:59:02Z
              plugins on: mail
              journal under 10 MB
              hooks at http://127.0.0.1:PORT
    bot     > [host] A notice did not reach telegram:-1: given up after 24 h: no network "telegram" is loaded. !outbox retry 1 tries again.
    ann     > !outbox
    bot     > #1 2026-11-20 10:00:00Z mail to telegram:-1 dead after 3 tries: given up after 24 h: no network "telegram" is loaded
    ann     > !outbox retry 1
    bot     > 1 notice will be tried again.
    ann     > !outbox
    bot     > #1 2026-11-20 10:00:00Z mail to telegram:-1 waiting after 4 tries, next 2026-11-21 10:00:01Z: no network "telegram" is loaded
    "#);
}

#[tokio::test]
async fn what_a_chat_refuses_is_a_dead_letter_at_once_and_admins_hear_of_it_once_an_hour() {
    let bot = Bot::with::<Mail>().admin("ann").admin("bob").config(EXACT).start().await;
    for text in ["one", "two"] {
        bot.script().fail_next_in("ops", Trouble::Permanent("the bot was removed"));
        bot.say("eve", &format!("!send ops {text}")).await;
    }
    bot.pass(HOUR).await;
    bot.script().fail_next_in("ops", Trouble::Permanent("the bot was removed"));
    bot.say("eve", "!send ops three").await;
    bot.say("ann", "!outbox dead").await;
    // To a chat that takes nothing yet, so that the answer comes first.
    bot.script().fail_next_in("ops", Trouble::RetryAfter(HOUR));
    bot.say("ann", "!outbox retry all").await;
    bot.say("ann", "!outbox").await;
    bot.pass(HOUR).await;
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !send ops one
    bot     > [host] A notice did not reach console:ops: the bot was removed. !outbox retry 1 tries again.
    bot     > [host] A notice did not reach console:ops: the bot was removed. !outbox retry 1 tries again.
    eve     > !send ops two
    eve     > !send ops three
    bot     > [host] A notice did not reach console:ops: the bot was removed. !outbox retry 5 tries again.
    bot     > [host] A notice did not reach console:ops: the bot was removed. !outbox retry 5 tries again.
    ann     > !outbox dead
    bot     > #5 2026-11-20 11:00:00Z mail to console:ops dead after 1 try: the bot was removed
              #4 2026-11-20 10:00:00Z mail to console:ops dead after 1 try: the bot was removed
              #1 2026-11-20 10:00:00Z mail to console:ops dead after 1 try: the bot was removed
    ann     > !outbox retry all
    bot     > 3 notices will be tried again.
    ann     > !outbox
    bot     > #5 2026-11-20 11:00:00Z mail to console:ops waiting after 1 try: the bot was removed
              #4 2026-11-20 10:00:00Z mail to console:ops waiting after 1 try: the bot was removed
              #1 2026-11-20 10:00:00Z mail to console:ops waiting after 2 tries, next 2026-11-20 12:00:00Z: asked to wait 3600 s
    bot@ops > one
    bot@ops > two
    bot@ops > three
    ");
}

#[tokio::test]
async fn an_admin_who_cannot_be_told_is_not_told_of_that() {
    let bot = Bot::with::<Mail>().admin("ann").config(EXACT).start().await;
    bot.script().fail_next_in("ops", Trouble::Permanent("the bot was removed"));
    bot.script().fail_next_in("ann", Trouble::Permanent("ann has blocked the bot"));
    bot.say("eve", "!send ops one").await;
    bot.say("ann", "!outbox").await;
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !send ops one
    ann     > !outbox
    bot     > #2 2026-11-20 10:00:00Z host to console:ann dead after 1 try: ann has blocked the bot
              #1 2026-11-20 10:00:00Z mail to console:ops dead after 1 try: the bot was removed
    ");
}

/// A build from its start to its end.
async fn a_build(bot: &Bot) -> String {
    for line in ["pending", "passed", "--loud failed", "still failing"] {
        bot.say("ann", &format!("!send ops --about #18 {line}")).await;
    }
    bot.say("ann", "!send ops --about #19 pending").await;
    bot.transcript()
}

#[tokio::test]
async fn a_later_notice_about_the_same_edits_where_the_network_can() {
    insta::assert_snapshot!(a_build(&Bot::with::<Mail>().edits().start().await).await, @"
    ann     > !send ops --about #18 pending
    bot@ops > pending
    ann     > !send ops --about #18 passed
    bot@ops edits m1 > passed
    ann     > !send ops --about #18 --loud failed
    bot@ops > failed
    bot@ops > (removes m1)
    ann     > !send ops --about #18 still failing
    bot@ops edits m2 > still failing
    ann     > !send ops --about #19 pending
    bot@ops > pending
    ");
    insta::assert_snapshot!(a_build(&Bot::with::<Mail>().start().await).await, @"
    ann     > !send ops --about #18 pending
    bot@ops > pending
    ann     > !send ops --about #18 passed
    bot@ops > passed
    ann     > !send ops --about #18 --loud failed
    bot@ops > failed
    ann     > !send ops --about #18 still failing
    bot@ops > still failing
    ann     > !send ops --about #19 pending
    bot@ops > pending
    ");
}

#[tokio::test]
async fn a_later_notice_replaces_one_that_still_waits() {
    let bot = Bot::with::<Mail>().admin("ann").config(EXACT).start().await;
    bot.script().fail_next_in("ops", Trouble::Transient);
    bot.say("ann", "!send ops --about #18 pending").await;
    bot.say("ann", "!send ops --about #18 failed").await;
    bot.say("ann", "!outbox replaced").await;
    bot.pass(secs(1)).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !send ops --about #18 pending
    ann     > !send ops --about #18 failed
    ann     > !outbox replaced
    bot     > #1 2026-11-20 10:00:00Z mail to console:ops replaced after 1 try: #2 says what is so now
    bot@ops > failed
    ");
}

#[tokio::test]
async fn a_backlog_says_what_is_so_now_and_nothing_that_was_so_before() {
    let bot = Bot::with::<Mail>().admin("ann").config(EXACT).start().await;
    bot.script().fail_next_in("ops", Trouble::Permanent("the bot was removed"));
    bot.say("eve", "!send ops --about #18 started").await;
    bot.script().fail_next_in("ops", Trouble::RetryAfter(secs(60)));
    for line in ["#18 failed", "#19 started", "#18 still failing", "#19 passed"] {
        bot.say("eve", &format!("!send ops --about {line}")).await;
    }
    bot.pass(secs(60)).await;
    bot.say("ann", "!outbox retry 1").await;
    bot.say("ann", "!outbox replaced").await;
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !send ops --about #18 started
    bot     > [host] A notice did not reach console:ops: the bot was removed. !outbox retry 1 tries again.
    eve     > !send ops --about #18 failed
    eve     > !send ops --about #19 started
    eve     > !send ops --about #18 still failing
    eve     > !send ops --about #19 passed
    bot@ops > still failing
    bot@ops > passed
    ann     > !outbox retry 1
    bot     > Left out: #1. A later notice about the same says what is so now.
    ann     > !outbox replaced
    bot     > #4 2026-11-20 10:00:00Z mail to console:ops replaced: #6 says what is so now
              #3 2026-11-20 10:00:00Z mail to console:ops replaced after 1 try: #5 says what is so now
              #1 2026-11-20 10:00:00Z mail to console:ops replaced after 1 try: #5 says what is so now
    ");
    let page = bot.call("prom", Method::GET, "/metrics", |request| request).await.body;
    let page = String::from_utf8_lossy(&page);
    let counted: Vec<&str> =
        page.lines().filter(|line| line.contains("outcome=\"replaced\"") && line.contains("mail")).collect();
    assert_eq!(counted, ["factotum_notices_total{plugin=\"mail\",outcome=\"replaced\"} 3"]);
}

#[tokio::test]
async fn a_message_without_an_answer_comes_again_with_a_mark() {
    let bot = Bot::with::<Mail>().admin("ann").config(EXACT).start().await;
    bot.script().fail_next_in("ops", Trouble::Unanswered);
    bot.say("ann", "!send ops one").await;
    bot.pass(secs(1)).await;
    bot.say("ann", "!outbox sent").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !send ops one
    bot@ops > one
    bot@ops > (possible duplicate) one
    ann     > !outbox sent
    bot     > #1 2026-11-20 10:00:00Z mail to console:ops sent after 2 tries
    ");
}

#[tokio::test]
async fn a_chat_that_moved_is_followed() {
    let mut bot = Bot::with::<Mail>().config(EXACT).start().await;
    bot.script().fail_next_in("ops", Trouble::Moved("ops-2"));
    bot.say("ann", "!send ops one").await;
    bot.restart().await;
    bot.say("ann", "!send ops two").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !send ops one
    bot@ops-2 > one
    ann     > !send ops two
    bot@ops-2 > two
    ");
}

#[tokio::test]
async fn what_hangs_when_the_host_stops_comes_again_with_a_mark() {
    let mut bot = Bot::with::<Mail>().config(EXACT).start().await;
    bot.script().hold("ops");
    bot.begin_to_say("ann", "!send ops one");
    bot.begin_to_say("ann", "!send dev two");
    bot.posted("bot@dev > two").await;
    bot.restart_after(secs(10)).await;
    bot.script().release();
    bot.pass(secs(1)).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !send ops one
    ann     > !send dev two
    bot@dev > two
    bot@ops > (possible duplicate) one
    ");
}

#[tokio::test]
async fn a_notice_with_a_number_is_sent_once() {
    let mut bot = Bot::with::<Mail>().start().await;
    bot.say("ann", "!send ops --once 17 one").await;
    bot.say("ann", "!send ops --once 17 one").await;
    bot.restart().await;
    bot.say("ann", "!send ops --once 17 one").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !send ops --once 17 one
    bot@ops > one
    ann     > !send ops --once 17 one
    bot     > It was sent before.
    ann     > !send ops --once 17 one
    bot     > It was sent before.
    ");
}

#[tokio::test]
async fn admins_are_told_a_thing_once_an_hour_each_in_private_or_in_their_chat() {
    let bot = Bot::with::<Mail>().admin("ann").admin("bob").start().await;
    for about in ["fire", "fire", "flood"] {
        bot.say("eve", &format!("!alarm {about}")).await;
    }
    bot.pass(HOUR).await;
    bot.say("eve", "!alarm fire").await;
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !alarm fire
    bot     > [mail] there is smoke
    bot     > [mail] there is smoke
    eve     > !alarm fire
    eve     > !alarm flood
    bot     > [mail] there is smoke
    bot     > [mail] there is smoke
    eve     > !alarm fire
    bot     > [mail] there is smoke
    bot     > [mail] there is smoke
    ");

    let bot = Bot::with::<Mail>().admin("ann").config("admin_chat = \"console:ops\"").start().await;
    bot.say("eve", "!alarm fire").await;
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !alarm fire
    bot@ops > [mail] there is smoke
    ");
}
