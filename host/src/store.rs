//! The host's store.
