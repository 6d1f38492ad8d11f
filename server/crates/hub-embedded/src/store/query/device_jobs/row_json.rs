//! Serialises rows of `devices.jobs` from their columns, without building a [`hub_wire::device_job::DeviceJob`] for each:
//! reading a job's rows is the hub's hottest query. A test holds both formats equal.

use std::fmt::Write;

use hub_wire::Timestamp;
use serde::Deserialize;
use sqlx::{Row, sqlite::SqliteRow};

use crate::{error::HubError, store::rows::quoted};

/// The fields that are equal in all rows of a job.
pub(super) struct JobFields<'a> {
    pub(super) job_id: &'a str,
    pub(super) job_type: &'a str,
    /// Ticks.
    pub(super) created: i64,
}

/// The other fields of a row, in the order of [`ROW_COLUMNS`] and of SQLite's `json_array` of them.
#[derive(Debug, Deserialize)]
pub(super) struct DeviceJobRow {
    device_id: String,
    module_id: Option<String>,
    status: String,
    last_updated: i64,
    start_time: Option<i64>,
    end_time: Option<i64>,
    response_status: Option<i64>,
    /// JSON text.
    response_payload: Option<String>,
    error_code: Option<String>,
    error_description: Option<String>,
}

/// The columns of [`DeviceJobRow`].
pub(super) const ROW_COLUMNS: &str = "device_id, module_id, status, last_updated, start_time, end_time, response_status, \
     response_payload, error_code, error_description";

impl DeviceJobRow {
    /// Reads a row that has [`ROW_COLUMNS`] from column `first` on.
    pub(super) fn from_row(row: &SqliteRow, first: usize) -> Result<Self, sqlx::Error> {
        Ok(Self {
            device_id: row.try_get(first)?,
            module_id: row.try_get(first + 1)?,
            status: row.try_get(first + 2)?,
            last_updated: row.try_get(first + 3)?,
            start_time: row.try_get(first + 4)?,
            end_time: row.try_get(first + 5)?,
            response_status: row.try_get(first + 6)?,
            response_payload: row.try_get(first + 7)?,
            error_code: row.try_get(first + 8)?,
            error_description: row.try_get(first + 9)?,
        })
    }

    /// Reads a JSON array.
    pub(super) fn from_json(text: &str) -> Result<Self, HubError> {
        serde_json::from_str(text).map_err(|error| HubError::damaged("device job", error))
    }

    /// Without the fields that rows equal to a page's first one do not have.
    pub(super) fn without_result(self) -> Self {
        Self { module_id: None, response_status: None, response_payload: None, error_code: None, ..self }
    }

    /// The row's JSON behind the device id; [`DEVICE_ID_PREFIX`] is what precedes it.
    pub(super) fn json_after_device_id(&self, common: &JobFields<'_>) -> String {
        let mut json = String::with_capacity(400);
        let Self { module_id, status, .. } = self;
        if let Some(module_id) = module_id {
            let _ = write!(json, ",\"moduleId\":{}", quoted(module_id));
        }
        let (job_id, job_type) = (quoted(common.job_id), common.job_type);
        let _ = write!(json, ",\"jobId\":{job_id},\"jobType\":\"{job_type}\",\"status\":\"{status}\"");
        for (name, at) in [
            ("startTimeUtc", self.start_time),
            ("endTimeUtc", self.end_time),
            ("createdDateTimeUtc", Some(common.created)),
            ("lastUpdatedDateTimeUtc", Some(self.last_updated)),
        ] {
            if let Some(at) = at {
                let _ = write!(json, ",\"{name}\":\"{}\"", Timestamp::from_ticks(at));
            }
        }
        if let Some(response) = self.response_status {
            let payload = self.response_payload.as_deref().unwrap_or("null");
            let _ = write!(
                json,
                ",\"outcome\":{{\"deviceMethodResponse\":{{\"status\":{response},\"payload\":{payload}}}}}"
            );
        } else if status == "completed" {
            json.push_str(",\"outcome\":{\"deviceMethodResponse\":null}");
        }
        if let Some(code) = &self.error_code {
            let description = quoted(self.error_description.as_deref().unwrap_or_default());
            let _ = write!(json, ",\"error\":{{\"code\":{},\"description\":{description}}}", quoted(code));
        }
        json.push('}');
        json
    }

    /// The row's JSON.
    pub(super) fn to_json(&self, common: &JobFields<'_>) -> String {
        format!("{DEVICE_ID_PREFIX}{}{}", quoted(&self.device_id), self.json_after_device_id(common))
    }
}

/// The start of every row.
pub(super) const DEVICE_ID_PREFIX: &str = "{\"deviceId\":";

#[cfg(test)]
mod tests {
    use hub_wire::device_job::DeviceJob;

    use super::*;

    const FIELDS: JobFields<'_> = JobFields { job_id: "j\"1", job_type: "scheduleDeviceMethod", created: 0 };

    fn row(status: &str) -> DeviceJobRow {
        DeviceJobRow {
            device_id: "d'1".into(),
            module_id: None,
            status: status.into(),
            last_updated: 30_000_000,
            start_time: Some(10_000_000),
            end_time: Some(20_000_001),
            response_status: None,
            response_payload: None,
            error_code: None,
            error_description: None,
        }
    }

    #[test]
    fn rows_are_serialised_like_the_wire_type() {
        let answered = |status, payload: Option<&str>| DeviceJobRow {
            response_status: Some(status),
            response_payload: payload.map(str::to_owned),
            ..row("completed")
        };
        for row in [
            DeviceJobRow { start_time: None, end_time: None, ..row("pending") },
            DeviceJobRow { end_time: None, ..row("running") },
            DeviceJobRow { module_id: Some("m".into()), ..row("completed") },
            answered(200, Some(r#"{"a":[1,null,"ü"]}"#)),
            answered(-1, None),
            DeviceJobRow {
                error_code: Some("DeviceNotOnline".into()),
                error_description: Some("Timed out \"waiting\"\n".into()),
                ..row("failed")
            },
            DeviceJobRow { error_code: Some("Code".into()), ..row("failed") },
            row("canceled"),
        ] {
            let json = row.to_json(&FIELDS);
            let wire: DeviceJob = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&wire).unwrap(), json);
        }
    }
}
