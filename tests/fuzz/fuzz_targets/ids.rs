//! See `src/ids.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(ids);
