//! Rows of `devices.jobs` as the wire says them.

use std::fmt::Write;

use hub_wire::Timestamp;
use serde::Deserialize;
use sqlx::{Row, sqlite::SqliteRow};

use crate::{error::HubError, store::rows::quoted};

/// What a job's rows have in common.
pub(super) struct Common<'a> {
    pub(super) job_id: &'a str,
    pub(super) job_type: &'a str,
    /// Ticks.
    pub(super) created: i64,
}

/// What a row says for itself, as SQLite's `json_array` of [`TOLD`] spells it.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
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

/// The columns of [`Told`], in its order.
pub(super) const TOLD: &str = "device_id, module_id, status, last_updated, start_time, end_time, response_status, \
     response_payload, error_code, error_description";

impl Told {
    /// From a row that has [`TOLD`] from this column on.
    pub(super) fn of_row(row: &SqliteRow, first: usize) -> Result<Self, sqlx::Error> {
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

    /// From a JSON array.
    pub(super) fn of_json(text: &str) -> Result<Self, HubError> {
        serde_json::from_str(text).map_err(|error| HubError::damaged("device job", error))
    }

    /// Without what rows that are alike do not have.
    pub(super) fn plain(self) -> Self {
        Self { module_id: None, response_status: None, response_payload: None, error_code: None, ..self }
    }

    /// The row's JSON but for its device, which stands between [`BEFORE_DEVICE`] and this.
    pub(super) fn after_device(&self, common: &Common<'_>) -> String {
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
    pub(super) fn to_json(&self, common: &Common<'_>) -> String {
        format!("{BEFORE_DEVICE}{}{}", quoted(&self.device_id), self.after_device(common))
    }
}

/// How every row begins.
pub(super) const BEFORE_DEVICE: &str = "{\"deviceId\":";
