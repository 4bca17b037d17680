//! Good news that piles up for a chat comes as one message.
use super::*;
use factotum_plugin_api::notice::Good;
use jiff::ToSpan;

mod failing;
mod mixed;

/// Says of some notices that they are not posted now, and keeps what it hears.
#[derive(Default)]
struct Judge {
    stands: Mutex<HashMap<u64, Stand>>,
    alone: Mutex<Vec<u64>>,
    after: Mutex<Option<u32>>,
    heard: Mutex<Vec<String>>,
    journal: OnceLock<Journal>,
}

#[async_trait]
impl Observer for Judge {
    async fn dead_letter(&self, letter: DeadLetter) {
        self.heard.lock().unwrap().push(format!("dead #{}: {}", letter.id, letter.reason));
    }
    fn attempted(&self, Attempted { plugins, outcome, whole, .. }: Attempted<'_>) {
        self.heard.lock().unwrap().push(format!("{outcome}, {} notices, whole: {whole}", plugins.len()));
    }
    fn stand(&self, _: &ChatId, waiting: &Waiting) -> Stand {
        self.stands.lock().unwrap().get(&waiting.id).copied().unwrap_or(Stand::Now)
    }
    async fn keep_out(&self, _: &ChatId, waiting: &Waiting) -> Result<()> {
        self.journal.get().unwrap().keep_out(waiting.id, "silenced".into()).await.map(drop)
    }
    fn group_after(&self, _: &ChatId) -> Option<u32> {
        *self.after.lock().unwrap()
    }
    fn is_alone(&self, id: u64) -> bool {
        self.alone.lock().unwrap().contains(&id)
    }
}

/// A bench with a judge, and a chat that takes one message a second.
fn bench() -> (Bench, Arc<Judge>) {
    let (mut bench, judge) = (Bench::new(), Arc::new(Judge::default()));
    assert!(judge.journal.set(bench.journal.clone()).is_ok());
    bench.outbox = outbox(&bench.journal, &bench.fake, &bench.clock);
    bench.outbox.observe(judge.clone());
    bench.fake.limit(|limits| limits.per_chat = Some(Pace { messages: 1, per: Duration::from_secs(1) }));
    (bench, judge)
}
fn passed(n: u32) -> Notice {
    to("dev", &format!("o/r #{n} passed")).good(Good::Passed)
}
fn builds(numbers: std::ops::RangeInclusive<u32>) -> Vec<Notice> {
    numbers.map(passed).collect()
}

impl Bench {
    /// Puts notices in behind one that has just been posted, so that they wait a second.
    async fn put_behind_another(&self, notices: &[Notice]) {
        self.pass(1).await;
        self.fake.calls();
        let all: Vec<Notice> = [to("dev", "hello")].into_iter().chain(notices.iter().cloned()).collect();
        self.put(&all).await;
        assert!(self.fake.calls().starts_with("dev: post \"hello\""));
    }
    /// What is done in the next seconds.
    async fn seen(&self, secs: u64) -> String {
        for _ in 0..secs {
            self.pass(1).await;
        }
        self.fake.calls().replace("\\n", "\n    ")
    }
    async fn errors(&self) -> Vec<(u64, NoticeState)> {
        let rows = self.journal.notices(None, &Default::default(), 10_000).await.unwrap();
        rows.iter().rev().filter(|row| row.state != NoticeState::Sent).map(|row| (row.id, row.state)).collect()
    }
}

#[tokio::test]
async fn what_piled_up_in_a_pause_is_one_message_with_the_time_that_it_took() {
    let (bench, judge) = bench();
    bench.fake.answer("dev", [Answer::Error(PostError::RetryAfter(Duration::from_secs(90)))]);
    bench.put(&builds(1..=1)).await;
    bench.fake.calls();
    for n in 2..=12 {
        bench.clock.advance(Duration::from_secs(6));
        let kind = if n == 5 { Good::Fixed } else { Good::Passed };
        bench.put(&[passed(n).about(format!("b{n}")).good(kind)]).await;
    }
    assert_eq!(bench.fake.calls(), "");
    judge.heard.lock().unwrap().clear();
    bench.pass(24).await;
    insta::assert_snapshot!(bench.seen(1).await, @r#"
    dev: post "12 builds in 1 min: 11 passed, 1 fixed
        o/r #1 passed
        o/r #2 passed
        o/r #3 passed
        o/r #4 passed
        o/r #5 passed
        o/r #6 passed
        o/r #7 passed
        o/r #8 passed
        o/r #9 passed
        o/r #10 passed
        o/r #11 passed
        o/r #12 passed"
    "#);
    assert_eq!(bench.tries(12).await, ["posted m1, in a group of 12"]);
    assert_eq!(bench.tries(1).await, ["retry asked to wait 90 s", "posted m1, in a group of 12"]);
    assert_eq!(*judge.heard.lock().unwrap(), ["posted, 12 notices, whole: true"]);
    assert_eq!(bench.errors().await, []);
}

#[tokio::test]
async fn a_few_are_messages_of_their_own_and_so_is_each_where_nobody_wants_groups() {
    let (bench, judge) = bench();
    for (after, count, calls) in [(None, 4, 4), (None, 5, 1), (Some(3), 3, 1), (Some(0), 9, 9), (Some(10), 9, 9)] {
        *judge.after.lock().unwrap() = after;
        bench.put_behind_another(&builds(1..=count)).await;
        let seen = bench.seen(12).await;
        assert_eq!(seen.matches("dev: post").count(), calls, "{count} with {after:?}: {seen}");
    }
    bench.outbox.set(OutboxSettings { group_after: 0, ..OutboxSettings::default() });
    *judge.after.lock().unwrap() = None;
    bench.put_behind_another(&builds(1..=9)).await;
    assert_eq!(bench.seen(12).await.matches("dev: post").count(), 9);
}

/// Without a pace nothing waits, however many come at once.
#[tokio::test]
async fn what_need_not_wait_is_not_joined() {
    let (bench, _) = bench();
    bench.fake.limit(|limits| limits.per_chat = None);
    bench.put(&builds(1..=20)).await;
    assert_eq!(bench.fake.calls().lines().count(), 20);
}

#[tokio::test]
async fn bad_news_and_all_that_is_no_good_news_keep_their_place() {
    let extra = serde_json::json!({ "color": "green" }).as_object().unwrap().clone();
    let odd = [
        ("bad", to("dev", "odd")),
        ("loud", passed(0).loud()),
        ("buttons", passed(0).row([Button::new("Show", "!show")])),
        ("own fields", passed(0).with_extra(extra)),
        ("a thread", passed(0).in_thread("7")),
        ("an edit", passed(0).about("stands")),
        ("tried again by hand", passed(0)),
    ];
    for (name, odd) in odd {
        let (bench, judge) = bench();
        bench.put(&[to("dev", "before").about("stands")]).await;
        bench.pass(1).await;
        bench.fake.calls();
        if name == "tried again by hand" {
            judge.alone.lock().unwrap().push(8);
        }
        bench.put_behind_another(&[builds(1..=5), vec![odd], builds(6..=10)].concat()).await;
        let seen = bench.seen(5).await;
        let calls: Vec<&str> = seen.lines().filter(|line| line.starts_with("dev: ")).collect();
        let group = "dev: post \"5 builds passed";
        assert!(calls.len() == 3 && calls[0] == group && calls[2] == group, "{name}: {seen}");
    }
}

#[tokio::test]
async fn a_build_that_was_told_among_others_has_a_message_of_its_own_later() {
    let (bench, _) = bench();
    let started: Vec<Notice> = (1..=5).map(|n| passed(n).about(format!("b{n}")).good(Good::Started)).collect();
    bench.put_behind_another(&started).await;
    bench.seen(1).await;
    let chat = ChatId::new("fake", "dev");
    assert_eq!(bench.journal.posted(&chat, "b3").await.unwrap().unwrap().messages, [""; 0]);
    bench.put(&[to("dev", "o/r #3 failed").about("b3").loud()]).await;
    bench.pass(1).await;
    bench.put(&[passed(3).about("b3").good(Good::Fixed)]).await;
    insta::assert_snapshot!(bench.seen(1).await, @r#"
    dev: post "o/r #3 failed"
    dev: edit m3 "o/r #3 passed"
    "#);
}

#[tokio::test]
async fn what_there_is_no_room_for_is_counted() {
    let (bench, _) = bench();
    bench.fake.limit(|limits| limits.text = 110);
    bench.put_behind_another(&builds(1..=43)).await;
    let seen = bench.seen(1).await;
    insta::assert_snapshot!(seen, @r#"
    dev: post "43 builds passed
        o/r #1 passed
        o/r #2 passed
        o/r #3 passed
        … and 40 more: !outbox list sent"
    "#);
    assert_eq!(bench.errors().await, [], "all are told");
    // Not even one line.
    bench.fake.limit(|limits| limits.text = 40);
    bench.put_behind_another(&builds(1..=6)).await;
    assert_eq!(bench.seen(7).await.matches("dev: post").count(), 6);
}

#[tokio::test]
async fn a_group_is_silent_when_all_of_it_is() {
    let (bench, judge) = bench();
    let silent = |n| passed(n).silent();
    bench.put_behind_another(&(1..=5).map(silent).collect::<Vec<_>>()).await;
    assert!(bench.seen(1).await.contains("(silent)"));
    bench.put_behind_another(&[(1..=4).map(silent).collect(), builds(5..=5)].concat()).await;
    assert!(!bench.seen(2).await.contains("(silent)"));
    judge.stands.lock().unwrap().extend((14..=18).map(|id| (id, Stand::Quietly)));
    bench.put_behind_another(&builds(1..=5)).await;
    assert!(bench.seen(2).await.contains("(silent)"));
}

#[tokio::test]
async fn what_is_kept_out_or_put_off_is_in_no_group() {
    let (bench, judge) = bench();
    let later = bench.clock.now() + 1.hour();
    judge.stands.lock().unwrap().extend([(3, Stand::Silenced), (5, Stand::Later(later))]);
    bench.put_behind_another(&builds(1..=7)).await;
    insta::assert_snapshot!(bench.seen(3).await, @r#"
    dev: post "5 builds passed
        o/r #1 passed
        o/r #3 passed
        o/r #5 passed
        o/r #6 passed
        o/r #7 passed"
    "#);
    assert_eq!(bench.errors().await, [(3, NoticeState::Silenced), (5, NoticeState::Waiting)]);
    judge.stands.lock().unwrap().clear();
    bench.pass(3600).await;
    assert_eq!(bench.fake.calls(), r#"dev: post "o/r #4 passed""#);
}

#[tokio::test]
async fn a_later_notice_does_not_replace_what_is_under_way_in_a_group() {
    let (bench, _) = bench();
    let keyed = |n: u32| passed(n).about(format!("b{n}"));
    bench.put_behind_another(&(1..=5).map(keyed).collect::<Vec<_>>()).await;
    let gate = Arc::new(Notify::new());
    bench.fake.answer("dev", [Answer::Gate(gate.clone(), Ok(()))]);
    bench.clock.advance(Duration::from_secs(1));
    bench.fake.called(1).await;
    let failed = to("dev", "o/r #3 failed").about("b3").loud();
    let chats = bench.journal.enqueue("test", &[failed], None).await.unwrap().unwrap();
    bench.outbox.wake(&chats);
    let waiting: Vec<(u64, NoticeState)> = (2..=7).map(|id| (id, NoticeState::Waiting)).collect();
    assert_eq!(bench.errors().await, waiting, "the third of the group is not replaced");
    gate.notify_one();
    bench.outbox.settled().await;
    insta::assert_snapshot!(bench.seen(1).await, @r#"
    dev: post "5 builds passed
        o/r #1 passed
        o/r #2 passed
        o/r #3 passed
        o/r #4 passed
        o/r #5 passed"
    dev: post "o/r #3 failed"
    "#);
}
