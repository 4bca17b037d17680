//! TrueConf's commands against `factotum_testing::trueconf`, a server of the scenario in
//! `tests/fixtures/trueconf`.
mod adding;
mod asking;
mod faults;
mod hostile;
mod importing;
mod policies;
mod reach;
mod rights;
mod russian;
mod screens;
mod stopping;
mod tokens;
mod watching;

use factotum_plugin_api::{
    Services as _,
    store::{Table, Tables},
};
use factotum_testing::{
    Bot, Builder,
    trueconf::{CLIENT_ID, CLIENT_SECRET, TrueConfServer},
};
use plugin_trueconf::TrueConf;

/// The section of one server.
fn section(name: &str, server: &TrueConfServer, more: &str) -> String {
    let (address, port) = (server.url(), server.vsstatus_port());
    format!(
        "[plugins.trueconf.servers.{name:?}]\naddress = {address:?}\nclient_id = {CLIENT_ID:?}\n\
         client_secret = {CLIENT_SECRET:?}\nstatus_port = {port}\n{more}\n"
    )
}

/// A bot for servers of these names, and ann as its admin.
fn bot(servers: &[(&str, &TrueConfServer)], more: &str) -> Builder {
    let sections: Vec<String> = servers.iter().map(|(name, server)| section(name, server, more)).collect();
    Bot::with::<TrueConf>().admin("ann").config(&sections.concat())
}

/// A bot for one server, `main`, that speaks the older API.
async fn bot_of(server: &TrueConfServer) -> Bot {
    server.v4(false);
    bot(&[("main", server)], "").start().await
}

/// The transcript without the ports of the servers.
fn shown(bot: &Bot, servers: &[&TrueConfServer]) -> String {
    servers.iter().fold(bot.transcript(), |transcript, server| transcript.replace(&server.url(), "http://tc"))
}

/// So many steps of the clock; what was said meanwhile. A job's calls go out and come
/// back between two steps, however slow the disk is: what they wrote is written when a
/// write after it is.
async fn steps(bot: &Bot, step: std::time::Duration, many: usize) -> String {
    let marks: Table<String, u32> = Tables::new(bot.host().shared.store(), "steps").table("marks").unwrap();
    let mut said = String::new();
    for _ in 0..many {
        bot.pass(step).await;
        // So many calls and writes may follow from one another.
        for mark in 0..20 {
            for _ in 0..300 {
                tokio::task::yield_now().await; // all else runs in this thread
            }
            marks.put(&"mark".to_owned(), &mark).await.unwrap();
            bot.host().shared.journal.probe().await.unwrap();
        }
        bot.settled().await;
        said += &bot.transcript();
    }
    said.lines().map(|line| format!("{line}\n")).collect()
}
/// Steps until a text is said; what was said meanwhile.
///
/// # Panics
/// When it is not said in 60 steps.
async fn steps_until(bot: &Bot, step: std::time::Duration, text: &str) -> String {
    let mut said = String::new();
    for _ in 0..60 {
        said += &steps(bot, step, 1).await;
        if said.contains(text) {
            return said;
        }
    }
    panic!("{text:?} was not said: {said}");
}
