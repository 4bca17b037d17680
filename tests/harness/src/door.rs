//! The door of a server that plays a real one: it can be shut at once, and clients can
//! be hung up on.
use std::{
    fmt,
    future::poll_fn,
    net::SocketAddr,
    sync::{Mutex, MutexGuard},
    task::Poll,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
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
    /// Accepts until it is dropped, and then its connections end too. `changes` tells
    /// that the door was shut or opened anew.
    pub(crate) async fn serve<T, C>(&self, mut changes: watch::Receiver<T>, connection: impl Fn(TcpStream) -> C)
    where
        C: Future<Output = ()> + Send + 'static,
    {
        let mut connections = JoinSet::new();
        loop {
            let stream = tokio::select! {
                stream = self.accept() => stream,
                _ = changes.changed() => continue,
            };
            while connections.try_join_next().is_some() {}
            connections.spawn(connection(stream));
        }
    }
    async fn accept(&self) -> TcpStream {
        let accepted = poll_fn(|cx| self.lock().as_ref().map_or(Poll::Pending, |listener| listener.poll_accept(cx)));
        accepted.await.expect("a listening socket").0
    }
}

fn listen(address: SocketAddr) -> TcpListener {
    let listener = std::net::TcpListener::bind(address).expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    TcpListener::from_std(listener).expect("a runtime")
}

/// The connection is closed without (the rest of) an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HangUp;
impl fmt::Display for HangUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hung up on purpose")
    }
}
impl std::error::Error for HangUp {}
