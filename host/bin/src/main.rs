//! The binary `factotum`: the host and the plugins of the list.
#![warn(unused_crate_dependencies)]
mod plugins;

fn main() -> std::process::ExitCode {
    factotum_host::run(plugins::KNOWN)
}
