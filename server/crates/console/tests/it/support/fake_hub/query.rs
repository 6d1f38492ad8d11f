//! The fake hub's queries: devices, counts, groups, and rows of a job.

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use hub_wire::error::ErrorCode;
use serde_json::{Value, json};

use super::{Hub, PAGE, Shared, refuse::refuse};

pub(super) async fn query(State(hub): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let text = request["query"].as_str().unwrap();
    let mut hub = hub.lock().unwrap();
    let bad = || refuse(ErrorCode::ArgumentInvalid, "BadRequest");
    if text.contains("!!") {
        return bad();
    }
    let rows = if let Some((_, tag)) = text.split_once(" GROUP BY tags.") {
        groups(&devices(&hub, text), tag)
    } else if text.contains("deviceId IN [") {
        let named: Vec<_> = devices(&hub, "")
            .into_iter()
            .filter(|twin| text.contains(&format!("'{}'", twin["deviceId"].as_str().unwrap())))
            .collect();
        let wanted = |state: &str| !text.contains("connectionState") || text.contains(&format!("'{state}'"));
        let matching = named.into_iter().filter(|twin| wanted(twin["connectionState"].as_str().unwrap()));
        if text.contains("COUNT()") { vec![json!({"n": matching.count()})] } else { matching.collect() }
    } else if text.contains("COUNT()") {
        let connected = text.contains("'Connected'");
        vec![json!({"n": hub.device_count - u64::from(connected)})]
    } else if let Some(rest) = text.split("devices.jobs.jobId = '").nth(1) {
        let conditions = rest.split_once('\'').unwrap_or_default();
        if conditions.1.contains(" AND ") && !hub.filters_changes {
            return bad();
        }
        return results(&mut hub, conditions, &headers);
    } else {
        devices(&hub, text)
    };
    page(&rows, &headers)
}

/// A page of a job's rows under conditions on status and last change. As the embedded hub does it: those that have
/// moved come in the order of their changes, and a page begins behind the last row of the one before, so that no row
/// that moves meanwhile is passed over.
fn results(hub: &mut Hub, (job_id, conditions): (&str, &str), headers: &HeaderMap) -> Response {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let (started, waiting) =
        (conditions.contains("status != 'pending'"), conditions.contains("status = 'pending'"));
    let after = conditions.split("> '").nth(1).map(|rest| rest.split('\'').next().unwrap().to_owned());
    let key = |row: &Value| {
        let changed = if started { text(row, "lastUpdatedDateTimeUtc") } else { String::new() };
        format!("{changed}|{}", text(row, "deviceId"))
    };
    let begin = headers.get("x-ms-continuation").map(|token| token.to_str().unwrap().to_owned());
    if begin.is_none() {
        hub.row_queries.push(conditions.to_owned());
    }
    let mut rows: Vec<(String, &Value)> = hub.jobs[job_id]
        .rows
        .values()
        .filter(|row| (row["status"] == "pending" && !started) || (row["status"] != "pending" && !waiting))
        .filter(|row| after.as_ref().is_none_or(|after| text(row, "lastUpdatedDateTimeUtc") > *after))
        .map(|row| (key(row), row))
        .filter(|(key, _)| begin.as_ref().is_none_or(|begin| key > begin))
        .collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    let more = rows.len() > hub.page;
    rows.truncate(hub.page);
    hub.rows_sent += rows.len();
    let items = Json(rows.iter().map(|(_, row)| *row).cloned().collect::<Vec<Value>>());
    match rows.last().filter(|_| more) {
        Some((key, _)) => {
            ([("x-ms-continuation", key.as_str()), ("x-ms-item-type", "DeviceJob")], items).into_response()
        }
        None => ([("x-ms-item-type", "DeviceJob")], items).into_response(),
    }
}

/// Devices, of which only the last is disconnected.
fn devices(hub: &Hub, text: &str) -> Vec<Value> {
    let last = hub.device_count - 1;
    let one = |number: u64| {
        let state = if number == last { "Disconnected" } else { "Connected" };
        // The last one is not in a wing.
        let wing = if number.is_multiple_of(3) { "B" } else { "A" };
        let tags =
            if number == last { json!({"floor": number}) } else { json!({"floor": number, "wing": wing}) };
        json!({"deviceId": format!("door-{number:04}"), "connectionState": state, "tags": tags,
            "properties": {"desired": {}, "reported": {"lock": {"state": "locked"}}}})
    };
    let all = (0..hub.device_count).map(one);
    all.filter(|twin| !text.contains("'Disconnected'") || twin["connectionState"] == "Disconnected").collect()
}

/// How many have which value of a tag, as `v` and `n`.
fn groups(devices: &[Value], tag: &str) -> Vec<Value> {
    let mut counts: BTreeMap<String, (Option<Value>, u64)> = BTreeMap::new();
    for device in devices {
        let value = device["tags"].get(tag).cloned();
        counts.entry(format!("{value:?}")).or_insert((value, 0)).1 += 1;
    }
    let group = |(value, n)| match value {
        Some(v) => json!({"v": v, "n": n}),
        None => json!({"n": n}),
    };
    counts.into_values().map(group).collect()
}

fn page(rows: &[Value], headers: &HeaderMap) -> Response {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let begin: usize = header("x-ms-continuation").map_or(0, |token| token.parse().unwrap());
    let size = header("x-ms-max-item-count").map_or(PAGE, |size| size.parse().unwrap()).min(PAGE);
    let end = (begin + size).min(rows.len());
    let items = Json(rows[begin.min(end)..end].to_vec());
    if end < rows.len() {
        ([("x-ms-continuation", end.to_string()), ("x-ms-item-type", "Raw".to_owned())], items)
            .into_response()
    } else {
        ([("x-ms-item-type", "Raw")], items).into_response()
    }
}
