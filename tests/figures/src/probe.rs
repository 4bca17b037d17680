//! The measure: a bare axum server that makes the same check of the same body, in
//! memory, and neither keeps nor posts anything.
use crate::travis::hash_of;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use std::sync::Arc;
use subtle::ConstantTimeEq;

struct Probe {
    token: String,
    key: Option<UnparsedPublicKey<Vec<u8>>>,
}

/// Serves `POST /travis` until it is killed.
pub(crate) fn serve(token: &str, key: Option<&str>) -> anyhow::Result<()> {
    let key = key.map(|key| STANDARD.decode(key)).transpose()?;
    let key = key.map(|key| UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, key));
    let probe = Arc::new(Probe { token: token.into(), key });
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("probe at http://{}", listener.local_addr()?);
        axum::serve(listener, Router::new().route("/travis", post(hook)).with_state(probe)).await
    })?;
    Ok(())
}

async fn hook(State(probe): State<Arc<Probe>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    check(&probe, &headers, &body).map_or(StatusCode::FORBIDDEN, |()| StatusCode::NO_CONTENT)
}

/// The proof, and the payload read as JSON whose repository is the one proven.
fn check(probe: &Probe, headers: &HeaderMap, body: &[u8]) -> Option<()> {
    let slug = headers.get("travis-repo-slug")?.to_str().ok()?;
    let payload = form_urlencoded::parse(body).find(|(name, _)| name == "payload")?.1;
    let proven = match &probe.key {
        Some(key) => {
            let signature = STANDARD.decode(headers.get("signature")?).ok()?;
            key.verify(payload.as_bytes(), &signature).is_ok()
        }
        None => {
            let given = headers.get("authorization")?.as_bytes();
            hash_of(slug, &probe.token).as_bytes().ct_eq(given).into()
        }
    };
    let json: serde_json::Value = serde_json::from_str(&payload).ok()?;
    let repository = &json["repository"];
    let named = format!("{}/{}", repository["owner_name"].as_str()?, repository["name"].as_str()?);
    (proven && named == slug && json["number"].is_string()).then_some(())
}
