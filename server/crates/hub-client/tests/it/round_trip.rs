//! The client against the embedded hub, over HTTP as against a real one.

use std::collections::BTreeSet;

use anyhow::Result;
use futures::TryStreamExt;
use hub_client::{ErrorKind, HubClient, HubClientOptions, JobFilter};
use hub_embedded::{Hub, HubConfig};
use hub_wire::{
    DeviceId, Timestamp,
    bulk::{BulkItem, ImportMode},
    connection_string::ServiceConnectionString,
    device::Device,
    job::{JobRequest, JobStatus, JobType},
    twin::{Twin, TwinPatch},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

struct TestHub {
    hub: Hub,
    client: HubClient,
    _data_dir: TempDir,
}

impl TestHub {
    async fn start() -> Result<Self> {
        let data_dir = tempfile::tempdir()?;
        let hub = Hub::start(HubConfig::local(data_dir.path())).await?;
        let client = client(&hub, hub.connection_string().clone())?;
        Ok(Self { hub, client, _data_dir: data_dir })
    }
}

fn client(hub: &Hub, connection: ServiceConnectionString) -> Result<HubClient> {
    Ok(HubClient::new(
        connection,
        HubClientOptions { endpoint: Some(hub.rest_url()), ..HubClientOptions::default() },
    )?)
}

fn id(text: &str) -> DeviceId {
    text.parse().expect("a valid id")
}

fn new_device(text: &str) -> Device {
    serde_json::from_value(json!({"deviceId": text})).expect("an id is enough")
}

fn item(text: &str, tags: &Value) -> BulkItem {
    serde_json::from_value(json!({"id": text, "tags": tags})).expect("a valid item")
}

fn patch(patch: Value) -> TwinPatch {
    serde_json::from_value(patch).expect("a valid patch")
}

#[tokio::test]
async fn a_device_from_creation_to_deletion() -> Result<()> {
    let TestHub { hub, client, _data_dir } = TestHub::start().await?;
    let created = client.create_device(&new_device("a:b#c%d")).await?;
    let keys = created.authentication.symmetric_key.clone().expect("keys are generated");
    assert!(keys.primary_key.is_some_and(|key| key.len() == 44));
    assert_eq!(client.create_device(&new_device("a:b#c%d")).await.unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(client.device(&id("a:b#c%d")).await?, created);

    let mut changed = created.clone();
    changed.status_reason = Some("spare".into());
    let changed = client.replace_device(&changed, &created.etag).await?;
    assert_ne!(changed.etag, created.etag);
    let stale = client.delete_device(&created.device_id, &created.etag).await.unwrap_err();
    assert_eq!(stale.kind, ErrorKind::PreconditionFailed);
    client.delete_device(&created.device_id, "*").await?;
    let gone = client.device(&created.device_id).await.unwrap_err();
    assert_eq!(gone.kind, ErrorKind::NotFound { code: Some(404_001) });
    assert!(client.health().is_good(), "a device that is not there says nothing about the hub");
    hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_twin_is_merged_and_guarded_by_its_etag() -> Result<()> {
    let TestHub { hub, client, _data_dir } = TestHub::start().await?;
    client.create_device(&new_device("d1")).await?;
    let change =
        patch(json!({"tags": {"floor": "3"}, "properties": {"desired": {"interval": 60, "old": 1}}}));
    let first = client.patch_twin(&id("d1"), &change, None).await?;
    assert_eq!(first.tags["floor"], "3");
    let change = patch(json!({"properties": {"desired": {"old": null}}}));
    let second = client.patch_twin(&id("d1"), &change, Some(&first.etag)).await?;
    assert!(!second.properties.desired.contains_key("old"));
    let stale = client.patch_twin(&id("d1"), &change, Some(&first.etag)).await.unwrap_err();
    assert_eq!(stale.kind, ErrorKind::PreconditionFailed);
    let replaced = client.replace_twin(&id("d1"), &patch(json!({"tags": {"ring": 1}})), None).await?;
    assert_eq!(Value::Object(replaced.tags), json!({"ring": 1}));
    assert_eq!(client.twin(&id("d1")).await?.etag, replaced.etag);
    hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn queries_page_through_a_fleet() -> Result<()> {
    let TestHub { hub, client, _data_dir } = TestHub::start().await?;
    for batch in 0..3 {
        let items: Vec<_> =
            (0..90).map(|n| item(&format!("d{batch}-{n}"), &json!({"ring": n % 3}))).collect();
        assert!(client.bulk(&items).await?.is_successful);
    }
    let again = client.bulk(&[item("d0-0", &json!({}))]).await?;
    assert_eq!((again.is_successful, again.errors.len()), (false, 1));

    let twins: Vec<Twin> =
        client.query("SELECT * FROM devices WHERE tags.ring = 1", 40).try_collect().await?;
    let ids: BTreeSet<_> = twins.iter().map(|twin| twin.device_id.clone()).collect();
    assert_eq!((twins.len(), ids.len()), (90, 90));

    let page = client.query_page::<Value>("SELECT COUNT() AS n FROM devices", 1, None).await?;
    assert_eq!(
        (page.items, page.continuation, page.item_type.as_deref()),
        (vec![json!({"n": 270})], None, Some("Raw"))
    );
    assert_eq!(client.registry_statistics().await?.total_device_count, 270);
    assert_eq!(client.service_statistics().await?.connected_device_count, 0);
    assert_eq!(client.list_devices(7).await?.len(), 7);

    let broken = client.query_page::<Value>("SELECT FROM", 1, None).await.unwrap_err();
    assert_eq!(broken.kind, ErrorKind::Refused);

    let delete = BulkItem { import_mode: ImportMode::Delete, tags: None, ..item("d0-0", &json!({})) };
    assert!(client.bulk(&[delete]).await?.is_successful);
    assert_eq!(client.registry_statistics().await?.total_device_count, 269);
    hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_method_on_an_unknown_or_offline_device() -> Result<()> {
    let TestHub { hub, client, _data_dir } = TestHub::start().await?;
    client.create_device(&new_device("d1")).await?;
    let call = serde_json::from_value(json!({"methodName": "lockDoor"}))?;
    assert_eq!(client.invoke_method(&id("d1"), &call).await.unwrap_err().kind, ErrorKind::NotOnline);
    let unknown = client.invoke_method(&id("d2"), &call).await.unwrap_err();
    assert_eq!(unknown.kind, ErrorKind::NotFound { code: Some(404_001) });
    hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn jobs_are_created_once_listed_and_cancelled() -> Result<()> {
    let TestHub { hub, client, _data_dir } = TestHub::start().await?;
    let in_an_hour = Timestamp::from(std::time::SystemTime::now()).plus(std::time::Duration::from_hours(1));
    let request: JobRequest = serde_json::from_value(json!({
        "jobId": "later-1", "type": "scheduleUpdateTwin", "queryCondition": "*", "startTime": in_an_hour,
        "updateTwin": {"etag": "*", "tags": {"ring": 2}}
    }))?;
    assert!(client.job("later-1").await?.is_none());
    let receipt = client.create_job(&request).await?;
    assert_eq!((receipt.job_id.as_str(), receipt.status), ("later-1", JobStatus::Queued));
    assert_eq!(client.create_job(&request).await.unwrap_err().kind, ErrorKind::Conflict);
    let job = client.job("later-1").await?.expect("the hub knows it");
    assert_eq!(job.query_condition.as_deref(), Some("*"));

    let cancelled = client.cancel_job("later-1").await?;
    assert_eq!(cancelled.status, JobStatus::Cancelled);
    assert_eq!(client.cancel_job("later-1").await.unwrap_err().hub_code(), Some(405_102));
    assert_eq!(
        client.cancel_job("nobody").await.unwrap_err().kind,
        ErrorKind::NotFound { code: Some(404_002) }
    );

    let list = |filter| client.jobs(filter).try_collect::<Vec<_>>();
    assert_eq!(list(JobFilter::default()).await?.len(), 1);
    let twins = JobFilter { job_type: Some(JobType::ScheduleUpdateTwin), status: Some(JobStatus::Cancelled) };
    assert_eq!(list(twins).await?[0].job_id, "later-1");
    let methods = JobFilter { job_type: Some(JobType::ScheduleDeviceMethod), status: None };
    assert!(list(methods).await?.is_empty());
    hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_wrong_key_is_unauthorized() -> Result<()> {
    let TestHub { hub, client: _, _data_dir } = TestHub::start().await?;
    let wrong = ServiceConnectionString::new("localhost", "iothubowner", &SecretString::from("d3Jvbmc="))?;
    let error = client(&hub, wrong)?.device(&id("d1")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthorized, "{error:?}");
    hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn over_tls_with_the_hubs_own_authority() -> Result<()> {
    let data_dir = tempfile::tempdir()?;
    let config =
        HubConfig { tls_listen: Some(([127, 0, 0, 1], 0).into()), ..HubConfig::local(data_dir.path()) };
    let hub = Hub::start(config).await?;
    let address = hub.addresses().rest_tls.expect("asked for");
    let options = |ca_pem| HubClientOptions {
        endpoint: Some(format!("https://localhost:{}", address.port())),
        ca_pem,
        retry: hub_client::RetryPolicy::NEVER,
        ..HubClientOptions::default()
    };
    let ca = std::fs::read(hub.ca_path())?;
    let trusting = HubClient::new(hub.connection_string().clone(), options(Some(ca)))?;
    assert_eq!(trusting.registry_statistics().await?.total_device_count, 0);
    // A machine without any roots cannot even make this client; both are a refusal to talk.
    match HubClient::new(hub.connection_string().clone(), options(None)) {
        Ok(distrusting) => {
            let error = distrusting.registry_statistics().await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unreachable, "{error:?}");
        }
        Err(error) => assert_eq!(error.kind, ErrorKind::Invalid),
    }
    hub.stop().await;
    Ok(())
}
