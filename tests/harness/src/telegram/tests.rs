//! Every rule of the server, called as any HTTP client would.
use super::*;
use factotum_plugin_api::http::{Http, Peer};
use serde_json::{Value, json};

mod calls;
mod faults;
mod people;
mod sending;
mod standing;
mod updates;
mod webhook;

const GROUP: i64 = -1001234;

/// A server with ann, bob and eve, and the supergroup "Dev"; eve never wrote.
async fn server() -> Telegram {
    let telegram = Telegram::start().await;
    telegram.user(111, "Ann");
    telegram.private(111);
    telegram.user(222, "Bob");
    telegram.private(222);
    telegram.user(333, "Eve");
    telegram.supergroup(GROUP, "Dev");
    telegram
}

fn client() -> reqwest::Client {
    // For the TLS provider that it installs; once, since it reads the system's authorities.
    static PROVIDER: std::sync::Once = std::sync::Once::new();
    PROVIDER.call_once(|| drop(Http::default().client(Peer::new("http://127.0.0.1:1").unwrap()).unwrap()));
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

/// What a method answers, as JSON; an error when the connection failed.
async fn ask(telegram: &Telegram, method: &str, params: &Value) -> reqwest::Result<Value> {
    let url = format!("{}/bot{TOKEN}/{method}", telegram.url());
    client().post(url).json(params).send().await?.json().await
}

/// What a method gives back.
async fn call(telegram: &Telegram, method: &str, params: Value) -> Value {
    let mut answer = ask(telegram, method, &params).await.unwrap();
    assert_eq!(answer["ok"], true, "{method} {params}: {answer}");
    answer["result"].take()
}

/// Why a method refuses.
async fn refusal(telegram: &Telegram, method: &str, params: Value) -> String {
    let answer = ask(telegram, method, &params).await.unwrap();
    assert_eq!(answer["ok"], false, "{method} {params}: {answer}");
    assert!(answer["description"].is_string(), "{answer}");
    format!("{} {}", answer["error_code"], answer["description"].as_str().unwrap())
}

/// Each row: the parameters, and `ok` or the refusal.
async fn table(telegram: &Telegram, method: &str, rows: &[(Value, &str)]) {
    for (params, expected) in rows {
        let answer = ask(telegram, method, params).await.unwrap();
        let got = match answer["ok"] == true {
            true => "ok".to_owned(),
            false => format!("{} {}", answer["error_code"], answer["description"].as_str().unwrap()),
        };
        assert_eq!(&got, expected, "{method} {params}");
    }
}

/// A body of `multipart/form-data` with the boundary `XX`: name, file name, content.
fn parts(parts: &[(&str, Option<&str>, &str)]) -> String {
    let mut body = String::new();
    for (name, file, content) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: text/plain")).unwrap_or_default();
        body += &format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n");
    }
    body + "--XX--\r\n"
}

async fn post_parts(telegram: &Telegram, method: &str, body: String) -> Value {
    let url = format!("{}/bot{TOKEN}/{method}", telegram.url());
    let request = client().post(url).header("content-type", "multipart/form-data; boundary=XX").body(body);
    request.send().await.unwrap().json().await.unwrap()
}
