//! Payloads as live hubs written them, read and written back.
//!
//! Members and values are those of Microsoft's recorded test sessions (June to September 2020, API version 2020-03-13),
//! with ids, keys and tracking ids replaced. Live hubs cut the zeros at the end of a fraction and leave the zone out of
//! some times, so times are compared as instants; anything else that is not kept is listed.

use hub_wire::{
    Timestamp,
    bulk::BulkResult,
    device::{Device, Module, RegistryStatistics, ServiceStatistics},
    error::{ErrorBody, read_error},
    twin::{Twin, section_version},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Paths at which two values differ; a `+` before those that only the second has.
fn differences(at: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    let time = |value: &Value| value.as_str().and_then(|text| Timestamp::parse(text).ok());
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                let at = format!("{at}/{name}");
                match after.get(name) {
                    Some(after) => differences(&at, value, after, found),
                    None => found.push(at),
                }
            }
            found.extend(
                after.keys().filter(|name| !before.contains_key(*name)).map(|name| format!("+{at}/{name}")),
            );
        }
        _ if before == after || (time(before).is_some() && time(before) == time(after)) => {}
        _ => found.push(at.to_owned()),
    }
}

#[track_caller]
fn kept<T: DeserializeOwned + Serialize>(text: &str, listed: &[&str]) -> T {
    let read: T = serde_json::from_str(text).unwrap();
    let mut found = Vec::new();
    differences("", &serde_json::from_str(text).unwrap(), &serde_json::to_value(&read).unwrap(), &mut found);
    assert_eq!(found, listed);
    read
}

macro_rules! live {
    ($name:literal) => {
        include_str!(concat!("live_", $name, ".json"))
    };
}

/// API versions from 2020-09-30 on have it.
const MODEL: &str = "+/modelId";

#[test]
fn identities() {
    let created: Device = kept(live!("device_created"), &[]);
    assert_eq!(created.connection_state_updated_time, Timestamp::NEVER, "written without a zone");
    // The hubs of 2020 wrote parentScopes at creation only, later ones always.
    let read: Device = kept(live!("device"), &["+/parentScopes"]);
    assert_eq!(read.status_updated_time.to_string(), "2020-07-16T22:08:40.7533900Z");
    let module: Module = kept(live!("module"), &[]);
    assert_eq!((module.etag.as_str(), module.managed_by), ("MTAxODY5Nzg0Mg==", None));
    let module: Module = kept(live!("module_of_a_certificate"), &[]);
    assert_eq!(module.authentication.symmetric_key.unwrap().primary_key, None);
}

#[test]
fn twins() {
    let fresh: Twin = kept(live!("twin_fresh"), &[MODEL]);
    assert_eq!((fresh.version, section_version(&fresh.properties.desired), fresh.tags.len()), (2, 1, 0));
    let tagged: Twin = kept(live!("twin_tagged"), &[MODEL]);
    assert_eq!((tagged.version, section_version(&tagged.properties.desired)), (3, 2));
    assert_eq!(tagged.tags["site"], "north");
    // Capabilities are in the answers of queries, not in those of a module's twin.
    kept::<Twin>(live!("twin_module"), &["+/capabilities", MODEL]);
    // There are no configurations here; what they write into the metadata is kept.
    kept::<Twin>(live!("twin_configured"), &["/configurations", MODEL]);
}

#[test]
fn results_and_counts() {
    assert!(kept::<BulkResult>(live!("bulk_done"), &[]).is_successful);
    assert_eq!(kept::<RegistryStatistics>(live!("statistics_devices"), &[]).total_device_count, 5);
    assert_eq!(kept::<ServiceStatistics>(live!("statistics_service"), &[]).connected_device_count, 0);
}

#[test]
fn refusals() {
    for (body, name, number, message) in [
        (live!("error_device_not_found"), "DeviceNotFound", 404_001, "d1"),
        (live!("error_stale_identity"), "PreconditionFailed", 412_001, "PreconditionFailed"),
        (live!("error_stale_twin"), "PreconditionFailed", 412_001, "ETag mismatch for device ID 'd1'"),
    ] {
        kept::<ErrorBody>(body, &[]);
        let read = read_error(body);
        assert_eq!((read.name.as_deref(), read.number), (Some(name), Some(number)));
        assert_eq!(read.message, message);
    }
}
