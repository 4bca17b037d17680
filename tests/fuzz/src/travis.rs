//! Travis' plugin, started over a store in memory: repositories with routes, of which
//! one has no token and is proven by the key that signed the real request of 2016.
use crate::block_on;
use ci_routes::{Branches, Events, Repo, Route};
use factotum_host::{services::dry::DryServices, store::DryStore};
use factotum_plugin_api::{
    Registration, Started,
    chat::ChatId,
    clock::Clock,
    hook::{Outcome, Refusal, Request},
    jiff::Timestamp,
    secret::Secret,
    store::{Table, Tables},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use plugin_travishook::TravisHook;
use serde_json::json;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, LazyLock},
};

pub(crate) const KEY: &str = include_str!("../../fixtures/travis/travis-ci-org-2016.public.pem");
pub(crate) const SIGNATURE: &str = include_str!("../../fixtures/travis/signed-2016-push-passed.signature.b64");
pub(crate) const SIGNED_BODY: &[u8] = include_bytes!("../../fixtures/travis/signed-2016-push-passed.form");
pub(crate) const SIGNED_PAYLOAD: &[u8] = include_bytes!("../../fixtures/travis/signed-2016-push-passed.payload.json");
/// The repository of the signed request.
pub(crate) const SIGNED: &str = "Kegsay/flow-jsdoc";
/// The token of each of [`WITH_TOKEN`].
pub(crate) const TOKEN: &str = "s3cret-c4n4ry";
/// Those of the samples, and a short one.
pub(crate) const WITH_TOKEN: [&str; 8] = [
    "o/r",
    "bkleinen/WebHooksPlayground",
    "collectiveidea/buildlight",
    "hl7-fhir/fhir-svn",
    "lapolinar/docs-travis-ci-com",
    "pivotal/projectmonitor",
    "sathwikshetty33/travis-test",
    "savageking-io/evelengine",
];
/// Where every route goes.
pub(crate) const CHAT: &str = "console:ops";

/// The plugin after `start`.
pub(crate) fn started() -> &'static Started {
    static STARTED: LazyLock<Started> = LazyLock::new(|| {
        let store = Arc::new(DryStore::over(None));
        block_on(fill(store.clone()));
        let config = json!({ "public_keys": [KEY], "config_urls": [] });
        let plugin = Registration::of::<TravisHook>("0.0.0", "under test");
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        DryServices::over(Some(store)).start(&plugin, config, clock).expect("its config is right")
    });
    &STARTED
}

async fn fill(store: Arc<DryStore>) {
    let tables = Tables::new(store, "travishook");
    let routes: Table<(String, ChatId), Route> = tables.table("routes").expect("a right name");
    let tokens: Table<String, Secret> = tables.table("tokens").expect("a right name");
    let chat: ChatId = CHAT.parse().expect("a right chat");
    for name in WITH_TOKEN.into_iter().chain([SIGNED]) {
        let repo: Repo = name.parse().expect("a right repository");
        let key = repo.key();
        let route = Route { repo, events: Events::All, branches: Branches::default(), edit: true, thread: None };
        routes.put(&(key.clone(), chat.clone()), &route).await.expect("memory takes it");
        if name != SIGNED {
            tokens.put(&key, &Secret::new(TOKEN)).await.expect("memory takes it");
        }
    }
}

/// A request to the hook. A header that HTTP cannot carry is left out, as it would
/// not have come here.
pub(crate) fn request<'h>(headers: impl IntoIterator<Item = (&'h [u8], &'h [u8])>, body: &[u8]) -> Request {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    Request {
        id: 1,
        method: Method::POST,
        path: "/travis".into(),
        params: vec![],
        query: vec![],
        headers: map,
        body: body.to_vec().into(),
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        received_at: Timestamp::UNIX_EPOCH,
        made: Default::default(),
    }
}

/// Whether the request's proof holds.
pub(crate) fn prove(request: &Request) -> Result<(), Refusal> {
    let started = started();
    block_on((started.hooks.0[0].proof)(&started.plugin, request)).inspect_err(is_documented)
}

/// What the request leads to, proven or not, as a dry run and a replay ask for it.
/// Asked twice, since it must decide the same.
pub(crate) fn decide(request: &Request) -> Result<Outcome, Refusal> {
    let started = started();
    let ask = || block_on((started.hooks.0[0].run)(&started.plugin, request)).inspect_err(is_documented);
    let told = |decided: &Result<Outcome, Refusal>| match decided {
        Ok(outcome) => Ok(outcome.clone()),
        Err(refusal) => Err((refusal.status(), refusal.reason())),
    };
    let decided = ask();
    assert_eq!(told(&decided), told(&ask()), "a second run decides the same");
    if let Ok(outcome) = &decided {
        assert!(outcome.status.is_success(), "accepted with {}", outcome.status);
        assert!(outcome.notices.len() <= 1, "each repository has one route");
        assert!(outcome.notices.iter().all(|notice| notice.to.to_string() == CHAT), "it goes where its route goes");
        assert!(outcome.notices.is_empty() || outcome.dedupe.is_some(), "a second delivery can be known");
    }
    decided
}

/// The answers that `proof.rs` lists; 503 is not for here, where store and keys are at hand.
fn is_documented(refusal: &Refusal) {
    let reason = refusal.reason();
    assert!([204, 400, 401, 403, 415].contains(&refusal.status().as_u16()), "{}: {reason}", refusal.status());
    assert!(!reason.is_empty(), "a refusal has a reason");
    assert!(!reason.contains(TOKEN), "it tells the token");
}
