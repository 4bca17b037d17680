//! `tests/crash`: a host under load is ended without warning, again and again, and
//! what it had promised is compared with what came of it.
//!
//! `life.rs` is one data folder from its first start to its last; `ledger.rs` and
//! `routes.rs` know what may be seen and what not; `disk.rs` is the disk whose
//! power is cut.
mod disk;
mod host;
mod ledger;
mod life;
mod routes;
mod senders;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use disk::Disks;
use host::Place;
use life::{Figures, Life};
use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// Ends a host under load without warning, and compares what it promised with what came of it
///
/// Eight connections post builds that reach two chats each, while a person at the console changes
/// routes. The host is killed, or its disk loses power: at any moment under load, while it starts,
/// while it stops, while journal or store are being folded. Then it is started again. Wrong is: a
/// request answered 2xx or a command confirmed and then lost, a message out of order, more than the
/// one message per chat that was under way shown twice, a host that does not start.
#[derive(Parser)]
#[command(
    name = "tests/crash",
    bin_name = "tests/crash",
    after_help = "Without --rounds and --cuts: 50 rounds and 5 cuts."
)]
struct Options {
    /// How often to end the host by kill -9
    #[arg(long, value_name = "N")]
    rounds: Option<u32>,
    /// How often to cut the power of its disk, an ext4 image on a loop device; needs root
    #[arg(long, value_name = "N")]
    cuts: Option<u32>,
    /// Where the choice of moments begins; the threads of the host are not bound by it
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// The host [default: the debug build, which tests/crash makes]
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Already in a mount namespace of its own.
    #[arg(long, hide = true)]
    own_mounts: bool,
}

/// Rounds on one data folder; then the next begins with nothing.
const ROUNDS_OF_A_LIFE: u32 = 25;
const CUTS_OF_A_LIFE: u32 = 3;

/// How the host ends.
const KILL: &str = "kill -9";
const CUT: &str = "power cut";

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("tests/crash: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<bool> {
    let (rounds, cuts) = match (options.rounds, options.cuts) {
        (None, None) => (50, 5),
        (rounds, cuts) => (rounds.unwrap_or(0), cuts.unwrap_or(0)),
    };
    if cuts > 0 && !options.own_mounts {
        return begin_again_with_own_mounts();
    }
    let own = std::env::current_exe()?;
    let binary = options.binary.clone().unwrap_or_else(|| own.with_file_name("factotum"));
    let binary = binary.canonicalize().with_context(|| format!("the host {}", binary.display()))?;
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}, host {}", binary.display());
    let (mut random, folder) = (fastrand::Rng::with_seed(seed), Folder::make()?);
    let mut table = vec![];
    for (what, rounds, rounds_of_a_life) in [(KILL, rounds, ROUNDS_OF_A_LIFE), (CUT, cuts, CUTS_OF_A_LIFE)] {
        let (mut figures, mut two_disks) = (Figures::default(), false);
        while figures.rounds < rounds {
            let path = folder.0.join(format!("{}-{}", what.replace(' ', ""), figures.rounds));
            let wanted = rounds_of_a_life.min(rounds - figures.rounds);
            two_disks = !two_disks;
            let wrong = live(&binary, &path, what, (wanted, two_disks), random.fork(), &mut figures);
            let wrong = wrong.unwrap_or_else(|error| vec![format!("{error:#}")]);
            if !wrong.is_empty() {
                folder.keep()?;
                table.push((what, figures));
                print!("{}", shown(&table));
                println!("seed {seed}; the data are kept in {}:", path.display());
                wrong.iter().for_each(|wrong| println!("  {wrong}"));
                return Ok(false);
            }
            fs::remove_dir_all(&path)?;
        }
        if rounds > 0 {
            table.push((what, figures));
        }
    }
    print!("{}", shown(&table));
    Ok(true)
}

/// Goes through one life; gives what was wrong with it.
fn live(
    binary: &Path,
    folder: &Path,
    what: &str,
    (rounds, two_disks): (u32, bool),
    random: fastrand::Rng,
    figures: &mut Figures,
) -> Result<Vec<String>> {
    fs::create_dir(folder)?;
    let (disks, data) = match what {
        CUT => Disks::make(folder, two_disks)?,
        _ => (Disks::default(), folder.join("factotum-data")),
    };
    let place = Place::new(binary, folder, &data)?;
    let mut life = Life::new(place, disks, random);
    let mut lived = || {
        for _ in 0..rounds {
            life.round()?;
            if !life.wrong().is_empty() {
                break; // the last round tells how much is lost
            }
        }
        life.last_round()
    };
    let ended = lived();
    life.count(figures);
    let Figures { rounds, requests, commands, .. } = figures;
    println!("{what} {rounds}: {requests} requests and {commands} commands so far");
    ended.with_context(|| life.wrong().join("\n")).map(|()| life.wrong().to_vec())
}

fn shown(table: &[(&str, Figures)]) -> String {
    let head = "| ended by | times | requests answered 2xx | commands confirmed | lost | shown twice | repaired | worst start |\n\
                |---|---|---|---|---|---|---|---|\n";
    let row = |(what, figures): &(&str, Figures)| {
        let Figures { rounds, requests, commands, lost, repeated, repaired, worst_start } = figures;
        let worst = worst_start.as_secs_f64();
        format!("| {what} | {rounds} | {requests} | {commands} | {lost} | {repeated} | {repaired} | {worst:.2} s |\n")
    };
    table.iter().fold(head.to_owned(), |table, line| table + &row(line))
}

/// In a mount namespace of its own every mount, and with it every loop device,
/// ends with the tool, however that ends.
///
/// # Errors
/// It returns only then.
fn begin_again_with_own_mounts() -> Result<bool> {
    let root = nix::unistd::geteuid().is_root();
    ensure!(root, "power cuts need root, to mount the disk's image: sudo tests/crash …, or only --rounds");
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "--"]);
        command
    };
    let tried = unshare().arg("true").output().context("unshare (util-linux)")?;
    let why = String::from_utf8_lossy(&tried.stderr).trim().to_owned();
    ensure!(tried.status.success(), "power cuts need the right to mount (in a container: --privileged): {why}");
    let mut command = unshare();
    command.arg(std::env::current_exe()?).arg("--own-mounts").args(std::env::args_os().skip(1));
    Err(command.exec()).context("unshare")
}

/// The folder of a run, named by its process; removed when dropped.
struct Folder(PathBuf);

/// What stands in a folder that is kept.
const KEPT: &str = "kept";

impl Folder {
    /// Makes one, and removes those of runs that were killed.
    fn make() -> Result<Self> {
        const NAME: &str = "factotum-crash-";
        let all = std::env::temp_dir();
        for entry in fs::read_dir(&all)?.flatten() {
            let name = entry.file_name();
            let process = name.to_str().and_then(|name| name.strip_prefix(NAME)?.parse::<u32>().ok());
            let over = process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists());
            if over && !entry.path().join(KEPT).exists() {
                fs::remove_dir_all(entry.path()).ok(); // somebody else's, perhaps
            }
        }
        let folder = all.join(format!("{NAME}{}", std::process::id()));
        ensure!(!folder.exists(), "{} is there already", folder.display());
        fs::create_dir(&folder)?;
        Ok(Folder(folder))
    }
    fn keep(&self) -> Result<()> {
        Ok(fs::write(self.0.join(KEPT), "")?)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.0.join(KEPT).exists() {
            fs::remove_dir_all(&self.0).ok(); // a leftover in the folder of temporary files
        }
    }
}
