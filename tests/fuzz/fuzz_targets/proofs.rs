//! See `src/proofs.rs`.
#![cfg_attr(fuzzing, no_main)]
factotum_fuzz::target!(proofs);
