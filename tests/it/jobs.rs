//! Jobs: their pauses, what a failure and a panic cost, and their end.
use factotum_plugin_api::prelude::*;
use factotum_testing::Bot;
use std::sync::{Mutex, MutexGuard};
use tokio::sync::watch;

/// Has jobs that do as the test wants. What they did is kept in a static of each
/// test: an instance is the host's own.
struct Worker<const TEST: usize>;

#[derive(Default)]
struct Kept {
    /// When the job ran, in seconds since the first run, and the failures before it.
    runs: Vec<(i64, u32)>,
    began: Option<factotum_plugin_api::jiff::Timestamp>,
}
static KEPT: [Mutex<Option<Kept>>; 6] = [const { Mutex::new(None) }; 6];

const STEADY: usize = 0;
const ONCE: usize = 1;
const ENDS: usize = 2;
const FAILS: usize = 3;
const PANICS: usize = 4;
const HANGS: usize = 5;

/// So many jobs of the test [`HANGS`] are at work.
static AT_WORK: Mutex<Option<watch::Sender<i32>>> = Mutex::new(None);

impl<const TEST: usize> Plugin for Worker<TEST> {
    const NAME: &'static str = "worker";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Worker)
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        match TEST {
            STEADY | FAILS => jobs.every("work", Duration::from_secs(10), Self::work),
            ONCE => jobs.once("work", Self::work),
            HANGS => jobs.run("work", Self::hang).every("other work", Duration::from_secs(10), Self::hang),
            _ => jobs.run("work", Self::work),
        };
    }
}
impl<const TEST: usize> Worker<TEST> {
    async fn work(&self, tick: &Tick) -> Result<()> {
        let run = {
            let mut kept = kept(TEST);
            let kept = kept.get_or_insert_default();
            let began = *kept.began.get_or_insert(tick.at);
            kept.runs.push((tick.at.duration_since(began).as_secs(), tick.failures));
            kept.runs.len()
        };
        match TEST {
            FAILS | ONCE if run < 4 => Err(anyhow::anyhow!("run {run} fails").into()),
            PANICS if run < 3 => panic!("run {run} panics"),
            PANICS => std::future::pending().await,
            _ => Ok(()),
        }
    }
    async fn hang(&self, _: &Tick) -> Result<()> {
        struct AtWork;
        impl Drop for AtWork {
            fn drop(&mut self) {
                at_work().send_modify(|count| *count -= 1);
            }
        }
        at_work().send_modify(|count| *count += 1);
        let _at_work = AtWork;
        std::future::pending().await
    }
}
fn kept(test: usize) -> MutexGuard<'static, Option<Kept>> {
    KEPT[test].lock().unwrap()
}
fn at_work() -> watch::Sender<i32> {
    AT_WORK.lock().unwrap().get_or_insert_default().clone()
}

/// Lets so many seconds pass, one by one, each until nothing more can be done.
async fn seconds(bot: &Bot, count: u64) {
    for _ in 0..count {
        bot.clock().advance(Duration::from_secs(1));
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
}
async fn runs<const TEST: usize>(count: u64) -> Vec<(i64, u32)> {
    let bot = Bot::with::<Worker<TEST>>().start().await;
    seconds(&bot, count).await;
    bot.stop().await;
    kept(TEST).take().unwrap().runs
}
fn pauses(runs: &[(i64, u32)]) -> Vec<i64> {
    runs.windows(2).map(|two| two[1].0 - two[0].0).collect()
}

#[tokio::test]
async fn a_timer_runs_at_start_and_after_each_pause() {
    assert_eq!(runs::<STEADY>(35).await, [(0, 0), (10, 0), (20, 0), (30, 0)]);
}

#[tokio::test]
async fn a_job_for_the_start_runs_until_it_went_well() {
    let runs = runs::<ONCE>(60).await;
    assert_eq!(runs.iter().map(|(_, failures)| *failures).collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[tokio::test]
async fn an_endless_job_that_ends_is_begun_again() {
    let pauses = pauses(&runs::<ENDS>(30).await);
    // A second, and up to a quarter more by chance; the clock moves in whole ones.
    assert!(pauses.len() >= 14 && pauses.iter().all(|pause| (1..=2).contains(pause)), "{pauses:?}");
}

#[tokio::test]
async fn a_failure_grows_the_pause_and_a_good_run_ends_that() {
    let runs = runs::<FAILS>(55).await;
    assert_eq!(runs.iter().map(|(_, failures)| *failures).collect::<Vec<_>>(), [0, 1, 2, 3, 0, 0]);
    // Never shorter than the job's own pause.
    assert_eq!(pauses(&runs), [10, 10, 10, 10, 10]);
}

#[tokio::test]
async fn a_panic_costs_one_run() {
    let runs = runs::<PANICS>(30).await;
    assert_eq!(runs.iter().map(|(_, failures)| *failures).collect::<Vec<_>>(), [0, 1, 2]);
    let pauses = pauses(&runs);
    assert!((1..=2).contains(&pauses[0]) && (2..=3).contains(&pauses[1]), "{pauses:?}");
}

#[tokio::test]
async fn disabling_and_stopping_end_every_job_at_once() {
    let working = |bot: &Bot, count: i32| {
        let mut at_work = at_work().subscribe();
        let text = bot.transcript();
        async move {
            let seen = at_work.wait_for(|now| *now == count);
            let seen = tokio::time::timeout(Duration::from_secs(1), seen).await;
            assert!(seen.is_ok(), "there should be {count} jobs at work: {text}");
        }
    };
    let bot = Bot::with::<Worker<HANGS>>().admin("ann").start().await;
    working(&bot, 2).await;
    bot.say("ann", "!plugin disable worker").await;
    working(&bot, 0).await;
    bot.say("ann", "!plugin enable worker").await;
    working(&bot, 2).await;
    bot.host().registry.end_jobs();
    working(&bot, 0).await;
    bot.stop().await;
}
