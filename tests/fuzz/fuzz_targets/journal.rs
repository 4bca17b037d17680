//! See `src/journal.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(journal);
