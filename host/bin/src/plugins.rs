//! The plugins of this binary. One `use` each: without it the linker leaves the
//! crate, and with it its `register!`, out.
use factotum_host::Known;

#[cfg(feature = "travishook")]
use plugin_travishook as _;

/// Every plugin of this list, built in or not: `!repos` tells of both.
pub(crate) const KNOWN: &[Known] =
    &[Known { name: "travishook", feature: "travishook", built_in: cfg!(feature = "travishook") }];
