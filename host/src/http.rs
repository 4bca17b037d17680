//! The host's http.
