//! The integration tests: the real host in process, real sockets, and what
//! people read as snapshots. One binary, which links once.
#![cfg(test)]
mod config;
mod dispatch;
mod licences;
mod readme;
mod travis;
