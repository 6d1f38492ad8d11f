//! Who a condition would address, honestly: counted now, and the hub counts again when the job starts.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::device::DeviceSummary;

/// The body of `POST /api/v1/targets/preview`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviewRequest {
    /// The text after WHERE; `*` means every device.
    pub query_condition: String,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Devices that match.
    pub count: u64,
    /// Those of them that are connected.
    pub connected_count: u64,
    /// A few of them, some disconnected when there are any.
    pub sample: Vec<DeviceSummary>,
    /// When the hub was asked.
    pub as_of: Timestamp,
}
