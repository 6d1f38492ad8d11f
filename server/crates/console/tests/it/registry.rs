//! Registry changes on a real embedded hub: they wait while it is away, continue after a restart, and end with a result for every
//! device.

use std::time::Duration;

use console::{Console, ConsoleConfig};
use console_wire::{
    access::Actor,
    page::PageQuery,
    registry::{ChangeAgain, ChangeDevicesQuery, ChangeKind, ChangeState, NewRegistryChange, RegistryChange},
};
use hub_client::{HubClient, HubClientOptions, RetryPolicy};
use hub_embedded::{Hub, HubConfig};
use hub_wire::{
    DeviceId,
    bulk::{BulkItem, ImportMode},
    device::DeviceStatus,
};
use serde_json::json;
use tempfile::TempDir;

use crate::support::until;

struct World {
    folder: TempDir,
    hub: Hub,
    client: HubClient,
    console: Console,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::start(HubConfig::local(folder.path().join("hub"))).await.unwrap();
        let client = client(&hub, &hub.rest_url());
        let console = open(&folder, &client).await;
        Self { folder, hub, client, console }
    }

    async fn stop(self) {
        self.console.stop().await;
        self.hub.stop().await;
    }

    async fn status(&self, id: &str) -> DeviceStatus {
        self.client.device(&DeviceId::new(id).unwrap()).await.unwrap().status
    }
}

fn client(hub: &Hub, endpoint: &str) -> HubClient {
    let options = HubClientOptions {
        endpoint: Some(endpoint.to_owned()),
        retry: RetryPolicy::NEVER,
        request_timeout: Duration::from_secs(10),
        ..HubClientOptions::default()
    };
    HubClient::new(hub.connection_string().clone(), options).unwrap()
}

async fn open(folder: &TempDir, client: &HubClient) -> Console {
    Console::open(ConsoleConfig::new(folder.path().join("console"), client.clone())).await.unwrap()
}

async fn until_ended(console: &Console, change: &RegistryChange) -> RegistryChange {
    until("the change ends", async || {
        console.registry_change(change.change_id).await.unwrap().end_time.is_some()
    })
    .await;
    console.registry_change(change.change_id).await.unwrap()
}

fn create(count: usize) -> NewRegistryChange {
    let rows: Vec<_> = (0..count).map(|number| format!("d-{number:04},71")).collect();
    let rows = rows.join("\n");
    NewRegistryChange {
        csv: Some(format!("deviceId,tags.building\n{rows}")),
        ..NewRegistryChange::new(ChangeKind::Create)
    }
}

fn disable(condition: &str) -> NewRegistryChange {
    NewRegistryChange {
        query_condition: Some(condition.to_owned()),
        ..NewRegistryChange::new(ChangeKind::Disable)
    }
}

#[tokio::test]
async fn more_devices_than_fit_a_request_keep_their_keys() {
    let world = World::start().await;
    let actor = Actor::LocalOperator;
    let created = world.console.begin_registry_change(create(250), &actor).await.unwrap();
    let created = until_ended(&world.console, &created).await;
    assert_eq!((created.counts.succeeded, created.counts.total()), (250, 250));
    let id = DeviceId::new("d-0123").unwrap();
    let before = world.client.device(&id).await.unwrap();
    let disabled =
        world.console.begin_registry_change(disable("tags.building = '71'"), &actor).await.unwrap();
    let disabled = until_ended(&world.console, &disabled).await;
    assert_eq!(disabled.counts.succeeded, 250);
    let after = world.client.device(&id).await.unwrap();
    assert_eq!(after.status, DeviceStatus::Disabled);
    assert!(after.authentication == before.authentication, "a change of the status made new keys");

    // Two pages of devices, in order and without a gap.
    let query = ChangeDevicesQuery { limit: Some(200), ..ChangeDevicesQuery::default() };
    let first = world.console.registry_change_devices(disabled.change_id, &query).await.unwrap();
    let query = ChangeDevicesQuery { cursor: first.next_cursor.clone(), ..query };
    let second = world.console.registry_change_devices(disabled.change_id, &query).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), second.next_cursor), (200, 50, None));
    assert_ne!(first.items.last(), second.items.first());
    let one = PageQuery { limit: Some(1), cursor: None };
    let page = world.console.registry_changes(&one).await.unwrap();
    assert_eq!(page.items[0].change_id, disabled.change_id);
    assert!(page.next_cursor.is_some());
    world.stop().await;
}

#[tokio::test]
async fn a_change_waits_for_the_hub_and_goes_on_after_a_restart() {
    let world = World::start().await;
    let World { folder, hub, client: near, console } = world;
    let items: Vec<BulkItem> =
        (0..3).map(|number| serde_json::from_value(json!({"id": format!("d-{number}")})).unwrap()).collect();
    assert!(items.iter().all(|item| item.import_mode == ImportMode::Create));
    assert!(near.bulk(&items).await.unwrap().is_successful);
    console.stop().await;

    // A list needs no hub to begin with.
    let away = open(&folder, &client(&hub, "http://127.0.0.1:1")).await;
    let ids = (0..3).map(|number| DeviceId::new(format!("d-{number}")).unwrap()).collect();
    let change = NewRegistryChange { device_ids: Some(ids), ..NewRegistryChange::new(ChangeKind::Disable) };
    let begun = away.begin_registry_change(change, &Actor::LocalOperator).await.unwrap();
    until("the change says what it waits for", async || {
        let change = away.registry_change(begun.change_id).await.unwrap();
        change.note.is_some_and(|note| note.contains("The hub cannot be reached"))
    })
    .await;
    assert_eq!(away.registry_change(begun.change_id).await.unwrap().counts.queued, 3);
    away.stop().await;

    let console = open(&folder, &near).await;
    let ended = until_ended(&console, &begun).await;
    assert_eq!((ended.counts.succeeded, ended.note), (3, None));
    let world = World { folder, hub, client: near, console };
    assert_eq!(world.status("d-2").await, DeviceStatus::Disabled);
    world.stop().await;
}

#[tokio::test]
async fn what_was_not_sent_can_be_cancelled_and_done_again() {
    let world = World::start().await;
    let World { folder, hub, client: near, console } = world;
    assert!(near.bulk(&[serde_json::from_value(json!({"id": "d-0"})).unwrap()]).await.unwrap().is_successful);
    console.stop().await;
    let away = open(&folder, &client(&hub, "http://127.0.0.1:1")).await;
    let actor = Actor::LocalOperator;
    let ids = Some(vec![DeviceId::new("d-0").unwrap()]);
    let change = NewRegistryChange { device_ids: ids, ..NewRegistryChange::new(ChangeKind::Disable) };
    let begun = away.begin_registry_change(change, &actor).await.unwrap();
    assert!(
        away.undo_registry_change(begun.change_id, ChangeAgain::default(), &actor).await.is_err(),
        "it runs"
    );
    let cancelled = away.cancel_registry_change(begun.change_id, &actor).await.unwrap();
    assert_eq!((cancelled.counts.get(ChangeState::Cancelled), cancelled.end_time.is_some()), (1, true));
    assert!(away.cancel_registry_change(begun.change_id, &actor).await.is_err(), "nothing is left");
    away.stop().await;

    let console = open(&folder, &near).await;
    let rerun = console.rerun_registry_change(begun.change_id, ChangeAgain::default(), &actor).await.unwrap();
    let ended = until_ended(&console, &rerun).await;
    assert_eq!((ended.rerun_of, ended.counts.succeeded), (Some(begun.change_id), 1));
    let world = World { folder, hub, client: near, console };
    assert_eq!(world.status("d-0").await, DeviceStatus::Disabled);
    world.stop().await;
}
