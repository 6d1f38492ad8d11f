//! Rows of jobs: begun and ended here, inserted by [`super::job_start`]. Each write updates the job's counters in the same
//! transaction, so that they always sum to its targets; the table has a CHECK for that.

use hub_wire::{
    DeviceId, JobId, ModuleId, Timestamp,
    device_job::{DeviceJobError, DeviceJobStatus},
    direct_method::DirectMethodResponse,
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::{
    Store,
    jobs::{RunningJob, transition},
};
use crate::{
    domain::{
        Target,
        device_job::{device_not_found, interrupted, window_ended},
        job::JobEvent,
    },
    error::HubError,
};

/// A device that was begun: recorded as running, so it is never called again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Started {
    /// Its row.
    pub(crate) row: i64,
    /// The device to call.
    pub(crate) target: Target,
}

/// How a call ended.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// The row.
    pub(crate) row: i64,
    /// When.
    pub(crate) at: Timestamp,
    /// The device's answer, or the error.
    pub(crate) result: Result<DirectMethodResponse, DeviceJobError>,
}

impl Store {
    /// Begins up to `most` devices of a method job: they are running from now on. Devices that are gone or disabled
    /// fail on the spot, so fewer may be returned than were begun; `None` means that there are no more to begin.
    pub(crate) async fn begin_device_jobs(
        &self,
        job: &RunningJob,
        most: u32,
    ) -> Result<Option<Vec<Started>>, HubError> {
        let (job_id, over_modules) = (job.job_id.clone(), job.over_modules);
        self.writer
            .write(move |connection, now| {
                Box::pin(async move { begin(connection, now, &job_id, over_modules, most).await })
            })
            .await
    }

    /// Records the outcomes of calls, and completes the job with the last one. Rows that have ended already (with their
    /// window) are left unchanged.
    pub(crate) async fn finish_device_jobs(
        &self,
        job_id: &JobId,
        outcomes: Vec<Outcome>,
    ) -> Result<(), HubError> {
        let job_id = job_id.clone();
        let outcomes = outcomes.into_iter().map(outcome_json).collect::<Value>().to_string();
        self.writer
            .write(move |connection, now| {
                Box::pin(async move { finish(connection, now, &job_id, &outcomes).await })
            })
            .await
    }

    /// Ends a job whose execution window has passed: devices without an outcome fail, the job is completed.
    pub(crate) async fn close_window(&self, job_id: &JobId) -> Result<(), HubError> {
        let job_id = job_id.clone();
        self.writer
            .write(move |connection, now| {
                Box::pin(async move {
                    for (status, begun) in
                        [(DeviceJobStatus::Pending, false), (DeviceJobStatus::Running, true)]
                    {
                        fail_rows(connection, now, &job_id, status, &window_ended(begun)).await?;
                    }
                    complete_if_done(connection, now, &job_id).await
                })
            })
            .await
    }

    /// After a restart: ends calls that were under way as interrupted. Whether the device acted on them is unknown, so they
    /// are not sent again.
    pub(crate) async fn interrupt_device_jobs(&self) -> Result<(), HubError> {
        let running = self.running_jobs().await?;
        self.writer
            .write(move |connection, now| {
                Box::pin(async move {
                    for job in running {
                        fail_rows(connection, now, &job.job_id, DeviceJobStatus::Running, &interrupted())
                            .await?;
                        complete_if_done(connection, now, &job.job_id).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// The time of a change made now: later than every earlier change of a method job, even if the clock was set back or did
/// not advance. A client that follows a job requests what changed after the last change it has read.
async fn change_time(connection: &mut SqliteConnection, now: Timestamp) -> Result<i64, HubError> {
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT max(last_updated) FROM device_jobs INDEXED BY device_jobs_changed \
         WHERE status <> 'pending' AND job_type = 'scheduleDeviceMethod'",
    )
    .fetch_one(connection)
    .await?;
    Ok(last.map_or(now.ticks(), |last| now.ticks().max(last + 1)))
}

/// The next pending rows of a running job, at most `most`; none when all have begun.
pub(super) async fn next_rows(
    connection: &mut SqliteConnection,
    job_id: &JobId,
    most: u32,
) -> Result<Option<(i64, i64)>, HubError> {
    let row = sqlx::query("SELECT next_row, last_row FROM jobs WHERE job_id = ? AND status = 'running'")
        .bind(job_id.as_str())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (next, last): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    Ok((next <= last).then(|| (next, last.min(next + i64::from(most) - 1))))
}

async fn begin(
    connection: &mut SqliteConnection,
    now: Timestamp,
    job_id: &JobId,
    over_modules: bool,
    most: u32,
) -> Result<Option<Vec<Started>>, HubError> {
    let Some((first, last)) = next_rows(connection, job_id, most).await? else { return Ok(None) };
    // A module is called through its device: both must be there, and the device enabled.
    let exists = if over_modules {
        "EXISTS (SELECT 1 FROM modules m JOIN devices d ON d.device_id = m.device_id \
         WHERE m.id = j.target AND d.status = 'enabled')"
    } else {
        "EXISTS (SELECT 1 FROM devices d WHERE d.id = j.target AND d.status = 'enabled')"
    };
    let sql = format!(
        "SELECT \"row\", device_id, module_id, {exists} FROM device_jobs j WHERE \"row\" BETWEEN ? AND ?"
    );
    let found = sqlx::query(AssertSqlSafe(sql)).bind(first).bind(last).fetch_all(&mut *connection).await?;
    let (mut started, mut gone) = (Vec::with_capacity(found.len()), Vec::new());
    for row in &found {
        if row.try_get(3)? {
            started.push(Started {
                row: row.try_get(0)?,
                target: read_target(row.try_get(1)?, row.try_get(2)?)?,
            });
        } else {
            gone.push(row.try_get::<i64, _>(0)?);
        }
    }
    sqlx::query(
        "UPDATE device_jobs SET status = 'running', start_time = ?1, last_updated = ?4 \
         WHERE \"row\" BETWEEN ?2 AND ?3",
    )
    .bind(now.ticks())
    .bind(first)
    .bind(last)
    .bind(change_time(connection, now).await?)
    .execute(&mut *connection)
    .await?;
    if !gone.is_empty() {
        let error = device_not_found();
        sqlx::query(
            "UPDATE device_jobs SET status = 'failed', end_time = ?1, error_code = ?2, error_description = ?3 \
             WHERE \"row\" IN (SELECT value FROM json_each(?4))",
        )
        .bind(now.ticks())
        .bind(error.code)
        .bind(error.description)
        .bind(json!(gone).to_string())
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query(
        "UPDATE jobs SET next_row = ?2, pending_count = pending_count - ?3 - ?4, \
         running_count = running_count + ?3, failed_count = failed_count + ?4 WHERE job_id = ?1",
    )
    .bind(job_id.as_str())
    .bind(last + 1)
    .bind(count(started.len()))
    .bind(count(gone.len()))
    .execute(&mut *connection)
    .await?;
    complete_if_done(connection, now, job_id).await?;
    Ok(Some(started))
}

/// A target from its two columns.
pub(super) fn read_target(device_id: String, module_id: Option<String>) -> Result<Target, HubError> {
    let damaged = |error| HubError::damaged("device job", error);
    Ok(Target {
        device_id: DeviceId::new(device_id).map_err(damaged)?,
        module_id: module_id.map(ModuleId::new).transpose().map_err(damaged)?,
    })
}

pub(super) fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// An outcome in the order in which [`finish`] reads it: row, end, status, answer, payload as text, code, description.
fn outcome_json(outcome: Outcome) -> Value {
    let end = outcome.at.ticks();
    match outcome.result {
        Ok(answer) => {
            let completed = DeviceJobStatus::Completed.as_str();
            json!([outcome.row, end, completed, answer.status, answer.payload.to_string(), null, null])
        }
        Err(error) => {
            let failed = DeviceJobStatus::Failed.as_str();
            json!([outcome.row, end, failed, null, null, error.code, error.description])
        }
    }
}

async fn finish(
    connection: &mut SqliteConnection,
    now: Timestamp,
    job_id: &JobId,
    outcomes: &str,
) -> Result<(), HubError> {
    let ended: Vec<bool> = sqlx::query_scalar(
        "UPDATE device_jobs SET status = o.value ->> 2, end_time = max(o.value ->> 1, start_time), last_updated = ?1, \
         response_status = o.value ->> 3, response_payload = o.value ->> 4, error_code = o.value ->> 5, \
         error_description = o.value ->> 6 \
         FROM jsonb_each(?2) AS o WHERE device_jobs.\"row\" = o.value ->> 0 AND device_jobs.job_id = ?3 \
         AND device_jobs.status = 'running' RETURNING device_jobs.status = 'completed'",
    )
    .bind(change_time(connection, now).await?)
    .bind(outcomes)
    .bind(job_id.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let succeeded = ended.iter().filter(|succeeded| **succeeded).count();
    sqlx::query(
        "UPDATE jobs SET running_count = running_count - ?2 - ?3, succeeded_count = succeeded_count + ?2, \
         failed_count = failed_count + ?3 WHERE job_id = ?1",
    )
    .bind(job_id.as_str())
    .bind(count(succeeded))
    .bind(count(ended.len() - succeeded))
    .execute(&mut *connection)
    .await?;
    complete_if_done(connection, now, job_id).await
}

/// Fails all rows of a job that are in a state, with the counters.
async fn fail_rows(
    connection: &mut SqliteConnection,
    now: Timestamp,
    job_id: &JobId,
    status: DeviceJobStatus,
    error: &DeviceJobError,
) -> Result<(), HubError> {
    let failed = sqlx::query(
        "UPDATE device_jobs SET status = 'failed', end_time = max(?1, coalesce(start_time, ?1)), last_updated = ?6, error_code = ?2, \
         error_description = ?3 WHERE status = ?4 \
         AND \"row\" BETWEEN (SELECT first_row FROM jobs WHERE job_id = ?5) \
                         AND (SELECT last_row FROM jobs WHERE job_id = ?5)",
    )
    .bind(now.ticks())
    .bind(&error.code)
    .bind(&error.description)
    .bind(status.as_str())
    .bind(job_id.as_str())
    .bind(change_time(connection, now).await?)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    let counters = if status == DeviceJobStatus::Pending {
        "UPDATE jobs SET next_row = last_row + 1, pending_count = pending_count - ?2, \
         failed_count = failed_count + ?2 WHERE job_id = ?1"
    } else {
        "UPDATE jobs SET running_count = running_count - ?2, failed_count = failed_count + ?2 WHERE job_id = ?1"
    };
    sqlx::query(counters)
        .bind(job_id.as_str())
        .bind(i64::try_from(failed).unwrap_or(i64::MAX))
        .execute(connection)
        .await?;
    Ok(())
}

/// Completes a running job that has no device left without an outcome.
pub(super) async fn complete_if_done(
    connection: &mut SqliteConnection,
    now: Timestamp,
    job_id: &JobId,
) -> Result<(), HubError> {
    let is_done: Option<bool> = sqlx::query_scalar(
        "SELECT pending_count = 0 AND running_count = 0 FROM jobs WHERE job_id = ? AND status = 'running'",
    )
    .bind(job_id.as_str())
    .fetch_optional(&mut *connection)
    .await?;
    if is_done == Some(true) {
        // It is running, as just read, so the event is allowed.
        let _ = transition(connection, now, job_id, JobEvent::Complete).await?;
    }
    Ok(())
}
