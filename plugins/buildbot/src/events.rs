//! The events that a chat can be told of.
use factotum_plugin_api::{
    clap::{self, ValueEnum},
    schemars::{self, JsonSchema},
};
use serde::{Deserialize, Serialize};

/// What a chat can be told of; the names are those of Buildbot's own bots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Event {
    /// A build has started
    Started,
    /// A build has finished, however
    Finished,
    /// A build finished successfully
    Success,
    /// A build finished with warnings
    Warnings,
    /// A build failed
    Failure,
    /// A build generated an exception
    Exception,
    /// A build was cancelled
    Cancelled,
    /// A build failed after one that did not
    Problem,
    /// A build did not fail after one that did
    Recovery,
    /// A build went worse than the one before it
    Worse,
    /// A build went better than the one before it
    Better,
    /// A worker is missing, or is back
    Worker,
}
