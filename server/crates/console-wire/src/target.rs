//! Which devices a condition would address: counted now, and again by the hub when the job starts.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::device::DeviceSummary;

/// The body of `POST /api/v1/targets/preview`: a condition, a list of device ids, or a group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreviewRequest {
    /// The text after WHERE; `*` means every device.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query_condition: String,
    /// Exactly these devices, instead of a condition; at most 100,000. Ids that no device can have count as unknown. In
    /// JSON a list, or the text of one, such as a CSV file.
    #[serde(
        default,
        deserialize_with = "crate::device_list::deserialize",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::device_list::JsonDeviceList>))]
    pub device_ids: Option<Vec<String>>,
    /// The devices of this group, instead of a condition or a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// How long a job that calls a method would wait for one device at most, in seconds: connection and response timeout
    /// together. Absent for a job that changes twins. The estimate is made for a job of that type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_wait_in_seconds: Option<u32>,
}

impl From<&str> for PreviewRequest {
    fn from(query_condition: &str) -> Self {
        Self { query_condition: query_condition.to_owned(), ..Self::default() }
    }
}

impl From<String> for PreviewRequest {
    fn from(query_condition: String) -> Self {
        Self { query_condition, ..Self::default() }
    }
}

impl From<Vec<String>> for PreviewRequest {
    fn from(device_ids: Vec<String>) -> Self {
        Self { device_ids: Some(device_ids), ..Self::default() }
    }
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Devices that match: of a list, those that the hub knows, each once.
    pub count: u64,
    /// Those of them that are connected.
    pub connected_count: u64,
    /// A few of them, some disconnected when there are any.
    pub sample: Vec<DeviceSummary>,
    /// The first hundred ids of the list that the hub does not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub unknown: Vec<String>,
    /// How many ids of the list the hub does not know.
    #[serde(default)]
    pub unknown_count: u64,
    /// Devices that may be meant by ids of `unknown`: those that differ only in upper and lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub similar: Vec<SimilarDevice>,
    /// How many ids of a very long list were not looked up, since this hub allows few queries.
    #[serde(default)]
    pub unchecked_count: u64,
    /// How many entries of the list repeat an earlier one.
    #[serde(default)]
    pub duplicates: u64,
    /// What the scope of the operator who asks leaves out; absent for everybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<ScopeLimit>,
    /// How long a job over them would take; absent when this hub's rate is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// When the hub counted.
    pub as_of: Timestamp,
}

impl Preview {
    /// How many devices a job would address: those that were found, and ids that were not looked up.
    pub const fn targets(&self) -> u64 {
        self.count + self.unchecked_count
    }
}

/// What an operator's scope leaves out of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScopeLimit {
    /// The scope, a condition.
    pub scope: String,
    /// How many devices match the target and are outside the scope.
    pub outside_count: u64,
    /// Of a list, the first hundred of them; a job on the list reports them as failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub outside: Vec<String>,
}

/// A device whose id is nearly what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SimilarDevice {
    /// The id as it was written.
    pub written: String,
    /// The device's id.
    pub device_id: String,
}

/// Whom a scheduled job would reach if it started now; the hub counts again when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reach {
    /// Devices that match.
    pub count: u64,
    /// Those of them that are connected.
    pub connected_count: u64,
    /// When the hub counted.
    pub as_of: Timestamp,
}

/// How long a job would take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// If it goes as with the last such jobs, in seconds; with no job before, if every device answers at once.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub seconds_low: f64,
    /// If other jobs share the rate and the last device does not answer, in seconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub seconds_high: f64,
    /// The part of it that sending takes if no other job runs, in seconds.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub sending_seconds: f64,
    /// How long the job waits for a silent device after that at most, in seconds.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub longest_wait_seconds: f64,
    /// The rate.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub devices_per_second: f64,
    /// Where the rate comes from, a phrase: `the tier S1 allows 10 device operations a second`.
    pub reason: String,
}
