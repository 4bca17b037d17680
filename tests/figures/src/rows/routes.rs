//! What many routes cost: requests spread over all of them beside requests to one.
use super::{CONNECTIONS, Plan, median, repos, senders, throughput::of_host};
use crate::{
    post::{Load, What},
    table::{Table, Target},
    travis::FIRST,
};
use anyhow::Result;

/// 10,000 routes beside one.
pub(crate) fn many(plan: &Plan, table: &mut Table) -> Result<()> {
    let config = "[plugins.travishook]\nconfig_urls = []\n";
    let (one, many) = (repos(1), repos(plan.count(10_000)));
    let (place_of_one, place_of_many) = (plan.place(&one, config)?, plan.place(&many, config)?);
    let (host_of_one, host_of_many) = (place_of_one.host()?, place_of_many.host()?);
    let (one, many) = (What::Senders(senders(&one)?), What::Senders(senders(&many)?));
    let mut ratios = vec![];
    for round in 0..=plan.rounds {
        let count = plan.count(20_000);
        let first = FIRST + u32::try_from(round)? * count;
        let load =
            |to, what: &What| Load { to, connections: CONNECTIONS, count, first, spread: None, what: what.clone() };
        let few = of_host(&host_of_one, &load(host_of_one.address, &one))?;
        let all = of_host(&host_of_many, &load(host_of_many.address, &many))?;
        if round > 0 || plan.smoke {
            ratios.push(few.per_cpu_second / all.per_cpu_second);
        }
    }
    let ratio = median(ratios);
    let shown = format!("{ratio:.2} times");
    table.row("CPU of a request with 10,000 routes, to one route", ratio, &shown, Target::AtMost(1.2));
    Ok(())
}
