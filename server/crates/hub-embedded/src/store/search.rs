//! Reads whose work depends on a caller's text: queries of devices, modules and device jobs.
//!
//! They have connections of their own, so that slow ones never delay other reads: identities, keys, twins, and the rows
//! of a running job.

use std::time::Duration;

use sqlx::SqlitePool;
use store_file::{Search, SearchError, SearchLimits, is_out_of_steps};

use crate::error::HubError;

/// A million devices with a condition take some fifty million steps.
const LIMITS: SearchLimits = SearchLimits { wait: Duration::from_secs(15), steps: 1_000_000_000 };

/// Connections for queries, and the limits of one query.
#[derive(Debug, Clone)]
pub(super) struct Searchers {
    pool: SqlitePool,
    limits: SearchLimits,
}

impl Searchers {
    /// Queries on the connections of this pool.
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self { pool, limits: LIMITS }
    }

    /// Waits for a connection.
    ///
    /// # Errors
    /// `QueriesBusy` when that takes too long.
    pub(super) async fn begin(&self) -> Result<Search, HubError> {
        Search::begin(&self.pool, self.limits).await.map_err(|error| match error {
            SearchError::Busy => HubError::QueriesBusy,
            SearchError::Sql(error) => error.into(),
        })
    }

    /// Waits for queries under way and closes the connections.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// The error of a failed query.
pub(super) fn failed(error: sqlx::Error) -> HubError {
    if is_out_of_steps(&error) { HubError::QueryTooMuchWork } else { error.into() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hub_query::parse_query;

    use super::super::{PageRequest, Store};
    use super::*;
    use crate::clock::SystemClock;

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Arc::new(SystemClock)).await.unwrap();
        (folder, store)
    }

    async fn query(store: &Store, text: &str) -> Result<(), HubError> {
        let page = PageRequest { size: 10, continuation: None };
        store.query(&parse_query(text).unwrap(), &page).await.map(drop)
    }

    const SEARCHES: [&str; 4] = [
        "SELECT * FROM devices WHERE tags.a = 1",
        "SELECT * FROM devices.modules",
        "SELECT COUNT() AS n FROM devices",
        "SELECT * FROM devices.jobs WHERE devices.jobs.status = 'failed'",
    ];

    #[tokio::test]
    async fn endless_queries_do_not_delay_other_reads() {
        let (_folder, mut store) = store().await;
        let mut held = Vec::new();
        for _ in 0..store.searchers.pool.options().get_max_connections() {
            held.push(store.searchers.begin().await.unwrap());
        }
        store.searchers.limits.wait = Duration::from_millis(1);
        for text in SEARCHES {
            assert!(matches!(query(&store, text).await, Err(HubError::QueriesBusy)), "{text}");
        }
        assert_eq!(store.devices(10).await.unwrap().len(), 0);
        let of_job = "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j'";
        assert!(query(&store, of_job).await.is_ok(), "the console follows its jobs meanwhile");
        held.clear();
        store.searchers.limits.wait = Duration::from_secs(30);
        for text in SEARCHES {
            assert!(query(&store, text).await.is_ok(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_query_is_interrupted_when_its_steps_are_used_up() {
        let (_folder, mut store) = store().await;
        let all = store.searchers.limits.steps;
        let endless = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) \
                       SELECT max(n) FROM number";
        store.searchers.limits.steps = 100_000;
        for _ in 0..4 {
            let mut search = store.searchers.begin().await.unwrap();
            let ended = sqlx::query_scalar::<_, i64>(endless).fetch_one(search.connection()).await;
            assert!(matches!(failed(ended.unwrap_err()), HubError::QueryTooMuchWork));
        }
        store.searchers.limits.steps = all;
        assert!(query(&store, SEARCHES[0]).await.is_ok(), "the next one has its own steps");
    }
}
