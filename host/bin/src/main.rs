//! The binary `factotum`: the host and the plugins of the list.
// What the tests in tests/ depend on is used there.
#![cfg_attr(not(test), warn(unused_crate_dependencies))]
mod plugins;

/// A request and a command are some hundred small pieces of memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    factotum_host::run(plugins::KNOWN)
}
