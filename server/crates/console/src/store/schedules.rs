//! Schedules: reading them. `write` creates, changes and deletes them, `ticks` writes what became of their occurrences, `runs`
//! reads that.

mod runs;
mod ticks;
mod write;

use std::collections::HashMap;

use console_wire::{
    access::PersonRef,
    job::{JobSummary, NewJob, Origin},
    schedule::{MAX_SCHEDULES, RunMark, SHOWN_RUNS, ScheduleCounts, ScheduleSpec, ScheduleStatus},
};
use hub_wire::{Timestamp, job::JobStatus};
use schedule::ScheduleState;
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

pub(crate) use self::{
    runs::KeptRun,
    ticks::{EndedRun, NewRun, StartingRun, TickResult},
    write::{CreatedSchedule, ScheduleContent},
};
use super::{
    Result, Store,
    columns::{self, count, from_json, wire},
    job_row::{self, JobRow, summaries},
    sql,
};
use crate::StoreError;

pub(super) const COLUMNS: &str = "schedule_id, name, spec, job, origin, owner, scope, state, status, waiting_by, next_look, \
    created_time, changed_time";
/// Active ones come first, then paused, then ended ones.
const RANK: &str = "CASE status WHEN 'active' THEN 0 WHEN 'paused' THEN 1 ELSE 2 END";

/// A schedule as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeptSchedule {
    pub(crate) schedule_id: String,
    pub(crate) name: String,
    pub(crate) spec: ScheduleSpec,
    pub(crate) job: NewJob,
    /// Where it was created.
    pub(crate) origin: Origin,
    /// Whose rights count at a run.
    pub(crate) owner: Option<PersonRef>,
    /// The owner's scope when it was last changed.
    pub(crate) scope: Option<String>,
    pub(crate) state: ScheduleState,
    pub(crate) status: ScheduleStatus,
    /// Who asked for the run that waits.
    pub(crate) waiting_by: Option<PersonRef>,
    pub(crate) next_look: Option<Timestamp>,
    pub(crate) created_time: Timestamp,
    pub(crate) changed_time: Timestamp,
}

/// Where a page of the list begins: behind this status, time and id.
pub(crate) type ScheduleAfter = (i64, i64, String);

impl KeptSchedule {
    /// Its place in the list.
    pub(crate) fn place(&self) -> ScheduleAfter {
        let rank = match self.status {
            ScheduleStatus::Active => 0,
            ScheduleStatus::Paused => 1,
            ScheduleStatus::Ended => 2,
        };
        (rank, self.next_look.map_or(i64::MAX, Timestamp::ticks), self.schedule_id.clone())
    }
}

impl Store {
    /// One schedule.
    pub(crate) async fn schedule(&self, schedule_id: &str) -> Result<Option<KeptSchedule>> {
        let row: Option<ScheduleRow> =
            sqlx::query_as(AssertSqlSafe(format!("SELECT {COLUMNS} FROM schedules WHERE schedule_id = $1")))
                .bind(schedule_id)
                .fetch_optional(&self.readers)
                .await
                .map_err(sql("read a schedule"))?;
        row.map(ScheduleRow::kept).transpose()
    }

    /// The first `limit` schedules of a status, with these words, behind a place.
    pub(crate) async fn schedules(
        &self,
        status: Option<ScheduleStatus>,
        words: &str,
        after: Option<&ScheduleAfter>,
        limit: u32,
    ) -> Result<Vec<KeptSchedule>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM schedules WHERE 1 = 1");
        if let Some(status) = status {
            query.push(" AND status = ").push_bind(status.as_str());
        }
        for word in words.split_whitespace() {
            query.push(" AND instr(search, ").push_bind(word.to_lowercase()).push(") > 0");
        }
        let place = format!("({RANK}, coalesce(next_look, {}), schedule_id)", i64::MAX);
        if let Some((rank, time, schedule_id)) = after {
            query.push(" AND ").push(&place).push(" > (").push_bind(*rank).push(", ");
            query.push_bind(*time).push(", ").push_bind(schedule_id.clone()).push(")");
        }
        query.push(format!(" ORDER BY {RANK}, coalesce(next_look, {}), schedule_id LIMIT ", i64::MAX));
        query.push_bind(i64::from(limit));
        let rows: Vec<ScheduleRow> =
            query.build_query_as().fetch_all(&self.readers).await.map_err(sql("list schedules"))?;
        rows.into_iter().map(ScheduleRow::kept).collect()
    }

    /// How many schedules there are.
    pub(crate) async fn schedule_counts(&self) -> Result<ScheduleCounts> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT status, count(*) FROM schedules GROUP BY status")
                .fetch_all(&self.readers)
                .await
                .map_err(sql("count schedules"))?;
        let mut counts = ScheduleCounts::default();
        for (status, number) in rows {
            match ScheduleStatus::from_wire(&status) {
                Some(ScheduleStatus::Active) => counts.active = count(number),
                Some(ScheduleStatus::Paused) => counts.paused = count(number),
                Some(ScheduleStatus::Ended) => counts.ended = count(number),
                None => return Err(StoreError::Damaged { column: "status" }),
            }
        }
        Ok(counts)
    }

    /// The last runs of each of these schedules, oldest first, and the job of the last one that has one.
    pub(crate) async fn last_runs(
        &self,
        schedule_ids: &[&str],
    ) -> Result<HashMap<String, (Vec<RunMark>, Option<JobSummary>)>> {
        let attempt = "read the last runs of schedules";
        let ids = columns::json(&schedule_ids);
        let text = format!(
            "SELECT run.schedule_id, run.due, run.state, run.job_id, jobs.status, \
             coalesce(jobs.failed + jobs.timed_out + jobs.not_online > 0 OR jobs.status = 'failed', \
             run.note IS NOT NULL) AS has_failures \
             FROM json_each($1) AS wanted JOIN schedule_runs AS run ON run.run_id IN \
             (SELECT run_id FROM schedule_runs WHERE schedule_id = wanted.value ORDER BY run_id DESC LIMIT {SHOWN_RUNS}) \
             LEFT JOIN jobs ON jobs.job_id = run.job_id AND jobs.phase <> 'intent' ORDER BY run.run_id"
        );
        let rows: Vec<MarkRow> = sqlx::query_as(AssertSqlSafe(text))
            .bind(&ids)
            .fetch_all(&self.readers)
            .await
            .map_err(sql(attempt))?;
        let mut found: HashMap<String, (Vec<RunMark>, Option<JobSummary>)> = HashMap::new();
        let mut last: HashMap<String, String> = HashMap::new();
        for row in rows {
            if let Some(job_id) = row.job_id.as_ref().filter(|_| row.status.is_some()) {
                last.insert(job_id.clone(), row.schedule_id.clone());
                last.retain(|job, schedule| *job == *job_id || *schedule != row.schedule_id);
            }
            found.entry(row.schedule_id).or_default().0.push(RunMark {
                due: Timestamp::from_ticks(row.due),
                state: wire(&row.state, "state")?,
                job_status: row.status.as_deref().map(JobStatus::from_wire),
                has_failures: row.has_failures,
            });
        }
        let job_ids: Vec<&String> = last.keys().collect();
        for job in self.jobs_of_ids(&job_ids).await? {
            if let Some(entry) = last.get(&job.job_id).and_then(|schedule_id| found.get_mut(schedule_id)) {
                entry.1 = Some(job);
            }
        }
        Ok(found)
    }

    /// These jobs, as far as there are such.
    pub(super) async fn jobs_of_ids(&self, job_ids: &[&String]) -> Result<Vec<JobSummary>> {
        let text = format!(
            "{} WHERE phase <> 'intent' AND job_id IN (SELECT value FROM json_each($1))",
            job_row::SELECT
        );
        let rows: Vec<JobRow> = sqlx::query_as(AssertSqlSafe(text))
            .bind(columns::json(&job_ids))
            .fetch_all(&self.readers)
            .await
            .map_err(sql("read jobs of schedules"))?;
        summaries(rows)
    }
}

/// A row of the table of schedules.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct ScheduleRow {
    schedule_id: String,
    name: String,
    spec: String,
    job: String,
    origin: String,
    owner: Option<String>,
    scope: Option<String>,
    state: String,
    status: String,
    waiting_by: Option<String>,
    next_look: Option<i64>,
    created_time: i64,
    changed_time: i64,
}

impl ScheduleRow {
    pub(super) fn kept(self) -> Result<KeptSchedule> {
        let person = |text: Option<String>, column| text.map(|text| from_json(&text, column)).transpose();
        Ok(KeptSchedule {
            schedule_id: self.schedule_id,
            name: self.name,
            spec: from_json(&self.spec, "spec")?,
            job: from_json(&self.job, "job")?,
            origin: wire(&self.origin, "origin")?,
            owner: person(self.owner, "owner")?,
            scope: self.scope,
            state: from_json(&self.state, "state")?,
            status: wire(&self.status, "status")?,
            waiting_by: person(self.waiting_by, "waiting_by")?,
            next_look: self.next_look.map(Timestamp::from_ticks),
            created_time: Timestamp::from_ticks(self.created_time),
            changed_time: Timestamp::from_ticks(self.changed_time),
        })
    }
}

/// A run in the list of schedules.
#[derive(Debug, sqlx::FromRow)]
struct MarkRow {
    schedule_id: String,
    due: i64,
    state: String,
    job_id: Option<String>,
    status: Option<String>,
    has_failures: bool,
}

/// What a search looks through.
fn search_text(name: &str, schedule_id: &str, job: &NewJob) -> String {
    let twin = job.update_twin.as_ref();
    let action = console_wire::job::action(job.job_type, job.cloud_to_device_method.as_ref(), twin);
    format!("{name} {schedule_id} {action} {}", job.group_id.as_deref().unwrap_or_default()).to_lowercase()
}

/// Most rows of the table.
fn most() -> i64 {
    columns::stored(MAX_SCHEDULES as u64)
}
