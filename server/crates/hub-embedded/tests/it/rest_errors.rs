//! Refusals that no one resource owns: credentials, versions, paths, verbs, bodies; and what the hub does not have.

use crate::support::{TestHub, send, token};
use hub_wire::sas::SasKey;
use reqwest::Method;
use serde_json::json;

async fn with_token(hub: &TestHub, path: &str, token: &str) -> crate::support::Reply {
    let url = format!("{}{path}", hub.hub.rest_url());
    send(hub.http.get(url).header("authorization", token)).await
}

#[tokio::test]
async fn every_call_needs_a_token() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    for (method, path) in [
        (Method::GET, "/devices"),
        (Method::GET, "/devices/"),
        (Method::POST, "/devices"),
        (Method::GET, "/devices/d1"),
        (Method::PUT, "/devices/d1"),
        (Method::DELETE, "/devices/d1"),
        (Method::GET, "/devices/nobody"),
        (Method::GET, "/devices/d1/modules"),
        (Method::GET, "/devices/d1/modules/m1"),
        (Method::PUT, "/devices/d1/modules/m1"),
        (Method::DELETE, "/devices/d1/modules/m1"),
        (Method::DELETE, "/devices/d1/commands"),
        (Method::POST, "/devices/query"),
        (Method::GET, "/twins/d1"),
        (Method::PATCH, "/twins/d1"),
        (Method::PUT, "/twins/d1"),
        (Method::GET, "/twins/d1/modules/m1"),
        (Method::PATCH, "/twins/d1/modules/m1"),
        (Method::POST, "/twins/d1/methods"),
        (Method::POST, "/twins/d1/modules/m1/methods"),
        (Method::GET, "/jobs/v2/query"),
        (Method::GET, "/jobs/v2/j1"),
        (Method::PUT, "/jobs/v2/j1"),
        (Method::POST, "/jobs/v2/j1/cancel"),
        (Method::GET, "/jobs"),
        (Method::GET, "/jobs/j1"),
        (Method::GET, "/statistics/devices"),
        (Method::GET, "/statistics/service"),
    ] {
        let reply = send(hub.http.request(method.clone(), format!("{}{path}", hub.hub.rest_url()))).await;
        let text = reply.refused(401, "IotHubUnauthorizedAccess");
        assert_eq!(text, "Unauthorized, the Authorization header is missing", "{method} {path}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn refused_tokens() {
    let hub = TestHub::start().await;
    let device = hub.create("d1").await;
    let owner = hub.hub.connection_string().key.clone();
    let own = SasKey::from_base64(device["authentication"]["symmetricKey"]["primaryKey"].as_str().unwrap());
    for (token, why) in [
        (token(&owner, "localhost", -301, Some("iothubowner")), "the token expired"),
        (token(&owner.derive("x"), "localhost", 60, Some("iothubowner")), "no key of this hub"),
        (token(&owner, "localhost", 60, Some("service")), "no key of this hub"),
        (token(&owner, "elsewhere", 60, Some("iothubowner")), "the token is for \"elsewhere\""),
        (token(&owner, "localhost%2Fdevices%2Fd", 60, Some("iothubowner")), "the token is for"),
        (token(&own.unwrap(), "localhost%2Fdevices%2Fd1", 60, None), "names no shared access policy"),
        ("Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9".to_owned(), "takes 'SharedAccessSignature' tokens"),
    ] {
        let text = with_token(&hub, "/devices/d1", &token).await.refused(401, "IotHubUnauthorizedAccess");
        assert!(text.contains(why), "{text}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn accepted_tokens() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    let owner = hub.hub.connection_string().key.clone();
    for resource in
        ["localhost", "LocalHost", "localhost%3A8443", "localhost%2Fdevices", "localhost/devices/d1"]
    {
        let token = token(&owner, resource, 60, Some("iothubowner"));
        with_token(&hub, "/devices/d1", &token).await.ok();
    }
    let skewed = token(&owner, "localhost", -200, Some("iothubowner"));
    with_token(&hub, "/devices/d1", &skewed).await.ok();
    hub.stop().await;
}

#[tokio::test]
async fn versions_are_dates_or_nothing() {
    let hub = TestHub::start().await;
    let token = hub.token();
    for version in
        ["", "?api-version=2018-06-30", "?api-version=2020-05-31-preview", "?api-version=2024-03-31"]
    {
        with_token(&hub, &format!("/devices{version}"), &token).await.ok();
    }
    let reply = with_token(&hub, "/devices?api-version=latest", &token).await;
    reply.refused(400, "InvalidProtocolVersion");
    hub.stop().await;
}

#[tokio::test]
async fn unknown_paths_and_wrong_verbs() {
    let hub = TestHub::start().await;
    hub.get("/").await.refused(404, "GenericNotFound");
    hub.get("/twins").await.refused(404, "GenericNotFound");
    hub.get("/devices/d1/modules/m1/x").await.refused(404, "GenericNotFound");
    let reply = hub.put("/twins/d1/methods", json!({})).await;
    reply.refused(405, "GenericMethodNotAllowed");
    assert_eq!(reply.header("allow"), Some("POST"));
    hub.post("/devices/d1", json!({"query": "SELECT * FROM devices"}))
        .await
        .refused(405, "GenericMethodNotAllowed");
    hub.stop().await;
}

#[tokio::test]
async fn bodies_are_json_whatever_the_content_type() {
    let hub = TestHub::start().await;
    let raw = |content_type: &str, body: &str| {
        send(
            hub.request(Method::PUT, "/devices/d1")
                .header("content-type", content_type)
                .body(body.to_owned()),
        )
    };
    raw("text/plain", "{\"deviceId\": \"d1\"}").await.ok();
    let text = raw("application/json", "{\"deviceId\": ").await.refused(400, "IotHubFormatError");
    assert!(text.contains("line 1 column 13"), "{text}");
    raw("application/json", "").await.refused(400, "IotHubFormatError");
    raw("application/json", "[]").await.refused(400, "ArgumentInvalid");
    raw("application/json", &" ".repeat(1024 * 1024 + 1)).await.refused(413, "MessageTooLarge");
    let reply = hub.post("/devices/query", json!({"query": "x".repeat(8193)})).await;
    reply.refused(400, "ArgumentInvalid");
    hub.stop().await;
}

#[tokio::test]
async fn unsupported_calls_are_501() {
    let hub = TestHub::start().await;
    for (method, path) in [
        (Method::GET, "/configurations"),
        (Method::PUT, "/configurations/c1"),
        (Method::POST, "/configurations/testQueries"),
        (Method::POST, "/devices/d1/applyConfigurationContent"),
        (Method::POST, "/jobs/create"),
        (Method::GET, "/digitaltwins/d1"),
        (Method::POST, "/digitaltwins/d1/commands/reboot"),
        (Method::GET, "/messages/serviceBound/filenotifications"),
    ] {
        let text = send(hub.request(method, path)).await.refused(501, "NotImplemented");
        assert!(text.ends_with("not part of the embedded hub, see docs/hub-differences.md"), "{text}");
    }
    assert_eq!(hub.get("/jobs").await.ok(), json!([]));
    hub.get("/jobs/j1").await.refused(404, "JobNotFound");
    hub.stop().await;
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() {
    let hub = TestHub::start().await;
    let (one, other) = tokio::join!(hub.get("/devices"), hub.get("/devices/nobody"));
    assert_ne!(one.header("x-ms-request-id"), other.header("x-ms-request-id"));
    assert!(one.header("date").is_some());
    hub.stop().await;
}

#[tokio::test]
async fn a_port_in_use_is_reported_by_name() {
    let hub = TestHub::start().await;
    let taken = hub.hub.addresses().mqtt;
    let folder = tempfile::tempdir().unwrap();
    let mut config = hub_embedded::HubConfig::local(folder.path());
    config.mqtt_listen = taken;
    let error = hub_embedded::Hub::start(config).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen for MQTT on {taken}"));
    hub.stop().await;
}
