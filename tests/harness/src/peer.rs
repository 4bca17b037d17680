//! A fake HTTP server on 127.0.0.1 that answers what a test says and keeps what
//! it was asked: for plugins that call their sender's servers.
use axum::{Router, extract::State, http::Uri, response::IntoResponse};
use http::StatusCode;
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// A fake server; it ends when dropped.
pub struct Peer {
    address: SocketAddr,
    kept: Arc<Kept>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Kept {
    answers: Mutex<HashMap<String, (StatusCode, String)>>,
    asked: Mutex<Vec<String>>,
}

impl Peer {
    /// A server that answers 404 to everything.
    pub async fn start() -> Self {
        let kept = Arc::<Kept>::default();
        let router = Router::new().fallback(answer).with_state(kept.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves until dropped") });
        Peer { address, kept, task }
    }
    /// Its address, as `http://127.0.0.1:PORT`, and a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
    /// Answers a path like this from now on.
    pub fn answer(&self, path: &str, status: u16, body: impl Into<String>) {
        let status = StatusCode::from_u16(status).expect("a status");
        self.kept.answers.lock().expect("no panic inside").insert(path.to_owned(), (status, body.into()));
    }
    /// The paths that were asked for since the last call.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.kept.asked.lock().expect("no panic inside"))
    }
}
impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(kept): State<Arc<Kept>>, uri: Uri) -> impl IntoResponse {
    let path = uri.path().to_owned();
    let answer = kept.answers.lock().expect("no panic inside").get(&path).cloned();
    kept.asked.lock().expect("no panic inside").push(path);
    answer.unwrap_or((StatusCode::NOT_FOUND, String::new()))
}
