//! Previews, the devices list, its columns and facets.

mod support;

use console::ConsoleError;
use console_wire::device::DeviceFilter;
use hub_wire::device::ConnectionState;
use serde_json::json;
use support::World;

#[tokio::test]
async fn a_preview_counts_and_shows_who_is_away() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    for condition in ["*", "", "tags.floor = 3", "FROM devices.modules WHERE moduleId = 'm'"] {
        let preview = console.preview(condition).await.unwrap();
        assert_eq!(
            (preview.count, preview.connected_count, preview.sample.len()),
            (20, 19, 5),
            "{condition}"
        );
        let away =
            preview.sample.iter().filter(|device| device.connection_state == ConnectionState::Disconnected);
        assert_eq!(away.count(), 1);
    }
    let ConsoleError::Invalid(errors) = console.preview("a !! b").await.unwrap_err() else { panic!() };
    assert_eq!(errors[0].field, "queryCondition");
    hub.inside().fails_with = Some(hub_wire::error::ErrorCode::ServiceUnavailable);
    assert!(console.preview("*").await.unwrap_err().problem("r").retryable);
    console.stop().await;
}

#[tokio::test]
async fn a_facet_is_asked_once_and_remembered() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let facet = console.facet(" * ", "tags.wing").await.unwrap();
    let values: Vec<_> = facet.values.iter().map(|of| (of.value.as_str().unwrap(), of.count)).collect();
    assert_eq!(values, [("A", 12), ("B", 7)]);
    assert_eq!((facet.unset_count, facet.other_values, facet.is_unbounded), (1, 0, false));

    let asked = hub.calls("POST /devices/query");
    assert_eq!(console.facet("*", "tags.wing").await.unwrap(), facet);
    assert_eq!(console.facet_soon("*", "tags.wing").await.unwrap(), Some(facet));
    assert_eq!(hub.calls("POST /devices/query"), asked, "from memory");

    let floors = console.facet("*", "tags.floor").await.unwrap();
    assert!(floors.is_unbounded && floors.values.is_empty(), "more values than the hub tells at once");
    assert_eq!(console.count_devices("*").await.unwrap(), (20, 19));

    for (condition, path, field) in
        [("a !! b", "tags.wing", "q"), ("*", "deviceId", "facet"), ("*", "tags.a FROM devices", "facet")]
    {
        let ConsoleError::Invalid(errors) = console.facet(condition, path).await.unwrap_err() else {
            panic!()
        };
        assert_eq!(errors[0].field, field);
    }
    hub.inside().fails_with = Some(hub_wire::error::ErrorCode::ServiceUnavailable);
    assert!(console.facet("*", "tags.other").await.unwrap_err().problem("r").retryable);
    console.stop().await;
}

#[tokio::test]
async fn chosen_columns_come_with_the_rows() {
    let world = World::start().await;
    let console = &world.console;
    let columns = ["tags.wing", "properties.reported.lock.state", "tags.none"].map(str::to_owned);
    let table = console.device_table(&DeviceFilter::default(), &columns).await.unwrap();
    assert_eq!(table.columns, columns);
    assert_eq!(table.rows.items[0].values, [json!("B"), json!("locked"), json!(null)]);
    assert_eq!(table.names, ["tags.floor", "tags.wing", "properties.reported.lock.state"]);
    assert_eq!(table.facets, ["tags.wing", "properties.reported.lock.state"], "floors are all different");
    let filter = DeviceFilter { cursor: table.rows.next_cursor, ..DeviceFilter::default() };
    let next = console.device_table(&filter, &[]).await.unwrap();
    assert!(next.rows.items[0].device.device_id > table.rows.items[0].device.device_id);
    console.stop().await;
}

#[tokio::test]
async fn devices_page_by_page() {
    let world = World::start().await;
    let console = &world.console;
    let mut filter = DeviceFilter { q: Some("tags.floor > 0".into()), ..DeviceFilter::default() };
    let mut ids = Vec::new();
    loop {
        let page = console.devices(&filter).await.unwrap();
        ids.extend(page.items.into_iter().map(|device| device.device_id));
        let Some(next) = page.next_cursor else { break };
        filter.cursor = Some(next);
    }
    assert_eq!(ids.len(), 20);
    assert!(ids.is_sorted());
    // A cursor belongs to its condition.
    let other = DeviceFilter { q: None, ..filter.clone() };
    let bad = DeviceFilter { q: Some("a !! b".into()), ..DeviceFilter::default() };
    let garbage = DeviceFilter { cursor: Some("%%".into()), ..DeviceFilter::default() };
    let many = DeviceFilter { limit: Some(101), ..DeviceFilter::default() };
    for (filter, field) in [(other, "cursor"), (bad, "q"), (garbage, "cursor"), (many, "limit")] {
        let ConsoleError::Invalid(errors) = console.devices(&filter).await.unwrap_err() else { panic!() };
        assert_eq!(errors[0].field, field);
    }
    console.stop().await;
}
