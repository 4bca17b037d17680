//! See `src/text.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(text);
