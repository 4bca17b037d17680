//! Telegram: the host beside a Bot API server in this process, whose CPU time is not
//! the host's.
use super::{Place, Plan, number};
use crate::{
    server::{Server, now},
    table::{Table, Target},
};
use anyhow::{Result, ensure};
use factotum_testing::telegram::Telegram;
use std::time::Duration;
use tokio::runtime::Runtime;

/// The account of the first person; the others follow. Their private chats have the same number.
const FIRST: i64 = 1_000_000;
/// Between two commands: the host answers at most 15 a second, which says how long this
/// takes and not what it costs. So each command is a poll, a command and an answer.
const BETWEEN: Duration = Duration::from_millis(72);

/// 500 commands, each in a chat of its own; then 10,000 chats.
pub(crate) fn telegram(plan: &Plan, table: &mut Table) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    commands(plan, table, &runtime)?;
    chats(plan, table, &runtime)
}

/// A Bot API server with so many people, and a folder whose host speaks to it.
fn beside(plan: &Plan, runtime: &Runtime, people: i64) -> Result<(Telegram, Place)> {
    let telegram = runtime.block_on(Telegram::start());
    for account in FIRST..FIRST + people {
        telegram.user(account, "Somebody");
        telegram.private(account);
    }
    let (token, url) = (telegram.token(), telegram.url());
    let place = plan.place(&[], "")?;
    let config = format!(
        "admins = [\"telegram:1\"]\n[http]\nlisten = \"127.0.0.1:0\"\n\
         [chats.telegram]\ntoken = {token:?}\napi_url = {url:?}\n[plugins.travishook]\nconfig_urls = []\n"
    );
    std::fs::write(place.path("factotum.toml"), config)?;
    Ok((telegram, place))
}

/// A host that has asked for its first updates.
fn listening(telegram: &Telegram, place: &Place, runtime: &Runtime) -> Result<Server> {
    let host = place.host()?;
    runtime.block_on(telegram.wait_for_calls("getUpdates", 1));
    Ok(host)
}

fn commands(plan: &Plan, table: &mut Table, runtime: &Runtime) -> Result<()> {
    let count = plan.count(500);
    let (telegram, place) = beside(plan, runtime, count.into())?;
    let host = listening(&telegram, &place, runtime)?;
    let before = host.cpu()?;
    runtime.block_on(async {
        let began = now();
        for n in 0..count {
            tokio::time::sleep_until((began + BETWEEN * n).into()).await;
            let account = FIRST + i64::from(n);
            telegram.say(account, account, "!echo hello");
        }
        for account in FIRST..FIRST + i64::from(count) {
            telegram.wait_for_messages(account, 2).await;
        }
        telegram.drained().await;
    });
    let cpu = host.cpu()? - before;
    for account in FIRST..FIRST + i64::from(count) {
        let answers = telegram.messages(account);
        let right = answers.iter().any(|message| message.author == "bot" && message.text == "hello");
        ensure!(right, "{account} was answered {answers:?}");
    }
    let shown = format!("{:.0} per CPU-second ({:.2} ms each)", f64::from(count) / cpu, 1e3 * cpu / f64::from(count));
    table.row("Telegram: commands by long polling, from the update to the answer", 0.0, &shown, Target::Shown);
    host.stop()
}

fn chats(plan: &Plan, table: &mut Table, runtime: &Runtime) -> Result<()> {
    let count = plan.count(10_000);
    let people = i64::from(count);
    let (telegram, place) = beside(plan, runtime, people)?;
    let host = listening(&telegram, &place, runtime)?;
    let idle = host.memory("VmRSS")?;
    host.stop()?;
    let chats: Vec<String> = (FIRST..FIRST + people).map(|chat| format!("telegram:{chat}")).collect();
    place
        .routes(&chats.iter().enumerate().map(|(n, chat)| (format!("load/r{n}"), chat.as_str())).collect::<Vec<_>>())?;
    let polls = telegram.count("getUpdates");
    let host = place.host()?;
    runtime.block_on(async {
        telegram.wait_for_calls("getUpdates", polls + 1).await;
        for account in FIRST..FIRST + people {
            telegram.say(account, account, "(a greeting that wants no answer)");
        }
        telegram.drained().await;
    });
    let (after, most) = (host.memory("VmRSS")?, host.memory("VmHWM")?);
    let shown = format!("{after:.1} MB (at most {most:.1} MB; {idle:.1} MB with none)");
    let what = format!("Telegram: resident memory, {} chats with a route and a line each", number(chats.len()));
    table.row(&what, after, &shown, Target::Shown);
    host.stop()
}
