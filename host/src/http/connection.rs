//! One connection: TLS, hyper, and a close that lets the last answer arrive.
use super::{Limit, Limited, Phase, Server, exchange::Peer, stall::Stall};
use axum::Router;
use hyper::{server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    future::poll_fn,
    io::{Read, Write},
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tracing::debug;

/// How much and how long is still read of a request that is already answered.
/// Closing at once would make TCP discard the answer on its way (RFC 9112, 9.6).
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: u64 = 8 << 20;

/// hyper's own least is 8 KiB; more than the header, so that bodies come in fewer reads.
const BUFFER_BYTES: usize = 16 << 10;

/// Serves a connection to its end.
pub(super) async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    server: Arc<Server>,
    router: Router,
    peer: Arc<Peer>,
) {
    let Some(tls) = tls else {
        return exchanges(stream, server, router, peer).await;
    };
    let mut phase = peer.phase.clone();
    let handshake = timeout(server.settings.header_timeout, tls.accept(stream));
    let handshake = tokio::select! {
        handshake = handshake => handshake,
        _ = phase.wait_for(|phase| *phase != Phase::Open) => return,
    };
    match handshake {
        Ok(Ok(stream)) => exchanges(stream, server, router, peer).await,
        Ok(Err(error)) => debug!(%error, peer = %peer.address, "TLS handshake failed"),
        Err(_) => debug!(peer = %peer.address, "TLS handshake took too long"),
    }
}

async fn exchanges<IO>(io: IO, server: Arc<Server>, router: Router, peer: Arc<Peer>)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let settings = &server.settings;
    let router = TowerToHyperService::new(router);
    let of_peer = peer.clone();
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(of_peer.clone());
        Box::pin(router.call(request))
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // Who has said all and ends the sending side still waits for the answer.
        .half_close(true)
        .header_read_timeout(settings.header_timeout)
        .max_header_size(settings.header_max_bytes)
        .max_buf_size(settings.header_max_bytes.max(BUFFER_BYTES))
        .serve_connection(TokioIo::new(Stall::new(io, settings.body_timeout)), service);

    let mut phase = peer.phase.clone();
    let end = loop {
        let changed = tokio::select! {
            end = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break end,
            changed = phase.changed() => changed,
        };
        match changed.map(|()| *phase.borrow()) {
            Ok(Phase::Open) => {}
            Ok(Phase::Draining) => Pin::new(&mut connection).graceful_shutdown(),
            Ok(Phase::Over) | Err(_) => return,
        }
    };
    let parts = connection.into_parts();
    let mut io = parts.io.into_inner();
    let limit = end.err().and_then(|error| limit(&error, !parts.read_buf.is_empty()));
    if let Some(limit) = limit {
        server.answers.limited(Limited { limit, peer: peer.address, target: None });
    }
    if limit == Some(Limit::HeaderTime) {
        // hyper answers what it cannot read, and leaves what never comes to us.
        write(&mut io, limit_text(Limit::HeaderTime)).await;
    }
    close(io, limit.is_some() || peer.unread.load(Ordering::Relaxed)).await;
}

/// Which limit ended the connection. A silent one that is closed in time is no
/// request; nor is one that the peer broke off.
fn limit(error: &hyper::Error, header_begun: bool) -> Option<Limit> {
    match error {
        error if error.is_timeout() => header_begun.then_some(Limit::HeaderTime),
        error if error.is_parse_too_large() => Some(Limit::HeaderSize),
        error if error.is_parse() => Some(Limit::HeaderForm),
        error => {
            debug!(%error, "connection broken");
            None
        }
    }
}

/// Answers a connection that has no place, and closes it.
pub(super) async fn refuse(mut stream: TcpStream, limit: Limit) {
    write(&mut stream, limit_text(limit)).await;
    close(stream, true).await;
}

/// As [`refuse`], without waiting for anything: what the peer has sent is read as
/// far as it is here, so that closing does not discard the answer on its way.
pub(super) fn refuse_at_once(stream: TcpStream, limit: Limit) {
    let Ok(mut stream) = stream.into_std() else { return };
    let told = stream.write_all(limit_text(limit).as_bytes());
    let mut read = [0; 4 << 10];
    for _ in 0..4 {
        if !matches!(stream.read(&mut read), Ok(1..)) {
            break;
        }
    }
    if let Err(error) = told {
        debug!(%error, "a refusal was not told");
    }
}

/// The answer that hyper would write.
fn limit_text(limit: Limit) -> String {
    let answer = limit.answer().completed();
    let mut text = format!("HTTP/1.1 {}\r\n", answer.status);
    for (name, value) in &answer.headers {
        text += &format!("{name}: {}\r\n", value.to_str().expect("our own headers are text"));
    }
    let body = String::from_utf8_lossy(&answer.body);
    text + &format!("content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

async fn write(io: &mut (impl AsyncWrite + Unpin), text: String) {
    // A peer that does not take it misses nothing but the reason.
    timeout(LINGER, io.write_all(text.as_bytes())).await.ok();
}

/// Closes our side; `linger` first lets the peer see the answer.
async fn close(mut io: impl AsyncRead + AsyncWrite + Unpin, linger: bool) {
    let closing = async {
        io.shutdown().await?;
        match linger {
            true => tokio::io::copy(&mut io.take(LINGER_BYTES), &mut tokio::io::sink()).await.map(drop),
            false => Ok(()),
        }
    };
    // Whatever happens here, the connection ends.
    timeout(LINGER, closing).await.ok();
}
