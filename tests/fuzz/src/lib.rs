//! Targets for `cargo fuzz`: one file for each thing that foreign bytes reach, with
//! a `run` that gives it the bytes and asserts what must hold of what comes back.
//!
//! The same bodies run as short tests (`tests.rs`): over the seeds in `corpus`, and
//! over some mutations of them that are the same each time. `README.md` says how to
//! run them for longer.
pub mod config;
pub mod export;
pub mod expression;
pub mod flatten;
pub mod hook;
pub mod ids;
mod input;
pub mod journal;
pub mod payload;
pub mod proofs;
pub mod route_options;
#[cfg(test)]
mod tests;
pub mod text;
mod travis;
pub mod webhook;
pub mod words;

use std::{cell::RefCell, env, fs, process::ExitCode};

/// The program of the target of this name: under `cargo fuzz` its libFuzzer, else
/// one that runs the files it is given.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::$name::run(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::process::ExitCode {
            $crate::run_files($crate::$name::run)
        }
    };
}

/// Runs a body over the files on the command line; a panic is the answer.
pub fn run_files(body: fn(&[u8])) -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    for path in env::args_os().skip(1) {
        match fs::read(&path) {
            Ok(data) => body(&data),
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                status = ExitCode::FAILURE;
            }
        }
    }
    status
}

/// Runs a future to its end on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: RefCell<tokio::runtime::Runtime> = RefCell::new(
            tokio::runtime::Builder::new_current_thread().build().expect("a runtime without a driver"),
        );
    }
    RUNTIME.with_borrow(|runtime| runtime.block_on(future))
}
