//! Groups and schedules as others refer to them: by id, with a name for people.

use serde::{Deserialize, Serialize};

/// A group: of a job that addressed it, with its name as it was then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GroupRef {
    /// The group; it may have been deleted since.
    pub group_id: String,
    /// Its name, of a job when it was created.
    pub name: String,
}

/// A schedule: of a job that it started, with its name as it was then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScheduleRef {
    /// The schedule; it may have been deleted since.
    pub schedule_id: String,
    /// Its name, of a job when the run started.
    pub name: String,
}
