//! Documented rules and agreed ones, case by case, over a handful of devices.

use hub_query::ast::Source;
use hub_query::columns::Columns;
use hub_query::sql::lower;
use hub_query::{parse_condition, parse_query};
use serde_json::{Value, json};

use crate::documents::{Device, Table};

fn fleet() -> Vec<Device> {
    let mut devices = vec![
        Device::new("a", json!({"site": "north", "ring": 1, "on": true, "labels": ["x", "y"]})),
        Device::new(
            "b",
            json!({"site": "south", "ring": 2, "on": false, "size": {"w": 2.5}, "nothing": null}),
        ),
        Device::new("c", json!({"Site": "north", "ring": "1", "on": 1, "big": 9_007_199_254_740_993_i64})),
        Device::new(
            "d",
            json!({
                "site": {"name": "north"}, "ring": 1.0, "odd key": 5, "5g": "yes", "my-key": "v", "group": {"name": "x"},
                "mixed": [1, true, null, {"a": 1}, [2]],
            }),
        ),
        Device::new("e", json!({})),
    ];
    devices[0].desired = json!({"interval": 60, "level": 1});
    devices[1].desired = json!({"interval": 30, "level": 2.5});
    devices[0].last_activity = "2026-01-01T00:00:00Z";
    devices[1].last_activity = "2025-12-31T23:59:59.9999999Z";
    devices[1].status = "disabled";
    devices[1].status_reason = Some("worn out".to_owned());
    devices[2].iot_edge = true;
    devices[2].version = 7;
    devices
}

async fn check(table: &mut Table, condition: &str, expected: &str) {
    let query = parse_condition(condition).unwrap_or_else(|error| panic!("{condition}: {error}"));
    let found = table.answer(&query).await.unwrap();
    let found: Vec<&str> = found.iter().filter_map(Value::as_str).collect();
    assert_eq!(found.join(" "), expected, "{condition}");
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table")]
async fn conditions() {
    let mut table = Table::new(&fleet()).await;
    for (condition, expected) in [
        ("*", "a b c d e"),
        ("deviceId = 'a'", "a"),
        ("DEVICES.DeviceId IN ['b', 'z', 5]", "b"),
        ("deviceId NIN ['a', 'b']", "c d e"),
        ("deviceId > 'b' AND deviceId <= 'd'", "c d"),
        ("status = 'disabled'", "b"),
        ("status = 'Disabled'", ""),
        ("IS_DEFINED(DeviceId)", "a b c d e"),
        ("capabilities.iotEdge = true", "c"),
        ("capabilities.iotedge", "c"),
        ("NOT capabilities.iotEdge", "a b d e"),
        ("capabilities.iotEdge = 1", ""),
        ("version = 7 OR etag = 'AAAAAAAAAAc='", "c"),
        ("etag != 'AAAAAAAAAAc='", "a b d e"),
        ("etag IN ['AAAAAAAAAAc=', 'nonsense']", "c"),
        ("etag = 'nonsense'", ""),
        // Keys are case-sensitive, objects do not compare, types differ.
        ("tags.site = 'north'", "a"),
        ("tags.Site = 'north'", "c"),
        ("tags.site != 'north'", "b"),
        ("tags.site = '{\"name\":\"north\"}'", ""),
        ("tags.ring = 1", "a d"),
        ("tags.ring != 1", "b c"),
        ("tags.ring = '1'", "c"),
        ("tags.ring > 0", "a b d"),
        ("tags.ring < '2'", "c"),
        ("tags.ring > 1", "b"),
        ("tags.ring >= 2 AND tags.ring <= 2.0", "b"),
        ("tags.size.w > 2.49 AND tags.size.w > 2 AND NOT tags.size.w > 2.5", "b"),
        ("tags.on = true", "a"),
        ("tags.on = 1", "c"),
        ("tags.on", "a"),
        ("NOT tags.on", "b"),
        ("tags.ring IN [1, '1', true]", "a c d"),
        ("tags.ring NIN [1]", "b c"),
        ("tags.ring IN []", ""),
        // Undefined and null.
        ("NOT (tags.site = 'north')", "b"),
        ("tags.missing = undefined", ""),
        ("tags.missing != 1", ""),
        ("NOT IS_DEFINED(tags.site)", "c e"),
        ("IS_DEFINED(tags.nothing)", "b"),
        ("tags.nothing = null", "b"),
        ("tags.nothing != 1", "b"),
        ("tags.site = null", ""),
        ("tags.site != null", "a b"),
        ("null", ""),
        ("1", ""),
        ("'true'", ""),
        ("tags.missing = 1 OR true", "a b c d e"),
        ("tags.missing = 1 AND true", ""),
        ("NOT (tags.missing = 1 AND false)", "a b c d e"),
        ("IS_DEFINED(statusReason)", "b"),
        ("statusReason != 'x'", "b"),
        // Odd keys, places in arrays, lists kept in the twin.
        ("tags.[[odd key]] = 5", "d"),
        ("tags.[[my-key]] = 'v'", "d"),
        ("tags.[[group]].name = 'x'", "d"),
        ("IS_DEFINED(tags.[[my-key]]) AND NOT IS_DEFINED(tags.[[no-key]])", "d"),
        ("/* odd */ tags.[[odd key]] = /* five */ 5", "d"),
        ("tags.5g = 'yes'", "d"),
        ("tags.labels[1] = 'y'", "a"),
        ("'x' IN tags.labels", "a"),
        ("'z' NIN tags.labels", "a"),
        ("tags.labels = ['x', 'y']", ""),
        ("tags.size.w = 2.5", "b"),
        // Sections and what the hub keeps about them.
        ("properties.desired.interval >= 30 AND properties.desired.interval < 60", "b"),
        ("properties.desired.$version = 7", "c"),
        ("properties.desired.$metadata.$lastUpdated > '2025'", "a b c d e"),
        ("IS_OBJECT(properties.desired) AND IS_OBJECT(tags) AND IS_OBJECT(capabilities)", "a b c d e"),
        ("properties.reported.interval = 30", ""),
        // Times are strings.
        ("lastActivityTime >= '2026-01-01'", "a"),
        ("lastActivityTime < '2026-01-01'", "b c d e"),
        ("lastActivityTime = '2026-01-01T00:00:00.0000000Z'", "a"),
        ("lastActivityTime = '2026-01-01'", ""),
        ("lastActivityTime != '2026-01-01'", "a b c d e"),
        ("'2025-12-31T23:59:59.9999999Z' <= lastActivityTime", "a b"),
        ("lastActivityTime > 5", ""),
        ("STARTSWITH(lastActivityTime, '2025-12')", "b"),
        ("ENDS_WITH(lastActivityTime, '.9999999Z')", "b"),
        ("lastActivityTime IN ['0001-01-01T00:00:00.0000000Z']", "c d e"),
        ("statusUpdateTime < lastActivityTime", "a b"),
        // Arithmetic.
        ("properties.desired.interval / 8 = 7.5", "a"),
        ("properties.desired.interval % 7 = 2", "b"),
        ("properties.desired.level % 1 = 0.5", "b"),
        ("tags.ring * 2 + 1 = 5", "b"),
        ("tags.ring / 0 = 1 OR tags.ring = 2", "b"),
        ("version - 2 = 0x5", "c"),
        ("-tags.ring = -2", "b"),
        ("tags.on + 1 = 2", "c"),
        ("tags.big > 9007199254740992", "c"),
        // Functions.
        ("STARTS_WITH(deviceId, 'a')", "a"),
        ("STARTSWITH(deviceId, '')", "a b c d e"),
        ("NOT STARTSWITH(deviceId, 'a')", "b c d e"),
        ("startswith(tags.site, 'no')", "a"),
        ("ENDSWITH(tags.site, 'th')", "a b"),
        ("CONTAINS(tags.site, 'out')", "b"),
        ("CONTAINS(tags.ring, '1')", "c"),
        ("LENGTH(tags.site) = 5 AND UPPER(tags.site) = 'NORTH'", "a"),
        ("CONCAT(deviceId, '-', tags.site) = 'a-north'", "a"),
        ("ABS(0 - tags.ring) = 2", "b"),
        ("IS_STRING(tags.ring)", "c"),
        ("IS_NUMBER(tags.ring)", "a b d"),
        ("IS_BOOL(tags.on)", "a b"),
        ("IS_NULL(tags.nothing)", "b"),
        ("IS_ARRAY(tags.labels)", "a"),
        ("IS_OBJECT(tags.site)", "d"),
        ("IS_PRIMITIVE(tags.site)", "a b"),
        ("IS_NULL(tags.missing)", ""),
        ("(tags.ring = 1) = (tags.on = true)", "a b c"),
        ("nonsense.path = 1", ""),
        ("deviceId.x = 1", ""),
        ("tags.[[\u{0}]] = 1", ""),
        ("configurations.[[fw-1]].status = 'Applied'", ""),
        ("array_contains(tags.labels, 'x')", "a"),
        ("ARRAY_CONTAINS(tags.labels, 'z')", ""),
        ("NOT ARRAY_CONTAINS(tags.labels, 'z')", "a"),
        ("Array_Contains(tags.mixed, 1)", "d"),
        ("ARRAY_CONTAINS(tags.mixed, true)", "d"),
        ("ARRAY_CONTAINS(tags.mixed, null)", "d"),
        ("ARRAY_CONTAINS(tags.mixed, '1') = false", "d"),
        ("NOT ARRAY_CONTAINS(tags.mixed, tags.missing)", ""),
        ("NOT ARRAY_CONTAINS(tags.site, 'north')", ""),
        ("ARRAY_CONTAINS(['north', 'south'], tags.site)", "a b"),
        ("NOT ARRAY_CONTAINS([], deviceId)", "a b c d e"),
        ("ARRAY_CONTAINS([1, tags.missing, lastActivityTime], '2026-01-01T00:00:00.0000000Z')", "a"),
    ] {
        check(&mut table, condition, expected).await;
    }
}

#[tokio::test]
async fn projections_and_aggregates() {
    let mut table = Table::new(&fleet()).await;
    for (query, expected) in [
        (
            "SELECT DeviceId, tags.site FROM devices WHERE deviceId IN ['a', 'd', 'e']",
            json!([
                {"deviceId": "a", "site": "north"}, {"deviceId": "d", "site": {"name": "north"}}, {"deviceId": "e"},
            ]),
        ),
        (
            "SELECT tags.nothing AS n, tags.size.w, tags.on, version FROM devices WHERE deviceId = 'b'",
            json!([
                {"n": null, "w": 2.5, "on": false, "version": 2},
            ]),
        ),
        (
            "SELECT lastActivityTime AS t, etag, capabilities, capabilities.iotedge FROM devices WHERE deviceId = 'c'",
            json!([
                {"t": "0001-01-01T00:00:00.0000000Z", "etag": "AAAAAAAAAAc=", "capabilities": {"iotEdge": true}, "iotEdge": true},
            ]),
        ),
        (
            "SELECT lastActivityTime AS t, tags.labels[0], tags.big FROM devices WHERE deviceId IN ['b', 'a', 'c']",
            json!([
                {"t": "2026-01-01T00:00:00.0000000Z", "$1": "x"}, {"t": "2025-12-31T23:59:59.9999999Z"},
                {"t": "0001-01-01T00:00:00.0000000Z", "big": 9_007_199_254_740_993_i64},
            ]),
        ),
        (
            "SELECT properties.desired FROM devices WHERE deviceId = 'a'",
            json!([{"desired": {
                "interval": 60, "level": 1, "$version": 2,
                "$metadata": {"$lastUpdated": "2026-01-01T00:00:00.0000000Z", "$lastUpdatedVersion": 2},
            }}]),
        ),
        (
            "SELECT properties FROM devices WHERE deviceId = 'e'",
            json!([{"properties": {
                "desired": {"$version": 2,
                    "$metadata": {"$lastUpdated": "2026-01-01T00:00:00.0000000Z", "$lastUpdatedVersion": 2}},
                "reported": {"$version": 1, "$metadata": {}},
            }}]),
        ),
        ("SELECT COUNT() AS n FROM devices", json!([{"n": 5}])),
        ("SELECT count(*) FROM devices WHERE tags.missing = 1", json!([{"$1": 0}])),
        (
            "SELECT SUM(tags.ring) AS sum, AVG(properties.desired.interval) AS mean, MIN(tags.ring) AS least, \
          MAX(tags.site) AS last, SUM(tags.missing) AS none FROM devices",
            json!([{"sum": 4.0, "mean": 45.0, "least": 1, "last": "south"}]),
        ),
        (
            "SELECT SUM(properties.desired.interval), MAX(lastActivityTime), MAX(version), SUM(tags.big) AS big \
          FROM devices",
            json!([
                {"$1": 90, "$2": "2026-01-01T00:00:00.0000000Z", "$3": 7, "big": as_written("9.00719925474099e+15")},
            ]),
        ),
        (
            "SELECT tags.ring, COUNT() AS n FROM devices GROUP BY tags.ring",
            json!([
                {"n": 1}, {"ring": 1, "n": 2}, {"ring": 2, "n": 1}, {"ring": "1", "n": 1},
            ]),
        ),
        (
            "SELECT COUNT() AS n, Status FROM devices GROUP BY status, capabilities.iotEdge",
            json!([
                {"n": 1, "status": "disabled"}, {"n": 3, "status": "enabled"}, {"n": 1, "status": "enabled"},
            ]),
        ),
        ("SELECT tags.on FROM devices GROUP BY tags.on", json!([{}, {"on": 1}, {"on": false}, {"on": true}])),
        ("SELECT nothing, COUNT() AS n FROM devices GROUP BY nothing", json!([{"n": 5}])),
    ] {
        let read = parse_query(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let found = Value::Array(table.answer(&read).await.unwrap());
        assert_eq!(found, expected, "{query}");
    }
}

/// A number as SQLite writes it: numbers are compared by their text.
fn as_written(number: &str) -> Value {
    serde_json::from_str(number).unwrap()
}

#[tokio::test]
async fn the_longest_queries_run() {
    let mut table = Table::new(&fleet()).await;
    let all = ["tags.ring<2"; 512].join(" OR ");
    assert!(all.len() < 8192);
    check(&mut table, &all, "a d").await;
    check(&mut table, &["tags.a!=0"; 580].join(" AND "), "").await;
    check(&mut table, &format!("tags.ring IN [{}2]", "1,".repeat(4000)), "a b d").await;
    check(&mut table, &format!("tags.ring IN [{}]", ["tags.on"; 900].join(",")), "").await;
    check(&mut table, &format!("CONCAT('a'{}) = 'b'", ",'a'".repeat(2000)), "").await;
    for (open, close) in
        [("(", ")"), ("NOT ", ""), ("- ", ""), ("(1 = ", ")"), ("[", "]"), ("ABS(", ")"), ("(5 % ", ")")]
    {
        let text = |depth: usize| format!("{}tags.ring{} = 2", open.repeat(depth), close.repeat(depth));
        let query = parse_condition(&text(30)).unwrap();
        table.answer(&query).await.unwrap_or_else(|error| panic!("{open}: {error}"));
        let error = parse_condition(&text(2000 / open.len())).unwrap_err();
        assert!(error.message.contains("nested too deeply"), "{open}: {error}");
    }
    assert!(
        parse_condition(&format!("1{} = 2", "+1".repeat(4000)))
            .unwrap_err()
            .message
            .contains("nested too deeply")
    );
}

/// The common shapes stay short, and comparisons of columns stay bare for an index.
#[test]
fn the_sql_of_common_shapes() {
    for (condition, expected) in [
        ("deviceId = 'a'", "(device_id = ?)"),
        ("'a' < deviceId", "(? < device_id)"),
        ("deviceId IN ['a', 'b']", "(device_id IN (?, ?))"),
        ("STARTSWITH(deviceId, 'a')", "(device_id >= ? AND device_id < ?)"),
        ("lastActivityTime > '2026'", "(last_activity >= ?)"),
        ("etag = 'AAAAAAAAAAc='", "(twin_etag = ?)"),
        ("tags.a = 'x'", "(json_extract(tags, ?) = ?)"),
        ("tags.a = 43", "(json_extract(tags, ?) = ?)"),
        ("tags.a = 1", "((json_extract(tags, ?) = ?) AND json_type(tags, ?) IN ('integer', 'real'))"),
        ("tags.a = true", "(json_type(tags, ?) = 'true')"),
        ("tags.a IN ['x', 7]", "(json_extract(tags, ?) IN (?, ?))"),
        ("properties.desired.x > 3", "(json_extract(desired, ?) BETWEEN ? AND 9e999)"),
        ("tags.a >= 1", "((json_extract(tags, ?) >= ?) AND json_type(tags, ?) IN ('integer', 'real'))"),
        ("tags.a < 3", "((json_extract(tags, ?) < ?) AND json_type(tags, ?) IN ('integer', 'real'))"),
        ("status = 'enabled' AND tags.a = 'x'", "((status = ?) AND (json_extract(tags, ?) = ?))"),
        ("NOT (deviceId < 'a')", "(device_id >= ?)"),
    ] {
        let query = parse_condition(condition).unwrap();
        let lowered = lower(&query, Columns::of(Source::Devices)).condition.unwrap();
        assert_eq!(lowered.sql, expected, "{condition}");
        assert_eq!(lowered.sql.matches('?').count(), lowered.values.len(), "{condition}");
    }
    let rows =
        parse_query("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j' AND createdTimeUtc > '2026'")
            .unwrap();
    let lowered = lower(&rows, Columns::of(Source::DeviceJobs)).condition.unwrap();
    assert_eq!(lowered.sql, "((job_id = ?) AND (created >= ?))");
    let failed =
        parse_query("SELECT * FROM devices.jobs WHERE IS_DEFINED(error) AND error.code = 'DeviceNotOnline'")
            .unwrap();
    let lowered = lower(&failed, Columns::of(Source::DeviceJobs)).condition.unwrap();
    assert_eq!(
        lowered.sql,
        "(((error_code IS NOT NULL) OR (error_description IS NOT NULL)) AND (error_code = ?))"
    );
    let modules = parse_condition("FROM devices.modules WHERE devices.modules.moduleId = 'm'").unwrap();
    let lowered = lower(&modules, Columns::of(Source::Modules)).condition.unwrap();
    assert_eq!(lowered.sql, "(module_id = ?)");
}
