//! The host's outbox.
