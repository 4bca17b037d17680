//! What Grafana says of a group of alerts: as Alertmanager does, and what was measured,
//! pages to go to, and texts of templates. Rule: Grafana docs, "Configure webhook
//! notifications".
use ci_routes::{Group, json::word};
use factotum_plugin_api::hook::Refusal;
use serde_json::Value;

/// The pages of an alert, the one that helps first.
const LINKS: [(&str, &str); 5] = [
    ("dashboard", "/dashboardURL"),
    ("panel", "/panelURL"),
    ("runbook", "/annotations/runbook_url"),
    ("silence", "/silenceURL"),
    ("rule", "/generatorURL"),
];

/// Reads a group; `label` names its route.
///
/// # Errors
/// [`Refusal::BadRequest`] when it is no group of alerts.
pub(crate) fn read(json: &Value, label: &str) -> Result<Group, Refusal> {
    let mut group = Group::read(json, "grafana", label, &LINKS)?;
    let told = json.get("alerts").and_then(Value::as_array).into_iter().flatten();
    for (alert, told) in group.alerts.iter_mut().zip(told) {
        alert.values = values(told);
    }
    if let Some(org) = word(json, "/orgId") {
        group.key = format!("{} {org}", group.key); // each organization has its own `{}:{}`
    }
    // Those of the default templates say again what the alerts say.
    let title = word(json, "/title").filter(|title| !title.starts_with("[FIRING") && !title.starts_with("[RESOLVED"));
    group.name = title.unwrap_or(group.name);
    let is_default = |text: &str| text.starts_with("**Firing**") || text.starts_with("**Resolved**");
    group.note = word(json, "/message").filter(|text| !is_default(text) && !text.trim().is_empty());
    group.url = word(json, "/externalURL").filter(|_| group.alerts.iter().all(|alert| alert.links.is_empty()));
    Ok(group)
}

/// What was measured: `B = 44.24, C = 1`.
fn values(alert: &Value) -> Option<String> {
    let number = |value: f64| {
        let places = if value.abs() < 1.0 { 4 } else { 2 };
        let digits = format!("{value:.places$}");
        if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { digits }
    };
    let values = alert.get("values").and_then(Value::as_object).into_iter().flatten();
    let shown: Vec<String> =
        values.filter_map(|(name, value)| Some(format!("{name} = {}", number(value.as_f64()?)))).collect();
    match shown.is_empty() {
        false => Some(shown.join(", ")),
        true => word(alert, "/valueString").as_deref().and_then(of_string),
    }
}

/// The same of `[ var='B' labels={zone=us-1} value=44.2 ], …`, which is all that older
/// ones tell.
fn of_string(told: &str) -> Option<String> {
    let value = |part: &str| {
        let (name, rest) = part.split_once('\'')?;
        let (_, value) = rest.rsplit_once(" value=")?;
        Some(format!("{name} = {}", value.trim_end_matches([' ', ',', '[', ']'])))
    };
    let shown: Vec<String> = told.split("var='").skip(1).filter_map(value).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}
