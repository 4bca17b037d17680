//! The server, asked as any HTTP client would.
use super::*;
use factotum_plugin_api::http::{Http, Peer};
use serde_json::{Value, json};

mod conferences;
mod expectations;
mod faults;
mod tls;
mod tokens;

/// For the TLS provider that it installs; once, since it reads the system's authorities.
fn with_provider() {
    static PROVIDER: std::sync::Once = std::sync::Once::new();
    PROVIDER.call_once(|| drop(Http::default().client(Peer::new("http://127.0.0.1:1").unwrap()).unwrap()));
}

fn client() -> reqwest::Client {
    with_provider();
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

fn credentials() -> Value {
    json!({ "grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET })
}

/// What a request for a token is answered.
async fn ask_token(server: &TrueConfServer, body: &Value) -> (u16, Value) {
    let answer = client().post(format!("{}/oauth2/v1/token", server.url())).json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn token(server: &TrueConfServer) -> String {
    let (status, answer) = ask_token(server, &credentials()).await;
    assert_eq!(status, 200, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Somebody with a token.
struct Client<'a> {
    server: &'a TrueConfServer,
    token: String,
}

impl<'a> Client<'a> {
    async fn of(server: &'a TrueConfServer) -> Self {
        Client { server, token: token(server).await }
    }
    /// `GET v3/…`, with or without a query.
    async fn ask(&self, path: &str) -> (u16, Value) {
        let sep = if path.contains('?') { '&' } else { '?' };
        let url = format!("{}/api/v3.3/{path}{sep}access_token={}", self.server.url(), self.token);
        read(client().get(url)).await
    }
    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.ask(path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }
    async fn post(&self, path: &str) -> (u16, Value) {
        let url = format!("{}/api/v3.3/{path}?access_token={}", self.server.url(), self.token);
        read(client().post(url)).await
    }
    /// `GET /api/v4/…`
    async fn v4(&self, path: &str) -> (u16, Value) {
        let url = format!("{}/api/v4/{path}", self.server.url());
        read(client().get(url).bearer_auth(&self.token)).await
    }
    async fn post_v4(&self, path: &str) -> (u16, Value) {
        let url = format!("{}/api/v4/{path}", self.server.url());
        read(client().post(url).bearer_auth(&self.token)).await
    }
}

/// The status and the body, as JSON or, where it is none, as text.
async fn read(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// A field of every row.
fn each<'a>(rows: &'a Value, field: &str) -> Vec<&'a str> {
    rows.as_array().unwrap().iter().map(|row| row[field].as_str().unwrap_or("-")).collect()
}

fn reason(answer: &Value) -> &str {
    answer["error"]["errors"][0]["reason"].as_str().unwrap_or_default()
}
