//! A change of many devices in the registry: what is asked for, how far it is, and what became of each device.

use hub_wire::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ChangeCounts, NewDevice};
use crate::{access::PersonRef, device::DeviceSummary};

/// What is done to devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// They are created.
    Create,
    /// They may connect.
    Enable,
    /// They are disconnected and may not connect.
    Disable,
    /// They and their twins are deleted.
    Delete,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Create, Self::Enable, Self::Disable, Self::Delete];

    /// The value on the wire and in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Delete => "delete",
        }
    }

    /// By the value on the wire.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What undoes it; `None` for a deletion, which nothing undoes.
    pub const fn opposite(self) -> Option<Self> {
        match self {
            Self::Create => Some(Self::Delete),
            Self::Enable => Some(Self::Disable),
            Self::Disable => Some(Self::Enable),
            Self::Delete => None,
        }
    }

    /// Whether the number of devices has to be confirmed, since nothing undoes it.
    pub const fn needs_count(self) -> bool {
        matches!(self, Self::Delete)
    }
}

/// A change to begin: the body of `POST /api/v1/registry-changes`. Devices to create are in `devices` or `csv`; other devices are
/// named by `queryCondition` or `deviceIds`. At most 10,000 devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRegistryChange {
    /// What to do.
    pub kind: ChangeKind,
    /// The text after WHERE; `*` means every device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_condition: Option<String>,
    /// Exactly these devices, instead of a condition. In JSON a list, or the text of one, such as a CSV file.
    #[serde(
        default,
        deserialize_with = "crate::device_list::deserialize",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::device_list::JsonDeviceList>))]
    pub device_ids: Option<Vec<DeviceId>>,
    /// The devices to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<NewDevice>>,
    /// The devices to create as CSV, with a head: `deviceId`, `status`, `statusReason`, `tags.NAME`, `desired.NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<String>,
    /// Why devices are enabled or disabled, at most 128 characters; kept by the hub for each device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 128))]
    pub status_reason: Option<String>,
    /// Of a deletion, how many devices are to be deleted. It is refused if there are more or fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_count: Option<u64>,
}

impl NewRegistryChange {
    /// A change without devices.
    pub const fn new(kind: ChangeKind) -> Self {
        Self {
            kind,
            query_condition: None,
            device_ids: None,
            devices: None,
            csv: None,
            status_reason: None,
            confirmed_count: None,
        }
    }
}

/// The body of `POST /api/v1/registry-changes/{change_id}/undo` and `…/rerun`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeAgain {
    /// Where devices will be deleted, how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_count: Option<u64>,
}

/// What a change would do: the answer of `POST /api/v1/registry-changes/preview`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangePreview {
    /// What would be done.
    pub kind: ChangeKind,
    /// To how many devices.
    pub count: u64,
    /// How many of them are connected; 0 where they are created.
    pub connected_count: u64,
    /// How many of them have the wanted status already, and stay as they are. Of a condition only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged_count: Option<u64>,
    /// How many would be created disabled.
    #[serde(default)]
    pub created_disabled: u64,
    /// Some of the devices that exist.
    pub sample: Vec<DeviceSummary>,
    /// The first devices to create.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub created_sample: Vec<NewDevice>,
    /// Columns of the CSV that say nothing about a new device, and are passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored_columns: Vec<String>,
    /// Ids of the list that the hub does not know, at most a hundred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// How many they are.
    #[serde(default)]
    pub unknown_count: u64,
    /// When the hub was asked.
    pub as_of: Timestamp,
}

/// A change of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RegistryChange {
    /// Its number.
    pub change_id: u64,
    /// What is done.
    pub kind: ChangeKind,
    /// The condition that chose the devices; absent for a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_condition: Option<String>,
    /// Why devices are enabled or disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// The change that it undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_of: Option<u64>,
    /// The change whose failed devices it does again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun_of: Option<u64>,
    /// The change that undoes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<u64>,
    /// When it was asked for.
    pub created_time: Timestamp,
    /// Who asked; absent without sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<PersonRef>,
    /// The scope under which it was asked for; devices outside end as failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// When the last device had its result; absent while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// Who cancelled what had not been sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<PersonRef>,
    /// What it waits for, or why it was stopped; a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Its devices by state.
    pub counts: ChangeCounts,
}

impl RegistryChange {
    /// How many devices an undo would change; 0 where it cannot be undone.
    pub const fn undoable(&self) -> u64 {
        match (self.kind.opposite(), self.end_time, self.undone_by) {
            (Some(_), Some(_), None) => self.counts.succeeded,
            _ => 0,
        }
    }

    /// How many devices a rerun would change; 0 while it runs.
    pub const fn rerunnable(&self) -> u64 {
        match self.end_time {
            Some(_) => self.counts.failed + self.counts.interrupted + self.counts.cancelled,
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_wire() {
        for kind in ChangeKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(ChangeKind::from_wire(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn an_undo_of_an_undo_is_the_change() {
        for (kind, opposite) in [
            (ChangeKind::Create, Some(ChangeKind::Delete)),
            (ChangeKind::Enable, Some(ChangeKind::Disable)),
            (ChangeKind::Disable, Some(ChangeKind::Enable)),
            (ChangeKind::Delete, None),
        ] {
            assert_eq!(kind.opposite(), opposite, "{kind:?}");
        }
    }

    #[test]
    fn what_can_be_done_again_is_counted() {
        let text = r#"{"changeId": 1, "kind": "disable", "createdTime": "2026-09-17T18:00:00Z",
            "endTime": "2026-09-17T18:00:05Z", "counts": {"queued": 0, "inFlight": 0, "succeeded": 5, "unchanged": 4,
            "failed": 3, "interrupted": 2, "cancelled": 1}}"#;
        let change: RegistryChange = serde_json::from_str(text).unwrap();
        assert_eq!((change.undoable(), change.rerunnable()), (5, 6));
        assert_eq!((change.counts.total(), change.counts.done()), (15, 15));
        let running = RegistryChange { end_time: None, ..change.clone() };
        assert_eq!((running.undoable(), running.rerunnable()), (0, 0));
        let undone = RegistryChange { undone_by: Some(2), ..change.clone() };
        assert_eq!((undone.undoable(), undone.rerunnable()), (0, 6));
        let deleted = RegistryChange { kind: ChangeKind::Delete, ..change };
        assert_eq!(deleted.undoable(), 0);
    }
}
