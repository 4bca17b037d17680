//! A group whose call fails.
use super::*;

#[tokio::test]
async fn a_group_that_fails_is_tried_again_and_takes_in_what_came_meanwhile() {
    let (bench, judge) = bench();
    bench.put_behind_another(&builds(1..=5)).await;
    bench.fake.answer("dev", [transient()]);
    bench.pass(1).await;
    bench.put(&builds(6..=6)).await;
    assert_eq!(judge.heard.lock().unwrap()[1..], ["retry, 5 notices, whole: false"]);
    insta::assert_snapshot!(bench.seen(1).await, @r#"
    dev: post "5 builds passed
        o/r #1 passed
        o/r #2 passed
        o/r #3 passed
        o/r #4 passed
        o/r #5 passed", refused
    dev: post "6 builds passed in 1 s
        o/r #1 passed
        o/r #2 passed
        o/r #3 passed
        o/r #4 passed
        o/r #5 passed
        o/r #6 passed"
    "#);
    assert_eq!(bench.tries(4).await, ["retry connection refused", "posted m2, in a group of 6"]);
    assert_eq!(bench.errors().await, []);
}

/// It may stand in the chat: who reads it again is told so, and nothing is added to it.
#[tokio::test]
async fn a_group_without_an_answer_is_posted_again_as_it_was_and_marked() {
    let (bench, _) = bench();
    bench.put_behind_another(&builds(1..=5)).await;
    bench.fake.answer("dev", [Answer::Error(PostError::Unanswered(anyhow!("silence")))]);
    bench.pass(1).await;
    bench.fake.calls();
    bench.put(&builds(6..=11)).await;
    insta::assert_snapshot!(bench.seen(3).await, @r#"
    dev: post "(possible duplicate) 5 builds passed
        o/r #1 passed
        o/r #2 passed
        o/r #3 passed
        o/r #4 passed
        o/r #5 passed"
    dev: post "6 builds passed
        o/r #6 passed
        o/r #7 passed
        o/r #8 passed
        o/r #9 passed
        o/r #10 passed
        o/r #11 passed"
    "#);
    assert_eq!(bench.tries(2).await, ["unknown silence", "posted m2, in a group of 5"]);
    assert_eq!(bench.errors().await, []);
}

#[tokio::test]
async fn a_group_that_is_refused_for_good_is_posted_one_by_one() {
    let (bench, judge) = bench();
    bench.put_behind_another(&builds(1..=5)).await;
    bench.fake.answer("dev", [permanent("message is too long")]);
    bench.pass(1).await;
    bench.fake.calls();
    bench.put(&builds(6..=10)).await;
    insta::assert_snapshot!(bench.seen(7).await, @r#"
    dev: post "o/r #1 passed"
    dev: post "o/r #2 passed"
    dev: post "o/r #3 passed"
    dev: post "o/r #4 passed"
    dev: post "o/r #5 passed"
    dev: post "5 builds passed
        o/r #6 passed
        o/r #7 passed
        o/r #8 passed
        o/r #9 passed
        o/r #10 passed"
    "#);
    assert_eq!(bench.tries(3).await, ["refused not as a group of 5: message is too long", "posted m3"]);
    assert!(!judge.heard.lock().unwrap().iter().any(|heard| heard.starts_with("dead")));
}

#[tokio::test]
async fn a_chat_that_is_gone_makes_each_a_dead_letter_of_its_own() {
    let (bench, judge) = bench();
    bench.put_behind_another(&builds(1..=5)).await;
    bench.fake.answer("dev", (0..6).map(|_| permanent("chat not found")));
    bench.seen(7).await;
    let dead: Vec<(u64, NoticeState)> = (2..=6).map(|id| (id, NoticeState::Dead)).collect();
    assert_eq!(bench.errors().await, dead);
    assert_eq!(judge.heard.lock().unwrap().iter().filter(|heard| heard.starts_with("dead")).count(), 5);
}

/// What a group told is said, though no message of its own stands in the chat.
#[tokio::test]
async fn a_dead_letter_does_not_come_after_a_group_that_said_more() {
    let (bench, _) = bench();
    bench.fake.answer("dev", [permanent("the bot was removed")]);
    bench.put(&[to("dev", "o/r #3 started").about("b3")]).await;
    bench.put_behind_another(&(1..=5).map(|n| passed(n).about(format!("b{n}"))).collect::<Vec<_>>()).await;
    assert!(bench.seen(1).await.starts_with("dev: post \"5 builds passed"));
    let changed = bench.journal.retry(Which::AllDead).await.unwrap();
    assert_eq!((changed.ids, changed.replaced), (vec![], vec![1]));
}

/// The oldest is given up when its day is over, the others have theirs yet.
#[tokio::test]
async fn each_of_a_group_has_a_day_of_its_own() {
    let (bench, _) = bench();
    let pause = Duration::from_secs(86_399);
    bench.fake.answer("dev", [Answer::Error(PostError::RetryAfter(pause)), transient()]);
    bench.put(&builds(1..=1)).await;
    bench.clock.advance(Duration::from_secs(40_000));
    bench.put(&builds(2..=6)).await;
    bench.pass(46_400).await;
    assert_eq!(bench.errors().await[0], (1, NoticeState::Dead));
    assert_eq!(bench.tries(2).await, ["retry connection refused"]);
    bench.seen(2).await;
    assert_eq!(bench.errors().await, [(1, NoticeState::Dead)]);
    assert_eq!(bench.tries(6).await.last().unwrap(), "posted m1, in a group of 5");
}

#[tokio::test]
async fn a_group_follows_its_chat() {
    let (bench, _) = bench();
    bench.put_behind_another(&builds(1..=7)).await;
    bench.fake.answer("dev", [Answer::Error(PostError::Moved("new".into()))]);
    insta::assert_snapshot!(bench.seen(3).await, @r#"
    dev: post "7 builds passed
        o/r #1 passed
        o/r #2 passed
        o/r #3 passed
        o/r #4 passed
        o/r #5 passed
        o/r #6 passed
        o/r #7 passed", refused
    new: post "o/r #1 passed"
    new: post "6 builds passed
        o/r #2 passed
        o/r #3 passed
        o/r #4 passed
        o/r #5 passed
        o/r #6 passed
        o/r #7 passed"
    "#);
    assert_eq!(bench.errors().await, []);
}

/// As a single notice: what was cut off before its answer was recorded is posted again.
#[test]
fn a_group_is_posted_again_after_a_crash_and_once_when_it_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, fake) = (Clock::manual("2026-11-20T10:00:00Z".parse().unwrap()), Fake::new());
    let run = |f: &dyn Fn(Journal, Outbox) -> factotum_plugin_api::BoxFuture<'static, ()>| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let journal = open(folder.path(), &clock);
        let outbox = outbox(&journal, &fake, &clock);
        runtime.block_on(f(journal, outbox));
    };
    run(&|journal, _| {
        Box::pin(async move {
            journal.enqueue("test", &builds(1..=5), None).await.unwrap();
        })
    });
    clock.advance(Duration::from_millis(1));
    fake.answer("dev", [Answer::Hang]);
    let network = fake.clone();
    run(&move |_, outbox| {
        let network = network.clone();
        Box::pin(async move {
            outbox.start().await.unwrap();
            network.called(1).await;
        })
    });
    let group =
        r#"dev: post "5 builds passed\no/r #1 passed\no/r #2 passed\no/r #3 passed\no/r #4 passed\no/r #5 passed""#;
    assert_eq!(fake.calls(), format!("{group}, no answer"));
    for calls in [group, ""] {
        run(&|_, outbox| {
            Box::pin(async move {
                outbox.start().await.unwrap();
                outbox.settled().await;
            })
        });
        assert_eq!(fake.calls(), calls);
    }
}
