//! The client reads what live hubs answered: the payloads of `hub-wire`'s golden files that begin with `live_`.

use crate::script::{Act, Script};
use hub_client::{ErrorKind, HubClient, HubClientOptions, RetryPolicy};
use hub_wire::{Timestamp, bulk::BulkItem, device::DeviceStatus, twin::Twin};
use serde_json::{Value, json};

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

macro_rules! live {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            "../../../hub-wire/tests/golden/live_",
            $name,
            ".json"
        )))
        .unwrap()
    };
}

fn client(script: &Script) -> HubClient {
    let connection = format!("HostName=hub.example;SharedAccessKeyName=iothubowner;SharedAccessKey={KEY}");
    let options = HubClientOptions {
        endpoint: Some(script.url()),
        retry: RetryPolicy::NEVER,
        ..HubClientOptions::default()
    };
    HubClient::new(connection.parse().unwrap(), options).unwrap()
}

fn id() -> hub_wire::DeviceId {
    "d1".parse().unwrap()
}

#[tokio::test]
async fn identities_and_counts() {
    let script = Script::start([
        Act::Answer(200, live!("device_created")),
        Act::Answer(200, live!("device")),
        Act::Answer(200, live!("statistics_devices")),
        Act::Answer(200, live!("statistics_service")),
        Act::Answer(200, live!("bulk_done")),
    ])
    .await;
    let client = client(&script);
    let created = client.device(&id()).await.unwrap();
    assert_eq!((created.etag.as_str(), created.status), ("OTQ1MjczNDU0", DeviceStatus::Enabled));
    assert_eq!(created.last_activity_time, Timestamp::NEVER);
    let disabled = client.device(&id()).await.unwrap();
    assert_eq!(disabled.status, DeviceStatus::Disabled);
    assert_eq!(disabled.status_updated_time.to_string(), "2020-07-16T22:08:40.7533900Z");
    assert_eq!(client.registry_statistics().await.unwrap().total_device_count, 5);
    assert_eq!(client.service_statistics().await.unwrap().connected_device_count, 0);
    let item: BulkItem = serde_json::from_value(json!({"id": "d1", "importMode": "delete"})).unwrap();
    assert!(client.bulk(&[item]).await.unwrap().is_successful);
}

#[tokio::test]
async fn twins_with_and_without_tags() {
    let page = json!([live!("twin_configured"), live!("twin_module")]);
    let script = Script::start([
        Act::Answer(200, live!("twin_fresh")),
        Act::Answer(200, live!("twin_tagged")),
        Act::Page(page, None),
    ])
    .await;
    let client = client(&script);
    let fresh = client.twin(&id()).await.unwrap();
    assert!(fresh.tags.is_empty(), "the member is absent");
    assert_eq!((fresh.version, fresh.etag.as_str()), (2, "AAAAAAAAAAE="));
    let tagged = client.patch_twin(&id(), &hub_wire::twin::TwinPatch::default(), Some("*")).await.unwrap();
    assert_eq!((tagged.version, &tagged.tags["site"]), (3, &json!("north")));
    assert_eq!(tagged.properties.desired["username"], "userA");
    let page = client.query_page::<Twin>("SELECT * FROM devices", 100, None).await.unwrap();
    assert_eq!((page.items.len(), page.continuation), (2, None));
    assert_eq!(page.items[1].module_id.as_ref().unwrap().as_str(), "m1");
}

#[tokio::test]
async fn refusals() {
    let script = Script::start([
        Act::Answer(404, live!("error_device_not_found")),
        Act::Answer(412, live!("error_stale_identity")),
        Act::Answer(412, live!("error_stale_twin")),
    ])
    .await;
    let client = client(&script);
    let error = client.device(&id()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound { code: Some(404_001) });
    let error = client.delete_device(&id(), "MQ==").await.unwrap_err();
    assert_eq!((error.kind, error.hub_code()), (ErrorKind::PreconditionFailed, Some(412_001)));
    let error =
        client.patch_twin(&id(), &hub_wire::twin::TwinPatch::default(), Some("AA==")).await.unwrap_err();
    assert_eq!((error.kind, error.hub_code()), (ErrorKind::PreconditionFailed, Some(412_001)));
    assert_eq!(error.message(), "PreconditionFailed (412001): ETag mismatch for device ID 'd1'");
}
