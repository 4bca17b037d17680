//! See `src/config.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(config);
