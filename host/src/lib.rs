//! Factotum's host: it starts plugins and networks, takes commands to their
//! handlers, requests to their hooks, and notices to the chats. It names no
//! plugin; the binary's list does.
pub mod access;
pub mod config;
pub mod console;
pub mod http;
pub mod journal;
pub mod networks;
pub mod outbox;
pub mod store;
pub mod words;
