//! What the devices page shows beside the devices themselves: columns of their twins, and how many devices have which
//! value.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{device::DeviceSummary, page::Page};

/// A page of devices as a table of them shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceTable {
    /// The rows, in the hub's order.
    pub rows: Page<DeviceRow>,
    /// The attributes that each row's values are of.
    pub columns: Vec<String>,
    /// Attributes that these devices have, as a query writes them: tags, then reported, then desired properties.
    pub names: Vec<String>,
    /// Those of them whose values repeat, so that one of them narrows a list.
    pub facets: Vec<String>,
}

/// A device in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceRow {
    /// The device.
    pub device: DeviceSummary,
    /// Its value for each column; null where it has none.
    pub values: Vec<Value>,
}

/// How many devices have which value of an attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facet {
    /// The attribute, such as `tags.building`.
    pub path: String,
    /// Its most frequent values, the most frequent first; none when [`is_unbounded`](Self::is_unbounded).
    pub values: Vec<FacetValue>,
    /// Different values beyond these.
    pub other_values: u64,
    /// Devices without the attribute.
    pub unset_count: u64,
    /// Whether it has more different values than the hub returns at once, so that the most frequent ones are not known.
    pub is_unbounded: bool,
    /// When the hub counted.
    pub as_of: Timestamp,
}

/// A value and how many devices have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FacetValue {
    /// A string, a number or a boolean.
    pub value: Value,
    /// Devices.
    pub count: u64,
}
