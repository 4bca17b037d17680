//! What Buildbot's REST interface tells, as far as it is used here (API v2, seen on
//! 4.3.0). Fields that are not used are left out, so that a new version changes nothing.
use factotum_plugin_api::text::{State, Text, state};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// How a build, step or request ended; Buildbot's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "i64")]
pub(crate) enum Results {
    Success,
    Warnings,
    Failure,
    Skipped,
    Exception,
    Retry,
    Cancelled,
    /// A number of a later version.
    Unknown,
}

impl From<i64> for Results {
    fn from(number: i64) -> Self {
        match number {
            0 => Results::Success,
            1 => Results::Warnings,
            2 => Results::Failure,
            3 => Results::Skipped,
            4 => Results::Exception,
            5 => Results::Retry,
            6 => Results::Cancelled,
            _ => Results::Unknown,
        }
    }
}

impl Results {
    /// How bad it is, for "better" and "worse"; `None` for what is no result to compare.
    /// Buildbot's chat reporters' order, which is not that of its web pages.
    pub(crate) fn severity(self) -> Option<u8> {
        let order = [
            Results::Skipped,
            Results::Success,
            Results::Warnings,
            Results::Failure,
            Results::Cancelled,
            Results::Exception,
        ];
        order.iter().position(|known| *known == self).and_then(|at| u8::try_from(at).ok())
    }
    /// Success, with warnings or without.
    pub(crate) fn is_good(self) -> bool {
        matches!(self, Results::Success | Results::Warnings)
    }
    /// Failure or exception.
    pub(crate) fn is_bad(self) -> bool {
        matches!(self, Results::Failure | Results::Exception)
    }
    /// As Buildbot's bots say it of a build: `completed successfully`.
    pub(crate) fn description(self) -> Text {
        let (how, word) = match self {
            Results::Success => (State::Good, "completed successfully"),
            Results::Warnings => (State::Good, "completed with warnings"),
            Results::Failure => (State::Bad, "failed"),
            Results::Skipped => (State::Idle, "was skipped"),
            Results::Exception => (State::Odd, "stopped with exception"),
            Results::Retry => (State::Running, "has been retried"),
            Results::Cancelled => (State::Idle, "was cancelled"),
            Results::Unknown => (State::Idle, "ended"),
        };
        state(how, word)
    }
}

/// A builder.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Builder {
    #[serde(rename = "builderid")]
    pub(crate) id: i64,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// The masters that have it; none for one that is no longer configured.
    #[serde(default, rename = "masterids")]
    pub(crate) masters: Vec<i64>,
}

/// A build.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Build {
    /// Of all builds of the master.
    #[serde(rename = "buildid")]
    pub(crate) id: i64,
    /// Of the builds of its builder.
    pub(crate) number: i64,
    #[serde(rename = "builderid")]
    pub(crate) builder: i64,
    #[serde(default, rename = "buildrequestid")]
    pub(crate) request: Option<i64>,
    /// Seconds since 1970.
    pub(crate) started_at: i64,
    pub(crate) complete: bool,
    #[serde(default)]
    pub(crate) complete_at: Option<i64>,
    #[serde(default)]
    pub(crate) results: Option<Results>,
    #[serde(default)]
    pub(crate) state_string: String,
    /// Name to value and where it comes from; empty where they were not asked for.
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, (Value, String)>,
}

/// A worker.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Worker {
    #[serde(rename = "workerid")]
    pub(crate) id: i64,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) connected_to: Vec<Value>,
    /// The builders that may use it; none for one that is no longer configured.
    #[serde(default)]
    pub(crate) configured_on: Vec<ConfiguredOn>,
    #[serde(default)]
    pub(crate) paused: bool,
    #[serde(default)]
    pub(crate) graceful: bool,
    #[serde(default)]
    pub(crate) pause_reason: Option<String>,
    /// Only in the event that says it is missing; in the master's words and time zone.
    #[serde(default)]
    pub(crate) last_connection: Option<String>,
}

impl Worker {
    pub(crate) fn is_connected(&self) -> bool {
        !self.connected_to.is_empty()
    }
}

/// A builder that may use a worker.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct ConfiguredOn {
    #[serde(rename = "builderid")]
    pub(crate) builder: i64,
}

/// A step of a build.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Step {
    #[serde(rename = "stepid")]
    pub(crate) id: i64,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) state_string: String,
    #[serde(default)]
    pub(crate) results: Option<Results>,
}

/// A log of a step.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Log {
    #[serde(rename = "logid")]
    pub(crate) id: i64,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) num_lines: i64,
    /// `s` for lines that begin with the letter of their channel, `t` for text, `h` for HTML.
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
}

/// A part of a log.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LogChunk {
    pub(crate) content: String,
}

/// A change of the code.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Change {
    #[serde(default)]
    pub(crate) author: String,
    #[serde(default)]
    pub(crate) comments: String,
    #[serde(default)]
    pub(crate) branch: Option<String>,
    #[serde(default)]
    pub(crate) repository: String,
    #[serde(default)]
    pub(crate) revision: Option<String>,
    #[serde(default)]
    pub(crate) revlink: Option<String>,
    /// Seconds since 1970.
    #[serde(default)]
    pub(crate) when_timestamp: i64,
}

/// A request for a build.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct BuildRequest {
    #[serde(rename = "buildrequestid")]
    pub(crate) id: i64,
    #[serde(rename = "builderid")]
    pub(crate) builder: i64,
    #[serde(rename = "buildsetid")]
    pub(crate) buildset: i64,
    #[serde(default)]
    pub(crate) complete: bool,
    #[serde(default)]
    pub(crate) claimed: bool,
    /// Seconds since 1970.
    #[serde(default)]
    pub(crate) submitted_at: i64,
    #[serde(default)]
    pub(crate) results: Option<Results>,
    /// As those of a build; `None` where they were not asked for.
    #[serde(default)]
    pub(crate) properties: Option<BTreeMap<String, (Value, String)>>,
}

/// What was asked for together.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct BuildSet {
    #[serde(default)]
    pub(crate) sourcestamps: Vec<SourceStamp>,
}

/// What code a build is of.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SourceStamp {
    #[serde(default)]
    pub(crate) revision: Option<String>,
}

/// A scheduler that people start builds with.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ForceScheduler {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) builder_names: Vec<String>,
    #[serde(default)]
    pub(crate) all_fields: Vec<Field>,
    #[serde(default)]
    pub(crate) enabled: Option<bool>,
}

/// A field of a force scheduler's form; a nested one has fields of its own.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Field {
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) name: String,
    /// The key to send.
    #[serde(default, rename = "fullName")]
    pub(crate) full_name: Option<String>,
    #[serde(default)]
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) default: Value,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) hide: bool,
    #[serde(default)]
    pub(crate) multiple: bool,
    #[serde(default)]
    pub(crate) strict: bool,
    #[serde(default)]
    pub(crate) choices: Vec<String>,
    #[serde(default)]
    pub(crate) regex: Option<String>,
    /// In characters.
    #[serde(default)]
    pub(crate) maxsize: Option<usize>,
    #[serde(default)]
    pub(crate) fields: Vec<Field>,
}

/// The master's own `/config`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct WwwConfig {
    #[serde(default, rename = "buildbotURL")]
    pub(crate) url: Option<String>,
    #[serde(default)]
    pub(crate) versions: Vec<(String, String)>,
}
