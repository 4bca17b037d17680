//! What the host takes and what it costs: the figures of the README, all in one
//! run, so that each can be divided by what a bare axum server does on the same
//! machine in the same minutes.
//!
//! The servers are processes of their own, and what is counted is their CPU time:
//! that of the clients, which share the machine, stays out. These are
//! benchmarks and no tests: a target that is missed is shown as missed.
mod builds;
mod commands;
mod host;
mod master;
mod post;
mod probe;
mod rows;
mod server;
mod stuck;
mod table;
mod timing;
mod travis;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use std::{path::PathBuf, process::ExitCode};

/// The binary's own allocator, for the rows that run a host in this process.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Measure the host beside a bare axum server, and print a table
#[derive(Debug, Parser)]
#[command(name = "tests/load")]
struct Cli {
    /// Only see that everything works: few requests, and figures that mean nothing
    #[arg(long)]
    smoke: bool,
    /// The rows to measure, by number or word; all when none is named
    rows: Vec<String>,
    /// The host's binary [default: the one beside this one]
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Rounds of the rows that compare two servers; their medians are shown
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    #[command(subcommand)]
    child: Option<Child>,
}

/// The processes that are measured.
#[derive(Debug, Subcommand)]
enum Child {
    /// A bare axum server
    #[command(hide = true, name = "serve-probe")]
    Probe {
        /// The repositories' common token
        token: String,
        /// Checks this public key's signature instead, as PKCS#1 in base64
        key: Option<String>,
    },
    /// A host with a network that is stuck
    #[command(hide = true, name = "serve-stuck")]
    Stuck {
        /// Its config
        config: PathBuf,
        /// Its folder
        data: PathBuf,
    },
    /// A host that is given commands
    #[command(hide = true, name = "serve-commands")]
    Commands {
        /// Its config
        config: PathBuf,
        /// Its folder
        data: PathBuf,
        /// How many
        count: u64,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    match cli.child {
        Some(Child::Probe { token, key }) => probe::serve(&token, key.as_deref())?,
        Some(Child::Stuck { config, data }) => stuck::serve(config, data)?,
        Some(Child::Commands { config, data, count }) => commands::run(config, data, count)?,
        None => {
            let binary = match cli.binary {
                Some(binary) => binary,
                None => std::env::current_exe()?.with_file_name("factotum"),
            };
            anyhow::ensure!(binary.is_file(), "there is no {}: tests/load builds it", binary.display());
            return rows::run(&rows::Plan::new(binary, cli.rounds, cli.smoke), &cli.rows);
        }
    }
    Ok(ExitCode::SUCCESS)
}
