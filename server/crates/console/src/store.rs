//! All SQL of the console: one SQLite file, one writer, several readers.
//!
//! A job's row, its counters and its device results change in one transaction each, which also takes the next sequence
//! number; after the commit the number is announced. Whoever reads sees counters and results that agree.

mod causes;
mod columns;
mod counts;
mod device_jobs;
mod export;
mod intents;
mod job_list;
mod jobs;
mod landing;
mod lists;
mod mirror;
mod mirror_rows;
mod owner;
mod part_mirror;
mod parts;
mod results;
mod templates;
mod usual;

use std::{
    fs::{DirBuilder, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use sqlx::{
    SqlSafeStr, Sqlite, SqlitePool, Transaction,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::watch;

use crate::StoreError;

pub(crate) use self::{
    device_jobs::DeviceJobsAfter,
    intents::{Found, Intent},
    job_list::JobsAfter,
    landing::LandingRow,
    lists::{List, Listed},
    mirror::{Applied, Ending, Reading},
    parts::Part,
    results::Place,
};

type Result<T> = std::result::Result<T, StoreError>;

/// Readers at once; each is a thread of SQLite's driver.
const READERS: u32 = 4;

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    sequence: watch::Sender<u64>,
    /// The tabs' counts, as they were taken last.
    counted: Arc<Mutex<Option<counts::Counted>>>,
}

impl Store {
    /// Opens a file in a folder, making both when missing, readable by their owner only.
    async fn open_file(data_dir: &Path, path: &Path) -> Result<Self> {
        prepare(data_dir, path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // With a write-ahead log a killed process loses nothing; only a power cut may lose the last commits.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(sql("open the store"))?;
        migrator().run(&writer).await.map_err(StoreError::Migrate)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.pragma("query_only", "true"))
            .await
            .map_err(sql("open the store"))?;
        let newest: i64 = sqlx::query_scalar("SELECT value FROM meta WHERE name = 'sequence'")
            .fetch_one(&readers)
            .await
            .map_err(sql("read the sequence number"))?;
        let store = Self {
            writer,
            readers,
            sequence: watch::Sender::new(columns::count(newest)),
            counted: Arc::default(),
        };
        store.name_old_causes().await?;
        Ok(store)
    }

    /// Waits for statements under way, then closes the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// The newest sequence number, announced after its commit.
    pub(crate) fn sequence(&self) -> watch::Receiver<u64> {
        self.sequence.subscribe()
    }

    /// A transaction that holds the only writer.
    async fn begin(&self, attempt: &'static str) -> Result<Transaction<'static, Sqlite>> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(sql(attempt))
    }

    /// Takes the next sequence number inside a transaction.
    async fn next_sequence(transaction: &mut Transaction<'static, Sqlite>) -> Result<i64> {
        sqlx::query_scalar("UPDATE meta SET value = value + 1 WHERE name = 'sequence' RETURNING value")
            .fetch_one(&mut **transaction)
            .await
            .map_err(sql("take a sequence number"))
    }

    /// Commits, then tells the streams.
    async fn commit(
        &self,
        transaction: Transaction<'static, Sqlite>,
        sequence: i64,
        attempt: &'static str,
    ) -> Result<()> {
        transaction.commit().await.map_err(sql(attempt))?;
        let sequence = columns::count(sequence);
        self.sequence.send_if_modified(|newest| {
            let is_newer = sequence > *newest;
            *newest = sequence.max(*newest);
            is_newer
        });
        Ok(())
    }
}

fn sql(attempt: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Sql { attempt, source }
}

fn prepare(data_dir: &Path, path: &Path) -> Result<()> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| StoreError::Prepare { path, source }
    };
    DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(failed(data_dir))?;
    // Made before SQLite makes it, which would ask for a wider mode; its side files take over the mode of this one.
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(failed(path))
}

fn migrator() -> Migrator {
    let migration = |version, name: &'static str, text: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![
        migration(1, "jobs", include_str!("../migrations/0001_jobs.sql")),
        migration(2, "views", include_str!("../migrations/0002_views.sql")),
        migration(3, "lists", include_str!("../migrations/0003_lists.sql")),
        migration(4, "hub and templates", include_str!("../migrations/0004_hub_and_templates.sql")),
        migration(5, "usual", include_str!("../migrations/0005_usual.sql")),
        migration(6, "expected", include_str!("../migrations/0006_expected.sql")),
        migration(7, "unlisted", include_str!("../migrations/0007_unlisted.sql")),
        migration(8, "jobs in groups", include_str!("../migrations/0008_jobs_in_groups.sql")),
    ])
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn readable_by_its_owner_only_and_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let store = Store::open(&data_dir, "hub.example").await.unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data_dir), 0o700);
        for file in std::fs::read_dir(&data_dir).unwrap() {
            assert_eq!(mode(&file.unwrap().path()), 0o600);
        }
        store.close().await;
        assert_eq!(*Store::open(&data_dir, "hub.example").await.unwrap().sequence().borrow(), 0);
    }
}
