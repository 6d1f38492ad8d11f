//! The identity registry: each call of the contract and each refusal.

use crate::support::{TestHub, device::Device, send};
use serde_json::{Value, json};

/// 32 bytes.
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

#[tokio::test]
async fn create_as_node_sends_it() {
    let hub = TestHub::start().await;
    let body = json!({"deviceId": "d1", "authentication": {"type": "sas", "symmetricKey": {"primaryKey": "", "secondaryKey": ""}}});
    let reply = hub.put("/devices/d1", body).await;
    let device = reply.ok();
    assert_eq!(device["deviceId"], "d1");
    assert_eq!(device["status"], "enabled");
    assert_eq!(device["statusReason"], Value::Null);
    assert_eq!(device["connectionState"], "Disconnected");
    assert_eq!(device["cloudToDeviceMessageCount"], 0);
    assert_eq!(device["authentication"]["type"], "sas");
    assert_eq!(device["capabilities"], json!({"iotEdge": false}));
    for key in ["primaryKey", "secondaryKey"] {
        let key = device["authentication"]["symmetricKey"][key].as_str().unwrap();
        assert_eq!(hub_wire::sas::SasKey::from_base64(key).unwrap().byte_len(), 32);
    }
    assert_ne!(
        device["authentication"]["symmetricKey"]["primaryKey"],
        device["authentication"]["symmetricKey"]["secondaryKey"]
    );
    let etag = device["etag"].as_str().unwrap();
    assert_eq!(reply.header("etag"), Some(format!("\"{etag}\"").as_str()));
    hub.stop().await;
}

#[tokio::test]
async fn create_as_python_and_csharp_send_it() {
    let hub = TestHub::start().await;
    let python = json!({"deviceId": "p", "status": "enabled", "authentication": {"symmetricKey": {}, "type": "sas"}, "capabilities": {"iotEdge": false}});
    assert!(
        hub.put("/devices/p", python).await.ok()["authentication"]["symmetricKey"]["primaryKey"].is_string()
    );
    let csharp = json!({"deviceId": "c", "generationId": null, "etag": null, "connectionState": "Disconnected", "status": "disabled", "statusReason": "not yet", "connectionStateUpdatedTime": "0001-01-01T00:00:00", "statusUpdatedTime": "0001-01-01T00:00:00", "lastActivityTime": "0001-01-01T00:00:00", "cloudToDeviceMessageCount": 0, "authentication": null, "capabilities": null});
    let device = hub.put("/devices/c", csharp).await.ok();
    assert_eq!((&device["status"], &device["statusReason"]), (&json!("disabled"), &json!("not yet")));
    hub.stop().await;
}

#[tokio::test]
async fn create_with_keys_and_thumbprints() {
    let hub = TestHub::start().await;
    let keys = json!({"primaryKey": KEY, "secondaryKey": KEY});
    let device =
        hub.put("/devices/k", json!({"deviceId": "k", "authentication": {"symmetricKey": keys}})).await.ok();
    assert_eq!(device["authentication"]["symmetricKey"], keys);
    let thumbprint = "AB".repeat(20);
    let body = json!({"deviceId": "x", "authentication": {"type": "selfSigned", "x509Thumbprint": {"primaryThumbprint": thumbprint}}});
    let device = hub.put("/devices/x", body).await.ok();
    assert_eq!(device["authentication"]["type"], "selfSigned");
    assert_eq!(device["authentication"]["x509Thumbprint"]["primaryThumbprint"], thumbprint);
    hub.stop().await;
}

#[tokio::test]
async fn create_refuses_bad_keys() {
    let hub = TestHub::start().await;
    for (authentication, sentence) in [
        (json!({"symmetricKey": {"primaryKey": KEY}}), "Either no keys or both keys can be set"),
        (
            json!({"symmetricKey": {"primaryKey": "YWI=", "secondaryKey": "YWI="}}),
            "Invalid device key length",
        ),
    ] {
        let reply = hub.put("/devices/d", json!({"deviceId": "d", "authentication": authentication})).await;
        assert_eq!(reply.status, 400, "{reply:?}");
        assert!(reply.text.contains(sentence), "{reply:?}");
    }
    let reply = hub.put("/devices/d", json!({"deviceId": "d", "authentication": {"type": "none"}})).await;
    assert_eq!(reply.status, 400, "{reply:?}");
    hub.get("/devices/d").await.refused(404, "DeviceNotFound");
    hub.stop().await;
}

#[tokio::test]
async fn create_of_an_id_that_is_taken_is_409_whatever_the_body() {
    let hub = TestHub::start().await;
    let device = hub.create("d1").await;
    let text = hub.put("/devices/d1", device).await.refused(409, "DeviceAlreadyExists");
    assert_eq!(text, "A device with ID 'd1' is already registered.");
    hub.stop().await;
}

#[tokio::test]
async fn update_accepts_every_format_of_if_match() {
    let hub = TestHub::start().await;
    let mut device = hub.create("d1").await;
    for quoted in ["*", "\"*\"", "etag", "\"etag\""] {
        let if_match = quoted.replace("etag", device["etag"].as_str().unwrap());
        device["statusReason"] = quoted.into();
        let updated = hub.put_if("/devices/d1", &if_match, device.clone()).await.ok();
        assert_eq!(updated["statusReason"], quoted);
        assert_ne!(updated["etag"], device["etag"], "identity writes move the etag");
        assert_eq!(updated["authentication"], device["authentication"]);
        assert_eq!(updated["generationId"], device["generationId"]);
        device = updated;
    }
    hub.stop().await;
}

#[tokio::test]
async fn update_without_authentication_creates_new_keys() {
    let hub = TestHub::start().await;
    let device = hub.create("d1").await;
    let updated = hub.put_if("/devices/d1", "*", json!({"deviceId": "d1"})).await.ok();
    assert_ne!(updated["authentication"]["symmetricKey"], device["authentication"]["symmetricKey"]);
    hub.stop().await;
}

#[tokio::test]
async fn update_of_a_missing_device_is_404_and_of_a_changed_one_412() {
    let hub = TestHub::start().await;
    let body = json!({"deviceId": "d1"});
    let text = hub.put_if("/devices/d1", "*", body.clone()).await.refused(404, "DeviceNotFound");
    assert_eq!(text, "d1");
    hub.create("d1").await;
    hub.put_if("/devices/d1", "\"AAAA\"", body).await.refused(412, "PreconditionFailed");
    hub.stop().await;
}

#[tokio::test]
async fn ids_in_path_and_body_must_agree() {
    let hub = TestHub::start().await;
    hub.put("/devices/d1", json!({"deviceId": "d2"})).await.refused(400, "ArgumentInvalid");
    hub.put("/devices/a%20b", json!({"deviceId": "a b"})).await.refused(400, "ArgumentInvalid");
    hub.stop().await;
}

#[tokio::test]
async fn ids_are_percent_encoded_and_case_sensitive() {
    let hub = TestHub::start().await;
    let id = "A:b.c+d%e_f#g*h?i!(j),k=l@m;n$o'p";
    let path = "/devices/A%3Ab.c%2Bd%25e_f%23g*h%3Fi!(j)%2Ck%3Dl%40m%3Bn%24o%27p";
    assert_eq!(hub.put(path, json!({"deviceId": id})).await.ok()["deviceId"], id);
    assert_eq!(hub.get(path).await.ok()["deviceId"], id);
    hub.get(&path.replace("/A%3Ab", "/a%3Ab")).await.refused(404, "DeviceNotFound");
    // A device may have the name of a path.
    hub.create("query").await;
    assert_eq!(hub.get("/devices/query").await.ok()["deviceId"], "query");
    hub.stop().await;
}

#[tokio::test]
async fn list_with_and_without_the_slash() {
    let hub = TestHub::start().await;
    for id in ["b", "a", "c"] {
        hub.create(id).await;
    }
    for (path, count) in [("/devices", 3), ("/devices/", 3), ("/devices?top=2", 2), ("/devices/?top=1000", 3)]
    {
        assert_eq!(hub.get(path).await.ok().as_array().unwrap().len(), count, "{path}");
    }
    for path in ["/devices?top=0", "/devices?top=1001", "/devices?top=x"] {
        hub.get(path).await.refused(400, "ArgumentInvalid");
    }
    hub.stop().await;
}

#[tokio::test]
async fn delete_is_204_and_deletes_twin_and_modules() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    hub.put("/devices/d1/modules/m1", json!({"deviceId": "d1", "moduleId": "m1"})).await.ok();
    hub.delete("/devices/d1").await.refused(412, "PreconditionFailed");
    hub.delete_if("/devices/d1", "\"AAAA\"").await.refused(412, "PreconditionFailed");
    let reply = hub.delete_if("/devices/d1", "\"*\"").await;
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    for path in ["/devices/d1", "/twins/d1", "/twins/d1/modules/m1"] {
        hub.get(path).await.refused(404, "DeviceNotFound");
    }
    hub.delete_if("/devices/d1", "*").await.refused(404, "DeviceNotFound");
    hub.stop().await;
}

#[tokio::test]
async fn modules_follow_the_rules_of_devices() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    let body = json!({"deviceId": "d1", "moduleId": "m1", "managedBy": "me"});
    let module = hub.put("/devices/d1/modules/m1", body.clone()).await.ok();
    assert_eq!((&module["moduleId"], &module["managedBy"]), (&json!("m1"), &json!("me")));
    assert_eq!(module.get("status"), None);

    let taken = hub.put("/devices/d1/modules/m1", body).await;
    assert_eq!((taken.status, taken.header("iothub-errorcode")), (409, Some("ModuleAlreadyExistsOnDevice")));
    assert_eq!(taken.json()["errorCode"], 409_301);

    let cleared =
        hub.put_if("/devices/d1/modules/m1", "*", json!({"deviceId": "d1", "moduleId": "m1"})).await.ok();
    assert_eq!(cleared["managedBy"], Value::Null);
    assert_eq!(hub.get("/devices/d1/modules/m1").await.ok()["etag"], cleared["etag"]);
    assert_eq!(hub.get("/devices/d1/modules").await.ok().as_array().unwrap().len(), 1);
    assert_eq!(hub.get("/twins/d1/modules/m1").await.ok()["moduleId"], "m1");
    assert_eq!(hub.delete_if("/devices/d1/modules/m1", "*").await.status, 204);
    assert_eq!(hub.get("/devices/d1/modules/m1").await.status, 404);
    hub.stop().await;
}

#[tokio::test]
async fn bulk_applies_valid_items_and_lists_the_others() {
    let hub = TestHub::start().await;
    hub.create("taken").await;
    let reply = hub
        .post(
            "/devices",
            json!([
                {"id": "a", "importMode": "create", "status": "disabled", "tags": {"site": "north"}},
                {"id": "taken", "importMode": "create"},
            ]),
        )
        .await;
    assert_eq!(reply.status, 400, "{reply:?}");
    assert_eq!(reply.header("iothub-errorcode"), Some("BulkRegistryOperationFailure"));
    let result = reply.json();
    assert_eq!(result["isSuccessful"], false);
    assert_eq!(result["errors"].as_array().unwrap().len(), 1);
    assert_eq!(result["errors"][0]["deviceId"], "taken");
    assert_eq!(result["errors"][0]["errorCode"], "DeviceAlreadyExists");
    assert_eq!(hub.get("/devices/a").await.ok()["status"], "disabled");
    assert_eq!(hub.get("/twins/a").await.ok()["tags"], json!({"site": "north"}));

    // Node's formats of the modes, and its slash.
    let result = hub
        .post(
            "/devices/",
            json!([{"id": "a", "importMode": "Update", "status": "enabled"}, {"id": "taken", "importMode": "Delete"}]),
        )
        .await
        .ok();
    assert_eq!(result["isSuccessful"], true);
    assert_eq!(hub.get("/devices/a").await.ok()["status"], "enabled");
    assert_eq!(hub.get("/devices/taken").await.status, 404);
    hub.stop().await;
}

#[tokio::test]
async fn bulk_takes_1_to_100_items() {
    let hub = TestHub::start().await;
    hub.post("/devices", json!([])).await.refused(400, "ArgumentInvalid");
    let items = |count: usize| -> Value {
        (0..count).map(|n| json!({"id": format!("d{n}"), "importMode": "create"})).collect()
    };
    hub.post("/devices", items(101)).await.refused(400, "ArgumentInvalid");
    assert_eq!(hub.post("/devices", items(100)).await.ok()["isSuccessful"], true);
    assert_eq!(hub.get("/statistics/devices").await.ok()["totalDeviceCount"], 100);
    hub.stop().await;
}

#[tokio::test]
async fn statistics_count_devices_and_connections() {
    let hub = TestHub::start().await;
    let device = hub.create("a").await;
    hub.put("/devices/b", json!({"deviceId": "b", "status": "disabled"})).await.ok();
    assert_eq!(
        hub.get("/statistics/devices").await.ok(),
        json!({"totalDeviceCount": 2, "enabledDeviceCount": 1, "disabledDeviceCount": 1})
    );
    assert_eq!(hub.get("/statistics/service").await.ok(), json!({"connectedDeviceCount": 0}));
    let _device = Device::connect(&hub, &device).await;
    crate::support::until(async || hub.get("/statistics/service").await.ok()["connectedDeviceCount"] == 1)
        .await;
    hub.stop().await;
}

#[tokio::test]
async fn purge_of_a_queue_that_is_always_empty() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    assert_eq!(
        hub.delete("/devices/d1/commands").await.ok(),
        json!({"totalMessagesPurged": 0, "deviceId": "d1", "moduleId": null})
    );
    hub.delete("/devices/nobody/commands").await.refused(404, "DeviceNotFound");
    hub.stop().await;
}

#[tokio::test]
async fn disabling_and_deleting_close_the_connection() {
    let hub = TestHub::start().await;
    let identity = hub.create("d1").await;
    let device = Device::connect(&hub, &identity).await;
    let mut disabled = identity.clone();
    disabled["status"] = "disabled".into();
    hub.put_if("/devices/d1", "*", disabled).await.ok();
    device.closed().await;
    assert!(Device::try_connect(&hub, &identity).await.is_err());

    hub.put_if("/devices/d1", "*", identity.clone()).await.ok();
    let device = Device::connect(&hub, &identity).await;
    assert_eq!(hub.delete_if("/devices/d1", "*").await.status, 204);
    device.closed().await;
    assert!(Device::try_connect(&hub, &identity).await.is_err());
    hub.stop().await;
}

#[tokio::test]
async fn identities_and_keys_survive_a_restart() {
    let hub = TestHub::start().await;
    let device = hub.create("d1").await;
    let connection_string = format!("{:?}", hub.hub.connection_string());
    let token = hub.token();
    let folder = hub.stop().await;

    let printed = hub_embedded::connection_string(folder.path(), "localhost").await.unwrap();
    assert_eq!(format!("{printed:?}"), connection_string);
    assert!(!connection_string.contains("SharedAccessKey=M"), "keys do not print");
    let hub = TestHub::start_in(folder, |_| ()).await;
    let old_token = hub.http.get(format!("{}/devices/d1", hub.hub.rest_url())).header("authorization", token);
    assert_eq!(send(old_token).await.ok()["etag"], device["etag"]);
    hub.stop().await;
}
