//! How a job's devices ended over time, and how those of the runs before it did.

use std::collections::BTreeMap;

use console_wire::{
    curve::{TYPICAL_STEPS, bucket_ms},
    job::JobSummary,
    outcome::Outcome,
};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{Result, Store, causes::rank, columns, search::searching, typical_duration::SAME_RUNS};

/// Fewer runs say little of what is usual.
const LEAST_RUNS: usize = 3;
/// Ticks of a millisecond.
const TICKS: i64 = 10_000;

/// Devices that ended, by time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EndedOverTime {
    /// Length of a part, in milliseconds.
    pub(crate) bucket_ms: u64,
    /// Devices that ended in each part.
    pub(crate) ended: Vec<u64>,
    /// From the job's start to its end, or to when the hub was last read, in milliseconds.
    pub(crate) span_ms: u64,
}

/// How the devices of a job ended, on a connection that reads more.
pub(super) async fn read_ended(connection: &mut SqliteConnection, job: &JobSummary) -> Result<EndedOverTime> {
    let start = job.start_time.unwrap_or(job.created_time);
    let end = job.end_time.filter(|_| job.status.is_terminal()).unwrap_or(job.as_of);
    let span_ms = u64::try_from(end.since(start).as_millis()).unwrap_or(u64::MAX);
    let bucket_ms = bucket_ms(span_ms);
    let last = span_ms / bucket_ms;
    // A device of which the hub reports no time ended with the job, at the latest. The hub's clock is another one, so a
    // device may have ended after the instant at which the job was read.
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT min($4, max(0, (coalesce(end_time, last_updated, $5) - $2) / $3)), count(*) FROM device_results \
         WHERE job_id = $1 AND rank NOT IN ($6, $7) GROUP BY 1",
    )
    .bind(&job.job_id)
    .bind(start.ticks())
    .bind(columns::stored(bucket_ms).saturating_mul(TICKS))
    .bind(columns::stored(last))
    .bind(end.ticks())
    .bind(rank(Outcome::InFlight))
    .bind(rank(Outcome::Queued))
    .fetch_all(connection)
    .await
    .map_err(searching("read how devices ended over time"))?;
    let mut ended = vec![0; usize::try_from(last).unwrap_or_default() + 1];
    for (bucket, devices) in rows {
        if let Some(part) = usize::try_from(bucket).ok().and_then(|bucket| ended.get_mut(bucket)) {
            *part += columns::count(devices);
        }
    }
    Ok(EndedOverTime { bucket_ms, ended, span_ms })
}

impl Store {
    /// Of each of the last runs that did the same as a job, before it: milliseconds from its start until each equal share of
    /// its devices had ended. Empty below three such runs, and for a job on a list.
    ///
    /// The time of a device is when the hub last changed its row, which an index has in order: of a run that has ended that
    /// is its end.
    pub(crate) async fn ended_in_runs_before(&self, job_id: &str) -> Result<Vec<Vec<u64>>> {
        let attempt = "read how devices ended in the runs before";
        let text = format!(
            "WITH run AS MATERIALIZED (SELECT run.job_id, run.start_time FROM jobs AS job JOIN jobs AS run \
             WHERE job.job_id = $1 AND job.target_devices IS NULL AND {SAME_RUNS}) \
             SELECT job_id, (place * $2 + devices - 1) / devices, max(max(0, changed - start_time)) / {TICKS} FROM (\
             SELECT run.job_id, run.start_time, changed, \
             row_number() OVER (PARTITION BY run.job_id ORDER BY changed) AS place, \
             count(*) OVER (PARTITION BY run.job_id) AS devices \
             FROM run JOIN device_results AS result ON result.job_id = run.job_id) GROUP BY 1, 2"
        );
        let mut search = self.searches.begin(attempt).await?;
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(AssertSqlSafe(text))
            .bind(job_id)
            .bind(i64::from(TYPICAL_STEPS))
            .fetch_all(search.connection())
            .await
            .map_err(searching(attempt))?;
        let mut runs: BTreeMap<String, BTreeMap<i64, u64>> = BTreeMap::new();
        for (run, step, millis) in rows {
            runs.entry(run).or_default().insert(step, columns::count(millis));
        }
        if runs.len() < LEAST_RUNS {
            return Ok(Vec::new());
        }
        Ok(runs.values().map(every_step).collect())
    }
}

/// A run of fewer devices than steps has steps without a device of their own: the next device decides.
fn every_step(known: &BTreeMap<i64, u64>) -> Vec<u64> {
    let at = |step: i64| known.range(step..).next().map_or(0, |(_, millis)| *millis);
    (1..=i64::from(TYPICAL_STEPS)).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1000 * TICKS;

    async fn insert_run(store: &Store, job_id: &str, start: i64, ends: &[i64]) {
        let last = start + ends.iter().max().copied().unwrap_or_default() * SECOND;
        sqlx::query(
            "INSERT INTO jobs (job_id, phase, origin, job_type, status, query_condition, action, created_time, \
             start_time, end_time, as_of, succeeded) VALUES ($1, 'settled', 'console', 'scheduleDeviceMethod', \
             'completed', 'a', 'lockDoor', $2, $2, $3, $3, $4)",
        )
        .bind(job_id)
        .bind(start)
        .bind(last)
        .bind(i64::try_from(ends.len()).unwrap())
        .execute(&store.writer)
        .await
        .unwrap();
        for (number, end) in ends.iter().enumerate() {
            sqlx::query(
                "INSERT INTO device_results (job_id, device_id, status, outcome, end_time, last_updated) \
                 VALUES ($1, $2, 'completed', 'succeeded', $3, $3)",
            )
            .bind(job_id)
            .bind(format!("d{number}"))
            .bind(start + end * SECOND)
            .execute(&store.writer)
            .await
            .unwrap();
        }
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        (folder, store)
    }

    #[tokio::test]
    async fn devices_are_counted_when_they_ended() {
        let (_folder, store) = store().await;
        insert_run(&store, "a", 1_000_000_000, &[0, 1, 1, 60]).await;
        for (column, value, device) in
            [("outcome", "inFlight", "d0"), ("end_time", "", "d3"), ("last_updated", "", "d3")]
        {
            let text = format!("UPDATE device_results SET {column} = nullif($1, '') WHERE device_id = $2");
            sqlx::query(AssertSqlSafe(text)).bind(value).bind(device).execute(&store.writer).await.unwrap();
        }
        let job = store.job("a").await.unwrap().unwrap();
        let mut connection = store.readers.acquire().await.unwrap();
        let read = read_ended(&mut connection, &job).await.unwrap();
        assert_eq!((read.bucket_ms, read.span_ms, read.ended.len()), (1_000, 60_000, 61));
        let counted: Vec<_> = read.ended.iter().enumerate().filter(|(_, devices)| **devices > 0).collect();
        assert_eq!(counted, [(1, &2), (60, &1)], "one waits for its answer; one has no time of its own");
    }

    #[tokio::test]
    async fn runs_before_are_cut_into_equal_shares() {
        let (_folder, store) = store().await;
        for (number, ends) in [[1, 2, 3, 4], [2, 4, 6, 8], [1, 1, 1, 100]].iter().enumerate() {
            insert_run(
                &store,
                &format!("run {number}"),
                i64::try_from(number).unwrap() * 1_000 * SECOND,
                ends,
            )
            .await;
        }
        insert_run(&store, "now", 9_000 * SECOND, &[1]).await;
        assert!(store.ended_in_runs_before("run 2").await.unwrap().is_empty(), "two runs are too few");
        let runs = store.ended_in_runs_before("now").await.unwrap();
        assert_eq!(runs.len(), 3);
        let quarters: Vec<Vec<u64>> =
            runs.iter().map(|run| [11, 24, 37, 49].map(|step| run[step] / 1000).to_vec()).collect();
        assert_eq!(quarters, [[1, 2, 3, 4], [2, 4, 6, 8], [1, 1, 1, 100]]);
    }

    #[test]
    fn steps_without_a_device_are_those_of_the_next() {
        let steps = every_step(&BTreeMap::from([(25, 7), (50, 9)]));
        assert_eq!((steps.len(), steps[0], steps[24], steps[25], steps[49]), (50, 7, 7, 9, 9));
    }
}
