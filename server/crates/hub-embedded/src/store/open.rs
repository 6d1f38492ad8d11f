//! Opens the file, and says how durable its writes are.
//!
//! WAL with `synchronous = NORMAL`: a commit is in the file system's cache when it returns, so killing the process loses
//! nothing. When the power goes, the file stays sound but may lack the last commits; `FULL` would sync
//! the disk at each commit, and this hub replaces a cloud service on a developer's machine, where that is not needed.

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions, SqliteConnection, SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use store_file::SetUp;

use super::policies;
use crate::error::HubError;

/// The file's name in the data folder.
const FILE: &str = "hub.sqlite";
/// Connections that read at once.
const READERS: u32 = 4;
/// Connections that answer queries at once; see `search`.
const SEARCHERS: u32 = 2;
/// Rows that the reading thread may buffer: a page, so that the threads do not wake each other for every fifty rows.
const ROWS_AHEAD: usize = 1024;
/// How long a statement waits for another process that has the file, such as the one that prints connection strings.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

static MIGRATOR: Migrator = sqlx::migrate!();

/// The opened file.
pub(super) struct Opened {
    pub(super) writer: SqliteConnection,
    pub(super) readers: SqlitePool,
    pub(super) searchers: SqlitePool,
    /// What was lost before the start, for the user.
    pub(super) remark: Option<String>,
}

/// Opens the file in a folder; creates both when they are missing. Of several processes that open it at the same time, one
/// creates it and the others wait.
pub(super) async fn open(data_dir: &Path) -> Result<Opened, HubError> {
    let path = data_dir.join(FILE);
    let set_up = SetUp::begin(data_dir, &path, "the hub's devices, twins, jobs and keys that").await?;

    let options = SqliteConnectOptions::new()
        .filename(&path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .disable_statement_logging();
    let mut writer = options
        .clone()
        // Of a new file; an old one keeps its own. Twins grow when jobs write them, and a larger page has room for it
        // more often: a twin job over a million devices writes a third less.
        .page_size(8192)
        // At most 32 MB of pages; a job over many devices walks through the tables in order.
        .pragma("cache_size", "-32768")
        // 64 MB of log before it is copied into the file: a job writes some pages again and again.
        .pragma("wal_autocheckpoint", "8192")
        .connect()
        .await
        .map_err(|error| set_up.failed(error))?;
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
    set_up.check_version(&mut writer, newest).await?;
    MIGRATOR.run_direct(None, &mut writer, false).await?;
    policies::ensure(&mut writer).await?;

    let options =
        options.row_buffer_size(ROWS_AHEAD).pragma("query_only", "on").pragma("cache_size", "-8192");
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .min_connections(1)
        .connect_with(options.clone())
        .await?;
    let searchers = SqlitePoolOptions::new().max_connections(SEARCHERS).connect_with(options).await?;
    let remark = set_up.finish()?;
    Ok(Opened { writer, readers, searchers, remark })
}
