//! See `src/expression.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(expression);
