//! Stories of notices on their way, with a network that does as it is told and
//! a clock that stands still.
use super::*;
use crate::journal::{NoticeState, Retention, Which};
use async_trait::async_trait;
use factotum_plugin_api::{
    chat::{Button, Inbox, Limits, Message, Pace},
    notice::Notice,
};
use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
};
use tokio::sync::Notify;

mod bursts;
mod replacing;

/// How the next call for an address ends, when not well.
enum Answer {
    Error(PostError),
    Hang,
    Panic,
    /// Like this, when it is notified.
    Gate(Arc<Notify>, Result<(), PostError>),
}
fn transient() -> Answer {
    Answer::Error(PostError::Transient(anyhow!("connection refused")))
}
fn permanent(reason: &str) -> Answer {
    Answer::Error(PostError::Permanent(reason.into()))
}

/// A network that keeps what was done, one line for each call.
struct Fake {
    limits: Mutex<Limits>,
    answers: Mutex<HashMap<String, VecDeque<Answer>>>,
    calls: watch::Sender<Vec<String>>,
    messages: Mutex<u32>,
}

impl Fake {
    fn new() -> Arc<Self> {
        let limits = Limits { edits: true, deletes: true, buttons: true, ..Limits::default() };
        let (answers, calls, messages) = (Mutex::default(), watch::Sender::default(), Mutex::default());
        Arc::new(Fake { limits: Mutex::new(limits), answers, calls, messages })
    }
    fn limit(&self, change: impl FnOnce(&mut Limits)) {
        change(&mut self.limits.lock().unwrap());
    }
    fn answer(&self, address: &str, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().entry(address.into()).or_default().extend(answers);
    }
    /// Waits for so many calls in all.
    async fn called(&self, times: usize) {
        self.calls.subscribe().wait_for(|calls| calls.len() >= times).await.unwrap();
    }
    /// What was done since the last look.
    fn calls(&self) -> String {
        self.calls.send_replace(vec![]).join("\n")
    }
    /// The same chat by chat, since chats have no order among each other.
    fn calls_by_chat(&self) -> String {
        let mut calls = self.calls.send_replace(vec![]);
        calls.sort_by_key(|call| call.split(':').next().map(str::to_owned));
        calls.join("\n")
    }
    async fn call(&self, address: &str, what: String) -> Result<(), PostError> {
        let answer = self.answers.lock().unwrap().get_mut(address).and_then(VecDeque::pop_front);
        let end = match &answer {
            None | Some(Answer::Gate(..)) => "",
            Some(Answer::Error(_)) => ", refused",
            Some(Answer::Hang) => ", no answer",
            Some(Answer::Panic) => ", panic",
        };
        self.calls.send_modify(|calls| calls.push(format!("{address}: {what}{end}")));
        match answer {
            None => Ok(()),
            Some(Answer::Gate(gate, end)) => {
                gate.notified().await;
                end
            }
            Some(Answer::Error(error)) => Err(error),
            Some(Answer::Hang) => std::future::pending().await,
            Some(Answer::Panic) => panic!("as told"),
        }
    }
}

#[async_trait]
impl Network for Fake {
    async fn run(&self, _: Inbox) -> factotum_plugin_api::Result<()> {
        std::future::pending().await
    }
    async fn post(&self, address: &str, message: &Message) -> Result<String, PostError> {
        let buttons = message.buttons.iter().flatten().map(|button| format!(" [{}]", button.label));
        let silent = if message.silent { " (silent)" } else { "" };
        let text = message.text.plain() + &buttons.collect::<String>() + silent;
        self.call(address, format!("post {text:?}")).await?;
        let mut messages = self.messages.lock().unwrap();
        *messages += 1;
        Ok(format!("m{messages}"))
    }
    async fn edit(&self, address: &str, id: &str, message: &Message) -> Result<(), PostError> {
        self.call(address, format!("edit {id} {:?}", message.text.plain())).await
    }
    async fn delete(&self, address: &str, id: &str) -> Result<(), PostError> {
        self.call(address, format!("delete {id}")).await
    }
    fn limits(&self) -> Limits {
        *self.limits.lock().unwrap()
    }
    fn parse_chat(&self, word: &str) -> Option<String> {
        Some(word.into())
    }
    fn address_form(&self) -> &'static str {
        "NAME"
    }
    fn paced<'a>(&self, address: &'a str) -> Paced<'a> {
        let (chat, group) = address.split_once('/').map_or((address, false), |(group, _)| (group, true));
        Paced { chat, group }
    }
    fn private_chat(&self, account: &str) -> Option<String> {
        Some(account.into())
    }
}

/// Whom the outbox tells.
#[derive(Default)]
struct Admins(Mutex<Vec<String>>);
#[async_trait]
impl Observer for Admins {
    async fn dead_letter(&self, letter: DeadLetter) {
        self.0.lock().unwrap().push(format!("{} {}: {}", letter.id, letter.chat, letter.reason));
    }
}

struct Bench {
    clock: Clock,
    journal: Journal,
    outbox: Outbox,
    fake: Arc<Fake>,
    admins: Arc<Admins>,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
        let (journal, fake, admins) = (open(folder.path(), &clock), Fake::new(), Arc::new(Admins::default()));
        let outbox = outbox(&journal, &fake, &clock);
        outbox.observe(admins.clone());
        Bench { clock, journal, outbox, fake, admins, _folder: folder }
    }
    /// Puts notices in and lets the outbox do what it can.
    async fn put(&self, notices: &[Notice]) {
        let chats = self.journal.enqueue("test", notices, None).await.unwrap().unwrap();
        self.outbox.wake(&chats);
        self.outbox.settled().await;
    }
    async fn pass(&self, secs: u64) {
        self.clock.advance(Duration::from_secs(secs));
        self.outbox.settled().await;
    }
    async fn waiting(&self) -> usize {
        self.journal.notices(Some(NoticeState::Waiting), &Default::default(), 100).await.unwrap().len()
    }
    /// The attempts at a notice.
    async fn tries(&self, id: u64) -> Vec<String> {
        let detail = self.journal.notice(id).await.unwrap().unwrap();
        detail.tries.iter().map(|one| format!("{} {}", one.outcome, one.detail)).collect()
    }
}

fn open(folder: &Path, clock: &Clock) -> Journal {
    Journal::open(&folder.join("journal.db"), clock.clone(), Retention::default()).unwrap().0
}
fn outbox(journal: &Journal, fake: &Arc<Fake>, clock: &Clock) -> Outbox {
    let networks = Networks(BTreeMap::from([("fake".to_owned(), fake.clone() as Arc<dyn Network>)]));
    let settings = OutboxSettings { jitter: 0.0, ..OutboxSettings::default() };
    Outbox::new(journal.clone(), networks, clock.clone(), settings)
}
fn to(address: &str, text: &str) -> Notice {
    Notice::new(ChatId::new("fake", address), text)
}

#[tokio::test]
async fn a_chat_gets_its_notices_in_order_however_often_one_fails() {
    let bench = Bench::new();
    bench.fake.answer("dev", [transient(), transient()]);
    bench.put(&[to("dev", "one"), to("dev", "two"), to("ops", "other")]).await;
    insta::assert_snapshot!(bench.fake.calls_by_chat(), @r#"
    dev: post "one", refused
    ops: post "other"
    "#);
    bench.pass(1).await;
    assert_eq!(bench.fake.calls(), r#"dev: post "one", refused"#);
    bench.put(&[to("dev", "three")]).await;
    assert_eq!(bench.fake.calls(), "", "what comes meanwhile does not jump the queue");
    bench.pass(2).await;
    insta::assert_snapshot!(bench.fake.calls(), @r#"
    dev: post "one"
    dev: post "two"
    dev: post "three"
    "#);
    assert_eq!(bench.waiting().await, 0);
    insta::assert_snapshot!(bench.tries(1).await.join("\n"), @r"
    retry connection refused
    retry connection refused
    posted m2
    ");
}

/// What is to wait a minute waits a minute, though the wall clock says a day.
#[tokio::test]
async fn a_clock_that_was_set_back_holds_no_notice_for_long() {
    let bench = Bench::new();
    bench.fake.answer("dev", [transient()]);
    bench.put(&[to("dev", "one")]).await;
    bench.fake.calls();
    bench.journal.execute("update notices set not_before = not_before + 86400000").await;
    bench.outbox.wake(&[ChatId::new("fake", "dev")]);
    bench.outbox.settled().await;
    bench.pass(1800).await;
    assert_eq!(bench.fake.calls(), "");
    bench.outbox.wake(&[ChatId::new("fake", "dev")]); // something else came for the chat
    bench.outbox.settled().await;
    bench.pass(1800).await;
    assert_eq!(bench.fake.calls(), r#"dev: post "one""#);
}

/// A commit that failed may be on the disk after all: its notices woke nobody.
#[tokio::test]
async fn what_waits_in_a_journal_that_was_opened_anew_is_posted() {
    let bench = Bench::new();
    bench.outbox.start().await.unwrap();
    bench.journal.enqueue("test", &[to("dev", "one")], None).await.unwrap();
    bench.outbox.settled().await;
    assert_eq!(bench.fake.calls(), "");
    bench.journal.open_anew().await;
    bench.fake.called(1).await;
    assert_eq!(bench.fake.calls(), r#"dev: post "one""#);
}

#[tokio::test]
async fn a_stuck_chat_delays_nobody_else() {
    let bench = Bench::new();
    bench.fake.answer("stuck", [Answer::Hang]);
    let notices: Vec<Notice> = (0..20).map(|n| to(if n == 0 { "stuck" } else { "dev" }, &n.to_string())).collect();
    let chats = bench.journal.enqueue("test", &notices, None).await.unwrap().unwrap();
    bench.outbox.wake(&chats);
    bench.fake.called(20).await;
    bench.clock.advance(POST_LIMIT);
    bench.outbox.settled().await;
    assert_eq!(bench.tries(1).await, ["unknown no answer within 60 s"]);
    bench.fake.calls();
    bench.pass(1).await;
    assert_eq!(bench.fake.calls(), r#"stuck: post "(possible duplicate) 0""#);
}

#[tokio::test]
async fn a_network_that_asks_for_a_pause_gets_it() {
    let bench = Bench::new();
    bench.fake.answer("dev", [Answer::Error(PostError::RetryAfter(Duration::from_secs(30)))]);
    bench.put(&[to("dev", "one").about("k"), to("dev", "two")]).await;
    bench.fake.calls();
    bench.put(&[to("dev", "three"), to("dev", "one again").about("k")]).await;
    bench.pass(29).await;
    assert_eq!(bench.fake.calls(), "");
    bench.pass(1).await;
    insta::assert_snapshot!(bench.fake.calls(), @r#"
    dev: post "two"
    dev: post "three"
    dev: post "one again"
    "#);
}

#[tokio::test]
async fn a_pause_holds_for_all_topics_of_a_group_and_for_no_other_chat() {
    let bench = Bench::new();
    bench.fake.answer("dev/1", [Answer::Error(PostError::RetryAfter(Duration::from_secs(30)))]);
    bench.put(&[to("dev/1", "one"), to("dev/1", "two")]).await;
    bench.put(&[to("dev/2", "three"), to("ops", "four")]).await;
    insta::assert_snapshot!(bench.fake.calls_by_chat(), @r#"
    dev/1: post "one", refused
    ops: post "four"
    "#);
    bench.pass(29).await;
    assert_eq!(bench.fake.calls(), "");
    bench.pass(1).await;
    insta::assert_snapshot!(bench.fake.calls_by_chat(), @r#"
    dev/1: post "one"
    dev/1: post "two"
    dev/2: post "three"
    "#);
}

#[tokio::test]
async fn a_reply_goes_before_the_backlog_of_its_chat() {
    let bench = Bench::new();
    let second = Duration::from_secs(1);
    bench.fake.limit(|limits| limits.per_chat = Some(Pace { messages: 1, per: second }));
    bench.put(&(0..300).map(|n| to("dev", &n.to_string())).collect::<Vec<_>>()).await;
    let (outbox, network) = (bench.outbox.clone(), bench.fake.clone() as Arc<dyn Network>);
    let reply =
        tokio::spawn(
            async move { outbox.reply_turn(&ChatId::new("fake", "dev"), &network, Duration::from_secs(60)).await },
        );
    while bench.outbox.0.paces.replies_waiting("fake") == 0 {
        tokio::task::yield_now().await;
    }
    bench.fake.calls();
    bench.pass(1).await;
    assert_eq!(bench.fake.calls(), "", "the slot is the reply's");
    assert_eq!(reply.await.unwrap(), Ok(()));
    bench.pass(1).await;
    assert_eq!(bench.fake.calls(), r#"dev: post "1""#);

    let network = bench.fake.clone() as Arc<dyn Network>;
    bench.outbox.leave_alone(&ChatId::new("fake", "dev"), &network, Duration::from_secs(61));
    let too_long = bench.outbox.reply_turn(&ChatId::new("fake", "dev"), &network, Duration::from_secs(60)).await;
    assert_eq!(too_long, Err(Duration::from_secs(61)), "it is not even begun to wait");
}

#[tokio::test]
async fn what_fails_for_a_day_is_given_up_and_the_observer_hears_of_each() {
    let bench = Bench::new();
    bench.fake.answer("dev", std::iter::repeat_with(transient).take(2000));
    bench.put(&[to("dev", "one"), to("dev", "two"), to("dev", "three")]).await;
    for _ in 0..(24 * 60) {
        bench.pass(60).await;
    }
    assert_eq!(bench.waiting().await, 0);
    let attempts = bench.tries(1).await;
    assert!((1440..1460).contains(&attempts.len()), "{}", attempts.len());
    assert_eq!(attempts.last().unwrap(), "retry given up after 24 h: connection refused");
    assert_eq!(bench.tries(2).await.len(), 1, "those behind it get one try");
    let told = std::mem::take(&mut *bench.admins.0.lock().unwrap());
    assert_eq!(told, [1, 2, 3].map(|id| format!("{id} fake:dev: given up after 24 h: connection refused")));

    bench.fake.answers.lock().unwrap().clear();
    bench.fake.calls();
    let changed = bench.journal.retry(Which::AllDead).await.unwrap();
    bench.outbox.wake(&changed.chats);
    bench.outbox.settled().await;
    insta::assert_snapshot!(bench.fake.calls(), @r#"
    dev: post "one"
    dev: post "two"
    dev: post "three"
    "#);
}

#[tokio::test]
async fn a_refusal_for_good_is_a_dead_letter_at_once() {
    let bench = Bench::new();
    bench.fake.answer("gone", [permanent("chat not found"), permanent("chat not found")]);
    bench.put(&[to("gone", "one"), to("gone", "two"), to("gone", "three")]).await;
    assert_eq!(*bench.admins.0.lock().unwrap(), ["1 fake:gone: chat not found", "2 fake:gone: chat not found"]);
    let dead = bench.journal.notices(Some(NoticeState::Dead), &Default::default(), 9).await.unwrap();
    let dead: Vec<_> = dead.iter().map(|dead| (dead.id, dead.error.as_deref())).collect();
    assert_eq!(dead, [(2, Some("chat not found")), (1, Some("chat not found"))]);
    assert_eq!(bench.journal.drop_notices(Which::Ids(vec![1, 3])).await.unwrap().ids, [1], "3 was posted");
}

#[tokio::test]
async fn one_message_for_each_build() {
    let bench = Bench::new();
    let build = |text| to("dev", text).about("build 18");
    bench.put(&[build("pending")]).await;
    bench.put(&[build("running")]).await;
    bench.put(&[build("failed").loud()]).await;
    bench.put(&[build("still failing")]).await;
    insta::assert_snapshot!(bench.fake.calls(), @r#"
    dev: post "pending"
    dev: edit m1 "running"
    dev: post "failed"
    dev: delete m1
    dev: edit m2 "still failing"
    "#);

    bench.fake.answer("dev", [permanent("message to edit not found")]);
    bench.put(&[build("fixed")]).await;
    insta::assert_snapshot!(bench.fake.calls(), @r#"
    dev: edit m2 "fixed", refused
    dev: post "fixed"
    "#);

    bench.fake.limit(|limits| limits.edits = false);
    bench.put(&[build("passed")]).await;
    assert_eq!(bench.fake.calls(), r#"dev: post "passed""#);
}

#[tokio::test]
async fn a_later_notice_replaces_one_that_waits() {
    let bench = Bench::new();
    bench.fake.answer("dev", [transient()]);
    bench.put(&[to("dev", "pending").about("k"), to("dev", "other")]).await;
    bench.put(&[to("dev", "passed").about("k")]).await;
    bench.pass(1).await;
    insta::assert_snapshot!(bench.fake.calls(), @r#"
    dev: post "pending", refused
    dev: post "other"
    dev: post "passed"
    "#);
}

#[tokio::test]
async fn a_chat_that_moved_takes_all_that_waits_along() {
    let bench = Bench::new();
    bench.fake.answer("old", [Answer::Error(PostError::Moved("new".into()))]);
    bench.put(&[to("old", "one"), to("old", "two")]).await;
    bench.put(&[to("old", "three")]).await;
    insta::assert_snapshot!(bench.fake.calls(), @r#"
    old: post "one", refused
    new: post "one"
    new: post "two"
    new: post "three"
    "#);
    let new = bench.journal.moved_to(&ChatId::new("fake", "old")).await.unwrap();
    assert_eq!(new, Some(ChatId::new("fake", "new")));
}

#[tokio::test]
async fn two_chats_that_point_at_each_other_end_nothing() {
    let bench = Bench::new();
    let moved = |to: &str| Answer::Error(PostError::Moved(to.into()));
    bench.fake.answer("a", (0..9).map(|_| moved("b")));
    bench.fake.answer("b", (0..9).map(|_| moved("a")));
    bench.put(&[to("a", "one")]).await;
    assert_eq!(bench.fake.calls().lines().count(), 4);
    bench.pass(8).await;
    assert_eq!(bench.fake.calls().lines().count(), 1);
}

#[tokio::test]
async fn a_long_text_is_not_begun_again() {
    let bench = Bench::new();
    bench.fake.limit(|limits| limits.text = 31);
    let long = to("dev", "one two three four five six seven").row([Button::new("Show", "!show")]);
    bench.put(&[to("dev", "short")]).await;
    // The first part arrives, the second does not at first.
    bench.fake.limit(|limits| limits.per_chat = Some(Pace { messages: 1, per: Duration::from_secs(1) }));
    bench.put(&[long]).await;
    bench.fake.answer("dev", [Answer::Error(PostError::Unanswered(anyhow!("silence"))), transient()]);
    for _ in 0..9 {
        bench.pass(1).await;
    }
    insta::assert_snapshot!(bench.fake.calls(), @r#"
    dev: post "short"
    dev: post "one two"
    dev: post "three four", refused
    dev: post "(possible duplicate) three four", refused
    dev: post "(possible duplicate) three four"
    dev: post "five six"
    dev: post "seven [Show]"
    "#);
}

#[tokio::test]
async fn a_panic_of_the_network_costs_one_attempt() {
    let bench = Bench::new();
    bench.fake.answer("dev", [Answer::Panic]);
    bench.put(&[to("dev", "one")]).await;
    bench.pass(1).await;
    assert_eq!(bench.tries(1).await, ["unknown the network panicked", "posted m1"]);
    insta::assert_snapshot!(bench.fake.calls(), @r#"
    dev: post "one", panic
    dev: post "(possible duplicate) one"
    "#);
}

#[tokio::test]
async fn a_panic_of_what_a_network_says_of_itself_costs_one_notice() {
    fn size(text: &str) -> usize {
        assert!(!text.contains('☠'), "as told");
        text.len()
    }
    let bench = Bench::new();
    bench.fake.limit(|limits| limits.size = size);
    bench.put(&[to("dev", "☠"), to("dev", "two")]).await;
    assert_eq!(bench.fake.calls(), r#"dev: post "two""#);
    assert_eq!(bench.tries(1).await, ["refused the network panicked when the message was planned"]);
    assert_eq!(bench.admins.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_pause_without_end_is_only_long() {
    let bench = Bench::new();
    bench.pass(1).await; // from 0 nothing overflows
    bench.fake.answer("dev", [Answer::Error(PostError::RetryAfter(Duration::MAX))]);
    bench.put(&[to("dev", "one"), to("ops", "two")]).await;
    bench.pass(86_400).await;
    insta::assert_snapshot!(bench.fake.calls_by_chat(), @r#"
    dev: post "one", refused
    ops: post "two"
    "#);
    assert_eq!(bench.waiting().await, 1);
    assert_eq!(bench.outbox.0.lanes().by_chat.len(), 1, "its lane lives");
}

#[tokio::test]
async fn a_network_that_is_not_loaded_is_waited_for() {
    let bench = Bench::new();
    bench.put(&[Notice::new(ChatId::new("irc", "#dev"), "one")]).await;
    let waiting = bench.journal.notices(Some(NoticeState::Waiting), &Default::default(), 9).await.unwrap();
    assert_eq!(waiting[0].error.as_deref(), Some("no network \"irc\" is loaded"));
    bench.pass(86_400).await;
    assert_eq!(*bench.admins.0.lock().unwrap(), ["1 irc:#dev: given up after 24 h: no network \"irc\" is loaded"]);
}

#[tokio::test]
async fn the_pace_of_the_network_is_kept() {
    let bench = Bench::new();
    bench.fake.limit(|limits| limits.per_network = Some(Pace { messages: 2, per: Duration::from_secs(2) }));
    let notices: Vec<Notice> = (0..6).map(|n| to(&n.to_string(), "x")).collect();
    bench.put(&notices).await;
    let mut counts = vec![bench.fake.calls().lines().count()];
    for _ in 0..4 {
        bench.pass(1).await;
        counts.push(bench.fake.calls().lines().count());
    }
    assert_eq!(counts, [2, 1, 1, 1, 1]);
}

#[tokio::test]
async fn what_is_posted_and_not_recorded_is_not_posted_again() {
    let bench = Bench::new();
    bench.journal.execute("alter table attempts rename to broken").await;
    bench.put(&[to("dev", "one")]).await;
    bench.pass(10).await;
    bench.journal.execute("alter table broken rename to attempts").await;
    bench.pass(60).await;
    assert_eq!(bench.fake.calls(), r#"dev: post "one""#);
    assert_eq!(bench.tries(1).await, ["posted m1"]);
}

#[tokio::test]
async fn a_stop_waits_for_the_calls_under_way_and_no_longer_than_it_says() {
    let bench = Bench::new();
    bench.fake.answer("dev", [Answer::Hang]);
    let chats = bench.journal.enqueue("test", &[to("dev", "one"), to("dev", "two")], None).await.unwrap().unwrap();
    bench.outbox.wake(&chats);
    bench.fake.called(1).await;
    let stop = bench.outbox.stop();
    let clock = async {
        bench.outbox.0.stopping.subscribe().wait_for(|stopping| *stopping).await.unwrap();
        // Once the lane has seen it too, it counts its seconds.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        bench.clock.advance(STOP_LIMIT);
    };
    tokio::join!(stop, clock);
    assert_eq!(bench.tries(1).await, ["unknown the host stopped before the answer came"]);
    bench.outbox.wake(&chats);
    bench.outbox.settled().await;
    assert_eq!(bench.fake.calls().lines().count(), 1, "nothing begins after a stop");
}

#[test]
fn what_was_stored_before_a_crash_is_posted_once_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, fake) = (Clock::manual("2026-11-20T10:00:00Z".parse().unwrap()), Fake::new());
    let run = |f: &dyn Fn(Journal, Outbox) -> factotum_plugin_api::BoxFuture<'static, ()>| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let journal = open(folder.path(), &clock);
        let outbox = outbox(&journal, &fake, &clock);
        runtime.block_on(f(journal, outbox));
    };
    // Stored, and dropped before anything was posted; then dropped within a call.
    run(&|journal, _| {
        Box::pin(async move {
            journal.enqueue("test", &[to("dev", "one"), to("dev", "two")], None).await.unwrap();
        })
    });
    fake.answer("ops", [Answer::Hang]);
    let network = fake.clone();
    run(&move |journal, outbox| {
        let network = network.clone();
        Box::pin(async move {
            journal.enqueue("test", &[to("ops", "three")], None).await.unwrap();
            outbox.start().await.unwrap();
            network.called(3).await;
        })
    });
    insta::assert_snapshot!(fake.calls_by_chat(), @r#"
    dev: post "one"
    dev: post "two"
    ops: post "three", no answer
    "#);
    run(&|_, outbox| {
        Box::pin(async move {
            outbox.start().await.unwrap();
            outbox.settled().await;
        })
    });
    assert_eq!(fake.calls().lines().next_back(), Some(r#"ops: post "three""#));
    run(&|_, outbox| {
        Box::pin(async move {
            outbox.start().await.unwrap();
            outbox.settled().await;
        })
    });
    assert_eq!(fake.calls(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_chats_on_many_threads_each_get_all_in_order() {
    let bench = Bench::new();
    let notices: Vec<Notice> = (0..400).map(|n| to(&format!("chat{}", n % 40), &n.to_string())).collect();
    for n in 0..40 {
        bench.fake.answer(&format!("chat{n}"), (0..n % 7).map(|_| transient()));
    }
    for some in notices.chunks(100) {
        bench.put(some).await;
        bench.pass(1).await;
    }
    for _ in 0..10 {
        bench.pass(60).await;
    }
    assert_eq!(bench.waiting().await, 0);
    let mut posted: HashMap<String, Vec<u32>> = HashMap::new();
    for call in bench.fake.calls().lines().filter(|call| !call.ends_with("refused")) {
        let (chat, text) = call.split_once(": post ").unwrap();
        posted.entry(chat.into()).or_default().push(text.trim_matches('"').parse().unwrap());
    }
    assert_eq!(posted.values().map(Vec::len).sum::<usize>(), 400);
    assert!(posted.values().all(|texts| texts.is_sorted()), "{posted:?}");
    assert!(bench.outbox.0.lanes().by_chat.is_empty(), "no task is left");
}
