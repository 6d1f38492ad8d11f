//! Why devices failed in the jobs of the last 24 hours: counted once per change of a job.

use std::collections::{HashMap, HashSet};

use console_wire::{
    cause::CauseKey,
    job::JobSummary,
    overview::{CauseSum, CauseSums, MAX_CAUSES, Subject},
};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{ATTEMPT, TIME};
use crate::store::{
    Result,
    causes::of_rank,
    columns::{self, count},
    search::searching,
};

/// The causes of each job of the last 24 hours, with the job's sequence number at which they were counted: those of a job
/// that has not changed are not counted again.
#[derive(Debug, Default)]
pub(crate) struct CountedCauses(HashMap<String, (i64, Vec<JobCause>)>);

/// Devices of a job that failed for one cause.
#[derive(Debug, Clone, Copy)]
struct JobCause {
    cause: i64,
    rank: i64,
    devices: i64,
}

/// The causes of the jobs of the last 24 hours, the newest job first.
pub(super) struct Causes<'a> {
    counted: &'a CountedCauses,
    /// Id and name.
    jobs: Vec<(String, String)>,
}

pub(super) async fn read_causes<'a>(
    connection: &mut SqliteConnection,
    since: i64,
    counted: &'a mut CountedCauses,
) -> Result<Causes<'a>> {
    let text = format!(
        "SELECT job_id, name, sequence FROM jobs WHERE phase <> 'intent' AND {TIME} >= $1 \
         AND failed + timed_out + not_online + interrupted > 0 ORDER BY {TIME} DESC, job_id"
    );
    let jobs: Vec<(String, String, i64)> = sqlx::query_as(AssertSqlSafe(text))
        .bind(since)
        .fetch_all(&mut *connection)
        .await
        .map_err(searching(ATTEMPT))?;
    let is_counted = |job_id: &String, sequence: i64| {
        counted.0.get(job_id).is_some_and(|(counted_at, _)| *counted_at == sequence)
    };
    let changed: Vec<_> =
        jobs.iter().filter(|(job_id, _, sequence)| !is_counted(job_id, *sequence)).collect();
    if !changed.is_empty() {
        let ids: Vec<_> = changed.iter().map(|(job_id, ..)| job_id).collect();
        let rows: Vec<(String, i64, i64, i64)> = sqlx::query_as(
            "SELECT job_id, cause, min(rank), count(*) FROM json_each($1) AS wanted \
             CROSS JOIN device_results ON job_id = wanted.value AND cause IS NOT NULL GROUP BY job_id, cause",
        )
        .bind(columns::json(&ids))
        .fetch_all(connection)
        .await
        .map_err(searching(ATTEMPT))?;
        for (job_id, _, sequence) in changed {
            counted.0.insert(job_id.clone(), (*sequence, Vec::new()));
        }
        for (job_id, cause, rank, devices) in rows {
            if let Some((_, causes)) = counted.0.get_mut(&job_id) {
                causes.push(JobCause { cause, rank, devices });
            }
        }
    }
    let shown: HashSet<&String> = jobs.iter().map(|(job_id, ..)| job_id).collect();
    counted.0.retain(|job_id, _| shown.contains(job_id));
    let jobs = jobs.into_iter().map(|(job_id, name, _)| (job_id, name)).collect();
    Ok(Causes { counted, jobs })
}

/// A cause over several jobs.
struct CauseOver {
    rank: i64,
    devices: i64,
    jobs: u64,
    newest_job: usize,
}

impl Causes<'_> {
    fn of(&self, job_id: &str) -> &[JobCause] {
        self.counted.0.get(job_id).map_or(&[], |(_, causes)| causes.as_slice())
    }

    /// All of them, the most frequent first.
    pub(super) async fn sums(&self, connection: &mut SqliteConnection) -> Result<CauseSums> {
        let mut sums = HashMap::<i64, CauseOver>::new();
        for (place, (job_id, _)) in self.jobs.iter().enumerate() {
            for cause in self.of(job_id) {
                let sum = sums.entry(cause.cause).or_insert(CauseOver {
                    rank: cause.rank,
                    devices: 0,
                    jobs: 0,
                    newest_job: place,
                });
                sum.devices += cause.devices;
                sum.jobs += 1;
            }
        }
        let mut all: Vec<_> = sums.into_iter().collect();
        all.sort_unstable_by_key(|(cause, sum)| (-sum.devices, *cause));
        let (causes, devices) = (all.len() as u64, all.iter().map(|(_, sum)| count(sum.devices)).sum());
        all.truncate(MAX_CAUSES);
        let keys = read_keys(connection, all.iter().map(|(cause, _)| *cause).collect()).await?;
        let mut items = Vec::new();
        for (cause, sum) in all {
            let Some((job_id, name)) = self.jobs.get(sum.newest_job) else { continue };
            let newest_job = Subject { id: job_id.clone(), name: name.clone() };
            if let Some(key) = keys.get(&cause) {
                let (key, outcome) = (key.clone(), of_rank(sum.rank)?);
                items.push(CauseSum {
                    key,
                    outcome,
                    devices: count(sum.devices),
                    jobs: sum.jobs,
                    newest_job,
                });
            }
        }
        Ok(CauseSums { items, causes, devices })
    }

    /// The most frequent one of each of these jobs.
    pub(super) async fn top_of(
        &self,
        connection: &mut SqliteConnection,
        jobs: &[JobSummary],
    ) -> Result<HashMap<String, CauseSum>> {
        let top = |job: &JobSummary| {
            let cause = self.of(&job.job_id).iter().max_by_key(|cause| (cause.devices, -cause.cause))?;
            Some((Subject { id: job.job_id.clone(), name: job.name.clone() }, *cause))
        };
        let top: Vec<_> = jobs.iter().filter_map(top).collect();
        let keys = read_keys(connection, top.iter().map(|(_, cause)| cause.cause).collect()).await?;
        let mut found = HashMap::new();
        for (newest_job, JobCause { cause, rank, devices }) in top {
            if let Some(key) = keys.get(&cause) {
                let (key, outcome) = (key.clone(), of_rank(rank)?);
                let devices = count(devices);
                found.insert(newest_job.id.clone(), CauseSum { key, outcome, devices, jobs: 1, newest_job });
            }
        }
        Ok(found)
    }
}

async fn read_keys(connection: &mut SqliteConnection, causes: Vec<i64>) -> Result<HashMap<i64, CauseKey>> {
    if causes.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT cause_id, code, message FROM causes WHERE cause_id IN (SELECT value FROM json_each($1))",
    )
    .bind(columns::json(&causes))
    .fetch_all(connection)
    .await
    .map_err(searching(ATTEMPT))?;
    Ok(rows.into_iter().map(|(cause, code, message)| (cause, CauseKey { code, message })).collect())
}
