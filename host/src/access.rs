//! The host's access.
