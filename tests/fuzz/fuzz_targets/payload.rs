//! See `src/payload.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(payload);
