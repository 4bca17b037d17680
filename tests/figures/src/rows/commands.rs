//! Commands through words, access, clap, handler and reply.
use super::Plan;
use crate::table::{Table, Target};
use anyhow::{Context, Result, ensure};
use std::process::Command;

/// A command with two typed arguments, 21 registered.
pub(crate) fn commands(plan: &Plan, table: &mut Table) -> Result<()> {
    let place = plan.place(&[], "")?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve-commands").arg(place.path("factotum.toml")).arg(place.path("data"));
    let done = command.arg(plan.count(300_000).to_string()).output()?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let out = String::from_utf8(done.stdout)?;
    let rate: f64 = out.trim().parse().with_context(|| format!("an odd figure: {out}"))?;
    let shown = format!("{rate:.0} per CPU-second");
    table.row("commands with two typed arguments, 21 registered", rate, &shown, Target::AtLeast(80_000.0));
    Ok(())
}
