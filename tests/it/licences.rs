//! Every crate that is built comes from the registry or from here, under a licence
//! that goes with MIT OR Apache-2.0.
use std::process::Command;

const FINE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "NCSA",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// An SPDX expression is fine when one side of an OR is, and both sides of an AND.
fn is_fine(licence: &str) -> bool {
    let licence = licence.replace('/', " OR ").replace(['(', ')'], "");
    licence.split(" OR ").any(|choice| choice.split(" AND ").all(|part| FINE.contains(&part.trim())))
}

#[test]
fn every_crate_has_a_fitting_licence_and_source() {
    let cargo = Command::new(env!("CARGO")).args(["metadata", "--format-version", "1", "--locked"]).output().unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "these are not all");
    for package in packages {
        let (name, licence, source) = (&package["name"], package["license"].as_str(), package["source"].as_str());
        assert!(licence.is_some_and(is_fine), "{name} has the licence {licence:?}");
        assert!(source.is_none_or(|source| source.starts_with("registry+")), "{name} comes from {source:?}");
    }
}

#[test]
fn expressions_are_read() {
    assert!(is_fine("GPL-3.0 OR MIT") && is_fine("(MIT OR Apache-2.0) AND Unicode-3.0") && is_fine("MIT/Apache-2.0"));
    assert!(!is_fine("GPL-3.0") && !is_fine("MIT AND GPL-3.0"));
}
