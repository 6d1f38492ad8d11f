//! Opening the file, and how safely it writes.
//!
//! WAL with `synchronous = NORMAL`: a commit is in the file system's hands when it returns, so a process killed at any
//! instant loses nothing. When the power goes, the file stays sound but may lack the last commits; `FULL` would sync
//! the disk at each commit, and this hub stands in for a cloud on a developer's machine, where that buys little.

use std::{fs, io, path::Path, time::Duration};

use sqlx::SqlSafeStr;
use sqlx::{
    AssertSqlSafe, ConnectOptions, SqliteConnection, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::policies;
use crate::error::HubError;

/// The file's name in the data folder.
const FILE: &str = "hub.sqlite";
/// Connections that read at once.
const READERS: u32 = 4;
/// Rows that a reading thread may be ahead of who takes them: a page, so that the two do not wake each other for every
/// fifty rows.
const ROWS_AHEAD: usize = 1024;
/// How long a statement waits for another process that has the file, such as the one that prints connection strings.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const MIGRATIONS: [(i64, &str, &str); 6] = [
    (1, "registry", include_str!("../../migrations/0001_registry.sql")),
    (2, "jobs", include_str!("../../migrations/0002_jobs.sql")),
    (3, "c2d", include_str!("../../migrations/0003_c2d.sql")),
    (4, "lateness", include_str!("../../migrations/0004_lateness.sql")),
    (5, "changes", include_str!("../../migrations/0005_changes.sql")),
    (6, "method changes", include_str!("../../migrations/0006_method_changes.sql")),
];

/// The file, open.
pub(super) struct Opened {
    pub(super) writer: SqliteConnection,
    pub(super) readers: SqlitePool,
}

/// Opens the file in a folder; makes both when they are not there.
pub(super) async fn open(data_dir: &Path) -> Result<Opened, HubError> {
    let path = data_dir.join(FILE);
    private_folder(data_dir).map_err(|source| HubError::Setup { path: data_dir.to_owned(), source })?;
    private_file(&path).map_err(|source| HubError::Setup { path: path.clone(), source })?;

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
        .await?;
    migrator().run_direct(None, &mut writer, false).await?;
    policies::ensure(&mut writer).await?;

    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .min_connections(1)
        .connect_with(
            options.row_buffer_size(ROWS_AHEAD).pragma("query_only", "on").pragma("cache_size", "-8192"),
        )
        .await?;
    Ok(Opened { writer, readers })
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS
        .into_iter()
        .map(|(version, name, sql)| {
            Migration::new(
                version,
                name.into(),
                MigrationType::Simple,
                AssertSqlSafe(sql).into_sql_str(),
                false,
            )
        })
        .collect();
    Migrator::with_migrations(migrations)
}

#[cfg(unix)]
fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if path.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// SQLite gives its log files the mode of the main file, so making that one private is enough.
#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let file = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<()> {
    fs::OpenOptions::new().create(true).append(true).open(path).map(drop)
}
