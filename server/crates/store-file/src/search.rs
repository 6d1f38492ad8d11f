//! Searches: reads whose work depends on a caller's text, so each has a budget of SQLite steps.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{Sqlite, SqliteConnection, SqlitePool, pool::PoolConnection};

/// Steps of SQLite's virtual machine between two checks whether to continue.
const CHECK_EVERY: u32 = 1000;
/// `SQLITE_INTERRUPT`
const INTERRUPTED: &str = "9";

/// The limits of one search.
#[derive(Debug, Clone, Copy)]
pub struct SearchLimits {
    /// Longest wait for a connection.
    pub wait: Duration,
    /// Most steps of SQLite's virtual machine, of all statements of a search together.
    pub steps: u64,
}

/// Why a search cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// No connection became free in time.
    #[error("other searches are under way")]
    Busy,
    /// SQLite failed.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
}

/// A connection for one search. Dropping it interrupts its statement.
#[derive(Debug)]
pub struct Search {
    connection: PoolConnection<Sqlite>,
    is_abandoned: Arc<AtomicBool>,
}

impl Search {
    /// Waits for a connection of a pool that only searches use, so that slow ones never delay other reads.
    ///
    /// # Errors
    /// [`SearchError::Busy`] when that takes too long.
    pub async fn begin(pool: &SqlitePool, limits: SearchLimits) -> Result<Self, SearchError> {
        let acquired = tokio::time::timeout(limits.wait, pool.acquire()).await;
        let mut connection = acquired.map_err(|_| SearchError::Busy)?.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => SearchError::Busy,
            error => SearchError::Sql(error),
        })?;
        let is_abandoned = Arc::new(AtomicBool::new(false));
        let must_end = Arc::clone(&is_abandoned);
        let mut left = limits.steps;
        connection.lock_handle().await?.set_progress_handler(
            CHECK_EVERY.try_into().unwrap_or(i32::MAX),
            move || {
                left = left.saturating_sub(u64::from(CHECK_EVERY));
                left > 0 && !must_end.load(Ordering::Relaxed)
            },
        );
        Ok(Self { connection, is_abandoned })
    }

    /// The connection, for a statement.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.is_abandoned.store(true, Ordering::Relaxed);
    }
}

/// Whether a statement of a search was interrupted because its steps were used up.
pub fn is_out_of_steps(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|cause| cause.code().as_deref() == Some(INTERRUPTED))
}
