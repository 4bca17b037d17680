//! The host's config.
