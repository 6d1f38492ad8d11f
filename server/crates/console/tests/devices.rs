//! Previews and the devices list.

mod support;

use console::ConsoleError;
use console_wire::device::DeviceFilter;
use hub_wire::device::ConnectionState;
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
