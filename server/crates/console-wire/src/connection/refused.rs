//! The devices that the hub refused lately, and which of them a list shows.

use std::collections::BTreeSet;

use hub_wire::{DeviceId, ModuleId};
use serde::{Deserialize, Serialize};

use super::ConnectionEvent;

/// A device, or a client that claims to be one, that the hub refused or disconnected by a rule lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RefusedDevice {
    /// The device, as the client named it.
    pub device_id: DeviceId,
    /// Its module, if the client is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_id: Option<ModuleId>,
    /// Whether it is registered.
    pub is_registered: bool,
    /// The last refusal; its count is how often there was one.
    pub last: ConnectionEvent,
}

/// `GET /api/v1/refusals`: who was refused in the last hour, newest first; at most 1,000 devices and 100 ids that are not
/// registered. Only the embedded hub keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Refusals {
    /// The devices.
    pub items: Vec<RefusedDevice>,
}

/// Most devices in a list of those that were refused lately: a page of devices.
const MAX_LISTED: usize = 100;
/// Most characters of their ids: a query has room for them and for the user's condition.
const MAX_LISTED_LENGTH: usize = 5_000;

/// The registered devices that were refused, each once, the newest first.
pub fn refused_ids(refused: &[RefusedDevice]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let ids = refused.iter().filter(|one| one.is_registered).map(|one| one.device_id.as_str());
    ids.filter(|id| seen.insert(*id)).collect()
}

/// The newest of [`refused_ids`], as many as the list of devices shows.
pub fn listed_refused_ids(refused: &[RefusedDevice]) -> Vec<&str> {
    let mut length = 0;
    let fits = |id: &&str| {
        length += id.len() + 4;
        length <= MAX_LISTED_LENGTH
    };
    refused_ids(refused).into_iter().take(MAX_LISTED).take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use hub_wire::Timestamp;

    use super::{super::ConnectionEventKind, *};

    #[test]
    fn refused_devices_are_listed_once_and_not_too_many() {
        let refused = |ids: &[(&str, bool)]| -> Vec<RefusedDevice> {
            let last = ConnectionEvent {
                time_utc: Timestamp::from_unix_millis(0),
                kind: ConnectionEventKind::Refused,
                cause: None,
                reason: String::new(),
                client_address: None,
                count: 1,
            };
            let one = |(id, is_registered): &(&str, bool)| RefusedDevice {
                device_id: id.parse().unwrap(),
                module_id: None,
                is_registered: *is_registered,
                last: last.clone(),
            };
            ids.iter().map(one).collect()
        };
        let some = refused(&[("d1", true), ("unregistered", false), ("d2", true), ("d1", true)]);
        assert_eq!(refused_ids(&some), ["d1", "d2"]);
        assert_eq!(listed_refused_ids(&some), ["d1", "d2"]);
        for (length, listed) in [(8, 100), (128, 37)] {
            let ids: Vec<_> = (0..200).map(|number| format!("{number:0length$}")).collect();
            let many: Vec<_> = ids.iter().map(|id| (id.as_str(), true)).collect();
            let many = refused(&many);
            assert_eq!((refused_ids(&many).len(), listed_refused_ids(&many).len()), (200, listed));
        }
    }
}
