//! The store's file: opened with its connections, written in transactions, numbered by changes.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use console_wire::job::JobCounts;
use sqlx::{
    Connection as _, Sqlite, SqlitePool, Transaction,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use store_file::{Obstacle, SetUp};
use tokio::sync::watch;

use super::{
    columns,
    search::SearchPool,
    statement::{Result, sql},
};
use crate::{StoreError, metrics};

static MIGRATOR: Migrator = sqlx::migrate!();

/// Readers at once; each is a thread of SQLite's driver.
const READERS: u32 = 4;

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
    pub(super) searches: SearchPool,
    pub(super) sequence: watch::Sender<u64>,
    /// The newest counts of the tabs, with the sequence number at which they were taken.
    pub(super) tab_counts: Arc<Mutex<Option<(u64, JobCounts)>>>,
    /// What was lost before the store was opened, a sentence for a person.
    open_notice: Option<Arc<str>>,
    /// What kept the last transaction from being written.
    obstacle: Arc<Mutex<Option<Obstacle>>>,
}

impl Store {
    /// Opens a file in a folder; creates both when missing, readable by their owner only.
    pub(super) async fn open_file(data_dir: &Path, path: &Path) -> Result<Self> {
        let set_up = SetUp::begin(data_dir, path, "the jobs and results that").await?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // With a write-ahead log a killed process loses nothing; only a power cut may lose the last commits.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // On a full disk SQLite itself rolls a transaction back, which the driver takes to go on: such a connection is closed.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options.clone())
            .await
            .map_err(|error| set_up.failed(error))?;
        let mut connection = writer.acquire().await.map_err(|error| set_up.failed(error))?;
        let known = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
        set_up.check_version(&mut connection, known).await?;
        drop(connection);
        MIGRATOR.run(&writer).await.map_err(StoreError::Migrate)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.clone().pragma("query_only", "true"))
            .await
            .map_err(sql("open the store"))?;
        let searches = SearchPool::open(options.pragma("query_only", "true"));
        let newest: i64 = sqlx::query_scalar("SELECT value FROM meta WHERE name = 'sequence'")
            .fetch_one(&readers)
            .await
            .map_err(sql("read the sequence number"))?;
        Ok(Self {
            writer,
            readers,
            searches,
            sequence: watch::Sender::new(columns::count(newest)),
            tab_counts: Arc::default(),
            open_notice: set_up.finish()?.map(Into::into),
            obstacle: Arc::default(),
        })
    }

    /// Waits for statements under way, then closes the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.searches.close().await;
        self.writer.close().await;
    }

    /// What was lost before the store was opened, a sentence for a person.
    pub(crate) fn open_notice(&self) -> Option<&str> {
        self.open_notice.as_deref()
    }

    /// What kept the last transaction from being written.
    pub(crate) fn obstacle(&self) -> Option<Obstacle> {
        *self.obstacle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_obstacle(&self, obstacle: Option<Obstacle>) {
        *self.obstacle.lock().unwrap_or_else(PoisonError::into_inner) = obstacle;
    }

    /// The newest sequence number, announced after its commit.
    pub(crate) fn sequence(&self) -> watch::Receiver<u64> {
        self.sequence.subscribe()
    }

    /// A transaction that holds the only writer.
    pub(super) async fn begin(&self, attempt: &'static str) -> Result<Transaction<'static, Sqlite>> {
        let waiting = Instant::now();
        let begun = self.writer.begin_with("BEGIN IMMEDIATE").await;
        metrics::record_writer_wait(waiting.elapsed());
        if let Err(error) = &begun {
            self.set_obstacle(store_file::obstacle(error));
        }
        begun.map_err(sql(attempt))
    }

    /// Takes the next sequence number inside a transaction.
    pub(super) async fn next_sequence(transaction: &mut Transaction<'static, Sqlite>) -> Result<i64> {
        sqlx::query_scalar("UPDATE meta SET value = value + 1 WHERE name = 'sequence' RETURNING value")
            .fetch_one(&mut **transaction)
            .await
            .map_err(sql("take a sequence number"))
    }

    /// Commits, then announces the sequence number.
    pub(super) async fn commit(
        &self,
        transaction: Transaction<'static, Sqlite>,
        sequence: i64,
        attempt: &'static str,
    ) -> Result<()> {
        let committed = transaction.commit().await;
        self.set_obstacle(committed.as_ref().err().and_then(store_file::obstacle));
        committed.map_err(sql(attempt))?;
        let sequence = columns::count(sequence);
        self.sequence.send_if_modified(|newest| {
            let is_newer = sequence > *newest;
            *newest = sequence.max(*newest);
            is_newer
        });
        Ok(())
    }
}
