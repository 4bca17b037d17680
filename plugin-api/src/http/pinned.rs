//! A TLS client that knows its server by one certificate, not by who signed it.
use crate::Result;
use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{fmt, str::FromStr, sync::Arc};

/// The SHA-256 of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint([u8; SHA256_OUTPUT_LEN]);

impl Fingerprint {
    pub(super) fn of(certificate: &[u8]) -> Self {
        let digest = digest(&SHA256, certificate);
        Fingerprint(digest.as_ref().try_into().expect("SHA-256 has this length"))
    }
}

impl FromStr for Fingerprint {
    type Err = &'static str;
    /// Hex in any case; a colon may stand between two bytes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a fingerprint is 32 bytes in hex, such as ab:cd:…; \
             `openssl x509 -noout -fingerprint -sha256 -in FILE` prints one";
        let (mut bytes, mut rest) = ([0; SHA256_OUTPUT_LEN], text);
        for (at, byte) in bytes.iter_mut().enumerate() {
            if at > 0 {
                rest = rest.strip_prefix(':').unwrap_or(rest);
            }
            let (hex, after) = rest.split_at_checked(2).ok_or(FORM)?;
            // `+f` is a number to from_str_radix.
            let digits = hex.chars().all(|c| c.is_ascii_hexdigit());
            *byte = u8::from_str_radix(hex, 16).ok().filter(|_| digits).ok_or(FORM)?;
            rest = after;
        }
        if rest.is_empty() { Ok(Fingerprint(bytes)) } else { Err(FORM) }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: Vec<String> = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        f.write_str(&bytes.join(":"))
    }
}

/// TLS to the one server that has the certificate of `fingerprint`.
pub(super) fn config(fingerprint: Fingerprint) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Pinned { fingerprint, provider: provider.clone() });
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(versions.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Accepts one certificate. That the server has its key is still checked: else
/// anybody could show the certificate, which is no secret.
#[derive(Debug)]
struct Pinned {
    fingerprint: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = Fingerprint::of(certificate);
        if shown == self.fingerprint {
            return Ok(ServerCertVerified::assertion());
        }
        // rustls shows an error of one's own in Debug form unless it is a general one.
        Err(Error::General(format!("the server's certificate is not the pinned one; its fingerprint is {shown}")))
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
