use super::*;

const HOUR: i64 = 36_000_000_000;
const NOW: i64 = 500_000 * HOUR;

fn range() -> OverviewRange {
    let at = Timestamp::from_ticks;
    OverviewRange {
        since: at(NOW - 24 * HOUR),
        until: at(NOW + 24 * HOUR),
        first_day: NOW / DAY - 13,
        running: 8,
        planned: 8,
        recent: 8,
    }
}

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), "hub.example").await.unwrap();
    (folder, store)
}

/// Adds failed rows of devices for one cause.
async fn add_failed(store: &Store, job_id: &str, cause: i64, devices: u32) {
    for (text, bound) in [
        ("INSERT OR IGNORE INTO causes (cause_id, code, message) VALUES ($1, $1, 'JAMMED')", None),
        (
            "INSERT INTO device_results (job_id, device_id, status, outcome, cause) \
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $3) \
             SELECT $2, 'door-' || $1 || '-' || n, 'failed', 'failed', $1 FROM n",
            Some(devices),
        ),
        ("UPDATE jobs SET failed = failed + $3, sequence = sequence + 1 WHERE job_id = $2", Some(devices)),
    ] {
        sqlx::query(text).bind(cause).bind(job_id).bind(bound).execute(&store.writer).await.unwrap();
    }
}

#[tokio::test]
async fn sums_agree_with_the_list_of_jobs() {
    use console_wire::job::{JobFilter, JobTab};

    let (_folder, store) = store().await;
    let at = |hours: i64| Timestamp::from_ticks(NOW - hours * HOUR);
    for (job_id, hours, succeeded, failed) in
        [("a", 1, 10, 0), ("b", 23, 5, 2), ("c", 25, 7, 0), ("d", 20 * 24, 100, 0)]
    {
        store.insert_job_of(at(hours), job_id, Outcomes { succeeded, failed, ..Outcomes::default() }).await;
    }
    for (job_id, status, start) in [("e", "running", NOW - HOUR), ("f", "scheduled", NOW + HOUR)] {
        sqlx::query(
            "INSERT INTO jobs (job_id, phase, origin, job_type, status, query_condition, action, name, created_time, \
             start_time, as_of, queued, in_flight, succeeded) VALUES ($1, 'open', 'console', \
             'scheduleDeviceMethod', $2, '*', 'lockDoor', $1, $3, $4, $3, 30, 2, 8)",
        )
        .bind(job_id)
        .bind(status)
        .bind(NOW - HOUR)
        .bind(start)
        .execute(&store.writer)
        .await
        .unwrap();
    }
    let read = store.overview_jobs(&range(), &mut CountedCauses::default()).await.unwrap();
    let filter = JobFilter { since: Some(range().since), ..JobFilter::default() };
    let listed = store.jobs(&filter, None, NOW, 50).await.unwrap();
    assert_eq!(read.last_day.jobs, listed.len() as u64);
    let succeeded: u64 = listed.iter().map(|job| job.outcomes.succeeded).sum();
    assert_eq!((read.last_day.outcomes.succeeded, read.last_day.outcomes.failed), (succeeded, 2));
    assert_eq!(read.last_day.jobs_with_problems, 1);
    assert_eq!(read.counts, store.job_counts().await.unwrap());
    assert_eq!(read.counts.get(JobTab::Running), 1);
    assert_eq!(read.devices_to_go, 32);
    let ids = |jobs: &[JobSummary]| jobs.iter().map(|job| job.job_id.clone()).collect::<Vec<_>>();
    assert_eq!((ids(&read.running), ids(&read.planned)), (vec!["e".to_owned()], vec!["f".to_owned()]));
    assert_eq!(ids(&read.ended), ["a", "b", "c", "d"]);
    assert_eq!(ids(&read.with_problems), ["b"]);
    let day = NOW / DAY;
    let days: Vec<_> = read.days.iter().map(|(of, sum)| (of - day, sum.succeeded)).collect();
    assert_eq!(
        days.iter().map(|(_, sum)| sum).sum::<u64>(),
        10 + 5 + 7 + 8 + 8,
        "not the job of 20 days ago: {days:?}"
    );
}

#[tokio::test]
async fn causes_are_counted_again_when_their_job_has_changed() {
    let (_folder, store) = store().await;
    for job_id in ["a", "b"] {
        store.insert_job_of(Timestamp::from_ticks(NOW - HOUR), job_id, Outcomes::default()).await;
    }
    add_failed(&store, "a", 500, 3).await;
    add_failed(&store, "b", 500, 2).await;
    add_failed(&store, "b", 504, 4).await;
    let mut counted = CountedCauses::default();
    let read = store.overview_jobs(&range(), &mut counted).await.unwrap();
    let sums = |read: &OverviewJobs| {
        read.causes.items.iter().map(|sum| (sum.key.code.clone(), sum.devices, sum.jobs)).collect::<Vec<_>>()
    };
    assert_eq!(sums(&read), [("500".into(), 5, 2), ("504".into(), 4, 1)]);
    assert_eq!((read.causes.causes, read.causes.devices), (2, 9));
    assert_eq!(read.top_causes["b"].key.code, "504");
    add_failed(&store, "b", 418, 10).await;
    let read = store.overview_jobs(&range(), &mut counted).await.unwrap();
    assert_eq!(sums(&read), [("418".into(), 10, 1), ("500".into(), 5, 2), ("504".into(), 4, 1)]);
    let problems: u64 = read.last_day.outcomes.problems();
    assert_eq!(problems, read.causes.devices, "each problem has one cause");
}

#[tokio::test]
async fn sums_read_an_index() {
    let (_folder, store) = store().await;
    let last_day = format!("SELECT count(*), {SUMS} FROM jobs WHERE phase <> 'intent' AND {TIME} >= 1");
    for text in [last_day, sums_by_day()] {
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")))
                .fetch_all(&store.readers)
                .await
                .unwrap();
        let is_found = |(.., step): &(i64, i64, i64, String)| {
            step.starts_with("SEARCH jobs") && step.contains("INDEX jobs_by_time")
        };
        assert!(plan.iter().any(is_found), "{plan:?}");
    }
}
