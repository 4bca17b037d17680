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
use crate::door::HangUp;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Accepts until it is dropped, and then its connections end too.
pub(super) async fn serve(core: Arc<Core>) {
    core.door.serve(core.up.subscribe(), |stream| connection(stream, core.clone())).await;
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
