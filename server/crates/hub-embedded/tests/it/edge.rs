//! Edge devices and their children, and renewed keys: the calls of `az iot hub device-identity parent|children|renew-key`.

use crate::support::{TestHub, device::Device};
use serde_json::{Value, json};

async fn edge(hub: &TestHub, id: &str) -> Value {
    hub.put(&format!("/devices/{id}"), json!({"deviceId": id, "capabilities": {"iotEdge": true}})).await.ok()
}

async fn update(hub: &TestHub, device: &Value, change: &[(&str, Value)]) -> crate::support::Reply {
    let mut device = device.clone();
    for (name, value) in change {
        device[*name] = value.clone();
    }
    let id = device["deviceId"].as_str().unwrap();
    let etag = format!("\"{}\"", device["etag"].as_str().unwrap());
    hub.put_if(&format!("/devices/{id}"), &etag, device.clone()).await
}

async fn children(hub: &TestHub, scope: &Value) -> Vec<Value> {
    let query = format!("select deviceId from devices where deviceScope = '{}'", scope.as_str().unwrap());
    hub.post("/devices/query", json!({"query": query})).await.ok().as_array().unwrap().clone()
}

#[tokio::test]
async fn an_edge_device_has_a_scope_that_stays() {
    let hub = TestHub::start().await;
    let edge = edge(&hub, "edge-1").await;
    let scope = format!("ms-azure-iot-edge://edge-1-{}", edge["generationId"].as_str().unwrap());
    assert_eq!((&edge["deviceScope"], &edge["parentScopes"]), (&json!(scope), &json!([])));
    let twin = hub.get("/twins/edge-1").await.ok();
    assert_eq!((&twin["deviceScope"], &twin["parentScopes"]), (&json!(scope), &json!([])));
    for same in [json!(scope), json!(""), Value::Null] {
        let edge = hub.get("/devices/edge-1").await.ok();
        let kept = update(&hub, &edge, &[("deviceScope", same)]).await.ok();
        assert_eq!(kept["deviceScope"], scope);
    }
    let edge = hub.get("/devices/edge-1").await.ok();
    let text = update(&hub, &edge, &[("deviceScope", json!("ms-azure-iot-edge://other-1"))])
        .await
        .refused(400, "ArgumentInvalid");
    assert!(text.contains("cannot be changed"), "{text}");
    let plain = hub.create("plain").await;
    assert_eq!((plain.get("deviceScope"), &plain["parentScopes"]), (None, &json!([])));
    let twin = hub.get("/twins/plain").await.ok();
    assert_eq!((twin.get("deviceScope"), twin.get("parentScopes")), (None, None));
    hub.stop().await;
}

#[tokio::test]
async fn children_are_set_queried_and_removed() {
    let hub = TestHub::start().await;
    let (parent, lower, leaf) =
        (edge(&hub, "top").await, edge(&hub, "lower").await, hub.create("leaf").await);
    let scope = &parent["deviceScope"];
    // `az … parent set` writes the scope of a leaf, and the parents of an edge device.
    let leaf = update(&hub, &leaf, &[("deviceScope", scope.clone())]).await.ok();
    assert_eq!((&leaf["deviceScope"], &leaf["parentScopes"]), (scope, &json!([scope])));
    let lower = update(&hub, &lower, &[("parentScopes", json!([scope]))]).await.ok();
    assert_eq!((lower["parentScopes"].clone(), lower["deviceScope"] != *scope), (json!([scope]), true));
    assert_eq!(hub.get("/twins/leaf").await.ok()["parentScopes"], json!([scope]));
    assert_eq!(
        children(&hub, scope).await,
        [json!({"deviceId": "leaf"}), json!({"deviceId": "top"})],
        "the edge device has its own scope"
    );
    let query = json!({"query": "SELECT deviceId FROM devices WHERE IS_DEFINED(parentScopes) AND capabilities.iotEdge = true"});
    assert_eq!(hub.post("/devices/query", query).await.ok().as_array().unwrap().len(), 2);
    // `az … children remove` empties the leaf's scope and leaves the parents as they were read.
    let leaf = update(&hub, &leaf, &[("deviceScope", json!(""))]).await.ok();
    assert_eq!((leaf.get("deviceScope"), &leaf["parentScopes"]), (None, &json!([])));
    let lower = update(&hub, &lower, &[("parentScopes", json!([]))]).await.ok();
    assert_eq!(lower["parentScopes"], json!([]));
    for bad in
        [json!("ms-azure-iot-edge://nobody-1"), json!("top"), json!(format!("{}0", scope.as_str().unwrap()))]
    {
        let text = update(&hub, &leaf, &[("deviceScope", bad)]).await.refused(400, "ArgumentInvalid");
        assert!(text.contains("is not the scope of an edge device"), "{text}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn bulk_items_have_scopes_too() {
    let hub = TestHub::start().await;
    let scope = edge(&hub, "top").await["deviceScope"].clone();
    let items = json!([
        {"id": "child", "deviceScope": scope},
        {"id": "edge", "capabilities": {"iotEdge": true}, "parentScopes": [scope]},
        {"id": "lost", "deviceScope": "ms-azure-iot-edge://nobody-1"},
    ]);
    let result = hub.post("/devices", items).await;
    assert_eq!(result.status, 400);
    assert_eq!(result.json()["errors"].as_array().unwrap().len(), 1);
    assert_eq!(hub.get("/devices/child").await.ok()["parentScopes"], json!([scope]));
    let edge = hub.get("/devices/edge").await.ok();
    assert!(edge["deviceScope"].as_str().unwrap().starts_with("ms-azure-iot-edge://edge-"));
    let same = json!([{"id": "child", "importMode": "update", "DeviceScope": scope}]);
    hub.post("/devices", same).await.ok();
    assert_eq!(hub.get("/devices/child").await.ok()["deviceScope"], scope);
    hub.stop().await;
}

fn keys(identity: &Value) -> (Value, Value) {
    let keys = &identity["authentication"]["symmetricKey"];
    (keys["primaryKey"].clone(), keys["secondaryKey"].clone())
}

#[tokio::test]
async fn keys_are_renewed() {
    let hub = TestHub::start().await;
    let old = hub.create("d").await;
    hub.put("/devices/d/modules/m", json!({})).await.ok();
    let body = json!({"policyKey": "primaryKey", "devices": [{"id": "d"}]});
    let result = hub.post("/devices/keys/regenerate", body).await.ok();
    let new = hub.get("/devices/d").await.ok();
    assert_ne!(keys(&new).0, keys(&old).0);
    assert_eq!(keys(&new).1, keys(&old).1);
    assert_ne!(new["etag"], old["etag"]);
    let (primary, secondary) = keys(&new);
    assert_eq!(
        result,
        json!({"policyKey": "primaryKey", "errors": [],
            "rotatedKeys": [{"id": "d", "primaryKey": primary, "secondaryKey": secondary}]})
    );
    // The device gets in by its new key.
    drop(Device::connect(&hub, &new).await);

    let body = json!({"policyKey": "Both", "devices": [{"id": "d", "moduleId": "m"}, {"id": "nobody"}]});
    let partly = hub.post("/devices/keys/regenerate", body).await;
    assert_eq!(partly.status, 207);
    let module = hub.get("/devices/d/modules/m").await.ok();
    let rotated = &partly.json()["rotatedKeys"][0];
    assert_eq!((rotated["primaryKey"].clone(), rotated["secondaryKey"].clone()), keys(&module));
    assert_eq!(partly.json()["errors"][0]["errorCode"], "DeviceNotFound");

    let body = json!({"policyKey": "secondaryKey", "devices": [{"id": "nobody"}]});
    assert_eq!(hub.post("/devices/keys/regenerate", body).await.status, 400);
    let unknown = json!({"policyKey": "third", "devices": [{"id": "d"}]});
    hub.post("/devices/keys/regenerate", unknown).await.refused(400, "ArgumentInvalid");
    // A device may be called as the path's word.
    hub.create("keys").await;
    assert_eq!(hub.get("/devices/keys/modules").await.ok(), json!([]));
    hub.stop().await;
}
