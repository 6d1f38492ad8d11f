//! Whose history a store is. Jobs of two hubs in one list would be neither's, so each hub has a file of its own.

use std::path::{Path, PathBuf};

use super::{Result, Store, sql};

/// The first hub that a folder sees has this file.
const FIRST: &str = "console.sqlite3";

impl Store {
    /// Opens the history of a hub in a folder: the folder's first file if that is this hub's or nobody's yet, else one
    /// named after the hub.
    pub(crate) async fn open(data_dir: &Path, hub: &str) -> Result<Self> {
        let first = Self::open_file(data_dir, &data_dir.join(FIRST)).await?;
        let owner = first.claim(hub).await?;
        if owner == hub {
            return Ok(first);
        }
        first.close().await;
        let path = file_of(data_dir, hub);
        tracing::info!(
            hub,
            other = owner,
            file = %path.display(),
            "the data folder holds the history of another hub; this hub's is kept apart from it"
        );
        let own = Self::open_file(data_dir, &path).await?;
        own.claim(hub).await?;
        Ok(own)
    }

    /// Makes the store a hub's if it is nobody's. Whose it is then.
    async fn claim(&self, hub: &str) -> Result<String> {
        let attempt = "note whose history this is";
        sqlx::query("INSERT INTO hub (only_one, identity) VALUES (1, $1) ON CONFLICT DO NOTHING")
            .bind(hub)
            .execute(&self.writer)
            .await
            .map_err(sql(attempt))?;
        sqlx::query_scalar("SELECT identity FROM hub").fetch_one(&self.writer).await.map_err(sql(attempt))
    }
}

/// A file named after a hub. Two names that differ only in what a file's name cannot say are told apart by a number.
fn file_of(data_dir: &Path, hub: &str) -> PathBuf {
    let name: String =
        hub.chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c.to_ascii_lowercase() } else { '_' }
            })
            .take(100)
            .collect();
    // FNV-1a: the same for ever, unlike the standard library's hasher.
    let hash = hub.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    data_dir.join(format!("console-{name}-{:08x}.sqlite3", hash >> 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_hub_has_its_own_history() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let files = std::fs::read_dir(folder.path()).unwrap();
            let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<_> = names.filter(|name| name.ends_with(".sqlite3")).collect();
            names.sort();
            names
        };
        for (hub, files) in [("one", 1), ("one", 1), ("two.example", 2), ("two.example", 2), ("one", 2)] {
            let store = Store::open(folder.path(), hub).await.unwrap();
            assert_eq!(store.claim("somebody else").await.unwrap(), hub);
            store.close().await;
            assert_eq!(names().len(), files, "{:?}", names());
        }
    }

    #[test]
    fn files() {
        let name = |hub: &str| file_of(Path::new(""), hub).to_string_lossy().into_owned();
        assert!(name("My-Hub.azure-devices.net").starts_with("console-my-hub.azure-devices.net-"));
        assert_ne!(name("a/b"), name("a_b"));
        assert!(!name("../../x").contains('/'));
    }
}
