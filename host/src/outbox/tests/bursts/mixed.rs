//! Whatever waits and whatever the network does: each notice is told once, in its order.
use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Kind {
    Good,
    Silent,
    Keyed(u8),
    Bad,
    BadKeyed(u8),
    Button,
    Threaded,
}
#[derive(Clone, Copy, Debug)]
enum Call {
    Works,
    Fails,
    Silence,
    Pause,
    Refused,
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        8 => Just(Kind::Good),
        2 => Just(Kind::Silent),
        3 => (0..4_u8).prop_map(Kind::Keyed),
        1 => Just(Kind::Bad),
        1 => (0..4_u8).prop_map(Kind::BadKeyed),
        1 => Just(Kind::Button),
        1 => Just(Kind::Threaded),
    ]
}
fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        6 => Just(Call::Works),
        2 => Just(Call::Fails),
        2 => Just(Call::Silence),
        1 => Just(Call::Pause),
        1 => Just(Call::Refused),
    ]
}

fn notice(id: usize, kind: &Kind) -> Notice {
    let bad = to("dev", &format!("<{id}>")).loud();
    let good = to("dev", &format!("<{id}>")).good(Good::Passed);
    match kind {
        Kind::Good => good,
        Kind::Silent => good.silent(),
        Kind::Keyed(key) => good.about(key.to_string()),
        Kind::Bad => bad,
        Kind::BadKeyed(key) => bad.about(key.to_string()),
        Kind::Button => good.row([Button::new("Show", "!show")]),
        Kind::Threaded => good.in_thread("7"),
    }
}
fn answer(call: Call) -> Answer {
    match call {
        Call::Works => {
            let gate = Arc::new(Notify::new());
            gate.notify_one();
            Answer::Gate(gate, Ok(()))
        }
        Call::Fails => transient(),
        Call::Silence => Answer::Error(PostError::Unanswered(anyhow!("silence"))),
        Call::Pause => Answer::Error(PostError::RetryAfter(Duration::from_secs(20))),
        Call::Refused => permanent("no"),
    }
}

/// The notices that a chat was shown, in this order.
fn shown(calls: &str) -> Vec<u64> {
    let done = calls.lines().filter(|call| !call.ends_with(", refused") && !call.contains(": delete"));
    let numbers = |call: &str| -> Vec<u64> {
        call.split('<').skip(1).map(|rest| rest.split_once('>').unwrap().0.parse().unwrap()).collect()
    };
    done.flat_map(numbers).collect()
}

async fn story(waves: Vec<Vec<Kind>>, calls: Vec<Call>, edits: bool) {
    let (bench, _) = bench();
    bench.fake.limit(|limits| limits.edits = edits);
    bench.fake.answer("dev", calls.into_iter().map(answer));
    let mut last = 0;
    for wave in waves {
        let notices = wave.iter().map(|kind| {
            last += 1;
            notice(last, kind)
        });
        let notices: Vec<Notice> = notices.collect();
        bench.put(&notices).await;
        bench.pass(3).await;
    }
    for _ in 0..200 {
        bench.pass(30).await;
    }
    let shown = shown(&bench.fake.calls());
    let rows = bench.journal.notices(None, &Default::default(), 10_000).await.unwrap();
    let is = |state| rows.iter().rev().filter(move |row| row.state == state).map(|row| row.id).collect::<Vec<u64>>();
    assert_eq!(is(NoticeState::Waiting), [0; 0], "none is forgotten");
    assert_eq!(shown, is(NoticeState::Sent), "what counts as sent was shown once and in its order");
    let ended = [NoticeState::Sent, NoticeState::Dead, NoticeState::Replaced].map(|state| is(state).len());
    assert_eq!((rows.len(), ended.iter().sum::<usize>()), (last, last));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn each_is_told_once_and_in_order(
        waves in prop::collection::vec(prop::collection::vec(kind(), 0..12), 1..5),
        calls in prop::collection::vec(call(), 0..20),
        edits in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(story(waves, calls, edits));
    }
}
