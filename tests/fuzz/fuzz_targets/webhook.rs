//! See `src/webhook.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(webhook);
