//! Deletes jobs and registry changes that ended before a time, with their results, calls of single devices and rows of schedules from
//! before it.
//!
//! Each transaction is small, and the next one begins after a pause as long as the last one took. So the store's only
//! writer is free for others at least half of the time.

use hub_wire::Timestamp;
use tokio::time::Instant;

use crate::{ConsoleError, store::Store};

/// Jobs hidden by one transaction.
const JOBS_TOGETHER: u32 = 100;
/// Results or calls deleted by one transaction: some milliseconds of work.
const ROWS_TOGETHER: u32 = 1_000;

/// What a purge deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purged {
    /// Jobs.
    pub jobs: u64,
    /// Results of devices in these jobs.
    pub results: u64,
    /// Calls of single devices.
    pub calls: u64,
}

pub(crate) async fn purge(store: &Store, before: Timestamp) -> Result<Purged, ConsoleError> {
    let mut purged = Purged::default();
    while store.hide_jobs_ended_before(before, JOBS_TOGETHER).await? > 0 {}
    for job_id in store.hidden_jobs().await? {
        loop {
            let begun = Instant::now();
            let deleted = store.delete_hidden_results(&job_id, ROWS_TOGETHER).await?;
            purged.results += deleted;
            if deleted == 0 {
                break;
            }
            tokio::time::sleep(begun.elapsed()).await;
        }
        store.delete_hidden_job(&job_id).await?;
        purged.jobs += 1;
    }
    while store.delete_registry_change_before(before).await? {}
    loop {
        let deleted = store.delete_calls_before(before, ROWS_TOGETHER).await?;
        purged.calls += deleted;
        if deleted == 0 {
            break;
        }
    }
    while store.delete_schedule_runs_before(before, ROWS_TOGETHER).await? > 0 {}
    Ok(purged)
}

#[cfg(test)]
mod tests {
    use console_wire::job::NewJob;

    use super::*;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1000)
    }

    async fn store(folder: &tempfile::TempDir) -> Store {
        Store::open(folder.path(), "hub.example").await.unwrap()
    }

    #[tokio::test]
    async fn what_ended_before_is_deleted_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        store.insert_ended_job("old", at(100), 2_500).await;
        store.insert_ended_job("new", at(200), 10).await;
        assert_eq!(purge(&store, at(100)).await.unwrap(), Purged::default(), "it ended just then");
        let purged = purge(&store, at(101)).await.unwrap();
        assert_eq!(purged, Purged { jobs: 1, results: 2_500, calls: 0 });
        assert_eq!(store.count_rows().await, (1, 10));
        assert_eq!(store.job("new").await.unwrap().unwrap().outcomes.succeeded, 10);
        assert_eq!(store.job_counts().await.unwrap().finished, 1);
    }

    #[tokio::test]
    async fn a_purge_that_was_interrupted_shows_nothing_and_continues() {
        let folder = tempfile::tempdir().unwrap();
        let before = store(&folder).await;
        before.insert_ended_job("old", at(100), 30).await;
        assert_eq!(before.hide_jobs_ended_before(at(101), 9).await.unwrap(), 1);
        assert_eq!(before.delete_hidden_results("old", 20).await.unwrap(), 20);
        before.close().await;

        let after = store(&folder).await;
        assert_eq!(after.job("old").await.unwrap(), None);
        assert_eq!(after.job_counts().await.unwrap().finished, 0);
        assert!(after.intents().await.unwrap().is_empty(), "it is not put to the hub again");
        assert!(after.open_jobs().await.unwrap().is_empty());
        // Also when nothing else is old.
        let purged = purge(&after, at(0)).await.unwrap();
        assert_eq!(purged, Purged { jobs: 1, results: 10, calls: 0 });
        assert_eq!(after.count_rows().await, (0, 0));
    }

    #[tokio::test]
    async fn others_write_between_the_transactions_of_a_purge() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        store.insert_ended_job("old", at(100), 20 * ROWS_TOGETHER).await;
        let job: NewJob = serde_json::from_value(serde_json::json!({
            "type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {"a": 1}}
        }))
        .unwrap();
        let purging = tokio::spawn({
            let store = store.clone();
            async move { purge(&store, at(101)).await.unwrap() }
        });
        let mut written = 0;
        while !purging.is_finished() {
            assert!(store.save_template("one", &job, at(1)).await.unwrap());
            written += 1;
        }
        assert_eq!(purging.await.unwrap().results, u64::from(20 * ROWS_TOGETHER));
        assert!(written >= 10, "{written} writes during 20 transactions");
    }
}
