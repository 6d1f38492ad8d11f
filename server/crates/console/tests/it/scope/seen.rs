//! What an operator with a scope sees: in every list, search, count and file only devices inside.

use std::{collections::BTreeSet, time::Duration};

use console::{DeviceFormat, TelemetrySource};
use console_wire::{
    device::{DeviceExport, DeviceFilter, ExportContent},
    group::NewGroup,
    overview::{AttentionKind, MatrixQuery, Measure},
    page::Page,
};
use futures::TryStreamExt;
use hub_wire::sas::{SasKey, resource_uri, sign_token};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use secrecy::ExposeSecret;

use super::*;

fn filter(q: &str) -> DeviceFilter {
    DeviceFilter { q: Some(q.to_owned()), ..DeviceFilter::default() }
}

/// Ids in their order, with commas between.
fn joined<T: ToString>(ids: impl IntoIterator<Item = T>) -> String {
    ids.into_iter().map(|id| id.to_string()).collect::<Vec<_>>().join(",")
}

/// The field at fault.
fn field<T: std::fmt::Debug>(result: Result<T, ConsoleError>) -> String {
    let Err(ConsoleError::Invalid(faults)) = result else { panic!("{result:?}") };
    faults[0].field.clone()
}

impl World {
    async fn listed(&self, q: &str, by: &Actor) -> String {
        let Page { items, .. } = self.console.devices(&filter(q), by).await.unwrap();
        joined(items.into_iter().map(|device| device.device_id))
    }

    /// A person with another scope.
    fn with_scope(&self, scope: &str) -> Actor {
        let Actor::Person(mut person) = self.mara.clone() else { panic!() };
        person.scope = Some(scope.to_owned());
        Actor::Person(person)
    }

    /// A client of the hub's MQTT, with the token of a key or with the hub's own.
    fn mqtt(&self, id: &str, key: Option<&SasKey>) -> (AsyncClient, EventLoop) {
        let service = self.hub.connection_string();
        let resource = resource_uri(&[&service.host_name, "devices", id]);
        let token = match key {
            Some(key) => sign_token(key, &resource, 4_000_000_000, None),
            None => sign_token(&service.key, &resource, 4_000_000_000, Some(&service.policy)),
        };
        let mut options = MqttOptions::new(id, "127.0.0.1", self.hub.addresses().mqtt.port());
        let user = format!("{}/{id}/?api-version=2021-04-12", service.host_name);
        options.set_credentials(user, token.expose_secret());
        AsyncClient::new(options, 16)
    }

    /// The device sends a message.
    async fn sends(&self, id: &str) {
        let (client, mut events) = self.mqtt(id, None);
        let topic = format!("devices/{id}/messages/events/");
        client.publish(topic, QoS::AtLeastOnce, false, "{}").await.unwrap();
        let taken =
            async { while !matches!(events.poll().await.unwrap(), Event::Incoming(Packet::PubAck(_))) {} };
        tokio::time::timeout(Duration::from_secs(30), taken).await.expect("the hub takes it");
    }

    /// The hub refuses a client with this id.
    async fn is_refused(&self, id: &str) {
        let (_client, mut events) = self.mqtt(id, Some(&SasKey::from_bytes(vec![1; 32])));
        let refused = async { while events.poll().await.is_ok() {} };
        tokio::time::timeout(Duration::from_secs(30), refused).await.expect("it is refused");
    }

    async fn refused(&self, by: &Actor) -> BTreeSet<String> {
        let refusals = self.console.refusals(by).await.unwrap();
        refusals.items.into_iter().map(|one| one.device_id.to_string()).collect()
    }

    /// How many devices the overview says were refused.
    async fn refused_count(&self, by: &Actor) -> Option<u64> {
        let overview = self.console.overview(by).await.unwrap();
        assert_eq!(overview.attention.len() as u64, overview.attention_count);
        let mut attention = overview.attention.iter();
        attention.find(|entry| entry.kind == AttentionKind::DevicesRefused).map(|entry| entry.count)
    }

    /// The cells of the matrix of building and floor: building, devices, and how many of them are affected.
    async fn cells(&self, by: &Actor, measure: Measure) -> Vec<(String, u64, u64)> {
        let tag = |name: &str| Some(format!("tags.{name}"));
        let query = MatrixQuery { columns: tag("building"), rows: tag("floor"), by: measure };
        let matrix = self.console.tag_matrix(&query, by).await.unwrap();
        assert_eq!(self.console.tag_matrix_soon(&query, by).await.unwrap().as_ref(), Some(&matrix));
        let cell = |cell: &console_wire::overview::MatrixCell| {
            let column = cell.column.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
            (column, cell.devices, cell.affected)
        };
        let mut cells: Vec<_> = matrix.cells.iter().map(cell).collect();
        cells.sort();
        cells
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_outside_is_not_shown() {
    let world = World::start().await;
    let (console, mara) = (&world.console, &world.mara);
    for (id, is_visible) in [("a-1", true), ("b-1", false), ("unknown", false)] {
        match console.check_visible(&device(id), mara).await {
            Ok(()) => assert!(is_visible, "{id}"),
            Err(error) => assert!(!is_visible && is_not_found(&error), "{id}: {error:?}"),
        }
        console.check_visible(&device(id), &world.priya).await.unwrap();
    }
    let (inside, outside) = (device("a-1"), device("b-1"));
    for (left, right) in [(&inside, &outside), (&outside, &inside)] {
        let error = console.compare_twins(left, right, mara).await.unwrap_err();
        assert!(is_not_found(&error), "{error:?}");
        console.compare_twins(left, right, &world.priya).await.unwrap();
    }
    console.compare_twins(&inside, &device("a-2"), mara).await.unwrap();
    // The other spelling of an id is suggested only of a device inside.
    for (actor, similar) in [(mara, "a-1"), (&world.priya, "a-1,b-1")] {
        let ids = ["A-1", "B-1"].map(str::to_owned).to_vec();
        let preview = console.preview(ids, actor).await.unwrap();
        assert_eq!(joined(preview.similar.into_iter().map(|one| one.device_id)), similar);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_only_devices_inside() {
    let world = World::start().await;
    let (console, mara, priya) = (&world.console, &world.mara, &world.priya);
    for (q, inside, all) in [
        ("", "a-1,a-2,a-3", "a-1,a-2,a-3,b-1,b-2"),
        ("*", "a-1,a-2,a-3", "a-1,a-2,a-3,b-1,b-2"),
        ("deviceId IN ['a-1', 'b-1']", "a-1", "a-1,b-1"),
        ("true OR tags.building = 'b'", "a-1,a-2,a-3", "a-1,a-2,a-3,b-1,b-2"),
        ("tags.building = 'b'", "", "b-1,b-2"),
    ] {
        assert_eq!(world.listed(q, mara).await, inside, "{q}");
        assert_eq!(world.listed(q, priya).await, all, "{q}");
        let rows = console.device_table(&filter(q), &["tags.building".to_owned()], mara).await.unwrap().rows;
        assert_eq!(joined(rows.items.iter().map(|row| &row.device.device_id)), inside, "{q}");
        assert!(rows.items.iter().all(|row| row.values == ["a"]), "{rows:?}");
    }
    for q in ["x = 1) OR (1 = 1", "1 = 1 /*", "FROM devices.modules", "building = 'a'"] {
        assert_eq!(field(console.devices(&filter(q), mara).await), "q", "{q}");
        assert_eq!(field(console.device_table(&filter(q), &[], mara).await), "q", "{q}");
    }
    // A cursor leads through the devices inside, and is nothing to anyone with another scope.
    let first = DeviceFilter { limit: Some(2), ..DeviceFilter::default() };
    let page = console.devices(&first, mara).await.unwrap();
    let next = DeviceFilter { cursor: page.next_cursor, ..first.clone() };
    assert!(next.cursor.is_some());
    let page = console.devices(&next, mara).await.unwrap();
    assert_eq!(joined(page.items.into_iter().map(|device| device.device_id)), "a-3");
    assert_eq!(page.next_cursor, None);
    assert_eq!(field(console.devices(&next, priya).await), "cursor");
    let of_all = console.devices(&first, priya).await.unwrap();
    let of_all = DeviceFilter { cursor: of_all.next_cursor, ..first };
    assert_eq!(field(console.devices(&of_all, mara).await), "cursor");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_a_count_and_a_facet_have_only_devices_inside() {
    let world = World::start().await;
    let (console, mara, priya) = (&world.console, &world.mara, &world.priya);
    world.client.patch_twin(&device("b-1"), &patch(&json!({"vault": "gold"})), None).await.unwrap();
    for (text, inside, all) in [
        ("building a", "a-1,a-2,a-3", "a-1,a-2,a-3"),
        ("building b", "", "b-1,b-2"),
        ("-1", "a-1", "a-1,b-1"),
        ("gold", "", "b-1"),
    ] {
        for (actor, expected) in [(mara, inside), (priya, all)] {
            let found = console.search_devices(text, 6, actor).await.unwrap();
            assert_eq!(joined(found.into_iter().map(|device| device.device_id)), expected, "{text}");
        }
    }
    // Which tags there are outside is not said.
    for (actor, is_known) in [(mara, false), (priya, true)] {
        let condition = console.search_condition("gold", actor).await.unwrap().unwrap();
        assert_eq!(condition.contains("vault"), is_known, "{condition}");
    }
    assert_eq!(console.count_devices("*", mara).await.unwrap(), (3, 0));
    assert_eq!(console.count_devices("", mara).await.unwrap(), (3, 0));
    assert_eq!(console.count_devices("tags.building = 'b'", mara).await.unwrap(), (0, 0));
    assert_eq!(console.count_devices("*", priya).await.unwrap(), (5, 0));
    field(console.count_devices("x = 1) OR (1 = 1", mara).await);
    // One after the other, in this order: what is kept of one is not shown to the other.
    for (actor, expected) in [(priya, "a 3,b 2"), (mara, "a 3")] {
        for condition in ["", "*"] {
            let facet = console.facet(condition, "tags.building", actor).await.unwrap();
            let values = facet.values.iter().map(|of| format!("{} {}", of.value.as_str().unwrap(), of.count));
            assert_eq!(joined(values), expected);
            let soon = console.facet_soon(condition, "tags.building", actor).await.unwrap();
            assert_eq!(soon, Some(facet));
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_has_only_devices_inside() {
    let world = World::start().await;
    for content in [None, Some(ExportContent::Identities), Some(ExportContent::Twins)] {
        for format in [DeviceFormat::Csv, DeviceFormat::Json] {
            for (actor, has_others) in [(&world.mara, false), (&world.priya, true)] {
                let export = DeviceExport { content, ..DeviceExport::default() };
                let chunks = world.console.export_devices(&export, format, actor).await.unwrap();
                let file: String = chunks.try_collect().await.unwrap();
                assert!(file.contains("a-3"), "{file}");
                assert_eq!(file.contains("b-1"), has_others, "{file}");
                let outside = DeviceExport { q: Some("deviceId = 'b-2'".into()), ..export };
                let chunks = world.console.export_devices(&outside, format, actor).await.unwrap();
                let file: String = chunks.try_collect().await.unwrap();
                assert_eq!(file.contains("b-2"), has_others, "{file}");
            }
        }
    }
    // Refused before the file begins.
    for q in ["x = 1) OR (1 = 1", "FROM devices.modules"] {
        let bad = DeviceExport { q: Some(q.into()), ..DeviceExport::default() };
        let refused = world.console.export_devices(&bad, DeviceFormat::Csv, &world.mara).await;
        assert_eq!(field(refused.map(|_| ())), "q", "{q}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_devices_are_those_inside() {
    let world = World::start().await;
    let (console, mara, priya) = (&world.console, &world.mara, &world.priya);
    let other = &world.with_scope("tags.building = 'c'");
    for id in ["a-1", "b-1", "stranger"] {
        world.is_refused(id).await;
    }
    until("the hub has noted them", async || world.refused(priya).await.len() == 3).await;
    assert_eq!(joined(world.refused(mara).await), "a-1");
    assert_eq!(joined(world.refused(other).await), "");
    assert_eq!(console.refused_condition(mara).await.unwrap(), "deviceId IN ['a-1']");
    assert_eq!(console.refused_condition(other).await.unwrap(), "deviceId = ''");
    let of_priya = console.refused_condition(priya).await.unwrap();
    assert!(of_priya.contains("'a-1'") && of_priya.contains("'b-1'"), "{of_priya}");
    // The list that a page shows with it.
    assert_eq!(world.listed(&of_priya, mara).await, "a-1");
    until("the overview counts them", async || world.refused_count(priya).await == Some(2)).await;
    assert_eq!(world.refused_count(mara).await, Some(1));
    assert_eq!(world.refused_count(other).await, None);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_counts_devices_inside() {
    let world = World::start().await;
    let (mara, priya) = (&world.mara, &world.priya);
    let fleet = async |by: &Actor| {
        let fleet = world.console.overview(by).await.unwrap().fleet;
        (fleet.devices, fleet.connected)
    };
    until("the hub's devices are counted", async || fleet(priya).await == (Some(5), Some(0))).await;
    assert_eq!(fleet(mara).await, (Some(3), Some(0)));
    assert_eq!(fleet(&world.with_scope("tags.building = 'c'")).await, (Some(0), Some(0)));

    let cell = |building: &str, devices, affected| (building.to_owned(), devices, affected);
    assert_eq!(world.cells(priya, Measure::Connection).await, [cell("a", 3, 3), cell("b", 2, 2)]);
    assert_eq!(world.cells(mara, Measure::Connection).await, [cell("a", 3, 3)]);
    for (job_id, target, inside, all) in [
        ("every", json!({"queryCondition": "*"}), cell("a", 3, 0), vec![cell("a", 3, 0), cell("b", 2, 0)]),
        (
            "list",
            json!({"deviceIds": ["a-1", "b-1"]}),
            cell("a", 1, 0),
            vec![cell("a", 1, 0), cell("b", 1, 0)],
        ),
    ] {
        world.create(mark(job_id, &target), priya).await.unwrap();
        world.ended(job_id).await;
        assert_eq!(world.cells(priya, Measure::Job).await, all, "{job_id}");
        assert_eq!(world.cells(mara, Measure::Job).await, [inside], "{job_id}");
    }
    // Tags that only devices outside have are not offered.
    world.client.patch_twin(&device("b-1"), &patch(&json!({"vault": "gold"})), None).await.unwrap();
    let someone = &world.with_scope("tags.building = 'b'");
    for (actor, is_offered) in [(mara, false), (someone, true)] {
        let matrix = world.console.tag_matrix(&MatrixQuery::default(), actor).await.unwrap();
        assert_eq!(matrix.tags.iter().any(|tag| tag == "tags.vault"), is_offered, "{:?}", matrix.tags);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_messages_of_a_group_are_of_devices_inside() {
    let world = World::start().await;
    for id in ["b-1", "a-1"] {
        world.sends(id).await;
    }
    for (name, target) in [
        ("List", json!({"deviceIds": ["b-1", "a-1"]})),
        ("Condition", json!({"queryCondition": "deviceId IN ['a-1', 'b-1']"})),
    ] {
        let mut group = target;
        group["name"] = json!(name);
        let group: NewGroup = serde_json::from_value(group).unwrap();
        let group = world.console.create_group(group, None).await.unwrap();
        for (actor, expected) in [(&world.mara, "a-1"), (&world.priya, "b-1,a-1")] {
            let source = TelemetrySource::Group(group.group_id.clone());
            let mut stream = world.console.follow_telemetry(source, None, actor).await.unwrap();
            let next = tokio::time::timeout(Duration::from_secs(30), stream.next()).await;
            let items = next.expect("the hub kept them").unwrap().items;
            assert_eq!(joined(items.into_iter().map(|item| item.device_id)), expected, "{name}");
        }
    }
    let source = || TelemetrySource::Device(device("b-1"));
    let outside = world.console.follow_telemetry(source(), None, &world.mara).await.unwrap_err();
    assert!(is_not_found(&outside), "{outside:?}");
    world.console.follow_telemetry(source(), None, &world.priya).await.unwrap();
    world.stop().await;
}
