//! Consistent copies of stores while another process writes them, and the check of a copy.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use crate::{Obstacle, obstacle};

/// How long a copy waits for a process that holds the store.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a store cannot be copied, or a copy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The copy's file cannot be created or synced.
    #[error("cannot write {}", path.display())]
    Write {
        /// The copy.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// No room is left for the copy.
    #[error("no room is left on the disk for {}", path.display())]
    Full {
        /// The copy.
        path: PathBuf,
    },
    /// SQLite cannot read the store.
    #[error("cannot read {}", path.display())]
    Read {
        /// The store.
        path: PathBuf,
        /// SQLite's error.
        #[source]
        source: sqlx::Error,
    },
    /// SQLite's check has found a fault.
    #[error("{} is damaged: {fault}", path.display())]
    Damaged {
        /// The store.
        path: PathBuf,
        /// The first fault.
        fault: String,
    },
}

/// The stores in a folder, sorted by name.
///
/// # Errors
/// When the folder cannot be read.
pub fn stores(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut stores = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if is_store(&path) && path.is_file() {
            stores.push(path);
        }
    }
    stores.sort();
    Ok(stores)
}

/// Whether a file is a store, by its name.
pub fn is_store(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "sqlite" || extension == "sqlite3")
}

/// Copies a store as it is at one instant into a new file, readable by its owner only, and syncs it. Other processes read
/// and write the store meanwhile.
///
/// `VACUUM INTO` and not SQLite's backup API: that one begins again whenever another process writes.
///
/// # Errors
/// [`CopyError`]. The new file may be left behind, incomplete.
pub async fn copy(from: &Path, to: &Path) -> Result<(), CopyError> {
    let failed = |source| match obstacle(&source) {
        Some(Obstacle::Damaged) => {
            CopyError::Damaged { path: from.to_owned(), fault: "SQLite cannot read it".to_owned() }
        }
        Some(Obstacle::Full) => CopyError::Full { path: to.to_owned() },
        _ => CopyError::Read { path: from.to_owned(), source },
    };
    let write_failed = |source| CopyError::Write { path: to.to_owned(), source };
    // SQLite writes into an empty file and keeps its mode.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(write_failed)?;
    let options = SqliteConnectOptions::new().filename(from).busy_timeout(BUSY_TIMEOUT);
    let mut connection = options.connect().await.map_err(failed)?;
    let copied =
        sqlx::query("VACUUM INTO $1").bind(to.to_string_lossy().into_owned()).execute(&mut connection).await;
    // Only what was read is at stake, and it is checked.
    connection.close().await.ok();
    copied.map_err(failed)?;
    file.sync_all().map_err(write_failed)
}

/// Checks a copy that no process uses: its structure, its indexes, its rules, and that no row refers to a missing one.
///
/// # Errors
/// [`CopyError::Damaged`] with the first fault; [`CopyError::Read`].
pub async fn check(path: &Path) -> Result<(), CopyError> {
    let failed = |source| match obstacle(&source) {
        Some(Obstacle::Damaged) => {
            CopyError::Damaged { path: path.to_owned(), fault: "SQLite cannot read it".to_owned() }
        }
        _ => CopyError::Read { path: path.to_owned(), source },
    };
    File::open(path).map_err(|error| failed(sqlx::Error::Io(error)))?;
    // Without locks and logs beside it: a copy may be on a read-only medium.
    let options = SqliteConnectOptions::new().filename(path).immutable(true);
    let mut connection = options.connect().await.map_err(failed)?;
    let checked = faults(&mut connection).await;
    connection.close().await.ok();
    match checked.map_err(failed)? {
        Some(fault) => Err(CopyError::Damaged { path: path.to_owned(), fault }),
        None => Ok(()),
    }
}

async fn faults(connection: &mut sqlx::SqliteConnection) -> sqlx::Result<Option<String>> {
    let result: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut *connection).await?;
    if result != "ok" {
        return Ok(Some(result));
    }
    let dangling = sqlx::query("PRAGMA foreign_key_check").fetch_optional(connection).await?;
    Ok(dangling.map(|_| "a row refers to one that is missing".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    async fn open(path: &Path) -> sqlx::SqliteConnection {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal).connect().await.unwrap()
    }

    async fn insert(connection: &mut sqlx::SqliteConnection, n: i64) {
        sqlx::query("INSERT INTO t VALUES ($1), (-$1)").bind(n).execute(connection).await.unwrap();
    }

    #[tokio::test]
    async fn a_copy_is_what_the_store_was_at_one_instant() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("hub.sqlite"), folder.path().join("copy.sqlite"));
        let mut writer = open(&from).await;
        sqlx::query("CREATE TABLE t (n INTEGER)").execute(&mut writer).await.unwrap();
        for n in 1..=500 {
            insert(&mut writer, n).await;
        }
        let writing = tokio::spawn(async move {
            for n in 501..=1000 {
                insert(&mut writer, n).await;
            }
        });
        copy(&from, &to).await.unwrap();
        writing.await.unwrap();
        check(&to).await.unwrap();
        assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        let mut copied = open(&to).await;
        let (sum, most): (i64, i64) =
            sqlx::query_as("SELECT sum(n), max(n) FROM t").fetch_one(&mut copied).await.unwrap();
        assert_eq!(sum, 0, "both rows of each transaction or none");
        assert!((500..=1000).contains(&most), "{most}");
        copied.close().await.unwrap();
        assert_eq!(stores(folder.path()).unwrap(), [to.clone(), from.clone()]);
        assert!(matches!(copy(&from, &to).await, Err(CopyError::Write { .. })), "it is never overwritten");
    }

    #[tokio::test]
    async fn a_damaged_copy_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.sqlite");
        let mut writer = open(&path).await;
        sqlx::query("CREATE TABLE t (n TEXT)").execute(&mut writer).await.unwrap();
        sqlx::query("CREATE INDEX i ON t (n)").execute(&mut writer).await.unwrap();
        sqlx::query("INSERT INTO t VALUES ('one')").execute(&mut writer).await.unwrap();
        writer.close().await.unwrap();
        check(&path).await.unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        // The index's only entry; the table's row comes before it.
        let at = bytes.windows(3).rposition(|window| window == b"one").unwrap();
        bytes[at] = b'x';
        std::fs::write(&path, &bytes).unwrap();
        let error = check(&path).await.unwrap_err();
        assert!(matches!(error, CopyError::Damaged { .. }), "{error:?}");
        std::fs::write(&path, [b'x'; 8192]).unwrap();
        assert!(matches!(check(&path).await, Err(CopyError::Damaged { .. })));
        assert!(matches!(check(&folder.path().join("none.sqlite")).await, Err(CopyError::Read { .. })));
        let to = folder.path().join("copy.sqlite");
        assert!(matches!(copy(&path, &to).await, Err(CopyError::Damaged { .. })));
    }
}
