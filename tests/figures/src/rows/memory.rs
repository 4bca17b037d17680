//! Memory, idle and after many requests, and how long a start takes on what they left.
use super::{CONNECTIONS, DRAINED, Plan, repos, senders, start::first_answer};
use crate::{
    post::{Load, What},
    table::{Table, Target},
    travis::FIRST,
};
use anyhow::{Result, ensure};

/// 200,000 requests.
pub(crate) fn after_many(plan: &Plan, table: &mut Table) -> Result<()> {
    let repos = repos(1);
    let place = plan.place(&repos, "[plugins.travishook]\nconfig_urls = []\n")?;
    let host = place.host()?;
    let idle = host.memory("VmRSS")?;
    table.row("resident memory, idle", idle, &format!("{idle:.1} MB"), Target::AtMost(20.0));
    let what = What::Senders(senders(&repos)?);
    // In two parts, since a start is measured after the first.
    let half = plan.count(100_000);
    let post = |host: &crate::server::Server, first| -> Result<()> {
        let load =
            Load { to: host.address, connections: CONNECTIONS, count: half, first, spread: None, what: what.clone() };
        let before = host.shows(0, DRAINED);
        let accepted = load.post()?.accepted();
        ensure!(accepted == half as usize, "{accepted} of {half} were accepted");
        ensure!(host.shows(before + accepted, DRAINED) == before + accepted, "not all was shown");
        Ok(())
    };
    post(&host, FIRST)?;
    post(&host, FIRST + half)?;
    let (after, most) = (host.memory("VmRSS")?, host.memory("VmHWM")?);
    let shown = format!("{after:.1} MB (at most {most:.1} MB)");
    table.row("resident memory, after 200,000 requests", after, &shown, Target::AtMost(40.0));
    host.stop()?;
    let took = first_answer(plan, &place)?;
    let what = "start to first accepted request, 200,000 requests in the journal";
    table.row(what, took, &format!("{took:.0} ms"), Target::AtMost(200.0));
    Ok(())
}
