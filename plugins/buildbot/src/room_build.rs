//! A build as the templates of a [`Rooms`] see it: as HttpStatusPush sends it, asked for
//! piece by piece of a master that sends nothing.
use crate::{master::Master, room_map::Rooms};
use factotum_plugin_api::Result;
use serde_json::{Value, json};

/// How many of the last lines of a log are given.
const LOG_LINES: i64 = 20;
/// How many logs of one build are read.
const LOGS_MAX: usize = 50;

impl Rooms {
    /// The build with this id, with what the config wants of it; `None` when there is none.
    ///
    /// # Errors
    /// When the master cannot be asked.
    pub(crate) async fn build(&self, master: &Master, id: i64) -> Result<Option<Value>> {
        let properties = if self.map.want_properties { "?property=*" } else { "" };
        let Some(mut build) = master.one::<Value>("builds", &format!("builds/{id}{properties}")).await? else {
            return Ok(None);
        };
        let (builder, number) = (build["builderid"].as_i64().unwrap_or(0), build["number"].as_i64().unwrap_or(0));
        if !build.is_object() {
            return Ok(None);
        }
        build["builder"] = master.one("builders", &format!("builders/{builder}")).await?.unwrap_or_default();
        build["url"] = master.build_page(builder, number).into();
        if let Some(request) = build["buildrequestid"].as_i64() {
            let request: Value =
                master.one("buildrequests", &format!("buildrequests/{request}")).await?.unwrap_or_default();
            if let Some(set) = request["buildsetid"].as_i64() {
                build["buildset"] = master.one("buildsets", &format!("buildsets/{set}")).await?.unwrap_or_default();
            }
            build["buildrequest"] = request;
        }
        if self.map.want_steps {
            build["steps"] = self.steps(master, id).await?;
        }
        if self.map.want_previous_build {
            // As Buildbot looks for it: the one before that is no retry.
            let filter = format!("builderid={builder}&number__lt={number}&complete=true&results__ne=5");
            let path = format!("builds?{filter}&order=-number&limit=1");
            build["prev_build"] = master.one("builds", &path).await?.unwrap_or_default();
        }
        Ok(Some(build))
    }
    async fn steps(&self, master: &Master, build: i64) -> Result<Value> {
        let mut steps: Vec<Value> = master.list("steps", &format!("builds/{build}/steps?order=number")).await?;
        let mut read = 0;
        for step in steps.iter_mut().filter(|step| step.is_object()) {
            if !self.map.want_logs {
                continue;
            }
            let id = step["stepid"].as_i64().unwrap_or(0);
            let mut logs: Vec<Value> = master.list("logs", &format!("steps/{id}/logs")).await?;
            for log in logs.iter_mut().filter(|log| log.is_object()) {
                read += 1;
                if read > LOGS_MAX {
                    break;
                }
                let (id, lines) = (log["logid"].as_i64().unwrap_or(0), log["num_lines"].as_i64().unwrap_or(0));
                let offset = (lines - LOG_LINES).max(0);
                let path = format!("logs/{id}/contents?offset={offset}&limit={LOG_LINES}");
                log["content"] = master.one("logchunks", &path).await?.unwrap_or_else(|| json!({ "content": "" }));
            }
            step["logs"] = logs.into();
        }
        Ok(steps.into())
    }
}

#[cfg(test)]
mod tests {
    use crate::{config::MasterConfig, master::Master};
    use factotum_testing::{Bot, Peer};
    use serde_json::json;

    /// The master of these tests; `rooms` is the config.
    async fn master(peer: &Peer, rooms: serde_json::Value) -> Master {
        let config = json!({ "url": peer.url("/"), "rooms": rooms });
        let config: MasterConfig = serde_json::from_value(config).unwrap();
        let bot = Bot::bare().start().await;
        let host = factotum_plugin_api::Host::new("buildbot", bot.host().shared.clone(), bot.clock().clone());
        Master::new("main", config, &host).unwrap()
    }

    #[tokio::test]
    async fn a_build_with_what_is_wanted_and_no_more() {
        let peer = Peer::start().await;
        let answers = [
            (
                "/api/v2/builds/7",
                json!({ "builds": [{ "buildid": 7, "number": 3, "builderid": 2, "buildrequestid": 4, "results": 2 }] }),
            ),
            ("/api/v2/buildrequests/4", json!({ "buildrequests": [{ "buildsetid": 6 }] })),
            ("/api/v2/buildsets/6", json!({ "buildsets": [{ "reason": "a force" }] })),
            ("/api/v2/builders/2", json!({ "builders": [{ "builderid": 2, "name": "fast" }] })),
            ("/api/v2/builds/7/steps", json!({ "steps": [{ "stepid": 5, "name": "compile" }] })),
            ("/api/v2/steps/5/logs", json!({ "logs": [{ "logid": 9, "num_lines": 100 }] })),
            ("/api/v2/logs/9/contents", json!({ "logchunks": [{ "logid": 9, "content": "eboom\n" }] })),
            ("/api/v2/builds", json!({ "builds": [{ "number": 2, "results": 0 }] })),
        ];
        for (path, answer) in answers {
            peer.answer(path, 200, answer.to_string());
        }
        let some = master(&peer, json!({})).await;
        let build = some.rooms.as_ref().unwrap().build(&some, 7).await.unwrap().unwrap();
        assert_eq!((&build["builder"]["name"], &build["steps"]), (&json!("fast"), &json!(null)));
        assert_eq!(build["url"], peer.url("/#/builders/2/builds/3"));
        assert_eq!(build["buildset"]["reason"], "a force");
        let asked = ["builds/7", "builders/2", "buildrequests/4", "buildsets/6"].map(|path| format!("/api/v2/{path}"));
        assert_eq!(peer.asked(), asked);
        let all = json!({ "wantProperties": true, "wantSteps": true, "wantLogs": true, "wantPreviousBuild": true });
        let all = master(&peer, all).await;
        let build = all.rooms.as_ref().unwrap().build(&all, 7).await.unwrap().unwrap();
        assert_eq!(build["steps"][0]["logs"][0]["content"]["content"], "eboom\n");
        assert_eq!(build["prev_build"]["results"], 0);
        assert!(all.rooms.as_ref().unwrap().build(&all, 8).await.unwrap().is_none());
    }
}
