//! The rows of the table, in the order in which they are measured.
mod buildbot;
mod burst;
mod commands;
mod memory;
mod routes;
mod rules;
mod start;
mod stuck;
mod telegram;
mod throughput;
mod timing;
mod trueconf;

use crate::{
    server::Server,
    table::Table,
    travis::{self, Sender},
};
use anyhow::{Context, Result, ensure};
use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// How long a host may take to show what it has accepted.
pub(crate) const DRAINED: Duration = Duration::from_secs(300);

/// Connections of the rows that measure cost.
pub(crate) const CONNECTIONS: u32 = 32;

/// What to measure, and with how much.
pub(crate) struct Plan {
    pub(crate) binary: PathBuf,
    pub(crate) rounds: usize,
    pub(crate) smoke: bool,
}

type Row = fn(&Plan, &mut Table) -> Result<()>;

const ROWS: &[(&str, Row)] = &[
    ("start", start::empty),
    ("throughput", throughput::token),
    ("rsa", throughput::rsa),
    ("routes", routes::many),
    ("rules", rules::rules),
    ("memory", memory::after_many),
    ("burst", burst::burst),
    ("stuck", stuck::beside),
    ("commands", commands::commands),
    ("telegram", telegram::telegram),
    ("timing", timing::timing),
    ("buildbot", buildbot::buildbot),
    ("trueconf", trueconf::trueconf),
];

/// Measures the rows that are asked for and prints them.
pub(crate) fn run(plan: &Plan, wanted: &[String]) -> Result<ExitCode> {
    let names: Vec<&str> = ROWS.iter().map(|(name, _)| *name).collect();
    for word in wanted {
        ensure!(names.contains(&word.as_str()), "there is no row {word:?}: there are {}", names.join(", "));
    }
    let mut table = Table::default();
    Table::head(plan.smoke);
    for (name, row) in ROWS {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            row(plan, &mut table).with_context(|| format!("measuring {name}"))?;
        }
    }
    Ok(table.end(plan.smoke))
}

impl Plan {
    pub(crate) fn new(binary: PathBuf, rounds: usize, smoke: bool) -> Self {
        Plan { binary, rounds: if smoke { 1 } else { rounds.max(1) }, smoke }
    }
    /// So many, or a few in a smoke run.
    pub(crate) fn count(&self, count: u32) -> u32 {
        if self.smoke { (count / 500).max(20) } else { count }
    }
    /// A host's folder with routes of these repositories to `console:ops`.
    pub(crate) fn place(&self, repos: &[String], config: &str) -> Result<Place> {
        // Beside the binary, which is on a disk; a folder for temporary files may be in memory.
        let folder = tempfile::tempdir_in(self.binary.parent().context("a binary is in a folder")?)?;
        let place = Place { folder, binary: self.binary.clone() };
        std::fs::write(place.path("factotum.toml"), format!("[http]\nlisten = \"127.0.0.1:0\"\n{config}"))?;
        if !repos.is_empty() {
            place.import(repos)?;
        }
        Ok(place)
    }
    /// The bare server.
    pub(crate) fn probe(&self, folder: &Path, key: Option<&str>) -> Result<Server> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve-probe", travis::TOKEN]).args(key);
        Server::start(&mut command, &folder.join("probe.log"))
    }
}

/// Where a host has its config and its data.
pub(crate) struct Place {
    folder: TempDir,
    binary: PathBuf,
}

impl Place {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_clear().current_dir(self.folder.path());
        command
    }
    /// The host at work.
    pub(crate) fn host(&self) -> Result<Server> {
        Server::start(&mut self.command(), &self.path("host.log"))
    }
    /// The host at work, with somebody at its console.
    pub(crate) fn typed_host(&self) -> Result<Server> {
        Server::start_typed(&mut self.command(), &self.path("host.log"))
    }
    /// Routes of these repositories to `console:ops`.
    fn import(&self, repos: &[String]) -> Result<()> {
        self.routes(&repos.iter().map(|repo| (repo.clone(), "console:ops")).collect::<Vec<_>>())
    }
    /// Routes of repositories to chats, as the host is told by `factotum store import`.
    pub(crate) fn routes(&self, routes: &[(String, &str)]) -> Result<()> {
        let mut lines = String::from(
            "{\"format\":\"factotum-store\",\"version\":1,\"time\":\"2026-11-20T10:00:00Z\",\"revision\":1,\"masked\":false}\n",
        );
        for (repo, chat) in routes {
            let (key, chat) = (repo.replace('/', "%2F"), chat.replace(':', "%3A"));
            let route = serde_json::json!({"repo": repo, "events": ["failed"], "edit": true});
            let token = serde_json::json!({"$secret": travis::TOKEN});
            for (table, key, value) in [("routes", format!("{key}.{chat}"), route), ("tokens", key, token)] {
                let record = serde_json::json!({"table": format!("travishook.{table}"), "key": key, "revision": 1, "schema": 1, "value": value});
                writeln!(lines, "{record}")?;
            }
        }
        writeln!(lines, "{{\"records\":{},\"unreadable\":0}}", routes.len() * 2)?;
        std::fs::write(self.path("routes.jsonl"), lines)?;
        // A host without a line to read makes the folder and ends.
        let mut host = self.command().stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        drop(host.stdin.take());
        host.wait()?;
        let done = self.command().args(["store", "import", "routes.jsonl"]).output()?;
        ensure!(done.status.success(), "store import: {}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    }
}

/// The repositories `load/r0`, `load/r1`, ….
pub(crate) fn repos(count: u32) -> Vec<String> {
    (0..count).map(|n| format!("load/r{n}")).collect()
}
/// Their senders.
pub(crate) fn senders(repos: &[String]) -> Result<std::sync::Arc<Vec<Sender>>> {
    Ok(std::sync::Arc::new(repos.iter().map(|repo| Sender::new(repo)).collect::<Result<_>>()?))
}
/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
/// A count in a calculation.
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("no row counts that far"))
}
