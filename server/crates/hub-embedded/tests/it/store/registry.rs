//! Identities.

use hub_embedded::{
    domain::IfMatch,
    error::HubError,
    store::{ConnectionChange, KeptSubscription},
};
use hub_wire::{
    device::{ConnectionState, DeviceStatus},
    error::ErrorCode,
};
use serde_json::json;

use super::support::{TestStore, device, id, module, module_id, target};

fn code<T: std::fmt::Debug>(result: Result<T, HubError>) -> ErrorCode {
    result.unwrap_err().code()
}

#[tokio::test]
async fn create_only_without_if_match_and_update_only_with() {
    let test = TestStore::open().await;
    let store = &test.store;
    assert_eq!(code(store.put_device(&device("d"), Some(&IfMatch::Any)).await), ErrorCode::DeviceNotFound);
    let created = store.put_device(&device("d"), None).await.unwrap();
    assert_eq!(code(store.put_device(&created, None).await), ErrorCode::DeviceAlreadyExists);

    let stale = IfMatch::Etag("NTQ=".into());
    assert_eq!(code(store.put_device(&created, Some(&stale)).await), ErrorCode::PreconditionFailed);
    test.tick();
    let mut change = created.clone();
    change.status = DeviceStatus::Disabled;
    change.authentication = hub_wire::device::Authentication::default();
    let current = IfMatch::Etag(created.etag.clone());
    let changed = store.put_device(&change, Some(&current)).await.unwrap();
    assert_ne!(changed.etag, created.etag);
    assert_ne!(changed.authentication, created.authentication, "leaving the keys out mints new ones");
    assert_eq!(changed.generation_id, created.generation_id);
    assert!(changed.status_updated_time > created.status_updated_time);
    assert_eq!(code(store.put_device(&change, Some(&current)).await), ErrorCode::PreconditionFailed);

    assert_eq!(code(store.delete_device(&id("d"), None).await), ErrorCode::PreconditionFailed);
    assert_eq!(code(store.delete_device(&id("d"), Some(&current)).await), ErrorCode::PreconditionFailed);
    store.delete_device(&id("d"), Some(&IfMatch::Etag(changed.etag))).await.unwrap();
    assert_eq!(code(store.device(&id("d")).await), ErrorCode::DeviceNotFound);
    assert_eq!(code(store.twin(&target("d")).await), ErrorCode::DeviceNotFound);
    assert_eq!(code(store.delete_device(&id("d"), Some(&IfMatch::Any)).await), ErrorCode::DeviceNotFound);
}

#[tokio::test]
async fn ids_compare_by_case_and_lists_are_cut() {
    let test = TestStore::open().await;
    for name in ["b", "B", "a"] {
        test.store.put_device(&device(name), None).await.unwrap();
    }
    let ids = |devices: Vec<hub_wire::device::Device>| {
        devices.into_iter().map(|device| device.device_id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(test.store.devices(1000).await.unwrap()), ["B", "a", "b"]);
    assert_eq!(ids(test.store.devices(2).await.unwrap()), ["B", "a"]);
}

#[tokio::test]
async fn modules_belong_to_their_device() {
    let test = TestStore::open().await;
    let store = &test.store;
    assert_eq!(code(store.put_module(&module("d", "m"), None).await), ErrorCode::DeviceNotFound);
    assert_eq!(code(store.modules(&id("d")).await), ErrorCode::DeviceNotFound);
    store.put_device(&device("d"), None).await.unwrap();
    for number in 0..50 {
        store.put_module(&module("d", &format!("m{number:02}")), None).await.unwrap();
    }
    assert_eq!(code(store.put_module(&module("d", "m50"), None).await), ErrorCode::TooManyModulesOnDevice);
    assert_eq!(
        code(store.put_module(&module("d", "m00"), None).await),
        ErrorCode::ModuleAlreadyExistsOnDevice
    );
    assert_eq!(code(store.module(&id("d"), &module_id("x")).await), ErrorCode::ModuleNotFound);
    assert_eq!(code(store.device_keys(&target("x")).await), ErrorCode::DeviceNotFound);
    store.delete_module(&id("d"), &module_id("m00"), Some(&IfMatch::Any)).await.unwrap();
    let modules = store.modules(&id("d")).await.unwrap();
    assert_eq!((modules.len(), modules[0].module_id.as_str()), (49, "m01"));

    let twin = store.twin(&hub_embedded::domain::Target::module(id("d"), module_id("m01"))).await.unwrap();
    assert_eq!(twin.module_id, Some(module_id("m01")));
    store.delete_device(&id("d"), Some(&IfMatch::Any)).await.unwrap();
    assert_eq!(test.query("SELECT * FROM devices.modules").await.len(), 0);
}

#[tokio::test]
async fn bulk_items_are_independent() {
    let test = TestStore::open().await;
    test.store.put_device(&device("there"), None).await.unwrap();
    let items = serde_json::from_value(json!([
        {"id": "new", "importMode": "create", "tags": {"site": "a"},
         "properties": {"desired": {"n": 1}, "reported": {"r": 2}}},
        {"id": "there", "importMode": "create"},
        {"id": "new", "importMode": "updateTwin", "properties": {"desired": {"n": null, "o": 3}}},
        {"id": "there", "importMode": "update", "status": "disabled"},
        {"id": "gone", "importMode": "delete"},
        {"id": "there", "importMode": "updateIfMatchETag", "eTag": "stale"},
        {"id": "bad", "importMode": "create", "tags": {"a.b": 1}},
        {"id": "new", "moduleId": "m", "importMode": "create"},
    ]))
    .unwrap();
    let outcome = test.store.bulk(items).await.unwrap();
    assert!(!outcome.result.is_successful);
    let errors: Vec<_> = outcome
        .result
        .errors
        .iter()
        .map(|error| (error.device_id.as_str(), error.error_code.as_str()))
        .collect();
    assert_eq!(
        errors,
        [
            ("there", "DeviceAlreadyExists"),
            ("gone", "DeviceNotFound"),
            ("there", "PreconditionFailed"),
            ("bad", "ArgumentInvalid")
        ]
    );
    assert_eq!(outcome.result.errors[0].operation, "create");
    assert_eq!(outcome.disconnect, [target("there")]);
    assert_eq!((outcome.pushes.len(), outcome.pushes[0].version), (1, 2));
    let twin = serde_json::to_value(test.store.twin(&target("new")).await.unwrap()).unwrap();
    assert_eq!(twin["tags"], json!({"site": "a"}));
    assert_eq!(twin["properties"]["desired"]["o"], 3);
    assert_eq!(twin["properties"]["desired"]["n"], json!(null));
    assert_eq!(twin["properties"]["reported"]["r"], 2);
    assert!(test.store.module(&id("new"), &module_id("m")).await.is_ok());
    let statistics = test.store.registry_statistics().await.unwrap();
    assert_eq!((statistics.total_device_count, statistics.disabled_device_count), (2, 1));
}

#[tokio::test]
async fn consecutive_creations_are_refused_one_by_one() {
    let test = TestStore::open().await;
    test.store.put_device(&device("there"), None).await.unwrap();
    let items = serde_json::from_value(json!([
        {"id": "a", "importMode": "create", "tags": {"n": 1}},
        {"id": "there", "importMode": "create"},
        {"id": "bad", "importMode": "create", "tags": {"a.b": 1}},
        {"id": "a", "importMode": "create", "tags": {"n": 2}},
        {"id": "b"},
    ]))
    .unwrap();
    let outcome = test.store.bulk(items).await.unwrap();
    let errors: Vec<_> = outcome.result.errors.iter().map(|error| error.device_id.as_str()).collect();
    assert_eq!(errors, ["there", "bad", "a"]);
    let twin = serde_json::to_value(test.store.twin(&target("a")).await.unwrap()).unwrap();
    assert_eq!(twin["tags"], json!({"n": 1}), "the first of two counts");
    assert_eq!(test.store.registry_statistics().await.unwrap().total_device_count, 3);
}

#[tokio::test]
async fn connections_sessions_and_policies_outlive_the_process() {
    let mut test = TestStore::open().await;
    for name in ["a", "b"] {
        test.store.put_device(&device(name), None).await.unwrap();
    }
    let before = test.store.device(&id("a")).await.unwrap();
    let at = before.connection_state_updated_time.plus(std::time::Duration::from_secs(9));
    let change = |name: &str, state| ConnectionChange {
        target: target(name),
        state,
        at,
        model_id: Some("dtmi:example:door;1".into()),
    };
    let (up, down) = (ConnectionState::Connected, ConnectionState::Disconnected);
    let changes = vec![change("a", up), change("b", up), change("gone", up), change("b", down)];
    test.store.connection_changed(changes).await.unwrap();
    let after = test.store.device(&id("a")).await.unwrap();
    assert_eq!((after.connection_state, after.connection_state_updated_time), (up, at));
    assert_eq!(after.etag, before.etag, "the identity's etag does not move with the connection");
    assert_eq!(test.store.twin(&target("a")).await.unwrap().model_id, "dtmi:example:door;1");
    assert_eq!(test.store.service_statistics().await.unwrap().connected_device_count, 1);

    let kept = [KeptSubscription { filter: "$iothub/methods/POST/#".into(), qos: 0 }];
    test.store.keep_subscriptions(&target("a"), Some(&kept)).await.unwrap();
    test.store.keep_subscriptions(&target("gone"), Some(&kept)).await.unwrap();
    let policies = test.store.policies().await.unwrap();

    test.reopen().await;
    assert_eq!(test.store.service_statistics().await.unwrap().connected_device_count, 1);
    test.store.disconnect_all().await.unwrap();
    assert_eq!(test.store.service_statistics().await.unwrap().connected_device_count, 0);
    assert_eq!(test.store.kept_subscriptions(&target("a")).await.unwrap().as_deref(), Some(&kept[..]));
    assert_eq!(test.store.kept_subscriptions(&target("gone")).await.unwrap(), None);
    test.store.keep_subscriptions(&target("a"), None).await.unwrap();
    assert_eq!(test.store.kept_subscriptions(&target("a")).await.unwrap(), None);

    let names: Vec<_> = policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["device", "iothubowner", "registryRead", "registryReadWrite", "service"]);
    let again = test.store.policies().await.unwrap();
    assert_eq!(policies[1].primary.sign(b"x"), again[1].primary.sign(b"x"), "keys are made once");
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_readable_by_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("deep/data");
    let clock = std::sync::Arc::new(hub_embedded::clock::SystemClock);
    let store = hub_embedded::store::Store::open(&data, clock).await.unwrap();
    store.put_device(&device("d"), None).await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in ["hub.sqlite", "hub.sqlite-wal"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn concurrent_writes_are_all_stored() {
    let mut test = TestStore::open().await;
    let writes = (0..300).map(|number| {
        let store = test.store.clone();
        // Every third is refused; it must not take its neighbours in the transaction with it.
        let name = format!("d{}", if number % 3 == 2 { number - 1 } else { number });
        tokio::spawn(async move { store.put_device(&device(&name), None).await.is_ok() })
    });
    let mut created = 0;
    for write in writes.collect::<Vec<_>>() {
        created += usize::from(write.await.unwrap());
    }
    assert_eq!(created, 200);
    test.reopen().await;
    assert_eq!(test.store.registry_statistics().await.unwrap().total_device_count, 200);
}

#[tokio::test]
async fn a_closed_store_refuses() {
    let test = TestStore::open().await;
    test.store.close().await;
    assert_eq!(code(test.store.put_device(&device("d"), None).await), ErrorCode::ServiceUnavailable);
}
