//! The real host in process, for the tests of plugins.
