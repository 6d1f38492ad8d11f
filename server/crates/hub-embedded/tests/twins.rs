//! Twins: read, merged, replaced, and what the device is told.

mod support;

use serde_json::{Value, json};
use support::{TestHub, device::Device};

const DESIRED: &str = "$iothub/twin/PATCH/properties/desired/#";

#[tokio::test]
async fn a_fresh_twin() {
    let hub = TestHub::start().await;
    let device = hub.create("d1").await;
    let reply = hub.get("/twins/d1").await;
    let twin = reply.ok();
    assert_eq!(twin["deviceId"], "d1");
    assert_eq!(twin["deviceEtag"], device["etag"]);
    assert_eq!((&twin["status"], &twin["connectionState"]), (&json!("enabled"), &json!("Disconnected")));
    assert_eq!(twin["authenticationType"], "sas");
    for section in ["desired", "reported"] {
        assert_eq!(twin["properties"][section]["$version"], 1, "{section}");
        assert!(twin["properties"][section]["$metadata"]["$lastUpdated"].is_string(), "{section}");
    }
    for absent in ["generationId", "connectionStateUpdatedTime", "moduleId", "statusReason"] {
        assert_eq!(twin.get(absent), None, "{absent}");
    }
    assert_eq!(reply.header("etag"), Some(format!("\"{}\"", twin["etag"].as_str().unwrap()).as_str()));
    hub.get("/twins/nobody").await.refused(404, "DeviceNotFound");
    hub.get("/twins/d1/modules/nobody").await.refused(404, "DeviceNotFound");
    hub.stop().await;
}

#[tokio::test]
async fn patch_merges_and_null_removes() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    let first = hub.patch(
        "/twins/d1",
        json!({"tags": {"a": {"b": 1, "c": 2}}, "properties": {"desired": {"k": [1, 2]}}}),
    );
    let first = first.await.ok();
    assert_eq!(first["properties"]["desired"]["$version"], 2);
    assert_eq!(first["properties"]["desired"]["$metadata"]["k"]["$lastUpdatedVersion"], 2);
    let second = hub
        .patch(
            "/twins/d1",
            json!({"tags": {"a": {"b": null}}, "properties": {"desired": {"k": [3]}, "reported": {"x": 1}}}),
        )
        .await
        .ok();
    assert_eq!(second["tags"], json!({"a": {"c": 2}}));
    assert_eq!(second["properties"]["desired"]["k"], json!([3]));
    assert_eq!(second["properties"]["reported"].get("x"), None, "reported belongs to the device");
    assert_ne!(second["etag"], first["etag"]);
    assert_eq!(second["version"], first["version"].as_u64().unwrap() + 1);
    assert_eq!(hub.get("/twins/d1").await.ok(), second);
    hub.stop().await;
}

#[tokio::test]
async fn put_replaces_and_wipes_what_is_not_given() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    hub.patch("/twins/d1", json!({"tags": {"old": 1}, "properties": {"desired": {"old": 1}}})).await.ok();
    let twin = hub.put("/twins/d1", json!({"properties": {"desired": {"new": 2}}})).await.ok();
    assert_eq!(twin["tags"], json!({}));
    assert_eq!(twin["properties"]["desired"]["new"], 2);
    assert_eq!(twin["properties"]["desired"].get("old"), None);
    hub.put("/twins/d1", json!({"tags": {"a": null}})).await.refused(400, "ArgumentInvalid");
    hub.stop().await;
}

#[tokio::test]
async fn writes_look_at_the_etag_only_when_one_is_given() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    let twin = hub.patch("/twins/d1", json!({"tags": {"n": 1}})).await.ok();
    let etag = format!("\"{}\"", twin["etag"].as_str().unwrap());
    hub.patch_if("/twins/d1", &etag, json!({"tags": {"n": 2}})).await.ok();
    hub.patch_if("/twins/d1", &etag, json!({"tags": {"n": 3}})).await.refused(412, "PreconditionFailed");
    hub.put_if("/twins/d1", &etag, json!({"tags": {"n": 3}})).await.refused(412, "PreconditionFailed");
    hub.patch_if("/twins/d1", "\"*\"", json!({"tags": {"n": 4}})).await.ok();
    assert_eq!(hub.get("/twins/d1").await.ok()["tags"]["n"], 4);
    hub.stop().await;
}

#[tokio::test]
async fn twins_that_break_the_rules_are_refused_whole() {
    let hub = TestHub::start().await;
    let deep = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!({"a": inner}));
    hub.create("d1").await;
    let before = hub.get("/twins/d1").await.ok();
    for (patch, why) in [
        (json!({"tags": {"a.b": 1}}), "dot in a key"),
        (json!({"tags": {"$a": {"b c": 1}, "c d": 1}}), "space in a key"),
        (json!({"tags": {"a": "x".repeat(4097)}}), "long text"),
        (json!({"tags": deep(12)}), "depth"),
        (json!({"tags": {"a": 4_503_599_627_370_496_i64}}), "large number"),
        (json!({"tags": {"a": [1, null]}}), "null in an array"),
        (json!({"tags": "text"}), "not an object"),
        (json!({"properties": {"desired": {"a": {"b": [{"c": null}]}}}}), "null in an object in an array"),
    ] {
        let reply = hub.patch("/twins/d1", patch).await;
        assert_eq!(
            (reply.status, reply.header("iothub-errorcode")),
            (400, Some("ArgumentInvalid")),
            "{why}: {reply:?}"
        );
    }
    assert_eq!(hub.get("/twins/d1").await.ok(), before);
    hub.stop().await;
}

#[tokio::test]
async fn a_connected_device_is_told_what_was_written() {
    let hub = TestHub::start().await;
    let mut device = Device::connect(&hub, &hub.create("d1").await).await;
    device.subscribe(DESIRED).await;
    hub.patch("/twins/d1", json!({"tags": {"quiet": true}})).await.ok();
    hub.patch("/twins/d1", json!({"properties": {"desired": {"a": 1, "gone": null}}})).await.ok();
    let push = device.message().await;
    assert_eq!(push.topic, "$iothub/twin/PATCH/properties/desired/?$version=2");
    let body: Value = serde_json::from_slice(&push.payload).unwrap();
    assert_eq!(body, json!({"a": 1, "gone": null, "$version": 2}));

    hub.put("/twins/d1", json!({"properties": {"desired": {"b": 2}}})).await.ok();
    let body: Value = serde_json::from_slice(&device.message().await.payload).unwrap();
    assert_eq!(body, json!({"a": null, "b": 2, "$version": 3}), "the patch that turns old into new");
    hub.stop().await;
}

#[tokio::test]
async fn a_module_has_a_twin_of_its_own() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    let module = hub.put("/devices/d1/modules/m1", json!({"deviceId": "d1", "moduleId": "m1"})).await.ok();
    let mut connected = Device::connect(&hub, &module).await;
    connected.subscribe(DESIRED).await;
    let twin = hub.patch("/twins/d1/modules/m1", json!({"properties": {"desired": {"a": 1}}})).await.ok();
    assert_eq!((&twin["moduleId"], &twin["properties"]["desired"]["a"]), (&json!("m1"), &json!(1)));
    assert_eq!(hub.get("/twins/d1").await.ok()["properties"]["desired"].get("a"), None);
    assert_eq!(connected.message().await.topic, "$iothub/twin/PATCH/properties/desired/?$version=2");
    hub.stop().await;
}

#[tokio::test]
async fn queries_come_in_pages_and_the_last_has_no_continuation() {
    let hub = TestHub::start().await;
    for id in ["a", "b", "c", "d", "e"] {
        hub.create(id).await;
    }
    let mut found = Vec::new();
    let mut continuation: Option<String> = None;
    loop {
        let mut request = hub
            .request(reqwest::Method::POST, "/devices/query")
            .header("x-ms-max-item-count", "2")
            .json(&json!({"query": "SELECT * FROM devices"}));
        if let Some(token) = &continuation {
            request = request.header("x-ms-continuation", token);
        }
        let page = support::send(request).await;
        assert_eq!(page.header("x-ms-item-type"), Some("Twin"));
        let items = page.ok();
        assert!(items.as_array().unwrap().len() <= 2);
        found.extend(
            items.as_array().unwrap().iter().map(|twin| twin["deviceId"].as_str().unwrap().to_owned()),
        );
        continuation = page.header("x-ms-continuation").map(str::to_owned);
        if continuation.is_none() {
            break;
        }
    }
    assert_eq!(found, ["a", "b", "c", "d", "e"]);
    hub.stop().await;
}

#[tokio::test]
async fn queries_say_what_their_items_are() {
    let hub = TestHub::start().await;
    hub.create("a").await;
    let ask = async |query: &str| hub.post("/devices/query", json!({"query": query})).await;
    let none = ask("SELECT * FROM devices WHERE tags.site = 'north'").await;
    assert_eq!((none.ok(), none.header("x-ms-item-type")), (json!([]), Some("Twin")));
    let count = ask("SELECT COUNT() AS n FROM devices").await;
    assert_eq!((count.ok(), count.header("x-ms-item-type")), (json!([{"n": 1}]), Some("Raw")));
    for (device_id, site, load) in [("b", "north", 3), ("c", "north", 4)] {
        hub.create(device_id).await;
        hub.patch(&format!("/twins/{device_id}"), json!({"tags": {"site": site, "load": load}})).await.ok();
    }
    let grouped = ask("SELECT tags.site AS site, COUNT() AS n, SUM(tags.load) AS load FROM devices \
         WHERE IS_DEFINED(tags.site) GROUP BY tags.site");
    let grouped = grouped.await;
    assert_eq!(grouped.ok(), json!([{"site": "north", "n": 2, "load": 7}]));
    assert_eq!(grouped.header("x-ms-item-type"), Some("Raw"));
    let rows = ask("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'none'").await;
    assert_eq!((rows.ok(), rows.header("x-ms-item-type")), (json!([]), Some("DeviceJob")));
    let text = ask("SELECT * FROM devices WHERE tags.a IN (1)").await.refused(400, "ArgumentInvalid");
    assert!(text.starts_with("BadRequest"), "{text}");
    hub.stop().await;
}

#[tokio::test]
async fn queries_refuse_bad_page_sizes_and_continuations() {
    let hub = TestHub::start().await;
    for (header, value) in
        [("x-ms-max-item-count", "0"), ("x-ms-max-item-count", "many"), ("x-ms-continuation", "made-up")]
    {
        let request = hub
            .request(reqwest::Method::POST, "/devices/query")
            .header(header, value)
            .json(&json!({"query": "SELECT * FROM devices"}));
        let reply = support::send(request).await;
        reply.refused(400, "ArgumentInvalid");
    }
    hub.post("/devices/query", json!({})).await.refused(400, "ArgumentNull");
    hub.stop().await;
}
