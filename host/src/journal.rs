//! The host's journal.
