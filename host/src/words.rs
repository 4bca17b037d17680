//! The host's words.
