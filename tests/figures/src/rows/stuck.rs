//! A network that takes a message and never answers, beside one that is healthy.
use super::{DRAINED, Plan, number, repos};
use crate::{
    post::{Load, What, quantile},
    server::Server,
    table::{Table, Target},
    travis::{FIRST, Sender},
};
use anyhow::{Result, ensure};
use std::{collections::HashMap, process::Command, sync::Arc, time::Duration};

/// 200 requests a second for 20 seconds, every second one for the stuck network: a
/// chat network takes some 30 messages a second.
pub(crate) fn beside(plan: &Plan, table: &mut Table) -> Result<()> {
    let place = plan.place(&[], "[plugins.travishook]\nconfig_urls = []\n")?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve-stuck").arg(place.path("factotum.toml")).arg(place.path("data"));
    let host = Server::start(&mut command, &place.path("host.log"))?;
    let count = plan.count(4_000);
    let senders = repos(2).iter().map(|repo| Sender::new(repo)).collect::<Result<Vec<_>>>()?;
    let spread = Some(Duration::from_secs(if plan.smoke { 1 } else { 20 }));
    // Every second one is for the stuck network.
    let load =
        Load { to: host.address, connections: 16, count, first: FIRST, spread, what: What::Senders(Arc::new(senders)) };
    let answers = load.post()?;
    let accepted = answers.accepted();
    ensure!(accepted == count as usize, "{accepted} of {count} were accepted");
    let for_healthy = count.div_ceil(2) as usize;
    ensure!(host.shows(for_healthy, DRAINED) == for_healthy, "the healthy network did not show all");
    let shown: HashMap<u32, _> = host.shown().into_iter().map(|(number, _, at)| (number, at)).collect();
    let delays =
        answers.all().filter_map(|answer| Some(shown.get(&answer.number)?.saturating_duration_since(answer.at)));
    let p99 = quantile(delays.collect(), 0.99) / 1000.0;
    let text = format!("{p99:.2} s, while {} messages waited for the stuck one", number(count as usize - for_healthy));
    table.row("a stuck network: p99 delay of the healthy one", p99, &text, Target::AtMost(2.0));
    let most = host.memory("VmHWM")?;
    table.row("a stuck network: memory", most, &format!("at most {most:.1} MB"), Target::AtMost(64.0));
    Ok(())
}
