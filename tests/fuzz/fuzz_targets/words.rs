//! See `src/words.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(words);
