//! The binary `factotum`.
fn main() {}
