//! Where updates are pushed to, as the bot sets it.
use super::{
    answer::{Answer, bad, described},
    request::Call,
    state::State,
};
use serde_json::{Value, json};
use url::Url;

/// Bot API, setWebhook: ports, the longest token, the connections at a time.
const PORTS: &[u16] = &[80, 88, 443, 8443];
const SECRET_MAX: usize = 256;
const CONNECTIONS: i64 = 40;
const CERTIFICATE_MAX: usize = 3 << 20;

#[derive(Clone, Default)]
pub(super) struct Webhook {
    /// Empty: none is set.
    pub(super) url: String,
    pub(super) secret: Option<String>,
    /// The PEM that was uploaded.
    pub(super) certificate: Option<Vec<u8>>,
    pub(super) max_connections: i64,
    pub(super) ip_address: Option<String>,
    pub(super) last_error: Option<(i64, String)>,
}

impl Webhook {
    pub(super) fn is_set(&self) -> bool {
        !self.url.is_empty()
    }
    fn same(&self, other: &Webhook) -> bool {
        self.url == other.url
            && self.secret == other.secret
            && self.certificate == other.certificate
            && self.max_connections == other.max_connections
            && self.ip_address == other.ip_address
    }
}

impl State {
    pub(super) fn set_webhook(&mut self, call: &Call) -> Answer {
        let url = call.text("url").unwrap_or_default();
        if url.is_empty() {
            return self.delete_webhook(call);
        }
        if let Err(why) = check_url(&url) {
            return bad(format!("bad webhook: {why}"));
        }
        let secret = call.text("secret_token").filter(|secret| !secret.is_empty());
        if let Some(secret) = &secret {
            if secret.len() > SECRET_MAX {
                return bad("secret token is too long");
            }
            if !secret.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
                return bad("secret token contains unallowed characters");
            }
        }
        let certificate = match call.file("certificate") {
            Some(file) if file.bytes.len() > CERTIFICATE_MAX => return bad("certificate size is too big"),
            Some(file) if !file.bytes.starts_with(b"-----BEGIN CERTIFICATE-----") => {
                return bad("bad webhook: Failed to set custom certificate file");
            }
            file => file.map(|file| file.bytes.to_vec()),
        };
        let webhook = Webhook {
            url,
            secret,
            certificate,
            max_connections: call.int("max_connections").filter(|n| (1..=100).contains(n)).unwrap_or(CONNECTIONS),
            ip_address: call.text("ip_address").filter(|address| !address.is_empty()),
            last_error: None,
        };
        let allowed = self.updates.allowed.clone();
        self.updates.allow(call);
        if call.flag("drop_pending_updates") {
            self.updates.pending.clear();
        }
        if self.webhook.same(&webhook) && allowed == self.updates.allowed {
            return Ok(described(json!(true), "Webhook is already set"));
        }
        self.webhook = webhook;
        self.updates.settings += 1;
        Ok(described(json!(true), "Webhook was set"))
    }
    pub(super) fn delete_webhook(&mut self, call: &Call) -> Answer {
        if call.flag("drop_pending_updates") {
            self.updates.pending.clear();
        }
        if !self.webhook.is_set() {
            return Ok(described(json!(true), "Webhook is already deleted"));
        }
        self.webhook = Webhook::default();
        self.updates.settings += 1;
        Ok(described(json!(true), "Webhook was deleted"))
    }
    pub(super) fn webhook_info(&self) -> Value {
        let Webhook { url, certificate, max_connections, ip_address, last_error, .. } = &self.webhook;
        let mut info = json!({
            "url": url,
            "has_custom_certificate": certificate.is_some(),
            "pending_update_count": self.updates.pending.len(),
        });
        if self.webhook.is_set() {
            info["max_connections"] = json!(max_connections);
            info["ip_address"] = json!(ip_address.as_deref().unwrap_or("203.0.113.7"));
        }
        if let Some((date, message)) = last_error {
            info["last_error_date"] = json!(date);
            info["last_error_message"] = json!(message);
        }
        if !self.updates.allowed.is_empty() {
            info["allowed_updates"] = json!(self.updates.allowed);
        }
        info
    }
}

/// Whether Telegram would call this.
fn check_url(url: &str) -> Result<(), String> {
    let Ok(url) = Url::parse(url) else { return Err("Invalid URL specified".into()) };
    if url.scheme() != "https" {
        return Err("An HTTPS URL must be provided for webhook".into());
    }
    if !PORTS.contains(&url.port().unwrap_or(443)) {
        return Err("Webhook can be set up only on ports 80, 88, 443 or 8443".into());
    }
    match url.host() {
        Some(url::Host::Ipv4(address))
            if address.is_loopback() || address.is_private() || address.is_link_local() || address.is_unspecified() =>
        {
            Err(format!("IP address {address} is reserved"))
        }
        Some(url::Host::Ipv6(_)) => Err("IPv6-only addresses are not allowed".into()),
        Some(_) => Ok(()),
        None => Err("Invalid URL specified".into()),
    }
}
