//! A host of our own: two lines of main, and the list of plugins.
mod nightly;

fn main() -> std::process::ExitCode {
    factotum_host::run(&[factotum_host::Known { name: "nightly", feature: "default", built_in: true }])
}
