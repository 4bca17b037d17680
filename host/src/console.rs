//! The host's console.
