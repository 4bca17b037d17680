//! More than the host can take for some seconds: nothing acknowledged is lost, and
//! the backlog is shown in order.
use super::{DRAINED, Plan, number, repos, senders};
use crate::{
    post::{Answers, Load, What},
    server::now,
    table::{Table, Target},
    travis::FIRST,
};
use anyhow::{Result, ensure};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// 100,000 requests in about 10 seconds, from more connections than one address may have.
pub(crate) fn burst(plan: &Plan, table: &mut Table) -> Result<()> {
    let repos = repos(1);
    let place = plan.place(&repos, "[plugins.travishook]\nconfig_urls = []\n")?;
    let host = place.host()?;
    let load = Load {
        to: host.address,
        connections: if plan.smoke { 8 } else { 256 },
        count: plan.count(100_000),
        first: FIRST,
        spread: Some(Duration::from_secs(if plan.smoke { 1 } else { 10 })),
        what: What::Senders(senders(&repos)?),
    };
    let answers = load.post()?;
    let odd = answers.count(|status| !((200..300).contains(&status) || status == 429 || status == 503));
    let accepted = answers.accepted();
    let posted = now();
    let shown = host.shows(accepted, DRAINED);
    let drained = posted.elapsed();
    let lost = accepted.saturating_sub(shown);
    let disordered = disordered(&answers, &host.shown());
    let bad = odd + lost + disordered;
    let text = format!(
        "{accepted} 2xx and {} 429 or 503 in {:.1} s, {odd} others; {lost} lost, {disordered} out of order, drained after {:.1} s more; at most {:.0} MB",
        answers.count(|status| status == 429 || status == 503),
        answers.took.as_secs_f64(),
        drained.as_secs_f64(),
        host.memory("VmHWM")?,
    );
    table.row("burst of 100,000 requests: odd answers, lost, out of order", number(bad), &text, Target::AtMost(0.0));
    ensure!(shown <= accepted, "more messages ({shown}) than requests ({accepted})");
    Ok(())
}

/// How many builds were shown before one that the same connection had had
/// accepted earlier.
fn disordered(answers: &Answers, shown: &[(u32, String, Instant)]) -> usize {
    let place: HashMap<u32, usize> = shown.iter().enumerate().map(|(at, (number, ..))| (*number, at)).collect();
    let mut wrong = 0;
    for connection in &answers.by_connection {
        let accepted = connection.iter().filter(|answer| (200..300).contains(&answer.status));
        let places: Vec<usize> = accepted.filter_map(|answer| place.get(&answer.number).copied()).collect();
        wrong += places.windows(2).filter(|two| two[0] > two[1]).count();
    }
    wrong
}
