//! Rows to types and back.

use console_wire::{
    job::{JobSummary, Origin},
    outcome::{DeviceResult, Outcome, Outcomes},
    rerun::RerunOf,
};
use hub_wire::{
    DeviceId, ModuleId, Timestamp,
    device_job::{DeviceJob, DeviceJobError, DeviceJobOutcome},
    direct_method::DirectMethodResponse,
    job::{DeviceJobStatistics, JobStatus, JobType},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{ColumnIndex, Row, sqlite::SqliteRow};

use super::Result;
use crate::StoreError;

/// Everything of a job, in no particular order: read by name.
pub(super) const JOB: &str = "SELECT job_id, phase, origin, job_type, status, query_condition, \
    cloud_to_device_method, update_twin, created_time, start_time, end_time, max_execution_time, failure_reason, \
    queued, in_flight, succeeded, failed, timed_out, not_online, interrupted, cancelled, answered_badly, unlisted, \
    read_up_to, sequence, as_of, target_devices, expected_devices, parent_job, parent_subset FROM jobs";

/// Everything of a device result that is shown.
pub(super) const RESULT_COLUMNS: &str = "device_id, module_id, status, outcome, response_status, response_payload, \
    error_code, error_description, start_time, end_time";

/// How many of a job's devices are in each state, with what the hub's five counts need beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) outcomes: Outcomes,
    /// Failed ones that did answer: the hub counts them as succeeded.
    pub(super) answered_badly: u64,
    /// Queued ones that the hub counts and that have no row here yet.
    pub(super) unlisted: u64,
}

impl Tally {
    /// Devices that have a row here.
    pub(super) fn listed(&self) -> u64 {
        self.outcomes.total() - self.unlisted
    }

    /// Counts devices without a row so that all are as many as the hub says.
    pub(super) fn count_unlisted(&mut self, unlisted: u64) {
        self.outcomes.queued = self.outcomes.queued - self.unlisted + unlisted;
        self.unlisted = unlisted;
    }

    /// The hub's five counts.
    pub(super) fn statistics(&self) -> DeviceJobStatistics {
        let Outcomes { queued, in_flight, succeeded, .. } = self.outcomes;
        let succeeded = succeeded + self.answered_badly;
        let total = self.outcomes.total();
        DeviceJobStatistics {
            device_count: total,
            pending_count: queued,
            running_count: in_flight,
            succeeded_count: succeeded,
            failed_count: total - queued - in_flight - succeeded,
        }
    }
}

pub(super) fn get<'r, T>(row: &'r SqliteRow, column: &'static str) -> Result<T>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    &'static str: ColumnIndex<SqliteRow>,
{
    row.try_get(column).map_err(|_| StoreError::Damaged { column })
}

/// A number that is never negative.
pub(super) fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

/// A count as SQLite holds it.
pub(super) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A word of the wire as its type.
pub(super) fn word<T: DeserializeOwned>(text: &str, column: &'static str) -> Result<T> {
    let reader = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text);
    T::deserialize(reader).map_err(|_| StoreError::Damaged { column })
}

/// JSON text of something that always has one.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("wire types have string keys and finite numbers")
}

fn from_json<T: DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Result<Option<T>> {
    let text: Option<&str> = get(row, column)?;
    text.map(|text| serde_json::from_str(text).map_err(|_| StoreError::Damaged { column })).transpose()
}

pub(super) fn time(row: &SqliteRow, column: &'static str) -> Result<Option<Timestamp>> {
    Ok(get::<Option<i64>>(row, column)?.map(Timestamp::from_ticks))
}

pub(super) fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Console => "console",
        Origin::Hub => "hub",
    }
}

pub(super) fn tally(row: &SqliteRow) -> Result<Tally> {
    let number = |column| get::<i64>(row, column).map(count);
    Ok(Tally {
        outcomes: Outcomes {
            queued: number("queued")?,
            in_flight: number("in_flight")?,
            succeeded: number("succeeded")?,
            failed: number("failed")?,
            timed_out: number("timed_out")?,
            not_online: number("not_online")?,
            interrupted: number("interrupted")?,
            cancelled: number("cancelled")?,
        },
        answered_badly: number("answered_badly")?,
        unlisted: number("unlisted")?,
    })
}

pub(super) fn summary(row: &SqliteRow) -> Result<JobSummary> {
    let tally = tally(row)?;
    let max_execution_time: Option<i64> = get(row, "max_execution_time")?;
    Ok(JobSummary {
        job_id: get(row, "job_id")?,
        job_type: JobType::from_wire(get(row, "job_type")?),
        status: JobStatus::from_wire(get(row, "status")?),
        query_condition: get(row, "query_condition")?,
        target_devices: get::<Option<i64>>(row, "target_devices")?.map(count),
        expected_devices: get::<Option<i64>>(row, "expected_devices")?.map(count),
        parent: match get::<Option<String>>(row, "parent_job")? {
            Some(job_id) => {
                Some(RerunOf { job_id, subset: from_json(row, "parent_subset")?.unwrap_or_default() })
            }
            None => None,
        },
        created_time: Timestamp::from_ticks(get(row, "created_time")?),
        start_time: time(row, "start_time")?,
        end_time: time(row, "end_time")?,
        max_execution_time_in_seconds: max_execution_time.and_then(|seconds| u32::try_from(seconds).ok()),
        cloud_to_device_method: from_json(row, "cloud_to_device_method")?,
        update_twin: from_json(row, "update_twin")?,
        failure_reason: get(row, "failure_reason")?,
        usual_ms: None,
        device_job_statistics: tally.statistics(),
        outcomes: tally.outcomes,
        origin: word(get(row, "origin")?, "origin")?,
        sequence: get(row, "sequence").map(count)?,
        as_of: Timestamp::from_ticks(get(row, "as_of")?),
    })
}

pub(super) fn result(row: &SqliteRow) -> Result<DeviceResult> {
    let module_id: &str = get(row, "module_id")?;
    let module_id = (!module_id.is_empty()).then(|| ModuleId::new(module_id)).transpose();
    let response_status: Option<i32> = get(row, "response_status")?;
    let error_code: Option<String> = get(row, "error_code")?;
    let outcome = Outcome::from_wire(get(row, "outcome")?);
    Ok(DeviceResult {
        device_id: DeviceId::new(get::<&str>(row, "device_id")?)
            .map_err(|_| StoreError::Damaged { column: "device_id" })?,
        module_id: module_id.map_err(|_| StoreError::Damaged { column: "module_id" })?,
        status: word(get(row, "status")?, "status")?,
        outcome: outcome.ok_or(StoreError::Damaged { column: "outcome" })?,
        response: match response_status {
            Some(status) => Some(DirectMethodResponse {
                status,
                payload: from_json(row, "response_payload")?.unwrap_or_default(),
            }),
            None => None,
        },
        error: match error_code {
            Some(code) => Some(DeviceJobError {
                code,
                description: get::<Option<String>>(row, "error_description")?.unwrap_or_default(),
            }),
            None => None,
        },
        start_time_utc: time(row, "start_time")?,
        end_time_utc: time(row, "end_time")?,
    })
}

/// A result as the hub's row that it was made from, as far as a cause needs it.
pub(super) fn as_row(result: DeviceResult) -> DeviceJob {
    DeviceJob {
        device_id: result.device_id,
        module_id: result.module_id,
        job_id: String::new(),
        job_type: JobType::Unknown,
        status: result.status,
        start_time_utc: result.start_time_utc,
        end_time_utc: result.end_time_utc,
        created_date_time_utc: None,
        last_updated_date_time_utc: None,
        outcome: result.response.map(|response| DeviceJobOutcome { device_method_response: Some(response) }),
        error: result.error,
    }
}
