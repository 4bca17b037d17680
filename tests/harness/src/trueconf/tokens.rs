//! Tokens: `POST /oauth2/v1/token` and `/api/v4/oauth2/token`, by JSON or a form, with
//! every grant; how long they last, and what they allow.
use super::answer::Answer;
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// How wrong credentials are refused, always with status 400.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refusal {
    /// `{"reason":"InvalidCredentials"}`, as servers with API v3 have it.
    #[default]
    V3,
    /// `{"error":"invalid_client",…}`, as RFC 6749 has it.
    Rfc6749,
}

struct Token {
    /// Unix seconds; none for one that lasts.
    expires: Option<i64>,
    /// None is all.
    scopes: Option<Vec<String>>,
}

/// The application, and the tokens that it has.
pub(super) struct Tokens {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) lifetime_secs: i64,
    pub(super) scopes: Vec<String>,
    pub(super) refusal: Refusal,
    /// The passwords of accounts, for the password grant.
    pub(super) accounts: HashMap<String, String>,
    /// The codes that the authorization_code grant takes, once each.
    pub(super) codes: HashSet<String>,
    refresh_tokens: HashSet<String>,
    good: HashMap<String, Token>,
    /// Every one that was given, in order.
    pub(super) given: Vec<String>,
    /// Two servers never give the same.
    port: u16,
}

impl Tokens {
    pub(super) fn new(port: u16) -> Self {
        let scenario = super::fixture("scenario.json");
        let word = |name: &str| scenario[name].as_str().expect("the scenario has it").to_owned();
        let scopes = scenario["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Tokens {
            client_id: word("client_id"),
            client_secret: word("client_secret"),
            lifetime_secs: scenario["token_ttl"].as_i64().expect("the scenario has it"),
            scopes: scopes.map(str::to_owned).collect(),
            refusal: Refusal::default(),
            accounts: HashMap::new(),
            codes: HashSet::new(),
            refresh_tokens: HashSet::new(),
            good: HashMap::new(),
            given: vec![],
            port,
        }
    }
    pub(super) fn revoke_all(&mut self) {
        self.good.clear();
    }
    /// Takes a token of elsewhere with the scopes held, or with all.
    pub(super) fn accept(&mut self, token: &str, all: bool) {
        let scopes = (!all).then(|| self.scopes.clone());
        self.good.insert(token.to_owned(), Token { expires: None, scopes });
    }
    pub(super) fn is_good(&self, token: &str, now: i64) -> bool {
        self.good.get(token).is_some_and(|token| token.expires.is_none_or(|expires| now < expires))
    }
    /// Whether a token allows a call, which any of these scopes does.
    pub(super) fn allows(&self, token: &str, any: &[&str]) -> bool {
        let held = self.good.get(token).map(|token| &token.scopes);
        held.is_some_and(|held| held.as_ref().is_none_or(|held| held.iter().any(|held| any.contains(&held.as_str()))))
    }
    /// Answers a request for a token.
    pub(super) fn answer(&mut self, headers: &HeaderMap, body: &Bytes, now: i64) -> Answer {
        let Some(asked) = read(headers, body) else {
            return refused("invalid_request", "The body is neither JSON nor a form");
        };
        let says = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
        if says("client_id") != self.client_id || says("client_secret") != self.client_secret {
            return match self.refusal {
                Refusal::V3 => Answer::json(400, &json!({ "reason": "InvalidCredentials" })),
                Refusal::Rfc6749 => refused("invalid_client", "The client credentials are invalid"),
            };
        }
        let granted = match says("grant_type") {
            "client_credentials" => true,
            "password" => self.accounts.get(says("username")).is_some_and(|password| password == says("password")),
            "refresh_token" => self.refresh_tokens.remove(says("refresh_token")),
            "authorization_code" => self.codes.remove(says("code")),
            _ => return refused("unsupported_grant_type", "The grant type was not specified or is not supported"),
        };
        if !granted {
            return refused("invalid_grant", "The grant is invalid or has expired");
        }
        let wanted: Vec<String> = says("scope").split_whitespace().map(str::to_owned).collect();
        if self.scopes.is_empty() || wanted.iter().any(|scope| !self.scopes.contains(scope)) {
            return Answer::error(400, "invalidScope", "Scope is invalid.");
        }
        let scopes = if wanted.is_empty() { self.scopes.clone() } else { wanted };
        let token = format!("{:020x}{:020x}", self.port, 0xabc001 + self.given.len());
        let mut answer = json!({
            "access_token": token, "expires_in": self.lifetime_secs, "token_type": "Bearer", "scope": scopes.join(" "),
        });
        if says("grant_type") != "client_credentials" {
            let refresh = format!("{:020x}{:020x}", self.port, 0xfef001 + self.given.len());
            answer["refresh_token"] = refresh.clone().into();
            self.refresh_tokens.insert(refresh);
        }
        self.given.push(token.clone());
        self.good.insert(token, Token { expires: Some(now + self.lifetime_secs), scopes: Some(scopes) });
        Answer::ok(&answer)
    }
}

/// The fields of a body in either form.
fn read(headers: &HeaderMap, body: &Bytes) -> Option<HashMap<String, String>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => {
            let fields: HashMap<String, Value> = serde_json::from_slice(body).ok()?;
            let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some(fields.into_iter().map(|(name, value)| (name, text(value))).collect())
        }
        "application/x-www-form-urlencoded" => Some(form_urlencoded::parse(body).into_owned().collect()),
        _ => None,
    }
}

fn refused(error: &str, description: &str) -> Answer {
    Answer::json(400, &json!({ "error": error, "error_description": description }))
}
