//! Jobs: accepted, listed, cancelled, and moved along by the scheduler.

use hub_query::sql::SqlValue;
use hub_wire::{
    JobId, Timestamp,
    direct_method::DirectMethodRequest,
    job::{DEFAULT_MAX_EXECUTION_TIME, DeviceJobStatistics, Job, JobReceipt, JobRequest, JobStatus, JobType},
    query::ItemType,
    twin::TwinPatch,
};
use sqlx::{AssertSqlSafe, Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{
    JobFilter, Page, PageRequest, Store,
    page::JsonArray,
    query::{Token, page_size},
};
use crate::{
    domain::job::{JobEvent, check, lateness, next},
    error::HubError,
};

/// How long an ended job is remembered. Source: `iot-hub-devguide-jobs.md`.
const RETENTION: std::time::Duration = std::time::Duration::from_hours(30 * 24);

/// A job that waits for its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueJob {
    /// The job.
    pub(crate) job_id: JobId,
    /// Queued or scheduled.
    pub(crate) status: JobStatus,
    /// When it is to start.
    pub(crate) start_time: Timestamp,
}

/// A job that runs.
#[derive(Debug, Clone)]
pub(crate) struct RunningJob {
    /// The job.
    pub(crate) job_id: JobId,
    /// What it does.
    pub(crate) work: JobWork,
    /// Whether its targets are modules.
    pub(crate) over_modules: bool,
    /// When its execution window ends.
    pub(crate) deadline: Timestamp,
}

/// What a job does to each target.
#[derive(Debug, Clone)]
pub(crate) enum JobWork {
    /// Calls a method.
    Method(DirectMethodRequest),
    /// Merges into the twin.
    Twin(TwinPatch),
}

const COLUMNS: &str = "id, job_id, job_type, status, query_condition, request, created, start_time, end_time, \
     max_execution_time, failure_reason, device_count, failed_count, succeeded_count, running_count, pending_count, \
     over_modules, planned_start";

/// A job from a row of [`COLUMNS`].
fn job(row: &SqliteRow) -> Result<Job, HubError> {
    let job_type = JobType::from_wire(row.try_get(2)?);
    let status = JobStatus::from_wire(row.try_get(3)?);
    let (method, update) = match work(job_type, row.try_get(5)?)? {
        JobWork::Method(method) => (Some(method), None),
        JobWork::Twin(update) => (None, Some(update)),
    };
    let statistics = DeviceJobStatistics {
        device_count: row.try_get(11)?,
        failed_count: row.try_get(12)?,
        succeeded_count: row.try_get(13)?,
        running_count: row.try_get(14)?,
        pending_count: row.try_get(15)?,
    };
    let started = time(row, 7)?;
    let planned: Option<i64> = row.try_get(17)?;
    // Before the targets are fixed there is nothing to count.
    let has_started =
        matches!(status, JobStatus::Running | JobStatus::Completed) || statistics.device_count > 0;
    Ok(Job {
        job_id: row.try_get(1)?,
        job_type,
        status,
        query_condition: Some(row.try_get(4)?),
        created_time: Some(time(row, 6)?),
        start_time: Some(started),
        end_time: Some(
            row.try_get::<Option<i64>, _>(8)?.map_or(Timestamp::FAR_FUTURE, Timestamp::from_ticks),
        ),
        max_execution_time_in_seconds: Some(row.try_get(9)?),
        cloud_to_device_method: method,
        update_twin: update,
        failure_reason: row.try_get(10)?,
        status_message: planned.and_then(|planned| lateness(Timestamp::from_ticks(planned), started)),
        device_job_statistics: has_started.then_some(statistics),
    })
}

fn time(row: &SqliteRow, index: usize) -> Result<Timestamp, HubError> {
    super::rows::time(row, index)
}

fn work(job_type: JobType, request: &str) -> Result<JobWork, HubError> {
    let work = match job_type {
        JobType::ScheduleDeviceMethod => serde_json::from_str(request).map(JobWork::Method),
        JobType::ScheduleUpdateTwin => serde_json::from_str(request).map(JobWork::Twin),
        JobType::Unknown => return Err(HubError::damaged("job", "its type is unknown")),
    };
    work.map_err(|error| HubError::damaged("job", error))
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
    let row = sqlx::query(AssertSqlSafe(sql)).bind(job_id).fetch_optional(readers).await?;
    row.as_ref().map(job).transpose()
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
    let mut found = sqlx::query(AssertSqlSafe(sql))
        .bind(before)
        .bind(job_type)
        .bind(status)
        .bind(size + 1)
        .fetch_all(readers)
        .await?;
    let limit = usize::try_from(size).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let mut items = JsonArray::default();
    for row in &found {
        let json = serde_json::to_string(&job(row)?).map_err(|error| HubError::damaged("job", error))?;
        items.push(&json);
    }
    let continuation = match found.last() {
        Some(last) if more => {
            Some(Token { served: 0, key: vec![SqlValue::Int(last.try_get(0)?)] }.write(&identity))
        }
        _ => None,
    };
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
                let row =
                    sqlx::query(AssertSqlSafe(sql)).bind(job_id.as_str()).fetch_one(&mut *connection).await?;
                job(&row)
            })
        })
        .await
}

/// Moves a job by an event. Gives its new state, or the state in which the event is not allowed (none for no job).
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
    sqlx::query("UPDATE jobs SET status = ?, end_time = ? WHERE job_id = ?")
        .bind(new.as_str())
        .bind(new.is_terminal().then_some(now.ticks()))
        .bind(job_id.as_str())
        .execute(connection)
        .await?;
    Ok(Ok(new))
}

/// What the scheduler asks for.
impl Store {
    /// Waits until a job was created or cancelled since the last wait.
    pub(crate) async fn jobs_changed(&self) {
        self.jobs_changed.notified().await;
    }

    /// Jobs that wait for their start, the next one first.
    pub(crate) async fn waiting_jobs(&self) -> Result<Vec<DueJob>, HubError> {
        let found = sqlx::query(
            "SELECT job_id, status, start_time FROM jobs \
             WHERE status IN ('queued', 'scheduled', 'running') AND status <> 'running' ORDER BY start_time, id",
        )
        .fetch_all(&self.readers)
        .await?;
        found
            .iter()
            .map(|row| {
                Ok(DueJob {
                    job_id: read_id(row, 0)?,
                    status: JobStatus::from_wire(row.try_get(1)?),
                    start_time: time(row, 2)?,
                })
            })
            .collect()
    }

    /// Jobs that run, the oldest first.
    pub(crate) async fn running_jobs(&self) -> Result<Vec<RunningJob>, HubError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM jobs WHERE status IN ('queued', 'scheduled', 'running') AND status = 'running' \
             ORDER BY start_time, id"
        );
        let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.readers).await?;
        found
            .iter()
            .map(|row| {
                let window = std::time::Duration::from_secs(row.try_get::<u32, _>(9)?.into());
                Ok(RunningJob {
                    job_id: read_id(row, 1)?,
                    work: work(JobType::from_wire(row.try_get(2)?), row.try_get(5)?)?,
                    over_modules: row.try_get(16)?,
                    deadline: time(row, 7)?.plus(window),
                })
            })
            .collect()
    }

    /// Marks a queued job as scheduled; one that has moved on stays as it is.
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

    /// Forgets jobs that ended longer ago than the hub remembers, with their devices' rows.
    pub(crate) async fn purge_jobs(&self) -> Result<u64, HubError> {
        self.writer
            .write(|connection, now| {
                Box::pin(async move {
                    let horizon = now.ticks() - i64::try_from(RETENTION.as_nanos() / 100).unwrap_or(i64::MAX);
                    let ended = sqlx::query("SELECT first_row, last_row FROM jobs WHERE end_time < ?")
                        .bind(horizon)
                        .fetch_all(&mut *connection)
                        .await?;
                    for job in &ended {
                        sqlx::query("DELETE FROM device_jobs WHERE \"row\" BETWEEN ? AND ?")
                            .bind(job.try_get::<i64, _>(0)?)
                            .bind(job.try_get::<i64, _>(1)?)
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

fn read_id(row: &SqliteRow, index: usize) -> Result<JobId, HubError> {
    let text: String = row.try_get(index)?;
    JobId::new(text).map_err(|error| HubError::damaged("job", error))
}
