//! What the newer API has of its own: running conferences are a list of their own, and
//! how long they have run is told by their sessions. It has no call for one conference and
//! none for users.
use super::{Client, Fault, READ, piece};
use crate::model::{Conference, Participants, is_open, text};
use serde_json::Value;
use std::collections::BTreeMap;

impl Client {
    pub(super) async fn running_v4(&self) -> Result<Vec<Conference>, Fault> {
        let needs = ["conferences.sessions:read", "conferences"];
        let sessions = self.paged("sessions", "page", &[], &needs);
        let (list, sessions) = futures_util::future::join(self.conferences_v4(Some("running")), sessions).await;
        // Without the sessions the list is still worth having.
        let sessions = match sessions {
            Ok(sessions) => sessions,
            Err(Fault::Scope(_) | Fault::Forbidden | Fault::NotTrueConf(_) | Fault::Missing(_)) => vec![],
            Err(other) => return Err(other),
        };
        let open = sessions.iter().filter(|row| is_open(row));
        let open: BTreeMap<String, &Value> = open.filter_map(|row| Some((text(row, "conference_id")?, row))).collect();
        let with = |conference: Conference| match open.get(&conference.id) {
            Some(session) => conference.with_session(session, self.now()),
            None => conference,
        };
        Ok(list?.into_iter().filter(|conference| conference.running).map(with).collect())
    }
    pub(super) async fn conferences_v4(&self, state: Option<&str>) -> Result<Vec<Conference>, Fault> {
        let filter: Vec<(&str, String)> = state.map(|state| ("state", state.to_owned())).into_iter().collect();
        let rows = self.paged("conferences", "page", &filter, &READ).await?;
        Ok(rows.iter().filter_map(Conference::of_list).collect())
    }
    pub(super) async fn conference_v4(&self, id: &str) -> Result<Conference, Fault> {
        let all = self.conferences_v4(None).await?;
        all.into_iter().find(|known| known.id == id).ok_or_else(|| Fault::Missing("conferenceNotFound".into()))
    }
    pub(super) async fn participants_v4(&self, id: &str) -> Result<Participants, Fault> {
        let path = format!("conferences/{}/participants", piece(id));
        let needs = ["conferences.participants:read", "conferences.participants", "conferences"];
        let rows = self.paged(&path, "page", &[("is_in_conf", "true".to_owned())], &needs).await?;
        Participants::read(&Value::Array(rows)).ok_or(Fault::Nonsense)
    }
}
