//! The integration tests: the real host in process, real sockets, and what
//! people read as snapshots. One binary, which links once.
#![cfg(test)]
mod access_proven;
mod acl;
mod buildbot;
mod builtin;
mod bursts;
mod canary;
mod comforts;
mod config;
mod conformance;
mod dialogs;
mod dispatch;
mod events;
mod help;
mod hooks;
mod jobs;
mod language;
mod licences;
mod logged;
mod metrics;
mod networks;
mod networks_talk;
mod noise;
mod outbox;
mod readme;
mod reload;
mod replay;
mod rules;
mod running;
mod senders;
mod short_forms;
mod telegram;
mod travis;
mod trueconf;
mod updates;
