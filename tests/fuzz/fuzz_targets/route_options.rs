//! See `src/route_options.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(route_options);
