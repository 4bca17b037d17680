//! Routes of all CI senders at once, and whom failures mention: `!route`,
//! `!route remove`, `!routes`, `!people`, `!people map` and `!people remove`.
//!
//! All of it is in ci-routes (`everyone.rs`, `people.rs`), where the senders are too.
use ci_routes::{Everyone, People};
use factotum_plugin_api::prelude::*;
use serde::Deserialize;

/// Routes of all CI senders at once, and whom failures mention
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What routes of all senders begin with; the routes themselves are made by command
    pub routes: ci_routes::Config,
}

/// The plugin.
pub struct Ci {
    everyone: Everyone,
    people: People,
}

impl Plugin for Ci {
    const NAME: &'static str = "ci";
    type Config = Config;

    fn start(config: Config, host: Host) -> Result<Self> {
        Ok(Ci { everyone: Everyone::open(config.routes, &host)?, people: People::open(&host)? })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|ci| &ci.everyone, Everyone::commands()).part(|ci| &ci.people, People::commands());
    }
}
register!(Ci);
