//! Twins: read, merged, replaced, and the notifications of the device.

use crate::support::{TestHub, device::Device, until};
use serde_json::{Value, json};

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
    assert_eq!(reply.header("etag"), None, "a twin's etag is in its body only");
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
async fn put_replaces_and_clears_absent_sections() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    hub.patch("/twins/d1", json!({"tags": {"old": 1}, "properties": {"desired": {"old": 1}}})).await.ok();
    let twin = hub.put("/twins/d1", json!({"properties": {"desired": {"new": 2}}})).await.ok();
    assert_eq!(twin.get("tags"), None);
    assert_eq!(twin["properties"]["desired"]["new"], 2);
    assert_eq!(twin["properties"]["desired"].get("old"), None);
    hub.put("/twins/d1", json!({"tags": {"a": null}})).await.refused(400, "ArgumentInvalid");
    hub.stop().await;
}

#[tokio::test]
async fn writes_compare_the_etag_only_when_one_is_given() {
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
async fn invalid_twins_are_refused() {
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
async fn a_connected_device_is_notified_of_a_write() {
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
async fn a_section_that_is_null_is_removed_and_an_empty_one_is_no_change() {
    let hub = TestHub::start().await;
    let d1 = hub.create("d1").await;
    let m1 = hub.put("/devices/d1/modules/m1", json!({})).await.ok();
    for (path, identity) in [("/twins/d1", &d1), ("/twins/d1/modules/m1", &m1)] {
        let mut device = Device::connect(&hub, identity).await;
        device.subscribe(DESIRED).await;
        // The connection state is written a moment later, and whole twins are compared below.
        until(async || hub.get(path).await.ok()["connectionState"] == "Connected").await;
        let filled = json!({"tags": {"t": 1}, "properties": {"desired": {"a": 1, "b": {"c": 2}}}});
        let before = hub.patch(path, filled).await.ok();
        device.message().await;
        for empty in [
            json!({"properties": {"desired": {}}}),
            json!({"tags": {}, "properties": {"desired": {"$version": 2}}}),
        ] {
            assert_eq!(hub.patch(path, empty).await.ok(), before);
        }
        let tagged = hub.patch(path, json!({"tags": {"u": 1}, "properties": {"desired": {}}})).await.ok();
        assert_eq!(tagged["properties"], before["properties"]);

        let cleared = hub.patch(path, json!({"properties": {"desired": null}})).await.ok();
        let desired = &cleared["properties"]["desired"];
        assert_eq!((desired.as_object().unwrap().len(), &desired["$version"]), (2, &json!(3)));
        assert_eq!(desired["$metadata"].as_object().unwrap().len(), 2, "{desired}");
        assert_eq!(desired["$metadata"]["$lastUpdatedVersion"], 3);
        assert_eq!((&cleared["tags"], cleared["etag"] != tagged["etag"]), (&json!({"t": 1, "u": 1}), true));
        // The only one since the properties were set.
        let push = device.message().await;
        assert_eq!(push.topic, "$iothub/twin/PATCH/properties/desired/?$version=3");
        let body: Value = serde_json::from_slice(&push.payload).unwrap();
        assert_eq!(body, json!({"a": null, "b": null, "$version": 3}));

        assert_eq!(hub.patch(path, json!({"tags": null})).await.ok().get("tags"), None);
        let put = hub.put(path, json!({"tags": {"v": 1}, "properties": {"desired": null}})).await.ok();
        assert_eq!((&put["tags"], &put["properties"]["desired"]["$version"]), (&json!({"v": 1}), &json!(4)));
        let item = json!([{"id": "d1", "moduleId": identity.get("moduleId"), "importMode": "updateTwin", "tags": null,
            "properties": {"desired": {}}}]);
        hub.post("/devices", item).await.ok();
        let after = hub.get(path).await.ok();
        assert_eq!((after.get("tags"), &after["properties"]["desired"]["$version"]), (None, &json!(4)));
    }
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
async fn queries_are_paged_and_the_last_page_has_no_continuation() {
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
        let page = crate::support::send(request).await;
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
async fn queries_have_an_item_type() {
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
        let reply = crate::support::send(request).await;
        reply.refused(400, "ArgumentInvalid");
    }
    hub.post("/devices/query", json!({})).await.refused(400, "ArgumentNull");
    hub.stop().await;
}

/// A device that has just subscribed is notified of a job's change, though the store does not call it connected yet:
/// connection states are written many at a time.
#[tokio::test]
async fn a_twin_job_notifies_devices_that_have_just_connected() {
    let hub = TestHub::start().await;
    for round in 0..5 {
        let name = format!("d{round}");
        let mut device = Device::connect(&hub, &hub.create(&name).await).await;
        device.subscribe(if round % 2 == 0 { DESIRED } else { "$iothub/twin/#" }).await;
        let job = json!({
            "jobId": format!("j{round}"), "type": "scheduleUpdateTwin", "queryCondition": format!("deviceId = '{name}'"),
            "updateTwin": {"etag": "*", "properties": {"desired": {"round": round}}},
        });
        hub.put(&format!("/jobs/v2/j{round}"), job).await.ok();
        let message = device.message().await;
        assert_eq!(message.topic, "$iothub/twin/PATCH/properties/desired/?$version=2");
        assert_eq!(
            serde_json::from_slice::<Value>(&message.payload).unwrap(),
            json!({"round": round, "$version": 2})
        );
    }
    hub.stop().await;
}
