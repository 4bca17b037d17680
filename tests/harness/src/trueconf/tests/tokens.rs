//! Tokens: how they are given, what they allow, when they end.
use super::*;
use factotum_plugin_api::clock::Clock;

#[tokio::test]
async fn a_token_is_given_on_both_paths_to_json_and_forms() {
    let server = TrueConfServer::start().await;
    for path in ["oauth2/v1/token", "api/v4/oauth2/token"] {
        let url = format!("{}/{path}", server.url());
        let as_json = read(client().post(&url).json(&credentials())).await;
        let as_form = read(client().post(&url).form(&credentials())).await;
        for (status, answer) in [as_json, as_form] {
            assert_eq!(status, 200, "{path}: {answer}");
            assert_eq!((answer["expires_in"].as_i64(), answer["token_type"].as_str()), (Some(604_800), Some("Bearer")));
            assert_eq!(answer["scope"], "conferences users:read logs.calls:read logs.calls.participants:read");
            assert_eq!(answer["access_token"].as_str().map(str::len), Some(40));
        }
    }
    assert_eq!(server.tokens().len(), 4);
    server.v4(false);
    let (status, _) = read(client().post(format!("{}/api/v4/oauth2/token", server.url())).json(&credentials())).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_token_is_refused_in_the_server_s_own_way() {
    let server = TrueConfServer::start().await;
    let with = |name: &str, value: &str| {
        let mut body = credentials();
        body[name] = value.into();
        body
    };
    let wrong = with("client_secret", "no");
    assert_eq!(ask_token(&server, &wrong).await.1, fixture("token_bad_client_v3.json")["body"]);
    server.refuse_credentials(Refusal::Rfc6749);
    assert_eq!(ask_token(&server, &wrong).await, (400, fixture("token_bad_client_rfc6749.json")["body"].clone()));
    for (body, error) in [
        (with("grant_type", "wish"), "unsupported_grant_type"),
        (with("grant_type", "password"), "invalid_grant"),
        (with("grant_type", "authorization_code"), "invalid_grant"),
        (with("client_id", "nobody"), "invalid_client"),
    ] {
        assert_eq!(ask_token(&server, &body).await.1["error"], error, "{body}");
    }
    assert_eq!(reason(&ask_token(&server, &with("scope", "groups")).await.1), "invalidScope");
    server.scopes(&[]);
    assert_eq!(ask_token(&server, &credentials()).await, (400, fixture("token_no_scope_v4.json")["body"].clone()));
    assert_eq!(server.tokens(), [""; 0]);
}

#[tokio::test]
async fn the_other_grants_give_a_token_to_refresh() {
    let server = TrueConfServer::start().await;
    server.account("ann", "secret");
    server.authorization_code("c0de");
    let ask = async |more: Value| {
        let mut body = credentials();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ask_token(&server, &body).await
    };
    let (status, given) = ask(json!({ "grant_type": "password", "username": "ann", "password": "secret" })).await;
    assert_eq!(status, 200, "{given}");
    let refresh = json!({ "grant_type": "refresh_token", "refresh_token": given["refresh_token"] });
    let code = json!({ "grant_type": "authorization_code", "code": "c0de" });
    for once in [refresh, code] {
        assert_eq!(ask(once.clone()).await.0, 200);
        assert_eq!(ask(once).await.1["error"], "invalid_grant");
    }
}

#[tokio::test]
async fn v3_takes_a_token_in_the_query_and_v4_in_the_header() {
    let server = TrueConfServer::start().await;
    let mut ann = Client::of(&server).await;
    ann.get("users").await;
    assert_eq!(ann.v4("conferences").await.0, 200);
    let bearer = client().get(format!("{}/api/v3.3/users", server.url())).bearer_auth(&ann.token);
    assert_eq!(read(bearer).await, (403, fixture("error_access_token_invalid_v3.json")["body"].clone()));
    let query = client().get(format!("{}/api/v4/conferences?access_token={}", server.url(), ann.token));
    assert_eq!(read(query).await, (401, fixture("error_unauthorized_v4.json")["body"].clone()));
    let other = TrueConfServer::start().await;
    let elsewhere = Client { server: &other, token: ann.token.clone() };
    token(&other).await;
    assert_eq!(elsewhere.ask("users").await.0, 403, "each server has its own tokens");
    for version in ["v3", "v3.1", "v3.6"] {
        let url = format!("{}/api/{version}/users?access_token={}", server.url(), ann.token);
        assert_eq!(read(client().get(url)).await.0, 200, "{version}");
    }
    server.revoke_tokens();
    assert_eq!(reason(&ann.ask("users").await.1), "accessTokenInvalid");
    assert_eq!(ann.v4("conferences").await.0, 401);
    assert_eq!(ann.v4("server").await.0, 200, "it needs no token");
    ann.token = "the-key".into();
    server.secret_key("the-key");
    assert_eq!(ann.ask("users").await.0, 200);
    server.v3(false);
    server.v4(false);
    assert_eq!((ann.ask("users").await.0, ann.v4("server").await.0), (404, 404));
}

#[tokio::test]
async fn a_token_ends_when_the_clock_says_so() {
    let server = TrueConfServer::start().await;
    let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
    server.follow(&clock);
    server.token_lifetime(Duration::from_secs(60));
    let client = Client::of(&server).await;
    clock.advance(Duration::from_secs(59));
    client.get("users").await;
    clock.advance(Duration::from_secs(1));
    assert_eq!(client.ask("users").await, (403, fixture("error_access_token_invalid_v3.json")["body"].clone()));
    server.accept_token(&client.token);
    client.get("users").await;
}

#[tokio::test]
async fn a_token_allows_what_its_scopes_say() {
    let server = TrueConfServer::start().await;
    let calls =
        ["users", "logs/calls", "conferences", "conferences/1000000001/participants", "conferences/1000000001/records"];
    for (scopes, allowed) in [
        (vec!["users:read"], vec!["users"]),
        (vec!["logs.calls:read"], vec!["logs/calls"]),
        (vec!["conferences:read"], vec!["conferences"]),
        (vec!["conferences.records:read", "conferences.participants"], calls[3..].to_vec()),
        (vec!["conferences"], calls[2..].to_vec()),
    ] {
        server.scopes(&scopes);
        let client = Client::of(&server).await;
        for call in calls {
            let (status, answer) = client.ask(call).await;
            assert_eq!(status == 200, allowed.contains(&call), "{scopes:?} {call}: {answer}");
            if status != 200 {
                assert_eq!(answer, fixture("error_forbidden_scope.json")["body"], "{scopes:?} {call}");
            }
        }
        let may_stop = client.post("conferences/1000000001/stop").await.0 == 200;
        assert_eq!(may_stop, scopes == ["conferences"], "{scopes:?}");
    }
}
