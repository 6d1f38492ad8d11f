//! Who a condition would address, honestly: counted now, and the hub counts again when the job starts.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::device::DeviceSummary;

/// The body of `POST /api/v1/targets/preview`: a condition, or a list of device ids.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreviewRequest {
    /// The text after WHERE; `*` means every device.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query_condition: String,
    /// Device ids as somebody pasted them, at most [`MAX_LISTED_DEVICES`](crate::job::MAX_LISTED_DEVICES); ones that no
    /// device can have count as unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ids: Option<Vec<String>>,
    /// How long the job would wait for one device at most, in seconds; makes the estimate's upper end honest.
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
    pub unknown: Vec<String>,
    /// How many ids of the list the hub does not know.
    #[serde(default)]
    pub unknown_count: u64,
    /// How many ids of a very long list were not looked up, since this hub allows few queries.
    #[serde(default)]
    pub unchecked_count: u64,
    /// How many entries of the list repeat an earlier one.
    #[serde(default)]
    pub duplicates: u64,
    /// How long a job over them would take; absent when nothing is known about this hub's pace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// When the hub was asked.
    pub as_of: Timestamp,
}

/// How long a job would take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// If all goes well, in seconds.
    pub seconds_low: f64,
    /// If other jobs share the pace and a device lets us wait, in seconds.
    pub seconds_high: f64,
    /// The pace.
    pub devices_per_second: f64,
    /// Where the pace comes from, a phrase: `the tier S1 allows 10 device operations a second`.
    pub reason: String,
}
