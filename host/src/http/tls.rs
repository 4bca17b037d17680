//! TLS from the config's files.
use super::TlsFiles;
use anyhow::{Context, Result, ensure};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Reads the files; a changed file is seen at the next start.
pub(super) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor> {
    let (certificate, key) = (files.certificate.display(), files.key.display());
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("reading the TLS certificate {certificate}"))?;
    ensure!(!chain.is_empty(), "the TLS certificate {certificate} holds no PEM certificate");
    let secret = PrivateKeyDer::from_pem_file(&files.key).with_context(|| format!("reading the TLS key {key}"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .with_context(|| format!("using the TLS certificate {certificate} with the key {key}"))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
