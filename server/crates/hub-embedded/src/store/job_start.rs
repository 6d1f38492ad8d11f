//! Starts a job: inserts a row for each device that matches its condition, by one statement. A job whose condition cannot
//! be parsed fails here, since conditions are not checked when a job is created.

use hub_query::{
    QueryError,
    ast::Source,
    columns::Columns,
    parse_condition,
    sql::{SqlFragment, lower},
};
use hub_wire::{JobId, Timestamp, job::JobStatus};
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::{Store, device_jobs::complete_if_done, jobs::transition, query::bind};
use crate::{domain::job::JobEvent, error::HubError};

/// The result of selecting a job's targets.
enum Targets {
    Fixed { over_modules: bool, first: i64, count: i64 },
    Unreadable(String),
}

impl Store {
    /// Starts a job: fixes its targets in one statement. A condition that cannot be read fails the job; without
    /// targets it is completed at once. Returns the job's new state, or none when it was not queued or scheduled any more.
    pub(crate) async fn start_job(&self, job_id: &JobId) -> Result<Option<JobStatus>, HubError> {
        let job_id = job_id.clone();
        self.writer
            .write(move |connection, now| {
                Box::pin(async move {
                    let Ok(status) = transition(connection, now, &job_id, JobEvent::Start).await? else {
                        return Ok(None);
                    };
                    match fix_targets(connection, now, &job_id).await? {
                        Targets::Unreadable(reason) => fail(connection, now, &job_id, &reason).await.map(Some),
                        Targets::Fixed { over_modules, first, count } => {
                            sqlx::query(
                                "UPDATE jobs SET planned_start = start_time, start_time = ?2, over_modules = ?3, \
                                 first_row = ?4, next_row = ?4, \
                                 last_row = ?4 + ?5 - 1, device_count = ?5, pending_count = ?5 WHERE job_id = ?1",
                            )
                            .bind(job_id.as_str())
                            .bind(now.ticks())
                            .bind(over_modules)
                            .bind(first)
                            .bind(count)
                            .execute(&mut *connection)
                            .await?;
                            complete_if_done(connection, now, &job_id).await?;
                            Ok(Some(if count == 0 { JobStatus::Completed } else { status }))
                        }
                    }
                })
            })
            .await
    }

    /// Fails a job that cannot start, for a reason of the hub's own.
    pub(crate) async fn fail_job(&self, job_id: &JobId, reason: &'static str) -> Result<(), HubError> {
        let job_id = job_id.clone();
        self.writer
            .write(move |connection, now| {
                Box::pin(async move { fail(connection, now, &job_id, reason).await.map(drop) })
            })
            .await
    }
}

async fn fix_targets(
    connection: &mut SqliteConnection,
    now: Timestamp,
    job_id: &JobId,
) -> Result<Targets, HubError> {
    let row = sqlx::query("SELECT query_condition, job_type FROM jobs WHERE job_id = ?")
        .bind(job_id.as_str())
        .fetch_one(&mut *connection)
        .await?;
    let (condition, job_type): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let query = match parse_condition(&condition) {
        Ok(query) if query.source == Source::DeviceJobs => {
            return Ok(Targets::Unreadable("A job cannot be run over devices.jobs".into()));
        }
        Ok(query) => query,
        Err(error) => return Ok(Targets::Unreadable(failure_reason(&condition, &error))),
    };
    let over_modules = query.source == Source::Modules;
    let (columns, table) =
        if over_modules { ("device_id, module_id", "modules") } else { ("device_id, NULL", "devices") };
    let condition =
        lower(&query, Columns::of(query.source)).condition.unwrap_or_else(|| SqlFragment::raw("1"));
    let sql = format!(
        "INSERT INTO device_jobs (device_id, module_id, target, job_id, job_type, status, created, last_updated) \
         SELECT {columns}, id, ?, ?, 'pending', ?, ? FROM {table} WHERE {}",
        condition.sql
    );
    let insert = sqlx::query(AssertSqlSafe(sql))
        .bind(job_id.as_str())
        .bind(job_type)
        .bind(now.ticks())
        .bind(now.ticks());
    let inserted = bind(insert, &condition.values).persistent(false).execute(connection).await?;
    // Rows of one INSERT get the next numbers, and no one else writes meanwhile: they are neighbours.
    let count = i64::try_from(inserted.rows_affected()).unwrap_or(i64::MAX);
    let first = if count == 0 { 1 } else { inserted.last_insert_rowid() - count + 1 };
    Ok(Targets::Fixed { over_modules, first, count })
}

/// The reason in the hub's wording. It puts the condition behind `SELECT * FROM devices WHERE `, and counts columns
/// from there ([`Azure/azure-iot-sdk-csharp` issue 40]).
///
/// [`Azure/azure-iot-sdk-csharp` issue 40]: https://github.com/Azure/azure-iot-sdk-csharp/issues/40
fn failure_reason(condition: &str, error: &QueryError) -> String {
    let is_from = condition.trim_start().get(..4).is_some_and(|word| word.eq_ignore_ascii_case("from"));
    let before = if is_from { "SELECT * " } else { "SELECT * FROM devices WHERE " };
    let offset = if error.line == 1 { u32::try_from(before.len()).unwrap_or_default() } else { 0 };
    format!(
        "SQL query parse failed due to following errors: Line {}:{} {}",
        error.line,
        error.column + offset,
        error.message
    )
}

async fn fail(
    connection: &mut SqliteConnection,
    now: Timestamp,
    job_id: &JobId,
    reason: &str,
) -> Result<JobStatus, HubError> {
    sqlx::query("UPDATE jobs SET failure_reason = ? WHERE job_id = ?")
        .bind(reason)
        .bind(job_id.as_str())
        .execute(&mut *connection)
        .await?;
    let moved = transition(connection, now, job_id, JobEvent::Fail).await?;
    moved.map_err(|_| HubError::damaged("job", "a job that was just started cannot fail"))
}
