//! See `src/export.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(export);
