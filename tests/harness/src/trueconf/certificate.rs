//! The certificates that a server shows: good ones of its own making, and bad ones.
//! A server has an authority of its own (its `ca.crt`), as real ones have.
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use ring::digest::{SHA256, digest};
use std::sync::Arc;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};

/// What a server shows to its clients. The name of a good one is 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// Signed by itself.
    SelfSigned,
    /// Signed by the server's own authority.
    OwnAuthority,
    /// Signed by the server's own authority for `video.example.com`.
    WrongName,
    /// Signed by the server's own authority, until 2020.
    Expired,
}

/// How a client can know the certificate.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Whom to trust: the authority's certificate, or the certificate itself where
    /// it is signed by itself; as PEM, for a file.
    pub ca_pem: String,
    /// The SHA-256 of the server's certificate, as `openssl x509 -fingerprint
    /// -sha256` prints it: `AB:CD:…`.
    pub fingerprint: String,
}

impl Certificate {
    /// A new one with a new key.
    pub(super) fn make(self) -> (TlsAcceptor, Shown) {
        let names = match self {
            Certificate::WrongName => vec!["video.example.com".to_owned()],
            _ => vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
        };
        let mut params = CertificateParams::new(names).expect("names of hosts");
        params.distinguished_name.push(DnType::CommonName, "TrueConf Server");
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(if self == Certificate::Expired { 2020 } else { 2096 }, 1, 1);
        let key = KeyPair::generate().expect("ring makes keys");
        let (certificate, ca_pem) = if self == Certificate::SelfSigned {
            let certificate = params.self_signed(&key).expect("a certificate");
            let pem = certificate.pem();
            (certificate, pem)
        } else {
            let authority = authority();
            (params.signed_by(&key, &authority).expect("a certificate"), authority.pem())
        };
        let fingerprint = fingerprint(certificate.der());
        (acceptor(certificate.der().clone(), &key), Shown { ca_pem, fingerprint })
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).expect("no names");
    params.distinguished_name.push(DnType::CommonName, "TrueConf Server CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("ring makes keys")).expect("a certificate")
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key of ours");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("the key belongs to the certificate");
    TlsAcceptor::from(Arc::new(config))
}

fn fingerprint(certificate: &[u8]) -> String {
    let bytes: Vec<String> = digest(&SHA256, certificate).as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}
