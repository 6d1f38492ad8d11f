//! Previews, the devices list with its columns and facets, a device's jobs.

use crate::support::{World, finished_job, lock_door, wait_for};
use console::{ConsoleError, DeviceFormat};
use console_wire::{
    access::Actor,
    device::{DeviceExport, DeviceFilter, ExportedDevice},
};
use futures::TryStreamExt;
use hub_wire::device::ConnectionState;
use serde_json::json;

/// Who has no scope.
const LOCAL: &Actor = &Actor::LocalOperator;

#[tokio::test]
async fn a_preview_counts_and_shows_a_disconnected_device() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    for condition in ["*", "", "tags.floor = 3", "FROM devices.modules WHERE moduleId = 'm'"] {
        let preview = console.preview(condition, LOCAL).await.unwrap();
        assert_eq!(
            (preview.count, preview.connected_count, preview.sample.len()),
            (20, 19, 5),
            "{condition}"
        );
        let disconnected =
            preview.sample.iter().filter(|device| device.connection_state == ConnectionState::Disconnected);
        assert_eq!(disconnected.count(), 1);
    }
    let ConsoleError::Invalid(errors) = console.preview("a !! b", LOCAL).await.unwrap_err() else { panic!() };
    assert_eq!(errors[0].field, "queryCondition");
    hub.inside().fails_with = Some(hub_wire::error::ErrorCode::ServiceUnavailable);
    assert!(console.preview("*", LOCAL).await.unwrap_err().problem("r").retryable);
    console.stop().await;
}

#[tokio::test]
async fn a_facet_is_read_once_and_cached() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let facet = console.facet(" * ", "tags.wing", LOCAL).await.unwrap();
    let values: Vec<_> = facet.values.iter().map(|of| (of.value.as_str().unwrap(), of.count)).collect();
    assert_eq!(values, [("A", 12), ("B", 7)]);
    assert_eq!((facet.unset_count, facet.other_values, facet.is_unbounded), (1, 0, false));

    let calls = hub.calls("POST /devices/query");
    assert_eq!(console.facet("*", "tags.wing", LOCAL).await.unwrap(), facet);
    assert_eq!(console.facet_soon("*", "tags.wing", LOCAL).await.unwrap(), Some(facet));
    assert_eq!(hub.calls("POST /devices/query"), calls, "from the cache");

    let floors = console.facet("*", "tags.floor", LOCAL).await.unwrap();
    assert!(floors.is_unbounded && floors.values.is_empty(), "more values than fit into a page");
    assert_eq!(console.count_devices("*", LOCAL).await.unwrap(), (20, 19));

    for (condition, path, field) in
        [("a !! b", "tags.wing", "q"), ("*", "deviceId", "facet"), ("*", "tags.a FROM devices", "facet")]
    {
        let ConsoleError::Invalid(errors) = console.facet(condition, path, LOCAL).await.unwrap_err() else {
            panic!()
        };
        assert_eq!(errors[0].field, field);
    }
    hub.inside().fails_with = Some(hub_wire::error::ErrorCode::ServiceUnavailable);
    assert!(console.facet("*", "tags.other", LOCAL).await.unwrap_err().problem("r").retryable);
    console.stop().await;
}

#[tokio::test]
async fn chosen_columns_come_with_the_rows() {
    let world = World::start().await;
    let console = &world.console;
    let columns = ["tags.wing", "properties.reported.lock.state", "tags.none"].map(str::to_owned);
    let table = console.device_table(&DeviceFilter::default(), &columns, LOCAL).await.unwrap();
    assert_eq!(table.columns, columns);
    assert_eq!(table.rows.items[0].values, [json!("B"), json!("locked"), json!(null)]);
    assert_eq!(table.names, ["tags.floor", "tags.wing", "properties.reported.lock.state"]);
    assert_eq!(table.facets, ["tags.wing", "properties.reported.lock.state"], "floors are all different");
    let filter = DeviceFilter { cursor: table.rows.next_cursor, ..DeviceFilter::default() };
    let next = console.device_table(&filter, &[], LOCAL).await.unwrap();
    assert!(next.rows.items[0].device.device_id > table.rows.items[0].device.device_id);
    console.stop().await;
}

#[tokio::test]
async fn devices_are_listed_page_by_page() {
    let world = World::start().await;
    let console = &world.console;
    let mut filter = DeviceFilter { q: Some("tags.floor > 0".into()), ..DeviceFilter::default() };
    let mut ids = Vec::new();
    loop {
        let page = console.devices(&filter, LOCAL).await.unwrap();
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
        let ConsoleError::Invalid(errors) = console.devices(&filter, LOCAL).await.unwrap_err() else {
            panic!()
        };
        assert_eq!(errors[0].field, field);
    }
    console.stop().await;
}

#[tokio::test]
async fn plain_text_becomes_a_condition_over_the_tags_of_the_devices() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    for (text, condition) in [
        ("wing A", Some("tags.wing = 'A'")),
        ("Floor = 3", Some("tags.floor = '3' OR tags.floor = 3")),
        (
            "door-0003",
            Some("CONTAINS(deviceId, 'door-0003') OR tags.floor = 'door-0003' OR tags.wing = 'door-0003'"),
        ),
        ("tags.floor = 3", None),
        ("", None),
    ] {
        assert_eq!(console.search_condition(text, LOCAL).await.unwrap().as_deref(), condition, "{text}");
    }
    assert_eq!(hub.calls("POST /devices/query"), 1, "the names of tags are kept for a moment");
    assert!(console.search_devices("tags.floor = 3", 6, LOCAL).await.unwrap().is_empty());
    console.stop().await;
}

#[tokio::test]
async fn all_devices_are_exported_page_by_page() {
    let world = World::start().await;
    let console = &world.console;
    let export = |columns: &str| DeviceExport {
        q: Some("tags.floor > 0".into()),
        columns: Some(columns.into()),
        content: None,
    };
    let text = async |format| -> String {
        console
            .export_devices(&export("tags.wing"), format, LOCAL)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap()
    };
    let csv = text(DeviceFormat::Csv).await;
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 21);
    assert!(lines[0].ends_with(",tags,tags.wing") && lines[1].starts_with("door-0000,"), "{csv}");
    let json: Vec<ExportedDevice> = serde_json::from_str(&text(DeviceFormat::Json).await).unwrap();
    assert_eq!((json.len(), &json[0].values["tags.wing"]), (20, &json!("B")));
    let bad = DeviceExport { q: Some("a !! b".into()), columns: None, content: None };
    for (export, field) in
        [(bad, "q"), (export("deviceId"), "columns"), (export(&"tags.a,".repeat(17)), "columns")]
    {
        let Err(ConsoleError::Invalid(errors)) =
            console.export_devices(&export, DeviceFormat::Csv, LOCAL).await
        else {
            panic!("{export:?}")
        };
        assert_eq!(errors[0].field, field);
    }
    world.hub.inside().device_count = 100_001;
    let Err(ConsoleError::Invalid(errors)) =
        console.export_devices(&export(""), DeviceFormat::Csv, LOCAL).await
    else {
        panic!()
    };
    assert!(errors[0].message.contains("at most 100000"), "{errors:?}");
    console.stop().await;
}

#[tokio::test]
async fn the_jobs_of_a_device_are_listed_page_by_page() {
    let world = World::start().await;
    for number in 0..5 {
        let id = format!("job-{number}");
        world.console.create_job(lock_door(Some(&id))).await.unwrap();
        world.hub.begin(&id, 3);
        world.hub.fails(&id, 1, "DeviceNotOnline");
        wait_for(&world.console, &id, |job| job.outcomes.not_online == 1).await;
    }
    let door = "door-0001".parse().unwrap();
    let (mut jobs, mut cursor) = (Vec::new(), None);
    loop {
        let page = world.console.device_jobs(&door, cursor.as_deref(), Some(2)).await.unwrap();
        jobs.extend(page.items);
        let Some(next) = page.next_cursor else { break };
        cursor = Some(next);
    }
    let ids: Vec<_> = jobs.iter().map(|job| job.job_id.as_str()).collect();
    assert_eq!(ids, ["job-4", "job-3", "job-2", "job-1", "job-0"]);
    assert!(
        jobs.iter()
            .all(|job| job.action == "lockDoor" && job.error_code.as_deref() == Some("DeviceNotOnline"))
            && jobs.iter().all(|job| job.name.starts_with("lockDoor on ") && job.desired_paths.is_empty())
    );
    let other = "unknown".parse().unwrap();
    assert!(world.console.device_jobs(&other, None, None).await.unwrap().items.is_empty());
    assert!(world.console.device_jobs(&door, Some("garbage"), None).await.is_err());
    world.console.stop().await;
}

#[tokio::test]
async fn a_pasted_list_is_looked_up() {
    let world = World::start().await;
    // Twenty doors are known, the last of them is disconnected.
    let mut pasted: Vec<String> = (10..1000).map(|number| format!("door-{number:04}")).collect();
    pasted.extend(["door-0010", " door-0011 ", "", "not an id"].map(str::to_owned));
    let preview = world.console.preview(pasted, LOCAL).await.unwrap();
    assert_eq!((preview.count, preview.connected_count, preview.duplicates), (10, 9, 2));
    assert_eq!(
        (preview.unknown_count, preview.unknown.len(), preview.unknown[0].as_str()),
        (981, 100, "not an id")
    );
    assert!(
        preview.sample.iter().any(|device| device.device_id.as_str() == "door-0019"),
        "{:?}",
        preview.sample
    );
    assert_eq!((preview.sample.len(), preview.estimate), (5, None));
    let pasted: Vec<String> = ["DOOR-0001", "door-0002", "nobody"].map(str::to_owned).into();
    let preview = world.console.preview(pasted, LOCAL).await.unwrap();
    let similar: Vec<_> =
        preview.similar.iter().map(|found| (found.written.as_str(), found.device_id.as_str())).collect();
    assert_eq!((preview.count, preview.unknown_count, similar), (1, 2, vec![("DOOR-0001", "door-0001")]));
    let many: Vec<String> = (0..100_001).map(|number| number.to_string()).collect();
    let problem = world.console.preview(many, LOCAL).await.unwrap_err().problem("r");
    assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, "deviceIds"));
    // The estimate comes from the last jobs of the same type.
    finished_job(&world).await;
    assert_eq!(world.console.preview("*", LOCAL).await.unwrap().estimate, None, "no twin job has run");
    world.console.stop().await;
}
