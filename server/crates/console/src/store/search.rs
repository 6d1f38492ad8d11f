//! Searches: reads whose work depends on the size of the store and on the search text.
//!
//! They have connections of their own, so that slow ones never keep other reads waiting. Each has a budget of SQLite
//! steps, and ends when its client has left.

use std::time::Duration;

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use store_file::{Search, SearchError, SearchLimits, is_out_of_steps};

use crate::StoreError;

/// Searches at once.
const CONCURRENT_SEARCHES: u32 = 2;
/// Most characters of a condition that are searched: more than a hub takes.
const MAX_CONDITION: usize = 8192;

/// The connections for searches, and what one search may take.
#[derive(Debug, Clone)]
pub(super) struct SearchPool {
    pool: SqlitePool,
    limits: SearchLimits,
}

impl SearchPool {
    /// The first search opens the connections.
    pub(super) fn open(options: SqliteConnectOptions) -> Self {
        let pool = SqlitePoolOptions::new().max_connections(CONCURRENT_SEARCHES).connect_lazy_with(options);
        // A row that is read takes some twenty steps.
        Self { pool, limits: SearchLimits { wait: Duration::from_secs(15), steps: 400_000_000 } }
    }

    /// Waits for a connection.
    ///
    /// # Errors
    /// `Busy` when that takes too long.
    pub(super) async fn begin(&self, attempt: &'static str) -> Result<Search, StoreError> {
        Search::begin(&self.pool, self.limits).await.map_err(|error| match error {
            SearchError::Busy => StoreError::Busy,
            SearchError::Sql(source) => StoreError::Sql { attempt, source },
        })
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// The part of a condition that is searched.
pub(super) fn searched(condition: &str) -> String {
    condition.chars().take(MAX_CONDITION).collect::<String>().to_lowercase()
}

/// The error of a search.
pub(super) fn searching(attempt: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |error| match error {
        sqlx::Error::PoolTimedOut => StoreError::Busy,
        error if is_out_of_steps(&error) => StoreError::TooMuchWork,
        source => StoreError::Sql { attempt, source },
    }
}

#[cfg(test)]
mod tests {
    use console_wire::job::{JobFilter, JobTab, ResultFilter};

    use super::*;
    use crate::store::Store;

    async fn store_with(jobs: u32) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        sqlx::query(
            "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1) \
             INSERT INTO jobs (job_id, phase, origin, job_type, status, query_condition, condition_search, action, \
             action_search, created_time, as_of) \
             SELECT 'job-' || n, 'settled', 'console', 'scheduleDeviceMethod', 'completed', 'tags.floor = ''Ю''', \
             'tags.floor = ''ю''', 'lockDoor', 'lockdoor', n, n FROM number",
        )
        .bind(jobs)
        .execute(&store.writer)
        .await
        .unwrap();
        (folder, store)
    }

    fn text_filter(text: &str) -> JobFilter {
        JobFilter { q: Some(text.into()), ..JobFilter::default() }
    }

    async fn count(store: &Store, filter: &JobFilter) -> Result<u64, StoreError> {
        Ok(store.filtered_counts(filter, 0).await?.get(JobTab::All))
    }

    #[tokio::test]
    async fn search_ignores_case() {
        let (_folder, store) = store_with(3).await;
        let other = |action: &str, target: &str| JobFilter {
            action: Some(action.into()).filter(|text: &String| !text.is_empty()),
            target: Some(target.into()).filter(|text: &String| !text.is_empty()),
            ..JobFilter::default()
        };
        for (filter, matches) in [
            (text_filter("JOB-2"), 1),
            (text_filter("lockdoor ю"), 3),
            (text_filter("floor lock 3"), 1),
            (text_filter("50% [a] *"), 0),
            (text_filter("door tags.roof"), 0),
            (other("OCKd", ""), 3),
            (other("floor", ""), 0),
            (other("", "= 'ю'"), 3),
            (other("", "lock"), 0),
        ] {
            let jobs = store.jobs(&filter, None, 0, 50).await.unwrap();
            assert_eq!(jobs.len(), matches, "{filter:?}");
            assert_eq!(count(&store, &filter).await.unwrap(), matches as u64, "{filter:?}");
        }
    }

    #[tokio::test]
    async fn endless_searches_do_not_delay_other_reads() {
        let (_folder, mut store) = store_with(3).await;
        let mut held = Vec::new();
        for _ in 0..CONCURRENT_SEARCHES {
            held.push(store.searches.begin("hold").await.unwrap());
        }
        store.searches.limits.wait = Duration::from_millis(1);
        assert!(store.job("job-1").await.unwrap().is_some());
        assert_eq!(store.jobs(&JobFilter::default(), None, 0, 50).await.unwrap().len(), 3);
        assert_eq!(count(&store, &JobFilter::default()).await.unwrap(), 3);
        assert!(store.results("job-1", &ResultFilter::default(), None, 9).await.is_ok());

        let part = ResultFilter { q: Some("d".into()), ..ResultFilter::default() };
        assert!(matches!(store.jobs(&text_filter("x"), None, 0, 50).await, Err(StoreError::Busy)));
        assert!(matches!(count(&store, &text_filter("x")).await, Err(StoreError::Busy)));
        assert!(matches!(store.results("job-1", &part, None, 9).await, Err(StoreError::Busy)));
        assert!(matches!(store.results_count("job-1", &part).await, Err(StoreError::Busy)));
        assert!(matches!(store.problem_from("job-1", &part, 0).await, Err(StoreError::Busy)));
        assert!(matches!(store.export_rows("job-1", &part).await, Err(StoreError::Busy)));
        assert!(matches!(store.causes("job-1").await, Err(StoreError::Busy)));
        assert!(matches!(store.snapshot("job-1", None).await, Err(StoreError::Busy)));
        assert!(matches!(store.landing_cell("job-1", 0).await, Err(StoreError::Busy)));
        assert!(matches!(store.round_trips("job-1").await, Err(StoreError::Busy)));
    }

    #[tokio::test]
    async fn a_search_ends_when_its_steps_are_used_up() {
        let (_folder, mut store) = store_with(5000).await;
        let all = store.searches.limits;
        store.searches.limits.steps = 5000;
        let filter = text_filter("nothing");
        for _ in 0..3 {
            assert!(matches!(store.jobs(&filter, None, 0, 50).await, Err(StoreError::TooMuchWork)));
            assert!(matches!(count(&store, &filter).await, Err(StoreError::TooMuchWork)));
        }
        store.searches.limits = all;
        for _ in 0..3 {
            assert!(
                store.jobs(&filter, None, 0, 50).await.unwrap().is_empty(),
                "the next one has its own steps"
            );
        }
    }

    #[tokio::test]
    async fn a_search_ends_when_its_client_has_left() {
        const ENDLESS: &str = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT max(n) FROM number";
        let (_folder, mut store) = store_with(1).await;
        store.searches.limits.steps = u64::MAX;
        for _ in 0..CONCURRENT_SEARCHES * 2 {
            let mut search = store.searches.begin("count without end").await.unwrap();
            let (started, has_started) = tokio::sync::oneshot::channel();
            let running = tokio::spawn(async move {
                let _ = started.send(());
                let _: i64 = sqlx::query_scalar(ENDLESS).fetch_one(search.connection()).await.unwrap();
            });
            has_started.await.unwrap();
            running.abort();
            assert!(running.await.unwrap_err().is_cancelled());
        }
        assert_eq!(count(&store, &text_filter("lock")).await.unwrap(), 1);
    }
}
