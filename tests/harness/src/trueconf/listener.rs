//! Sockets: the API, with or without TLS, and `/vsstatus` on its own port.
use super::{
    Core, TrueConfServer,
    answer::{Answer, Pace, Paced},
    api::{self, Asked},
    fits,
    requests::Requested,
};
use crate::door::HangUp;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

/// How `/vsstatus` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VsStatus {
    /// 200 and the version.
    Up,
    /// This status.
    Fails(u16),
    /// Never.
    Hangs,
    /// Its port is closed.
    Closed,
}

impl TrueConfServer {
    /// `/vsstatus` answers so from now on.
    pub fn vsstatus(&self, answers: VsStatus) {
        match answers {
            VsStatus::Closed => self.core.vs_door.shut(),
            _ => self.core.vs_door.reopen(),
        }
        self.core.vs_status.send_replace(answers);
    }
}

/// Accepts clients of the API until it is dropped, and then its connections end too.
pub(super) async fn serve(core: Arc<Core>) {
    core.door.serve(core.up.subscribe(), |stream| connection(stream, core.clone())).await;
}

async fn connection(stream: TcpStream, core: Arc<Core>) {
    stream.set_nodelay(true).ok();
    let mut up = core.up.subscribe();
    let tls = core.state().tls.clone();
    let served = async {
        match tls {
            None => speak(stream, &core, false).await,
            Some((acceptor, _)) => {
                // A client that does not like the certificate ends the handshake.
                if let Ok(stream) = acceptor.accept(stream).await {
                    speak(stream, &core, false).await;
                }
            }
        }
    };
    tokio::select! {
        () = served => {}
        _ = up.changed() => {}
    }
}

/// Accepts clients of `/vsstatus`.
pub(super) async fn serve_vsstatus(core: Arc<Core>) {
    let connection = |stream| {
        let (core, mut status) = (core.clone(), core.vs_status.subscribe());
        async move {
            tokio::select! {
                () = speak(stream, &core, true) => {}
                _ = status.changed() => {}
            }
        }
    };
    core.vs_door.serve(core.vs_status.subscribe(), connection).await;
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin, core: &Arc<Core>, vsstatus: bool) {
    let service = service_fn(|request| handle(request, core.clone(), vsstatus));
    // A client that hangs up, and a service that does, both end as an error.
    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
}

/// A request that is in hand until this is dropped.
struct InHand(Arc<Core>);
impl InHand {
    fn new(core: &Arc<Core>) -> Self {
        core.state().log.begin();
        InHand(core.clone())
    }
}
impl Drop for InHand {
    fn drop(&mut self) {
        self.0.state().log.end();
    }
}

async fn handle(request: Request<Incoming>, core: Arc<Core>, vsstatus: bool) -> Result<Response<Paced>, HangUp> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| HangUp)?.to_bytes();
    let path = head.uri.path().to_owned();
    let asked = Asked::new(head, body);
    let at = core.change(|state| {
        let token = asked.token().map(|token| state.tokens.is_good(token, state.world.now()));
        state.log.add(Requested::new(&asked.method, &asked.uri, &asked.headers, token))
    });
    if vsstatus {
        let status = *core.vs_status.borrow();
        let answer = match status {
            _ if path != "/vsstatus" => Answer::no_such_path(),
            VsStatus::Up => Answer::text(200, format!("TrueConf Server {} running", core.state().version)),
            VsStatus::Fails(status) => Answer::raw(status, "<html><h1>The server is not well</h1></html>"),
            VsStatus::Hangs | VsStatus::Closed => std::future::pending().await,
        };
        core.change(|state| state.log.answered(at, answer.status));
        return Ok(answer.into_response(Pace::Whole));
    }
    let _in_hand = InHand::new(&core);
    let struck = core.change(|state| state.faults.strike(&path));
    if let Some(by) = struck.delay {
        tokio::time::sleep(by).await;
    }
    let free = |held: &std::collections::BTreeSet<String>| !held.iter().any(|pattern| fits(pattern, &path));
    core.held.subscribe().wait_for(free).await.expect("the core holds the sender");
    if struck.hang_up {
        return Err(HangUp);
    }
    let vs_port = core.vs_door.address().port();
    let answer = struck.instead.unwrap_or_else(|| core.change(|state| api::answer(state, &asked, vs_port)));
    core.change(|state| state.log.answered(at, answer.status));
    Ok(answer.into_response(struck.pace))
}
