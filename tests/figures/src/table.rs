//! The table that is printed, in Markdown: what was measured, and whether it is
//! what was to be reached.
use std::{fs, process::ExitCode};

/// What a figure is to be.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// It is only shown.
    Shown,
}

/// The table so far; each row is printed as soon as it is known.
#[derive(Default)]
pub(crate) struct Table {
    missed: Vec<String>,
    rows: usize,
}

impl Table {
    /// Prints on which machine, and with which binary, this is.
    pub(crate) fn head(smoke: bool) {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let models: Vec<&str> = cpus
            .lines()
            .filter_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map(|(_, model)| model)
            .collect();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let model = models.first().copied().unwrap_or("unknown processor");
        println!("{} cores of {model}, Linux {}; factotum {}", models.len(), kernel.trim(), factotum_host::VERSION);
        if smoke {
            println!("A smoke run: it works, and the figures mean nothing.");
        }
        println!("\n| what | measured | to reach | |\n|---|---|---|---|");
    }
    /// Prints a row; `shown` is the figure as people read it.
    pub(crate) fn row(&mut self, what: &str, value: f64, shown: &str, target: Target) {
        let (to_reach, reached) = match target {
            Target::AtLeast(least) => (format!("at least {least}"), Some(value >= least)),
            Target::AtMost(most) => (format!("at most {most}"), Some(value <= most)),
            Target::Shown => (String::new(), None),
        };
        let mark = reached.map_or("", |reached| if reached { "reached" } else { "**missed**" });
        println!("| {what} | {shown} | {to_reach} | {mark} |");
        self.rows += 1;
        if reached == Some(false) {
            self.missed.push(what.to_owned());
        }
    }
    /// Prints what was missed. A figure of a smoke run means nothing, so missing
    /// it is no failure; a row that could not be measured was an error before.
    pub(crate) fn end(&self, smoke: bool) -> ExitCode {
        if smoke {
            println!("\n{} rows were measured.", self.rows);
            return ExitCode::SUCCESS;
        }
        if self.missed.is_empty() {
            println!("\nEvery figure is what was to be reached.");
            return ExitCode::SUCCESS;
        }
        println!("\nMissed: {}.", self.missed.join("; "));
        ExitCode::FAILURE
    }
}
