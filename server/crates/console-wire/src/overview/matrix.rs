//! Devices by the values of two tags.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Subject;
use crate::outcome::Outcome;

/// Most columns of the tag matrix; more values are grouped by what they begin with.
pub const MAX_COLUMNS: usize = 60;
/// Most groups that the hub is asked for.
pub const MAX_CELLS: usize = 3_000;

/// What the cells of the matrix show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Measure {
    /// Devices that are not connected.
    #[default]
    Connection,
    /// Devices that failed in the job that ended last.
    Job,
}

impl Measure {
    /// The value in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Job => "job",
        }
    }

    /// By the value in addresses.
    pub fn from_wire(word: &str) -> Option<Self> {
        [Self::Connection, Self::Job].into_iter().find(|measure| measure.as_str() == word)
    }
}

/// Which matrix to read: the query of `GET /api/v1/overview/matrix`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MatrixQuery {
    /// The tag whose values are the columns, such as `tags.building`; chosen by the console when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(max_length = 200))]
    pub columns: Option<String>,
    /// The tag whose values are the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(max_length = 200))]
    pub rows: Option<String>,
    /// What is measured.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", param(inline, default = "connection"))]
    pub by: Measure,
}

/// Devices by the values of two tags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TagMatrix {
    /// The tag whose values are the columns; empty where the devices have no two tags to choose.
    pub columns: String,
    /// The tag whose values are the rows.
    pub rows: String,
    /// Tags that can be chosen.
    pub tags: Vec<String>,
    /// What is measured.
    pub by: Measure,
    /// The job, where one is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<Subject>,
    /// The cells, in no order. Combinations that no device has are left out.
    pub cells: Vec<MatrixCell>,
    /// Why cells, or what is measured in them, could not be counted, a sentence for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
    /// When the hub counted them.
    pub as_of: Timestamp,
}

/// The devices with one value of each tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MatrixCell {
    /// The column's value; absent for devices without the tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<Value>,
    /// The row's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<Value>,
    /// How many devices.
    pub devices: u64,
    /// Those that are not connected, or failed in the job.
    pub affected: u64,
    /// The state that most of these have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}
