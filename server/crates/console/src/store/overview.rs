//! What the overview counts of the jobs, read in one transaction, so that all numbers agree.

mod causes;
mod decisions;
mod last_job;
mod schedules;
mod windows;

use std::collections::HashMap;

use console_wire::{
    job::{JobCounts, JobSummary},
    outcome::Outcomes,
    overview::{CauseSum, CauseSums, DAYS, OutcomeSum},
};
use hub_wire::Timestamp;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use self::causes::read_causes;
pub(crate) use self::{causes::CountedCauses, decisions::DecidedRollout, windows::WaitingForWindow};
use super::{
    KeptSchedule, Result, Store,
    columns::{self, count},
    job_row::{self, JobRow, summaries},
    search::searching,
    tab_counts::counts_of,
};

const ATTEMPT: &str = "read the overview";
/// When a job counts as begun: as in the filter `since` of the list of jobs.
const TIME: &str = "MAX(created_time, COALESCE(start_time, created_time))";
const OPEN: &str = "status NOT IN ('scheduled', 'completed', 'failed', 'cancelled')";
const ENDED: &str = "status IN ('completed', 'failed', 'cancelled')";
const START: &str = "COALESCE(start_time, created_time)";
const SUMS: &str = "coalesce(sum(succeeded), 0), coalesce(sum(failed), 0), coalesce(sum(timed_out), 0), \
    coalesce(sum(not_online), 0), coalesce(sum(interrupted), 0), coalesce(sum(cancelled), 0)";
const HAS_PROBLEMS: &str = "(failed + timed_out + not_online + interrupted > 0 OR status = 'failed')";
/// Jobs in waves that do not go on before a person decides.
const WAITS_FOR_PERSON: &str = "phase = 'open' AND rollout IS NOT NULL AND \
    (json_extract(rollout, '$.phase') = 'awaitingApproval' OR json_extract(rollout, '$.phase.paused') IS NOT NULL \
    OR (json_extract(rollout, '$.phase') = 'running' AND json_extract(rollout, '$.stage') = 'awaitsPerson'))";
/// Ticks of a day.
pub(crate) const DAY: i64 = 864_000_000_000;

/// Which part of the store the overview shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverviewRange {
    /// Where the last 24 hours begin.
    pub(crate) since: Timestamp,
    /// Until when planned jobs are listed.
    pub(crate) until: Timestamp,
    /// The first of the days, in days since 1970.
    pub(crate) first_day: i64,
    pub(crate) running: u32,
    pub(crate) planned: u32,
    pub(crate) recent: u32,
}

/// What the overview shows of the jobs, at one instant.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct OverviewJobs {
    pub(crate) sequence: u64,
    pub(crate) counts: JobCounts,
    pub(crate) devices_to_go: u64,
    /// Running jobs, longest first.
    pub(crate) running: Vec<JobSummary>,
    /// Planned jobs, soonest first, and how many there are.
    pub(crate) planned: Vec<JobSummary>,
    pub(crate) planned_count: u64,
    /// Schedules with a run that is due, soonest first, and how many there are.
    pub(crate) due_schedules: Vec<KeptSchedule>,
    pub(crate) due_schedules_count: u64,
    /// Jobs in waves that call devices in maintenance windows only.
    pub(crate) with_windows: Vec<WaitingForWindow>,
    /// Paused schedules, and how many there are.
    pub(crate) paused_schedules: Vec<KeptSchedule>,
    pub(crate) paused_schedules_count: u64,
    /// Jobs in waves that wait for a person, newest first, and how many there are.
    pub(crate) waiting_rollouts: Vec<JobSummary>,
    pub(crate) waiting_rollouts_count: u64,
    pub(crate) last_day: OutcomeSum,
    /// Jobs of the last 24 hours that ended with problems, newest first, and how many there are.
    pub(crate) with_problems: Vec<JobSummary>,
    pub(crate) with_problems_count: u64,
    /// By day, since 1970, without days that have no job.
    pub(crate) days: Vec<(i64, Outcomes)>,
    pub(crate) causes: CauseSums,
    /// The most frequent cause of each of `with_problems`.
    pub(crate) top_causes: HashMap<String, CauseSum>,
    /// The jobs that were created last, newest first.
    pub(crate) created: Vec<JobSummary>,
    /// The jobs that ended last, newest first.
    pub(crate) ended: Vec<JobSummary>,
    /// What was decided on rollouts last, newest first.
    pub(crate) decided: Vec<DecidedRollout>,
}

impl Store {
    /// What the overview shows of the jobs.
    pub(crate) async fn overview_jobs(
        &self,
        range: &OverviewRange,
        counted: &mut CountedCauses,
    ) -> Result<OverviewJobs> {
        let mut search = self.searches.begin(ATTEMPT).await?;
        let mut transaction = search.connection().begin().await.map_err(searching(ATTEMPT))?;
        let connection = &mut *transaction;
        let sequence: i64 = sqlx::query_scalar("SELECT value FROM meta WHERE name = 'sequence'")
            .fetch_one(&mut *connection)
            .await
            .map_err(searching(ATTEMPT))?;
        let statuses =
            sqlx::query_as("SELECT status, COUNT(*) FROM jobs WHERE phase <> 'intent' GROUP BY status")
                .fetch_all(&mut *connection)
                .await
                .map_err(searching(ATTEMPT))?;
        let OverviewRange { since, until, first_day, running, planned, recent } = *range;
        let (since, until) = (since.ticks(), until.ticks());
        let is_planned = format!("status = 'scheduled' AND {START} < {until}");
        let has_ended_with_problems = format!("{TIME} >= {since} AND {HAS_PROBLEMS} AND {ENDED}");
        let causes = read_causes(connection, since, counted).await?;
        let by_end = format!("{has_ended_with_problems} ORDER BY coalesce(end_time, as_of) DESC, job_id");
        let with_problems = read_jobs(connection, &by_end, recent).await?;
        let longest_first = format!("{OPEN} ORDER BY {START}, job_id");
        let soonest_first = format!("{is_planned} ORDER BY {START}, job_id");
        let newest_waiting = format!("{WAITS_FOR_PERSON} ORDER BY created_time DESC, job_id DESC");
        let (due_schedules, due_schedules_count) =
            schedules::read_due(connection, range.until, planned).await?;
        let (paused_schedules, paused_schedules_count) = schedules::read_paused(connection, recent).await?;
        Ok(OverviewJobs {
            due_schedules,
            due_schedules_count,
            paused_schedules,
            paused_schedules_count,
            with_windows: windows::read(connection, planned).await?,
            waiting_rollouts: read_jobs(connection, &newest_waiting, recent).await?,
            waiting_rollouts_count: read_number(connection, "count(*)", WAITS_FOR_PERSON).await?,
            sequence: count(sequence),
            counts: counts_of(statuses),
            devices_to_go: read_number(connection, "coalesce(sum(queued + in_flight), 0)", OPEN).await?,
            running: read_jobs(connection, &longest_first, running).await?,
            planned: read_jobs(connection, &soonest_first, planned).await?,
            planned_count: read_number(connection, "count(*)", &is_planned).await?,
            last_day: read_sum(connection, since).await?,
            with_problems_count: read_number(connection, "count(*)", &has_ended_with_problems).await?,
            days: read_days(connection, first_day).await?,
            top_causes: causes.top_of(connection, &with_problems).await?,
            causes: causes.sums(connection).await?,
            with_problems,
            created: read_jobs(connection, "TRUE ORDER BY created_time DESC, job_id DESC", recent).await?,
            ended: read_jobs(connection, "end_time IS NOT NULL ORDER BY end_time DESC", recent).await?,
            decided: decisions::read(connection).await?,
        })
    }
}

/// Jobs by a condition and an order, whose text holds no text of a user.
async fn read_jobs(
    connection: &mut SqliteConnection,
    condition: &str,
    limit: u32,
) -> Result<Vec<JobSummary>> {
    let text = format!("{} WHERE phase <> 'intent' AND {condition} LIMIT $1", job_row::SELECT);
    let rows: Vec<JobRow> = sqlx::query_as(AssertSqlSafe(text))
        .bind(limit)
        .fetch_all(connection)
        .await
        .map_err(searching(ATTEMPT))?;
    summaries(rows)
}

/// A sum over the jobs that a condition selects.
async fn read_number(connection: &mut SqliteConnection, what: &str, condition: &str) -> Result<u64> {
    let text = format!("SELECT {what} FROM jobs WHERE phase <> 'intent' AND {condition}");
    let found: i64 =
        sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(connection).await.map_err(searching(ATTEMPT))?;
    Ok(count(found))
}

/// Sums in the order of [`SUMS`].
type Sums = (i64, i64, i64, i64, i64, i64);

fn outcomes((succeeded, failed, timed_out, not_online, interrupted, cancelled): Sums) -> Outcomes {
    Outcomes {
        queued: 0,
        in_flight: 0,
        succeeded: count(succeeded),
        failed: count(failed),
        timed_out: count(timed_out),
        not_online: count(not_online),
        interrupted: count(interrupted),
        cancelled: count(cancelled),
    }
}

/// The sums of each of some days. A condition a day, so that the index answers it.
fn sums_by_day() -> String {
    format!(
        "SELECT day.value, {SUMS} FROM json_each($1) AS day CROSS JOIN jobs ON {TIME} >= day.value * {DAY} \
         AND {TIME} < (day.value + 1) * {DAY} AND phase <> 'intent' GROUP BY day.value"
    )
}

async fn read_sum(connection: &mut SqliteConnection, since: i64) -> Result<OutcomeSum> {
    type Row = (i64, i64, i64, i64, i64, i64, i64, i64);
    let text = format!(
        "SELECT count(*), coalesce(sum({HAS_PROBLEMS}), 0), {SUMS} FROM jobs WHERE phase <> 'intent' AND {TIME} >= $1"
    );
    let row: Row = sqlx::query_as(AssertSqlSafe(text))
        .bind(since)
        .fetch_one(connection)
        .await
        .map_err(searching(ATTEMPT))?;
    let (jobs, problems, succeeded, failed, timed_out, not_online, interrupted, cancelled) = row;
    Ok(OutcomeSum {
        jobs: count(jobs),
        jobs_with_problems: count(problems),
        outcomes: outcomes((succeeded, failed, timed_out, not_online, interrupted, cancelled)),
    })
}

/// The outcomes of each day: of its jobs, or what was counted before some of them were deleted.
async fn read_days(connection: &mut SqliteConnection, first: i64) -> Result<Vec<(i64, Outcomes)>> {
    let days: Vec<_> = (first..first + i64::from(DAYS)).collect();
    let text = format!(
        "{} UNION ALL SELECT day, succeeded, failed, timed_out, not_online, interrupted, cancelled FROM outcome_days \
         WHERE day >= $2",
        sums_by_day()
    );
    let rows: Vec<(i64, i64, i64, i64, i64, i64, i64)> = sqlx::query_as(AssertSqlSafe(text))
        .bind(columns::json(&days))
        .bind(first)
        .fetch_all(connection)
        .await
        .map_err(searching(ATTEMPT))?;
    let mut days = HashMap::<i64, Outcomes>::new();
    for (day, succeeded, failed, timed_out, not_online, interrupted, cancelled) in rows {
        let found = outcomes((succeeded, failed, timed_out, not_online, interrupted, cancelled));
        let known = days.entry(day).or_default();
        if found.total() > known.total() {
            *known = found;
        }
    }
    let mut days: Vec<_> = days.into_iter().collect();
    days.sort_unstable_by_key(|(day, _)| *day);
    Ok(days)
}

#[cfg(test)]
impl Store {
    /// A settled job that began and ended at a time, without a hub and without rows of devices.
    pub(crate) async fn insert_job_of(&self, at: Timestamp, job_id: &str, outcomes: Outcomes) {
        sqlx::query(
            "INSERT INTO jobs (job_id, phase, origin, job_type, status, query_condition, action, name, created_time, \
             start_time, end_time, as_of, succeeded, failed, timed_out, not_online, cancelled) VALUES ($1, 'settled', \
             'console', 'scheduleDeviceMethod', 'completed', '*', 'lockDoor', $1, $2, $2, $2, $2, $3, $4, $5, $6, $7)",
        )
        .bind(job_id)
        .bind(at.ticks())
        .bind(super::columns::stored(outcomes.succeeded))
        .bind(super::columns::stored(outcomes.failed))
        .bind(super::columns::stored(outcomes.timed_out))
        .bind(super::columns::stored(outcomes.not_online))
        .bind(super::columns::stored(outcomes.cancelled))
        .execute(&self.writer)
        .await
        .unwrap();
    }
}

#[cfg(test)]
mod tests;
