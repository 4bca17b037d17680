//! What Alertmanager says of a group of alerts. Rule: prometheus/alertmanager,
//! docs/configuration.md, `<webhook_config>`.
use ci_routes::{Group, json::word};
use factotum_plugin_api::hook::Refusal;
use serde_json::Value;

/// The pages of an alert.
const LINKS: [(&str, &str); 3] =
    [("graph", "/generatorURL"), ("dashboard", "/annotations/dashboard_url"), ("runbook", "/annotations/runbook_url")];

/// Reads a group; `label` names its route.
///
/// # Errors
/// [`Refusal::BadRequest`] when it is of another version, or no group of alerts.
pub(crate) fn read(json: &Value, label: &str) -> Result<Group, Refusal> {
    match word(json, "/version").as_deref() {
        Some("4") => {}
        version => {
            let version = version.unwrap_or("none");
            return Err(Refusal::BadRequest(format!("the payload's version is {version}, and only 4 is known")));
        }
    }
    let plain = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    let of_receiver = word(json, "/receiver").filter(plain).map(|name| format!("?receiver={name}"));
    let page = |url: String| format!("{}/#/alerts{}", url.trim_end_matches('/'), of_receiver.unwrap_or_default());
    Ok(Group { url: word(json, "/externalURL").map(page), ..Group::read(json, "alertmanager", label, &LINKS)? })
}
