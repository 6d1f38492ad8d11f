//! What the runner of schedules reads and writes. A schedule's state, its rows and the ids of the jobs to be started are one
//! transaction: after a crash a run that was decided has its row, and its job is created once under the id in that row.

use console_wire::{access::PersonRef, schedule::ScheduleStatus};
use hub_wire::{Timestamp, job::JobStatus};
use schedule::{Row, RowState, ScheduleState};
use sqlx::AssertSqlSafe;

use super::{COLUMNS, KeptSchedule, ScheduleRow};
use crate::store::{
    Result, Store,
    columns::{self, count, from_json},
    sql,
};

/// What a tick of a schedule came to.
#[derive(Debug)]
pub(crate) struct TickResult {
    pub(crate) schedule_id: String,
    pub(crate) state: ScheduleState,
    pub(crate) status: ScheduleStatus,
    pub(crate) waiting_by: Option<PersonRef>,
    /// When to look again.
    pub(crate) next: Option<Timestamp>,
    /// Its new rows.
    pub(crate) runs: Vec<NewRun>,
    /// Runs that have ended.
    pub(crate) ended: Vec<EndedRun>,
}

/// A row to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewRun {
    pub(crate) row: Row,
    /// The id of the job to be started.
    pub(crate) job_id: Option<String>,
    /// Who asked for it.
    pub(crate) run_by: Option<PersonRef>,
}

/// A run whose job is to be created.
#[derive(Debug, Clone)]
pub(crate) struct StartingRun {
    pub(crate) run_id: u64,
    pub(crate) schedule_id: String,
    pub(crate) job_id: String,
    pub(crate) row: Row,
    pub(crate) run_by: Option<PersonRef>,
}

/// A run whose job has ended.
#[derive(Debug, Clone)]
pub(crate) struct EndedRun {
    pub(crate) run_id: u64,
    pub(crate) schedule_id: String,
    /// Whether it counts as failed; `None` when it counts as neither: it was cancelled, or deleted.
    pub(crate) failed: Option<bool>,
    /// Why its job was not created; absent when it was.
    pub(crate) not_created: Option<String>,
}

impl Store {
    /// Schedules that have to be looked at, those that wait longest first, with how many of their runs go on.
    pub(crate) async fn due_schedules(&self, now: Timestamp, limit: u32) -> Result<Vec<(KeptSchedule, u32)>> {
        let attempt = "read the schedules that are due";
        let rows: Vec<ScheduleRow> = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM schedules WHERE next_look <= $1 ORDER BY next_look LIMIT $2"
        )))
        .bind(now.ticks())
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(sql(attempt))?;
        let mut due = Vec::with_capacity(rows.len());
        for row in rows {
            let kept = row.kept()?;
            let running = self.running_runs(&kept.schedule_id).await?;
            due.push((kept, running));
        }
        Ok(due)
    }

    /// How many runs of a schedule go on.
    pub(crate) async fn running_runs(&self, schedule_id: &str) -> Result<u32> {
        let running: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM schedule_runs INDEXED BY schedule_runs_open \
             WHERE phase <> 'done' AND schedule_id = $1",
        )
        .bind(schedule_id)
        .fetch_one(&self.readers)
        .await
        .map_err(sql("count the runs of a schedule"))?;
        Ok(u32::try_from(running).unwrap_or(u32::MAX))
    }

    /// When the next schedule has to be looked at.
    pub(crate) async fn next_look(&self) -> Result<Option<Timestamp>> {
        let ticks: Option<i64> =
            sqlx::query_scalar("SELECT min(next_look) FROM schedules WHERE next_look IS NOT NULL")
                .fetch_one(&self.readers)
                .await
                .map_err(sql("read when a schedule is due"))?;
        Ok(ticks.map(Timestamp::from_ticks))
    }

    /// Makes every schedule due: what it had planned may be wrong after a restart, when zone data has changed.
    pub(crate) async fn tick_all_schedules(&self) -> Result<()> {
        sqlx::query("UPDATE schedules SET next_look = 0 WHERE next_look IS NOT NULL")
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(sql("have all schedules decided anew"))
    }

    /// Notes that the schedules are looked after now; returns when that was noted before.
    pub(crate) async fn schedules_seen(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let attempt = "note when schedules were looked after";
        let mut transaction = self.begin(attempt).await?;
        let before: i64 = sqlx::query_scalar("SELECT value FROM meta WHERE name = 'schedules_seen'")
            .fetch_one(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        sqlx::query("UPDATE meta SET value = $1 WHERE name = 'schedules_seen'")
            .bind(now.ticks())
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok((before > 0).then(|| Timestamp::from_ticks(before)))
    }

    /// Writes ticks, all or none. Returns the runs whose jobs are to be created now. Schedules that were deleted meanwhile are
    /// left out.
    pub(crate) async fn write_ticks(&self, ticks: &[TickResult]) -> Result<Vec<StartingRun>> {
        let attempt = "record runs of schedules";
        let mut transaction = self.begin(attempt).await?;
        let mut starting = Vec::new();
        for tick in ticks {
            let updated = sqlx::query(
                "UPDATE schedules SET state = $2, status = $3, waiting_by = $4, next_look = $5 WHERE schedule_id = $1",
            )
            .bind(&tick.schedule_id)
            .bind(columns::json(&tick.state))
            .bind(tick.status.as_str())
            .bind(tick.waiting_by.as_ref().map(columns::json))
            .bind(tick.next.map(Timestamp::ticks))
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
            if updated.rows_affected() == 0 {
                continue;
            }
            for run in &tick.ended {
                let text = match &run.not_created {
                    None => "UPDATE schedule_runs SET phase = 'done', note = $2 WHERE run_id = $1",
                    Some(_) => {
                        "UPDATE schedule_runs SET phase = 'done', state = 'missed', job_id = NULL, note = $2 \
                         WHERE run_id = $1"
                    }
                };
                sqlx::query(text)
                    .bind(columns::stored(run.run_id))
                    .bind(&run.not_created)
                    .execute(&mut *transaction)
                    .await
                    .map_err(sql(attempt))?;
            }
            for run in &tick.runs {
                let run_id: i64 = sqlx::query_scalar(
                    "INSERT INTO schedule_runs (schedule_id, due, content, state, phase, job_id, run_by) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING run_id",
                )
                .bind(&tick.schedule_id)
                .bind(due_ticks(&run.row))
                .bind(columns::json(&run.row))
                .bind(state_word(run.row.state))
                .bind(if run.job_id.is_some() { "starting" } else { "done" })
                .bind(&run.job_id)
                .bind(run.run_by.as_ref().map(columns::json))
                .fetch_one(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
                if let Some(job_id) = &run.job_id {
                    starting.push(StartingRun {
                        run_id: count(run_id),
                        schedule_id: tick.schedule_id.clone(),
                        job_id: job_id.clone(),
                        row: run.row.clone(),
                        run_by: run.run_by.clone(),
                    });
                }
            }
        }
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(starting)
    }

    /// Runs whose jobs were about to be created when the last process ended, oldest first.
    pub(crate) async fn starting_runs(&self) -> Result<Vec<StartingRun>> {
        let rows: Vec<(i64, String, String, String, Option<String>)> = sqlx::query_as(
            "SELECT run_id, schedule_id, job_id, content, run_by FROM schedule_runs INDEXED BY schedule_runs_open \
             WHERE phase = 'starting' AND phase <> 'done' ORDER BY run_id",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read the runs that were interrupted"))?;
        rows.into_iter()
            .map(|(run_id, schedule_id, job_id, content, run_by)| {
                Ok(StartingRun {
                    run_id: count(run_id),
                    schedule_id,
                    job_id,
                    row: from_json(&content, "content")?,
                    run_by: run_by.map(|text| from_json(&text, "run_by")).transpose()?,
                })
            })
            .collect()
    }

    /// The job of a run is there.
    pub(crate) async fn run_started(&self, run_id: u64) -> Result<()> {
        sqlx::query("UPDATE schedule_runs SET phase = 'running' WHERE run_id = $1 AND phase = 'starting'")
            .bind(columns::stored(run_id))
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(sql("note that a run has started"))
    }

    /// Runs whose jobs have ended, or are there no more.
    pub(crate) async fn ended_runs(&self) -> Result<Vec<EndedRun>> {
        type Row = (i64, String, Option<String>, Option<i64>, Option<i64>);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT run.run_id, run.schedule_id, jobs.status, jobs.succeeded, \
             jobs.failed + jobs.timed_out + jobs.not_online + jobs.interrupted \
             FROM schedule_runs AS run INDEXED BY schedule_runs_open LEFT JOIN jobs ON jobs.job_id = run.job_id \
             WHERE run.phase = 'running' AND run.phase <> 'done' AND (jobs.phase IS NULL OR jobs.phase = 'settled') \
             ORDER BY run.run_id",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read the runs that have ended"))?;
        let ended = |(run_id, schedule_id, status, succeeded, problems): Row| EndedRun {
            run_id: count(run_id),
            schedule_id,
            failed: match status.as_deref().map(JobStatus::from_wire) {
                None | Some(JobStatus::Cancelled) => None,
                Some(JobStatus::Failed) => Some(true),
                Some(_) => Some(succeeded == Some(0) && problems.is_some_and(|problems| problems > 0)),
            },
            not_created: None,
        };
        Ok(rows.into_iter().map(ended).collect())
    }

    /// Jobs of a schedule that have not ended, other than one.
    pub(crate) async fn open_run_jobs(&self, schedule_id: &str, other_than: &str) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "SELECT job_id FROM schedule_runs INDEXED BY schedule_runs_open WHERE phase <> 'done' AND schedule_id = $1 \
             AND job_id <> $2 ORDER BY run_id",
        )
        .bind(schedule_id)
        .bind(other_than)
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read the jobs of a schedule"))
    }

    /// Deletes rows of occurrences that were due before a time and do not change any more. Returns how many.
    pub(crate) async fn delete_schedule_runs_before(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let deleted = sqlx::query(
            "DELETE FROM schedule_runs WHERE run_id IN \
             (SELECT run_id FROM schedule_runs WHERE phase = 'done' AND due < $1 LIMIT $2)",
        )
        .bind(before.ticks())
        .bind(i64::from(limit))
        .execute(&self.writer)
        .await
        .map_err(sql("delete old runs of schedules"))?;
        Ok(deleted.rows_affected())
    }
}

const fn state_word(state: RowState) -> &'static str {
    match state {
        RowState::Ran => "ran",
        RowState::Shifted => "shifted",
        RowState::Skipped => "skipped",
        RowState::Missed => "missed",
    }
}

/// When a row was due; of several occurrences the last.
fn due_ticks(row: &Row) -> i64 {
    let due = row.last_due.unwrap_or(row.due);
    i64::try_from(due.as_nanosecond() / 100).unwrap_or(i64::MAX)
}
