//! Clients against real TLS sockets, by every mode; and which addresses are private.
use super::*;
use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::sync::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

const CANARY: &str = "c4n4ry";

#[test]
fn private_addresses() {
    for ip in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1", "100.64.0.1"] {
        assert!(is_private(ip.parse().unwrap()), "{ip}");
    }
    for ip in ["54.173.229.200", "2606:4700::1111", "100.128.0.1"] {
        assert!(!is_private(ip.parse().unwrap()), "{ip}");
    }
}

/// A certificate authority.
struct Authority(CertifiedIssuer<'static, KeyPair>);
impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }
    /// A certificate for `name` with its key.
    fn signs(&self, name: &str) -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap().der().clone(), key)
    }
    fn file(&self, folder: &tempfile::TempDir, name: &str) -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, self.0.pem()).unwrap();
        path
    }
}

/// Shows a certificate and signs with a key, which need not be its own.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);
impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// An https server on a port of 127.0.0.1 that answers `ok` and keeps what it reads.
struct Server {
    base: String,
    read: Arc<Mutex<String>>,
}
impl Server {
    async fn start(
        certificate: CertificateDer<'static>,
        key: &KeyPair,
        tls: &'static rustls::SupportedProtocolVersion,
    ) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let shows = CertifiedKey::new(vec![certificate], any_supported_type(&key).unwrap());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[tls]).unwrap();
        let config = config.with_no_client_auth().with_cert_resolver(Arc::new(Shows(Arc::new(shows))));
        let (acceptor, listener) =
            (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let base = format!("https://{}/{CANARY}/?token={CANARY}", listener.local_addr().unwrap());
        let keep = Arc::<Mutex<String>>::default();
        let server = Server { base, read: keep.clone() };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, keep) = (acceptor.clone(), keep.clone());
                tokio::spawn(async move {
                    let Ok(mut socket) = acceptor.accept(socket).await else { return };
                    let mut buffer = [0; 4096];
                    let Ok(n) = socket.read(&mut buffer).await else { return };
                    keep.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..n]));
                    socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.ok();
                    socket.shutdown().await.ok();
                });
            }
        });
        server
    }
    /// `ok`, or what went wrong, as the log would have it.
    async fn asked_with(&self, tls: Tls) -> String {
        let peer = Peer { tls, ..Peer::new(&self.base).unwrap() };
        let client = Http::default().client(peer).unwrap_or_else(|error| panic!("{}", error.into_anyhow()));
        let answer = client.get(&format!("{CANARY}?key={CANARY}")).await;
        let read = std::mem::take(&mut *self.read.lock().unwrap());
        match answer {
            Ok(answer) => {
                assert!(read.starts_with(&format!("GET /{CANARY}/{CANARY}?key={CANARY} ")), "{read}");
                String::from_utf8(answer.body.to_vec()).unwrap()
            }
            Err(error) => {
                let error = error.into_anyhow();
                assert!(!format!("{error:?} {error:#?}").contains(CANARY), "{error:?}");
                assert_eq!(read, "", "nothing is told to a server that is not the one");
                format!("{error:#}")
            }
        }
    }
}

fn pinned(certificate: &[u8]) -> Tls {
    Tls::Pinned(Fingerprint::of(certificate).to_string())
}

#[tokio::test]
async fn a_fingerprint_is_told_of_any_certificate_and_can_be_pinned() {
    let (certificate, key) = Authority::new("nobody's").signs("other.example");
    let server = Server::start(certificate.clone(), &key, &rustls::version::TLS13).await;
    let told = Http::default().fingerprint(&Peer::new(&server.base).unwrap()).await;
    let told = told.unwrap_or_else(|error| panic!("{}", error.into_anyhow()));
    assert_eq!(Tls::Pinned(told.clone()), pinned(&certificate));
    let read = std::mem::take(&mut *server.read.lock().unwrap());
    assert!(read.starts_with("GET / HTTP/1.1") && !read.contains(CANARY), "{read}");
    assert_eq!(server.asked_with(Tls::Pinned(told)).await, "ok");

    let gone = Peer::new("https://127.0.0.1:1/").unwrap();
    assert!(Http::default().fingerprint(&gone).await.is_err());
}

#[tokio::test]
async fn each_mode_accepts_its_own_servers_and_no_other() {
    let (folder, ours, others) = (tempfile::tempdir().unwrap(), Authority::new("ours"), Authority::new("theirs"));
    let (certificate, key) = ours.signs("127.0.0.1");
    let (elsewhere, other_key) = ours.signs("other.example");
    for tls in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = Server::start(certificate.clone(), &key, tls).await;
        let misnamed = Server::start(elsewhere.clone(), &other_key, tls).await;
        // Shows our certificate, whose key it does not have.
        let impostor = Server::start(certificate.clone(), &other_key, tls).await;
        let (our_file, other_file) = (ours.file(&folder, "ours.pem"), others.file(&folder, "others.pem"));
        let shouted = Tls::Pinned(Fingerprint::of(&certificate).to_string().to_uppercase().replace(':', ""));
        let rows = [
            (&server, Tls::System, Err("UnknownIssuer")),
            (&server, Tls::CaFile(our_file.clone()), Ok(())),
            (&server, Tls::CaFile(other_file), Err("UnknownIssuer")),
            (&server, pinned(&certificate), Ok(())),
            (&server, shouted, Ok(())),
            (&server, pinned(&elsewhere), Err("the server's certificate is not the pinned one")),
            (&server, Tls::Off, Ok(())),
            (&misnamed, Tls::CaFile(our_file.clone()), Err("not valid for name")),
            (&misnamed, pinned(&elsewhere), Ok(())),
            (&misnamed, Tls::Off, Ok(())),
            (&impostor, Tls::CaFile(our_file), Err("BadSignature")),
            (&impostor, pinned(&certificate), Err("BadSignature")),
        ];
        for (at, (server, mode, expected)) in rows.into_iter().enumerate() {
            let said = server.asked_with(mode.clone()).await;
            match expected {
                Ok(()) => assert_eq!(said, "ok", "row {at}: {mode:?}"),
                Err(reason) => assert!(said.contains(reason), "row {at}: {mode:?}: {said}"),
            }
        }
    }
}

#[tokio::test]
async fn an_error_says_which_certificate_came() {
    let ours = Authority::new("ours");
    let (certificate, key) = ours.signs("127.0.0.1");
    let server = Server::start(certificate.clone(), &key, &rustls::version::TLS13).await;
    let said = server.asked_with(pinned(b"another")).await;
    let said = said.replace(&Fingerprint::of(&certificate).to_string(), "FINGERPRINT");
    insta::assert_snapshot!(said, @"error sending request: client error (Connect): unexpected error: the server's certificate is not the pinned one; its fingerprint is FINGERPRINT");
}

#[test]
fn a_pin_that_cannot_work_is_told_at_start() {
    let client = |base: &str, pin: &str| {
        let peer = Peer { tls: Tls::Pinned(pin.into()), ..Peer::new(base).unwrap() };
        Http::default().client(peer).map(drop).map_err(|error| error.into_anyhow().to_string())
    };
    let good = "ab:".repeat(31) + "CD";
    assert_eq!(client("https://example.com", &good), Ok(()));
    insta::assert_snapshot!(client("http://example.com", &good).unwrap_err(), @"a certificate is pinned, but the address does not begin with https://");
    insta::assert_snapshot!(client("https://example.com", "ab:cd").unwrap_err(), @"a fingerprint is 32 bytes in hex, such as ab:cd:…; `openssl x509 -noout -fingerprint -sha256 -in FILE` prints one");
    let long = format!("{good}:00");
    let wrong = ["", ":", "zz", long.as_str(), "ab: cd", "ü", &good.replacen("ab", "+b", 1), &format!(":{good}")];
    for pin in wrong {
        assert!(client("https://example.com", pin).is_err(), "{pin}");
    }
}

#[test]
fn a_mode_is_read_and_written_as_people_write_it() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Config {
        tls: Tls,
    }
    let pin = "ab".repeat(32);
    let rows = [
        ("\"system\"".to_owned(), Tls::System),
        ("\"off\"".to_owned(), Tls::Off),
        ("{ ca_file = \"ca.pem\" }".to_owned(), Tls::CaFile("ca.pem".into())),
        (format!("{{ pinned = \"{pin}\" }}"), Tls::Pinned(pin)),
    ];
    for (text, tls) in rows {
        let text = format!("tls = {text}");
        let config: Config = toml::from_str(&text).unwrap();
        assert_eq!(config, Config { tls });
        let written = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<Config>(&written).unwrap(), config, "{written}");
    }
}

proptest! {
    #[test]
    fn a_fingerprint_comes_back_as_it_was(certificate in any::<Vec<u8>>(), upper in any::<bool>(), colons in any::<bool>()) {
        let fingerprint = Fingerprint::of(&certificate);
        let mut text = fingerprint.to_string();
        if upper {
            text = text.to_uppercase();
        }
        if !colons {
            text = text.replace(':', "");
        }
        prop_assert_eq!(text.parse(), Ok(fingerprint));
    }

    #[test]
    fn any_text_is_a_fingerprint_or_none(text in "[0-9a-fA-F:+ü]{0,100}") {
        let bare = text.to_lowercase().replace(':', "");
        let expected = text.parse::<Fingerprint>().map_or(bare.clone(), |it| it.to_string().replace(':', ""));
        prop_assert_eq!(expected, bare);
    }
}
