//! The accept loop: who gets a place, and how it all ends.
use super::{
    Answers, HttpSettings, Limit, Limited, Phase, Server, connection,
    exchange::{self, Peer},
    forwarded, tls,
};
use anyhow::{Context, Result, anyhow};
use factotum_plugin_api::clock::Clock;
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc, watch},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

/// Connections without a place that are told so and waited for at a time; more are
/// told in passing, so that a flood of them costs no more than this.
const REFUSALS_AT_A_TIME: usize = 128;
/// The pause when the machine has no socket left for us.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);
/// When three quarters of all places are taken, an address has so many times fewer.
const CROWDED: usize = 8;
/// How long dropped exchanges may take to be gone.
const DROP_TIME: Duration = Duration::from_secs(1);

/// A bound socket, not yet served.
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    settings: HttpSettings,
    clock: Clock,
}

impl Listener {
    pub(super) async fn bind(settings: HttpSettings, clock: Clock) -> Result<Self> {
        let tls = settings.tls.as_ref().map(tls::acceptor).transpose()?;
        let socket = TcpListener::bind(settings.listen).await.map_err(|error| cannot_listen(settings.listen, error))?;
        Ok(Listener { socket, tls, settings, clock })
    }

    /// The address in use, with the port that was chosen where 0 was asked for.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn local_addr(&self) -> Result<SocketAddr> {
        self.socket.local_addr().context("asking for the listener's address")
    }

    /// Serves until `shutdown` is done; then accepts no more, lets what runs
    /// finish within [`HttpSettings::stop_timeout`], and returns.
    pub async fn serve(self, answers: Arc<dyn Answers>, shutdown: impl Future<Output = ()> + Send) {
        let (phase, watched) = watch::channel(Phase::Open);
        let (busy, mut all_done) = mpsc::channel(1);
        let limit = self.settings.stop_timeout;
        let door = Door::new(self.settings, self.clock, answers, self.tls, busy, watched);
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                (stream, address) = accept(&self.socket) => door.enter(stream, address.ip().to_canonical()),
            }
        }
        drop((self.socket, door));
        phase.send_replace(Phase::Draining);
        // Nobody sends: the channel ends when the last holder of `busy` is gone.
        if timeout(limit, all_done.recv()).await.is_err() {
            warn!("some exchanges did not finish in time and are dropped");
            phase.send_replace(Phase::Over);
            timeout(DROP_TIME, all_done.recv()).await.ok();
        }
    }
}

/// The next connection, for as long as it takes.
async fn accept(socket: &TcpListener) -> (TcpStream, SocketAddr) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match socket.accept().await {
            Ok(accepted) => return accepted,
            // The peer's trouble, not the socket's.
            Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {}
            Err(error) => {
                warn!(%error, retry_in = ?ACCEPT_PAUSE, "cannot accept connections");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn cannot_listen(address: SocketAddr, error: io::Error) -> anyhow::Error {
    let port = address.port();
    let remedy = match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {port} is taken; stop what has it, or set another `listen` in [http]")
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; set another `listen` in [http]".to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            format!(
                "port {port} needs a privilege; set `listen` in [http] to one from 1024 on, and put a proxy before it"
            )
        }
        _ => error.to_string(),
    };
    anyhow!(error).context(format!("cannot listen on {address}: {remedy}"))
}

/// Lets connections in, or tells them why not.
struct Door {
    server: Arc<Server>,
    router: axum::Router,
    tls: Option<TlsAcceptor>,
    places: Arc<Places>,
    refusals: Arc<Semaphore>,
    busy: mpsc::Sender<()>,
    phase: watch::Receiver<Phase>,
}

impl Door {
    fn new(
        settings: HttpSettings,
        clock: Clock,
        answers: Arc<dyn Answers>,
        tls: Option<TlsAcceptor>,
        busy: mpsc::Sender<()>,
        phase: watch::Receiver<Phase>,
    ) -> Self {
        let places = Places::new(settings.connections_max, settings.connections_per_address);
        let server = Arc::new(Server { settings, clock, answers });
        Door {
            router: exchange::router(server.clone()),
            server,
            tls,
            places: Arc::new(places),
            refusals: Arc::new(Semaphore::new(REFUSALS_AT_A_TIME)),
            busy,
            phase,
        }
    }

    /// Never waits: it stands between one accept and the next.
    fn enter(&self, stream: TcpStream, address: IpAddr) {
        let proxy = forwarded::is_trusted(address, &self.server.settings.trusted_proxies);
        let place = match self.places.take(address, proxy) {
            Ok(place) => place,
            Err(limit) => return self.refuse(stream, address, limit),
        };
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "cannot set TCP_NODELAY");
        }
        let (server, router, tls) = (self.server.clone(), self.router.clone(), self.tls.clone());
        let (busy, phase) = (self.busy.clone(), self.phase.clone());
        let peer = Arc::new(Peer { address, unread: AtomicBool::new(false), busy, phase });
        let counted = server.answers.connected();
        tokio::spawn(async move {
            connection::serve(stream, tls, server, router, peer).await;
            drop((place, counted));
        });
    }

    fn refuse(&self, stream: TcpStream, address: IpAddr, limit: Limit) {
        debug!(%limit, peer = %address, "connection refused");
        self.server.answers.limited(Limited { limit, peer: address, target: None });
        // A TLS peer would need a handshake first, which is what we cannot afford now.
        if self.tls.is_some() {
            return;
        }
        let Ok(refusal) = self.refusals.clone().try_acquire_owned() else {
            return connection::refuse_at_once(stream, limit);
        };
        tokio::spawn(async move {
            connection::refuse(stream, limit).await;
            drop(refusal);
        });
    }
}

/// The places for connections, and who has how many.
struct Places {
    max: usize,
    max_of_address: usize,
    taken: Mutex<Taken>,
}
#[derive(Default)]
struct Taken {
    all: usize,
    of_address: HashMap<IpAddr, usize>,
}

/// A taken place; free again when dropped.
struct Place {
    places: Arc<Places>,
    owner: IpAddr,
}

impl Places {
    fn new(max: usize, max_of_address: usize) -> Self {
        Places { max, max_of_address, taken: Mutex::default() }
    }

    fn take(self: &Arc<Self>, address: IpAddr, proxy: bool) -> Result<Place, Limit> {
        let owner = owner(address);
        let mut taken = self.taken.lock().expect("no panic inside");
        if taken.all >= self.max {
            return Err(Limit::Connections);
        }
        // Sixteen addresses with 64 each would have all places.
        let crowded = taken.all >= self.max - self.max / 4;
        let max_of_address = if crowded { (self.max_of_address / CROWDED).max(1) } else { self.max_of_address };
        if !proxy && taken.of_address.get(&owner).is_some_and(|count| *count >= max_of_address) {
            return Err(Limit::ConnectionsOfAddress);
        }
        taken.all += 1;
        *taken.of_address.entry(owner).or_default() += 1;
        Ok(Place { places: self.clone(), owner })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().expect("no panic inside");
        taken.all -= 1;
        let count = taken.of_address.get_mut(&self.owner).expect("counted when taken");
        *count -= 1;
        if *count == 0 {
            taken.of_address.remove(&self.owner);
        }
    }
}

/// Whose an address is: IPv6 customers have a /64 of them at least (RFC 6177).
pub(super) fn owner(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_of_ipv6_is_one_sender() {
        let address = |n: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, n]);
        assert_eq!(owner(address(1)), owner(address(1000)));
        let neighbour = IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, 1]);
        assert_ne!(owner(neighbour), owner(address(1)));
    }

    #[test]
    fn when_it_is_crowded_each_address_has_less() {
        let places = Arc::new(Places::new(1024, 64));
        let mut taken = vec![];
        for n in 0..2_000u32 {
            let address = IpAddr::from([192, 0, 2, u8::try_from(n % 20).unwrap()]);
            taken.extend(places.take(address, false).ok());
        }
        assert_eq!(taken.len(), 768, "twenty addresses have three quarters");
        let healthy: Vec<_> = (0..8).map(|_| places.take([203, 0, 113, 1].into(), false).unwrap()).collect();
        assert_eq!(places.take([203, 0, 113, 1].into(), false).err(), Some(Limit::ConnectionsOfAddress));
        let _proxied = places.take([203, 0, 113, 1].into(), true).unwrap();
        drop((taken, healthy));
        let all: Vec<_> = (0..64).map_while(|_| places.take([192, 0, 2, 1].into(), false).ok()).collect();
        assert_eq!(all.len(), 64);
    }

    #[test]
    fn places_are_counted_by_owner_and_come_back() {
        let places = Arc::new(Places::new(4, 2));
        let take = |address: &str, proxy| places.take(address.parse().unwrap(), proxy);
        let first = take("2001:db8::1", false).unwrap();
        let _second = take("2001:db8::ffff:2", false).unwrap();
        assert_eq!(take("2001:db8::3", false).err(), Some(Limit::ConnectionsOfAddress));
        let _proxied = take("2001:db8::3", true).unwrap();
        let _other = take("2001:db8:0:1::1", false).unwrap();
        assert_eq!(take("192.0.2.1", false).err(), Some(Limit::Connections));
        drop(first);
        let _v4 = take("192.0.2.1", false).unwrap();
        assert_eq!(places.taken.lock().unwrap().of_address.len(), 3);
    }
}
