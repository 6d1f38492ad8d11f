//! Jobs: created, listed, cancelled, and advanced by the scheduler.

use std::time::Duration;

use hub_query::sql::SqlValue;
use hub_wire::{
    JobId, Timestamp,
    direct_method::DirectMethodRequest,
    job::{DEFAULT_MAX_EXECUTION_TIME, DeviceJobStatistics, Job, JobReceipt, JobRequest, JobStatus, JobType},
    query::ItemType,
    twin::TwinPatch,
};
use sqlx::{AssertSqlSafe, FromRow, SqliteConnection, SqlitePool};

use super::{
    JobFilter, Page, PageRequest, Store,
    page::JsonArray,
    query::{Token, page_size},
};
use crate::{
    domain::job::{JobEvent, check, lateness, next},
    error::HubError,
};

/// How long an ended job is kept. Source: `iot-hub-devguide-jobs.md`.
const RETENTION: Duration = Duration::from_hours(30 * 24);

/// A queued or scheduled job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueJob {
    /// The job.
    pub(crate) job_id: JobId,
    /// Queued or scheduled.
    pub(crate) status: JobStatus,
    /// When it should start.
    pub(crate) start_time: Timestamp,
    /// It should start as soon as it was created: due even if the clock was set back.
    pub(crate) starts_immediately: bool,
}

/// A running job.
#[derive(Debug, Clone)]
pub(crate) struct RunningJob {
    /// The job.
    pub(crate) job_id: JobId,
    /// What it does.
    pub(crate) action: JobAction,
    /// Whether its targets are modules.
    pub(crate) over_modules: bool,
    /// When its execution window ends, by the wall clock.
    pub(crate) deadline: Timestamp,
    /// How long its execution window is.
    pub(crate) window: Duration,
}

/// What a job does to each target.
#[derive(Debug, Clone)]
pub(crate) enum JobAction {
    /// Calls a method.
    Method(DirectMethodRequest),
    /// Merges into the twin.
    Twin(TwinPatch),
}

const COLUMNS: &str = "id, job_id, job_type, status, query_condition, request, created, start_time, end_time, \
     max_execution_time, failure_reason, device_count, failed_count, succeeded_count, running_count, pending_count, \
     over_modules, planned_start";

/// A row of [`COLUMNS`].
#[derive(FromRow)]
struct JobRow {
    id: i64,
    job_id: String,
    job_type: String,
    status: String,
    query_condition: String,
    request: String,
    created: i64,
    start_time: i64,
    end_time: Option<i64>,
    max_execution_time: u32,
    failure_reason: Option<String>,
    device_count: u64,
    failed_count: u64,
    succeeded_count: u64,
    running_count: u64,
    pending_count: u64,
    over_modules: bool,
    planned_start: Option<i64>,
}

impl JobRow {
    fn into_job(self) -> Result<Job, HubError> {
        let job_type = JobType::from_wire(&self.job_type);
        let status = JobStatus::from_wire(&self.status);
        let (method, update) = match action(job_type, &self.request)? {
            JobAction::Method(method) => (Some(method), None),
            JobAction::Twin(update) => (None, Some(update)),
        };
        let statistics = DeviceJobStatistics {
            device_count: self.device_count,
            failed_count: self.failed_count,
            succeeded_count: self.succeeded_count,
            running_count: self.running_count,
            pending_count: self.pending_count,
        };
        let start_time = Timestamp::from_ticks(self.start_time);
        let planned_start = self.planned_start.map(Timestamp::from_ticks);
        // A job has no counts before its targets are fixed.
        let has_started =
            matches!(status, JobStatus::Running | JobStatus::Completed) || statistics.device_count > 0;
        Ok(Job {
            job_id: self.job_id,
            job_type,
            status,
            query_condition: Some(self.query_condition),
            created_time: Some(Timestamp::from_ticks(self.created)),
            start_time: Some(start_time),
            end_time: Some(self.end_time.map_or(Timestamp::FAR_FUTURE, Timestamp::from_ticks)),
            max_execution_time_in_seconds: Some(self.max_execution_time),
            cloud_to_device_method: method,
            update_twin: update,
            failure_reason: self.failure_reason,
            status_message: planned_start.and_then(|planned| lateness(planned, start_time)),
            device_job_statistics: has_started.then_some(statistics),
        })
    }

    fn into_running(self) -> Result<RunningJob, HubError> {
        let window = Duration::from_secs(self.max_execution_time.into());
        Ok(RunningJob {
            action: action(JobType::from_wire(&self.job_type), &self.request)?,
            job_id: read_id(self.job_id)?,
            over_modules: self.over_modules,
            deadline: Timestamp::from_ticks(self.start_time).plus(window),
            window,
        })
    }
}

fn action(job_type: JobType, request: &str) -> Result<JobAction, HubError> {
    let action = match job_type {
        JobType::ScheduleDeviceMethod => serde_json::from_str(request).map(JobAction::Method),
        JobType::ScheduleUpdateTwin => serde_json::from_str(request).map(JobAction::Twin),
        JobType::Unknown => return Err(HubError::damaged("job", "its type is unknown")),
    };
    action.map_err(|error| HubError::damaged("job", error))
}

pub(super) async fn create(
    store: &Store,
    request: &JobRequest,
    max_active: Option<u64>,
) -> Result<JobReceipt, HubError> {
    check(request, store.clock.now())?;
    let request = request.clone();
    let content = match (&request.cloud_to_device_method, &request.update_twin) {
        (Some(method), _) => serde_json::to_string(method),
        (None, update) => serde_json::to_string(update),
    }
    .map_err(|error| HubError::damaged("job", error))?;
    store
        .writer
        .write(move |connection, now| {
            Box::pin(async move {
                let start = request.start_time.map_or(now, |start| start.max(now));
                let created = sqlx::query(
                    "INSERT INTO jobs (job_id, job_type, status, query_condition, request, created, start_time, \
                     max_execution_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job_id) DO NOTHING",
                )
                .bind(request.job_id.as_str())
                .bind(request.job_type.as_str())
                .bind(JobStatus::Queued.as_str())
                .bind(&request.query_condition)
                .bind(content)
                .bind(now.ticks())
                .bind(start.ticks())
                .bind(request.max_execution_time_in_seconds.unwrap_or(DEFAULT_MAX_EXECUTION_TIME))
                .execute(&mut *connection)
                .await?;
                if created.rows_affected() == 0 {
                    return Err(HubError::JobAlreadyExists(request.job_id.into()));
                }
                let active: u64 = sqlx::query_scalar(
                    "SELECT count(*) FROM jobs WHERE status IN ('queued', 'scheduled', 'running')",
                )
                .fetch_one(connection)
                .await?;
                if max_active.is_some_and(|max| active > max) {
                    return Err(HubError::TooManyActiveJobs { active: active - 1 });
                }
                Ok(JobReceipt {
                    job_id: request.job_id.into(),
                    job_type: request.job_type,
                    status: JobStatus::Queued,
                })
            })
        })
        .await
}

pub(super) async fn get(readers: &SqlitePool, job_id: &str) -> Result<Option<Job>, HubError> {
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE job_id = ?");
    let row: Option<JobRow> = sqlx::query_as(AssertSqlSafe(sql)).bind(job_id).fetch_optional(readers).await?;
    row.map(JobRow::into_job).transpose()
}

pub(super) async fn list(
    readers: &SqlitePool,
    filter: JobFilter,
    page: &PageRequest,
) -> Result<Page, HubError> {
    let (job_type, status) = (filter.job_type.map(JobType::as_str), filter.status.map(JobStatus::as_str));
    let identity = format!("jobs {job_type:?} {status:?}");
    let token = Token::read(page.continuation.as_deref(), &identity)?;
    let before = match token.key.first() {
        Some(SqlValue::Int(id)) => *id,
        _ => i64::MAX,
    };
    let size = page_size(page.size);
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs WHERE id < ?1 AND (?2 IS NULL OR job_type = ?2) AND (?3 IS NULL OR status = ?3) \
         ORDER BY id DESC LIMIT ?4"
    );
    let mut rows: Vec<JobRow> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(before)
        .bind(job_type)
        .bind(status)
        .bind(size + 1)
        .fetch_all(readers)
        .await?;
    let limit = usize::try_from(size).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last_id = rows.last().map(|row| row.id).filter(|_| has_more);
    let mut items = JsonArray::default();
    for row in rows {
        let json =
            serde_json::to_string(&row.into_job()?).map_err(|error| HubError::damaged("job", error))?;
        items.push(&json);
    }
    let continuation = last_id.map(|id| Token { served: 0, key: vec![SqlValue::Int(id)] }.write(&identity));
    Ok(Page { items, item_type: ItemType::JobResponse, continuation })
}

pub(super) async fn cancel(store: &Store, job_id: &JobId) -> Result<Job, HubError> {
    let job_id = job_id.clone();
    store
        .writer
        .write(move |connection, now| {
            Box::pin(async move {
                match transition(connection, now, &job_id, JobEvent::Cancel).await? {
                    Ok(_) => {}
                    Err(None) => return Err(HubError::JobNotFound(job_id.into())),
                    Err(Some(status)) => {
                        let status = status.as_str();
                        return Err(HubError::JobNotCancellable { job_id: job_id.into(), status });
                    }
                }
                let sql = format!("SELECT {COLUMNS} FROM jobs WHERE job_id = ?");
                let row: JobRow = sqlx::query_as(AssertSqlSafe(sql))
                    .bind(job_id.as_str())
                    .fetch_one(&mut *connection)
                    .await?;
                row.into_job()
            })
        })
        .await
}

/// Applies an event to a job. Returns its new state, or the state that does not allow the event (none for no job).
pub(super) async fn transition(
    connection: &mut SqliteConnection,
    now: Timestamp,
    job_id: &JobId,
    event: JobEvent,
) -> Result<Result<JobStatus, Option<JobStatus>>, HubError> {
    let status: Option<String> = sqlx::query_scalar("SELECT status FROM jobs WHERE job_id = ?")
        .bind(job_id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(status) = status.as_deref().map(JobStatus::from_wire) else { return Ok(Err(None)) };
    let Some(new) = next(status, event) else { return Ok(Err(Some(status))) };
    // A job that has run does not end before its start, even if the clock was set back meanwhile.
    sqlx::query(
        "UPDATE jobs SET status = ?1, \
         end_time = CASE WHEN ?4 THEN max(?2, start_time) ELSE ?2 END WHERE job_id = ?3",
    )
    .bind(new.as_str())
    .bind(new.is_terminal().then_some(now.ticks()))
    .bind(job_id.as_str())
    .bind(status == JobStatus::Running)
    .execute(connection)
    .await?;
    Ok(Ok(new))
}

/// For the scheduler.
impl Store {
    /// Waits until a job was created or cancelled since the last wait.
    pub(crate) async fn jobs_changed(&self) {
        self.jobs_changed.notified().await;
    }

    /// Queued and scheduled jobs, the next one first.
    pub(crate) async fn waiting_jobs(&self) -> Result<Vec<DueJob>, HubError> {
        let rows: Vec<(String, String, i64, bool)> = sqlx::query_as(
            "SELECT job_id, status, start_time, start_time <= created FROM jobs \
             WHERE status IN ('queued', 'scheduled', 'running') AND status <> 'running' ORDER BY start_time, id",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|(job_id, status, start_time, starts_immediately)| {
                Ok(DueJob {
                    job_id: read_id(job_id)?,
                    status: JobStatus::from_wire(&status),
                    start_time: Timestamp::from_ticks(start_time),
                    starts_immediately,
                })
            })
            .collect()
    }

    /// Running jobs, the oldest first.
    pub(crate) async fn running_jobs(&self) -> Result<Vec<RunningJob>, HubError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM jobs WHERE status IN ('queued', 'scheduled', 'running') AND status = 'running' \
             ORDER BY start_time, id"
        );
        let rows: Vec<JobRow> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&self.readers).await?;
        rows.into_iter().map(JobRow::into_running).collect()
    }

    /// Marks a queued job as scheduled; a job in another state is left unchanged.
    pub(crate) async fn schedule_job(&self, job_id: &JobId) -> Result<(), HubError> {
        let job_id = job_id.clone();
        self.writer
            .write(move |connection, now| {
                Box::pin(
                    async move { transition(connection, now, &job_id, JobEvent::Schedule).await.map(drop) },
                )
            })
            .await
    }

    /// Deletes jobs that ended longer ago than [`RETENTION`], with their rows.
    pub(crate) async fn purge_jobs(&self) -> Result<u64, HubError> {
        self.writer
            .write(|connection, now| {
                Box::pin(async move {
                    let horizon = now.ticks() - i64::try_from(RETENTION.as_nanos() / 100).unwrap_or(i64::MAX);
                    let ended: Vec<(i64, i64)> =
                        sqlx::query_as("SELECT first_row, last_row FROM jobs WHERE end_time < ?")
                            .bind(horizon)
                            .fetch_all(&mut *connection)
                            .await?;
                    for (first_row, last_row) in ended {
                        sqlx::query("DELETE FROM device_jobs WHERE \"row\" BETWEEN ? AND ?")
                            .bind(first_row)
                            .bind(last_row)
                            .execute(&mut *connection)
                            .await?;
                    }
                    let purged = sqlx::query("DELETE FROM jobs WHERE end_time < ?")
                        .bind(horizon)
                        .execute(connection)
                        .await?;
                    Ok(purged.rows_affected())
                })
            })
            .await
    }
}

fn read_id(text: String) -> Result<JobId, HubError> {
    JobId::new(text).map_err(|error| HubError::damaged("job", error))
}
