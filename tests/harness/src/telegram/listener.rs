//! Sockets and paths: `/bot<TOKEN>/<method>` and `/file/bot<TOKEN>/<path>`.
//! It speaks with hyper directly, since a handler here must be able to hang up
//! without an answer.
use super::{
    Core, TOKEN,
    answer::{Failure, respond, respond_with},
    faults::Struck,
    methods,
    request::Call,
    updates,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    future::poll_fn,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    task::Poll,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// The listening socket, which can be shut at once: then connections are refused.
pub(crate) struct Door {
    address: SocketAddr,
    listener: Mutex<Option<TcpListener>>,
}

impl Door {
    pub(crate) fn open(address: &str) -> Self {
        let listener = listen(address.parse().expect("an address"));
        Door { address: listener.local_addr().expect("it is bound"), listener: Mutex::new(Some(listener)) }
    }
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
    pub(crate) fn shut(&self) {
        *self.lock() = None;
    }
    pub(crate) fn reopen(&self) {
        self.lock().get_or_insert_with(|| listen(self.address));
    }
    fn lock(&self) -> MutexGuard<'_, Option<TcpListener>> {
        self.listener.lock().expect("no panic inside")
    }
    pub(crate) async fn accept(&self) -> TcpStream {
        let accepted = poll_fn(|cx| self.lock().as_ref().map_or(Poll::Pending, |listener| listener.poll_accept(cx)));
        accepted.await.expect("a listening socket").0
    }
}

fn listen(address: SocketAddr) -> TcpListener {
    let listener = std::net::TcpListener::bind(address).expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    TcpListener::from_std(listener).expect("a runtime")
}

/// Accepts until it is dropped, and then its connections end too.
pub(super) async fn serve(core: Arc<Core>) {
    let (mut connections, mut up) = (JoinSet::new(), core.up.subscribe());
    loop {
        let stream = tokio::select! {
            stream = core.door.accept() => stream,
            _ = up.changed() => continue, // shut, or open anew
        };
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(stream, core.clone()));
    }
}

async fn connection(stream: TcpStream, core: Arc<Core>) {
    stream.set_nodelay(true).expect("a connected socket");
    let mut up = core.up.subscribe();
    let service = service_fn(|request| handle(request, core.clone()));
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // A client that hangs up, and a service that does, both end as an error.
        _ = served => {}
        _ = up.wait_for(|up| !up) => {}
    }
}

/// The connection is closed without an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct HangUp;
impl std::fmt::Display for HangUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hung up on purpose")
    }
}
impl std::error::Error for HangUp {}

async fn handle(request: Request<Incoming>, core: Arc<Core>) -> Result<Response<Full<Bytes>>, HangUp> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| HangUp)?.to_bytes();
    let path = percent_encoding::percent_decode_str(head.uri.path()).decode_utf8_lossy().into_owned();
    if let Some(path) = path.strip_prefix("/file/bot") {
        return Ok(file(&core, path));
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|path| path.split_once('/')) else {
        return Ok(respond(Err(Failure::new(404, "Not Found"))));
    };
    if token != TOKEN {
        return Ok(respond(Err(Failure::new(401, "Unauthorized"))));
    }
    let method = methods::spelled(method);
    let call = match Call::read(&method, head.uri.query().unwrap_or_default(), &head.headers, body) {
        Ok(call) => call,
        Err(failure) => return Ok(respond(Err(failure))),
    };
    core.change(|state| state.note(&call));
    let struck = core.change(|state| state.faults.strike(&call));
    let mut lost = false;
    match struck {
        None => {}
        Some(Struck::Refuse(failure)) => return Ok(respond(Err(failure))),
        Some(Struck::Html(status)) => return Ok(respond_with(status, "text/html", html(status))),
        Some(Struck::HangUp) => return Err(HangUp),
        Some(Struck::HangUpAfter) => lost = true,
        Some(Struck::Delay(by)) => tokio::time::sleep(by).await,
    }
    let held =
        |held: &std::collections::BTreeSet<String>| held.contains("*") || held.contains(&method.to_ascii_lowercase());
    core.held.subscribe().wait_for(|names| !held(names)).await.expect("the core holds the sender");
    let answer = match method.as_str() {
        "getUpdates" => updates::poll(&core, &call).await,
        _ => core.change(|state| state.execute(&call)),
    };
    if lost { Err(HangUp) } else { Ok(respond(answer)) }
}

/// What stands before a server that is away.
fn html(status: u16) -> String {
    format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body><center><h1>{status}</h1></center></body>\r\n</html>"
    )
}

fn file(core: &Core, path: &str) -> Response<Full<Bytes>> {
    let Some((token, path)) = path.split_once('/') else { return respond(Err(Failure::new(404, "Not Found"))) };
    if token != TOKEN {
        return respond(Err(Failure::new(401, "Unauthorized")));
    }
    match core.state().files.values().find(|file| file.path == path) {
        Some(file) => respond_with(200, "application/octet-stream", file.bytes.clone()),
        None => respond(Err(Failure::new(404, "Not Found"))),
    }
}
