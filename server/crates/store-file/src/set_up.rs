//! Creates a store's file, or checks the existing one.

use std::{
    fs::{DirBuilder, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use sqlx::SqliteConnection;

use crate::{Obstacle, obstacle};

/// The file in a data folder that a process locks while it sets up a store there.
const LOCK: &str = "setup.lock";

/// Why a store's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its folder cannot be created, protected or locked.
    #[error("cannot prepare {}", path.display())]
    Prepare {
        /// Which one.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// A newer program has migrated the tables beyond what this one knows.
    #[error(
        "{} was written by a newer Fleetcast (schema {found}; this program knows {known}): start the newer program, or \
         give this one another --data-dir",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema it has.
        found: i64,
        /// The newest one that this program knows.
        known: i64,
    },
    /// The content is not what SQLite wrote.
    #[error("{} is damaged: put back a copy of it, or move it away to start with an empty one", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// SQLite's error.
        #[source]
        source: sqlx::Error,
    },
    /// SQLite failed.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// SQLite's error.
        #[source]
        source: sqlx::Error,
    },
}

/// A store that is being set up. Other processes wait until it is dropped.
#[derive(Debug)]
pub struct SetUp {
    path: PathBuf,
    remark: Option<String>,
    _lock: File,
}

impl SetUp {
    /// Creates a file in a data folder, and the folder, when they are missing. Waits for another process that is setting
    /// up a store in the folder. `holds` names the store's content, for the remark about a lost store.
    ///
    /// # Errors
    /// [`OpenError::Prepare`].
    pub async fn begin(data_dir: &Path, path: &Path, holds: &str) -> Result<Self, OpenError> {
        let folder = data_dir.to_owned();
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::Prepare { path, source }
        };
        // Waiting for a lock blocks.
        let lock = tokio::task::spawn_blocking(move || lock(&folder))
            .await
            .map_err(|error| io::Error::other(error.to_string()))
            .and_then(|lock| lock)
            .map_err(failed(data_dir))?;
        let remark = lost(path, holds).map_err(failed(path))?;
        if let Some(remark) = &remark {
            tracing::warn!("{remark}");
        }
        // SQLite gives its log files the mode of the main file, so protecting that one is enough.
        private(path)
            .and_then(|file| file.set_permissions(Permissions::from_mode(0o600)))
            .map_err(failed(path))?;
        Ok(Self { path: path.to_owned(), remark, _lock: lock })
    }

    /// Checks that no newer program has migrated the tables. `known` is the newest schema of this program.
    ///
    /// # Errors
    /// [`OpenError::Newer`], [`OpenError::Damaged`], [`OpenError::Read`].
    pub async fn check_version(
        &self,
        connection: &mut SqliteConnection,
        known: i64,
    ) -> Result<(), OpenError> {
        let found = newest_schema(connection).await.map_err(|source| self.failed(source))?;
        match found {
            Some(found) if found > known => Err(OpenError::Newer { path: self.path.clone(), found, known }),
            _ => Ok(()),
        }
    }

    /// The error for SQLite's failure to open or read the file.
    pub fn failed(&self, source: sqlx::Error) -> OpenError {
        let path = self.path.clone();
        match obstacle(&source) {
            Some(Obstacle::Damaged) => OpenError::Damaged { path, source },
            _ => OpenError::Read { path, source },
        }
    }

    /// Records that the store exists, so that its loss is noticed, and lets the next process in. Returns the remark about a
    /// lost store, for the user.
    ///
    /// # Errors
    /// [`OpenError::Prepare`].
    pub fn finish(self) -> Result<Option<String>, OpenError> {
        let marker = marker(&self.path);
        private(&marker).map_err(|source| OpenError::Prepare { path: marker, source })?;
        Ok(self.remark)
    }
}

/// Creates a data folder, readable by its owner only, and waits until no other process sets up a store in it. The lock is
/// held until the returned file is dropped. Blocks.
///
/// # Errors
/// When the folder cannot be created or its file system has no locks.
pub fn lock(data_dir: &Path) -> io::Result<File> {
    if !data_dir.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(data_dir)?;
    }
    let file = private(&data_dir.join(LOCK))?;
    file.lock()?;
    Ok(file)
}

/// The marker beside the store's file, created once the store has been set up.
fn marker(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".made");
    name.into()
}

/// Whether a store existed and does not any more.
fn lost(path: &Path, holds: &str) -> io::Result<Option<String>> {
    // A process that was killed while it created the file leaves an empty one and no marker.
    if !marker(path).try_exists()? {
        return Ok(None);
    }
    let what = match std::fs::metadata(path) {
        Ok(file) if file.len() == 0 => "is empty",
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => "is missing",
        Err(error) => return Err(error),
    };
    Ok(Some(format!(
        "{} {what} although it was in use before: {holds} it held are gone, and an empty one takes its place. To have \
         them back, stop Fleetcast and put back a copy of the file.",
        path.display()
    )))
}

fn private(path: &Path) -> io::Result<File> {
    // Opening to append does not change an existing file.
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

async fn newest_schema(connection: &mut SqliteConnection) -> sqlx::Result<Option<i64>> {
    let is_there: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations')",
    )
    .fetch_one(&mut *connection)
    .await?;
    if !is_there {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(connection).await
}

#[cfg(test)]
mod tests {
    use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

    use super::*;

    async fn open(path: &Path) -> sqlx::Result<SqliteConnection> {
        SqliteConnectOptions::new().filename(path).connect().await
    }

    #[tokio::test]
    async fn a_lost_store_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.sqlite");
        let begin = async || SetUp::begin(folder.path(), &path, "devices").await.unwrap().finish().unwrap();
        assert_eq!(begin().await, None, "a new folder");
        let mut connection = open(&path).await.unwrap();
        sqlx::query("CREATE TABLE t (n)").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        assert_eq!(begin().await, None, "as it was left");
        std::fs::write(&path, "").unwrap();
        let remark = begin().await.unwrap();
        assert!(remark.contains("hub.sqlite is empty") && remark.contains("devices it held"), "{remark}");
        std::fs::remove_file(&path).unwrap();
        let remark = begin().await.unwrap();
        assert!(remark.contains("hub.sqlite is missing"), "{remark}");
    }

    #[tokio::test]
    async fn newer_and_damaged_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.sqlite");
        let set_up = SetUp::begin(folder.path(), &path, "devices").await.unwrap();
        let mut connection = open(&path).await.unwrap();
        set_up.check_version(&mut connection, 7).await.unwrap();
        sqlx::query("CREATE TABLE _sqlx_migrations (version BIGINT)").execute(&mut connection).await.unwrap();
        sqlx::query("INSERT INTO _sqlx_migrations VALUES (7), (99)").execute(&mut connection).await.unwrap();
        let error = set_up.check_version(&mut connection, 7).await.unwrap_err().to_string();
        assert!(error.contains("newer Fleetcast (schema 99; this program knows 7)"), "{error}");
        set_up.check_version(&mut connection, 99).await.unwrap();
        connection.close().await.unwrap();

        std::fs::write(&path, [b'x'; 8192]).unwrap();
        let mut connection = open(&path).await.unwrap();
        let error = set_up.check_version(&mut connection, 7).await.unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains("is damaged: put back a copy"), "{error}");
    }

    #[tokio::test]
    async fn a_second_process_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.sqlite");
        let first = SetUp::begin(folder.path(), &path, "devices").await.unwrap();
        let second = tokio::spawn({
            let (folder, path) = (folder.path().to_owned(), path.clone());
            async move { SetUp::begin(&folder, &path, "devices").await.map(drop) }
        });
        let other = OpenOptions::new().append(true).open(folder.path().join(LOCK)).unwrap();
        assert!(other.try_lock().is_err(), "the lock is held");
        assert!(!second.is_finished());
        first.finish().unwrap();
        second.await.unwrap().unwrap();
    }
}
