//! What a request costs: the host beside the bare server, by turns.
use super::{CONNECTIONS, DRAINED, Plan, median, number, repos, senders};
use crate::{
    post::{Answers, Load, What},
    server::Server,
    table::{Table, Target},
    travis::{FIRST, Key, Sender},
};
use anyhow::{Result, ensure};
use std::sync::Arc;

/// What one server did with one load.
pub(crate) struct Measured {
    pub(crate) per_cpu_second: f64,
    pub(crate) per_second: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// CPU time of a request until its answer, in µs.
    pub(crate) answering: f64,
    /// CPU time of a message from the backlog to the screen, in µs.
    pub(crate) showing: f64,
}

fn measured(answers: &Answers, cpu: f64) -> Measured {
    let done = number(answers.accepted());
    Measured {
        per_cpu_second: done / cpu,
        per_second: done / answers.took.as_secs_f64(),
        p50: answers.quantile(0.5),
        p99: answers.quantile(0.99),
        answering: 1e6 * cpu / done,
        showing: 0.0,
    }
}

/// The bare server's figures: every answer must be a yes.
pub(crate) fn of_probe(probe: &Server, load: &Load) -> Result<Measured> {
    let before = probe.cpu()?;
    let answers = load.post()?;
    ensure!(answers.accepted() == load.count as usize, "the probe refused some");
    Ok(measured(&answers, probe.cpu()? - before))
}
/// The host's figures, counted until it has shown a message for each 2xx.
pub(crate) fn of_host(host: &Server, load: &Load) -> Result<Measured> {
    let (before, shown_before) = (host.cpu()?, host.shows(0, DRAINED));
    let answers = load.post()?;
    let accepted = answers.accepted();
    ensure!(accepted == load.count as usize, "the host accepted {accepted} of {}", load.count);
    let (middle, left) = (host.cpu()?, accepted - (host.shows(0, DRAINED) - shown_before));
    let shown = host.shows(shown_before + accepted, DRAINED) - shown_before;
    ensure!(shown == accepted, "{accepted} requests were answered 2xx, and {shown} messages shown");
    let after = host.cpu()?;
    let answering = 1e6 * (middle - before) / number(accepted);
    let showing = 1e6 * (after - middle) / number(left.max(1));
    Ok(Measured { answering, showing, ..measured(&answers, after - before) })
}

/// Requests with a token, one route.
pub(crate) fn token(plan: &Plan, table: &mut Table) -> Result<()> {
    let repos = repos(1);
    let place = plan.place(&repos, "[plugins.travishook]\nconfig_urls = []\n")?;
    let (host, probe) = (place.host()?, plan.probe(place.folder(), None)?);
    let what = What::Senders(senders(&repos)?);
    let (mut ratios, mut probes, mut hosts) = (vec![], vec![], vec![]);
    for round in 0..=plan.rounds {
        let count = plan.count(20_000);
        let first = FIRST + u32::try_from(round)? * count;
        let load = |to| Load { to, connections: CONNECTIONS, count, first, spread: None, what: what.clone() };
        let bare = of_probe(&probe, &load(probe.address))?;
        let full = of_host(&host, &load(host.address))?;
        // The first round warms both up.
        if round > 0 || plan.smoke {
            ratios.push(full.per_cpu_second / bare.per_cpu_second);
            probes.push(bare);
            hosts.push(full);
        }
    }
    let of = |all: &[Measured], value: fn(&Measured) -> f64| median(all.iter().map(value).collect());
    let per_cpu = |all: &[Measured]| of(all, |one| one.per_cpu_second);
    let wall = |all: &[Measured]| of(all, |one| one.per_second);
    let shown = format!("{:.0} per CPU-second, {:.0} per second", per_cpu(&probes), wall(&probes));
    table.row("bare axum server, Travis request with a token", 0.0, &shown, Target::Shown);
    let shown = format!(
        "{:.0} per CPU-second, {:.0} per second; {:.0} µs until the answer, {:.0} µs from the backlog to the screen",
        per_cpu(&hosts),
        wall(&hosts),
        of(&hosts, |one| one.answering),
        of(&hosts, |one| one.showing),
    );
    table.row("factotum: the same, on disk before 2xx and shown on the console", 0.0, &shown, Target::Shown);
    let ratio = median(ratios);
    table.row("share of the bare server, per CPU-second", ratio, &format!("{ratio:.2}"), Target::AtLeast(0.25));
    let p99 = of(&hosts, |one| one.p99);
    let shown = format!("{p99:.1} ms (p50 {:.1} ms)", of(&hosts, |one| one.p50));
    table.row("p99 of an answer, 32 connections", p99, &shown, Target::AtMost(20.0));
    Ok(())
}

/// The same with signatures; signing is done before.
pub(crate) fn rsa(plan: &Plan, table: &mut Table) -> Result<()> {
    let repos = repos(1);
    let key = Key::new()?;
    let config = format!("[plugins.travishook]\nconfig_urls = []\npublic_keys = [{:?}]\n", key.pem()?);
    let place = plan.place(&repos, &config)?;
    let (host, probe) = (place.host()?, plan.probe(place.folder(), Some(&key.pkcs1()?))?);
    let token_probe = plan.probe(place.folder(), None)?;
    let count = plan.count(10_000);
    let sender = Sender::new(&repos[0])?;
    let signed: Result<Vec<_>> = (0..count).map(|nth| sender.signed(FIRST + nth, &key)).collect();
    let signed = What::Ready(Arc::new(signed?));
    let load =
        |to, what: &What, first| Load { to, connections: CONNECTIONS, count, first, spread: None, what: what.clone() };
    let full = of_host(&host, &load(host.address, &signed, FIRST))?;
    let bare = of_probe(&probe, &load(probe.address, &signed, FIRST))?;
    let by_token = What::Senders(senders(&repos)?);
    let bare_token = of_probe(&token_probe, &load(token_probe.address, &by_token, FIRST))?;
    // What the signature adds to the bare server, as a part of what the host uses.
    let check = 1.0 / bare.per_cpu_second - 1.0 / bare_token.per_cpu_second;
    let share = check * full.per_cpu_second * 100.0;
    let shown = format!(
        "{:.0} per CPU-second, {:.2} of the bare server's {:.0}; the check is {share:.0} % of it",
        full.per_cpu_second,
        full.per_cpu_second / bare.per_cpu_second,
        bare.per_cpu_second
    );
    table.row("factotum: Travis request with an RSA signature", 0.0, &shown, Target::Shown);
    Ok(())
}
