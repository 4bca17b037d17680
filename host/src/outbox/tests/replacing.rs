//! A later notice about the same, and one that is not sent yet.
use super::*;
use crate::journal::NoticeRow;

fn build(text: &str) -> Notice {
    to("dev", text).about("build")
}

impl Bench {
    /// Puts a notice in, and waits for nothing.
    async fn add(&self, notice: Notice) {
        let chats = self.journal.enqueue("test", &[notice], None).await.unwrap().unwrap();
        self.outbox.wake(&chats);
    }
    /// Holds the next call for `dev` up until the gate is notified; it ends like this.
    fn gate(&self, end: Result<(), PostError>) -> Arc<Notify> {
        let gate = Arc::new(Notify::new());
        self.fake.answer("dev", [Answer::Gate(gate.clone(), end)]);
        gate
    }
    async fn all(&self) -> Vec<NoticeRow> {
        let mut rows = self.journal.notices(None, &Default::default(), 10_000).await.unwrap();
        rows.reverse();
        rows
    }
    async fn standing(&self) -> String {
        let lines = self.all().await.into_iter().map(|row| {
            let why = row.error.map(|error| format!(": {error}")).unwrap_or_default();
            format!("#{} {:?} {}{why}", row.id, row.notice.text.plain(), row.state)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

#[tokio::test]
async fn what_is_under_way_is_not_replaced() {
    let bench = Bench::new();
    bench.fake.limit(|limits| (limits.edits, limits.text) = (false, 31));
    let gate = bench.gate(Ok(()));
    bench.add(build("a long text that needs two parts")).await;
    bench.fake.called(1).await;
    bench.add(build("second")).await;
    bench.add(build("third")).await;
    gate.notify_one();
    bench.outbox.settled().await;
    insta::assert_snapshot!(bench.fake.calls(), @r#"
    dev: post "a long"
    dev: post "text that"
    dev: post "needs two"
    dev: post "parts"
    dev: post "third"
    "#);
    insta::assert_snapshot!(bench.standing().await, @r#"
    #1 "a long text that needs two parts" sent
    #2 "second" replaced: #3 says what is so now
    #3 "third" sent
    "#);
}

#[tokio::test]
async fn what_fails_under_way_is_replaced_by_what_came_meanwhile() {
    let bench = Bench::new();
    let gate = bench.gate(Err(PostError::Transient(anyhow!("connection refused"))));
    bench.add(build("started").loud()).await;
    bench.fake.called(1).await;
    bench.add(build("failed")).await;
    gate.notify_one();
    bench.outbox.settled().await;
    bench.pass(60).await;
    insta::assert_snapshot!(bench.fake.calls(), @r#"
    dev: post "started"
    dev: post "failed"
    "#);
    insta::assert_snapshot!(bench.standing().await, @r#"
    #1 "started" replaced: #2 says what is so now
    #2 "failed" sent
    "#);
}

#[tokio::test]
async fn the_later_one_takes_over_what_had_to_be_seen_and_heard_and_the_pause() {
    let bench = Bench::new();
    bench.put(&[build("pending")]).await;
    let rows = [
        (build("failed").loud(), build("still failing"), (true, false)),
        (build("failed"), build("passed").loud(), (true, false)),
        (build("failed"), build("passed").silent(), (false, false)),
        (build("failed").silent(), build("passed").silent(), (false, true)),
        (build("failed").silent(), build("passed"), (false, false)),
    ];
    for (earlier, later, (loud, silent)) in rows {
        bench.fake.answer("dev", [Answer::Error(PostError::RetryAfter(Duration::from_secs(7)))]);
        bench.put(&[earlier]).await;
        bench.put(&[later]).await;
        let waiting = bench.journal.next_waiting(&ChatId::new("fake", "dev")).await.unwrap().unwrap().unwrap();
        let is_loud = waiting.notice.urgency == factotum_plugin_api::notice::Urgency::Loud;
        assert_eq!((is_loud, waiting.notice.silent), (loud, silent));
        assert_eq!(waiting.not_before, Some(bench.clock.now() + Duration::from_secs(7)));
        bench.pass(7).await;
        assert_eq!(bench.waiting().await, 0);
    }
}

#[tokio::test]
async fn a_dead_letter_does_not_come_after_what_was_said_later() {
    let bench = Bench::new();
    for text in ["started", "begun again"] {
        bench.fake.answer("dev", [permanent("the bot was removed")]);
        bench.put(&[build(text)]).await;
    }
    bench.put(&[build("failed")]).await;
    bench.fake.answer("ops", [permanent("no"), permanent("no")]);
    bench.put(&[to("ops", "one").about("k")]).await;
    bench.put(&[to("ops", "two").about("k")]).await;
    let changed = bench.journal.retry(Which::Ids(vec![1])).await.unwrap();
    assert_eq!((changed.ids, changed.replaced), (vec![], vec![1]));
    let changed = bench.journal.retry(Which::AllDead).await.unwrap();
    assert_eq!((changed.ids, changed.replaced), (vec![5], vec![2, 4]));
    bench.outbox.wake(&changed.chats);
    bench.outbox.settled().await;
    insta::assert_snapshot!(bench.fake.calls_by_chat(), @r#"
    dev: post "started", refused
    dev: post "begun again", refused
    dev: post "failed"
    ops: post "one", refused
    ops: post "two", refused
    ops: post "two"
    "#);
    insta::assert_snapshot!(bench.standing().await, @r#"
    #1 "started" replaced: #3 says what is so now
    #2 "begun again" replaced: #3 says what is so now
    #3 "failed" sent
    #4 "one" replaced: #5 says what is so now
    #5 "two" sent
    "#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_at_once_is_shown_in_order_or_replaced() {
    let bench = Arc::new(Bench::new());
    bench.fake.limit(|limits| limits.edits = false);
    let put = |n: u32| {
        let bench = bench.clone();
        tokio::spawn(async move { bench.add(build(&n.to_string())).await })
    };
    for task in (0..300).map(put).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    bench.outbox.settled().await;
    let calls = bench.fake.calls();
    let shown: Vec<&str> = calls.lines().map(|call| call.trim_start_matches("dev: post ").trim_matches('"')).collect();
    let rows = bench.all().await;
    let sent: Vec<_> = rows.iter().filter(|row| row.state == NoticeState::Sent).collect();
    let texts: Vec<String> = sent.iter().map(|row| row.notice.text.plain()).collect();
    assert_eq!(shown, texts, "what was shown counts as sent, in the order in which it came");
    assert_eq!(sent.last().map(|row| row.id), Some(300), "the last word is the last one's");
    assert!(rows.iter().all(|row| matches!(row.state, NoticeState::Sent | NoticeState::Replaced)));
}
