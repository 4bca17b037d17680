//! How alike wrong secrets are in time.
use super::Plan;
use crate::{
    table::{Table, Target},
    timing,
};
use anyhow::Result;

/// 100,000 comparisons of each kind.
pub(crate) fn timing(plan: &Plan, table: &mut Table) -> Result<()> {
    let t = timing::t(plan.count(100_000) as usize);
    table.row("wrong secrets: t between first and last character wrong", t, &format!("{t:.1}"), Target::AtMost(4.5));
    Ok(())
}
