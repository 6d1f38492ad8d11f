//! Groups: devices under a name, by a query condition or by a list of ids. Jobs may address one.

use hub_wire::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

pub use crate::reference::GroupRef;
use crate::{access::PersonRef, reference::ScheduleRef};

/// Longest name of a group, in characters.
pub const MAX_NAME: usize = 64;
/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 500;
/// Most groups.
pub const MAX_GROUPS: usize = 500;
/// Most devices on a group's list.
pub const MAX_GROUP_DEVICES: usize = 10_000;
/// Days for which daily counts are kept.
pub const HISTORY_DAYS: u32 = 90;

/// A group to create or to put in the place of another: the body of `POST /api/v1/groups` and
/// `PUT /api/v1/groups/{group_id}`. Either `queryCondition` or `deviceIds` says which devices.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewGroup {
    /// What people call it, 1 to 64 characters. Two groups cannot have the same name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub name: String,
    /// What it is for, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub description: Option<String>,
    /// The text after WHERE; `*` means every device. Empty (or absent) in a group on a list of devices.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query_condition: String,
    /// Exactly these devices, instead of a condition; at most 10,000. In JSON a list, or the text of one, such as a CSV
    /// file.
    #[serde(
        default,
        deserialize_with = "crate::device_list::deserialize",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::device_list::JsonDeviceList>))]
    pub device_ids: Option<Vec<DeviceId>>,
}

/// A group as list, page and API show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The id, made from the first name; it never changes and is not used again while a job names it.
    pub group_id: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The text after WHERE; absent in a group on a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_condition: Option<String>,
    /// How many ids its list holds, each once; absent in a group on a condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_devices: Option<u64>,
    /// The ids of its list, only where one group is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>))]
    pub device_ids: Option<Vec<DeviceId>>,
    /// When it was created.
    pub created_time: Timestamp,
    /// Who created it; absent without sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<PersonRef>,
    /// When its name, its description or its devices were last changed.
    pub changed_time: Timestamp,
    /// Its newest count; absent until it was counted after its devices were changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<GroupCount>,
    /// The last count of each day, oldest first: of the last 90 days where one group is read, of 30 in the list.
    pub history: Vec<DailyCount>,
    /// What uses it.
    pub used_by: GroupUse,
}

impl Group {
    /// How many devices it had a week before its newest count; `None` while that is not known.
    pub fn week_before(&self) -> Option<u64> {
        const WEEK: i64 = 7 * 24 * 3600 * hub_wire::time::TICKS_PER_SECOND;
        let until = self.count?.as_of.ticks() - WEEK;
        self.history.iter().rev().find(|day| day.as_of.ticks() <= until).map(|day| day.devices)
    }
}

/// How many devices a group has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GroupCount {
    /// Devices that match; of a list, those that the hub knows.
    pub devices: u64,
    /// Those of them that are connected.
    pub connected: u64,
    /// Ids of the list that the hub does not know.
    pub unknown: u64,
    /// Ids of the list that were not looked up, since this hub allows few queries.
    pub unchecked: u64,
    /// When the hub counted.
    pub as_of: Timestamp,
}

/// The last count of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DailyCount {
    /// When the hub counted.
    pub as_of: Timestamp,
    /// How many devices it found.
    pub devices: u64,
}

/// What uses a group. While a job that has not ended, a template, a schedule or a scope does, it cannot be deleted. The jobs themselves are listed
/// by `GET /api/v1/jobs?group=…`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GroupUse {
    /// Jobs on it that have not ended.
    pub open_jobs: u64,
    /// Jobs on it that have ended.
    pub ended_jobs: u64,
    /// Names of templates that name it.
    pub templates: Vec<String>,
    /// Schedules whose jobs name it.
    pub schedules: Vec<ScheduleRef>,
    /// People whose scope it is.
    pub scopes: u64,
}

impl GroupUse {
    /// Whether something uses it that needs it to stay.
    pub fn keeps_it(&self) -> bool {
        self.open_jobs > 0 || !self.templates.is_empty() || !self.schedules.is_empty() || self.scopes > 0
    }
}

/// `GET /api/v1/groups`: all of them, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Groups {
    /// The groups.
    pub items: Vec<Group>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn group(history: &[(&str, u64)]) -> Group {
        let count = |(as_of, devices): &(&str, u64)| DailyCount { as_of: at(as_of), devices: *devices };
        Group {
            group_id: "doors".into(),
            name: "Doors".into(),
            description: None,
            query_condition: Some("*".into()),
            listed_devices: None,
            device_ids: None,
            created_time: at("2026-09-01T00:00:00Z"),
            created_by: None,
            changed_time: at("2026-09-01T00:00:00Z"),
            count: Some(GroupCount {
                devices: 20,
                connected: 20,
                unknown: 0,
                unchecked: 0,
                as_of: at("2026-09-17T12:00:00Z"),
            }),
            history: history.iter().map(count).collect(),
            used_by: GroupUse::default(),
        }
    }

    #[test]
    fn the_count_of_a_week_before() {
        for (history, expected) in [
            (vec![], None),
            (vec![("2026-09-10T12:00:01Z", 9)], None),
            (vec![("2026-09-10T12:00:00Z", 9)], Some(9)),
            (
                vec![("2026-08-01T12:00:00Z", 7), ("2026-09-09T23:00:00Z", 8), ("2026-09-16T12:00:00Z", 19)],
                Some(8),
            ),
        ] {
            assert_eq!(group(&history).week_before(), expected, "{history:?}");
        }
        assert_eq!(Group { count: None, ..group(&[("2026-08-01T12:00:00Z", 7)]) }.week_before(), None);
    }

    #[test]
    fn ended_jobs_do_not_keep_a_group() {
        let ended = GroupUse { ended_jobs: 3, ..GroupUse::default() };
        assert!(!ended.keeps_it());
        assert!(GroupUse { open_jobs: 1, ..ended.clone() }.keeps_it());
        assert!(GroupUse { templates: vec!["Evening".into()], ..ended }.keeps_it());
    }

    #[test]
    fn a_list_may_be_the_text_of_a_file() {
        let text = r#"{"name": "Doors", "deviceIds": "deviceId;wing\ndoor-1;north\ndoor-2;south"}"#;
        let group: NewGroup = serde_json::from_str(text).unwrap();
        let ids: Vec<_> = group.device_ids.unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(ids, ["door-1", "door-2"]);
    }
}
