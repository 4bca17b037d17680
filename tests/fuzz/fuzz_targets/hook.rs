//! See `src/hook.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(hook);
