//! A job's typical duration: the median of the last runs before it with the same type, action and condition. Jobs on a
//! list of devices have none. Only runs that completed count.

use std::collections::HashMap;

use console_wire::job::JobSummary;
use sqlx::AssertSqlSafe;

use super::{Result, Store, columns, sql};

/// Which runs count as the same as `job`, newest first. The index `jobs_by_name` answers it.
pub(super) const SAME_RUNS: &str = "run.job_type = job.job_type AND run.action = job.action \
     AND run.query_condition = job.query_condition \
     AND run.start_time < coalesce(job.start_time, job.created_time) \
     AND run.status = 'completed' AND run.end_time > run.start_time AND run.target_devices IS NULL AND run.rollout IS NULL \
     ORDER BY run.start_time DESC LIMIT 14";

/// One statement for any number of jobs: of each the last 14 runs, from 3 on.
fn typical_durations() -> String {
    format!(
        "SELECT job_id, (\
         SELECT CAST(avg(took) / 10000 AS INTEGER) FROM (\
         SELECT took, row_number() OVER (ORDER BY took) AS place, count(*) OVER () AS runs FROM (\
         SELECT end_time - start_time AS took FROM jobs AS run WHERE {SAME_RUNS})) \
         WHERE runs >= 3 AND place IN ((runs + 1) / 2, (runs + 2) / 2)) \
         FROM jobs AS job \
         WHERE job.job_id IN (SELECT value FROM json_each($1)) AND job.target_devices IS NULL AND job.rollout IS NULL"
    )
}

impl Store {
    /// Sets the typical duration of each of these jobs, where it is known.
    pub(crate) async fn attach_typical_duration(&self, jobs: &mut [JobSummary]) -> Result<()> {
        if jobs.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = jobs.iter().map(|job| job.job_id.as_str()).collect();
        let rows: Vec<(String, Option<i64>)> = sqlx::query_as(AssertSqlSafe(typical_durations()))
            .bind(columns::json(&ids))
            .fetch_all(&self.readers)
            .await
            .map_err(sql("read typical durations"))?;
        let durations: HashMap<_, _> = rows.into_iter().collect();
        for job in jobs {
            job.typical_duration_ms = durations.get(&job.job_id).copied().flatten().map(columns::count);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inserts runs of one action that took so many milliseconds, one a second from `first` on.
    async fn insert_runs(store: &Store, condition: &str, first: i64, took: &[i64]) {
        for (took, second) in took.iter().zip(first..) {
            let start = second * 10_000_000;
            sqlx::query(
                "INSERT INTO jobs (job_id, phase, origin, job_type, status, query_condition, action, created_time, \
                 start_time, end_time, as_of) VALUES ($1, 'settled', 'console', 'scheduleDeviceMethod', \
                 'completed', $2, 'lockDoor', $3, $3, $4, $4)",
            )
            .bind(format!("{condition} {second}"))
            .bind(condition)
            .bind(start)
            .bind(start + took * 10_000)
            .execute(&store.writer)
            .await
            .unwrap();
        }
    }

    async fn typical_duration(store: &Store, job_id: &str) -> Option<u64> {
        let mut jobs = [store.job(job_id).await.unwrap().unwrap()];
        store.attach_typical_duration(&mut jobs).await.unwrap();
        jobs[0].typical_duration_ms
    }

    #[tokio::test]
    async fn the_median_of_the_last_fourteen_runs_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        insert_runs(&store, "a", 0, &[5_000, 1_000, 3_000, 9_000, 2_000]).await;
        insert_runs(&store, "b", 0, &[100, 100, 100, 100]).await;
        for (job, expected) in [
            ("a 0", None),
            ("a 2", None),
            ("a 3", Some(3_000)),
            // The middle of two.
            ("a 4", Some(4_000)),
            ("b 3", Some(100)),
        ] {
            assert_eq!(typical_duration(&store, job).await, expected, "{job}");
        }
        insert_runs(&store, "a", 5, &[60_000; 15]).await;
        assert_eq!(typical_duration(&store, "a 19").await, Some(60_000), "older runs do not count");
    }

    #[tokio::test]
    async fn only_completed_runs_on_a_condition_count() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        insert_runs(&store, "a", 0, &[1_000; 4]).await;
        assert_eq!(typical_duration(&store, "a 3").await, Some(1_000));
        for change in
            ["status = 'cancelled'", "target_devices = 7", "action = 'reboot'", "end_time = start_time"]
        {
            let mut transaction = store.writer.begin().await.unwrap();
            let text = format!("UPDATE jobs SET {change} WHERE job_id = 'a 1'");
            sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut *transaction).await.unwrap();
            let (_, duration): (String, Option<i64>) = sqlx::query_as(AssertSqlSafe(typical_durations()))
                .bind(r#"["a 3"]"#)
                .fetch_one(&mut *transaction)
                .await
                .unwrap();
            assert_eq!(duration, None, "{change}");
        }
    }

    #[tokio::test]
    async fn runs_are_found_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        let text = format!("EXPLAIN QUERY PLAN {}", typical_durations());
        let query = sqlx::query_as::<_, (i64, i64, i64, String)>(sqlx::AssertSqlSafe(text)).bind("[]");
        let plan: Vec<_> =
            query.fetch_all(&store.readers).await.unwrap().into_iter().map(|(.., step)| step).collect();
        assert!(plan.iter().any(|step| step.contains("run USING INDEX jobs_by_name")), "{plan:?}");
        assert!(!plan.iter().any(|step| step.starts_with("SCAN job")), "{plan:?}");
    }
}
