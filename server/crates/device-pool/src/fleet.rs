//! The devices' ids, keys, and the tags they are registered with. Pure, so that a restart needs no lookup.

use hub_wire::{
    DeviceId, InvalidId,
    bulk::{BulkItem, ImportMode},
    connection_string::ServiceConnectionString,
    device::{Authentication, AuthenticationType, SymmetricKey},
    sas::SasKey,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::seeded_random::{Purpose, pick};

/// Buildings are numbered from here.
const FIRST_BUILDING: usize = 40;
/// Buildings, each with [`FLOORS`].
const BUILDINGS: usize = 10;
/// Floors of a building, from 1.
const FLOORS: usize = 6;
/// Doors on a floor before the next floor begins.
const DOORS: usize = 4;
/// By building: three buildings a region, the last region has one.
const REGIONS: [&str; 4] = ["north", "east", "south", "west"];
const WINGS: [&str; 3] = ["A", "B", "C"];

/// The id of the device of an index (from 1): `door-0042`.
///
/// # Errors
/// [`InvalidId`] when the prefix holds a character the hub does not take, or is too long.
pub fn device_id(prefix: &str, index: usize) -> Result<DeviceId, InvalidId> {
    DeviceId::new(format!("{prefix}{index:04}"))
}

/// A device's primary key, derived from the policy's.
pub fn device_key(connection: &ServiceConnectionString, id: &DeviceId) -> SasKey {
    connection.key.derive(id.as_str())
}

/// The tags a device is created with. Doors fill a floor, then the next, then the next building, then start over.
pub fn tags(seed: u64, index: usize) -> Value {
    let floor_index = (index.max(1) - 1) / DOORS;
    let building = floor_index / FLOORS % BUILDINGS;
    let wing =
        WINGS[usize::try_from(pick(seed, index, Purpose::Wing, WINGS.len() as u64)).unwrap_or_default()];
    json!({
        "simulated": true,
        "kind": "door",
        "building": (FIRST_BUILDING + building).to_string(),
        "floor": (1 + floor_index % FLOORS).to_string(),
        "wing": wing,
        "region": REGIONS[building / 3],
    })
}

/// The registration of a device, for the bulk registry.
pub fn registration(connection: &ServiceConnectionString, seed: u64, index: usize, id: DeviceId) -> BulkItem {
    let key = device_key(connection, &id);
    let text = |key: &SasKey| Some(key.to_base64().expose_secret().to_owned());
    BulkItem {
        module_id: None,
        etag: None,
        import_mode: ImportMode::Create,
        status: None,
        status_reason: None,
        authentication: Some(Authentication {
            symmetric_key: Some(SymmetricKey {
                primary_key: text(&key),
                secondary_key: text(&key.derive("secondary")),
            }),
            x509_thumbprint: None,
            kind: Some(AuthenticationType::Sas),
        }),
        twin_etag: None,
        tags: Some(tags(seed, index)),
        properties: None,
        capabilities: None,
        device_scope: None,
        parent_scopes: None,
        id,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_sort_by_index() {
        for (index, id) in [(1, "door-0001"), (42, "door-0042"), (9999, "door-9999"), (12_345, "door-12345")]
        {
            assert_eq!(device_id("door-", index).unwrap().as_str(), id);
        }
        assert!(device_id("a door ", 1).is_err());
    }

    #[test]
    fn a_thousand_doors_cover_every_floor_of_every_building() {
        let all: Vec<_> = (1..=1000).map(|index| tags(1, index)).collect();
        let floors: BTreeSet<_> =
            all.iter().map(|tags| format!("{} {}", tags["building"], tags["floor"])).collect();
        assert_eq!(floors.len(), BUILDINGS * FLOORS);
        let regions: BTreeSet<_> =
            all.iter().map(|tags| format!("{} {}", tags["building"], tags["region"])).collect();
        assert_eq!(regions.len(), BUILDINGS, "a building is in one region");
        for tag in all {
            assert_eq!((&tag["simulated"], &tag["kind"]), (&Value::Bool(true), &Value::from("door")));
        }
        assert_eq!(tags(1, 42), tags(1, 42));
    }

    #[test]
    fn doors_are_numbered_by_building_and_floor() {
        for (index, building, floor) in [
            (1, "40", "1"),
            (4, "40", "1"),
            (5, "40", "2"),
            (24, "40", "6"),
            (25, "41", "1"),
            (100, "44", "1"),
        ] {
            let tags = tags(1, index);
            assert_eq!((&tags["building"], &tags["floor"]), (&building.into(), &floor.into()), "{index}");
        }
    }

    #[test]
    fn keys_are_derived_and_differ() {
        let connection: ServiceConnectionString =
            "HostName=h;SharedAccessKeyName=p;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
                .parse()
                .unwrap();
        let id = device_id("door-", 1).unwrap();
        let item = registration(&connection, 1, 1, id.clone());
        let keys = item.authentication.unwrap().symmetric_key.unwrap();
        assert_ne!(keys.primary_key, keys.secondary_key);
        assert_eq!(
            keys.primary_key.as_deref(),
            Some(device_key(&connection, &id).to_base64().expose_secret())
        );
    }
}
