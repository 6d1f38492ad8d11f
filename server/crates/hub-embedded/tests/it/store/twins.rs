//! Twins.

use hub_embedded::domain::{IfMatch, Target};
use hub_wire::error::ErrorCode;
use serde_json::json;

use super::support::{TestStore, device, id, module, module_id, object, patch, target};

#[tokio::test]
async fn a_fresh_twin() {
    let test = TestStore::open().await;
    let created = test.store.put_device(&device("d"), None).await.unwrap();
    let twin = test.query("SELECT * FROM devices").await.remove(0);
    let stamp = "2026-01-01T00:00:00.0000000Z";
    assert_eq!(
        twin,
        json!({
            "deviceId": "d", "etag": "AAAAAAAAAAE=", "deviceEtag": created.etag, "status": "enabled",
            "statusUpdateTime": "0001-01-01T00:00:00.0000000Z", "connectionState": "Disconnected",
            "lastActivityTime": "0001-01-01T00:00:00.0000000Z", "cloudToDeviceMessageCount": 0,
            "authenticationType": "sas",
            "x509Thumbprint": {"primaryThumbprint": null, "secondaryThumbprint": null},
            "modelId": "", "version": 2,
            "properties": {
                "desired": {"$metadata": {"$lastUpdated": stamp}, "$version": 1},
                "reported": {"$metadata": {"$lastUpdated": stamp}, "$version": 1}
            },
            "capabilities": {"iotEdge": false}
        })
    );
    assert_eq!(serde_json::to_value(test.store.twin(&target("d")).await.unwrap()).unwrap(), twin);
}

#[tokio::test]
async fn a_patch_merges_and_returns_the_push() {
    let test = TestStore::open().await;
    test.store.put_device(&device("d"), None).await.unwrap();
    let first = patch(
        json!({"tags": {"site": "a", "old": {"x": 1}}, "properties": {"desired": {"p": {"q": 1}, "r": [1]}}}),
    );
    test.store.patch_twin(&target("d"), &first, None).await.unwrap();
    test.tick();
    let second = patch(json!({"tags": {"old": null}, "properties": {"desired": {"p": 5, "gone": null}}}));
    let written = test.store.patch_twin(&target("d"), &second, Some(&IfMatch::Any)).await.unwrap();

    let twin = serde_json::to_value(&written.twin).unwrap();
    assert_eq!(twin["tags"], json!({"site": "a"}));
    let (old, new) = ("2026-01-01T00:00:00.0000000Z", "2026-01-01T00:00:01.0000000Z");
    assert_eq!(
        twin["properties"]["desired"],
        json!({"p": 5, "r": [1], "$version": 3, "$metadata": {
            "$lastUpdated": new, "$lastUpdatedVersion": 3,
            "p": {"$lastUpdated": new, "$lastUpdatedVersion": 3},
            "r": {"$lastUpdated": old, "$lastUpdatedVersion": 2}
        }})
    );
    let push = written.push.unwrap();
    assert_eq!((push.version, json!(push.patch)), (3, json!({"p": 5, "gone": null})));
    assert_eq!((written.twin.version, written.twin.etag.as_str()), (4, "AAAAAAAAAAM="));

    let tags_only = patch(json!({"tags": {"site": "b"}}));
    let written = test.store.patch_twin(&target("d"), &tags_only, None).await.unwrap();
    assert_eq!(written.push, None);
    assert_eq!(hub_wire::twin::section_version(&written.twin.properties.desired), 3);
    let nothing = test.store.patch_twin(&target("d"), &patch(json!({})), None).await.unwrap();
    assert_eq!(nothing.twin, written.twin);
}

#[tokio::test]
async fn etags_guard_twins() {
    let test = TestStore::open().await;
    test.store.put_device(&device("d"), None).await.unwrap();
    let change = patch(json!({"tags": {"n": 1}}));
    let first = IfMatch::Etag("AAAAAAAAAAE=".into());
    test.store.patch_reported(&target("d"), object(json!({"up": true}))).await.unwrap();
    let written = test.store.patch_twin(&target("d"), &change, Some(&first)).await.unwrap();
    assert_eq!(written.twin.version, 4, "a reported write moves the version and leaves the etag");
    let error = test.store.patch_twin(&target("d"), &change, Some(&first)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::PreconditionFailed);
    let error = test.store.replace_twin(&target("d"), &change, Some(&first)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::PreconditionFailed);
    assert_eq!(test.store.twin(&target("d")).await.unwrap(), written.twin);
    let missing = test.store.patch_twin(&target("x"), &change, None).await.unwrap_err();
    assert_eq!(missing.code(), ErrorCode::DeviceNotFound);
}

#[tokio::test]
async fn a_put_clears_absent_sections() {
    let test = TestStore::open().await;
    test.store.put_device(&device("d"), None).await.unwrap();
    let first =
        patch(json!({"tags": {"a": 1}, "properties": {"desired": {"keep": 1, "go": {"x": 1}, "change": 1}}}));
    test.store.patch_twin(&target("d"), &first, None).await.unwrap();
    let replacement =
        patch(json!({"properties": {"desired": {"keep": 1, "change": {"y": 2}, "$version": 9}}}));
    let written = test.store.replace_twin(&target("d"), &replacement, None).await.unwrap();
    let twin = serde_json::to_value(&written.twin).unwrap();
    assert_eq!(twin.get("tags"), None);
    let stamp = json!({"$lastUpdated": "2026-01-01T00:00:00.0000000Z", "$lastUpdatedVersion": 3});
    let mut metadata = stamp.clone();
    metadata["keep"] = stamp.clone();
    metadata["change"] = stamp.clone();
    metadata["change"]["y"] = stamp.clone();
    assert_eq!(
        twin["properties"]["desired"],
        json!({"keep": 1, "change": {"y": 2}, "$version": 3, "$metadata": metadata})
    );
    let push = written.push.unwrap();
    assert_eq!((push.version, json!(push.patch)), (3, json!({"go": null, "change": {"y": 2}})));

    let refused = patch(json!({"tags": {"a": null}}));
    let error = test.store.replace_twin(&target("d"), &refused, None).await.unwrap_err();
    assert_eq!(error.caller_text(), "tags.a: null is not allowed when a twin is replaced");
}

#[tokio::test]
async fn a_section_that_would_grow_too_large_changes_nothing() {
    let test = TestStore::open().await;
    test.store.put_device(&device("d"), None).await.unwrap();
    let most = patch(json!({"tags": {"a": "x".repeat(4095), "b": "x".repeat(4095)}}));
    let written = test.store.patch_twin(&target("d"), &most, None).await.unwrap();
    let more = patch(json!({"tags": {"c": ""}, "properties": {"desired": {"n": 1}}}));
    let error = test.store.patch_twin(&target("d"), &more, None).await.unwrap_err();
    assert_eq!(error.caller_text(), "tags would be larger than 8 KB");
    assert_eq!(test.store.twin(&target("d")).await.unwrap(), written.twin);
    let swap = patch(json!({"tags": {"a": null, "c": "x"}}));
    assert!(test.store.patch_twin(&target("d"), &swap, None).await.is_ok());

    let large = object(json!({"a": "x".repeat(4096)}));
    for key in 0..7 {
        let part = object(json!({ format!("k{key}"): large.clone() }));
        test.store.patch_reported(&target("d"), part).await.unwrap();
    }
    let error =
        test.store.patch_reported(&target("d"), object(json!({"k8": large.clone(), "k9": large}))).await;
    assert_eq!(error.unwrap_err().caller_text(), "properties.reported would be larger than 32 KB");
}

#[tokio::test]
async fn devices_and_modules_see_their_sections() {
    let test = TestStore::open().await;
    test.store.put_device(&device("d"), None).await.unwrap();
    test.store.put_module(&module("d", "m"), None).await.unwrap();
    let on_module = Target::module(id("d"), module_id("m"));
    test.store
        .patch_twin(&on_module, &patch(json!({"properties": {"desired": {"n": 1}}})), None)
        .await
        .unwrap();
    test.tick();
    let version =
        test.store.patch_reported(&on_module, object(json!({"up": true, "$version": 7}))).await.unwrap();
    assert_eq!(version, 2);
    let (desired, reported) = test.store.twin_properties(&on_module).await.unwrap();
    assert_eq!(json!(desired), json!({"n": 1, "$version": 2}));
    assert_eq!(json!(reported), json!({"up": true, "$version": 2}));
    let twin = test.store.twin(&on_module).await.unwrap();
    assert_eq!(twin.last_activity_time.to_string(), "2026-01-01T00:00:01.0000000Z");
    let (desired, _) = test.store.twin_properties(&target("d")).await.unwrap();
    assert_eq!(json!(desired), json!({"$version": 1}));
}

#[tokio::test]
async fn an_empty_report_is_no_write() {
    let test = TestStore::open().await;
    test.store.put_device(&device("d"), None).await.unwrap();
    assert_eq!(test.store.patch_reported(&target("d"), object(json!({"a": 1}))).await.unwrap(), 2);
    let before = test.store.twin(&target("d")).await.unwrap();
    for empty in [json!({}), json!({"$version": 2})] {
        assert_eq!(test.store.patch_reported(&target("d"), object(empty)).await.unwrap(), 2);
    }
    assert_eq!(test.store.twin(&target("d")).await.unwrap(), before);
}
