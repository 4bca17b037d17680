//! See `src/flatten.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(flatten);
