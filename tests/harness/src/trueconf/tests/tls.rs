//! Certificates, as our own clients see them.
use super::*;
use factotum_plugin_api::http::Tls;

/// The status of an answer, or why there is none.
async fn asked(server: &TrueConfServer, tls: Tls) -> String {
    let peer = Peer { tls, ..Peer::new(&server.url()).unwrap() };
    let client = Http::default().client(peer).unwrap_or_else(|error| panic!("{}", error.into_anyhow()));
    match client.get("/api/v4/server").await {
        Ok(answer) => answer.status.to_string(),
        Err(error) => format!("{:#}", error.into_anyhow()),
    }
}

#[tokio::test]
async fn each_certificate_is_known_by_its_authority_or_its_fingerprint() {
    let (server, folder) = (TrueConfServer::start().await, tempfile::tempdir().unwrap());
    assert!(server.url().starts_with("http://"));
    for (certificate, by_authority) in [
        (Certificate::SelfSigned, "200"),
        (Certificate::OwnAuthority, "200"),
        (Certificate::WrongName, "not valid for name"),
        (Certificate::Expired, "expired"),
    ] {
        let shown = server.tls(certificate);
        assert_eq!(server.url(), format!("https://{}", server.address()));
        let file = folder.path().join(format!("{certificate:?}.pem"));
        std::fs::write(&file, &shown.ca_pem).unwrap();
        let got = asked(&server, Tls::CaFile(file.clone())).await;
        assert!(got.contains(by_authority), "{certificate:?}: {got}");
        let got = asked(&server, Tls::System).await;
        assert!(got.contains("certificate"), "{certificate:?}: {got}");
        assert!(asked(&server, Tls::Off).await.contains("200"));
        assert!(asked(&server, Tls::Pinned(shown.fingerprint.clone())).await.contains("200"));
        server.tls(certificate);
        let got = asked(&server, Tls::Pinned(shown.fingerprint)).await;
        assert!(!got.contains("200"), "the certificate is another: {got}");
        let got = asked(&server, Tls::CaFile(file)).await;
        assert!(!got.contains("200"), "the authority is another: {got}");
    }
}

#[tokio::test]
async fn an_answer_breaks_off_over_tls_too() {
    let server = TrueConfServer::start().await;
    let before = Client::of(&server).await;
    let shown = server.tls(Certificate::SelfSigned);
    let trusts = reqwest::Certificate::from_pem(shown.ca_pem.as_bytes()).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([trusts]).build().unwrap();
    let url = format!("{}/api/v3.3/conferences/1000000001?access_token={}", server.url(), before.token);
    assert_eq!(read(client.get(&url)).await.0, 200, "tokens stay good");
    server.cut_off("*");
    let answer = client.get(&url).send().await.unwrap();
    answer.text().await.unwrap_err();
}
