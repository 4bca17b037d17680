//! The policy, the report and the audit.
use super::{bot, shown};
use factotum_testing::{Bot, trueconf::TrueConfServer};
use std::time::Duration;

const CALLS: &str = "/api/v3.3/logs/calls";

/// So many looks of the policy, a minute apart; what was said.
async fn looks(bot: &Bot, many: usize) -> String {
    super::steps(bot, Duration::from_secs(60), many).await
}

/// A bot for one server, with the policy's rules.
async fn bot_with(server: &TrueConfServer, rules: &str) -> Bot {
    server.v4(false);
    let rules = format!("[plugins.trueconf.policy]\nover_secs = 3600\n{rules}");
    bot(&[("main", server)], "").config(&rules).buttons().start().await
}

#[tokio::test]
async fn a_policy_begins_with_a_dry_run_that_stops_nothing() {
    let server = TrueConfServer::start().await;
    let bot = bot_with(&server, "warning_secs = 120\nallow_ids = [\"1000000003\"]\n").await;
    for line in ["!trueconf policy", "!trueconf policy on", "!trueconf policy dry"] {
        bot.say("ann", line).await;
    }
    let mut said = shown(&bot, &[&server]);
    said += &looks(&bot, 8).await;
    assert_eq!(server.count("/api/v3.3/conferences/*"), 0);
    insta::assert_snapshot!(said, @"
    ann     > !trueconf policy
    bot     > Forgotten conferences of main are left alone.
              [« Back]
    ann     > !trueconf policy on
    bot     > Begin with a dry run, which shows what would be stopped: !trueconf policy main dry
    ann     > !trueconf policy dry
    bot     > Dry run on main: console:lobby is told which forgotten conferences of 1:00:00 or longer would be stopped, 2 minutes before. Nothing is stopped.
              [« Back]
    bot     > Dry run: Webinar <Q&A> & demo (1000000002) on main would be stopped in 2 minutes: it has run for 4:40:00 and one person alone is in it.
    bot     > Dry run: Empty room (1000000005) on main would be stopped in 2 minutes: it has run for 24:00:00 and nobody is in it.
    bot     > Dry run: Exactly one hour (1000000006) on main would be stopped in 2 minutes: it has run for 1:00:00 and one person alone is in it.
    ");
}

#[tokio::test]
async fn forgotten_conferences_are_stopped_after_a_warning_but_for_what_somebody_keeps() {
    let server = TrueConfServer::start().await;
    let bot = bot_with(&server, "warning_secs = 300\nstops_max = 2\n").await;
    bot.say("ann", "!trueconf policy dry").await;
    looks(&bot, 2).await;
    bot.say("ann", "!trueconf policy on").await;
    bot.say("ann", "yes").await;
    let mut said = looks(&bot, 3).await;
    bot.press("ann", "Keep 1 h").await;
    said += &looks(&bot, 8).await;
    let stopped: Vec<&str> = ["1000000002", "1000000003", "1000000005", "1000000006"]
        .into_iter()
        .filter(|id| server.state_of(id).as_deref() == Some("stopped"))
        .collect();
    assert_eq!(stopped.len(), 3, "{stopped:?} {said}");
    assert_eq!(said.matches("was stopped by the policy").count(), 3, "{said}");
    assert_eq!(said.matches("left for the next run").count(), 1, "{said}");
    bot.say("ann", "!trueconf audit main 3").await;
    bot.say("ann", "!trueconf policy off").await;
    said += &bot.transcript();
    insta::assert_snapshot!(said, @"
    ann     > !trueconf policy on
    bot     > Stop forgotten conferences of 1:00:00 or longer on main from now on, at most 2 at a time, each 5 minutes after a warning here?
              [yes] [no]
    ann     > yes
    bot     > Forgotten conferences of 1:00:00 or longer on main are stopped, at most 2 at a time. console:lobby is warned 5 minutes before.
              [« Back]
    bot     > Webinar <Q&A> & demo (1000000002) on main will be stopped in 5 minutes: it has run for 4:40:00 and one person alone is in it.
              [Keep 1 h]
    bot     > untitled (1000000003) on main will be stopped in 5 minutes: it has run for 2:40:00 and no moderator is in it.
              [Keep 1 h]
    bot     > Empty room (1000000005) on main will be stopped in 5 minutes: it has run for 24:00:00 and nobody is in it.
              [Keep 1 h]
    bot     > Exactly one hour (1000000006) on main will be stopped in 5 minutes: it has run for 1:00:00 and one person alone is in it.
              [Keep 1 h]
    ann     > [Keep 1 h]
    bot     > 1000000006 on main is kept for 1:00:00: the policy does not stop it.
    bot     > Webinar <Q&A> & demo (1000000002) on main was stopped by the policy: it has run for 4:40:00 and one person alone is in it.
    bot     > untitled (1000000003) on main was stopped by the policy: it has run for 2:40:00 and no moderator is in it.
    bot     > One more forgotten conference on main is left for the next run.
    bot     > Empty room (1000000005) on main was stopped by the policy: it has run for 24:00:00 and nobody is in it.
    ann     > !trueconf audit main 3
    bot     > • 2026-11-20 10:09 stop main 1000000005 Empty room, by the policy: done
              • 2026-11-20 10:08 stop main 1000000003, by the policy: done
              • 2026-11-20 10:08 stop main 1000000002 Webinar <Q&A> & demo, by the policy: done
    ann     > !trueconf policy off
    bot     > Forgotten conferences of main are left alone.
              [« Back]
    ");
    // Off is off.
    let before = server.count(CALLS);
    looks(&bot, 5).await;
    assert_eq!(server.count(CALLS), before);
}

#[tokio::test]
async fn a_report_comes_every_day_at_its_time() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let zone = "[plugins.trueconf]\ntime_zone = \"Europe/Moscow\"\n";
    let bot = bot(&[("main", &server)], "").config(zone).start().await;
    for line in
        ["!trueconf report", "!trueconf report daily 25:00", "!trueconf report daily 09:00", "!trueconf report now"]
    {
        bot.say("ann", line).await;
    }
    let first = bot.transcript();
    // It is 13:00 in Moscow: the next one comes in 20 hours.
    for _ in 0..39 {
        bot.pass(Duration::from_secs(1800)).await;
    }
    assert_eq!(bot.transcript(), "");
    for day in ["2026-11-21", "2026-11-22"] {
        bot.pass(Duration::from_secs(1800)).await;
        // A look that began before this step did not see it: the next one is 30 s later.
        let mut said = super::steps_until(&bot, Duration::from_secs(30), &format!("TrueConf, {day}")).await;
        for _ in 0..47 {
            bot.pass(Duration::from_secs(1800)).await;
        }
        said += &bot.transcript();
        assert_eq!(said.matches("TrueConf, ").count(), 1, "{said}");
    }
    bot.say("ann", "!trueconf report off").await;
    bot.say("ann", "!trueconf report off").await;
    for _ in 0..49 {
        bot.pass(Duration::from_secs(1800)).await;
    }
    insta::assert_snapshot!(first + &bot.transcript(), @"
    ann     > !trueconf report
    bot     > This chat gets no report.
    ann     > !trueconf report daily 25:00
    bot     > 25:00 is no time of day: it is like 09:00
    ann     > !trueconf report daily 09:00
    bot     > This chat gets a report every day at 09:00 (Europe/Moscow).
    ann     > !trueconf report now
    bot     > TrueConf, 2026-11-20
              • main: running, TrueConf Server 5.5.6.1000, 151 of 450 users online, 7 conferences, 4 of them forgotten
    ann     > !trueconf report off
    bot     > This chat gets no report any more.
    ann     > !trueconf report off
    bot     > This chat gets no report.
    ");
}
